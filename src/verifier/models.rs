//! The policy registry: which network may speak, and where its bytes are.
//!
//! The bytes sit in a data contract whose code begins with a STOP byte, so it can never run and never vanish; they are
//! hashed once, at registration, and only read afterwards.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U8};
use escapement_core::{policy::Policy, update::Kpis};
use escapement_kit::vm;
use stylus_sdk::{
    prelude::*,
    storage::{StorageAddress, StorageB256, StorageBool, StorageU8},
};

use crate::{
    error::{
        Error, VerifierModelExists, VerifierModelHash, VerifierModelInactive, VerifierSchemaHash,
        VerifierUnknownModel, VerifierUnsupportedKind,
    },
    event,
    Verifier,
};

/// Attested by the quorum's signatures and re-executed here. The only kind this verifier knows.
pub const KIND_SIGNED: u8 = 0;

/// A registered policy.
#[storage]
pub struct Record {
    /// The contract that holds `model.bin` and `schema.bin`; zero if there is no record.
    pub(crate) data: StorageAddress,
    /// How it is attested.
    pub(crate) kind: StorageU8,
    /// Whether it may speak.
    pub(crate) active: StorageBool,
    /// keccak256 of `schema.bin` (second slot of the record).
    pub(crate) schema: StorageB256,
}

impl Verifier {
    /// Enters a policy after checking the bytes it points at.
    pub(crate) fn enter_model(
        &mut self,
        model_id: B256,
        data: Address,
        kpi_schema: B256,
        kind: u8,
    ) -> Result<(), Error> {
        if kind != KIND_SIGNED {
            return Err(VerifierUnsupportedKind { kind }.into());
        }
        if !self.models.getter(model_id).data.get().is_zero() {
            return Err(VerifierModelExists { modelId: model_id }.into());
        }
        let code = vm::code(&data);
        let policy = Policy::from_code(&code)?;
        let have = vm::keccak(policy.model_bytes);
        if have != model_id {
            return Err(VerifierModelHash { have, want: model_id }.into());
        }
        let have = vm::keccak(policy.schema_bytes);
        if have != kpi_schema {
            return Err(VerifierSchemaHash { have, want: kpi_schema }.into());
        }
        let mut record = self.models.setter(model_id);
        record.data.set(data);
        record.kind.set(U8::from(kind));
        record.active.set(true);
        record.schema.set(kpi_schema);
        event::model_registered(model_id, kpi_schema, data, kind);
        event::model_activity(model_id, true);
        Ok(())
    }

    /// Puts a policy to use or stops it.
    pub(crate) fn switch_model(&mut self, model_id: B256, active: bool) -> Result<(), Error> {
        self.model_data(model_id)?;
        self.models.setter(model_id).active.set(active);
        event::model_activity(model_id, active);
        Ok(())
    }

    /// The data contract of a registered policy.
    pub(crate) fn model_data(&self, model_id: B256) -> Result<Address, Error> {
        let data = self.models.getter(model_id).data.get();
        if data.is_zero() {
            return Err(VerifierUnknownModel { modelId: model_id }.into());
        }
        Ok(data)
    }

    /// The data contract of a policy that may speak about KPIs of this schema.
    pub(crate) fn speaking_model(&self, model_id: B256, kpi_schema: B256) -> Result<Address, Error> {
        let data = self.model_data(model_id)?;
        let record = self.models.getter(model_id);
        if !record.active.get() {
            return Err(VerifierModelInactive { modelId: model_id }.into());
        }
        let want = record.schema.get();
        if kpi_schema != want {
            return Err(VerifierSchemaHash { have: kpi_schema, want }.into());
        }
        Ok(data)
    }

    /// Runs the network in `data` on `kpis`: eight outputs, Q16.
    pub(crate) fn run(data: Address, kpis: &Kpis<'_>) -> Result<[i32; 8], Error> {
        // The code was hashed when it was registered and cannot change: it is only parsed here.
        let code: Vec<u8> = vm::code(&data);
        Ok(Policy::from_code(&code)?.outputs(kpis)?)
    }
}
