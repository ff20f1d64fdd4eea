//! Permits of the token (EIP-2612) and delegations of votes (ERC-5805), signed with a development account's key.

use alloy::signers::SignerSync as _;
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolStruct as _, eip712_domain};
use escapement_agent::bindings::{token::IToken, vault::IVault};

use crate::World;

alloy_sol_types::sol! {
    /// What the holder of a token signs, as EIP-2612 has it. `value` in base units, `deadline` in seconds.
    #[derive(Debug)]
    struct Permit {
        address owner;
        address spender;
        uint256 value;
        uint256 nonce;
        uint256 deadline;
    }
    struct Delegation {
        address delegatee;
        uint256 nonce;
        uint256 expiry;
    }
}

impl World {
    /// The permit by which the `n`th account lets `spender` move `value`, at its present nonce, with no deadline.
    ///
    /// # Panics
    /// When there is no such account.
    #[must_use]
    pub fn permit(&self, n: usize, spender: Address, value: U256) -> IToken::permitCall {
        let (owner, deadline) = (self.net.account(n), U256::MAX);
        let nonce = self.net.view(self.token, &IToken::noncesCall { owner }).expect("a plain view");
        let domain = eip712_domain! {
            name: "Escapement",
            version: "1",
            chain_id: self.net.chain.chain_id(),
            verifying_contract: self.token,
        };
        let digest = Permit { owner, spender, value, nonce, deadline }.eip712_signing_hash(&domain);
        let (v, r, s) = self.sign(n, &digest);
        IToken::permitCall { owner, spender, value, deadline, v, r, s }
    }

    /// The delegation of the votes of the `n`th account to `delegatee`, at its present nonce, with no expiry.
    ///
    /// # Panics
    /// When there is no such account.
    #[must_use]
    pub fn delegation(&self, n: usize, delegatee: Address) -> IVault::delegateBySigCall {
        let (owner, expiry) = (self.net.account(n), U256::MAX);
        let nonce = self.net.view(self.vault, &IVault::noncesCall { owner }).expect("a plain view");
        let described = self.net.view(self.vault, &IVault::eip712DomainCall {}).expect("a plain view");
        let domain = eip712_domain! {
            name: described.name,
            version: described.version,
            chain_id: self.net.chain.chain_id(),
            verifying_contract: self.vault,
        };
        let digest = Delegation { delegatee, nonce, expiry }.eip712_signing_hash(&domain);
        let (v, r, s) = self.sign(n, &digest);
        IVault::delegateBySigCall { delegatee, nonce, expiry, v, r, s }
    }
    /// Signature of the `n`th account over `digest`, as contracts take it: v, r, s.
    fn sign(&self, n: usize, digest: &B256) -> (u8, B256, B256) {
        let signature =
            self.net.chain.accounts()[n].signer.sign_hash_sync(digest).expect("a local key signs").as_bytes();
        (signature[64], B256::from_slice(&signature[..32]), B256::from_slice(&signature[32..64]))
    }
}
