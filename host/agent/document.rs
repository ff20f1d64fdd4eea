//! Documents that signers pass on to each other: a report, or a proven update, with the signatures collected so far.
//!
//! A document says everything twice: in fields for people, and in the bytes that the chain takes. Only the bytes count: a
//! document is taken only if every field is what its bytes give, and what is signed is computed from the bytes.

mod error;
mod head;
mod signatures;
mod strict;
#[cfg(test)]
mod tests;
mod update;

use std::{fs, path::Path};

use alloy::{
    primitives::{Address, B256, Bytes},
    signers::local::PrivateKeySigner,
};
use escapement_core::{
    policy::proven::Attestation,
    report::{OwnedReport, Report},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    files, report,
    sign::{Attested, Domain, SignError},
};
pub use error::DocumentError;
pub use head::{Head, KpiField};
pub use signatures::Signatures;
pub use update::{ChangeField, LeftOut, Made, UpdateBody};

/// What a document is of; the tag is its field `document`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "document", rename_all = "camelCase")]
pub enum Body {
    /// KPI values, for the verifier to store.
    Report {
        /// What the signers sign.
        digest: B256,
        /// The report as it goes on the wire.
        wire: Bytes,
    },
    /// An update by proof, for the controller.
    Update(Box<UpdateBody>),
}

/// A document whose fields are what its bytes give. There is no way to one around [`Document::parse`] and the two makers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Document {
    #[serde(flatten)]
    head: Head,
    #[serde(flatten)]
    body: Body,
    signatures: Signatures,
}

/// A document that nobody has checked.
#[derive(Deserialize)]
struct Unchecked {
    #[serde(flatten)]
    head: Head,
    #[serde(flatten)]
    body: Body,
    signatures: Signatures,
}

impl Document {
    /// The document of a report that nobody has signed.
    ///
    /// # Errors
    /// [`DocumentError::Sign`] if the report is too large for the wire.
    pub fn report(report: &OwnedReport, domain: Domain, verifier: Address) -> Result<Self, DocumentError> {
        let wire = report.encode().map_err(SignError::Encode)?.into();
        let body = Body::Report { digest: report::digest(report, domain)?, wire };
        Ok(Self { head: Head::new(report, domain, verifier), body, signatures: Signatures::default() })
    }

    /// Reads a document and checks all of it.
    ///
    /// # Errors
    /// A [`DocumentError`].
    pub fn load(path: &Path) -> Result<Self, DocumentError> {
        Self::parse(&fs::read_to_string(path).map_err(DocumentError::Unreadable)?)
    }

    /// Reads the text of a document: each field must be what its bytes give, each signature its signer's.
    ///
    /// # Errors
    /// A [`DocumentError`].
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        let malformed = |e: serde_json::Error| DocumentError::Malformed(e.to_string());
        let strict::Strict(raw) = serde_json::from_str(text).map_err(malformed)?;
        let Unchecked { head, body, signatures } = serde_json::from_value(raw.clone()).map_err(malformed)?;
        let said = Self { head, body, signatures };
        let fields = said.json();
        if let Some(name) = raw.as_object().and_then(|raw| raw.keys().find(|name| fields.get(name.as_str()).is_none()))
        {
            return Err(DocumentError::Malformed(format!("unknown field `{name}`")));
        }
        agree(String::new(), &fields, &said.rebuilt()?.json())?;
        said.signatures.check(said.digest())?;
        if said.signatures.signers().next().is_some() {
            said.takes_signatures()?;
        }
        Ok(said)
    }

    /// The same document, made of its bytes alone.
    fn rebuilt(&self) -> Result<Self, DocumentError> {
        let (domain, verifier) = (self.head.domain(), self.head.verifier);
        let mut rebuilt = match &self.body {
            Body::Report { wire, .. } => {
                let report = Report::decode(wire).map_err(DocumentError::Wire)?;
                Self::report(&report.into(), domain, verifier)?
            }
            Body::Update(update) => update.rebuilt(domain, verifier)?,
        };
        rebuilt.signatures.clone_from(&self.signatures);
        rebuilt.spread();
        Ok(rebuilt)
    }

    /// Brings what is made of the signatures up to date.
    fn spread(&mut self) {
        if let Body::Update(update) = &mut self.body {
            update.take(self.head.controller, &self.signatures.all());
        }
    }

    /// What both sorts have.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// What only this sort has.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Notes in the document of an update what became of it.
    pub fn note(&mut self, submitted: Value) {
        if let Body::Update(update) = &mut self.body {
            update.submitted = submitted;
        }
    }

    /// What the signers sign.
    #[must_use]
    pub fn digest(&self) -> B256 {
        match &self.body {
            Body::Report { digest, .. } => *digest,
            Body::Update(update) => update.update_digest,
        }
    }

    /// Whether a quorum has to sign: of updates only those with an output above the policy's limit.
    #[must_use]
    pub fn needs_signatures(&self) -> bool {
        match &self.body {
            Body::Report { .. } => true,
            Body::Update(update) => update.needs_signatures,
        }
    }

    /// Refuses an update that the verifier takes without signatures only.
    fn takes_signatures(&self) -> Result<(), DocumentError> {
        match &self.body {
            Body::Update(update) if !update.needs_signatures => {
                Err(DocumentError::NotNeeded { limit: update.limit()? })
            }
            _ => Ok(()),
        }
    }

    /// The signatures so far.
    #[must_use]
    pub fn signatures(&self) -> &Signatures {
        &self.signatures
    }

    /// Adds the signature of a key; returns whether it was missing.
    ///
    /// # Errors
    /// [`DocumentError::NotNeeded`], [`DocumentError::Sign`].
    pub fn sign(&mut self, key: &PrivateKeySigner) -> Result<bool, DocumentError> {
        self.takes_signatures()?;
        let added = self.signatures.add(self.digest(), key)?;
        self.spread();
        Ok(added)
    }

    /// Adds the signatures of a copy.
    ///
    /// # Errors
    /// [`DocumentError::Different`] unless both have one digest and one verifier, and updates the same outputs and proof, which
    /// no signature covers.
    pub fn merge(&mut self, copy: Self) -> Result<(), DocumentError> {
        let same = |document: &Self| (document.digest(), document.head.verifier, document.shown().map(<[u8]>::to_vec));
        if same(self) != same(&copy) {
            let name = |document: &Self| format!("{} for the verifier {}", document.name(), document.head.verifier);
            return Err(DocumentError::Different { one: name(self), other: name(&copy) });
        }
        self.signatures.merge(copy.signatures);
        self.spread();
        Ok(())
    }

    /// Outputs and proof of an update.
    fn shown(&self) -> Option<&[u8]> {
        match &self.body {
            Body::Report { .. } => None,
            Body::Update(update) => update.attestation.get(..Attestation::HEAD),
        }
    }

    /// Update and attestation with these signatures; none if the document is of a report.
    #[must_use]
    pub fn attested(&self, signatures: &[u8]) -> Option<Attested> {
        match &self.body {
            Body::Report { .. } => None,
            Body::Update(update) => Some(update.attested(signatures)),
        }
    }

    /// Sort, number and digest, for messages.
    #[must_use]
    pub fn name(&self) -> String {
        let sort = if matches!(self.body, Body::Report { .. }) { "report" } else { "update" };
        format!("{sort} {} ({})", self.head.report, self.digest())
    }

    /// The document as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_else(|_| unreachable!("every field has a JSON form"))
    }

    /// Writes the document, whole or not at all.
    ///
    /// # Errors
    /// [`DocumentError::Unwritable`].
    pub fn save(&self, path: &Path) -> Result<(), DocumentError> {
        files::replace(path, &format!("{:#}\n", self.json())).map_err(DocumentError::Unwritable)
    }
}

/// Refuses the first place at which two values differ.
fn agree(field: String, said: &Value, given: &Value) -> Result<(), DocumentError> {
    let below = |name: &str| if field.is_empty() { name.to_owned() } else { format!("{field}.{name}") };
    match (said, given) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().zip(b.values()).try_for_each(|((name, a), b)| agree(below(name), a, b))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            (0..).zip(a.iter().zip(b)).try_for_each(|(index, (a, b))| agree(below(&index.to_string()), a, b))
        }
        _ if said == given => Ok(()),
        _ => Err(DocumentError::Disagreement { field, said: said.clone(), given: given.clone() }),
    }
}
