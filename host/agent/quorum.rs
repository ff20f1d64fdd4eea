//! The verifier's signers, and which of them have signed a document.

use alloy::primitives::{Address, Bytes};

use crate::{
    bindings::verifier::IVerifier,
    client::{Client, ClientError},
    document::Signatures,
};

/// A signer set as the verifier has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    /// Number of the set.
    pub epoch: u64,
    /// Signatures that are needed: exactly so many are taken.
    pub threshold: u8,
    /// The signers, ascending.
    pub signers: Vec<Address>,
}

/// Why signatures are no quorum's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuorumError {
    /// The document was made for another signer set.
    #[error(
        "the document is for signer set {have}, the verifier has set {want} now: make it anew and have that signed"
    )]
    Epoch {
        /// Set that the document names.
        have: u64,
        /// Set of the verifier.
        want: u64,
    },
    /// Nothing verifies until governance names signers.
    #[error("the verifier has {signers} signers and asks for {threshold}: governance has to set a new signer set")]
    Broken {
        /// Signatures asked for.
        threshold: u8,
        /// Signers there are.
        signers: usize,
    },
    /// Somebody signed who is no signer.
    #[error(
        "{account} signed and is no signer of the verifier; take copies without that signature. Signers: {}",
        list(signers)
    )]
    NotSigner {
        /// Who signed.
        account: Address,
        /// Who may.
        signers: Vec<Address>,
    },
    /// Signatures are missing.
    #[error(
        "{have} of {threshold} signatures, missing {} of: {}; have them run escapement sign on the document",
        if usize::from(*threshold) == have + 1 { "one".to_owned() } else { (usize::from(*threshold) - have).to_string() },
        list(missing)
    )]
    Missing {
        /// Signatures there are.
        have: usize,
        /// Signatures needed.
        threshold: u8,
        /// Signers who have not signed.
        missing: Vec<Address>,
    },
}

fn list(accounts: &[Address]) -> String {
    accounts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Quorum {
    /// Reads the present signer set.
    ///
    /// # Errors
    /// A [`ClientError`].
    pub async fn read(client: &Client, verifier: Address) -> Result<Self, ClientError> {
        Ok(Self {
            epoch: client.read(verifier, &IVerifier::signerEpochCall {}).await?,
            threshold: client.read(verifier, &IVerifier::thresholdCall {}).await?,
            signers: client.read(verifier, &IVerifier::signersCall {}).await?,
        })
    }

    /// Picks the signatures that the verifier takes of those on a document for signer set `epoch`: exactly the threshold,
    /// signers ascending.
    ///
    /// # Errors
    /// A [`QuorumError`] for what the verifier would refuse.
    pub fn choose(&self, epoch: u64, given: &Signatures) -> Result<Bytes, QuorumError> {
        let (threshold, signers) = (self.threshold, self.signers.len());
        let needed = usize::from(threshold);
        if epoch != self.epoch {
            return Err(QuorumError::Epoch { have: epoch, want: self.epoch });
        }
        if needed > signers || needed * 2 <= signers {
            return Err(QuorumError::Broken { threshold, signers });
        }
        if let Some(account) = given.signers().find(|account| !self.signers.contains(account)) {
            return Err(QuorumError::NotSigner { account, signers: self.signers.clone() });
        }
        let have = given.signers().count();
        if have < needed {
            let missing = self.signers.iter().copied().filter(|signer| given.signers().all(|g| g != *signer)).collect();
            return Err(QuorumError::Missing { have, threshold, missing });
        }
        Ok(given.first(needed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::dev_key;
    use alloy::primitives::B256;

    #[test]
    fn exactly_the_threshold_of_signers_is_taken_and_everything_else_named() {
        let keys: Vec<_> = (0..6).map(|n| dev_key(n).unwrap()).collect();
        let mut signers: Vec<_> = keys[..5].iter().map(alloy::signers::local::PrivateKeySigner::address).collect();
        signers.sort();
        let quorum = Quorum { epoch: 2, threshold: 3, signers: signers.clone() };
        let digest = B256::repeat_byte(9);
        let mut given = Signatures::default();
        for (have, key) in keys[..3].iter().enumerate() {
            let error = quorum.choose(2, &given).unwrap_err();
            let QuorumError::Missing { have: found, threshold: 3, missing } = &error else { panic!("{error}") };
            assert_eq!((*found, missing.len()), (have, 5 - have));
            assert!(!missing.iter().any(|m| given.signers().any(|g| g == *m)));
            let words = format!("{have} of 3 signatures, missing {} of: ", ["3", "2", "one"][have]);
            assert!(error.to_string().starts_with(&words), "{error}");
            assert!(given.add(digest, key).unwrap());
        }
        assert_eq!(quorum.choose(2, &given).unwrap(), given.first(3));
        // A fourth is left out: the verifier wants exactly three.
        given.add(digest, &keys[3]).unwrap();
        assert_eq!(quorum.choose(2, &given).unwrap().len(), 195);
        assert_eq!(quorum.choose(1, &given), Err(QuorumError::Epoch { have: 1, want: 2 }));
        for (threshold, signers) in [(6, signers.clone()), (2, signers.clone()), (0, Vec::new())] {
            let broken = Quorum { threshold, signers: signers.clone(), ..quorum.clone() };
            assert_eq!(broken.choose(2, &given), Err(QuorumError::Broken { threshold, signers: signers.len() }));
        }
        given.add(digest, &keys[5]).unwrap();
        assert_eq!(quorum.choose(2, &given), Err(QuorumError::NotSigner { account: keys[5].address(), signers }));
    }
}
