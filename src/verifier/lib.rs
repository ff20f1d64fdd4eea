//! Attestation of parameter updates: a quorum of signers vouches for observations, and this contract works out what
//! the registered policy makes of them.
//!
//! Nobody signs a model's output on trust. `verify` decodes an update, checks the signatures over it, runs the
//! registered integer network on the attested KPI values and returns its outputs; the controller turns those into
//! changes by its own rules and compares. `verify` is a view and open to everyone: what a keeper is told beforehand is
//! what the controller is told later. See `README.md`.
// The entrypoint that the SDK generates has no documentation.
#![cfg_attr(not(test), allow(missing_docs))]
// `router` calls these functions; most answer from storage, and `self` says who reads.
#![allow(clippy::must_use_candidate, clippy::unused_self)]
extern crate alloc;

mod error;
mod event;
mod groth16;
mod models;
mod proven;
mod quorum;
mod reports;
mod router;
#[cfg(test)]
mod tests;
mod uptime;

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use escapement_core::update::{Kpis, Update};
use escapement_kit::vm;
use openzeppelin_stylus::access::{
    ownable::OwnableUnauthorizedAccount,
    ownable_two_step::{IOwnable2Step, Ownable2Step},
};
use stylus_sdk::{
    abi::router_entrypoint,
    prelude::*,
    storage::{StorageAddress, StorageArray, StorageU32, StorageU8, StorageUint},
    ArbResult,
};

pub use error::Error;
use models::Record;
pub use models::{KIND_PROVEN, KIND_SIGNED};
pub use quorum::MAX_SIGNERS;

/// The verifier's storage. Not behind a proxy: governance points the controller at another verifier instead.
#[storage]
pub struct Verifier {
    /// Governance: owner and the owner-to-be (slots 0 and 1).
    ownable: Ownable2Step,
    /// May revoke a signer and stop a policy; zero if there is none (slot 2).
    guardian: StorageAddress,
    /// Sequencer feed, zero if unused. With the four fields below it fills slot 3, the one word every `verify` reads.
    uptime_feed: StorageAddress,
    /// Seconds without updates after the sequencer's return (slot 3).
    uptime_grace: StorageU32,
    /// Number of the signer set (slot 3).
    signer_epoch: StorageUint<48, 1>,
    /// Signatures an update needs (slot 3).
    threshold: StorageU8,
    /// Signers in the set (slot 3).
    signer_count: StorageU8,
    /// The signers, ascending (slots 4 to 19). Flags by account and policies by id are in mappings of their own roots,
    /// see `quorum` and `models`: the SDK's maps would hash in software here, because OpenZeppelin asks for it.
    signers: StorageArray<StorageAddress, MAX_SIGNERS>,
}

// SAFETY: this is the entrypoint's storage struct, at slot 0 and used by nobody else.
unsafe impl TopLevelStorage for Verifier {}

/// Where a call enters.
#[entrypoint]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
fn main(input: Vec<u8>, host: stylus_sdk::host::VM) -> ArbResult {
    router_entrypoint::<Verifier, Verifier>(input, host)
}

/// The functions of `abi.sol`, which `router` calls.
impl Verifier {
    /// Sets the verifier up with signer set number 1; run by the deployer in the creating transaction.
    ///
    /// # Errors
    /// `OwnableInvalidOwner` for a zero owner, and as [`Verifier::set_signers`].
    pub fn constructor(
        &mut self,
        owner: Address,
        guardian: Address,
        signers: &[Address],
        threshold: u8,
    ) -> Result<(), Error> {
        self.ownable.constructor(owner)?;
        self.install_guardian(guardian);
        self.install_signers(signers, threshold)
    }

    /// Checks the attestation of `update` for `controller` and returns what its policy makes of the attested KPIs:
    /// eight outputs, Q16, each a big-endian `int32`, first output first.
    ///
    /// Whether the update's changes follow from these outputs, its times, its number and all bounds are the
    /// controller's business.
    ///
    /// # Errors
    /// In this order: `VerifierMalformedUpdate`; `VerifierSignerEpoch`; `VerifierUptimeFeed`,
    /// `VerifierSequencerDown`, `VerifierSequencerGrace`; `VerifierUnknownModel`, `VerifierModelInactive`,
    /// `VerifierSchemaHash`; `VerifierBadQuorum`, `VerifierSignaturesLength`, then for each signature
    /// `VerifierBadSignature`, `VerifierSignatureOrder`, `VerifierUnknownSigner`; `VerifierPolicyInputs`.
    pub fn verify(&self, controller: Address, update: &[u8], signatures: &[u8]) -> Result<B256, Error> {
        let update = Update::decode(update)?;
        self.check_in_force(update.signer_epoch)?;
        let record = Self::speaking(update.model_id.into())?;
        if record.kind == KIND_PROVEN {
            return self.verify_proven(controller, &update, record.data, signatures);
        }
        record.check_schema(update.kpi_schema.into())?;
        self.check_quorum(digest(&update, controller), signatures)?;
        let outputs = Self::run(record.data, &update.kpis)?;
        let mut packed = B256::ZERO;
        for (word, output) in packed.chunks_exact_mut(4).zip(outputs) {
            word.copy_from_slice(&output.to_be_bytes());
        }
        Ok(packed)
    }

    /// Returns the EIP-712 digest that the signers of `update` sign for `controller` on this chain.
    ///
    /// # Errors
    /// `VerifierMalformedUpdate`.
    pub fn digest(&self, controller: Address, update: &[u8]) -> Result<B256, Error> {
        Ok(digest(&Update::decode(update)?, controller))
    }

    /// Runs a registered policy, active or not, on raw KPI values (big-endian `int32` here, `int32[]` in the
    /// interface): eight outputs, Q16.
    ///
    /// # Errors
    /// `VerifierUnknownModel`, `VerifierUnsupportedKind` for a policy that is proven (its network is not here),
    /// `VerifierPolicyInputs` for too few values.
    pub fn infer(&self, model_id: B256, kpis: &[u8]) -> Result<[i32; 8], Error> {
        let Record { data, kind, .. } = Self::registered(&model_id)?;
        if kind != KIND_SIGNED {
            return Err(error::VerifierUnsupportedKind { kind }.into());
        }
        Self::run(data, &Kpis::parse(kpis)?)
    }

    /// Stores a report that a quorum signed for `controller`, for a proven update of the same number to rest on. Open to
    /// everyone; the first quorum for a number wins.
    ///
    /// # Errors
    /// In this order: `VerifierMalformedReport`; `VerifierSignerEpoch`; the sequencer's as in [`Verifier::verify`];
    /// `VerifierReportExpired`, `VerifierReportFuture`, `VerifierReportExists`; the quorum's.
    pub fn report(&mut self, controller: Address, report: &[u8], signatures: &[u8]) -> Result<(), Error> {
        self.enter_report(controller, report, signatures)
    }

    /// Returns the EIP-712 digest that the signers of `report` sign for `controller` on this chain.
    ///
    /// # Errors
    /// `VerifierMalformedReport`.
    pub fn report_digest(&self, controller: Address, report: &[u8]) -> Result<B256, Error> {
        reports::digest_of(controller, report)
    }

    /// The digest of the report stored for this number; zero if none is.
    pub fn report_of(&self, controller: Address, report_id: u64) -> B256 {
        reports::stored(controller, report_id)
    }

    /// Replaces the signer set; `signers` strictly ascending, at most 16, `threshold` a strict majority of them.
    /// Only the owner. Voids every attestation made for earlier sets.
    ///
    /// # Errors
    /// `OwnableUnauthorizedAccount`, `VerifierTooManySigners`, `VerifierBadQuorum`,
    /// `VerifierSignersNotAscending`.
    pub fn set_signers(&mut self, signers: &[Address], threshold: u8) -> Result<(), Error> {
        self.only_owner()?;
        self.install_signers(signers, threshold)
    }

    /// Strikes one signer off without touching the threshold. The owner or the guardian. Voids every attestation made
    /// before. With fewer signers than the threshold nothing verifies until the owner sets a new set.
    ///
    /// # Errors
    /// `OwnableUnauthorizedAccount`, `VerifierNotSigner`.
    pub fn revoke_signer(&mut self, signer: Address) -> Result<(), Error> {
        self.only_owner_or_guardian()?;
        self.strike_off(signer)
    }

    /// Enters a policy and puts it to use. Only the owner. `data`'s code must be a zero byte, the network whose hash is
    /// `model_id`, and the schema whose hash is `kpi_schema`; every output bounded by one step; `kind` 0 (signed).
    ///
    /// # Errors
    /// `OwnableUnauthorizedAccount`, `VerifierUnsupportedKind`, `VerifierModelExists`, the `Policy…` errors for
    /// code that does not parse, `VerifierModelHash`, `VerifierSchemaHash`.
    pub fn register_model(&mut self, model_id: B256, data: Address, kpi_schema: B256, kind: u8) -> Result<(), Error> {
        self.only_owner()?;
        Self::enter_model(model_id, data, kpi_schema, kind)
    }

    /// Puts a registered policy to use (only the owner) or stops it (the owner or the guardian).
    ///
    /// # Errors
    /// `OwnableUnauthorizedAccount`, `VerifierUnknownModel`.
    pub fn set_model_active(&mut self, model_id: B256, active: bool) -> Result<(), Error> {
        if active {
            self.only_owner()?;
        } else {
            self.only_owner_or_guardian()?;
        }
        Self::switch_model(model_id, active)
    }

    /// Sets the Chainlink sequencer feed and the seconds to wait after an outage; the zero address turns the check
    /// off. Only the owner.
    ///
    /// # Errors
    /// `OwnableUnauthorizedAccount`.
    pub fn set_uptime_feed(&mut self, feed: Address, grace: u32) -> Result<(), Error> {
        self.only_owner()?;
        self.install_feed(feed, grace);
        Ok(())
    }

    /// Replaces the guardian; the zero address leaves the post empty. Only the owner.
    ///
    /// # Errors
    /// `OwnableUnauthorizedAccount`.
    pub fn set_guardian(&mut self, guardian: Address) -> Result<(), Error> {
        self.only_owner()?;
        self.install_guardian(guardian);
        Ok(())
    }

    /// The signers, ascending.
    pub fn signers(&self) -> Vec<Address> {
        self.signer_list()
    }

    /// Whether `account` is a signer.
    pub fn is_signer(&self, account: Address) -> bool {
        quorum::is_signer(account)
    }

    /// Signatures an update needs.
    pub fn threshold(&self) -> u8 {
        self.threshold.get().to()
    }

    /// Number of the present signer set; an update names it.
    pub fn signer_epoch(&self) -> u64 {
        self.epoch()
    }

    /// The record of a policy: data contract (zero if unknown), schema, kind, active.
    pub fn model(&self, model_id: B256) -> (Address, B256, u8, bool) {
        let record = Record::load(&model_id);
        (record.data, record.schema(), record.kind, record.active)
    }

    /// What a proven policy proves by: circuit (keccak256 of the verifying key), commitment, widths of the layers, and the
    /// size of an output above which signatures are needed too. Zeros for a policy that is not proven.
    pub fn circuit(&self, model_id: B256) -> (B256, B256, [u8; 4], u32) {
        proven::circuit(&model_id)
    }

    /// Whether the policy's verifying key is a development key, with which everybody can forge.
    pub fn is_development_key(&self, model_id: B256) -> bool {
        let (circuit, ..) = proven::circuit(&model_id);
        proven::is_development(&circuit)
    }

    /// Sequencer feed (zero if unused) and the seconds to wait after an outage.
    pub fn uptime_feed(&self) -> (Address, u32) {
        (self.uptime_feed.get(), self.uptime_grace.get().to())
    }

    /// The guardian; zero if there is none.
    pub fn guardian(&self) -> Address {
        self.guardian.get()
    }

    /// Governance.
    pub fn owner(&self) -> Address {
        self.ownable.owner()
    }

    /// The account that ownership was offered to; zero if none.
    pub fn pending_owner(&self) -> Address {
        self.ownable.pending_owner()
    }

    /// Offers ownership to `new_owner`, who has to accept it. Only the owner.
    ///
    /// # Errors
    /// `OwnableUnauthorizedAccount`.
    pub fn transfer_ownership(&mut self, new_owner: Address) -> Result<(), Error> {
        Ok(self.ownable.transfer_ownership(new_owner)?)
    }

    /// Takes the ownership that was offered to the caller.
    ///
    /// # Errors
    /// `OwnableUnauthorizedAccount` for anybody else.
    pub fn accept_ownership(&mut self) -> Result<(), Error> {
        Ok(self.ownable.accept_ownership()?)
    }
}

impl Verifier {
    /// Refuses everybody but the owner.
    fn only_owner(&self) -> Result<(), Error> {
        Ok(self.ownable.ownable.only_owner()?)
    }

    /// Refuses everybody but the owner and the guardian.
    fn only_owner_or_guardian(&self) -> Result<(), Error> {
        let account = vm::sender();
        if account == self.guardian.get() || account == self.ownable.owner() {
            return Ok(());
        }
        Err(OwnableUnauthorizedAccount { account }.into())
    }

    /// Refuses attestations of another signer set, or while the sequencer is not up for long enough.
    fn check_in_force(&self, have: u64) -> Result<(), Error> {
        let want = self.epoch();
        if have != want {
            return Err(error::VerifierSignerEpoch { have, want }.into());
        }
        self.check_uptime()
    }

    /// Puts `guardian` in place of the one before.
    fn install_guardian(&mut self, guardian: Address) {
        let previous = self.guardian.get();
        self.guardian.set(guardian);
        event::guardian_changed(previous, guardian);
    }
}

/// The hash that the law is given. One function, so that the law is compiled for it once.
fn hash(data: &[u8]) -> [u8; 32] {
    vm::keccak(data).0
}

/// EIP-712 digest of `update` in the domain of `controller` on this chain.
fn digest(update: &Update<'_>, controller: Address) -> B256 {
    update.digest(vm::chain_id(), &controller.0 .0, hash).into()
}
