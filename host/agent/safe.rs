//! Safe multisigs: the published contracts, and transactions that their owners sign.
//!
//! Safe is licensed under LGPL-3.0. Neither its sources nor its bytecode stand in this repository: the bytecode is read
//! at run time from the npm package that `scripts/package-lock.json` pins, and its hash must be the one that Safe's own
//! registry (`safe-deployments` 1.37.63) gives for the contract's canonical address, Arbitrum One's among others.

use std::path::Path;

use alloy::{
    hex,
    primitives::{Address, B256, Bytes, U256, b256, keccak256},
    signers::local::PrivateKeySigner,
    sol_types::{SolCall, SolStruct, eip712_domain},
};

use crate::{
    artifacts::{ArtifactError, read},
    bindings::safe::ISafe::{execTransactionCall, setupCall},
    sign::{SignError, sign_in_order},
};

alloy::sol! {
    struct SafeTx {
        address to;
        uint256 value;
        bytes data;
        uint8 operation;
        uint256 safeTxGas;
        uint256 baseGas;
        uint256 gasPrice;
        address gasToken;
        address refundReceiver;
        uint256 nonce;
    }
}

/// A contract of Safe 1.5.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SafeContract {
    /// `SafeL2`, the account's code as it is used outside of Ethereum: it logs its transactions.
    Singleton,
    /// `SafeProxyFactory`, which creates accounts.
    ProxyFactory,
    /// `CompatibilityFallbackHandler`, which answers token callbacks and EIP-1271 for an account.
    FallbackHandler,
}

impl SafeContract {
    /// Path of the artifact within the package, without its ending, and hash of the deployed code.
    const fn published(self) -> (&'static str, B256) {
        match self {
            Self::Singleton => {
                ("SafeL2.sol/SafeL2", b256!("180193227186ccb85316c94db1f0d156ed932b14712cfaac78901899178572dc"))
            }
            Self::ProxyFactory => (
                "proxies/SafeProxyFactory.sol/SafeProxyFactory",
                b256!("967dae4cda22b0c9ef7f31b010bdc1ceb0af9904b0c3dc060b5302e4c18a4529"),
            ),
            Self::FallbackHandler => (
                "handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler",
                b256!("3c6a85bcf7b563daa624b884b4e9a1b9fa5371edde7be945d998071a48f28bbc"),
            ),
        }
    }

    /// Hash of the deployed code, as Safe's registry has it.
    #[must_use]
    pub const fn code_hash(self) -> B256 {
        self.published().1
    }

    /// Creation code from the npm package in the folder `node_modules` (`scripts/setup.sh` fills it).
    ///
    /// # Errors
    /// [`ArtifactError::Unreadable`] without the package, [`ArtifactError::Malformed`] if it holds other code than the
    /// published one.
    pub fn init_code(self, node_modules: &Path) -> Result<Bytes, ArtifactError> {
        let (name, code_hash) = self.published();
        let path = node_modules.join(format!("@safe-global/safe-smart-account/build/artifacts/contracts/{name}.json"));
        let text = read(&path)?;
        let wrong = |reason: String| ArtifactError::Malformed { path: path.clone(), reason };
        let artifact: serde_json::Value = serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
        let code = |field: &str| {
            let text =
                artifact.get(field).and_then(|code| code.as_str()).ok_or_else(|| wrong(format!("no `{field}`")))?;
            hex::decode(text).map_err(|e| wrong(e.to_string()))
        };
        let found = keccak256(code("deployedBytecode")?);
        if found != code_hash {
            return Err(wrong(format!("its code has the hash {found}, the published one {code_hash}")));
        }
        Ok(code("bytecode")?.into())
    }
}

/// What a new account is set up with: its owners, how many of them must sign, and its fallback handler.
#[must_use]
pub fn setup(owners: &[Address], threshold: usize, handler: Address) -> Bytes {
    let call = setupCall {
        owners: owners.to_vec(),
        threshold: U256::from(threshold),
        to: Address::ZERO,
        data: Bytes::new(),
        fallbackHandler: handler,
        paymentToken: Address::ZERO,
        payment: U256::ZERO,
        paymentReceiver: Address::ZERO,
    };
    call.abi_encode().into()
}

impl SafeTx {
    /// A plain call of `to` without value or refund, as the `nonce`th transaction of the account.
    #[must_use]
    pub fn call<C: SolCall>(to: Address, call: &C, nonce: U256) -> Self {
        Self {
            to,
            value: U256::ZERO,
            data: call.abi_encode().into(),
            operation: 0,
            safeTxGas: U256::ZERO,
            baseGas: U256::ZERO,
            gasPrice: U256::ZERO,
            gasToken: Address::ZERO,
            refundReceiver: Address::ZERO,
            nonce,
        }
    }

    /// What the owners of the account `safe` sign.
    #[must_use]
    pub fn digest(&self, chain_id: u64, safe: Address) -> B256 {
        self.eip712_signing_hash(&eip712_domain! { chain_id: chain_id, verifying_contract: safe, })
    }

    /// The call of the account that executes the transaction with these signatures.
    #[must_use]
    pub fn execute(&self, signatures: Bytes) -> execTransactionCall {
        execTransactionCall {
            to: self.to,
            value: self.value,
            data: self.data.clone(),
            operation: self.operation,
            safeTxGas: self.safeTxGas,
            baseGas: self.baseGas,
            gasPrice: self.gasPrice,
            gasToken: self.gasToken,
            refundReceiver: self.refundReceiver,
            signatures,
        }
    }

    /// Signs for the account `safe` with every key, the owners ascending, as an account wants them.
    ///
    /// # Errors
    /// [`SignError::Signer`].
    pub fn sign(&self, chain_id: u64, safe: Address, owners: &[PrivateKeySigner]) -> Result<Bytes, SignError> {
        let mut keys: Vec<&PrivateKeySigner> = owners.iter().collect();
        keys.sort_by_key(|key| key.address());
        sign_in_order(self.digest(chain_id, safe), &keys)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn init_code_reverts_when_the_package_holds_other_code() {
        let folder = tempfile::tempdir().unwrap();
        let load = || SafeContract::ProxyFactory.init_code(folder.path());
        assert!(matches!(load(), Err(ArtifactError::Unreadable { .. })));
        let package = folder.path().join("@safe-global/safe-smart-account/build/artifacts/contracts/proxies");
        let path = package.join("SafeProxyFactory.sol/SafeProxyFactory.json");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        for text in ["{", "{}", r#"{"deployedBytecode": "0x6000", "bytecode": "0x6001"}"#] {
            fs::write(&path, text).unwrap();
            assert!(matches!(load(), Err(ArtifactError::Malformed { .. })), "{text}");
        }
    }

    #[test]
    fn digest_is_that_of_the_typed_data() {
        // The type hash that Safe's code has as a constant.
        let type_hash = b256!("bb8310d486368db6bd6f849402fdd73ad53d316b5a4b2644ad6efe0f941286d8");
        let tx = SafeTx {
            to: Address::repeat_byte(1),
            nonce: U256::from(7),
            ..SafeTx::call(Address::ZERO, &crate::bindings::safe::ISafe::nonceCall {}, U256::ZERO)
        };
        assert_eq!(tx.eip712_type_hash(), type_hash);
        assert_ne!(tx.digest(1, Address::ZERO), tx.digest(2, Address::ZERO));
        assert_ne!(tx.digest(1, Address::ZERO), tx.digest(1, Address::repeat_byte(1)));
    }
}
