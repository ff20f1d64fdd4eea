//! The law of Escapement: fixed point, parameters, rules, the update engine and the policy network.
//!
//! `no_std` and integers only. Contracts, simulator, agent and tests all call this one crate, so a
//! replay of the event log agrees with the chain bit for bit. Nothing here knows of Stylus: storage
//! and events reach the engine through the [`engine::Ledger`] trait, hashes through a function.
#![no_std]

#[cfg(any(test, feature = "alloc"))]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod allocation;
pub mod checkpoints;
#[cfg(test)]
mod differential;
pub mod ema;
pub mod emission;
pub mod engine;
pub mod equilibrium;
pub mod fixed;
pub mod grants;
pub mod kpi;
pub mod lock;
pub mod param;
pub mod policy;
pub mod report;
pub mod reward;
pub mod rules;
pub mod twap;
pub mod update;
pub mod vesting;
pub mod window;
pub mod word;
