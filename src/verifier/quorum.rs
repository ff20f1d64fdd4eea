//! The signer set and the quorum over an update.
//!
//! It fails closed: with no threshold, a threshold above the number of signers (revocations can bring that about) or
//! one that is no majority, nothing verifies.

use alloc::vec::Vec;

use alloy_primitives::{b256, Address, Uint, B256, U256, U8};
use escapement_kit::{signature, vm};

use crate::{
    error::{
        Error, VerifierBadQuorum, VerifierBadSignature, VerifierNotSigner, VerifierSignatureOrder,
        VerifierSignaturesLength, VerifierSignersNotAscending, VerifierTooManySigners, VerifierUnknownSigner,
    },
    event, Verifier,
};

/// Most signers in a set.
pub const MAX_SIGNERS: usize = 16;

/// Root of the signer flags: `keccak256("escapement.verifier.signers") - 1`. An account's flag takes its slot in the
/// mapping.
const SIGNERS: B256 = b256!("a3fff6cef6ed4c3b57c10f38a6aa41cebff60ba3dc034372d0de1c4f2ef14306");

/// Whether `account` is a signer: one storage read.
pub fn is_signer(account: Address) -> bool {
    !vm::load(&vm::mapping(&account.into_word(), &SIGNERS)).is_zero()
}

/// Marks `account` as a signer, or not.
fn mark(account: Address, signer: bool) {
    vm::save(&vm::mapping(&account.into_word(), &SIGNERS), &B256::with_last_byte(signer.into()));
}

/// Refuses a threshold that is not a strict majority of `signers` and within them.
fn check_threshold(threshold: u8, signers: usize) -> Result<(), Error> {
    let needed = usize::from(threshold);
    // `signers` is at most 16 and the threshold 255: doubling cannot overflow.
    if needed > signers || needed.saturating_mul(2) <= signers {
        return Err(VerifierBadQuorum { threshold, signers: U256::from(signers) }.into());
    }
    Ok(())
}

impl Verifier {
    /// Replaces the signer set and raises its number.
    pub(crate) fn install_signers(&mut self, signers: &[Address], threshold: u8) -> Result<(), Error> {
        if signers.len() > MAX_SIGNERS {
            let most = U256::from(MAX_SIGNERS);
            return Err(VerifierTooManySigners { signers: U256::from(signers.len()), most }.into());
        }
        check_threshold(threshold, signers.len())?;
        for old in self.signer_list() {
            mark(old, false);
        }
        let mut previous = Address::ZERO;
        for signer in signers {
            if *signer <= previous {
                return Err(VerifierSignersNotAscending { previous, next: *signer }.into());
            }
            mark(*signer, true);
            previous = *signer;
        }
        self.threshold.set(U8::from(threshold));
        let epoch = self.store_list(signers);
        event::signers_changed(epoch, signers, threshold);
        Ok(())
    }

    /// Strikes one signer off and raises the number of the set. The threshold stays: below it nothing verifies.
    pub(crate) fn strike_off(&mut self, signer: Address) -> Result<(), Error> {
        if !is_signer(signer) {
            return Err(VerifierNotSigner { account: signer }.into());
        }
        // The order is kept, so that the list stays ascending: write back all but one.
        let kept: Vec<Address> = self.signer_list().into_iter().filter(|kept| *kept != signer).collect();
        mark(signer, false);
        let epoch = self.store_list(&kept);
        event::signer_revoked(epoch, signer);
        Ok(())
    }

    /// The signers, ascending.
    pub(crate) fn signer_list(&self) -> Vec<Address> {
        let count: usize = self.signer_count.get().to();
        (0..count).filter_map(|index| Some(self.signers.getter(index)?.get())).collect()
    }

    /// Number of the present signer set.
    pub(crate) fn epoch(&self) -> u64 {
        self.signer_epoch.get().to()
    }

    /// Stores the list, clears what is left of a longer one, and raises the number of the set, which it returns.
    fn store_list(&mut self, signers: &[Address]) -> u64 {
        for index in 0..MAX_SIGNERS {
            let signer = signers.get(index).copied().unwrap_or_default();
            if let Some(mut slot) = self.signers.setter(index) {
                // A zero over a zero would still cost a write.
                if slot.get() != signer {
                    slot.set(signer);
                }
            }
        }
        // 48 bits: one rotation a second would take nine million years to exhaust them.
        let epoch = self.epoch().saturating_add(1);
        self.signer_epoch.set(Uint::saturating_from(epoch));
        self.signer_count.set(U8::saturating_from(signers.len()));
        epoch
    }

    /// Checks that `signatures` are exactly a threshold of distinct signers over `digest`.
    ///
    /// One storage read for each signature: the set is a map, and the order excludes repetitions.
    pub(crate) fn check_quorum(&self, digest: B256, signatures: &[u8]) -> Result<(), Error> {
        let threshold: u8 = self.threshold.get().to();
        let count: u8 = self.signer_count.get().to();
        check_threshold(threshold, usize::from(count))?;
        let want = usize::from(threshold).saturating_mul(signature::LENGTH);
        if signatures.len() != want {
            return Err(VerifierSignaturesLength { have: U256::from(signatures.len()), want: U256::from(want) }.into());
        }
        let mut previous = Address::ZERO;
        for (index, signature) in (0u8..).zip(signatures.chunks_exact(signature::LENGTH)) {
            let signer = signature::recover(digest, signature)
                .map_err(|reason| VerifierBadSignature { index, reason: reason as u8 })?;
            if signer <= previous {
                return Err(VerifierSignatureOrder { index, previous, signer }.into());
            }
            if !is_signer(signer) {
                return Err(VerifierUnknownSigner { index, signer }.into());
            }
            previous = signer;
        }
        Ok(())
    }
}
