//! A frame that runs a Stylus program: start, host calls, end.

use super::{
    calls::Pending,
    chain::{Chain, ChainEvm, EvmError, Ran, take_error},
    ending::{Stopped, halt, outcome, stopped},
    load::load_wasm,
    serve::{Served, Stop, serve},
    setup::{frame_env, instantiate},
};
use crate::{
    arbos,
    hostio::{Ending, Guest, Machine, Signal, name, to_vals},
    trace::HostCall,
    wasm::HostFn,
};
use alloy_primitives::Bytes;
use revm::{
    Database,
    handler::FrameResult,
    interpreter::{FrameInput, InstructionResult, InterpreterAction, InterpreterResult},
};
use wasmi::{AsContextMut, Instance, Store, TypedResumableCall, TypedResumableCallHostTrap, Val};

/// A program that waits for a call it made.
pub struct Activation {
    /// Index of its frame.
    pub frame: usize,
    /// The guest.
    pub store: Store<Guest>,
    /// Gas at the start of the frame, before the start cost.
    pub gas_start: u64,
    /// Pages that were open before the frame.
    pub open_before: u16,
    /// Refunds of its own writes and of successful children.
    pub refund: i64,
    /// The engine's state, while a call is out.
    paused: Option<TypedResumableCallHostTrap<i32>>,
    /// The call that is out.
    pending: Option<(HostFn, Pending)>,
    /// Its result.
    child: Option<FrameResult>,
}

enum Next {
    Start(u32),
    Resume(TypedResumableCallHostTrap<i32>, Vec<Val>),
}

impl<DB: Database> ChainEvm<DB> {
    /// Starts the program of the top frame.
    pub(super) fn start_program(&mut self) -> Result<Ran, EvmError<DB>> {
        let index = self.inner.frame_stack.index().unwrap_or_default();
        let frame = self.inner.frame_stack.get();
        let gas_start = frame.interpreter.gas.remaining();
        let FrameInput::Call(inputs) = &frame.input else {
            return Err(internal("a program outside a call"));
        };
        let inputs = inputs.clone();
        let ctx = &mut self.inner.ctx;
        let base = ctx.chain.params.clone().unwrap_or_default();
        let params = arbos::effective(&mut ctx.journaled_state, &base)?;
        let (codehash, bytecode) = inputs.known_bytecode.clone();
        let record = arbos::program(&mut ctx.journaled_state, codehash)?;
        let time = ctx.block.timestamp.saturating_to();
        if let Err(error) = record.check(&params, time) {
            return self.refuse(index, InstructionResult::NotActivated, error.to_string());
        }
        let recent = ctx.chain.recent.insert(codehash) && params.has_recent_cache();
        let open_before = ctx.chain.pages.open;
        let cost = ctx
            .chain
            .pages
            .cost(&params, record.footprint)
            .saturating_add(record.cost.start_gas(&params, record.cached || recent));
        let Some(gas) = gas_start.checked_sub(cost) else {
            let reason = format!("out of gas: starting the program costs {cost}, {gas_start} left");
            return self.refuse(index, InstructionResult::OutOfGas, reason);
        };
        ctx.chain.pages.grow(record.footprint);

        let modules = ctx.chain.modules.clone();
        let compiled =
            modules.get(&params, codehash, || load_wasm(&mut ctx.journaled_state, &params, &bytecode.original_bytes()));
        let compiled = match compiled {
            Ok(compiled) => compiled,
            Err(error) => {
                self.inner.ctx.chain.pages.open = open_before;
                return self.refuse(index, InstructionResult::NotActivated, error.to_string());
            }
        };
        let env = frame_env(&self.inner.ctx, &params, &inputs);
        let guest = Guest {
            args: inputs.input.bytes(&self.inner.ctx),
            env,
            trace: self.inner.ctx.chain.trace.as_ref().map(|_| Vec::new()),
            budget: self.inner.ctx.chain.budget.clone(),
            ..Guest::default()
        };
        let (store, instance) = instantiate(&compiled, guest, gas, &params)?;
        self.programs.push(Activation {
            frame: index,
            store,
            gas_start,
            open_before,
            refund: 0,
            paused: None,
            pending: None,
            child: None,
        });
        let len = u32::try_from(inputs.input.len()).unwrap_or(u32::MAX);
        self.note("user_entrypoint", &len.to_be_bytes(), &[]);
        self.drive(Next::Start(len), Some(instance))
    }

    /// Takes the result of the call that the top program made.
    pub(super) fn deliver(&mut self, result: FrameResult) -> Result<(), EvmError<DB>> {
        let frame = self.inner.frame_stack.get();
        frame.interpreter.memory.free_child_context();
        take_error(&mut self.inner.ctx)?;
        if let Some(program) = self.programs.last_mut() {
            program.child = Some(result);
        }
        Ok(())
    }

    /// Goes on with the program of the top frame after a call.
    pub(super) fn resume_program(&mut self) -> Result<Ran, EvmError<DB>> {
        let Some(program) = self.programs.last_mut() else {
            return Err(internal("no program to resume"));
        };
        let parts = (program.paused.take(), program.pending.take(), program.child.take());
        let (Some(paused), Some((function, pending)), Some(child)) = parts else {
            return Err(internal("a program resumed without a result"));
        };
        let settled = pending.settle(child, &mut program.store, &mut program.refund);
        match settled {
            Ok(value) => {
                let values = self.values(function, value);
                self.drive(Next::Resume(paused, values), None)
            }
            Err(ending) => {
                self.recorded(function);
                self.finish(Stopped::Ended(ending))
            }
        }
    }

    /// Ends the record of a host call and gives its result values.
    fn values(&mut self, function: HostFn, value: Option<u64>) -> Vec<Val> {
        self.recorded(function);
        to_vals(function, value).into_iter().collect()
    }

    fn recorded(&mut self, function: HostFn) {
        if let Some(program) = self.programs.last_mut()
            && let Some(mut machine) = Machine::new(program.store.as_context_mut())
        {
            machine.recorded(name(function));
        }
    }

    /// Runs the wasm until it ends or makes a call.
    fn drive(&mut self, mut next: Next, instance: Option<Instance>) -> Result<Ran, EvmError<DB>> {
        loop {
            let Some(program) = self.programs.last_mut() else {
                return Err(internal("no program to run"));
            };
            let store = &mut program.store;
            let ran = match next {
                Next::Start(len) => instance
                    .ok_or_else(|| wasmi::Error::new("no instance"))
                    .and_then(|instance| instance.get_typed_func::<i32, i32>(&*store, "user_entrypoint"))
                    .and_then(|entry| entry.call_resumable(&mut *store, len.cast_signed())),
                Next::Resume(paused, values) => paused.resume(&mut *store, &values),
            };
            let paused = match ran {
                Ok(TypedResumableCall::Finished(status)) => {
                    return self.finish(Stopped::Returned(status.cast_unsigned()));
                }
                Ok(TypedResumableCall::OutOfFuel(_)) => return Err(internal("fuel is not used")),
                Ok(TypedResumableCall::HostTrap(paused)) => paused,
                Err(error) => return self.finish(stopped(&error)),
            };
            let request = match paused.host_error().downcast_ref::<Signal>() {
                Some(Signal::Yield) => program.store.data_mut().request.take(),
                Some(Signal::End(ending)) => {
                    let ending = *ending;
                    return self.finish(Stopped::Ended(ending));
                }
                None => None,
            };
            let Some(request) = request else {
                return Err(internal("the engine stopped without a reason"));
            };
            match serve(&mut self.inner.ctx, &mut program.store, &mut program.refund, request) {
                Ok(Served::Done(value)) => {
                    next = Next::Resume(paused, self.values(request.function, value));
                }
                Ok(Served::Call(input, pending)) => {
                    program.paused = Some(paused);
                    program.pending = Some((request.function, pending));
                    let frame = self.inner.frame_stack.get();
                    let action = InterpreterAction::NewFrame(input);
                    return frame.process_next_action(&mut self.inner.ctx, action);
                }
                Err(Stop::End(ending)) => {
                    self.recorded(request.function);
                    return self.finish(Stopped::Ended(ending));
                }
                Err(Stop::Db(error)) => return Err(error.into()),
            }
        }
    }

    /// Ends the program of the top frame.
    #[allow(clippy::needless_pass_by_value)] // the end of it
    fn finish(&mut self, stopped: Stopped) -> Result<Ran, EvmError<DB>> {
        if let Stopped::Returned(status) | Stopped::Ended(Ending::Exit(status)) = stopped {
            self.note("user_returned", &[], &status.to_be_bytes());
        }
        let Some(mut program) = self.programs.pop() else {
            return Err(internal("no program to finish"));
        };
        let chain = &mut self.inner.ctx.chain;
        chain.pages.open = program.open_before;
        if let Some(trace) = program.store.data_mut().trace.take() {
            attach(chain, self.programs.last_mut(), trace);
        }
        let frame = self.inner.frame_stack.get();
        let limit = frame.interpreter.gas.limit();
        let result = outcome(&mut program, &stopped, limit);
        self.end_frame(result)
    }

    /// Ends the top frame before its program ran.
    fn refuse(&mut self, index: usize, result: InstructionResult, reason: String) -> Result<Ran, EvmError<DB>> {
        tracing::debug!(%reason, frame = index, "program not started");
        self.inner.ctx.chain.fail(index == 0, reason);
        let limit = self.inner.frame_stack.get().interpreter.gas.limit();
        self.end_frame(halt(result, limit))
    }

    fn end_frame(&mut self, result: InterpreterResult) -> Result<Ran, EvmError<DB>> {
        let frame = self.inner.frame_stack.get();
        let action = InterpreterAction::Return(result);
        let ran = frame.process_next_action::<_, EvmError<DB>>(&mut self.inner.ctx, action)?;
        frame.set_finished(true);
        Ok(ran)
    }

    /// Records a pseudo host call, when tracing.
    fn note(&mut self, name: &str, args: &[u8], outs: &[u8]) {
        let Some(program) = self.programs.last_mut() else {
            return;
        };
        let Some(machine) = Machine::new(program.store.as_context_mut()) else {
            return;
        };
        let ink = machine.ink();
        if let Some(trace) = &mut program.store.data_mut().trace {
            trace.push(HostCall {
                name: name.to_owned(),
                args: Bytes::copy_from_slice(args),
                outs: Bytes::copy_from_slice(outs),
                start_ink: ink,
                end_ink: ink,
                ..HostCall::default()
            });
        }
    }
}

/// A condition that only a defect of the virtual machine can cause.
pub fn internal<E>(text: &str) -> revm::context::ContextError<E> {
    revm::context::ContextError::Custom(text.to_owned())
}

/// Hands the host calls of a finished program to the one that called it, directly or through EVM code.
fn attach(chain: &mut Chain, parent: Option<&mut Activation>, trace: Vec<HostCall>) {
    if let Some(parent) = parent {
        if let Some(recording) = &mut parent.store.data_mut().recording {
            recording.steps.get_or_insert_default().extend(trace);
        }
    } else if let Some(top) = &mut chain.trace {
        top.extend(trace);
    }
}
