//! Poseidon2 over the scalar field of BN254, three elements wide, natively and as constraints.
//!
//! Natively it is the sponge of `openzeppelin-crypto`. The constraints are written here, with the round constants read
//! from that crate, so that the two cannot drift. There is no padding: `a` and `a, 0` have one hash, so only messages of
//! fixed length that begin with a tag of their own are hashed.

use std::sync::LazyLock;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInt, Field, PrimeField};
use openzeppelin_crypto::{
    arithmetic::uint::U256,
    field::instance::FpBN256,
    poseidon2::{Poseidon2, instance::bn256::BN256Params, params::PoseidonParams},
};

use crate::r1cs::{Builder, Num};

/// Constraints of one permutation.
pub const PERMUTATION_CONSTRAINTS: usize = 240;

const FULL: usize = BN256Params::ROUNDS_F;
const PARTIAL: usize = BN256Params::ROUNDS_P;
// The layers below are written for this instance.
const _: () = assert!(BN256Params::T == 3 && BN256Params::D == 5 && BN256Params::CAPACITY == 1);

/// Round constants, one row of three for each round. Partial rounds use the first only.
pub static ROUND_CONSTANTS: LazyLock<Vec<[Fr; 3]>> = LazyLock::new(|| {
    let row = |row: &&[FpBN256]| [from_oz(row[0]), from_oz(row[1]), from_oz(row[2])];
    BN256Params::ROUND_CONSTANTS.iter().map(row).collect()
});

fn from_oz(element: FpBN256) -> Fr {
    // Below the same prime on both sides.
    Fr::new(BigInt(element.into_bigint().into_limbs()))
}

fn to_oz(element: Fr) -> FpBN256 {
    FpBN256::from_bigint(U256::new(element.into_bigint().0))
}

/// Hashes field elements.
#[must_use]
pub fn hash(elements: impl IntoIterator<Item = Fr>) -> Fr {
    let mut sponge = Poseidon2::<BN256Params, FpBN256>::new();
    for element in elements {
        sponge.absorb(&to_oz(element));
    }
    from_oz(sponge.squeeze())
}

/// Hashes numbers of a circuit: [`PERMUTATION_CONSTRAINTS`] for every two elements or part of them.
#[must_use]
pub fn hash_gadget(builder: &mut Builder, elements: &[Num]) -> Num {
    let zero = builder.constant(Fr::ZERO);
    let mut state = [zero.clone(), zero.clone(), zero];
    for pair in elements.chunks(2) {
        for (lane, element) in state[1..].iter_mut().zip(pair) {
            *lane = lane.plus(element);
        }
        permute(builder, &mut state);
    }
    let [_, result, _] = state;
    result
}

fn permute(builder: &mut Builder, state: &mut [Num; 3]) {
    external(state);
    for (round, constants) in ROUND_CONSTANTS.iter().enumerate() {
        let full = !(FULL / 2..FULL / 2 + PARTIAL).contains(&round);
        let lanes = if full { 3 } else { 1 };
        for (lane, constant) in state.iter_mut().zip(constants).take(lanes) {
            *lane = fifth_power(builder, &lane.plus(&builder.constant(*constant)));
        }
        if full {
            external(state);
        } else {
            internal(state);
        }
    }
}

fn fifth_power(builder: &mut Builder, x: &Num) -> Num {
    let square = builder.product("hash", x, x);
    let fourth = builder.product("hash", &square, &square);
    builder.product("hash", &fourth, x)
}

/// The matrix circ(2, 1, 1).
fn external(state: &mut [Num; 3]) {
    mix(state, [Fr::ONE; 3]);
}

/// The matrix of ones plus the diagonal of the instance.
fn internal(state: &mut [Num; 3]) {
    static DIAGONAL: LazyLock<[Fr; 3]> = LazyLock::new(|| {
        let diagonal = BN256Params::MAT_INTERNAL_DIAG_M_1;
        [from_oz(diagonal[0]), from_oz(diagonal[1]), from_oz(diagonal[2])]
    });
    mix(state, *DIAGONAL);
}

/// Multiplies by the matrix of ones plus a diagonal.
fn mix(state: &mut [Num; 3], diagonal: [Fr; 3]) {
    let sum = Num::sum(state.iter().map(|lane| (Fr::ONE, lane)));
    for (lane, factor) in state.iter_mut().zip(diagonal) {
        *lane = Num::sum([(factor, &*lane), (Fr::ONE, &sum)]);
    }
}
