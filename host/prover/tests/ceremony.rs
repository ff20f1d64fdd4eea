//! A ceremony from powers of tau to a key, and everything that must not pass for one.

#[path = "common/tiny.rs"]
mod tiny;

use std::fs;

use alloy_primitives::{B256, Bytes};
use ark_bn254::{Bn254, Fq, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{BigInteger, Field, PrimeField};
use ark_groth16::{Groth16, ProvingKey as ArkKey};
use ark_poly::{EvaluationDomain, GeneralEvaluationDomain};
use escapement_core::policy::{Arch, proven};
use escapement_prover::{
    KeyError, KeyKind, Proof, VerifyingKey,
    ceremony::{
        Ceremony, CeremonyError, KeyFault, Powers, PtauError, Source, TranscriptError, check, power,
        ptau::{self, blake2b},
        store::{self, StoreError},
        zkey,
    },
    encoding::{EncodingError, Writer, fr_bytes},
    iden3::FormatError,
    r1cs::R1cs,
    setup::{Secrets, from_secrets},
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tiny::{POWER, circuit, tau};

fn powers() -> Powers {
    let file = tiny::file("ptau", &tiny::ptau_sections(tau(), POWER));
    Powers::read(&file, power(&r1cs())).unwrap()
}

fn r1cs() -> R1cs {
    circuit(0, [0, 0]).0
}

fn begun() -> Ceremony {
    Ceremony::begin("tiny", &r1cs(), &powers(), &|| ())
}

/// A ceremony with two contributions.
fn contributed() -> Ceremony {
    let mut ceremony = begun();
    ceremony.contribute("first", b"").unwrap();
    ceremony.contribute("second", b"dice: 3 1 6").unwrap();
    ceremony
}

const BEACON: &[u8] = b"a block hash that nobody could foresee";

fn finished() -> Ceremony {
    let mut ceremony = contributed();
    ceremony.finish(BEACON, 4, &|| ()).unwrap();
    ceremony
}

/// Proves with a key and checks the proof by the bytes that a contract holds.
fn proves(key: &ArkKey<Bn254>) {
    let (r1cs, assignment) = circuit(9, [5, 11]);
    assert_eq!(r1cs.broken(&assignment), None);
    let proof = Groth16::<Bn254>::create_proof_with_reduction_and_matrices(
        key,
        Fr::from(3),
        Fr::from(4),
        &r1cs.matrices,
        r1cs.instance(),
        r1cs.constraints(),
        &assignment,
    )
    .unwrap();
    let verifying = VerifyingKey::new(&key.vk).unwrap();
    let mut inputs = [[0; 32]; 5];
    inputs.iter_mut().zip(&assignment[1..]).for_each(|(word, input)| *word = fr_bytes(*input));
    assert_eq!(verifying.verify(&inputs, &Proof::new(proof.clone())), Ok(true));
    inputs[4] = fr_bytes(Fr::from(0));
    assert_eq!(verifying.verify(&inputs, &Proof::new(proof)), Ok(false));
}

/// CER-01
#[test]
fn a_ceremony_gives_a_key_that_proves() {
    let ceremony = finished();
    let reached = ceremony.check(&r1cs(), &powers()).unwrap();
    assert!(reached.finished);
    assert_eq!(reached.steps, 3);
    proves(&ceremony.key);
    let key = ceremony.into_proving_key(Arch::A1).unwrap();
    assert_eq!(key.kind, KeyKind::Ceremony);
    assert_eq!(key.file_name(), "policy-12-16-16-8.ceremony.pkey");
    assert_eq!(key.r1cs_hash, r1cs().hash());
}

/// CER-02: arkworks' generator, told the secrets, makes the same points.
#[test]
fn the_initial_key_is_that_of_the_generator() {
    let (tau, mut rng) = (tau(), ChaCha20Rng::seed_from_u64(5));
    let mut secrets = Secrets { alpha: tau.alpha, beta: tau.beta, gamma: Fr::ONE, delta: Fr::ONE, tau: rng.clone() };
    let generated = from_secrets(&r1cs(), &secrets).unwrap();
    // The generator draws tau itself: give the powers the one it draws.
    let domain = GeneralEvaluationDomain::<Fr>::new(1 << power(&r1cs())).unwrap();
    let drawn = domain.sample_element_outside_domain(&mut rng);
    let file = tiny::file("ptau", &tiny::ptau_sections(tiny::Tau { point: drawn, ..tau }, POWER));
    let powers = Powers::read(&file, power(&r1cs())).unwrap();
    let key = Ceremony::begin("tiny", &r1cs(), &powers, &|| ()).key;
    assert!(key == generated);
    assert_eq!(check::key(&powers, &r1cs(), &generated), Ok(()));
    // And with another delta the check accepts it as well.
    secrets.delta = Fr::from(77);
    assert_eq!(check::key(&powers, &r1cs(), &from_secrets(&r1cs(), &secrets).unwrap()), Ok(()));
}

/// CER-03
#[test]
fn the_underived_key_is_refused() {
    let ceremony = begun();
    assert!(ceremony.check(&r1cs(), &powers()).is_ok());
    let related = KeyError::Refused(proven::KeyError::Related);
    assert_eq!(VerifyingKey::new(&ceremony.key.vk), Err(related));
    assert!(matches!(ceremony.into_proving_key(Arch::A1), Err(StoreError::Unfinished)));
    // Not even with a beacon: its factor is public.
    let refused = begun().finish(BEACON, 4, &|| ());
    assert!(matches!(refused, Err(CeremonyError::Transcript(TranscriptError::NoContribution { step: 1 }))));
    assert!(matches!(contributed().into_proving_key(Arch::A1), Err(StoreError::Unfinished)));
}

type Part = fn(&mut ArkKey<Bn254>) -> &mut Vec<G1Affine>;

/// CER-04: each part of the key that powers and constraints determine, changed alone.
#[test]
fn changed_keys_are_refused() {
    let good = finished();
    let check = |key: ArkKey<Bn254>| match (Ceremony { key, ..good.clone() }).check(&r1cs(), &powers()) {
        Err(CeremonyError::Key(fault)) => fault,
        other => panic!("{other:?}"),
    };
    let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
    let changed = |change: &dyn Fn(&mut ArkKey<Bn254>)| {
        let mut key = good.key.clone();
        change(&mut key);
        check(key)
    };
    assert_eq!(changed(&|key| key.vk.alpha_g1 = g1), KeyFault::Element("alpha"));
    assert_eq!(changed(&|key| key.vk.beta_g2 = g2), KeyFault::Element("beta"));
    assert_eq!(changed(&|key| key.beta_g1 = g1), KeyFault::Element("beta"));
    assert_eq!(changed(&|key| key.vk.gamma_g2 = key.vk.delta_g2), KeyFault::Element("gamma"));
    let parts: [(&str, Part); 5] = [
        ("a_query", |key| &mut key.a_query),
        ("b_g1_query", |key| &mut key.b_g1_query),
        ("gamma_abc_g1", |key| &mut key.vk.gamma_abc_g1),
        ("l_query", |key| &mut key.l_query),
        ("h_query", |key| &mut key.h_query),
    ];
    for (part, of) in parts {
        let mut key = good.key.clone();
        for index in 0..of(&mut key).len() {
            let fault = changed(&|key| of(key)[index] = (of(key)[index] + g1).into_affine());
            assert_eq!(fault, KeyFault::Query(part), "{index}");
        }
        let expected = of(&mut key).len();
        let fault = changed(&|key| of(key).truncate(expected - 1));
        assert_eq!(fault, KeyFault::Length { part, expected, actual: expected - 1 });
    }
    for index in 0..good.key.b_g2_query.len() {
        let fault = changed(&|key| key.b_g2_query[index] = (key.b_g2_query[index] + g2).into_affine());
        assert_eq!(fault, KeyFault::Query("b_g2_query"), "{index}");
    }
    let fault = changed(&|key| key.b_g2_query.truncate(1));
    assert!(matches!(fault, KeyFault::Length { part: "b_g2_query", .. }));

    // delta is the transcript's.
    for change in [
        |key: &mut ArkKey<Bn254>| key.delta_g1 = G1Affine::generator(),
        |key: &mut ArkKey<Bn254>| key.vk.delta_g2 = key.vk.beta_g2,
    ] {
        let mut ceremony = good.clone();
        change(&mut ceremony.key);
        assert!(matches!(ceremony.check(&r1cs(), &powers()), Err(CeremonyError::Delta)));
        assert_eq!(check::key(&powers(), &r1cs(), &ceremony.key), Err(KeyFault::Delta));
    }
    // The key of an earlier step is not the one the transcript comes to.
    let mut ceremony = good.clone();
    ceremony.key = contributed().key;
    assert!(matches!(ceremony.check(&r1cs(), &powers()), Err(CeremonyError::Delta)));
}

/// CER-05: each field of each kind of step, changed alone.
#[test]
fn changed_transcripts_are_refused() {
    let good = finished();
    let refused = |change: &dyn Fn(&mut Ceremony)| {
        let mut ceremony = good.clone();
        change(&mut ceremony);
        match ceremony.check(&r1cs(), &powers()) {
            Err(error) => error,
            Ok(_) => panic!("accepted"),
        }
    };
    let transcript = |change: &dyn Fn(&mut Ceremony)| match refused(change) {
        CeremonyError::Transcript(error) => error,
        other => panic!("{other:?}"),
    };
    let other = contributed().transcript;
    let flip = |bytes: &Bytes| {
        let mut bytes = bytes.to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        Bytes::from(bytes)
    };
    assert_eq!(transcript(&|c| c.transcript.version = 2), TranscriptError::Version(2));
    // The beginning is in the digest that every proof of knowledge is bound to.
    let first = TranscriptError::Knowledge { step: 1 };
    assert_eq!(transcript(&|c| c.transcript.circuit.push('x')), first);
    assert!(matches!(refused(&|c| c.transcript.constraints = B256::ZERO), CeremonyError::Constraints { .. }));
    assert!(matches!(refused(&|c| c.transcript.phase1 = flip(&c.transcript.phase1)), CeremonyError::Phase1 { .. }));
    let mut moved = good.transcript.clone();
    moved.phase1 = flip(&moved.phase1);
    assert_eq!(moved.replay(), Err(first.clone()));
    moved = good.transcript.clone();
    moved.constraints = B256::ZERO;
    assert_eq!(moved.replay(), Err(first));
    moved.phase1 = Bytes::new();
    assert_eq!(moved.replay(), Err(TranscriptError::Phase1(0)));

    for index in 0..3 {
        let step = index + 1;
        let off = |part| TranscriptError::Encoding { step, part, error: EncodingError::OffCurve { offset: 0 } };
        assert_eq!(
            transcript(&|c| c.transcript.steps[index].delta_g1 = flip(&c.transcript.steps[index].delta_g1)),
            off("deltaG1")
        );
        assert_eq!(
            transcript(&|c| c.transcript.steps[index].delta_g2 = flip(&c.transcript.steps[index].delta_g2)),
            off("deltaG2")
        );
        // Points of another ceremony: right by themselves.
        let theirs = &other.steps[index.min(1)];
        let groups = TranscriptError::Groups { step };
        assert_eq!(transcript(&|c| c.transcript.steps[index].delta_g1 = theirs.delta_g1.clone()), groups);
        assert_eq!(transcript(&|c| c.transcript.steps[index].delta_g2 = theirs.delta_g2.clone()), groups);
        let lost = transcript(&|c| {
            c.transcript.steps[index].delta_g1 = theirs.delta_g1.clone();
            c.transcript.steps[index].delta_g2 = theirs.delta_g2.clone();
        });
        let wanted = if index == 2 { TranscriptError::Beacon { step } } else { TranscriptError::Knowledge { step } };
        assert_eq!(lost, wanted);
        assert_eq!(
            transcript(&|c| c.transcript.steps[index].delta_g1 = Bytes::from(vec![0; 64])),
            TranscriptError::Unchanged { step }
        );
    }
    for index in 0..2 {
        let wrong = TranscriptError::Knowledge { step: index + 1 };
        assert_eq!(transcript(&|c| edit(c, index, |name, _, _| name.push('!'))), wrong);
        assert_eq!(transcript(&|c| edit(c, index, |_, nonce, _| *nonce = point(Fr::from(3)))), wrong);
        assert_eq!(transcript(&|c| edit(c, index, |_, _, response| response.0[31] ^= 1)), wrong);
        let name = TranscriptError::Name { step: index + 1 };
        for bad in ["", "two\nlines", &"x".repeat(65)] {
            assert_eq!(transcript(&|c| edit(c, index, |name, _, _| bad.clone_into(name))), name);
        }
        // The response plus the order of the group would be another transcript of the same steps.
        let aliased = transcript(&|c| {
            edit(c, index, |_, _, response| *response = B256::from_slice(&Fr::MODULUS.to_bytes_be()));
        });
        let error = EncodingError::NotReduced { offset: 0 };
        assert_eq!(aliased, TranscriptError::Encoding { step: index + 1, part: "response", error });
    }
}

/// CER-06
#[test]
fn beacons_must_be_the_stated_ones() {
    let good = finished();
    let with = |value: &[u8], iterations_log2| {
        let mut ceremony = good.clone();
        let value = Bytes::copy_from_slice(value);
        ceremony.transcript.steps[2].source = Source::Beacon { value, iterations_log2 };
        match ceremony.check(&r1cs(), &powers()) {
            Ok(_) => None,
            Err(CeremonyError::Transcript(error)) => Some(error),
            Err(other) => panic!("{other:?}"),
        }
    };
    assert_eq!(with(BEACON, 4), None);
    assert_eq!(with(b"another", 4), Some(TranscriptError::Beacon { step: 3 }));
    assert_eq!(with(BEACON, 5), Some(TranscriptError::Beacon { step: 3 }));
    assert_eq!(with(BEACON, 41), Some(TranscriptError::Iterations { step: 3, iterations_log2: 41 }));
    // Nothing follows a beacon: neither a contribution nor another beacon.
    let refused = good.clone().contribute("late", b"");
    assert!(matches!(refused, Err(CeremonyError::Transcript(TranscriptError::AfterBeacon { step: 4 }))));
    let refused = good.clone().finish(BEACON, 4, &|| ());
    assert!(matches!(refused, Err(CeremonyError::Transcript(TranscriptError::AfterBeacon { step: 4 }))));
    // The same beacon gives another factor at another place.
    let mut other = contributed();
    other.finish(BEACON, 4, &|| ()).unwrap();
    let mut moved = good.transcript.clone();
    moved.steps[2] = other.transcript.steps[2].clone();
    assert_eq!(moved.replay(), Err(TranscriptError::Beacon { step: 3 }));
}

/// CER-07
#[test]
fn contributions_hold_at_their_own_place_only() {
    let good = contributed().transcript;
    let replay = |steps: &[usize]| {
        let steps = steps.iter().map(|i| good.steps[*i].clone()).collect();
        escapement_prover::ceremony::Transcript { steps, ..good.clone() }.replay()
    };
    assert!(replay(&[0]).is_ok() && replay(&[0, 1]).is_ok());
    // Skipped, exchanged, repeated.
    assert_eq!(replay(&[1]), Err(TranscriptError::Knowledge { step: 1 }));
    assert_eq!(replay(&[1, 0]), Err(TranscriptError::Knowledge { step: 1 }));
    assert_eq!(replay(&[0, 0]), Err(TranscriptError::Unchanged { step: 2 }));
    assert_eq!(replay(&[0, 1, 0]), Err(TranscriptError::Knowledge { step: 3 }));
    // A proof of knowledge of one step at another.
    let mut replayed = good.clone();
    replayed.steps[1].source = replayed.steps[0].source.clone();
    assert_eq!(replayed.replay(), Err(TranscriptError::Knowledge { step: 2 }));
    // A ceremony from other powers does not take over contributions.
    let sections = tiny::ptau_sections(tiny::Tau { point: Fr::from(99), ..tau() }, POWER);
    let other = Powers::read(&tiny::file("ptau", &sections), POWER).unwrap();
    let mut foreign = Ceremony::begin("tiny", &r1cs(), &other, &|| ());
    foreign.transcript.steps.clone_from(&good.steps);
    assert_eq!(foreign.transcript.replay(), Err(TranscriptError::Knowledge { step: 1 }));
    // A skipped contribution shows in the key as well.
    let mut skipped = contributed();
    skipped.transcript.steps.pop();
    assert!(matches!(skipped.check_transcript(), Err(CeremonyError::Delta)));
    skipped.transcript.steps.pop();
    assert!(matches!(skipped.check_transcript(), Err(CeremonyError::Delta)));
}

/// CER-08: what one contributor adds is new each time, whatever text they give.
#[test]
fn contributions_do_not_follow_from_the_text() {
    let digests: Vec<B256> = (0..4).map(|_| begun().contribute("same", b"same text").unwrap().digest).collect();
    assert!((1..4).all(|i| !digests[..i].contains(&digests[i])));
    for name in ["", "tab\tstop", &"x".repeat(65)] {
        let mut ceremony = begun();
        let refused = ceremony.contribute(name, b"");
        assert!(matches!(refused, Err(CeremonyError::Transcript(TranscriptError::Name { step: 1 }))), "{name:?}");
        assert!(ceremony == begun());
    }
}

/// CER-09
#[test]
fn files_of_powers_are_checked() {
    let sections = tiny::ptau_sections(tau(), POWER);
    let read = |sections: &[(u32, Vec<u8>)], need| Powers::read(&tiny::file("ptau", sections), need).map(|p| p.power);
    assert_eq!(read(&sections, 4), Ok(5));
    assert_eq!(read(&sections, 5), Ok(5));
    assert_eq!(read(&sections, 6), Err(PtauError::Power { have: 5, need: 6 }));
    let with = |section: usize, at: usize, bytes: &[u8]| {
        let mut sections = sections.clone();
        sections[section].1[at..at + bytes.len()].copy_from_slice(bytes);
        read(&sections, 4)
    };
    let header = |what| Err(PtauError::Format(FormatError::Header(what)));
    assert_eq!(with(0, 4, &[0]), header("another prime"));
    assert_eq!(
        with(0, 36, &[6]),
        Err(PtauError::Format(FormatError::Size { section: 2, expected: 127 * 64, actual: 63 * 64 }))
    );
    assert_eq!(with(0, 36, &[29]), header("an exponent above 28"));
    // A point that is none, a point that is one but not the power, of every sequence.
    let other = tiny::g1_bytes(&(G1Projective::generator() * Fr::from(5)).into_affine());
    let other_g2 = tiny::g2_bytes(&(ark_bn254::G2Projective::generator() * Fr::from(5)).into_affine());
    let n = 16;
    for (section, count, size) in [(1, 2 * n - 1, 64), (2, n, 128), (3, n, 64), (4, n, 64), (5, 1, 128)] {
        for index in (0..count).filter(|i| *i < 2 || i % 7 == 0 || i + 1 == count) {
            let id = u32::try_from(section).unwrap() + 1;
            let none = with(section, size * index, &[1; 8]);
            assert_eq!(none, Err(PtauError::Format(FormatError::Point { section: id, index })));
            let point = if size == 64 { &other } else { &other_g2 };
            let refused = with(section, size * index, point);
            assert!(matches!(refused, Err(PtauError::Inconsistent(_))), "{section} {index}: {refused:?}");
            let refused = with(section, size * index, &vec![0; size]);
            assert!(matches!(refused, Err(PtauError::Inconsistent(_))), "{section} {index}: {refused:?}");
        }
    }
    // What the circuit does not need is not read, but is in the hash.
    assert_eq!(with(1, 64 * 62, &[1; 8]), Ok(5));
    // Tau of zero, and a coordinate not reduced.
    let zero = tiny::ptau_sections(tiny::Tau { point: Fr::from(0), ..tau() }, POWER);
    assert_eq!(read(&zero, 4), Err(PtauError::Inconsistent("tau, alpha or beta is zero")));
    let modulus: Vec<u8> = Fq::MODULUS.to_bytes_le();
    assert_eq!(with(1, 0, &modulus), Err(PtauError::Format(FormatError::Point { section: 2, index: 0 })));

    // The container.
    let file = tiny::file("ptau", &sections);
    let format = |bytes: &[u8]| match Powers::read(bytes, 4) {
        Err(PtauError::Format(error)) => error,
        other => panic!("{other:?}"),
    };
    for length in 0..file.len() / 64 {
        let error = format(&file[..64 * length]);
        assert!(matches!(error, FormatError::Length { .. } | FormatError::Magic { .. }), "{error}");
    }
    assert!(matches!(format(&[&file[..], &[0]].concat()), FormatError::Length { .. }));
    assert_eq!(format(&tiny::file("zkey", &sections)), FormatError::Magic { expected: "ptau" });
    for missing in 0..6 {
        let mut sections = sections.clone();
        let (id, _) = sections.remove(missing);
        assert_eq!(format(&tiny::file("ptau", &sections)), FormatError::Section(id));
        let twice = [&sections[..], &tiny::ptau_sections(tau(), POWER)[..]].concat();
        assert!(matches!(format(&tiny::file("ptau", &twice)), FormatError::Section(_)));
    }
}

/// CER-10
#[test]
fn published_files_are_known_by_their_hash() {
    // RFC 7693, appendix A.
    let abc = "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923";
    assert_eq!(hex::encode(blake2b(b"abc")), abc);
    let hash = blake2b(b"not it");
    assert_eq!(ptau::published("mine.ptau", &hash), Ok(None));
    for name in ["powersOfTau28_hez_final_15.ptau", "powersOfTau28_hez_final_18.ptau"] {
        let error = ptau::published(name, &hash).unwrap_err();
        let PtauError::NotThePublished { expected, .. } = &error else { panic!("{error}") };
        let published: [u8; 64] = hex::decode(expected).unwrap().try_into().unwrap();
        assert_eq!(ptau::published("renamed", &published).unwrap(), name.strip_suffix(".ptau"));
    }
}

/// CER-11
#[test]
fn a_ceremony_on_disk_reads_back_and_damage_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (mut ceremony, second) = (contributed(), contributed());
    ceremony.save(path).unwrap();
    assert!(Ceremony::load(path).unwrap() == ceremony);
    ceremony.finish(BEACON, 0, &|| ()).unwrap();
    ceremony.save(path).unwrap();
    assert!(Ceremony::load(path).unwrap() == ceremony);
    assert_eq!(fs::read_dir(path).unwrap().count(), 2, "nothing is left behind");

    let key = fs::read(path.join(store::KEY)).unwrap();
    let write = |name, bytes: &[u8]| fs::write(path.join(name), bytes).unwrap();
    let refused = || Ceremony::load(path).unwrap_err();
    write(store::KEY, &key[..39]);
    assert!(matches!(refused(), StoreError::Magic));
    for at in [0, 7] {
        let mut changed = key.clone();
        changed[at] ^= 1;
        write(store::KEY, &changed);
        assert!(matches!(refused(), StoreError::Magic));
    }
    let mut changed = key.clone();
    changed[8] ^= 1;
    write(store::KEY, &changed);
    assert!(matches!(refused(), StoreError::OtherTranscript { .. }));
    write(store::KEY, &[&key[..], &[0]].concat());
    assert!(matches!(refused(), StoreError::Serialization(_)));
    let last = key.len() - 1;
    changed.clone_from(&key);
    changed[last - 40] ^= 1;
    write(store::KEY, &changed);
    assert!(matches!(refused(), StoreError::Serialization(_)));
    write(store::KEY, &key);

    let text = fs::read_to_string(path.join(store::TRANSCRIPT)).unwrap();
    write(store::TRANSCRIPT, text.replacen("\"version\"", "\"more\": 1, \"version\"", 1).as_bytes());
    assert!(matches!(refused(), StoreError::Json(_)));
    write(store::TRANSCRIPT, text.replacen("\"nonce\"", "\"more\": 1, \"nonce\"", 1).as_bytes());
    assert!(matches!(refused(), StoreError::Json(_)));
    write(store::TRANSCRIPT, &serde_json::to_vec(&second.transcript).unwrap());
    assert!(matches!(refused(), StoreError::OtherTranscript { .. }));
    fs::remove_file(path.join(store::TRANSCRIPT)).unwrap();
    assert!(matches!(refused(), StoreError::Io { .. }));
}

/// CER-12: a key as snarkjs writes it, made here from the secrets.
#[test]
fn keys_of_snarkjs_are_converted_and_checked() {
    let (r1cs, powers, key) = (r1cs(), powers(), finished().key);
    // Only the test knows delta: by construction of its own key.
    let delta = Fr::from(4_242);
    let mut whole = begun().key;
    whole.delta_g1 = (whole.delta_g1 * delta).into_affine();
    whole.vk.delta_g2 = (whole.vk.delta_g2 * delta).into_affine();
    for query in [&mut whole.l_query, &mut whole.h_query] {
        for point in query.iter_mut() {
            *point = (*point * delta.inverse().unwrap()).into_affine();
        }
    }
    let sections = zkey_sections(&whole, delta);
    let read = |sections: &[(u32, Vec<u8>)]| zkey::read(&tiny::file("zkey", sections), &r1cs);
    let imported = read(&sections).unwrap();
    assert!(imported == whole && imported != key);
    assert_eq!(check::key(&powers, &r1cs, &imported), Ok(()));
    proves(&imported);

    // A changed point is found by the check of the whole.
    for (section, part) in [(2, "gamma_abc_g1"), (3, "a_query"), (4, "b_g1_query"), (6, "l_query"), (7, "h_query")] {
        let mut changed = sections.clone();
        changed[section].1[64..128].copy_from_slice(&tiny::g1_bytes(&G1Affine::generator()));
        let imported = read(&changed).unwrap();
        assert_eq!(check::key(&powers, &r1cs, &imported), Err(KeyFault::Query(part)));
        changed[section].1[64..72].fill(1);
        let id = changed[section].0;
        assert_eq!(read(&changed), Err(FormatError::Point { section: id, index: 1 }));
    }
    let mut changed = sections.clone();
    changed[0].1[0] = 2;
    assert_eq!(read(&changed), Err(FormatError::Header("not Groth16")));
    for (at, what) in
        [(4, "another prime"), (40, "another prime"), (72, "variables"), (76, "variables"), (80, "variables")]
    {
        let mut changed = sections.clone();
        changed[1].1[at] ^= 1;
        let Err(FormatError::Header(said)) = read(&changed) else { panic!("{at}") };
        assert!(said.starts_with(what), "{at}: {said}");
    }
}

fn zkey_sections(key: &ArkKey<Bn254>, delta: Fr) -> Vec<(u32, Vec<u8>)> {
    let n = 1usize << power(&r1cs());
    let g1 = |points: &[G1Affine]| points.iter().flat_map(tiny::g1_bytes).collect::<Vec<u8>>();
    let mut header = vec![];
    for modulus in [Fq::MODULUS.to_bytes_le(), Fr::MODULUS.to_bytes_le()] {
        header.extend(32u32.to_le_bytes());
        header.extend(modulus);
    }
    header.extend([r1cs().variables(), 5, n].map(|size| u32::try_from(size).unwrap().to_le_bytes()).concat());
    header.extend([g1(&[key.vk.alpha_g1, key.beta_g1]), tiny::g2_bytes(&key.vk.beta_g2)].concat());
    header.extend([tiny::g2_bytes(&key.vk.gamma_g2), g1(&[key.delta_g1]), tiny::g2_bytes(&key.vk.delta_g2)].concat());
    // The Lagrange polynomials of the odd points of the domain of twice the size.
    let double = GeneralEvaluationDomain::<Fr>::new(2 * n).unwrap();
    let lagrange = double.evaluate_all_lagrange_coefficients(tau().point);
    let quotient: Vec<G1Affine> =
        (0..n).map(|j| (G1Projective::generator() * (lagrange[2 * j + 1] / delta)).into_affine()).collect();
    vec![
        (1, 1u32.to_le_bytes().to_vec()),
        (2, header),
        (3, g1(&key.vk.gamma_abc_g1)),
        (5, g1(&key.a_query)),
        (6, g1(&key.b_g1_query)),
        (7, key.b_g2_query.iter().flat_map(tiny::g2_bytes).collect()),
        (8, g1(&key.l_query)),
        (9, g1(&quotient)),
    ]
}

fn edit(ceremony: &mut Ceremony, index: usize, change: impl Fn(&mut String, &mut Bytes, &mut B256)) {
    match &mut ceremony.transcript.steps[index].source {
        Source::Contribution { name, nonce, response } => change(name, nonce, response),
        Source::Beacon { .. } => panic!("a beacon"),
    }
}

fn point(scalar: Fr) -> Bytes {
    let mut writer = Writer::default();
    writer.g1(&(G1Projective::generator() * scalar).into_affine());
    writer.0.into()
}
