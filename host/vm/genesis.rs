//! Accounts that exist from block zero.

use crate::Params;
use alloy_primitives::{Address, Bytes, U256, address};

/// Account whose storage holds `ArbOS` state.
pub const ARBOS_STATE: Address = address!("0xA4B05FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF");
/// `StylusDeployer`, at the address that cargo-stylus expects.
pub const STYLUS_DEPLOYER: Address = address!("0xcEcba2F1DC234f70Dd89F2041029807F8D03A990");
/// The deterministic CREATE2 deployer.
pub const CREATE2_DEPLOYER: Address = address!("0x4e59b44847b379578588920ca78fbf26c0b4956c");

/// One account of the genesis state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisAccount {
    /// Address.
    pub address: Address,
    /// Balance in wei.
    pub balance: U256,
    /// Nonce (1 where the account must survive state clearing).
    pub nonce: u64,
    /// Code, empty for none.
    pub code: Bytes,
    /// Storage words.
    pub storage: Vec<(U256, U256)>,
}

/// The accounts a chain with `params` starts with.
#[must_use]
pub fn genesis_accounts(params: &Params) -> Vec<GenesisAccount> {
    let _ = params;
    vec![GenesisAccount {
        address: ARBOS_STATE,
        balance: U256::ZERO,
        nonce: 1,
        code: Bytes::new(),
        storage: Vec::new(),
    }]
}
