//! The owned form of a proven policy, for programs that make one (feature `alloc`).

use super::{Proven, KEY_SIZE};
use crate::policy::{Arch, PolicyError, SchemaEntry};
use alloc::vec::Vec;

/// A proven policy that owns its parts. Fields as in [`Proven`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnedProven {
    /// Architecture: [`Arch::A1`] or [`Arch::A2`].
    pub arch: Arch,
    /// Size of an output above which signatures are needed too.
    pub cosign_above: u32,
    /// Commitment to the network.
    pub commitment: [u8; 32],
    /// The point `IC_0 + commitment IC_2` of the key.
    pub base: [u8; 64],
    /// Scaling of the KPI values, one entry for each input.
    pub schema: Vec<SchemaEntry>,
    /// Verifying key.
    pub key: [u8; KEY_SIZE],
}

impl OwnedProven {
    /// Returns `proven.bin`.
    ///
    /// # Errors
    /// What [`Proven::parse`] would refuse to read back: another architecture, a schema of another length.
    pub fn encode(&self) -> Result<Vec<u8>, PolicyError> {
        let mut out = Vec::with_capacity(Proven::len_of(self.arch));
        out.extend(self.arch.widths());
        out.extend(self.cosign_above.to_be_bytes());
        out.extend(self.commitment);
        out.extend(self.base);
        out.extend(self.schema.iter().flat_map(|entry| entry.to_bytes()));
        out.extend(self.key);
        Proven::parse(&out)?;
        Ok(out)
    }

    /// Returns the code of the data contract: a zero byte, then `proven.bin`.
    ///
    /// # Errors
    /// As [`OwnedProven::encode`].
    pub fn code(&self) -> Result<Vec<u8>, PolicyError> {
        let mut code = self.encode()?;
        code.insert(0, 0);
        Ok(code)
    }
}

impl From<Proven<'_>> for OwnedProven {
    fn from(proven: Proven<'_>) -> Self {
        Self {
            arch: proven.arch,
            cosign_above: proven.cosign_above,
            commitment: *proven.commitment,
            base: *proven.base,
            schema: proven.schema.entries().collect(),
            key: *proven.key.bytes(),
        }
    }
}
