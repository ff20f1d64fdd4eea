//! `debug_`, `txpool_` and `rpc_` methods.

use std::collections::BTreeMap;

use alloy::consensus::Transaction as _;
use alloy_primitives::{Address, B256, U64};
use serde_json::{Value, json};

use super::{eth, params::Params, render};
use crate::{call::CallRequest, chain::Chain, error::ChainError, trace::TraceOptions};

/// Runs `method` if it is one of these.
pub fn call(chain: &Chain, method: &str, params: &Params) -> Option<Result<Value, ChainError>> {
    Some(match method {
        "debug_traceTransaction" => trace_transaction(chain, params),
        "debug_traceCall" => trace_call(chain, params),
        "rpc_modules" => Ok(json!({
            "eth": "1.0", "net": "1.0", "web3": "1.0", "debug": "1.0", "evm": "1.0",
            "anvil": "1.0", "hardhat": "1.0", "txpool": "1.0", "rpc": "1.0",
        })),
        "txpool_status" => {
            let (pending, queued) = split(chain);
            Ok(json!({ "pending": U64::from(count(&pending)), "queued": U64::from(count(&queued)) }))
        }
        "txpool_content" => {
            let (pending, queued) = split(chain);
            Ok(json!({ "pending": pending, "queued": queued }))
        }
        _ => return None,
    })
}

fn trace_transaction(chain: &Chain, params: &Params) -> Result<Value, ChainError> {
    let hash: B256 = params.get(0)?;
    let options: TraceOptions = params.object(1)?.unwrap_or_default();
    chain.trace_transaction(hash, options.tracer()?)
}

fn trace_call(chain: &Chain, params: &Params) -> Result<Value, ChainError> {
    let options: TraceOptions = params.object(2)?.unwrap_or_default();
    let tracer = options.tracer()?;
    let call = CallRequest {
        request: params.required_object(0)?,
        block: params.block(1)?,
        state: options.state_overrides.unwrap_or_default(),
        environment: options.block_overrides.unwrap_or_default(),
    };
    chain.trace_call(&call, tracer)
}

type Queues = BTreeMap<Address, BTreeMap<String, Value>>;

/// Waiting transactions by sender and nonce: those that are next in line, and those behind a gap.
fn split(chain: &Chain) -> (Queues, Queues) {
    let mut pending = Queues::new();
    let mut behind = Queues::new();
    let pool = chain.pool();
    for entry in pool.iter() {
        let next = chain.nonce(entry.from, alloy::eips::BlockId::latest()).unwrap_or_default();
        let nonce = entry.envelope.nonce();
        let ready = nonce < pool.pending_nonce(entry.from, next);
        let target = if ready { &mut pending } else { &mut behind };
        target.entry(entry.from).or_default().insert(nonce.to_string(), render::pending(entry));
    }
    (pending, behind)
}

fn count(queues: &Queues) -> usize {
    queues.values().map(BTreeMap::len).sum()
}

/// The program's version, for `anvil_nodeInfo`.
pub fn node_info(chain: &Chain) -> Value {
    let head = chain.head();
    json!({
        "currentBlockNumber": U64::from(head.number()),
        "currentBlockTimestamp": head.timestamp(),
        "currentBlockHash": head.hash,
        "hardFork": format!("ArbOS {}", chain.config().params.arbos_version),
        "transactionOrder": "fifo",
        "environment": {
            "baseFee": U64::from(chain.base_fee()),
            "chainId": chain.chain_id(),
            "gasLimit": U64::from(head.header.gas_limit),
            "gasPrice": U64::from(chain.base_fee()),
        },
        "clientVersion": eth::client_version(),
    })
}
