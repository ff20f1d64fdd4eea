//! What a running program carries in its store.

use super::storage::StorageCache;
use crate::{
    trace::{Budget, HostCall},
    wasm::HostFn,
};
use alloy_primitives::{Address, Bytes, U256};
use wasmi::{Global, Memory};

/// Constants of one invocation.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // independent facts
pub struct FrameEnv {
    /// Address whose storage and balance the program acts on.
    pub address: Address,
    /// Caller.
    pub sender: Address,
    /// Value sent, or inherited by a delegate call.
    pub value: U256,
    /// No state may change.
    pub is_static: bool,
    /// Another frame of this address is open.
    pub reentrant: bool,
    /// Sender of the transaction.
    pub origin: Address,
    /// Gas price of the transaction in wei.
    pub gas_price: U256,
    /// Fee recipient of the block.
    pub coinbase: Address,
    /// Base fee of the block in wei.
    pub basefee: U256,
    /// Estimate of the parent chain's height.
    pub block_number: u64,
    /// Unix time of the block.
    pub timestamp: u64,
    /// Gas limit of the block.
    pub gas_limit: u64,
    /// Chain id.
    pub chain_id: u64,
    /// Ink per gas.
    pub ink_price: u32,
    /// Storage costs are exact (`ArbOS` 32 and later).
    pub exact_storage_costs: bool,
    /// An account whose code was empty is not remembered (`ArbOS` 40 and later).
    pub forgets_empty_code: bool,
    /// Running out of gas in a flush burns all gas (`ArbOS` 50 and later).
    pub flush_burns_all: bool,
}

/// Handles to the exports that the host works with.
#[derive(Clone, Copy, Debug)]
pub struct Exports {
    /// Linear memory.
    pub memory: Memory,
    /// Ink left.
    pub ink_left: Global,
    /// Ink status.
    pub ink_status: Global,
    /// Stack words left.
    pub stack_left: Global,
}

/// A host call that needs the chain's state: the function and its raw arguments.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Function called.
    pub function: HostFn,
    /// Arguments as 64-bit words.
    pub args: Args,
}

/// Raw arguments of a host call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Args(pub [u64; 6]);

impl Args {
    /// A 32-bit argument.
    #[allow(clippy::cast_possible_truncation)] // the engine put a 32-bit value there
    pub const fn u32(&self, index: usize) -> u32 {
        self.0[index] as u32
    }

    /// A 16-bit argument: the low half of a 32-bit one.
    #[allow(clippy::cast_possible_truncation)] // as the import's type says
    pub const fn u16(&self, index: usize) -> u16 {
        self.0[index] as u16
    }

    /// A 64-bit argument.
    pub const fn u64(&self, index: usize) -> u64 {
        self.0[index]
    }
}

/// Store data of a running program.
#[derive(Debug, Default)]
pub struct Guest {
    /// Constants of the invocation.
    pub env: FrameEnv,
    /// Call data.
    pub args: Bytes,
    /// Output so far.
    pub result: Vec<u8>,
    /// Output of the last call or create.
    pub return_data: Bytes,
    /// Storage cache.
    pub cache: StorageCache,
    /// Account whose code was asked for last, and the code.
    pub last_code: Option<(Address, Bytes)>,
    /// Exports; set right after instantiation.
    pub exports: Option<Exports>,
    /// Host call to be served by the chain.
    pub request: Option<Request>,
    /// Host calls so far, when tracing.
    pub trace: Option<Vec<HostCall>>,
    /// What all records of the execution have taken.
    pub budget: Budget,
    /// The host call being recorded.
    pub recording: Option<Recording>,
}

/// A host call while it runs.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// Ink before the call.
    pub start_ink: u64,
    /// Inputs so far.
    pub args: Vec<u8>,
    /// Outputs so far.
    pub outs: Vec<u8>,
    /// Contract called.
    pub address: Option<Address>,
    /// Host calls of the program called.
    pub steps: Option<Vec<HostCall>>,
}

/// How an invocation ends from inside the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A host call could not be paid.
    OutOfInk,
    /// The program did something that the host refuses.
    Failure,
    /// `exit_early`.
    Exit(u32),
}
