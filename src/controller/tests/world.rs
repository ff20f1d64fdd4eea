//! A controller with its verifier, roles and a clock.

use alloy_primitives::{keccak256, Address, FixedBytes, B256};
use alloy_sol_types::{sol, SolError};
use escapement_core::{
    engine::Ledger,
    param::{Slot, SLOTS},
    rules::Limit,
    update::{Change, OwnedUpdate},
};
pub use escapement_kit::testing::{self, Fixture};
use escapement_kit::{native, vm};
use motsu::prelude::*;
use stylus_sdk::{abi::Bytes, prelude::*};

use crate::{Controller, IController as I, IControllerEvents as E};

/// First moment of every test, seconds.
pub const GENESIS: u64 = 1_800_000_000;
pub const DAY: u64 = 86_400;
/// Pools and categories that are live.
pub const POOLS: u8 = 4;
pub const CATEGORIES: u8 = 3;
/// The model of every update.
pub const MODEL: B256 = B256::repeat_byte(0x4d);

sol! {
    error VerifierRefused(address controller, bytes32 updateHash);
}

/// A verifier that answers with the first 32 bytes of the signatures and refuses an empty list of them.
#[storage]
pub struct Verifier {}

unsafe impl TopLevelStorage for Verifier {}

#[public]
impl Verifier {
    fn verify(&self, controller: Address, update: Bytes, signatures: Bytes) -> Result<FixedBytes<32>, Vec<u8>> {
        match signatures.get(..32) {
            Some(outputs) if controller == vm::sender() => Ok(B256::from_slice(outputs)),
            _ => Err(VerifierRefused { controller, updateHash: keccak256(&update.0) }.abi_encode()),
        }
    }
}

/// A verifier that answers with too little.
#[storage]
pub struct Mute {}

unsafe impl TopLevelStorage for Mute {}

#[public]
impl Mute {
    #[fallback]
    fn fallback(&mut self, _: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        Ok(vec![0; 31])
    }
}

/// Values that keep every rule.
pub fn genesis_values() -> [u32; SLOTS] {
    let mut values = [0; SLOTS];
    for slot in Slot::all() {
        values[slot.index()] = slot.default_rules().neutral;
    }
    for (slot, value) in (3..7).zip([11_000, 12_500, 15_000, 20_000]) {
        values[slot] = value;
    }
    values[11..43].fill(0);
    values[11..15].copy_from_slice(&[1_000, 3_000, 3_000, 3_000]);
    values[46..].fill(0);
    values
}

impl Controller {
    /// Reads an engine word.
    pub fn word(&self, key: u64) -> [u8; 32] {
        self.load(key)
    }
}

pub struct World {
    pub controller: Contract<Controller>,
    pub verifier: Contract<Verifier>,
    pub governance: Address,
    pub council: Address,
    pub guardian: Address,
    pub stranger: Address,
    pub now: u64,
    pub next_id: u64,
}

impl Fixture for World {
    type Contract = Controller;
    type Calls = I::IControllerCalls;
    type Errors = I::IControllerErrors;
    const ABI: &'static str = include_str!("../abi.sol");

    fn contract(&self) -> &Contract<Controller> {
        &self.controller
    }
}

impl World {
    /// A controller behind a proxy that was not initialised yet.
    pub fn bare() -> Self {
        let world = Self {
            controller: Contract::from_tag("controller"),
            verifier: Contract::from_tag("verifier"),
            governance: Address::from_tag("governance"),
            council: Address::from_tag("council"),
            guardian: Address::from_tag("guardian"),
            stranger: Address::from_tag("stranger"),
            now: GENESIS,
            next_id: 1,
        };
        native::set_time(GENESIS);
        testing::behind_a_proxy(&world.controller);
        world
    }

    /// An initialised controller, every group at `autonomy`, an hour after its genesis.
    pub fn at(autonomy: u8) -> Self {
        let mut world = Self::bare();
        world.ok(world.stranger, world.initialize_call(autonomy));
        world.pass(3_600);
        world
    }

    pub fn initialize_call(&self, autonomy: u8) -> I::initializeCall {
        I::initializeCall {
            governance: self.governance,
            council: self.council,
            guardian: self.guardian,
            verifier: self.verifier.address(),
            values: genesis_values().to_vec(),
            pools: POOLS,
            categories: CATEGORIES,
            autonomy,
        }
    }

    /// Lets time pass.
    pub fn pass(&mut self, seconds: u64) {
        self.now += seconds;
        native::set_time(self.now);
    }

    pub fn param(&self, slot: u8) -> u32 {
        self.ok(self.stranger, I::paramCall { slot })._0
    }

    /// An update with calm KPIs and these changes (slot, new value), valid now.
    pub fn update(&mut self, changes: &[(u8, u32)]) -> OwnedUpdate {
        let id = self.next_id;
        self.next_id += 1;
        let mut kpis = vec![0; 12 + usize::from(POOLS)];
        kpis[5] = 40_000;
        OwnedUpdate {
            model_id: MODEL.0,
            kpi_schema: [7; 32],
            signer_epoch: 1,
            update_id: id,
            observed_at: self.now - 60,
            valid_after: self.now - 60,
            expires_at: self.now + 3_600,
            kpis,
            changes: changes
                .iter()
                .map(|(slot, new)| Change { slot: *slot, expected_old: self.param(*slot), new: *new })
                .collect(),
        }
    }

    /// The call that submits `update` with these outputs of the model.
    pub fn submission(update: &OwnedUpdate, outputs: [i32; 8]) -> I::submitCall {
        let signatures: Vec<u8> = outputs.iter().flat_map(|output| output.to_be_bytes()).collect();
        I::submitCall { update: update.encode().unwrap().into(), signatures: signatures.into() }
    }

    /// As [`Self::submission`], for `trySubmit`.
    pub fn attempt(update: &OwnedUpdate, outputs: [i32; 8]) -> I::trySubmitCall {
        let I::submitCall { update, signatures } = Self::submission(update, outputs);
        I::trySubmitCall { update, signatures }
    }

    /// Submits the rise or fall of the emission rate that output 0 = `output` gives.
    pub fn submit_emission(&mut self, output: i32) -> u64 {
        let (update, outputs) = self.emission(output);
        self.ok(self.stranger, Self::submission(&update, outputs));
        update.update_id
    }

    /// The update of the emission rate that output 0 = `output` gives, and the outputs.
    pub fn emission(&mut self, output: i32) -> (OwnedUpdate, [i32; 8]) {
        let old = self.param(0);
        let rules = Slot::new(0).unwrap().default_rules();
        let step = |limit: Limit| i64::from(limit.of(old));
        let room = if output > 0 { step(rules.step_up) } else { step(rules.step_down) };
        let new = i64::from(old) + i64::from(output) * room / 65_536;
        let update = self.update(&[(0, u32::try_from(new).unwrap())]);
        (update, [output, 0, 0, 0, 0, 0, 0, 0])
    }

    /// The payload of the last queued change.
    pub fn queued(&self) -> E::UpdateQueued {
        self.logs::<E::UpdateQueued>().pop().expect("something was queued")
    }
}

/// The call that points at these sources: token, vault, minter, treasury, turnout.
pub fn sources([token, vault, minter, treasury, turnout]: [Address; 5]) -> I::setSourcesCall {
    I::setSourcesCall { token, vault, minter, treasury, turnout }
}
