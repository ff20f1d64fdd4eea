//! Accounts that exist from block zero.

use crate::{Params, arbos, precompiles};
use alloy_primitives::{Address, Bytes, U256, address, bytes, hex};

/// Account whose storage holds `ArbOS` state.
pub const ARBOS_STATE: Address = address!("0xA4B05FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF");
/// `StylusDeployer`, at the address that cargo-stylus expects.
pub const STYLUS_DEPLOYER: Address = address!("0xcEcba2F1DC234f70Dd89F2041029807F8D03A990");
/// The deterministic CREATE2 deployer.
pub const CREATE2_DEPLOYER: Address = address!("0x4e59b44847b379578588920ca78fbf26c0b4956c");

/// The cache manager that cargo-stylus finds.
pub const CACHE_MANAGER: Address = address!("0xCAcE000000000000000000000000000000000072");

const fn decoded<const N: usize>(hex: &[u8]) -> [u8; N] {
    match hex::const_decode_to_array(hex) {
        Ok(code) => code,
        Err(_) => panic!("an artifact is not hexadecimal"),
    }
}

// Runtime code of the contracts beside this file; `compile.mjs` makes it and checks it.
const STYLUS_DEPLOYER_HEX: &[u8] = include_bytes!("StylusDeployer.hex");
const STYLUS_DEPLOYER_CODE: [u8; STYLUS_DEPLOYER_HEX.len() / 2] = decoded(STYLUS_DEPLOYER_HEX);
const CACHE_MANAGER_HEX: &[u8] = include_bytes!("CacheManager.hex");
const CACHE_MANAGER_CODE: [u8; CACHE_MANAGER_HEX.len() / 2] = decoded(CACHE_MANAGER_HEX);

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

// Code of the CREATE2 deployer: salt in the first word of the call data, init code after it, returns the address.
const CREATE2_DEPLOYER_CODE: Bytes = bytes!(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
);

/// The accounts a chain with `params` starts with.
#[must_use]
pub fn genesis_accounts(params: &Params) -> Vec<GenesisAccount> {
    let contract = |address, code: &[u8]| GenesisAccount {
        address,
        balance: U256::ZERO,
        nonce: 1,
        code: Bytes::copy_from_slice(code),
        storage: Vec::new(),
    };
    let mut accounts: Vec<_> = precompiles::reserved().map(|address| contract(address, &[0xFE])).collect();
    accounts.push(contract(CREATE2_DEPLOYER, &CREATE2_DEPLOYER_CODE));
    accounts.push(contract(STYLUS_DEPLOYER, &STYLUS_DEPLOYER_CODE));
    accounts.push(contract(CACHE_MANAGER, &CACHE_MANAGER_CODE));
    accounts.push(GenesisAccount {
        storage: arbos::genesis_storage(params.chain_owner, CACHE_MANAGER),
        ..contract(ARBOS_STATE, &[])
    });
    accounts
}
