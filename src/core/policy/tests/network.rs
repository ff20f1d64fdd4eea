//! File formats, normalisation, forward pass and packing.

use crate::policy::packing::{arch_tag, commitment_elements, pack, PackError};
use crate::policy::*;
use crate::update::Kpis;
use alloc::{format, string::String, vec, vec::Vec};
use num_bigint::BigInt;
use proptest::{collection::vec as vecs, prelude::*};

/// Values of one key of one case of the vector file.
pub(super) fn vector(case: &str, key: &str) -> Vec<String> {
    let text = include_str!("../../vectors/zk78.txt");
    let mut lines = text.lines().skip_while(|line| *line != format!("case {case}"));
    let line = lines.find(|line| line.split(' ').next() == Some(key)).unwrap();
    line.split(' ').skip(1).map(String::from).collect()
}

pub(super) fn numbers(case: &str, key: &str) -> Vec<i32> {
    vector(case, key).iter().map(|n| n.parse().unwrap()).collect()
}

fn hex(word: [u8; 32]) -> String {
    BigInt::from_bytes_be(num_bigint::Sign::Plus, &word).to_str_radix(16)
}

fn elements(packed: impl Iterator<Item = Result<[u8; 32], PackError>>) -> Vec<String> {
    packed.map(|e| hex(e.unwrap())).collect()
}

/// The "ramp" model of the vectors: every number by a formula.
fn ramp(arch: Arch) -> OwnedModel {
    let dims = arch.dims();
    let mut model = OwnedModel::zero(arch);
    (model.weights, model.biases) = (vec![], vec![]);
    for l in 0..3 {
        for j in 0..dims[l + 1] {
            let row = (0..dims[l]).map(|i| (((31 * j + 17 * i + 7 * l) % 257) as i16 - 128) * 16);
            model.weights.extend(row);
            model.biases.push((((13 * j + 5 * l) % 101) as i32 - 50) * 1000);
        }
    }
    for k in 0..OUTPUTS {
        model.hi[k] = 65_536 * (k as i32 + 1);
        model.lo[k] = -model.hi[k];
    }
    model
}

#[test]
fn infer_and_pack_agree_with_the_vectors() {
    for (case, arch, size) in [("A1", Arch::A1, 1_376), ("A2", Arch::A2, 11_872)] {
        assert_eq!(arch.dims().map(|d| d as i32).to_vec(), numbers(case, "dims"));
        let bytes = ramp(arch).encode().unwrap();
        assert_eq!(bytes.len(), size);
        let model = Model::parse(&bytes).unwrap();
        assert_eq!(model.arch(), arch);
        let (observations, outputs) = (numbers(case, "observations"), numbers(case, "outputs"));
        assert_eq!(model.infer(&observations).unwrap().to_vec(), outputs);
        assert_eq!(elements(pack::<3, _>(observations.into_iter())), vector(case, "packed_observations"));
        assert_eq!(elements(pack::<3, _>(outputs.into_iter())), vector(case, "packed_outputs"));
        let keys = ["tag", "packed_weights", "packed_biases", "packed_bounds"];
        let expected: Vec<String> = keys.iter().flat_map(|key| vector(case, key)).collect();
        assert_eq!(elements(commitment_elements(&model)), expected);
        assert_eq!(vec![hex(arch_tag(arch))], vector(case, "tag"));
    }
}

#[test]
fn parse_reverts_when_length_is_unknown() {
    for len in [0, 1, 1_375, 1_377, 11_871, 11_873] {
        let bytes = vec![0; len];
        assert_eq!(Model::parse(&bytes), Err(PolicyError::Length { expected: 0, actual: len as u32 }));
        let mismatch = PolicyError::Length { expected: 1_376, actual: len as u32 };
        assert_eq!(Model::with_arch(Arch::A1, &bytes), Err(mismatch));
    }
}

#[test]
fn arch_reverts_when_width_does_not_fit() {
    for dims in [[0, 16, 16, 8], [12, 132, 16, 8], [12, 16, 14, 8], [13, 16, 16, 8], [12, 16, 16, 4], [12, 16, 16, 12]]
    {
        assert_eq!(Arch::new(dims), Err(PolicyError::Arch { dims }));
    }
    assert_eq!(Arch::new([12, 16, 16, 8]), Ok(Arch::A1));
    assert_eq!(Arch::new([128, 128, 128, 8]).unwrap().model_len(), 2 * (128 * 128 * 2 + 1024) + 4 * 264 + 64);
}

#[test]
fn parse_reverts_when_bounds_are_wrong() {
    let with = |lo: i32, hi: i32| {
        let mut model = OwnedModel::zero(Arch::A1);
        (model.lo[3], model.hi[3]) = (lo, hi);
        model.encode().map(drop)
    };
    for (lo, hi) in [(1, 0), (VALUE_MIN - 1, 0), (0, VALUE_MAX + 1), (i32::MIN, i32::MAX)] {
        assert_eq!(with(lo, hi), Err(PolicyError::Bounds { index: 3, lo, hi }));
    }
    assert_eq!(with(VALUE_MIN, VALUE_MAX), Ok(()));
    assert_eq!(with(5, 5), Ok(()));
}

#[test]
fn encode_reverts_when_counts_are_wrong() {
    let mut model = OwnedModel::zero(Arch::A1);
    model.weights.pop();
    assert_eq!(model.encode(), Err(PolicyError::Length { expected: 1_376, actual: 1_374 }));
    // Two weights fewer and one bias more give the right length.
    model.weights.pop();
    model.biases.push(0);
    assert_eq!(model.encode(), Err(PolicyError::Length { expected: 40, actual: 41 }));
}

#[test]
fn from_code_reads_what_policy_code_writes() {
    let model = ramp(Arch::A1);
    let schema: Vec<SchemaEntry> =
        (0..12).map(|i| SchemaEntry { mean: 1_000 * i - 5_000, scale: 7 * i, shift: i as u8 }).collect();
    let one_step = PolicyError::Bounds { index: 1, lo: -131_072, hi: 131_072 };
    assert_eq!(policy_code(&model, &schema), Err(one_step));
    let model = OwnedModel { lo: [-65_536; 8], hi: [65_536; 8], ..model };
    let code = policy_code(&model, &schema).unwrap();
    assert_eq!(code.len(), 1_485);
    let policy = Policy::from_code(&code).unwrap();
    assert_eq!(OwnedModel::from(policy.model), model);
    assert_eq!(policy.schema.entries().collect::<Vec<_>>(), schema);
    assert_eq!([&[0], policy.model_bytes, policy.schema_bytes].concat(), code);

    let mut running = code.clone();
    running[0] = 0xfe;
    assert_eq!(Policy::from_code(&running), Err(PolicyError::Prefix { found: 0xfe }));
    assert_eq!(Policy::from_code(&code[1..]), Err(PolicyError::Length { expected: 0, actual: 1_484 }));
    let mut shifted = code.clone();
    shifted[1_484] = 64;
    assert_eq!(Policy::from_code(&shifted), Err(PolicyError::Shift { index: 11, shift: 64 }));
    let missing = Policy::new(Arch::A1, policy.model_bytes, &policy.schema_bytes[9..]);
    assert_eq!(missing, Err(PolicyError::Length { expected: 108, actual: 99 }));
    assert_eq!(Schema::parse(&[0; 10]), Err(PolicyError::Length { expected: 9, actual: 10 }));
    assert_eq!(Schema::parse(&[0; 9 * 129]), Err(PolicyError::Length { expected: 1_152, actual: 1_161 }));
    assert_eq!(Schema::parse(&[0; 9 * 128]).map(|schema| (schema.len(), schema.is_empty())), Ok((128, false)));
    assert_eq!(Schema::parse(&[]).map(|schema| (schema.len(), schema.is_empty())), Ok((0, true)));
}

#[test]
fn infer_reverts_when_observations_do_not_fit() {
    let bytes = ramp(Arch::A1).encode().unwrap();
    let model = Model::parse(&bytes).unwrap();
    assert_eq!(model.infer(&[0; 11]), Err(PolicyError::Inputs { expected: 12, actual: 11 }));
    assert_eq!(model.infer(&[0; 13]), Err(PolicyError::Inputs { expected: 12, actual: 13 }));
    for value in [VALUE_MAX + 1, VALUE_MIN - 1, i32::MIN] {
        let mut observations = [0; 12];
        observations[4] = value;
        assert_eq!(model.infer(&observations), Err(PolicyError::Observation { index: 4, value }));
    }
    let few = Kpis::parse(&[0; 44]).unwrap();
    let code = policy_code(&OwnedModel::zero(Arch::A1), &[SchemaEntry::default(); 12]).unwrap();
    assert_eq!(Policy::from_code(&code).unwrap().outputs(&few), Err(PolicyError::Inputs { expected: 12, actual: 11 }));
    // Exactly as many are enough, and the network of zeros, free within one step, answers zero.
    assert_eq!(Policy::from_code(&code).unwrap().outputs(&Kpis::parse(&[1; 48]).unwrap()), Ok([0; OUTPUTS]));
    let zero = OwnedModel::zero(Arch::A1);
    assert_eq!((zero.lo, zero.hi), ([-OUTPUT_ONE; OUTPUTS], [OUTPUT_ONE; OUTPUTS]));
}

#[test]
fn pack_reverts_when_value_is_too_wide() {
    let packed = |value| pack::<3, _>([1, value].into_iter()).next().unwrap().map(drop);
    assert_eq!(packed(VALUE_MAX), Ok(()));
    assert_eq!(packed(VALUE_MIN), Ok(()));
    assert_eq!(packed(VALUE_MAX + 1), Err(PackError { value: VALUE_MAX + 1, bits: 24 }));
    assert_eq!(packed(VALUE_MIN - 1), Err(PackError { value: VALUE_MIN - 1, bits: 24 }));
    assert_eq!(pack::<3, _>([].into_iter()).next(), None);
}

/// Numbers that hit the ends as often as the middle.
fn extreme_i16() -> impl Strategy<Value = i16> {
    prop_oneof![Just(i16::MIN), Just(i16::MAX), any::<i16>(), -300i16..300]
}

fn extreme_i32() -> impl Strategy<Value = i32> {
    prop_oneof![Just(i32::MIN), Just(i32::MAX), any::<i32>(), -100_000..100_000]
}

fn extreme_observation() -> impl Strategy<Value = i32> {
    prop_oneof![Just(VALUE_MIN), Just(VALUE_MAX), VALUE_MIN..=VALUE_MAX, -200_000..200_000]
}

fn any_bounds() -> impl Strategy<Value = [(i32, i32); OUTPUTS]> {
    prop::array::uniform8((-OUTPUT_ONE..=OUTPUT_ONE, -OUTPUT_ONE..=OUTPUT_ONE))
        .prop_map(|pairs| pairs.map(|(a, b)| (a.min(b), a.max(b))))
}

prop_compose! {
    fn any_model(arch: Arch)(
        weights in vecs(extreme_i16(), arch.weights()),
        biases in vecs(extreme_i32(), arch.biases()),
        bounds in any_bounds(),
    ) -> OwnedModel {
        OwnedModel { arch, weights, biases, lo: bounds.map(|b| b.0), hi: bounds.map(|b| b.1) }
    }
}

/// The forward pass in big integers, written from its formula.
fn infer_exactly(model: &OwnedModel, observations: &[i32]) -> Vec<i32> {
    let dims = model.arch.dims();
    let (mut weights, mut biases) = (model.weights.iter(), model.biases.iter());
    let mut values: Vec<BigInt> = observations.iter().map(|o| BigInt::from(*o)).collect();
    for layer in 0..3 {
        let mut next = vec![];
        for k in 0..dims[layer + 1] {
            let mut sum = BigInt::from(*biases.next().unwrap()) * 4_096;
            for value in &values {
                sum += BigInt::from(*weights.next().unwrap()) * value;
            }
            let q = num_rational::BigRational::new(sum, 4_096.into()).floor().to_integer();
            let (lo, hi) = if layer < 2 { (0, VALUE_MAX) } else { (model.lo[k], model.hi[k]) };
            next.push(q.min(hi.into()).max(lo.into()));
        }
        values = next;
    }
    values.iter().map(|v| i32::try_from(v).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// POL-01
    #[test]
    fn infer_is_exact_and_total(model in any_model(Arch::A1), observations in vecs(extreme_observation(), 12)) {
        let bytes = model.encode().unwrap();
        let outputs = Model::parse(&bytes).unwrap().infer(&observations).unwrap();
        prop_assert_eq!(outputs.to_vec(), infer_exactly(&model, &observations));
        for k in 0..OUTPUTS {
            prop_assert!(outputs[k] >= model.lo[k] && outputs[k] <= model.hi[k]);
        }
    }

    /// POL-02
    #[test]
    fn observe_is_the_saturated_floor(kpi in extreme_i32(), mean in extreme_i32(), scale in extreme_i32(), shift in 0u8..64) {
        let product: BigInt = (BigInt::from(kpi) - mean) * scale;
        let floor = num_rational::BigRational::new(product, BigInt::from(1) << shift).floor().to_integer();
        let expected = floor.max(VALUE_MIN.into()).min(VALUE_MAX.into());
        prop_assert_eq!(BigInt::from(SchemaEntry { mean, scale, shift }.observe(kpi)), expected);
    }

    /// POL-03
    #[test]
    fn model_and_schema_read_back(model in any_model(Arch::A1), entries in vecs((any::<i32>(), any::<i32>(), 0u8..64), 12), kpis in vecs(any::<i32>(), 12..=48)) {
        let schema: Vec<SchemaEntry> = entries.iter().map(|(mean, scale, shift)| SchemaEntry { mean: *mean, scale: *scale, shift: *shift }).collect();
        let code = policy_code(&model, &schema).unwrap();
        let policy = Policy::from_code(&code).unwrap();
        prop_assert_eq!(OwnedModel::from(policy.model), model.clone());
        let observations: Vec<i32> = schema.iter().zip(&kpis).map(|(entry, kpi)| entry.observe(*kpi)).collect();
        let wire: Vec<u8> = kpis.iter().flat_map(|k| k.to_be_bytes()).collect();
        let outputs = policy.outputs(&Kpis::parse(&wire).unwrap()).unwrap();
        prop_assert_eq!(outputs.to_vec(), infer_exactly(&model, &observations));
    }

    /// POL-04
    #[test]
    fn pack_is_the_offset_sum(values in vecs(VALUE_MIN..=VALUE_MAX, 0..40)) {
        let packed = elements(pack::<3, _>(values.iter().copied()));
        let expected: Vec<String> = values
            .chunks(10)
            .map(|group| {
                let sum: BigInt = group.iter().enumerate().map(|(k, x)| (BigInt::from(*x) + (1 << 23)) << (24 * k)).sum();
                sum.to_str_radix(16)
            })
            .collect();
        prop_assert_eq!(packed, expected);
    }

    /// POL-05
    #[test]
    fn code_is_total(len in 0usize..1_600, fill in any::<u8>(), noise in vecs((any::<prop::sample::Index>(), any::<u8>()), 0..8)) {
        let len = if len % 2 == 0 { 1_485 } else { len };
        let mut code = vec![fill; len];
        for (at, byte) in noise {
            if len > 0 {
                let at = at.index(len);
                code[at] = byte;
            }
        }
        if let Ok(policy) = Policy::from_code(&code) {
            let schema: Vec<SchemaEntry> = policy.schema.entries().collect();
            prop_assert_eq!(policy_code(&OwnedModel::from(policy.model), &schema), Ok(code));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// POL-01 for the wide architecture and for any other.
    #[test]
    fn infer_is_exact_and_total_when_wide(
        (model, observations) in prop_oneof![Just([16u8, 64, 64]), prop::array::uniform3((1u8..=32).prop_map(|d| d * 4))]
            .prop_map(|[a, b, c]| Arch::new([a, b, c, 8]).unwrap())
            .prop_flat_map(|arch| (any_model(arch), vecs(extreme_observation(), arch.inputs()))),
    ) {
        let bytes = model.encode().unwrap();
        let outputs = Model::with_arch(model.arch, &bytes).unwrap().infer(&observations).unwrap();
        prop_assert_eq!(outputs.to_vec(), infer_exactly(&model, &observations));
    }
}

/// POL-05: of all lengths of code only the two architectures' own are known.
#[test]
fn code_lengths_are_those_of_the_architectures() {
    for len in 0..20_000 {
        let known = [Arch::A1, Arch::A2].into_iter().find(|arch| arch.code_len() == len);
        assert_eq!(Arch::of_code_len(len), known, "{len}");
    }
    assert!(Arch::A2.code_len() < 20_000);
}
