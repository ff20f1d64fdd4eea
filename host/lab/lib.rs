//! The laboratory: what drives the economy from outside, and what makes policies.
//!
//! * [`market`] is the exogenous side of the model: a seeded regime chain, or a recorded series replayed. It knows
//!   nothing of the contracts and is never shown to the controller: KPIs are read from the chain.
//! * [`actors`] decides what traders, stakers, holders and liquidity providers do with a day of that market.
//! * [`series`] reads the recorded series, with a documented schema and typed errors that name the line.
//! * [`policy`] generates the committed PI policy in the network format.
//!
//! Everything here is integer arithmetic over a counter-based generator, so that a seed gives the same run on every
//! machine and in every build.

pub mod actors;
pub mod market;
pub mod policy;
pub mod ppm;
pub mod rng;
pub mod series;
