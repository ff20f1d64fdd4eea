//! What the chain refuses, worded and numbered the way go-ethereum does.
//!
//! Clients match on codes and on message prefixes ("nonce too low", "execution reverted"), so both
//! follow geth where geth has an answer.

use alloy::sol_types::{ContractError, RevertReason};
use alloy_primitives::{Address, B256, Bytes, U256};
use escapement_vm::{TRACE_LIMIT, TransactError};
use revm::context::result::InvalidTransaction;

/// Refusal of a request, with the numbers that caused it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The configured phrase is not a BIP-39 phrase.
    #[error("invalid mnemonic: {0}")]
    Mnemonic(String),
    /// A parameter is missing, malformed or contradictory.
    #[error("{0}")]
    InvalidParams(String),
    /// There is no such block.
    #[error("header not found: {0}")]
    UnknownBlock(String),
    /// There is no such transaction.
    #[error("transaction {0} not found")]
    UnknownTransaction(B256),
    /// There is no such filter.
    #[error("filter not found")]
    UnknownFilter,
    /// The chain does not hold the key of this account, and it is not impersonated.
    #[error("unknown account {0}")]
    UnknownAccount(Address),
    /// The transaction does not decode or its signature does not recover.
    #[error("{0}")]
    InvalidTransaction(String),
    /// Signed for another chain.
    #[error("invalid chain id for signer: have {have} want {want}")]
    WrongChainId {
        /// Chain id in the transaction.
        have: u64,
        /// This chain's id.
        want: u64,
    },
    /// The transaction is already in the pool or in a block.
    #[error("already known")]
    AlreadyKnown,
    /// Another transaction of the sender with this nonce waits and offers no less.
    #[error("replacement transaction underpriced")]
    Underpriced,
    /// The nonce was used.
    #[error("nonce too low: address {address}, tx: {tx} state: {state}")]
    NonceTooLow {
        /// Sender.
        address: Address,
        /// Nonce of the transaction.
        tx: u64,
        /// The sender's next nonce.
        state: u64,
    },
    /// The last nonce there is; no transaction may use it (EIP-2681).
    #[error("nonce has max value: address {address}, nonce: {}", u64::MAX)]
    NonceMax {
        /// Sender.
        address: Address,
    },
    /// The nonce is ahead of the account (only where gaps cannot wait).
    #[error("nonce too high: address {address}, tx: {tx} state: {state}")]
    NonceTooHigh {
        /// Sender.
        address: Address,
        /// Nonce of the transaction.
        tx: u64,
        /// The sender's next nonce.
        state: u64,
    },
    /// The balance does not cover gas limit × price + value.
    #[error("insufficient funds for gas * price + value: address {address} have {have} want {want}")]
    InsufficientFunds {
        /// Sender.
        address: Address,
        /// Balance in wei.
        have: U256,
        /// Most that the transaction can cost, in wei.
        want: U256,
    },
    /// The fee cap is below the base fee.
    #[error(
        "max fee per gas less than block base fee: address {address}, maxFeePerGas: {max_fee}, baseFee: {base_fee}"
    )]
    FeeTooLow {
        /// Sender.
        address: Address,
        /// Fee cap in wei per gas.
        max_fee: u128,
        /// Base fee in wei per gas.
        base_fee: u64,
    },
    /// The tip is above the fee cap.
    #[error(
        "max priority fee per gas higher than max fee per gas: address {address}, maxPriorityFeePerGas: {tip}, maxFeePerGas: {max_fee}"
    )]
    TipAboveFee {
        /// Sender.
        address: Address,
        /// Tip in wei per gas.
        tip: u128,
        /// Fee cap in wei per gas.
        max_fee: u128,
    },
    /// The gas limit does not cover the transaction's own bytes.
    #[error("intrinsic gas too low: have {have}, want {want}")]
    IntrinsicGas {
        /// Gas limit.
        have: u64,
        /// Intrinsic gas.
        want: u64,
    },
    /// The gas limit is above the cap per transaction.
    #[error("exceeds gas limit per transaction: have {have}, cap {cap}")]
    GasAboveCap {
        /// Gas limit.
        have: u64,
        /// Largest gas limit.
        cap: u64,
    },
    /// The sender has code.
    #[error("sender not an eoa: address {0}")]
    SenderHasCode(Address),
    /// A transaction type that this chain does not take.
    #[error("transaction type not supported: {0:#04x}")]
    UnsupportedType(u8),
    /// The call reverted.
    #[error("{}", revert_message(data, reason.as_deref()))]
    Reverted {
        /// Revert data.
        data: Bytes,
        /// Rendered `ArbOS` error, if it came from a precompile.
        reason: Option<String>,
    },
    /// The call halted.
    #[error("{0}")]
    Halted(String),
    /// Not even the cap suffices.
    #[error("gas required exceeds allowance ({0})")]
    GasExceedsAllowance(u64),
    /// Time does not run backwards.
    #[error("timestamp {requested} is before the latest block's {latest}")]
    TimestampInPast {
        /// Requested timestamp.
        requested: u64,
        /// Timestamp of the latest block.
        latest: u64,
    },
    /// The request would take more than the server gives to one request.
    #[error("request too large: {what} {have}, limit {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Requested.
        have: u64,
        /// Limit.
        limit: u64,
    },
    /// No such method.
    #[error("the method {0} does not exist/is not available")]
    UnknownMethod(String),
    /// A defect of this program.
    #[error("internal error: {0}")]
    Internal(String),
}

impl ChainError {
    /// The JSON-RPC error code.
    #[must_use]
    pub const fn code(&self) -> i64 {
        match self {
            Self::UnknownMethod(_) => -32601,
            Self::InvalidParams(_) | Self::TooLarge { .. } => -32602,
            Self::Internal(_) => -32603,
            Self::Reverted { .. } => 3,
            _ => -32000,
        }
    }

    /// The revert data that goes into the error object.
    #[must_use]
    pub const fn data(&self) -> Option<&Bytes> {
        match self {
            Self::Reverted { data, .. } => Some(data),
            _ => None,
        }
    }

    /// Rewords a refusal of the virtual machine for the transaction of `address`.
    pub(crate) fn from_transact(error: TransactError, address: Address, limits: Limits) -> Self {
        let invalid = match error {
            TransactError::Invalid(invalid) => invalid,
            TransactError::TraceTooLarge(have) => {
                return Self::TooLarge { what: "trace in bytes", have, limit: TRACE_LIMIT };
            }
            other => return Self::Internal(other.to_string()),
        };
        match invalid {
            InvalidTransaction::NonceTooLow { tx, state } => Self::NonceTooLow { address, tx, state },
            InvalidTransaction::NonceTooHigh { tx, state } => Self::NonceTooHigh { address, tx, state },
            InvalidTransaction::LackOfFundForMaxFee { fee, balance } => {
                Self::InsufficientFunds { address, have: *balance, want: *fee }
            }
            InvalidTransaction::GasPriceLessThanBasefee => {
                Self::FeeTooLow { address, max_fee: limits.max_fee, base_fee: limits.base_fee }
            }
            InvalidTransaction::CallGasCostMoreThanGasLimit { initial_gas, gas_limit } => {
                Self::IntrinsicGas { have: gas_limit, want: initial_gas }
            }
            InvalidTransaction::TxGasLimitGreaterThanCap { gas_limit, cap } => {
                Self::GasAboveCap { have: gas_limit, cap }
            }
            InvalidTransaction::RejectCallerWithCode => Self::SenderHasCode(address),
            InvalidTransaction::CreateInitCodeSizeLimit => {
                Self::InvalidTransaction("max initcode size exceeded".to_owned())
            }
            other => Self::InvalidTransaction(other.to_string()),
        }
    }
}

/// The fee figures that a refusal names.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    pub max_fee: u128,
    pub base_fee: u64,
}

/// "execution reverted", with the reason when the data or the precompile gives one.
fn revert_message(data: &[u8], reason: Option<&str>) -> String {
    match reason.map(str::to_owned).or_else(|| revert_reason(data)) {
        Some(detail) => format!("execution reverted: {detail}"),
        None => "execution reverted".to_owned(),
    }
}

/// What revert data of the forms that every contract knows says.
pub(crate) fn revert_reason(data: &[u8]) -> Option<String> {
    match RevertReason::decode(data)? {
        RevertReason::RawString(_) => None,
        RevertReason::ContractError(ContractError::Revert(revert)) => Some(revert.reason().to_owned()),
        error @ RevertReason::ContractError(_) => Some(error.to_string()),
    }
}
