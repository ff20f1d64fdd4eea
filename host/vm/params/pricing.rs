//! Formulas of start costs, memory, data fee and variable ink. All divisions truncate unless the name says otherwise.

use super::{Params, STYLUS_START_TIME};
use alloy_primitives::U256;
use serde::{Deserialize, Serialize};

/// `⌊31,874,000^(p/128)⌋` for `p` pages: the exponential part of the memory price. The last entry is one below the exact
/// power, as the network has it. A table, because floating-point powers differ between platforms.
const PAGE_EXPONENTS: [u32; 129] = [
    1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 5, 6, 7, 8, 9, 11, 12, 14, 17, 19, 22, 25, 29, 33, 38, 43, 50, 57, 65, 75,
    85, 98, 112, 128, 147, 168, 193, 221, 253, 289, 331, 379, 434, 497, 569, 651, 745, 853, 976, 1117, 1279, 1463,
    1675, 1917, 2194, 2511, 2874, 3290, 3765, 4309, 4932, 5645, 6461, 7395, 8464, 9687, 11_087, 12_689, 14_523, 16_621,
    19_024, 21_773, 24_919, 28_521, 32_642, 37_359, 42_758, 48_938, 56_010, 64_104, 73_368, 83_971, 96_106, 109_994,
    125_890, 144_082, 164_904, 188_735, 216_010, 247_226, 282_953, 323_844, 370_643, 424_206, 485_509, 555_672,
    635_973, 727_880, 833_067, 953_456, 1_091_243, 1_248_941, 1_429_429, 1_636_000, 1_872_423, 2_143_012, 2_452_704,
    2_807_151, 3_212_820, 3_677_113, 4_208_502, 4_816_684, 5_512_756, 6_309_419, 7_221_210, 8_264_766, 9_459_129,
    10_826_093, 12_390_601, 14_181_199, 16_230_562, 18_576_084, 21_260_563, 24_332_984, 27_849_408, 31_873_999,
];

/// Counts of a module that its start costs follow from, fixed at activation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModuleShape {
    /// Functions the module defines.
    pub functions: u64,
    /// Parameters plus results, summed over the defined functions.
    pub type_words: u64,
    /// Decompressed wasm length in bytes.
    pub wasm_len: u64,
    /// Globals the module defines plus the four of the instrumentation.
    pub globals: u64,
    /// Encoded length of all data and element segments, in bytes.
    pub segment_bytes: u64,
    /// Initial memory in pages.
    pub pages: u16,
}

/// Start costs stored with a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitCost {
    /// Unscaled init cost in gas.
    pub init: u16,
    /// Unscaled cached init cost in gas.
    pub cached: u16,
    /// Estimated native code size in KiB, rounded up.
    pub asm_kib: u32,
}

/// A start cost that does not fit its field: the activation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InitCostError {
    /// Init cost above 65,535.
    #[error("init cost too high: {0} exceeds 65535")]
    Init(u64),
    /// Cached init cost above 65,535.
    #[error("cached init cost too high: {0} exceeds 65535")]
    Cached(u64),
    /// Native code size above 4 GiB.
    #[error("asm size too large: {0} exceeds 4294967295")]
    Asm(u64),
}

impl InitCost {
    /// Start costs of a module with these counts.
    ///
    /// # Errors
    /// [`InitCostError`] when a cost overflows its field.
    pub fn of(shape: &ModuleShape) -> Result<(Self, u32), InitCostError> {
        let ModuleShape { functions, type_words, wasm_len, globals, segment_bytes, pages } = *shape;
        let cached = functions * 13_420 / 100_000
            + type_words * 89 / 100_000
            + wasm_len * 122 / 100_000
            + globals * 1_628 / 1_000
            + segment_bytes * 75_244 / 100_000
            + u64::from(pages) * 5;
        let init = functions * 8_252 / 1_000 + type_words * 1_059 / 1_000 + wasm_len * 1_286 / 10_000;
        let asm = 512_000 + functions * 996_829 / 1_000 + type_words * 11_416 / 1_000 + wasm_len * 62_628 / 10_000;
        let asm_bytes = u32::try_from(asm).map_err(|_| InitCostError::Asm(asm))?;
        let cost = Self {
            init: u16::try_from(init).map_err(|_| InitCostError::Init(init))?,
            cached: u16::try_from(cached).map_err(|_| InitCostError::Cached(cached))?,
            asm_kib: asm_bytes.div_ceil(1_024),
        };
        Ok((cost, asm_bytes))
    }

    /// Gas for an uncached start on top of [`Self::cached_gas`].
    #[must_use]
    pub fn init_gas(&self, params: &Params) -> u64 {
        let scaled = u64::from(self.init) * u64::from(params.init_cost_scalar) * 2;
        u64::from(params.min_init_gas) * 128 + scaled.div_ceil(100)
    }

    /// Gas that every start pays.
    #[must_use]
    pub fn cached_gas(&self, params: &Params) -> u64 {
        let scaled = u64::from(self.cached) * u64::from(params.cached_cost_scalar) * 2;
        u64::from(params.min_cached_init_gas) * 32 + scaled.div_ceil(100)
    }

    /// Gas of one start, without memory.
    #[must_use]
    pub fn start_gas(&self, params: &Params, hit: bool) -> u64 {
        let extra = if hit { 0 } else { self.init_gas(params) };
        self.cached_gas(params).saturating_add(extra)
    }
}

/// Open and highest-ever page counts of a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    /// Pages open now, over all frames.
    pub open: u16,
    /// Most pages that were open at once. Never falls, also not on a revert.
    pub ever: u16,
}

fn page_exponent(pages: u16) -> u64 {
    PAGE_EXPONENTS.get(usize::from(pages)).map_or(u64::MAX, |gas| u64::from(*gas))
}

impl Pages {
    /// Gas for opening `new` more pages.
    #[must_use]
    pub fn cost(self, params: &Params, new: u16) -> u64 {
        let open = self.open.saturating_add(new);
        let ever = self.ever.max(open);
        if ever <= params.free_pages {
            return 0;
        }
        let credit = |pages: u16| u64::from(pages.saturating_sub(params.free_pages));
        let linear = (credit(open) - credit(self.open)).saturating_mul(u64::from(params.page_gas));
        let exponential = page_exponent(ever).saturating_sub(page_exponent(self.ever));
        linear.saturating_add(exponential)
    }

    /// Opens `new` more pages.
    pub fn grow(&mut self, new: u16) {
        self.open = self.open.saturating_add(new);
        self.ever = self.ever.max(self.open);
    }
}

/// Cost of EVM memory that would hold `len` bytes, in gas: the floor of what returning data costs.
#[must_use]
pub fn evm_memory_cost(len: u64) -> u64 {
    let words = len.div_ceil(32);
    words.saturating_mul(3).saturating_add(words.saturating_mul(words) / 512)
}

/// State of the activation data price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataPricer {
    /// Outstanding demand in bytes.
    pub demand: u32,
    /// Unix time of the last update.
    pub last_update: u64,
}

impl Default for DataPricer {
    fn default() -> Self {
        Self { demand: 0, last_update: STYLUS_START_TIME }
    }
}

impl DataPricer {
    const BYTES_PER_SECOND: u64 = 34_865;
    const MIN_PRICE: u64 = 82_928_201;
    const INERTIA: u64 = 21_360_419;

    /// Adds `bytes` of demand at `time` and returns their fee in wei: the minimum price times `e^(demand / inertia)`,
    /// by a series of twelve terms in units of 1/10,000.
    pub fn charge(&mut self, bytes: u32, time: u64) -> U256 {
        let passed = time.saturating_sub(self.last_update);
        let decay = u32::try_from(passed.saturating_mul(Self::BYTES_PER_SECOND)).unwrap_or(u32::MAX);
        self.demand = self.demand.saturating_sub(decay).saturating_add(bytes);
        self.last_update = time;

        let exponent = U256::from(u64::from(self.demand) * 10_000 / Self::INERTIA);
        let one = U256::from(10_000);
        let mut factor = one + exponent / U256::from(12);
        for term in (1..12).rev() {
            factor = one + factor * exponent / U256::from(10_000 * term);
        }
        let price = U256::from(Self::MIN_PRICE) * factor / one;
        price * U256::from(bytes)
    }
}

/// Ink for reading `bytes` from the guest.
#[must_use]
pub const fn read_ink(bytes: u32) -> u64 {
    16_381 + 55 * (bytes.saturating_sub(32) as u64)
}

/// Ink for writing `bytes` to the guest.
#[must_use]
pub const fn write_ink(bytes: u32) -> u64 {
    5_040 + 30 * (bytes.saturating_sub(32) as u64)
}

/// Ink of `native_keccak256` over `bytes`.
#[must_use]
pub const fn keccak_ink(bytes: u32) -> u64 {
    121_800 + 21_000 * (bytes.div_ceil(32).saturating_sub(2) as u64)
}

/// Ink of `math_pow` for this exponent.
#[must_use]
pub const fn pow_ink(exponent: &[u8; 32]) -> u64 {
    let mut zeros = 0;
    while zeros < 32 && exponent[zeros] == 0 {
        zeros += 1;
    }
    3_000 + 17_500 * (33 - zeros as u64)
}
