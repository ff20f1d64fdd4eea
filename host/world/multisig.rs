//! Safe multisigs on the test chain, from the published bytecode.

use std::path::PathBuf;

use alloy::signers::local::PrivateKeySigner;
use alloy_primitives::{Address, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use escapement_agent::{
    bindings::safe::{ISafe, ISafeProxyFactory},
    safe::{SafeContract, SafeTx, setup},
};

use crate::{Net, Receipt, Refusal};

/// A Safe account with the keys of its owners.
#[derive(Clone, Debug)]
pub struct Multisig {
    /// The account.
    pub address: Address,
    /// Keys of its owners.
    pub owners: Vec<PrivateKeySigner>,
    /// Owners who must sign.
    pub threshold: usize,
}

impl Multisig {
    /// Creates an account for each name, `threshold` of `owners` each, with the factory and the code that Safe publishes.
    /// The keys are fixed and belong to the name.
    ///
    /// # Panics
    /// Without the npm packages of the build; the message names the script that fetches them.
    #[must_use]
    pub fn create<const N: usize>(net: &Net, from: Address, accounts: [(&str, usize, usize); N]) -> [Self; N] {
        let packages = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scripts/node_modules");
        let publish = |contract: SafeContract| {
            let code = contract
                .init_code(&packages)
                .unwrap_or_else(|error| panic!("{error}; run scripts/setup.sh build first"));
            net.create(from, code).unwrap_or_else(|refusal| panic!("{contract:?}: {refusal}"))
        };
        let singleton = publish(SafeContract::Singleton);
        let factory = publish(SafeContract::ProxyFactory);
        let handler = publish(SafeContract::FallbackHandler);
        accounts.map(|(name, owners, threshold)| {
            let owners: Vec<PrivateKeySigner> = (0..owners)
                .map(|n| PrivateKeySigner::from_bytes(&keccak256(format!("{name} {n}"))).expect("a valid key"))
                .collect();
            let addresses: Vec<Address> = owners.iter().map(PrivateKeySigner::address).collect();
            let initializer = setup(&addresses, threshold, handler);
            let call = ISafeProxyFactory::createProxyWithNonceCall { singleton, initializer, saltNonce: U256::ZERO };
            let receipt = net.send(from, factory, &call).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
            let address = receipt.events::<ISafeProxyFactory::ProxyCreation>()[0].proxy;
            Self { address, owners, threshold }
        })
    }

    /// The call of `to` as the next transaction of the account.
    ///
    /// # Panics
    /// Never: the account has a nonce.
    #[must_use]
    pub fn next<C: SolCall>(&self, net: &Net, to: Address, call: &C) -> SafeTx {
        SafeTx::call(to, call, net.view(self.address, &ISafe::nonceCall {}).expect("a plain view"))
    }

    /// Signatures of the first `count` owners.
    ///
    /// # Panics
    /// With fewer owners.
    #[must_use]
    pub fn sign(&self, net: &Net, tx: &SafeTx, count: usize) -> Bytes {
        tx.sign(net.chain.chain_id(), self.address, &self.owners[..count]).expect("local keys sign")
    }

    /// Calls `to` through the account with exactly as many signatures as it needs, brought by `relayer`.
    ///
    /// # Errors
    /// The [`Refusal`] of the account, or of `to`: its error is passed on as it is.
    pub fn send<C: SolCall>(&self, net: &Net, relayer: Address, to: Address, call: &C) -> Result<Receipt, Refusal> {
        let tx = self.next(net, to, call);
        net.send(relayer, self.address, &tx.execute(self.sign(net, &tx, self.threshold)))
    }
}
