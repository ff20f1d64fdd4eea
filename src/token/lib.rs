//! The token whose economy Escapement steers: ERC-20 with permit and a hard cap on its supply.
//!
//! Nothing here can be changed by a model, a council or an upgrade. One contract may mint, named once by
//! the owner; naming it ends the owner's role. Burning is open to holders. See `README.md`.
// The entrypoint that the SDK generates for wasm has no documentation.
#![cfg_attr(target_arch = "wasm32", allow(missing_docs))]
// The SDK's router calls these functions: it hands arguments over by value and encodes every result.
#![allow(clippy::must_use_candidate, clippy::needless_pass_by_value)]
extern crate alloc;

mod domain;
mod error;
mod event;
#[cfg(test)]
mod tests;

use alloc::{string::String, vec, vec::Vec};

use alloy_primitives::{Address, FixedBytes, B256, U256};
use escapement_kit::{signature, vm};
use openzeppelin_stylus::{
    access::ownable::Ownable,
    token::erc20::{
        extensions::{
            capped::{Capped, ERC20ExceededCap, ICapped},
            permit::ERC2612InvalidSigner,
            Erc20Metadata, Erc20Permit, IErc20Burnable, IErc20Metadata,
        },
        Erc20, IErc20,
    },
    utils::nonces::{INonces, Nonces},
};
use stylus_sdk::{prelude::*, storage::StorageAddress};

pub use domain::Domain;
pub use error::Error;
use error::{TokenMinterWithoutCode, TokenNotMinter};
use event::MinterSet;

/// Decimals of every amount in this contract.
const DECIMALS: u8 = 18;

/// The token's storage. Not behind a proxy: the order is fixed for good.
#[entrypoint]
#[storage]
pub struct Token {
    /// Balances, allowances, supply (slots 0 to 2).
    erc20: Erc20,
    /// Name and symbol (slots 3 and 4).
    metadata: Erc20Metadata,
    /// The cap on the supply (slot 5).
    capped: Capped,
    /// Permit nonces (slot 6).
    nonces: Nonces,
    /// The EIP-712 domain of permits (slot 7).
    permit: Erc20Permit<Domain>,
    /// The account that may name the minter, zero once it has (slot 8).
    ownable: Ownable,
    /// The only account that may mint, zero until it is named (slot 9).
    minter: StorageAddress,
}

#[public]
impl Token {
    /// Sets the token up; run by the deployer in the creating transaction.
    ///
    /// # Errors
    /// [`Error::InvalidCap`] for a cap of zero, [`Error::ExceededCap`] if `initial_supply > cap`,
    /// [`Error::InvalidReceiver`] for a zero `holder`, [`Error::InvalidOwner`] for a zero `owner`.
    #[constructor]
    pub fn constructor(
        &mut self,
        name: String,
        symbol: String,
        cap: U256,
        initial_supply: U256,
        holder: Address,
        owner: Address,
    ) -> Result<(), Error> {
        domain::set_name(&name);
        self.metadata.constructor(name, symbol);
        self.capped.constructor(cap)?;
        self.ownable.constructor(owner)?;
        self.mint_capped(holder, initial_supply)
    }

    /// Name of the token, also the name in the EIP-712 domain of permits.
    pub fn name(&self) -> String {
        self.metadata.name()
    }

    /// Ticker symbol.
    pub fn symbol(&self) -> String {
        self.metadata.symbol()
    }

    /// Decimals of every amount: 18.
    pub fn decimals(&self) -> u8 {
        DECIMALS
    }

    /// Tokens in existence.
    pub fn total_supply(&self) -> U256 {
        self.erc20.total_supply()
    }

    /// The most tokens that may exist at any time.
    pub fn cap(&self) -> U256 {
        self.capped.cap()
    }

    /// Tokens held by `account`.
    pub fn balance_of(&self, account: Address) -> U256 {
        self.erc20.balance_of(account)
    }

    /// Tokens of `owner` that `spender` may move or burn.
    pub fn allowance(&self, owner: Address, spender: Address) -> U256 {
        self.erc20.allowance(owner, spender)
    }

    /// Moves `value` of the caller's tokens to `to`.
    ///
    /// # Errors
    /// [`Error::InsufficientBalance`], [`Error::InvalidReceiver`].
    pub fn transfer(&mut self, to: Address, value: U256) -> Result<bool, Error> {
        Ok(self.erc20.transfer(to, value)?)
    }

    /// Lets `spender` move or burn `value` of the caller's tokens, replacing what it was allowed before.
    ///
    /// # Errors
    /// [`Error::InvalidSpender`].
    pub fn approve(&mut self, spender: Address, value: U256) -> Result<bool, Error> {
        Ok(self.erc20.approve(spender, value)?)
    }

    /// Moves `value` of `from`'s tokens to `to`, out of the caller's allowance.
    ///
    /// # Errors
    /// [`Error::InsufficientAllowance`], [`Error::InsufficientBalance`], [`Error::InvalidReceiver`].
    pub fn transfer_from(&mut self, from: Address, to: Address, value: U256) -> Result<bool, Error> {
        Ok(self.erc20.transfer_from(from, to, value)?)
    }

    /// Burns `value` of the caller's tokens. Room under the cap returns.
    ///
    /// # Errors
    /// [`Error::InsufficientBalance`].
    pub fn burn(&mut self, value: U256) -> Result<(), Error> {
        Ok(self.erc20.burn(value)?)
    }

    /// Burns `value` of `account`'s tokens, out of the caller's allowance.
    ///
    /// # Errors
    /// [`Error::InsufficientAllowance`], [`Error::InsufficientBalance`].
    pub fn burn_from(&mut self, account: Address, value: U256) -> Result<(), Error> {
        Ok(self.erc20.burn_from(account, value)?)
    }

    /// Creates `value` tokens for `to`. Only the minter.
    ///
    /// # Errors
    /// [`Error::NotMinter`], [`Error::ExceededCap`], [`Error::InvalidReceiver`].
    pub fn mint(&mut self, to: Address, value: U256) -> Result<(), Error> {
        let caller = vm::sender();
        let minter = self.minter.get();
        if caller != minter {
            return Err(TokenNotMinter { caller, minter }.into());
        }
        self.mint_capped(to, value)
    }

    /// Names the minter for good and ends the owner's role in the same call. Only the owner, once.
    ///
    /// # Errors
    /// [`Error::UnauthorizedAccount`] for everybody but the owner (for everybody, after the first time),
    /// [`Error::MinterWithoutCode`] if `minter` is not a contract yet.
    pub fn set_minter(&mut self, minter: Address) -> Result<(), Error> {
        self.ownable.only_owner()?;
        if !vm::has_code(&minter) {
            return Err(TokenMinterWithoutCode { minter }.into());
        }
        self.minter.set(minter);
        log(self.vm(), MinterSet { minter });
        self.ownable._transfer_ownership(Address::ZERO);
        Ok(())
    }

    /// The only account that may mint; zero until it is named.
    pub fn minter(&self) -> Address {
        self.minter.get()
    }

    /// The account that may name the minter; zero once it has.
    pub fn owner(&self) -> Address {
        self.ownable.owner()
    }

    /// Hands the right to name the minter to `new_owner`. Only the owner.
    ///
    /// # Errors
    /// [`Error::UnauthorizedAccount`], [`Error::InvalidOwner`].
    pub fn transfer_ownership(&mut self, new_owner: Address) -> Result<(), Error> {
        Ok(self.ownable.transfer_ownership(new_owner)?)
    }

    /// EIP-2612: sets `spender`'s allowance over `owner`'s tokens to `value` by `owner`'s signature.
    ///
    /// # Errors
    /// [`Error::ExpiredSignature`], [`Error::InvalidSignature`] and [`Error::InvalidSignatureS`] for malformed
    /// signatures, [`Error::InvalidSigner`] if somebody else signed, [`Error::InvalidSpender`].
    #[allow(clippy::too_many_arguments)]
    pub fn permit(
        &mut self,
        owner: Address,
        spender: Address,
        value: U256,
        deadline: U256,
        v: u8,
        r: B256,
        s: B256,
    ) -> Result<(), Error> {
        // OpenZeppelin 0.3.0 traps without a reason when the precompile recovers nobody, so the signature
        // is recovered here first, through a wrapper that cannot trap.
        let nonce = self.nonces.nonces(owner);
        let words = [owner.into_word(), spender.into_word(), value.into(), nonce.into(), deadline.into()];
        let digest = domain::permit_digest(self.permit.domain_separator(), &words);
        let signature = [r.as_slice(), s.as_slice(), &[v]].concat();
        let signer = signature::recover(digest, &signature).map_err(|e| error::signature(e, s))?;
        if signer != owner {
            return Err(ERC2612InvalidSigner { signer, owner }.into());
        }
        self.permit.permit(owner, spender, value, deadline, v, r, s, &mut self.erc20, &mut self.nonces)?;
        Ok(())
    }

    /// The nonce that `owner`'s next permit must carry.
    pub fn nonces(&self, owner: Address) -> U256 {
        self.nonces.nonces(owner)
    }

    /// EIP-712 domain separator of permits, computed at call time: it follows a change of chain id.
    #[selector(name = "DOMAIN_SEPARATOR")]
    pub fn domain_separator(&self) -> B256 {
        self.permit.domain_separator()
    }

    /// EIP-5267: the fields of the permit domain.
    #[allow(clippy::type_complexity)]
    pub fn eip712_domain(&self) -> (FixedBytes<1>, String, String, U256, Address, B256, Vec<U256>) {
        (
            domain::FIELDS.into(),
            self.metadata.name(),
            domain::VERSION.into(),
            U256::from(vm::chain_id()),
            vm::this(),
            B256::ZERO,
            Vec::new(),
        )
    }
}

impl Token {
    /// Mints under the cap.
    fn mint_capped(&mut self, to: Address, value: U256) -> Result<(), Error> {
        let cap = self.capped.cap();
        // On overflow the sum is reported as the largest number there is, which exceeds every cap below it.
        let increased_supply = self.erc20.total_supply().checked_add(value).unwrap_or(U256::MAX);
        if increased_supply > cap {
            return Err(ERC20ExceededCap { increased_supply, cap }.into());
        }
        Ok(self.erc20._mint(to, value)?)
    }
}
