//! Records of an execution: the host calls of Stylus programs, in the form of Nitro's `stylusTracer`, and the tree of frames.

use alloy_primitives::{Address, Bytes, Log, U256};
use serde::{Deserialize, Serialize};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// One host call. `user_entrypoint` and `user_returned` frame each program's calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostCall {
    /// Name of the import.
    pub name: String,
    /// Inputs, concatenated; integers big-endian.
    pub args: Bytes,
    /// Outputs, concatenated; integers big-endian.
    pub outs: Bytes,
    /// Ink left before the call.
    pub start_ink: u64,
    /// Ink left after the call.
    pub end_ink: u64,
    /// Contract called, for the `*call*` functions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Host calls of the program called, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<HostCall>>,
}

/// One frame of a transaction, with those it opened: a call, a creation or a self-destruct, of EVM code, a program or a
/// precompile alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallFrame {
    /// What opened it.
    pub kind: FrameKind,
    /// Who opened it; for delegate calls the contract whose storage is acted on.
    pub from: Address,
    /// Account called, created or paid; for delegate calls the one whose code runs. `None` where a creation failed.
    pub to: Option<Address>,
    /// Value in wei, inherited by a delegate call; `None` in a static call, which has none.
    pub value: Option<U256>,
    /// Gas given to it; in the outermost frame the transaction's gas limit.
    pub gas: u64,
    /// Gas it used with all it opened; in the outermost frame the receipt's figure.
    pub gas_used: u64,
    /// Call data, or init code.
    pub input: Bytes,
    /// Return or revert data, or the code created; empty on a halt.
    pub output: Bytes,
    /// Why it failed, in go-ethereum's words, or the rendered `ArbOS` error of a program that did not start.
    pub error: Option<String>,
    /// Why a precompile refused, in words.
    pub reason: Option<String>,
    /// Logs it emitted itself; none if it or a frame around it failed.
    pub logs: Vec<FrameLog>,
    /// Frames it opened, in order.
    pub calls: Vec<CallFrame>,
}

/// What opened a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// A call, or the transaction itself.
    Call,
    /// `CALLCODE`.
    CallCode,
    /// A delegate call.
    DelegateCall,
    /// A static call.
    StaticCall,
    /// `CREATE`, or a creating transaction.
    Create,
    /// `CREATE2`.
    Create2,
    /// `SELFDESTRUCT`, which opens no frame but moves value.
    SelfDestruct,
}

impl FrameKind {
    /// Its name in traces: the opcode's.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "CALL",
            Self::CallCode => "CALLCODE",
            Self::DelegateCall => "DELEGATECALL",
            Self::StaticCall => "STATICCALL",
            Self::Create => "CREATE",
            Self::Create2 => "CREATE2",
            Self::SelfDestruct => "SELFDESTRUCT",
        }
    }
}

/// A log in the frame that emitted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameLog {
    /// The log.
    pub log: Log,
    /// Its index among the transaction's logs.
    pub index: u64,
    /// How many frames the emitting one had opened before.
    pub position: u64,
}

/// Most bytes that the record of one execution takes, counted as [`Budget::take`] does.
pub const TRACE_LIMIT: u64 = 64 << 20;

/// What the records of one execution have taken. Shared by all of its frames.
#[derive(Clone, Debug, Default)]
pub struct Budget(Arc<AtomicU64>);

impl Budget {
    /// What a record takes beside the bytes it carries.
    const ENTRY: u64 = 256;

    /// Counts a record with `bytes` bytes. False where that exceeds the limit: the record is to be dropped then.
    #[must_use]
    pub fn take(&self, bytes: usize) -> bool {
        let size = Self::ENTRY.saturating_add(bytes as u64);
        self.0.fetch_add(size, Ordering::Relaxed).saturating_add(size) <= TRACE_LIMIT
    }

    /// The bytes asked for in all, where they exceed the limit.
    pub fn exceeded(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|taken| *taken > TRACE_LIMIT)
    }
}
