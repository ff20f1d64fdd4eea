//! The signer set and the quorum over an update.
//!
//! It fails closed: with no threshold, a threshold above the number of signers (revocations can bring that about) or
//! one that is no majority, nothing verifies.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256, U8};
use escapement_kit::signature;

use crate::{
    error::{
        Error, VerifierBadQuorum, VerifierBadSignature, VerifierNotSigner, VerifierSignatureOrder,
        VerifierSignaturesLength, VerifierSignersNotAscending, VerifierTooManySigners, VerifierUnknownSigner,
    },
    event,
    Verifier,
};

/// Most signers in a set.
pub const MAX_SIGNERS: usize = 16;

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
    pub(crate) fn install_signers(&mut self, signers: Vec<Address>, threshold: u8) -> Result<(), Error> {
        if signers.len() > MAX_SIGNERS {
            let most = U256::from(MAX_SIGNERS);
            return Err(VerifierTooManySigners { signers: U256::from(signers.len()), most }.into());
        }
        check_threshold(threshold, signers.len())?;
        while let Some(old) = self.signers.pop() {
            self.is_signer.delete(old);
        }
        let mut previous = Address::ZERO;
        for signer in &signers {
            if *signer <= previous {
                return Err(VerifierSignersNotAscending { previous, next: *signer }.into());
            }
            self.is_signer.insert(*signer, true);
            self.signers.push(*signer);
            previous = *signer;
        }
        self.threshold.set(U8::from(threshold));
        let epoch = self.next_epoch();
        event::signers_changed(epoch, &signers, threshold);
        Ok(())
    }

    /// Strikes one signer off and raises the number of the set. The threshold stays: below it nothing verifies.
    pub(crate) fn strike_off(&mut self, signer: Address) -> Result<(), Error> {
        if !self.is_signer.get(signer) {
            return Err(VerifierNotSigner { account: signer }.into());
        }
        // The order is kept, so that the list stays ascending: read all, write back all but one.
        let kept: Vec<Address> = self.signer_list().into_iter().filter(|kept| *kept != signer).collect();
        while self.signers.pop().is_some() {}
        for kept in kept {
            self.signers.push(kept);
        }
        self.is_signer.delete(signer);
        let epoch = self.next_epoch();
        event::signer_revoked(epoch, signer);
        Ok(())
    }

    /// The signers, ascending.
    pub(crate) fn signer_list(&self) -> Vec<Address> {
        (0..self.signers.len()).filter_map(|index| self.signers.get(index)).collect()
    }

    /// Number of the present signer set.
    pub(crate) fn epoch(&self) -> u64 {
        self.signer_epoch.get().to()
    }

    /// Raises the number of the signer set, after its list has changed, and keeps the count beside it.
    fn next_epoch(&mut self) -> u64 {
        // 48 bits: one rotation a second would take nine million years to exhaust them.
        let epoch = self.epoch().saturating_add(1);
        self.signer_epoch.set(alloy_primitives::Uint::saturating_from(epoch));
        self.signer_count.set(U8::saturating_from(self.signers.len()));
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
            if !self.is_signer.get(signer) {
                return Err(VerifierUnknownSigner { index, signer }.into());
            }
            previous = signer;
        }
        Ok(())
    }
}
