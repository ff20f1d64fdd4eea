//! KPIs from the chain: read from events, checked against state, computed with the law's own formulas.
//!
//! [`Index`] follows the logs of the token, the pools, the vault and the quote token, keeps balances, stakes and
//! reserves, and closes a [`Day`] every 86,400 seconds. [`observe`] turns it into the KPI vector of an update. Before it
//! does, every total the events gave is compared with the contract's own answer at the same block
//! ([`KpiError::Disagreement`]): a missed or invented log cannot become a KPI.
//!
//! The staking ratio is what is staked in the vault, without what is leaving, over supply. Tokens that are leaving are still
//! their holder's. Revenue is the quote that users pay in at the minter or send to the treasury's account.
//!
//! Three KPIs are defined by what is on chain:
//! * participation counts the stake of accounts that acted in the vault within the last four weeks, over supply: votes cast
//!   over votable supply would leave weeks without a vote without a value;
//! * the treasury's account holds the quote; its runway divides it by what was paid out in the last 13 epochs, a year's
//!   worth, purchases from the pools left out;
//! * the price sources are three readings of the first pool: spot, and its time-weighted mean over one hour and over
//!   four. They part when somebody moves the price just before the observation.
//!
//! Where the history is shorter than a window, the first observation stands for what came before.

mod apply;
mod index;
#[cfg(test)]
mod tests;
mod vector;

pub use index::{Day, Index};
pub use vector::observe;

use alloy::primitives::Address;

use crate::client::ClientError;

/// The contracts and accounts KPIs are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    /// The token.
    pub token: Address,
    /// The quote token.
    pub quote: Address,
    /// Constant-product pools; the first is the one prices are read from.
    pub pools: Vec<Address>,
    /// The vault.
    pub vault: Address,
    /// The minter, which takes revenue in.
    pub minter: Address,
    /// The account that gets the revenue which is not burned, and pays.
    pub treasury: Address,
    /// Accounts that hold tokens without being holders, besides those above.
    pub not_holders: Vec<Address>,
}

/// Why there are no KPIs.
#[derive(Debug, thiserror::Error)]
pub enum KpiError {
    /// The node.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A log does not decode.
    #[error("a log of {address} in block {block} does not decode: {reason}")]
    BadLog {
        /// The contract.
        address: Address,
        /// Block of the log.
        block: u64,
        /// What is wrong.
        reason: String,
    },
    /// An amount is above 2^128.
    #[error("an amount of {address} in block {block} is above 2^128")]
    TooLarge {
        /// The contract.
        address: Address,
        /// Block of the log.
        block: u64,
    },
    /// Events move more than there is.
    #[error("the events of {address} take {account} below zero in block {block}: logs are missing")]
    Negative {
        /// The contract.
        address: Address,
        /// Whose balance.
        account: Address,
        /// Block of the log.
        block: u64,
    },
    /// Events and state disagree.
    #[error("{what} is {events} by events and {state} by state at block {block}: logs are missing")]
    Disagreement {
        /// What was compared.
        what: &'static str,
        /// Total of the events.
        events: u128,
        /// Answer of the contract.
        state: u128,
        /// At which block.
        block: u64,
    },
    /// A KPI has no value: its denominator is zero.
    #[error("{0} is undefined: what it is measured against is zero")]
    Undefined(&'static str),
}
