//! `debug_traceTransaction` and `debug_traceCall`.
//!
//! `stylusTracer` lists the host calls of Stylus programs with their ink. `callTracer` gives the
//! outermost call only: nested frames are not recorded.

use std::sync::Arc;

use alloy_primitives::{B256, TxKind, U256};
use escapement_vm::{CallOptions, Outcome, Status, transact};
use serde_json::{Value, json};

use crate::{
    block::MinedTx,
    call::CallRequest,
    chain::Chain,
    convert,
    error::{ChainError, Limits},
    overlay::Overlay,
    view::StateView,
};

/// The tracers offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tracer {
    /// Host calls of Stylus programs.
    Stylus,
    /// The outermost call.
    Call,
}

impl Tracer {
    /// Reads the tracer from the options object.
    pub fn parse(options: Option<&Value>) -> Result<Self, ChainError> {
        match options.and_then(|options| options.get("tracer")).and_then(Value::as_str) {
            Some("stylusTracer") => Ok(Self::Stylus),
            Some("callTracer") => Ok(Self::Call),
            Some(other) => Err(ChainError::InvalidParams(format!(
                "tracer {:?} is not supported; use stylusTracer or callTracer",
                other.chars().take(40).collect::<String>()
            ))),
            None => Err(ChainError::InvalidParams(
                "the opcode tracer is not supported; name the tracer stylusTracer or callTracer".to_owned(),
            )),
        }
    }
}

impl Chain {
    /// Runs a mined transaction again on the state it found.
    pub(crate) fn trace_transaction(&self, hash: B256, tracer: Tracer) -> Result<Value, ChainError> {
        let (block, index) = self.transaction(hash).ok_or(ChainError::UnknownTransaction(hash))?;
        let tx = &block.transactions[index];
        let outcome = self.replay(tx)?;
        let env = convert::tx_env(&tx.envelope, tx.from);
        Ok(render(
            tracer,
            &outcome,
            &Frame {
                from: json!(tx.from),
                kind: env.kind,
                value: env.value,
                gas: env.gas_limit,
                input: json!(env.data),
            },
        ))
    }

    fn replay(&self, tx: &MinedTx) -> Result<Outcome, ChainError> {
        let view = StateView::new(Arc::clone(&self.inner.store), tx.version_before);
        let mut context = tx.context_before.clone();
        let env = convert::tx_env(&tx.envelope, tx.from);
        // Impersonation may have been switched off since.
        let options = CallOptions { trace: true, disable_nonce_check: true, ..CallOptions::default() };
        transact(Overlay::plain(view), &mut context, env, &options)
            .map_err(|error| ChainError::from_transact(error, tx.from, Limits::default()))
    }

    /// Traces a call without committing it.
    pub(crate) fn trace_call(&self, call: &CallRequest, tracer: Tracer) -> Result<Value, ChainError> {
        let outcome = self.simulate(call, None, true)?;
        let request = &call.request;
        Ok(render(
            tracer,
            &outcome,
            &Frame {
                from: json!(request.from.unwrap_or_default()),
                kind: request.to.unwrap_or(TxKind::Create),
                value: request.value.unwrap_or_default(),
                gas: request.gas.unwrap_or(self.config().rpc_gas_cap),
                input: json!(request.input.input().cloned().unwrap_or_default()),
            },
        ))
    }
}

/// The outermost call.
struct Frame {
    from: Value,
    kind: TxKind,
    value: U256,
    gas: u64,
    input: Value,
}

fn render(tracer: Tracer, outcome: &Outcome, frame: &Frame) -> Value {
    match tracer {
        Tracer::Stylus => json!(outcome.trace.as_deref().unwrap_or_default()),
        Tracer::Call => {
            let (kind, to) = match frame.kind {
                TxKind::Call(to) => ("CALL", Some(to)),
                TxKind::Create => ("CREATE", outcome.created),
            };
            let mut object = json!({
                "type": kind,
                "from": frame.from,
                "to": to,
                "value": frame.value,
                "gas": U256::from(frame.gas),
                "gasUsed": U256::from(outcome.gas_used),
                "input": frame.input,
                "output": outcome.output,
            });
            if outcome.status != Status::Success {
                let error = match outcome.status {
                    Status::Revert => "execution reverted",
                    _ => outcome.reason.as_deref().unwrap_or("execution halted"),
                };
                object["error"] = json!(error);
            }
            object
        }
    }
}
