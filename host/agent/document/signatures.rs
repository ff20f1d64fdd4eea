//! The signatures on a document.

use alloy::{
    primitives::{Address, B256, Bytes},
    signers::local::PrivateKeySigner,
};
use serde::{Deserialize, Serialize};

use super::DocumentError;
use crate::sign::{SignError, recover, sign_in_order};

/// A signature and who made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    signer: Address,
    signature: Bytes,
}

/// Signatures over one digest, ascending by signer, each signer once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Signatures(Vec<Signed>);

impl Signatures {
    /// Who signed, ascending.
    pub fn signers(&self) -> impl Iterator<Item = Address> {
        self.0.iter().map(|signed| signed.signer)
    }

    /// The first `count` signatures in one piece, as contracts take them.
    #[must_use]
    pub fn first(&self, count: usize) -> Bytes {
        self.0.iter().take(count).flat_map(|signed| signed.signature.to_vec()).collect()
    }

    /// All signatures in one piece.
    #[must_use]
    pub fn all(&self) -> Bytes {
        self.first(self.0.len())
    }

    /// Adds the signature of a key; returns whether it was missing.
    ///
    /// # Errors
    /// [`SignError::Signer`].
    pub fn add(&mut self, digest: B256, key: &PrivateKeySigner) -> Result<bool, SignError> {
        let signature = sign_in_order(digest, &[key])?;
        Ok(self.insert(Signed { signer: key.address(), signature }))
    }

    /// Adds the signatures of a copy.
    pub(super) fn merge(&mut self, other: Self) {
        for signed in other.0 {
            self.insert(signed);
        }
    }

    fn insert(&mut self, signed: Signed) -> bool {
        let place = self.0.binary_search_by_key(&signed.signer, |there| there.signer);
        if let Err(place) = place {
            self.0.insert(place, signed);
        }
        place.is_err()
    }

    /// Refuses signatures that are not over `digest`, not by whom they say, or not in order.
    pub(super) fn check(&self, digest: B256) -> Result<(), DocumentError> {
        for Signed { signer, signature } in &self.0 {
            let found =
                recover(digest, signature).map_err(|reason| DocumentError::Signature { signer: *signer, reason })?;
            if found != *signer {
                return Err(DocumentError::OtherSigner { signer: *signer, found });
            }
        }
        match self.0.windows(2).find(|pair| pair[0].signer >= pair[1].signer) {
            Some(pair) => Err(DocumentError::Order { before: pair[0].signer, after: pair[1].signer }),
            None => Ok(()),
        }
    }
}
