//! `ArbOS` parameters as data: one constructor per `ArbOS` version, and the rules that depend on the version.
//!
//! A [`Params`] value is what a chain starts from. The values that a chain owner may change at run time
//! (through `ArbOwner`) are kept in the state as overrides of these, so that reverts and snapshots undo them.

mod pricing;
#[cfg(test)]
mod tests;

use alloy_primitives::{Address, address};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

pub use pricing::{
    DataPricer, InitCost, InitCostError, ModuleShape, Pages, evm_memory_cost, keccak_ink, pow_ink, read_ink, write_ink,
};

/// `ArbOS` versions that have a parameter set here, in order.
pub const SUPPORTED_VERSIONS: [u64; 7] = [31, 32, 40, 50, 51, 60, 61];

/// Seconds between the Unix epoch and the start of Stylus hours (`activatedAt` counts hours from here).
pub const STYLUS_START_TIME: u64 = 1_421_388_000;

/// Account that receives base fees and activation data fees unless the profile says otherwise.
pub const DEFAULT_NETWORK_FEE_ACCOUNT: Address = address!("0xA4B000000000000000000073657175656e636572");

/// Gas cap of one transaction from `ArbOS` 50 on.
pub const TX_GAS_LIMIT_CAP: u64 = 32_000_000;

/// Everything about a chain's `ArbOS` that is data: version, Stylus parameters and fee accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Params {
    /// `ArbOS` version, one of [`SUPPORTED_VERSIONS`].
    pub arbos_version: u64,
    /// Stylus version that programs are activated for (2 since `ArbOS` 31).
    pub stylus_version: u16,
    /// Ink per unit of gas (24 bits).
    pub ink_price: u32,
    /// Depth limit of a program's stack, in words.
    pub max_stack_depth: u32,
    /// Memory pages (64 KiB) that cost nothing.
    pub free_pages: u16,
    /// Gas per page beyond the free ones, before the exponential part.
    pub page_gas: u16,
    /// Exponential ramp; informational, the page cost table has it built in.
    pub page_ramp: u64,
    /// Largest initial memory of a program, in pages.
    pub page_limit: u16,
    /// Minimum init gas in units of 128 gas.
    pub min_init_gas: u8,
    /// Minimum cached init gas in units of 32 gas.
    pub min_cached_init_gas: u8,
    /// Scale of the init cost in units of 2 %.
    pub init_cost_scalar: u8,
    /// Scale of the cached init cost in units of 2 %.
    pub cached_cost_scalar: u8,
    /// Days until an activation expires.
    pub expiry_days: u16,
    /// Least age in days at which an activation may be extended.
    pub keepalive_days: u16,
    /// Number of programs that one block keeps in its recent-program cache.
    pub block_cache_size: u16,
    /// Largest decompressed wasm, in bytes.
    pub max_wasm_size: u32,
    /// Extra gas charged by `activateProgram` (`ArbOS` 60 and later).
    pub activation_gas: u64,
    /// Largest number of fragments of one program (`ArbOS` 60 and later).
    pub max_fragments: u8,
    /// Account that collects base fees and data fees.
    pub network_fee_account: Address,
    /// First chain owner; more can be added through `ArbOwner`. Zero: none.
    pub chain_owner: Address,
    /// Debug chain: `ArbDebug`, the `console` and `debug` imports and a parked start section exist.
    pub debug: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self::arbitrum_one()
    }
}

/// A version that has no parameter set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("ArbOS version {0} is not supported, supported are {SUPPORTED_VERSIONS:?}")]
pub struct UnsupportedVersion(pub u64);

impl Params {
    /// The initial parameters of `version`.
    ///
    /// # Errors
    /// [`UnsupportedVersion`] when `version` is not in [`SUPPORTED_VERSIONS`].
    pub fn for_version(version: u64) -> Result<Self, UnsupportedVersion> {
        if !SUPPORTED_VERSIONS.contains(&version) {
            return Err(UnsupportedVersion(version));
        }
        Ok(Self {
            arbos_version: version,
            stylus_version: 2,
            ink_price: 10_000,
            max_stack_depth: if version >= 50 { 22_000 } else { 262_144 },
            free_pages: 2,
            page_gas: 1_000,
            page_ramp: 620_674_314,
            page_limit: 128,
            min_init_gas: 69,
            min_cached_init_gas: 11,
            init_cost_scalar: 50,
            cached_cost_scalar: 50,
            expiry_days: 365,
            keepalive_days: 31,
            block_cache_size: 32,
            max_wasm_size: 131_072,
            activation_gas: 0,
            max_fragments: if version >= 60 { 2 } else { 0 },
            network_fee_account: DEFAULT_NETWORK_FEE_ACCOUNT,
            chain_owner: Address::ZERO,
            debug: false,
        })
    }

    /// The profile of Arbitrum One: `ArbOS` 61 with four fragments.
    #[must_use]
    pub fn arbitrum_one() -> Self {
        Self { max_fragments: 4, ..Self::latest() }
    }

    fn latest() -> Self {
        let newest = SUPPORTED_VERSIONS[SUPPORTED_VERSIONS.len() - 1];
        match Self::for_version(newest) {
            Ok(params) => params,
            Err(_) => unreachable!("the newest supported version has parameters"),
        }
    }

    /// The same parameters on a debug chain whose first owner is `owner`.
    #[must_use]
    pub fn with_debug(self, owner: Address) -> Self {
        Self { debug: true, chain_owner: owner, ..self }
    }

    /// Whether programs may be split into fragments, and the recent-program cache works.
    #[must_use]
    pub const fn has_fragments(&self) -> bool {
        self.arbos_version >= 60
    }

    /// Whether the block-local recent-program cache lowers the start cost.
    #[must_use]
    pub const fn has_recent_cache(&self) -> bool {
        self.arbos_version >= 60
    }

    /// Whether multi-value wasm is still accepted.
    #[must_use]
    pub const fn allows_multi_value(&self) -> bool {
        self.arbos_version < 60
    }

    /// Whether running out of gas inside a flush burns everything (it is a plain revert before).
    #[must_use]
    pub const fn flush_burns_all(&self) -> bool {
        self.arbos_version >= 50
    }

    /// Whether the gas cap of one transaction applies.
    #[must_use]
    pub const fn tx_gas_cap(&self) -> Option<u64> {
        if self.arbos_version >= 50 { Some(TX_GAS_LIMIT_CAP) } else { None }
    }

    /// Whether storage costs are exact (`ArbOS` 32 repaired a units bug and a free flush).
    #[must_use]
    pub const fn has_exact_storage_costs(&self) -> bool {
        self.arbos_version >= 32
    }

    /// Whether `account_code_size` and `account_code` forget an account whose code was empty.
    #[must_use]
    pub const fn forgets_empty_code(&self) -> bool {
        self.arbos_version >= 40
    }
}

/// A named parameter set, as a command line takes it: `arbitrum-one` or a bare `ArbOS` version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// [`Params::arbitrum_one`].
    #[default]
    ArbitrumOne,
    /// [`Params::for_version`] of the number.
    Version(u64),
}

impl Profile {
    /// The parameters of this profile.
    ///
    /// # Errors
    /// [`UnsupportedVersion`] for a version without parameters.
    pub fn params(self) -> Result<Params, UnsupportedVersion> {
        match self {
            Self::ArbitrumOne => Ok(Params::arbitrum_one()),
            Self::Version(version) => Params::for_version(version),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ArbitrumOne => f.write_str("arbitrum-one"),
            Self::Version(version) => write!(f, "{version}"),
        }
    }
}

/// A profile name that is neither `arbitrum-one` nor a version number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown profile {0:?}: expected \"arbitrum-one\" or an ArbOS version of {SUPPORTED_VERSIONS:?}")]
pub struct UnknownProfile(pub String);

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name == "arbitrum-one" {
            return Ok(Self::ArbitrumOne);
        }
        match name.parse() {
            Ok(version) if SUPPORTED_VERSIONS.contains(&version) => Ok(Self::Version(version)),
            _ => Err(UnknownProfile(name.to_owned())),
        }
    }
}
