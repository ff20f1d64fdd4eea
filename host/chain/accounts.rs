//! The unlocked development accounts.

use alloy::signers::local::{MnemonicBuilder, PrivateKeySigner, coins_bip39::English};
use alloy_primitives::{Address, B256};

use crate::error::ChainError;

/// One funded account whose key the chain holds.
#[derive(Clone, Debug)]
pub struct DevAccount {
    /// The account's address.
    pub address: Address,
    /// Its signer.
    pub signer: PrivateKeySigner,
}

impl DevAccount {
    /// The private key, for printing at start-up. These keys are public knowledge.
    #[must_use]
    pub fn private_key(&self) -> B256 {
        self.signer.to_bytes()
    }
}

/// Derives `count` accounts at `m/44'/60'/0'/0/i`.
///
/// # Errors
/// [`ChainError::Mnemonic`] when the phrase is not a valid BIP-39 phrase.
pub fn derive(mnemonic: &str, count: u32) -> Result<Vec<DevAccount>, ChainError> {
    let mut accounts = Vec::with_capacity(count as usize);
    for index in 0..count {
        let signer = MnemonicBuilder::<English>::default()
            .phrase(mnemonic)
            .index(index)
            .and_then(|builder| builder.build())
            .map_err(|error| ChainError::Mnemonic(error.to_string()))?;
        accounts.push(DevAccount { address: signer.address(), signer });
    }
    Ok(accounts)
}
