//! `debug_traceTransaction` and `debug_traceCall`.
//!
//! `stylusTracer` lists the host calls of Stylus programs with their ink; `callTracer` gives the tree of calls and
//! creations, of EVM code, programs and precompiles alike.

use std::sync::Arc;

use alloy::rpc::types::{
    BlockOverrides,
    state::StateOverride,
    trace::geth::{CallConfig, CallFrame as RpcFrame, CallLogFrame},
};
use alloy_primitives::{B256, U256};
use escapement_vm::{CallFrame, CallOptions, Outcome, transact};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    block::MinedTx,
    call::CallRequest,
    chain::Chain,
    convert,
    error::{ChainError, Limits, revert_reason},
    overlay::Overlay,
    view::StateView,
};

/// The options object of both methods; the last three belong to `debug_traceCall`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TraceOptions {
    tracer: Option<String>,
    tracer_config: Option<Value>,
    pub state_overrides: Option<StateOverride>,
    pub block_overrides: Option<BlockOverrides>,
    tx_index: Option<Value>,
}

/// The tracers offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tracer {
    /// Host calls of Stylus programs.
    Stylus,
    /// Calls and creations.
    Call(CallConfig),
}

impl TraceOptions {
    /// The tracer that is asked for.
    pub fn tracer(&self) -> Result<Tracer, ChainError> {
        const SUPPORTED: &str = "supported are callTracer and stylusTracer";
        if self.tx_index.is_some() {
            return Err(ChainError::InvalidParams("txIndex is not supported".to_owned()));
        }
        match self.tracer.as_deref() {
            Some("stylusTracer") => Ok(Tracer::Stylus),
            Some("callTracer") => self
                .tracer_config
                .clone()
                .map_or(Ok(CallConfig::default()), serde_json::from_value)
                .map(Tracer::Call)
                .map_err(|error| ChainError::InvalidParams(format!("tracerConfig: {error}"))),
            Some(other) => Err(ChainError::InvalidParams(format!(
                "tracer {:?} is not supported; {SUPPORTED}",
                other.chars().take(40).collect::<String>()
            ))),
            None => {
                Err(ChainError::InvalidParams(format!("opcode traces are not supported; name a tracer: {SUPPORTED}")))
            }
        }
    }
}

impl Tracer {
    /// `options` that record what this tracer shows.
    const fn record(self, options: CallOptions) -> CallOptions {
        match self {
            Self::Stylus => CallOptions { trace: true, ..options },
            Self::Call(_) => CallOptions { frames: true, ..options },
        }
    }

    /// The answer; `first_log` is the index of the transaction's first log in its block.
    fn render(self, outcome: Outcome, first_log: u64) -> Result<Value, ChainError> {
        match self {
            Self::Stylus => Ok(json!(outcome.trace.unwrap_or_default())),
            Self::Call(config) => outcome
                .frames
                .map(|root| json!(render_frame(root, config, first_log)))
                .ok_or_else(|| ChainError::Internal("no frame was recorded".to_owned())),
        }
    }
}

impl Chain {
    /// Runs a mined transaction again on the state it found.
    pub(crate) fn trace_transaction(&self, hash: B256, tracer: Tracer) -> Result<Value, ChainError> {
        let (block, index) = self.transaction(hash).ok_or(ChainError::UnknownTransaction(hash))?;
        let tx = &block.transactions[index];
        let options = tracer.record(CallOptions::default());
        tracer.render(self.replay(tx, options)?, tx.first_log)
    }

    /// Runs a mined transaction again on the state it found and returns all there is to know of it: host calls, frames, and
    /// every account and slot it touched, with values before and after.
    ///
    /// # Errors
    /// [`ChainError::UnknownTransaction`]; a record beyond what one execution may keep.
    pub fn record(&self, hash: B256) -> Result<Outcome, ChainError> {
        let (block, index) = self.transaction(hash).ok_or(ChainError::UnknownTransaction(hash))?;
        let options = CallOptions { trace: true, frames: true, ..CallOptions::default() };
        self.replay(&block.transactions[index], options)
    }

    fn replay(&self, tx: &MinedTx, options: CallOptions) -> Result<Outcome, ChainError> {
        let view = StateView::new(Arc::clone(&self.inner.store), tx.version_before);
        let mut context = tx.context_before.clone();
        let env = convert::tx_env(&tx.envelope, tx.from);
        // Impersonation may have been switched off since.
        let options = CallOptions { disable_nonce_check: true, ..options };
        transact(Overlay::plain(view), &mut context, env, &options)
            .map_err(|error| ChainError::from_transact(error, tx.from, Limits::default()))
    }

    /// Traces a call without committing it.
    pub(crate) fn trace_call(&self, call: &CallRequest, tracer: Tracer) -> Result<Value, ChainError> {
        tracer.render(self.simulate(call, None, tracer.record(CallOptions::call()))?, 0)
    }
}

/// A frame as geth's `callTracer` gives it.
fn render_frame(frame: CallFrame, config: CallConfig, first_log: u64) -> RpcFrame {
    let with_log = config.with_log == Some(true);
    let calls = if config.only_top_call == Some(true) { Vec::new() } else { frame.calls };
    let failed = frame.error.is_some();
    RpcFrame {
        typ: frame.kind.name().to_owned(),
        from: frame.from,
        to: frame.to,
        value: frame.value,
        gas: U256::from(frame.gas),
        gas_used: U256::from(frame.gas_used),
        input: frame.input,
        revert_reason: frame.reason.or_else(|| failed.then(|| revert_reason(&frame.output)).flatten()),
        output: (!frame.output.is_empty()).then_some(frame.output),
        error: frame.error,
        logs: frame
            .logs
            .into_iter()
            .filter(|_| with_log)
            .map(|entry| CallLogFrame {
                address: Some(entry.log.address),
                topics: Some(entry.log.data.topics().to_vec()),
                data: Some(entry.log.data.data),
                position: Some(entry.position),
                index: Some(first_log.saturating_add(entry.index)),
            })
            .collect(),
        calls: calls.into_iter().map(|call| render_frame(call, config, first_log)).collect(),
        ..RpcFrame::default()
    }
}
