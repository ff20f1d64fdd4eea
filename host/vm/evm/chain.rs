//! The EVM of the chain: revm's, with frames that run Stylus programs.

use super::{frames::Recorder, program::Activation};
use crate::{
    ModuleCache, Params, RecentPrograms, code,
    params::Pages,
    precompiles::ArbPrecompiles,
    trace::{Budget, HostCall},
};
use alloy_primitives::Address;
use revm::{
    Context, Database, Journal,
    context::{BlockEnv, CfgEnv, ContextTr, Evm, FrameStack, TxEnv},
    handler::{
        EthFrame, EvmTr, FrameInitOrResult, FrameResult, ItemOrResult,
        evm::{ContextDbError, FrameInitResult},
        instructions::EthInstructions,
    },
    interpreter::{
        CallScheme, FrameInput, InstructionResult, InterpreterAction, interpreter::EthInterpreter,
        interpreter_action::FrameInit, interpreter_types::InputsTr,
    },
};
use std::sync::Arc;

/// Data of one transaction that is neither block, transaction nor state.
#[derive(Debug, Default)]
pub struct Chain {
    /// Parameters before the overrides in the state.
    pub params: Option<Arc<Params>>,
    /// Height of this chain.
    pub number: u64,
    /// Memory pages of the transaction.
    pub pages: Pages,
    /// Programs called in this block.
    pub recent: RecentPrograms,
    /// Compiled modules.
    pub modules: Arc<ModuleCache>,
    /// Open frames, the outermost first. A precompile opens none.
    pub open: Vec<OpenFrame>,
    /// Why the outermost frame failed, in words.
    pub failure: Option<String>,
    /// Host calls of the outermost programs, when tracing.
    pub trace: Option<Vec<HostCall>>,
    /// The tree of frames, when recording.
    pub frames: Option<Recorder>,
    /// What both records have taken.
    pub budget: Budget,
}

/// An open frame.
#[derive(Clone, Copy, Debug)]
pub struct OpenFrame {
    /// Address whose storage and balance it acts on.
    pub acting: Address,
    /// Caller as it sees it.
    pub caller: Address,
    /// Whether a delegate call opened it.
    pub delegate: bool,
}

impl Chain {
    /// Notes why the innermost frame fails; for the `outermost` one this is the transaction's reason.
    pub fn fail(&mut self, outermost: bool, reason: String) {
        if let Some(frames) = &mut self.frames {
            frames.fail(&reason);
        }
        if outermost {
            self.failure = Some(reason);
        }
    }
}

/// Context of the chain's EVM.
pub type Ctx<DB> = Context<BlockEnv, TxEnv, CfgEnv, DB, Journal<DB>, Chain>;
/// Instructions of the chain's EVM.
pub type Instructions<DB> = EthInstructions<EthInterpreter, Ctx<DB>>;
/// Error inside the EVM.
pub type EvmError<DB> = ContextDbError<Ctx<DB>>;
/// What running a frame leads to.
pub type Ran = FrameInitOrResult<EthFrame>;

/// The chain's EVM.
pub struct ChainEvm<DB: Database> {
    pub(super) inner: Evm<Ctx<DB>, (), Instructions<DB>, ArbPrecompiles, EthFrame>,
    pub(super) programs: Vec<Activation>,
}

impl<DB: Database> ChainEvm<DB> {
    /// An EVM over this context.
    pub fn new(ctx: Ctx<DB>, instructions: Instructions<DB>, precompiles: ArbPrecompiles) -> Self {
        Self { inner: Evm::new(ctx, instructions, precompiles), programs: Vec::new() }
    }

    /// Whether the top frame runs a program that is already started.
    fn is_started(&mut self) -> bool {
        let index = self.inner.frame_stack.index();
        self.programs.last().is_some_and(|program| Some(program.frame) == index)
    }

    /// Runs the top frame until it ends or opens another.
    fn run_top(&mut self) -> Result<Ran, EvmError<DB>> {
        if self.is_started() {
            return self.resume_program();
        }
        let fragments = self.inner.ctx.chain.params.as_ref().is_some_and(|params| params.has_fragments());
        match &self.inner.frame_stack.get().input {
            FrameInput::Create(_) => self.run_create(),
            FrameInput::Call(call) if code::is_callable(call.known_bytecode.1.original_byte_slice(), fragments) => {
                self.start_program()
            }
            _ => self.inner.frame_run(),
        }
    }

    /// Runs init code. Code that starts with 0xEF is accepted only with a Stylus prefix (EIP-3541).
    fn run_create(&mut self) -> Result<Ran, EvmError<DB>> {
        let fragments = self.inner.ctx.chain.params.as_ref().is_some_and(|params| params.has_fragments());
        let frame = self.inner.frame_stack.get();
        let mut action = frame.interpreter.run_plain(
            self.inner.instruction.instruction_table(),
            self.inner.instruction.gas_table(),
            &mut self.inner.ctx,
        );
        if let InterpreterAction::Return(result) = &mut action {
            let refused = result.result.is_ok()
                && result.output.first() == Some(&0xEF)
                && !code::is_deployable(&result.output, fragments);
            if refused {
                result.result = InstructionResult::CreateContractStartingWithEF;
            }
        }
        let ran = frame.process_next_action::<_, EvmError<DB>>(&mut self.inner.ctx, action)?;
        if ran.is_result() {
            frame.set_finished(true);
        }
        Ok(ran)
    }
}

impl<DB: Database> EvmTr for ChainEvm<DB> {
    type Context = Ctx<DB>;
    type Instructions = Instructions<DB>;
    type Precompiles = ArbPrecompiles;
    type Frame = EthFrame;

    fn all(&self) -> (&Self::Context, &Self::Instructions, &Self::Precompiles, &FrameStack<Self::Frame>) {
        self.inner.all()
    }

    fn all_mut(
        &mut self,
    ) -> (&mut Self::Context, &mut Self::Instructions, &mut Self::Precompiles, &mut FrameStack<Self::Frame>) {
        self.inner.all_mut()
    }

    fn frame_init(&mut self, input: FrameInit) -> Result<FrameInitResult<'_, Self::Frame>, EvmError<DB>> {
        Recorder::open(&mut self.inner.ctx, &input.frame_input);
        if let ItemOrResult::Result(result) = self.inner.frame_init(input)? {
            Recorder::close(&mut self.inner.ctx, &result);
            return Ok(ItemOrResult::Result(result));
        }
        let frame = self.inner.frame_stack.get();
        let delegate = match &frame.input {
            FrameInput::Call(call) => {
                matches!(call.scheme, CallScheme::DelegateCall | CallScheme::CallCode)
            }
            _ => false,
        };
        let input = &frame.interpreter.input;
        let open = OpenFrame { acting: input.target_address(), caller: input.caller_address(), delegate };
        self.inner.ctx.chain.open.push(open);
        Ok(ItemOrResult::Item(self.inner.frame_stack.get()))
    }

    fn frame_run(&mut self) -> Result<Ran, EvmError<DB>> {
        let ran = self.run_top()?;
        if let ItemOrResult::Result(result) = &ran {
            Recorder::close(&mut self.inner.ctx, result);
        }
        Ok(ran)
    }

    fn frame_return_result(&mut self, result: FrameResult) -> Result<Option<FrameResult>, EvmError<DB>> {
        if self.inner.frame_stack.get().is_finished() {
            self.inner.frame_stack.pop();
            self.inner.ctx.chain.open.pop();
        }
        if self.inner.frame_stack.index().is_none() {
            return Ok(Some(result));
        }
        if self.is_started() {
            self.deliver(result)?;
        } else {
            let frame = self.inner.frame_stack.get();
            frame.return_result::<_, EvmError<DB>>(&mut self.inner.ctx, result)?;
        }
        Ok(None)
    }
}

/// Fails with the error that the context holds, if any.
pub fn take_error<DB: Database>(ctx: &mut Ctx<DB>) -> Result<(), EvmError<DB>> {
    std::mem::replace(ctx.error(), Ok(()))
}
