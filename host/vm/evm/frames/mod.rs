//! Record of the frames of an execution.

#[cfg(test)]
mod tests;

use super::chain::Ctx;
use crate::trace::{CallFrame, FrameKind, FrameLog};
use alloy_primitives::{Address, Bytes, Log, U256};
use revm::{
    Database,
    context_interface::{CreateScheme, JournalTr},
    handler::FrameResult,
    interpreter::{CallScheme, CallValue, FrameInput, InstructionResult},
};

/// The frames of an execution so far. Failed frames leave the journal without their logs, so logs are taken from it at each
/// start and end of a frame.
#[derive(Debug, Default)]
pub struct Recorder {
    open: Vec<CallFrame>,
    root: Option<CallFrame>,
    /// Logs of the journal that have found their frame.
    logs: usize,
    /// The budget is gone: nothing more is recorded.
    full: bool,
}

impl Recorder {
    /// Records that a frame begins, when recording.
    pub fn open<DB: Database>(ctx: &mut Ctx<DB>, input: &FrameInput) {
        if ctx.chain.frames.as_ref().is_none_or(|recorder| recorder.full) {
            return;
        }
        let Some(frame) = begun(ctx, input) else { return };
        let fits = ctx.chain.budget.take(frame.input.len());
        if let Some(recorder) = &mut ctx.chain.frames {
            recorder.take_logs(ctx.journaled_state.logs());
            recorder.push(frame, fits);
        }
    }

    /// Records how the innermost frame ended, when recording.
    pub fn close<DB: Database>(ctx: &mut Ctx<DB>, result: &FrameResult) {
        let Some(recorder) = &mut ctx.chain.frames else { return };
        let logs = ctx.journaled_state.logs();
        let fresh: usize = logs.get(recorder.logs..).unwrap_or_default().iter().map(|log| log.data.data.len()).sum();
        recorder.full |= !ctx.chain.budget.take(result.interpreter_result().output.len() + fresh);
        recorder.take_logs(logs);
        recorder.pop(result);
    }

    /// Records a self-destruct of the innermost frame, when recording.
    pub fn selfdestruct<DB: Database>(ctx: &mut Ctx<DB>, from: Address, heir: Address, value: U256) {
        let Some(recorder) = &mut ctx.chain.frames else { return };
        recorder.take_logs(ctx.journaled_state.logs());
        recorder.full |= !ctx.chain.budget.take(0);
        if let Some(frame) = recorder.open.last_mut() {
            frame.calls.push(blank(FrameKind::SelfDestruct, from, Some(heir), Some(value), 0, Bytes::new()));
        }
    }

    /// Notes in words why the innermost frame fails.
    pub fn fail(&mut self, reason: &str) {
        if let Some(frame) = self.open.last_mut() {
            frame.reason = Some(reason.to_owned());
        }
    }

    /// The outermost frame, with the figures of the transaction; none if recording stopped.
    pub fn finish(self, gas: u64, gas_used: u64) -> Option<CallFrame> {
        self.root.map(|root| CallFrame { gas, gas_used, ..root })
    }

    fn push(&mut self, frame: CallFrame, fits: bool) {
        self.full |= !fits;
        if self.full {
            self.open.clear();
        } else {
            self.open.push(frame);
        }
    }

    /// Gives the logs that are new in the journal to the innermost frame.
    fn take_logs(&mut self, logs: &[Log]) {
        if let Some(frame) = self.open.last_mut() {
            let position = frame.calls.len() as u64;
            let fresh = logs.iter().zip(0..).skip(self.logs);
            frame.logs.extend(fresh.map(|(log, index)| FrameLog { log: log.clone(), index, position }));
        }
        self.logs = logs.len();
    }

    fn pop(&mut self, result: &FrameResult) {
        let Some(mut frame) = self.open.pop() else { return };
        end(&mut frame, result);
        match self.open.last_mut() {
            Some(parent) => parent.calls.push(frame),
            None => self.root = Some(frame),
        }
    }
}

fn blank(
    kind: FrameKind,
    from: Address,
    to: Option<Address>,
    value: Option<U256>,
    gas: u64,
    input: Bytes,
) -> CallFrame {
    CallFrame {
        kind,
        from,
        to,
        value,
        gas,
        gas_used: 0,
        input,
        output: Bytes::new(),
        error: None,
        reason: None,
        logs: Vec::new(),
        calls: Vec::new(),
    }
}

/// A frame that begins; none for the placeholder that is no frame.
fn begun<DB: Database>(ctx: &Ctx<DB>, input: &FrameInput) -> Option<CallFrame> {
    Some(match input {
        FrameInput::Call(call) => {
            let (CallValue::Transfer(value) | CallValue::Apparent(value)) = call.value;
            let (kind, from, to) = match call.scheme {
                CallScheme::Call => (FrameKind::Call, call.caller, call.target_address),
                CallScheme::StaticCall => (FrameKind::StaticCall, call.caller, call.target_address),
                CallScheme::CallCode => (FrameKind::CallCode, call.target_address, call.bytecode_address),
                CallScheme::DelegateCall => (FrameKind::DelegateCall, call.target_address, call.bytecode_address),
            };
            let value = (kind != FrameKind::StaticCall).then_some(value);
            blank(kind, from, Some(to), value, call.gas_limit, call.input.bytes(ctx))
        }
        FrameInput::Create(create) => {
            let kind = match create.scheme() {
                CreateScheme::Create2 { .. } => FrameKind::Create2,
                _ => FrameKind::Create,
            };
            // The address is known at the end.
            blank(kind, create.caller(), None, Some(create.value()), create.gas_limit(), create.init_code().clone())
        }
        FrameInput::Empty => return None,
    })
}

/// Writes how it ended into a frame.
fn end(frame: &mut CallFrame, result: &FrameResult) {
    let ended = result.interpreter_result();
    let left = if ended.result.is_ok_or_revert() { ended.gas.remaining() } else { 0 };
    frame.gas_used = frame.gas.saturating_sub(left);
    if let FrameResult::Create(outcome) = result {
        frame.to = outcome.address.filter(|_| ended.result.is_ok());
    }
    if ended.result.is_ok_or_revert() {
        frame.output = ended.output.clone();
    }
    if ended.result.is_ok() {
        return;
    }
    clear_logs(frame);
    frame.error = Some(match frame.reason.take() {
        // What a precompile says stays beside the word; a program that did not start has no other.
        reason if ended.result == InstructionResult::Revert => {
            frame.reason = reason;
            words(ended.result)
        }
        Some(reason) => reason,
        None => words(ended.result),
    });
}

/// Nothing of a failed frame is logged.
fn clear_logs(frame: &mut CallFrame) {
    frame.logs.clear();
    frame.calls.iter_mut().for_each(clear_logs);
}

/// A failure in go-ethereum's words.
fn words(result: InstructionResult) -> String {
    use InstructionResult as R;
    match result {
        R::Revert => "execution reverted",
        R::CallTooDeep => "max call depth exceeded",
        R::OutOfFunds => "insufficient balance for transfer",
        R::OutOfGas
        | R::MemoryOOG
        | R::MemoryLimitOOG
        | R::PrecompileOOG
        | R::InvalidOperandOOG
        | R::ReentrancySentryOOG => "out of gas",
        R::OpcodeNotFound | R::InvalidFEOpcode => "invalid opcode",
        R::CallNotAllowedInsideStatic | R::StateChangeDuringStaticCall => "write protection",
        R::InvalidJump => "invalid jump destination",
        R::StackUnderflow => "stack underflow",
        R::StackOverflow => "stack limit reached",
        R::OutOfOffset => "return data out of bounds",
        R::CreateCollision => "contract address collision",
        R::NonceOverflow => "nonce uint64 overflow",
        R::CreateContractSizeLimit => "max code size exceeded",
        R::CreateContractStartingWithEF => "invalid code: must not begin with 0xef",
        R::CreateInitCodeSizeLimit => "max initcode size exceeded",
        other => return format!("{other:?}"),
    }
    .to_owned()
}
