//! Differential tests: the law against a second model of it.
//!
//! The model is written from the text of the rules, in unbounded integers and exact fractions, and shares no code with
//! the implementation. Inference, normalisation, emission and KPI formulas have theirs beside their own tests.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::needless_range_loop
)]

mod closed_loop;
mod numbers;
mod pacing;

use num_bigint::BigInt;
use num_rational::BigRational;

/// n / d as an exact fraction.
fn fraction(n: impl Into<BigInt>, d: impl Into<BigInt>) -> BigRational {
    BigRational::new(n.into(), d.into())
}

/// n as an exact fraction.
fn whole(n: impl Into<BigInt>) -> BigRational {
    BigRational::from(n.into())
}
