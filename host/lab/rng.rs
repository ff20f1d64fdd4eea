//! A counter-based random generator.
//!
//! Each draw is a pure function of (seed, day, channel, index): no state travels between draws, so adding a draw to
//! one channel can never shift another, and runs with the same seed share their shocks (common random numbers).

/// What a draw is for. The numbers are part of the generator: reordering them changes every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Channel {
    /// Regime transitions.
    Regime = 1,
    /// The normal part of the demand return.
    Return = 2,
    /// Whether demand jumps, and how far.
    Jump = 3,
    /// Noise traders.
    Trader = 4,
    /// Stakers.
    Staker = 5,
    /// Holders that join or leave.
    Holder = 6,
    /// Usage of the protocol.
    Usage = 7,
}

/// A seeded family of draws.
#[derive(Clone, Copy, Debug)]
pub struct Draws {
    seed: u64,
}

impl Draws {
    /// Makes the family of `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// 64 uniform bits.
    #[must_use]
    pub const fn bits(&self, day: u32, channel: Channel, index: u32) -> u64 {
        let mut state = mix(self.seed ^ 0x9e37_79b9_7f4a_7c15);
        state = mix(state ^ (channel as u64).wrapping_mul(0xd1b5_4a32_d192_ed03));
        mix(state ^ ((day as u64) << 32 | index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A uniform integer in `0..bound`; the bias is below `bound / 2^64`. Zero for an empty range.
    #[must_use]
    pub const fn below(&self, day: u32, channel: Channel, index: u32, bound: u64) -> u64 {
        ((self.bits(day, channel, index) as u128 * bound as u128) >> 64) as u64
    }

    /// A shock of mean 0 and standard deviation 1, in ppm: the sum of four uniforms, scaled (Irwin-Hall, bounded by
    /// ±3.46). Bounded on purpose: fat tails come from the jumps, not from here.
    #[must_use]
    pub const fn shock_ppm(&self, day: u32, channel: Channel, index: u32) -> i64 {
        let mut sum = 0_i64;
        let mut part = 0;
        while part < 4 {
            sum += self.below(day, channel, index.wrapping_mul(4).wrapping_add(part), 1_000_000).cast_signed();
            part += 1;
        }
        // The variance of the sum is 4/12, so the scale is the square root of 3.
        (sum - 2_000_000) * 1_732_051 / 1_000_000
    }
}

/// Stafford's variant 13 of the 64-bit avalanche used by `SplitMix64`.
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_pure_functions_of_their_key() {
        let a = Draws::new(7);
        assert_eq!(a.bits(3, Channel::Jump, 1), Draws::new(7).bits(3, Channel::Jump, 1));
        for other in [a.bits(4, Channel::Jump, 1), a.bits(3, Channel::Return, 1), a.bits(3, Channel::Jump, 2)] {
            assert_ne!(a.bits(3, Channel::Jump, 1), other);
        }
        assert_ne!(a.bits(3, Channel::Jump, 1), Draws::new(8).bits(3, Channel::Jump, 1));
    }

    #[test]
    fn shocks_have_mean_zero_and_unit_deviation() {
        let draws = Draws::new(42);
        let n = 40_000_i64;
        let (mut sum, mut squares) = (0_i64, 0_i128);
        for day in 0..n {
            let x = draws.shock_ppm(u32::try_from(day).unwrap(), Channel::Return, 0);
            assert!(x.abs() <= 3_464_102);
            sum += x;
            squares += i128::from(x) * i128::from(x);
        }
        // Four standard errors of each estimate.
        assert!((sum / n).abs() < 20_000, "mean {} ppm", sum / n);
        let variance = squares / i128::from(n) / 1_000_000;
        assert!((variance - 1_000_000).abs() < 25_000, "variance {variance} ppm");
    }

    #[test]
    fn below_covers_its_range_evenly() {
        let draws = Draws::new(1);
        let mut counts = [0_u32; 10];
        for day in 0..20_000 {
            counts[usize::try_from(draws.below(day, Channel::Usage, 0, 10)).unwrap()] += 1;
        }
        assert!(counts.iter().all(|c| (1_800..2_200).contains(c)), "{counts:?}");
    }
}
