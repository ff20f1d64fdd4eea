//! Building and signing updates, honest ones and broken ones.

use alloy::signers::{SignerSync as _, local::PrivateKeySigner};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use escapement_core::{
    report::{OwnedReport, Report},
    update::{Change, OwnedUpdate, Update},
};

/// A set of attesters, ascending by address.
#[derive(Clone, Debug)]
pub struct Quorum {
    signers: Vec<PrivateKeySigner>,
    /// Signatures that make a quorum.
    pub threshold: usize,
}

impl Quorum {
    /// `n` attesters with fixed test keys, of whom `threshold` must sign.
    ///
    /// # Panics
    /// Never: the keys are valid.
    #[must_use]
    pub fn new(n: u8, threshold: usize) -> Self {
        let mut signers: Vec<_> = (1..=n)
            .map(|i| {
                PrivateKeySigner::from_bytes(&keccak256([b"attester".as_slice(), &[i]].concat())).expect("a valid key")
            })
            .collect();
        signers.sort_by_key(PrivateKeySigner::address);
        Self { signers, threshold }
    }

    /// Addresses, ascending.
    #[must_use]
    pub fn addresses(&self) -> Vec<Address> {
        self.signers.iter().map(PrivateKeySigner::address).collect()
    }

    /// Signature of attester `n` over `digest`: r, s, v.
    ///
    /// # Panics
    /// When there is no such attester.
    #[must_use]
    pub fn signature(&self, n: usize, digest: B256) -> [u8; 65] {
        self.signers[n].sign_hash_sync(&digest).expect("a local key signs").as_bytes()
    }

    /// Signatures of the attesters `who`, in that order.
    #[must_use]
    pub fn sign_by(&self, who: &[usize], digest: B256) -> Bytes {
        who.iter().flat_map(|&n| self.signature(n, digest)).collect::<Vec<u8>>().into()
    }

    /// Exactly a quorum of signatures.
    #[must_use]
    pub fn sign(&self, digest: B256) -> Bytes {
        self.sign_by(&(0..self.threshold).collect::<Vec<_>>(), digest)
    }
}

/// An update under construction; every field is free, so that a test can break any of them.
#[derive(Clone, Debug)]
pub struct UpdateBuilder {
    /// The update.
    pub inner: OwnedUpdate,
}

impl UpdateBuilder {
    /// Adds a change.
    #[must_use]
    pub fn change(mut self, slot: u8, expected_old: u32, new: u32) -> Self {
        self.inner.changes.push(Change { slot, expected_old, new });
        self
    }

    /// Wire form.
    ///
    /// # Panics
    /// When a list is too long for the wire form.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.inner.encode().expect("the lists fit").into()
    }

    /// EIP-712 digest for `controller` on `chain_id`.
    ///
    /// # Panics
    /// When the update has no wire form.
    #[must_use]
    pub fn digest(&self, chain_id: u64, controller: Address) -> B256 {
        let bytes = self.bytes();
        let update = Update::decode(&bytes).expect("own encoding decodes");
        update.digest(chain_id, &controller.0.0, |data| keccak256(data).0).into()
    }
}

/// The report that `update` rests on if it is proven, and its EIP-712 digest for `controller` on `chain_id`.
///
/// # Panics
/// When the update has no wire form.
#[must_use]
pub fn report_of(update: &UpdateBuilder, chain_id: u64, controller: Address) -> (OwnedReport, B256) {
    let bytes = update.bytes();
    let report = Report::of_update(&Update::decode(&bytes).expect("own encoding decodes"));
    let digest = report.digest(chain_id, &controller.0.0, |data| keccak256(data).0);
    (report.into(), digest.into())
}

/// The other valid form of a signature: s replaced by n - s, v flipped. The curve accepts it; the verifier must not.
#[must_use]
pub fn malleate(signature: [u8; 65]) -> [u8; 65] {
    let order = U256::from_be_slice(&ORDER);
    let s = U256::from_be_slice(&signature[32..64]);
    let mut out = signature;
    out[32..64].copy_from_slice(&(order - s).to_be_bytes::<32>());
    out[64] = if signature[64] == 27 { 28 } else { 27 };
    out
}

/// Order of secp256k1.
const ORDER: [u8; 32] = alloy_primitives::hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
