//! The token's own event, from `events.sol`; the ERC-20 and ownership events are `OpenZeppelin`'s.

mod sol {
    use alloy_sol_types::sol;
    sol!("events.sol");
}

pub use sol::MinterSet;
