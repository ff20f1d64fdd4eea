//! What an operation costs on the compiled contracts and on their Solidity twins, in the same run.
//!
//! Of every transaction: its gas, the part of it that no code can avoid ([`Floor`]), and the ink its programs spend
//! themselves ([`Ink`]). Everything is deterministic: the same build gives the same figures.

mod curves;
mod floor;
mod ink;
mod minting;
mod staking;
mod updates;

use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_sol_types::SolCall;
use escapement_vm::CACHE_MANAGER;
use serde::{Deserialize, Serialize};

pub use curves::{Curve, Point};
pub use floor::Floor;
pub use ink::Ink;

use crate::{Receipt, Refusal, Twins, World};

alloy_sol_types::sol! {
    function placeBid(address program) external payable;
}

/// One transaction, measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Gas charged, refunds subtracted.
    pub gas: u64,
    /// What of it no code can avoid.
    pub unavoidable: Floor,
    /// Ink of its programs; all zero without any.
    pub ink: Ink,
}

/// One operation, on the contracts and on the twin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// What it is measured on: `controller`, `vault`, …
    pub contract: String,
    /// What it does.
    pub name: String,
    /// No program is in `ArbOS`' cache.
    pub uncached: Sample,
    /// Every program is.
    pub cached: Sample,
    /// The Solidity twin.
    pub twin: Sample,
}

/// Everything there is to print.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Operations in the order they are printed.
    pub operations: Vec<Operation>,
    /// How gas grows.
    pub curves: Vec<Curve>,
}

/// Measures everything. `step` is told the name of each part before it begins.
///
/// # Panics
/// When a contract is not built, or an operation that must go through is refused.
#[must_use]
pub fn measure(mut step: impl FnMut(&str)) -> Report {
    let mut operations = Vec::new();
    for (name, part) in [
        ("updates", updates::measure as fn() -> Vec<Operation>),
        ("staking", staking::measure),
        ("minting", minting::measure),
    ] {
        step(name);
        operations.extend(part());
    }
    step("curves");
    Report { operations, curves: curves::measure() }
}

impl World {
    /// Every program of the world.
    #[must_use]
    pub fn programs(&self) -> Vec<Address> {
        let logic = [self.vault, self.gauges, self.treasury].map(|proxy| self.net.implementation(proxy));
        let alone = [self.token, self.verifier, self.controller_logic, self.minter_logic, self.lens];
        alone.into_iter().chain(logic).collect()
    }

    /// Sends a call, with `cached` programs in `ArbOS`' cache, looks at it, and takes everything back.
    ///
    /// # Errors
    /// The [`Refusal`] of the call.
    ///
    /// # Panics
    /// When the cache refuses a program.
    pub fn attempt<T>(
        &self,
        cached: &[Address],
        (from, to, input): (Address, Address, &[u8]),
        look: impl FnOnce(&Receipt) -> T,
    ) -> Result<T, Refusal> {
        let snapshot = self.net.chain.snapshot();
        for &program in cached {
            let bid = placeBidCall { program };
            self.net.send(self.deployer, CACHE_MANAGER, &bid).unwrap_or_else(|refusal| panic!("{refusal}"));
        }
        let sent = self.net.transact(from, TxKind::Call(to), Bytes::copy_from_slice(input), U256::ZERO);
        let seen = sent.map(|receipt| look(&receipt));
        assert!(self.net.chain.revert(snapshot), "a snapshot of this chain");
        seen
    }
}

/// A world and its twins, whose operations are measured one by one.
pub(crate) struct Bench {
    world: World,
    twins: Twins,
    programs: Vec<Address>,
    operations: Vec<Operation>,
}

/// A call: who sends it, to whom, and what.
pub(crate) type Call = (Address, Address, Vec<u8>);

impl Bench {
    fn new(world: World) -> Self {
        let (twins, programs) = (Twins::of(&world), world.programs());
        Self { world, twins, programs, operations: Vec::new() }
    }

    /// One call, measured.
    fn sample(&self, name: &str, cached: &[Address], (from, to, input): &Call) -> Sample {
        let look = |receipt: &Receipt| {
            let outcome = self.world.net.chain.record(receipt.hash).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(outcome.gas_used, receipt.gas_used, "{name}: the replay costs what the transaction did");
            Sample { gas: receipt.gas_used, unavoidable: Floor::of(input, &outcome), ink: Ink::of(&outcome) }
        };
        let seen = self.world.attempt(cached, (*from, *to, input), look);
        seen.unwrap_or_else(|refusal| panic!("{name}: {refusal}"))
    }

    /// Measures an operation on both.
    fn measure(&mut self, contract: &str, name: &str, ours: &Call, theirs: &Call) {
        self.operations.push(Operation {
            contract: contract.to_owned(),
            name: name.to_owned(),
            uncached: self.sample(name, &[], ours),
            cached: self.sample(name, &self.programs, ours),
            twin: self.sample(name, &[], theirs),
        });
    }

    /// Makes both calls.
    fn make(&self, ours: &Call, theirs: &Call) -> [Receipt; 2] {
        [ours, theirs].map(|(from, to, input)| {
            let sent = self.world.net.transact(*from, TxKind::Call(*to), input.clone().into(), U256::ZERO);
            sent.unwrap_or_else(|refusal| panic!("{refusal}"))
        })
    }

    /// Measures an operation on both, and then makes it.
    fn measure_and_make(&mut self, contract: &str, name: &str, ours: &Call, theirs: &Call) {
        self.measure(contract, name, ours, theirs);
        self.make(ours, theirs);
    }
}

/// A call, encoded.
fn call<C: SolCall>(from: Address, to: Address, call: &C) -> Call {
    (from, to, call.abi_encode())
}
