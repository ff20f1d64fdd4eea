//! The verifier's events, from `events.sol`; those of ownership are `OpenZeppelin`'s.

mod sol {
    use alloy_sol_types::sol;
    sol!("events.sol");
}

pub use sol::{
    GuardianChanged, ModelActivity, ModelRegistered, SignerRevoked, SignersChanged, UptimeFeedChanged,
};
