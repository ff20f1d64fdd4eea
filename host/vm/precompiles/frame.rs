//! The gas frame of an `ArbOS` precompile call, and its results.

use crate::{
    Params,
    arbos::{self, ProgramError},
    evm::{Ctx, peek},
};
use alloy_primitives::{Address, B256, Bytes, Log, U256};
use alloy_sol_types::{SolError, SolEvent};
use revm::{
    Database,
    context_interface::JournalTr,
    interpreter::{CallInputs, Gas, InstructionResult, InterpreterResult},
};

/// Gas per word copied.
pub const WORD_GAS: u64 = 3;
/// Gas of reading a stored word.
pub const READ_GAS: u64 = 800;
/// Gas of writing a stored word.
pub const WRITE_GAS: u64 = 20_000;
/// Gas of writing zero to a stored word.
pub const CLEAR_GAS: u64 = 5_000;
/// Gas of looking up the code hash of an account.
pub const CODEHASH_GAS: u64 = 2_600;
/// Gas of loading the Stylus parameters.
pub const PARAMS_GAS: u64 = 100;

/// Why a call does not return.
#[derive(Debug)]
pub enum Fail {
    /// Not enough gas.
    OutOfGas,
    /// A revert that keeps the gas left: revert data and words.
    Revert(Bytes, String),
    /// A revert that burns all gas.
    Burn(String),
    /// The database failed.
    Fatal(String),
}

/// Result of a method.
pub type Done<T> = Result<T, Fail>;

/// What a method does with state and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purity {
    /// Touches no state: pays nothing to open it.
    Pure,
    /// Reads.
    View,
    /// Writes.
    Write,
    /// Writes and takes value.
    Payable,
}

/// One call of a precompile.
pub struct Call<'a, DB: Database> {
    /// Chain.
    pub ctx: &'a mut Ctx<DB>,
    /// Caller.
    pub caller: Address,
    /// Address of the precompile.
    pub address: Address,
    /// Value received.
    pub value: U256,
    /// Selector.
    pub selector: [u8; 4],
    /// Arguments after the selector.
    pub data: Bytes,
    left: u64,
}

impl<'a, DB: Database> Call<'a, DB> {
    /// Opens the frame: pays for the arguments and, unless the method is pure, for the state.
    pub fn open(
        ctx: &'a mut Ctx<DB>,
        inputs: &CallInputs,
        selector: [u8; 4],
        data: Bytes,
        purity: Purity,
    ) -> Done<Self> {
        let refuse = |why: &str| Err(Fail::Burn(why.to_owned()));
        let value = inputs.call_value();
        if inputs.target_address != inputs.bytecode_address && purity != Purity::Pure {
            return refuse("precompile called with another acting address");
        }
        if purity != Purity::Payable && !value.is_zero() {
            return refuse("method is not payable");
        }
        if matches!(purity, Purity::Write | Purity::Payable) && inputs.is_static {
            return refuse("write in a static call");
        }
        let mut call = Self {
            ctx,
            caller: inputs.caller,
            address: inputs.bytecode_address,
            value,
            selector,
            left: inputs.gas_limit,
            data,
        };
        let words = call.data.len().div_ceil(32) as u64;
        call.burn(WORD_GAS * words)?;
        if purity != Purity::Pure {
            call.burn(READ_GAS)?;
        }
        Ok(call)
    }

    /// Gas left.
    pub const fn left(&self) -> u64 {
        self.left
    }

    /// Takes gas.
    pub fn burn(&mut self, gas: u64) -> Done<()> {
        self.left = self.left.checked_sub(gas).ok_or(Fail::OutOfGas)?;
        Ok(())
    }

    /// Stylus parameters as they are now.
    pub fn params(&mut self) -> Done<Params> {
        self.burn(PARAMS_GAS)?;
        self.free_params()
    }

    /// Stylus parameters, not paid for.
    pub fn free_params(&mut self) -> Done<Params> {
        let base = self.ctx.chain.params.clone().unwrap_or_default();
        arbos::effective(&mut self.ctx.journaled_state, &base).map_err(fatal)
    }

    /// Unix time of the block.
    pub fn time(&self) -> u64 {
        self.ctx.block.timestamp.saturating_to()
    }

    /// Code hash of an account; the empty hash of nothing for one without code.
    pub fn codehash(&mut self, account: Address) -> Done<B256> {
        self.burn(CODEHASH_GAS)?;
        peek(&mut self.ctx.journaled_state, account).map(|info| info.code_hash).map_err(fatal)
    }

    /// Emits an event of the precompile.
    pub fn emit<E: SolEvent>(&mut self, event: &E) -> Done<()> {
        let data = event.encode_log_data();
        let topics = data.topics().len() as u64;
        self.burn(375 * (1 + topics) + 8 * data.data.len() as u64)?;
        self.ctx.journaled_state.log(Log { address: self.address, data });
        Ok(())
    }

    /// Ends the frame.
    pub fn close(mut self, result: Done<Vec<u8>>, limit: u64) -> (InterpreterResult, Option<Fail>) {
        let pay = |call: &mut Self, len: usize| call.burn(WORD_GAS * len.div_ceil(32) as u64);
        let (output, result, fail) = match result {
            Ok(output) => match pay(&mut self, output.len()) {
                Ok(()) => (output.into(), InstructionResult::Return, None),
                Err(fail) => return failed(fail, limit),
            },
            Err(Fail::Revert(data, text)) => match pay(&mut self, data.len()) {
                Ok(()) => {
                    let fail = Fail::Revert(data.clone(), text);
                    (data, InstructionResult::Revert, Some(fail))
                }
                Err(fail) => return failed(fail, limit),
            },
            Err(fail) => return failed(fail, limit),
        };
        let mut gas = Gas::new(limit);
        gas.set_remaining(self.left);
        (InterpreterResult::new(result, output, gas), fail)
    }
}

/// The result of a call that burns all its gas.
pub fn failed(fail: Fail, limit: u64) -> (InterpreterResult, Option<Fail>) {
    let mut gas = Gas::new(limit);
    gas.spend_all();
    let result = match fail {
        Fail::OutOfGas => InstructionResult::PrecompileOOG,
        _ => InstructionResult::Revert,
    };
    (InterpreterResult::new(result, Bytes::new(), gas), Some(fail))
}

/// A database failure.
pub fn fatal(error: impl std::fmt::Display) -> Fail {
    Fail::Fatal(error.to_string())
}

/// A revert with a Solidity error, rendered as `error Name(…)`.
pub fn solidity<E: SolError>(error: &E, rendered: impl Into<String>) -> Fail {
    Fail::Revert(error.abi_encode().into(), rendered.into())
}

/// A revert without data that keeps the gas left.
pub fn plain(text: impl Into<String>) -> Fail {
    Fail::Revert(Bytes::new(), text.into())
}

impl From<ProgramError> for Fail {
    fn from(error: ProgramError) -> Self {
        use super::abi::ArbWasm;
        let text = error.to_string();
        match error {
            ProgramError::NotActivated => solidity(&ArbWasm::ProgramNotActivated {}, text),
            ProgramError::NeedsUpgrade { version, stylus_version: current } => {
                let data = ArbWasm::ProgramNeedsUpgrade { version, stylusVersion: current };
                solidity(&data, text)
            }
            ProgramError::Expired(age) => solidity(&ArbWasm::ProgramExpired { ageInSeconds: age }, text),
        }
    }
}
