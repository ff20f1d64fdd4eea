//! What a world can be deployed as.

use escapement_core::policy::Arch;

use super::{World, start_values};

/// Slot of the reserve, the first pool weight.
const RESERVE: usize = 11;

/// Sizes and autonomy of a world.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Autonomy of every group.
    pub autonomy: u8,
    /// Attesters.
    pub signers: u8,
    /// Signatures that make a quorum: more than half of the attesters.
    pub threshold: u8,
    /// Live pool weights, the reserve included; 1 to 32.
    pub pools: u8,
    /// Shape of the test policy.
    pub arch: Arch,
}

impl Default for Shape {
    /// Five attesters of whom three sign, four pools, the small network, every group fully automatic.
    fn default() -> Self {
        Self { autonomy: 3, signers: 5, threshold: 3, pools: 4, arch: Arch::A1 }
    }
}

impl Shape {
    /// The shape with a quorum of `signatures` out of as many attesters as that is a majority of, at most 16.
    #[must_use]
    pub fn signed_by(self, signatures: u8) -> Self {
        Self { signers: (2 * signatures - 1).min(16), threshold: signatures, ..self }
    }

    /// First values of all slots: [`start_values`], with the weights spread evenly above a reserve of at least 10 %.
    #[must_use]
    pub fn values(&self) -> Vec<u32> {
        let mut values = start_values();
        let others = u32::from(self.pools) - 1;
        let each = 9_000_u32.checked_div(others).unwrap_or(0).min(3_000);
        values[RESERVE..RESERVE + 32].fill(0);
        values[RESERVE] = 10_000 - others * each;
        values[RESERVE + 1..RESERVE + usize::from(self.pools)].fill(each);
        values
    }
}

impl World {
    /// Deploys everything with four pools, two categories and every group fully automatic (level 3).
    #[must_use]
    pub fn new() -> Self {
        Self::of(Shape::default())
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}
