//! The EIP-712 domain of permits: name of the token, version "1", chain id and address read at call time.
//!
//! `OpenZeppelin`'s trait takes the name from a constant, but this token gets its name when it is deployed, and
//! wallets expect the two to be equal. So the hash of the name is kept in a slot of its own and the separator is
//! computed from it here.

use alloc::vec::Vec;

use alloy_primitives::{b256, B256, U256};
use escapement_kit::vm;
use openzeppelin_stylus::utils::cryptography::eip712::{to_typed_data_hash, IEip712};
use stylus_sdk::{keccak_const::Keccak256, prelude::*};

/// Version in the domain.
pub const VERSION: &str = "1";

/// EIP-5267: name, version, chain id and verifying contract are used, salt is not.
pub const FIELDS: [u8; 1] = [0x0f];

/// Where the hash of the name is kept: `keccak256("escapement.token.domain") - 1`.
const NAME_HASH_SLOT: B256 = b256!("3629dc904b7ca3e0d67f0ad01685e0e100e7a0725a5f887b8d2605a007a39711");

/// Type of the domain.
const DOMAIN_TYPEHASH: [u8; 32] = Keccak256::new()
    .update(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    .finalize();

/// Type of a permit (EIP-2612).
const PERMIT_TYPEHASH: [u8; 32] = Keccak256::new()
    .update(b"Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)")
    .finalize();

/// The domain as `OpenZeppelin`'s permit asks for it.
#[storage]
pub struct Domain;

impl IEip712 for Domain {
    // Unused: the separator below does not look at it.
    const NAME: &'static str = "";
    const VERSION: &'static str = VERSION;

    fn domain_separator_v4(&self) -> B256 {
        let mut encoded = Vec::with_capacity(160);
        encoded.extend_from_slice(&DOMAIN_TYPEHASH);
        encoded.extend_from_slice(vm::load(&NAME_HASH_SLOT).as_slice());
        encoded.extend_from_slice(&Self::HASHED_VERSION);
        encoded.extend_from_slice(&U256::from(vm::chain_id()).to_be_bytes::<32>());
        encoded.extend_from_slice(vm::this().into_word().as_slice());
        vm::keccak(&encoded)
    }
}

/// Fixes the name in the domain.
pub fn set_name(name: &str) {
    vm::save(&NAME_HASH_SLOT, &vm::keccak(name.as_bytes()));
}

/// Digest that the owner of the tokens signs: `words` are owner, spender, value, nonce and deadline.
pub fn permit_digest(separator: B256, words: &[B256; 5]) -> B256 {
    let mut encoded = Vec::with_capacity(192);
    encoded.extend_from_slice(&PERMIT_TYPEHASH);
    for word in words {
        encoded.extend_from_slice(word.as_slice());
    }
    to_typed_data_hash(&separator, &vm::keccak(&encoded))
}
