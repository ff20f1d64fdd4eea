//! Attestation: the digest of an update and the signatures over it.

use alloy::{
    primitives::{Address, B256, Bytes, Signature, keccak256},
    signers::{SignerSync, local::PrivateKeySigner},
};
use escapement_core::update::{EncodeError, OwnedUpdate, Update};

/// Why an update could not be attested.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The update has no wire form.
    #[error("the update has no wire form: {0:?}")]
    Encode(EncodeError),
    /// The key refused.
    #[error("cannot sign: {0}")]
    Signer(#[from] alloy::signers::Error),
}

/// Where an update is valid: one controller on one chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// The controller's proxy.
    pub controller: Address,
}

/// An update with its attestation, ready to submit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// The update as it goes on the wire.
    pub update: Bytes,
    /// Signatures of 65 bytes each, signers ascending; for a proven policy outputs and proof before them.
    pub signatures: Bytes,
}

/// Returns what the attesters sign: the EIP-712 digest of the update in its domain.
///
/// # Errors
/// [`SignError::Encode`] if the update is too large for the wire.
pub fn digest(update: &OwnedUpdate, domain: Domain) -> Result<B256, SignError> {
    let wire = update.encode().map_err(SignError::Encode)?;
    let view = Update::decode(&wire).unwrap_or_else(|_| unreachable!("what encodes also decodes"));
    Ok(view.digest(domain.chain_id, &domain.controller.into_array(), |bytes| keccak256(bytes).0).into())
}

/// Signs the update with every key and orders the signatures by signer, as the verifier wants them.
///
/// # Errors
/// A [`SignError`].
pub fn attest(update: &OwnedUpdate, domain: Domain, keys: &[PrivateKeySigner]) -> Result<Attested, SignError> {
    let signatures = sign_ascending(digest(update, domain)?, keys)?;
    Ok(Attested { update: update.encode().map_err(SignError::Encode)?.into(), signatures })
}

/// Signs a digest with every key, signers ascending, as the verifier wants a quorum.
///
/// # Errors
/// [`SignError::Signer`].
pub fn sign_ascending(digest: B256, keys: &[PrivateKeySigner]) -> Result<Bytes, SignError> {
    let mut keys: Vec<&PrivateKeySigner> = keys.iter().collect();
    keys.sort_by_key(|k| k.address());
    sign_in_order(digest, &keys)
}

/// Signs a digest with the keys in the order given.
///
/// # Errors
/// [`SignError::Signer`].
pub fn sign_in_order(digest: B256, keys: &[&PrivateKeySigner]) -> Result<Bytes, SignError> {
    let mut out = Vec::with_capacity(65 * keys.len());
    for key in keys {
        out.extend_from_slice(&key.sign_hash_sync(&digest)?.as_bytes());
    }
    Ok(out.into())
}

/// Why bytes are no signature that the verifier takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoverError {
    /// Not 65 bytes.
    #[error("it has {0} bytes, a signature has 65")]
    Length(usize),
    /// The last byte is neither 27 nor 28.
    #[error("its last byte is {0}, neither 27 nor 28")]
    RecoveryId(u8),
    /// The mirrored twin of a valid signature.
    #[error("its s is in the upper half of the order")]
    HighS,
    /// No key made it over this digest.
    #[error("no key made it over this digest")]
    Unrecovered,
}

/// Recovers the signer of a signature (r, s, v), refusing what the verifier refuses.
///
/// # Errors
/// A [`RecoverError`].
pub fn recover(digest: B256, signature: &[u8]) -> Result<Address, RecoverError> {
    let Some((_, [v])) = signature.split_at_checked(64) else {
        return Err(RecoverError::Length(signature.len()));
    };
    if *v != 27 && *v != 28 {
        return Err(RecoverError::RecoveryId(*v));
    }
    let signature = Signature::from_raw(signature).map_err(|_| RecoverError::Unrecovered)?;
    if signature.normalize_s().is_some() {
        return Err(RecoverError::HighS);
    }
    signature.recover_address_from_prehash(&digest).map_err(|_| RecoverError::Unrecovered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::dev_key;

    /// The cases of the law's known answers, which a JavaScript client computed.
    fn vectors() -> Vec<Vec<(String, String)>> {
        let mut cases: Vec<Vec<(String, String)>> = Vec::new();
        for line in include_str!("../../src/core/vectors/eip712.txt").lines().filter(|l| !l.starts_with('#')) {
            let (key, value) = line.split_once(' ').unwrap_or((line, ""));
            match key {
                "case" => cases.push(Vec::new()),
                _ => {
                    if let Some(case) = cases.last_mut() {
                        case.push((key.to_owned(), value.to_owned()));
                    }
                }
            }
        }
        cases
    }

    #[test]
    fn digest_agrees_with_the_known_answers() {
        let cases = vectors();
        assert!(cases.len() >= 3);
        for case in cases {
            let get = |key: &str| case.iter().find(|(k, _)| k == key).unwrap().1.as_str();
            let wire: Bytes = get("wire").parse().unwrap();
            let update = OwnedUpdate::from(Update::decode(&wire).unwrap());
            let domain =
                Domain { chain_id: get("chain").parse().unwrap(), controller: get("controller").parse().unwrap() };
            assert_eq!(digest(&update, domain).unwrap(), get("digest").parse::<B256>().unwrap());
        }
    }

    #[test]
    fn attest_orders_signers_and_recovers_to_them() {
        let keys: Vec<_> = (0..5).map(|i| dev_key(i).unwrap()).collect();
        let update = OwnedUpdate { kpis: vec![1, -2], ..OwnedUpdate::default() };
        let domain = Domain { chain_id: 42_161, controller: Address::repeat_byte(7) };
        let attested = attest(&update, domain, &keys).unwrap();
        let digest = digest(&update, domain).unwrap();
        let recovered: Vec<Address> = attested
            .signatures
            .chunks(65)
            .map(|s| Signature::from_raw(s).unwrap().recover_address_from_prehash(&digest).unwrap())
            .collect();
        let mut expected: Vec<Address> = keys.iter().map(PrivateKeySigner::address).collect();
        expected.sort();
        assert_eq!(recovered, expected);
        assert!(attested.signatures.chunks(65).all(|s| s[64] == 27 || s[64] == 28));
    }

    /// The mirrored twin, a bare parity, another digest and other lengths are not what the verifier takes.
    #[test]
    fn recover_refuses_what_the_verifier_refuses() {
        let (key, digest) = (dev_key(4).unwrap(), B256::repeat_byte(3));
        let good = sign_ascending(digest, std::slice::from_ref(&key)).unwrap().to_vec();
        assert_eq!(recover(digest, &good), Ok(key.address()));
        assert_ne!(recover(B256::repeat_byte(4), &good), Ok(key.address()));
        assert_eq!(recover(digest, &good[..64]), Err(RecoverError::Length(64)));
        assert_eq!(recover(digest, &[&good[..], &[0]].concat()), Err(RecoverError::Length(66)));
        assert_eq!(
            recover(digest, &[&good[..64], &[good[64] - 27]].concat()),
            Err(RecoverError::RecoveryId(good[64] - 27))
        );
        let order = alloy::primitives::uint!(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141_U256);
        let s = order - alloy::primitives::U256::from_be_slice(&good[32..64]);
        let twin = [&good[..32], &s.to_be_bytes::<32>(), &[55 - good[64]]].concat();
        assert_eq!(recover(digest, &twin), Err(RecoverError::HighS));
        assert_eq!(recover(digest, &[&[0; 64][..], &[27]].concat()), Err(RecoverError::Unrecovered));
    }

    #[test]
    fn digest_binds_chain_and_controller() {
        let update = OwnedUpdate::default();
        let domain = Domain { chain_id: 1, controller: Address::ZERO };
        let here = digest(&update, domain).unwrap();
        assert_ne!(here, digest(&update, Domain { chain_id: 2, ..domain }).unwrap());
        assert_ne!(here, digest(&update, Domain { controller: Address::repeat_byte(1), ..domain }).unwrap());
    }
}
