//! The policy registry: which network may speak, and where its bytes are.
//!
//! The bytes sit in a data contract whose code begins with a STOP byte, so it can never run and never vanish; they are
//! hashed once, at registration, and only read afterwards.

use alloc::vec::Vec;

use crate::{
    error::{
        Error, VerifierModelExists, VerifierModelHash, VerifierModelInactive, VerifierSchemaHash, VerifierUnknownModel,
        VerifierUnsupportedKind,
    },
    event, proven, Verifier,
};
use alloy_primitives::{b256, Address, B256, U256};
use escapement_core::{policy::Policy, update::Kpis};
use escapement_kit::vm;

/// Attested by the quorum's signatures and re-executed here.
pub const KIND_SIGNED: u8 = 0;
/// Attested by a proof over a report that the quorum signed.
pub const KIND_PROVEN: u8 = 1;

/// Root of the records: `keccak256("escapement.verifier.models") - 1`. The record of a policy takes the slot of its id
/// in the mapping (from the low end: data contract 20 bytes, kind 1, active 1) and the next one (schema).
const MODELS: B256 = b256!("f432f046620ff2540acde62bddfa70c6e5de70ed7e8fc957183b79b580fd380e");

/// A registered policy.
pub struct Record {
    /// First slot of the record.
    slot: B256,
    /// The contract that holds `model.bin` and `schema.bin`; zero if there is no record.
    pub data: Address,
    /// How it is attested.
    pub kind: u8,
    /// Whether it may speak.
    pub active: bool,
}

impl Record {
    /// Reads the record of `model_id`: one storage read.
    pub fn load(model_id: &B256) -> Self {
        let slot = vm::mapping(model_id, &MODELS);
        let word = vm::load(&slot);
        let [_, _, _, _, _, _, _, _, _, _, active, kind, ..] = word.0;
        Self { slot, data: Address::from_word(word), kind, active: active != 0 }
    }

    /// Writes the record, its schema excepted.
    fn save(&self) {
        let mut word = self.data.into_word();
        let [_, _, _, _, _, _, _, _, _, _, active, kind, ..] = &mut word.0;
        (*active, *kind) = (self.active.into(), self.kind);
        vm::save(&self.slot, &word);
    }

    /// Slot of the schema.
    fn schema_slot(&self) -> B256 {
        U256::from_be_bytes(self.slot.0).wrapping_add(U256::from(1)).into()
    }

    /// Refuses another schema than the registered one.
    pub fn check_schema(&self, have: B256) -> Result<(), Error> {
        let want = self.schema();
        if have != want {
            return Err(VerifierSchemaHash { have, want }.into());
        }
        Ok(())
    }

    /// keccak256 of `schema.bin`: one storage read.
    pub fn schema(&self) -> B256 {
        vm::load(&self.schema_slot())
    }
}

/// Checks the code of the data contract of a policy that is re-executed.
fn check_code(code: &[u8], model_id: B256, kpi_schema: B256) -> Result<(), Error> {
    let policy = Policy::from_code(code)?;
    let have = vm::keccak(policy.model_bytes);
    if have != model_id {
        return Err(VerifierModelHash { have, want: model_id }.into());
    }
    let have = vm::keccak(policy.schema_bytes);
    if have != kpi_schema {
        return Err(VerifierSchemaHash { have, want: kpi_schema }.into());
    }
    Ok(())
}

impl Verifier {
    /// Enters a policy after checking the bytes it points at.
    pub(crate) fn enter_model(model_id: B256, data: Address, kpi_schema: B256, kind: u8) -> Result<(), Error> {
        if kind > KIND_PROVEN {
            return Err(VerifierUnsupportedKind { kind }.into());
        }
        let mut record = Record::load(&model_id);
        if !record.data.is_zero() {
            return Err(VerifierModelExists { modelId: model_id }.into());
        }
        let code = vm::code(&data);
        if kind == KIND_PROVEN {
            proven::check_code(&code, model_id, kpi_schema)?;
        } else {
            check_code(&code, model_id, kpi_schema)?;
        }
        (record.data, record.kind, record.active) = (data, kind, true);
        record.save();
        vm::save(&record.schema_slot(), &kpi_schema);
        event::model_registered(model_id, kpi_schema, data, kind);
        event::model_activity(model_id, true);
        Ok(())
    }

    /// Puts a policy to use or stops it.
    pub(crate) fn switch_model(model_id: B256, active: bool) -> Result<(), Error> {
        let mut record = Self::registered(&model_id)?;
        record.active = active;
        record.save();
        event::model_activity(model_id, active);
        Ok(())
    }

    /// The record of a registered policy.
    pub(crate) fn registered(model_id: &B256) -> Result<Record, Error> {
        let record = Record::load(model_id);
        if record.data.is_zero() {
            return Err(VerifierUnknownModel { modelId: *model_id }.into());
        }
        Ok(record)
    }

    /// The record of a policy that may speak.
    pub(crate) fn speaking(model_id: B256) -> Result<Record, Error> {
        let record = Self::registered(&model_id)?;
        if !record.active {
            return Err(VerifierModelInactive { modelId: model_id }.into());
        }
        Ok(record)
    }

    /// Runs the network in `data` on `kpis`: eight outputs, Q16.
    pub(crate) fn run(data: Address, kpis: &Kpis<'_>) -> Result<[i32; 8], Error> {
        // The code was hashed when it was registered and cannot change: it is only parsed here.
        let code: Vec<u8> = vm::code(&data);
        Ok(Policy::from_code(&code)?.outputs(kpis)?)
    }
}
