//! The statement as constraints: outputs = policy(observations) for the model behind the commitment.
//!
//! Weights, biases and bounds are the witness, so that one circuit serves every model of its architecture. Numbers are
//! the integers of [`escapement_core::policy`]; the constraints follow its arithmetic step by step, floor and saturation
//! included, so that every model and observation has a proof.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, PrimeField};
use escapement_core::policy::{Arch, Model, OUTPUTS, OwnedModel, VALUE_MAX, packing, proven::PUBLIC_INPUTS};

use crate::{
    poseidon,
    r1cs::{Builder, Num, R1cs, power, recompose},
};

/// The inverse that shows that a hidden neuron overflows. The one kind of variable that a witness may choose freely, and
/// only where there is no overflow: then both of its constraints are zero on both sides.
pub const OVERFLOW_HINT: &str = "overflow hint";

/// Bits that a packed element carries at most.
const ELEMENT_BITS: usize = 240;
/// Bits of an observation, activation, output or bound.
const VALUE_BITS: usize = 24;
const WEIGHT_BITS: usize = 16;
const BIAS_BITS: usize = 32;
/// Fractional bits of a weight, dropped from an accumulator.
const SHIFT: usize = 12;
/// An accumulator is below 2^46 in magnitude and is moved up by it.
const ACCUMULATOR_BITS: usize = 46;
/// A bound minus a shifted accumulator is below 2^35 in magnitude.
const DIFFERENCE_BITS: usize = 35;

/// A circuit put together for one witness.
#[derive(Clone, Debug)]
pub struct Synthesis {
    /// The constraints; the same for every witness of an architecture. Empty if only the witness was wanted.
    pub r1cs: R1cs,
    /// Values of all variables.
    pub assignment: Vec<Fr>,
    /// The outputs, as the constraints compute them.
    pub outputs: [i32; OUTPUTS],
}

/// What is proven of what.
#[derive(Clone, Copy, Debug)]
pub struct Witness<'a> {
    /// The model, kept secret.
    pub model: Model<'a>,
    /// Its observations: as many as the architecture has inputs, signed 24-bit numbers.
    pub observations: &'a [i32],
    /// The context the proof is bound to, below the prime.
    pub context: Fr,
}

/// Returns the constraints of an architecture.
///
/// # Panics
/// Never for an [`Arch`]: its all-zero model is a model.
#[must_use]
pub fn constraints(arch: Arch) -> R1cs {
    let bytes = OwnedModel::zero(arch).encode().expect("zeros are a model of every architecture");
    let model = Model::with_arch(arch, &bytes).expect("what was encoded reads back");
    synthesize(&Witness { model, observations: &vec![0; arch.inputs()], context: Fr::ZERO }, true).r1cs
}

/// Puts the circuit together: its witness, and its constraints if they are wanted.
///
/// The public inputs are those the circuit computes itself. Observations beyond 24 bits or in another number than the
/// architecture has give an assignment that breaks constraints or is of another shape; [`crate::Prover`] refuses them.
#[must_use]
pub fn synthesize(witness: &Witness<'_>, with_constraints: bool) -> Synthesis {
    let mut builder = Builder::new(PUBLIC_INPUTS, with_constraints);
    let b = &mut builder;
    let model = &witness.model;

    let context = b.public(0, witness.context);
    // Bound by a constraint of its own, not only by the rows the proof system adds for public inputs.
    let _ = b.product("context square", &context, &context);

    let weights: Vec<Num> = model.weights().map(|w| signed(b, "weight bit", w.into(), WEIGHT_BITS)).collect();
    let biases: Vec<Num> = model.biases().map(|x| signed(b, "bias bit", x, BIAS_BITS)).collect();
    let mut bound = |x| signed(b, "bound bit", x, VALUE_BITS);
    let lo: Vec<Num> = model.bounds().map(|(lo, _)| bound(lo)).collect();
    let hi: Vec<Num> = model.bounds().map(|(_, hi)| bound(hi)).collect();

    let tag = b.constant(Fr::from_be_bytes_mod_order(&packing::arch_tag(model.arch())));
    let mut elements = vec![element(b, &tag)];
    elements.extend(pack(b, &weights, WEIGHT_BITS));
    elements.extend(pack(b, &biases, BIAS_BITS));
    elements.extend(pack(b, &[lo.as_slice(), hi.as_slice()].concat(), VALUE_BITS));
    let commitment = poseidon::hash_gadget(b, &elements);
    b.publish(1, &commitment);

    let observations: Vec<Num> =
        witness.observations.iter().map(|x| signed(b, "observation bit", *x, VALUE_BITS)).collect();
    for (index, packed) in (2..4).zip(pack(b, &observations, VALUE_BITS)) {
        b.publish(index, &packed);
    }

    let [.., d1, d2, d3] = model.arch().dims();
    let mut rows = Rows { weights: &weights, biases: &biases };
    let first: Vec<Num> = rows.layer(b, &observations, d1).iter().map(|bits| hidden(b, bits)).collect();
    let second: Vec<Num> = rows.layer(b, &first, d2).iter().map(|bits| hidden(b, bits)).collect();
    let last = rows.layer(b, &second, d3);
    let outputs: Vec<Num> = last.iter().zip(&lo).zip(&hi).map(|((bits, lo), hi)| bounded(b, bits, lo, hi)).collect();
    for packed in pack(b, &outputs, VALUE_BITS) {
        b.publish(4, &packed);
    }

    let mut values = [0; OUTPUTS];
    for (value, output) in values.iter_mut().zip(&outputs) {
        *value = small(output.value);
    }
    let (r1cs, assignment) = builder.finish();
    Synthesis { r1cs, assignment, outputs: values }
}

/// Returns a number that is made of this many bits less half their range.
fn signed(b: &mut Builder, name: &'static str, value: i32, bits: usize) -> Num {
    let half = power(bits - 1);
    let bits = b.bits(name, Fr::from(value) + half, bits);
    recompose(&bits).minus(&b.constant(half))
}

/// Returns a number as a variable of its own. One constraint.
fn element(b: &mut Builder, num: &Num) -> Num {
    let element = b.witness("element", num.value);
    b.enforce_equal(num, &element);
    element
}

/// Packs numbers of `bits` bits into elements, as [`packing`] does.
fn pack(b: &mut Builder, values: &[Num], bits: usize) -> Vec<Num> {
    let (step, half) = (power(bits), b.constant(power(bits - 1)));
    let mut elements = Vec::new();
    for group in values.chunks(ELEMENT_BITS / bits) {
        let mut weight = Fr::ONE;
        let terms = group.iter().flat_map(|value| {
            let terms = [(weight, value), (weight, &half)];
            weight *= step;
            terms
        });
        let packed = Num::sum(terms);
        elements.push(element(b, &packed));
    }
    elements
}

/// The rows of weights and the biases not yet used.
struct Rows<'a> {
    weights: &'a [Num],
    biases: &'a [Num],
}

impl Rows<'_> {
    /// Returns, for each neuron of a layer, the bits of `bias * 2^12 + sum(weight * input) + 2^46`.
    ///
    /// One decomposition gives all that follows from an accumulator: the floor of its division by 2^12 is the bits from
    /// 12 on, and bit 46 tells that it is not negative.
    fn layer(&mut self, b: &mut Builder, inputs: &[Num], width: usize) -> Vec<Vec<Num>> {
        let (biases, rest) = self.biases.split_at(width);
        self.biases = rest;
        let offset = b.constant(power(ACCUMULATOR_BITS));
        biases
            .iter()
            .map(|bias| {
                let (row, rest) = self.weights.split_at(inputs.len());
                self.weights = rest;
                let products: Vec<Num> = row.iter().zip(inputs).map(|(w, x)| b.product("product", w, x)).collect();
                let terms = products.iter().map(|product| (Fr::ONE, product));
                let sum = Num::sum(terms.chain([(power(SHIFT), bias), (Fr::ONE, &offset)]));
                decompose(b, "accumulator bit", &sum, ACCUMULATOR_BITS + 1)
            })
            .collect()
    }
}

/// Returns the bits of a number that has at most this many. One constraint more than bits.
fn decompose(b: &mut Builder, name: &'static str, num: &Num, count: usize) -> Vec<Num> {
    let bits = b.bits(name, num.value, count);
    b.enforce_equal(&recompose(&bits), num);
    bits
}

/// `min(max(q, 0), 2^23 - 1)` of an accumulator's bits.
fn hidden(b: &mut Builder, bits: &[Num]) -> Num {
    let value_top = SHIFT + VALUE_BITS - 1;
    let low = recompose(&bits[SHIFT..value_top]);
    let high = Num::sum(bits[value_top..ACCUMULATOR_BITS].iter().map(|bit| (Fr::ONE, bit)));
    let not_negative = &bits[ACCUMULATOR_BITS];

    // over = 1 if any high bit is set, else 0.
    let hint = b.witness(OVERFLOW_HINT, high.value.inverse().unwrap_or(Fr::ZERO));
    let over = b.product("overflow", &high, &hint);
    let one = b.constant(Fr::ONE);
    let zero = b.constant(Fr::ZERO);
    b.enforce(&high, &one.minus(&over), &zero);

    let room = b.constant(VALUE_MAX).minus(&low);
    let rest = b.product("saturation", &over, &room);
    b.product("activation", not_negative, &low.plus(&rest))
}

/// `max(min(q, hi), lo)` of an accumulator's bits.
fn bounded(b: &mut Builder, bits: &[Num], lo: &Num, hi: &Num) -> Num {
    let half = b.constant(power(ACCUMULATOR_BITS - SHIFT));
    let q = recompose(&bits[SHIFT..]).minus(&half);
    let below = at_least(b, hi, &q);
    let upper = select(b, &below, &q, hi);
    let above = at_least(b, &upper, lo);
    select(b, &above, &upper, lo)
}

/// Returns `yes` if the bit is 1, `no` if it is 0. One constraint.
fn select(b: &mut Builder, bit: &Num, yes: &Num, no: &Num) -> Num {
    let difference = b.product("selection", bit, &yes.minus(no));
    no.plus(&difference)
}

/// Returns 1 if `a >= b`, else 0, for numbers that differ by less than 2^35.
fn at_least(b: &mut Builder, a: &Num, other: &Num) -> Num {
    let shifted = a.minus(other).plus(&b.constant(power(DIFFERENCE_BITS)));
    let mut bits = decompose(b, "difference bit", &shifted, DIFFERENCE_BITS + 1);
    bits.swap_remove(DIFFERENCE_BITS)
}

/// A signed number of at most 24 bits out of a field element.
fn small(value: Fr) -> i32 {
    let shifted = (value + power(VALUE_BITS - 1)).into_bigint().0[0];
    // Below 2^24 for every output of the circuit.
    i32::try_from(shifted).unwrap_or(i32::MAX) - (VALUE_MAX + 1)
}
