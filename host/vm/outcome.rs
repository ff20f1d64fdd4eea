//! What comes out of an execution.

use crate::trace::{CallFrame, HostCall, TRACE_LIMIT};
use alloy_primitives::{Address, Bytes, Log};
use revm::{context::result::InvalidTransaction, state::EvmState};

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It returned.
    Success,
    /// It reverted; unused gas was kept.
    Revert,
    /// It halted exceptionally; all gas is gone.
    Halt,
}

/// Result of one execution, and the state changes that committing it means.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// Gas charged, after refunds (the receipt's `gasUsed`).
    pub gas_used: u64,
    /// Gas refunded, already subtracted in `gas_used`.
    pub gas_refunded: u64,
    /// Logs of a successful execution, in order.
    pub logs: Vec<Log>,
    /// Return or revert data; empty on a halt.
    pub output: Bytes,
    /// Address of the contract that a successful create transaction made.
    pub created: Option<Address>,
    /// Why it did not succeed, in words: the rendered `ArbOS` error such as `error ProgramNotActivated()`, the text of a failed
    /// activation, or the EVM's halt reason. `None` for a plain revert.
    pub reason: Option<String>,
    /// Changed accounts, to be committed by the caller (`DatabaseCommit::commit`) if the transaction counts.
    pub state: EvmState,
    /// Stylus host calls, when asked for.
    pub trace: Option<Vec<HostCall>>,
    /// The tree of frames, when asked for.
    pub frames: Option<CallFrame>,
}

impl Outcome {
    /// Whether it succeeded.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, Status::Success)
    }
}

/// A transaction that could not run at all; no state changed.
#[derive(Debug, thiserror::Error)]
pub enum TransactError {
    /// The transaction is not valid in this block and state.
    #[error("{0}")]
    Invalid(InvalidTransaction),
    /// The block environment is not usable.
    #[error("invalid block: {0}")]
    Block(String),
    /// The database failed.
    #[error("database: {0}")]
    Database(String),
    /// What was asked to be recorded is more than one execution may keep.
    #[error("trace of {0} bytes, limit {TRACE_LIMIT}")]
    TraceTooLarge(u64),
    /// The virtual machine met a condition it does not handle; a defect, never the fault of a transaction.
    #[error("virtual machine: {0}")]
    Internal(String),
}
