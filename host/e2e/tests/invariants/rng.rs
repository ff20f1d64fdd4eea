//! Seeded choices: one 64-bit seed gives the same choices on every machine.

use alloy_primitives::U256;

/// `SplitMix64`.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is not zero.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// A number of `from..=to`.
    pub fn within(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    /// Once in `n` times.
    pub fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let index = usize::try_from(self.below(from.len() as u64)).expect("an index");
        &from[index]
    }

    /// An amount of at most `all`, mostly ordinary, now and then an extreme: nothing, dust, everything, one more than
    /// everything, and the ends of 128 and 256 bits.
    pub fn amount(&mut self, all: U256) -> U256 {
        match self.below(24) {
            0 => U256::ZERO,
            1 | 2 => U256::ONE,
            3 => all,
            4 => all.saturating_add(U256::ONE),
            5 => U256::from(u128::MAX),
            6 => U256::from(u128::MAX) + U256::ONE,
            7 => U256::MAX,
            8 => U256::from(self.below(1_000)),
            _ => all / U256::from(self.within(2, 2_000)),
        }
    }
}
