//! Everything the token refuses, as Solidity errors that carry the numbers.

use alloy_primitives::B256;
use alloy_sol_types::sol;
use escapement_kit::signature::SignatureError;
use openzeppelin_stylus::{
    access::ownable::{self, OwnableInvalidOwner, OwnableUnauthorizedAccount},
    token::erc20::{
        self,
        extensions::{
            capped::{self, ERC20ExceededCap, ERC20InvalidCap},
            permit::{self, ERC2612ExpiredSignature, ERC2612InvalidSigner},
        },
        ERC20InsufficientAllowance, ERC20InsufficientBalance, ERC20InvalidApprover, ERC20InvalidReceiver,
        ERC20InvalidSender, ERC20InvalidSpender,
    },
    utils::precompiles::primitives::ecrecover::{ECDSAInvalidSignature, ECDSAInvalidSignatureS},
};
use stylus_sdk::prelude::*;

sol! {
    /// `caller` is not the account that may mint (`minter`; zero until it is set).
    #[derive(Debug)]
    error TokenNotMinter(address caller, address minter);
    /// The account proposed as minter has no code: a key must never hold the right to mint.
    #[derive(Debug)]
    error TokenMinterWithoutCode(address minter);
}

/// Everything the token refuses.
#[derive(SolidityError)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub enum Error {
    /// The sender holds less than it wants to move or burn.
    InsufficientBalance(ERC20InsufficientBalance),
    /// Tokens cannot leave the zero address.
    InvalidSender(ERC20InvalidSender),
    /// Tokens cannot be sent to the zero address.
    InvalidReceiver(ERC20InvalidReceiver),
    /// The spender is allowed less than it wants to move or burn.
    InsufficientAllowance(ERC20InsufficientAllowance),
    /// The zero address cannot be a spender.
    InvalidSpender(ERC20InvalidSpender),
    /// The zero address cannot approve.
    InvalidApprover(ERC20InvalidApprover),
    /// The supply would exceed the cap.
    ExceededCap(ERC20ExceededCap),
    /// The cap must be positive.
    InvalidCap(ERC20InvalidCap),
    /// The permit's deadline has passed.
    ExpiredSignature(ERC2612ExpiredSignature),
    /// The permit is signed by somebody else.
    InvalidSigner(ERC2612InvalidSigner),
    /// The permit's signature recovers to nobody.
    InvalidSignature(ECDSAInvalidSignature),
    /// The permit's signature is the malleable twin of a valid one (high s).
    InvalidSignatureS(ECDSAInvalidSignatureS),
    /// The caller is not the owner.
    UnauthorizedAccount(OwnableUnauthorizedAccount),
    /// The zero address cannot be made owner.
    InvalidOwner(OwnableInvalidOwner),
    /// Only the minter mints.
    NotMinter(TokenNotMinter),
    /// The minter must be a contract.
    MinterWithoutCode(TokenMinterWithoutCode),
}

impl From<erc20::Error> for Error {
    fn from(error: erc20::Error) -> Self {
        match error {
            erc20::Error::InsufficientBalance(e) => Self::InsufficientBalance(e),
            erc20::Error::InvalidSender(e) => Self::InvalidSender(e),
            erc20::Error::InvalidReceiver(e) => Self::InvalidReceiver(e),
            erc20::Error::InsufficientAllowance(e) => Self::InsufficientAllowance(e),
            erc20::Error::InvalidSpender(e) => Self::InvalidSpender(e),
            erc20::Error::InvalidApprover(e) => Self::InvalidApprover(e),
        }
    }
}

impl From<permit::Error> for Error {
    fn from(error: permit::Error) -> Self {
        match error {
            permit::Error::ExpiredSignature(e) => Self::ExpiredSignature(e),
            permit::Error::InvalidSigner(e) => Self::InvalidSigner(e),
            permit::Error::InsufficientBalance(e) => Self::InsufficientBalance(e),
            permit::Error::InvalidSender(e) => Self::InvalidSender(e),
            permit::Error::InvalidReceiver(e) => Self::InvalidReceiver(e),
            permit::Error::InsufficientAllowance(e) => Self::InsufficientAllowance(e),
            permit::Error::InvalidSpender(e) => Self::InvalidSpender(e),
            permit::Error::InvalidApprover(e) => Self::InvalidApprover(e),
            permit::Error::InvalidSignature(e) => Self::InvalidSignature(e),
            permit::Error::InvalidSignatureS(e) => Self::InvalidSignatureS(e),
        }
    }
}

impl From<ownable::Error> for Error {
    fn from(error: ownable::Error) -> Self {
        match error {
            ownable::Error::UnauthorizedAccount(e) => Self::UnauthorizedAccount(e),
            ownable::Error::InvalidOwner(e) => Self::InvalidOwner(e),
        }
    }
}

impl From<capped::Error> for Error {
    fn from(error: capped::Error) -> Self {
        match error {
            capped::Error::ExceededCap(e) => Self::ExceededCap(e),
            capped::Error::InvalidCap(e) => Self::InvalidCap(e),
        }
    }
}

/// The error for a permit whose signature `recover` refused; `s` is reported if it is the reason.
pub fn signature(error: SignatureError, s: B256) -> Error {
    match error {
        SignatureError::HighS => ECDSAInvalidSignatureS { s }.into(),
        SignatureError::Length | SignatureError::RecoveryId | SignatureError::Unrecovered => {
            ECDSAInvalidSignature {}.into()
        }
    }
}
