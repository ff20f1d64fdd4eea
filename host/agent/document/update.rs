//! The part of a document that is of a proven update.

use alloy::primitives::{Address, B256, Bytes, keccak256};
use escapement_core::{
    policy::proven::{Attestation, Proven},
    update::{Change, OwnedUpdate, Update},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Body, Document, DocumentError, Head, Signatures};
use crate::{
    proven,
    sign::{Attested, Domain, SignError},
    submit::submission,
};

/// A proposed change; values in the slot's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeField {
    /// Parameter slot.
    pub slot: u8,
    /// Value that the update was made over.
    pub expected_old: u32,
    /// Value to write.
    pub new: u32,
}

impl From<Change> for ChangeField {
    fn from(change: Change) -> Self {
        Self { slot: change.slot, expected_old: change.expected_old, new: change.new }
    }
}

/// A group that the policy wanted to move and could not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Number of the group.
    pub group: u8,
    /// Why it does not move.
    pub reason: String,
}

/// What a prover has made of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The policy's `proven.bin`.
    pub policy: Bytes,
    /// Outputs and proof, as an attestation begins.
    pub shown: Bytes,
    /// Groups that do not move. Nothing in the bytes tells them.
    pub left_out: Vec<LeftOut>,
    /// The proof with its public inputs, for people and other programs.
    pub proof: Value,
}

/// The fields of an update's document beside those of every document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateBody {
    /// keccak256 of `policy`.
    pub model_id: B256,
    /// First second of validity.
    pub valid_after: u64,
    /// The changes, ascending by slot.
    pub changes: Vec<ChangeField>,
    /// Groups left out of it.
    pub left_out: Vec<LeftOut>,
    /// Whether an output is above the policy's limit.
    pub needs_signatures: bool,
    /// Digest of the report it rests on.
    pub report_digest: B256,
    /// What the signers sign.
    pub update_digest: B256,
    /// The policy's `proven.bin`.
    pub policy: Bytes,
    /// The update as it goes on the wire.
    pub update: Bytes,
    /// Outputs, proof, signatures.
    pub attestation: Bytes,
    /// The call of `submit` with all of them.
    pub calldata: Bytes,
    /// The proof with its public inputs.
    pub proof: Value,
    /// What became of it, once it was sent by whoever made it.
    pub submitted: Value,
}

impl Document {
    /// The document of a proven update that nobody has signed.
    ///
    /// # Errors
    /// A [`DocumentError`] if policy, outputs and update do not belong together.
    pub fn update(update: &OwnedUpdate, domain: Domain, verifier: Address, made: Made) -> Result<Self, DocumentError> {
        let Made { policy, shown, left_out, mut proof } = made;
        let wire = update.encode().map_err(SignError::Encode)?;
        let view = Update::decode(&wire).map_err(DocumentError::Wire)?;
        let context = proven::context(update, domain, verifier.into_array()).map_err(SignError::Encode)?;
        let short = DocumentError::Attestation { have: shown.len(), want: Attestation::HEAD };
        let Some(statement) = Attestation::parse(&shown) else { return Err(short) };
        let outputs = statement.outputs();
        let file = parse(&policy, update.model_id.into())?;
        let invalid = |e| DocumentError::Statement(format!("{e:?}"));
        let inputs =
            file.public_inputs(context.hash(|bytes| keccak256(bytes).0), &view.kpis, &outputs).map_err(invalid)?;
        // What the proof's own form repeats is said by the bytes too.
        {
            let no_object = || DocumentError::Malformed("field `proof` is no object".to_owned());
            let proof = proof.as_object_mut().ok_or_else(no_object)?;
            proof.insert("widths".into(), file.arch.widths().to_vec().into());
            proof.insert("circuitId".into(), keccak256(file.key.bytes()).to_string().into());
            proof.insert("outputs".into(), outputs.to_vec().into());
            proof.insert("proof".into(), Bytes::copy_from_slice(statement.proof.as_flattened()).to_string().into());
            let inputs: Vec<_> = inputs.iter().map(|input| B256::from(*input).to_string()).collect();
            proof.insert("publicInputs".into(), inputs.into());
        }
        let body = UpdateBody {
            model_id: update.model_id.into(),
            valid_after: update.valid_after,
            changes: update.changes.iter().copied().map(Into::into).collect(),
            left_out,
            needs_signatures: file.needs_signatures(&outputs),
            report_digest: context.report.into(),
            update_digest: context.update.into(),
            update: Bytes::copy_from_slice(&wire),
            attestation: shown.slice(..Attestation::HEAD),
            calldata: Bytes::new(),
            proof,
            submitted: Value::Null,
            policy: policy.clone(),
        };
        let head = Head::new(&escapement_core::report::Report::of_update(&view).into(), domain, verifier);
        let mut document = Self { head, body: Body::Update(Box::new(body)), signatures: Signatures::default() };
        document.spread();
        Ok(document)
    }
}

/// Reads the policy of an update; its id is in the update, so nobody can put another one in its place.
fn parse(policy: &[u8], want: B256) -> Result<Proven<'_>, DocumentError> {
    let have = keccak256(policy);
    if have != want {
        return Err(DocumentError::OtherPolicy { have, want });
    }
    Proven::parse(policy).map_err(|e| DocumentError::Policy(format!("{e:?}")))
}

impl UpdateBody {
    /// The document made of update, policy, outputs and proof alone.
    pub(super) fn rebuilt(&self, domain: Domain, verifier: Address) -> Result<Document, DocumentError> {
        let update = Update::decode(&self.update).map_err(DocumentError::Wire)?;
        let made = Made {
            policy: self.policy.clone(),
            shown: self.attestation.clone(),
            left_out: self.left_out.clone(),
            proof: self.proof.clone(),
        };
        let mut document = Document::update(&update.into(), domain, verifier, made)?;
        if let Body::Update(body) = &mut document.body {
            body.submitted = self.submitted.clone();
        }
        Ok(document)
    }

    /// Update and attestation with these signatures.
    pub(super) fn attested(&self, signatures: &[u8]) -> Attested {
        let shown = self.attestation.iter().take(Attestation::HEAD);
        Attested { update: self.update.clone(), signatures: shown.chain(signatures).copied().collect() }
    }

    /// Puts these signatures into attestation and calldata, in the place of those there.
    pub(super) fn take(&mut self, controller: Address, signatures: &[u8]) {
        let attested = self.attested(signatures);
        self.calldata = submission(controller, &attested).data;
        self.attestation = attested.signatures;
    }

    /// Largest output that goes without signatures, Q16.
    pub(super) fn limit(&self) -> Result<u32, DocumentError> {
        Ok(parse(&self.policy, self.model_id)?.cosign_above)
    }

    /// The outputs of the network that the proof is of, Q16.
    #[must_use]
    pub fn outputs(&self) -> [i32; 8] {
        Attestation::parse(&self.attestation).map_or([0; 8], |attestation| attestation.outputs())
    }
}
