//! The controller: the registry of all parameters and the only door to them.
//!
//! A thin shell. *What* may happen to a parameter is decided by [`escapement_core::engine`] and nowhere else; this contract
//! decides *who* may ask, asks the verifier about every update before anything is written, keeps the engine's words in
//! storage and turns its events into logs. It lives behind a transparent proxy: no constructor, no upgrade code, filled
//! once by `initialize` in the proxy's own constructor.
//!
//! Storage is append-only, see `tests/snapshots/storage-controller.txt`.
// The entrypoint that the SDK generates has no documentation.
#![cfg_attr(not(test), allow(missing_docs))]
// Storage is reached through the host, not through fields; `self` still says who reads and who writes.
#![allow(clippy::unused_self)]
extern crate alloc;

use alloc::vec::Vec;

use alloy_primitives::{b256, Address, B256, U256};
use alloy_sol_types::{sol, SolCall};
use escapement_core::{
    engine::{self, Actor, Event, Ledger, Violation, Word},
    param::{Slot, EMISSION, SLOTS},
    update::Update,
};
use escapement_kit::{
    abi,
    abi::Malformed,
    proxied,
    roles::{Roles, DEFAULT_ADMIN_ROLE},
    vm,
};
use stylus_sdk::prelude::*;

mod error;
mod event;
mod peers;
mod router;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use event::IControllerEvents;
pub use peers::MAX_CONSUMERS;
pub use router::MAX_KEYS;

sol!("abi.sol");

sol! {
    /// What the controller asks its verifier: the outputs of the registered model on the attested observations, eight
    /// `int32` big endian; reverts unless a quorum signed exactly these bytes for this controller.
    interface IVerifier {
        function verify(address controller, bytes update, bytes signatures) external view returns (bytes32 outputs);
    }
}

/// Version of this code; every upgrade raises it.
pub const VERSION: u64 = 1;
/// Identifier of the storage layout this code reads and writes.
pub const LAYOUT: u64 = 1;
/// `keccak256("COUNCIL_ROLE")`: halts, vetoes, approves, overrides, narrows, restores.
pub const COUNCIL_ROLE: B256 = b256!("f25036a6852152e96c39cc9bf999cf0e78b9ebf96c37327327f9c87088a5dfa7");
/// `keccak256("GUARDIAN_ROLE")`: halts.
pub const GUARDIAN_ROLE: B256 = b256!("55435dd261a4b9b3364963f7738a7a662ad9c84396d64be3365284bb7f0a5041");

/// Slot 0: the roles, in OpenZeppelin's layout.
const ROLES: Roles = Roles(0);
/// Slot 1: the engine's words, `mapping(uint64 => bytes32)`, by the keys in [`engine::key`].
const WORDS: B256 = B256::with_last_byte(1);
/// Slot 2: the verifier. (Slots 3 to 16: see `peers`.)
const VERIFIER: B256 = B256::with_last_byte(2);

/// The contract. Its storage is reached through the slots above, with the host's keccak, instead of through accessors.
#[storage]
pub struct Controller {}

// SAFETY: this is the entrypoint's storage struct, at slot 0 and used by nobody else.
unsafe impl TopLevelStorage for Controller {}

/// Where a call enters.
#[entrypoint]
#[allow(clippy::needless_pass_by_value)] // the shape the macro calls
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
fn main(input: Vec<u8>, host: stylus_sdk::host::VM) -> stylus_sdk::ArbResult {
    // SAFETY: the one instance of the storage struct in this call, at slot 0.
    let mut controller = unsafe { <Controller as stylus_sdk::storage::StorageType>::new(U256::ZERO, 0, host) };
    controller.enter(&input)
}

/// Slot of an engine word.
fn word_slot(key: u64) -> B256 {
    vm::mapping(&abi::word(key), &WORDS)
}

impl Ledger for Controller {
    fn load(&self, key: u64) -> Word {
        vm::load(&word_slot(key)).0
    }

    fn save(&mut self, key: u64, word: Word) {
        vm::save(&word_slot(key), &B256::new(word));
    }

    fn emit(&mut self, event: Event<'_>) {
        event::emit(event);
    }
}

/// The block time as the engine counts it. Beyond 2106 every moment is the last one, so that nothing becomes ready.
fn now() -> u32 {
    u32::try_from(vm::now()).unwrap_or(u32::MAX)
}

/// The hash of the queue's commitments.
fn hash(data: &[u8]) -> Word {
    vm::keccak(data).0
}

/// The slot of this number.
fn slot(number: u8) -> Result<Slot, Violation> {
    Slot::new(number).ok_or(Violation::unknown_slot(number))
}

/// The eight outputs in the verifier's answer.
fn outputs(word: &Word) -> [i32; 8] {
    let mut outputs = [0; 8];
    for (output, bytes) in outputs.iter_mut().zip(word.as_chunks().0) {
        *output = i32::from_be_bytes(*bytes);
    }
    outputs
}

/// Life cycle.
impl Controller {
    /// Fills the storage of the proxy: the three roles, the verifier, values of all 51 slots (dead ones 0) as genesis
    /// entries of the history, counts, and one autonomy level for all groups.
    fn initialize(
        &mut self,
        roles: [Address; 3],
        verifier: Address,
        values: &[u64],
        pools: u8,
        categories: u8,
        autonomy: u8,
    ) -> Result<(), Error> {
        proxied::initialize(VERSION, LAYOUT)?;
        if roles.iter().any(|role| role.is_zero()) {
            return Err(Error::zero_address());
        }
        for (role, account) in [DEFAULT_ADMIN_ROLE, COUNCIL_ROLE, GUARDIAN_ROLE].iter().zip(&roles) {
            ROLES.set(role, account, true);
        }
        point_at(&verifier)?;
        let mut genesis = [0; SLOTS];
        if values.len() != SLOTS {
            return Err(Malformed.into());
        }
        for (place, value) in genesis.iter_mut().zip(values) {
            // Bounded by the reader; the cast keeps each value.
            #[allow(clippy::cast_possible_truncation)]
            let value = *value as u32;
            *place = value;
        }
        engine::initialize(self, now(), &genesis, pools, categories, autonomy)?;
        event::initialized(VERSION);
        Ok(())
    }

    /// Takes over the storage of an older version. This first version has none to take over from.
    fn migrate(&mut self) -> Result<(), Error> {
        let from = proxied::migrate(VERSION, LAYOUT, &[])?;
        event::migrated(from, VERSION);
        Ok(())
    }
}

/// Anyone.
impl Controller {
    /// Asks the verifier about `update`, whose call arguments are `input` (canonical: the reader checked them), and
    /// returns the model's outputs. A static call, before any write.
    fn verify(&self, update: &[u8], input: &[u8]) -> Result<[i32; 8], Error> {
        let verifier = Address::from_word(vm::load(&VERIFIER));
        // The same two tails behind one more word of head: the first begins at 0x60, the second behind its padding.
        let mut call = Vec::with_capacity(input.len().saturating_add(36));
        call.extend_from_slice(&IVerifier::verifyCall::SELECTOR);
        abi::push_word(&mut call, &vm::this().into_word());
        abi::push(&mut call, 0x60);
        abi::push(&mut call, (update.len().next_multiple_of(32) as u64).saturating_add(0x80));
        call.extend_from_slice(input.get(64..).unwrap_or_default());
        let answer = vm::static_call(&verifier, &call)?;
        let word = B256::try_from(answer.as_slice()).map_err(|_| Error::bad_verifier(&verifier))?;
        Ok(outputs(&word.0))
    }

    /// Verifies an update, then hands it to the engine; returns whether it was accepted.
    ///
    /// With `lenient`, a rule broken by a properly attested update becomes an event, counted by the breaker, and `false`.
    /// What the verifier refuses still reverts: a stranger must not be able to write anything. So does what a consumer
    /// refuses: by then the change is written.
    fn submit(&mut self, update: &[u8], input: &[u8], lenient: bool) -> Result<bool, Error> {
        let decoded = Update::decode(update).map_err(|_| Malformed)?;
        let outputs = self.verify(update, input)?;
        match engine::submit(self, now(), &decoded, &outputs, hash) {
            Ok(accepted) => {
                self.ask(accepted.applied)?;
                Ok(true)
            }
            Err(violation) if lenient => {
                engine::note_failure(self, now(), decoded.update_id, violation)?;
                Ok(false)
            }
            Err(violation) => Err(violation.into()),
        }
    }

    /// Executes the waiting change of a group, checked again in full at today's values.
    fn execute(&mut self, group: u8, payload: &[u8]) -> Result<(), Error> {
        engine::execute(self, now(), group, payload, hash)?;
        // A group that can be executed has a number below 7.
        self.ask(1u8.wrapping_shl(group.into()))
    }

    /// Upkeep; returns the mask of groups it touched.
    fn poke(&mut self) -> Result<u8, Error> {
        let before = engine::value(self, EMISSION);
        let touched = engine::poke(self, now())?;
        // Only a glide changes a value; what merely expired is nobody's business.
        if engine::value(self, EMISSION) != before {
            self.ask(1)?;
        }
        Ok(touched)
    }
}

/// The council, by the table of the router; `halt`, which is the guardian's too, asks for itself.
impl Controller {
    fn veto(&mut self, group: u8) -> Result<(), Error> {
        Ok(engine::veto(self, group)?)
    }

    fn approve(&mut self, group: u8) -> Result<(), Error> {
        Ok(engine::approve(self, now(), group)?)
    }

    fn override_params(&mut self, changes: &[u8]) -> Result<(), Error> {
        let groups = engine::override_changes(self, now(), changes)?;
        self.ask(groups)
    }

    fn restore(&mut self, timepoint: u32) -> Result<(), Error> {
        let groups = engine::restore(self, now(), timepoint)?;
        self.ask(groups)
    }

    fn narrow(&mut self, slot: u8, min: u32, max: u32) -> Result<(), Error> {
        Ok(engine::narrow(self, slot, min, max)?)
    }

    fn lower_autonomy(&mut self, group: u8, level: u8) -> Result<(), Error> {
        Ok(engine::lower_autonomy(self, group, level, Actor::Council)?)
    }

    /// Halts a scope. Who is both council and guardian acts as the council.
    fn halt(&mut self, scope: u8) -> Result<(), Error> {
        let by = if ROLES.has(&COUNCIL_ROLE, &vm::sender()) {
            Actor::Council
        } else {
            ROLES.only(&GUARDIAN_ROLE)?;
            Actor::Guardian
        };
        Ok(engine::halt(self, now(), scope, by)?)
    }
}

/// Governance, by the table of the router.
impl Controller {
    fn extend_halt(&mut self, scope: u8, until: u32) -> Result<(), Error> {
        Ok(engine::extend_halt(self, now(), scope, until)?)
    }

    fn resume(&mut self, scope: u8) -> Result<(), Error> {
        Ok(engine::resume(self, now(), scope)?)
    }

    fn raise_autonomy(&mut self, group: u8) -> Result<(), Error> {
        Ok(engine::raise_autonomy(self, group)?)
    }

    fn set_slot_rules(&mut self, slot: u8, words: &[Word; 2]) -> Result<(), Error> {
        Ok(engine::set_slot_rules(self, slot, words)?)
    }

    fn set_group_rules(&mut self, group: u8, word: &Word) -> Result<(), Error> {
        Ok(engine::set_group_rules(self, group, word)?)
    }

    fn set_breaker(&mut self, word: &Word) -> Result<(), Error> {
        Ok(engine::set_breaker(self, now(), word)?)
    }

    fn set_counts(&mut self, pools: u8, categories: u8) -> Result<(), Error> {
        let groups = engine::set_counts(self, now(), pools, categories)?;
        self.ask(groups)
    }

    fn set_verifier(&mut self, verifier: &Address) -> Result<(), Error> {
        point_at(verifier)
    }
}

/// Points at a verifier, which must have code: a call to nothing would succeed.
fn point_at(verifier: &Address) -> Result<(), Error> {
    if !vm::has_code(verifier) {
        return Err(Error::bad_verifier(verifier));
    }
    let (old, new) = (vm::load(&VERIFIER), verifier.into_word());
    vm::save(&VERIFIER, &new);
    event::verifier_changed(&old, &new);
    Ok(())
}

/// Views.
impl Controller {
    fn param(&self, number: u8) -> Result<u32, Error> {
        Ok(engine::value(self, slot(number)?))
    }

    fn param_at(&self, number: u8, timepoint: u32) -> Result<u32, Error> {
        Ok(engine::value_at(self, now(), slot(number)?, timepoint)?)
    }

    fn halted_until(&self, scope: u8) -> Result<u32, Error> {
        Ok(engine::halted_until(self, scope)?)
    }

    /// When the halt of a group ends, and the encoded array of its live values.
    fn group_params(&self, group: u8) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        self.tell(&mut out, group, false)?;
        Ok(out)
    }

    /// The encoded array of the words at `keys`.
    fn words(&self, keys: &[u64]) -> Vec<u8> {
        let mut out = Vec::with_capacity(keys.len().saturating_add(2).saturating_mul(32));
        abi::push(&mut out, 32);
        abi::push(&mut out, keys.len() as u64);
        for key in keys {
            out.extend_from_slice(&self.load(*key));
        }
        out
    }
}
