//! The `eth_`, `net_` and `web3_` methods.

use alloy::{
    eips::{BlockId, BlockNumberOrTag, eip2718::Encodable2718},
    rpc::types::{BlockOverrides, FeeHistory, Filter, TransactionRequest, state::StateOverride},
    signers::SignerSync,
};
use alloy_primitives::{Address, B256, Bytes, U64, U256, keccak256};
use serde_json::{Value, json};

use super::{params::Params, render};
use crate::{
    block::{Block, MinedTx},
    call::CallRequest,
    chain::Chain,
    error::ChainError,
    filter::{Watch, check_filter},
};

/// Most blocks in one fee history, as in geth.
const FEE_HISTORY_LIMIT: u64 = 1_024;

/// Most percentiles in one fee history, as in geth.
const PERCENTILE_LIMIT: usize = 100;

type Answer = Result<Value, ChainError>;

/// Runs `method` if it is one of these.
pub fn call(chain: &Chain, method: &str, params: &Params) -> Option<Answer> {
    Some(match method {
        "eth_chainId" => Ok(json!(U64::from(chain.chain_id()))),
        "net_version" => Ok(json!(chain.chain_id().to_string())),
        "net_listening" => Ok(json!(true)),
        "web3_clientVersion" => Ok(json!(client_version())),
        "web3_sha3" => params.get::<Bytes>(0).map(|data| json!(keccak256(data))),
        "eth_protocolVersion" => Ok(json!("0x44")),
        "eth_syncing" | "eth_mining" => Ok(json!(false)),
        "eth_blockNumber" => Ok(json!(U64::from(chain.block_number()))),
        "eth_coinbase" => Ok(json!(chain.head().header.beneficiary)),
        "eth_gasPrice" => Ok(json!(U64::from(chain.base_fee()))),
        "eth_maxPriorityFeePerGas" | "eth_hashrate" | "net_peerCount" => Ok(json!("0x0")),
        "eth_blobBaseFee" => Ok(json!("0x1")),
        "eth_feeHistory" => fee_history(chain, params),
        "eth_accounts" => Ok(json!(chain.accounts().iter().map(|account| account.address).collect::<Vec<_>>())),
        "eth_getBalance" => account(params).and_then(|a| Ok(json!(chain.balance(a, params.block(1)?)?))),
        "eth_getTransactionCount" => {
            account(params).and_then(|a| Ok(json!(U64::from(chain.nonce(a, params.block(1)?)?))))
        }
        "eth_getCode" => account(params).and_then(|a| Ok(json!(chain.code(a, params.block(1)?)?))),
        "eth_getStorageAt" => storage(chain, params),
        "eth_call" => call_request(params).and_then(|call| Ok(json!(chain.call(&call)?))),
        "eth_estimateGas" => estimate_request(params).and_then(|call| Ok(json!(U64::from(chain.estimate(&call)?)))),
        "eth_createAccessList" => call_request(params).and_then(|call| access_list(chain, &call)),
        "eth_sendRawTransaction" => params.get::<Bytes>(0).and_then(|raw| Ok(json!(chain.send_raw(&raw)?))),
        "eth_sendTransaction" => {
            params.required_object::<TransactionRequest>(0).and_then(|request| Ok(json!(chain.send(request)?)))
        }
        "eth_signTransaction" => params
            .required_object::<TransactionRequest>(0)
            .and_then(|request| Ok(json!(Bytes::from(chain.sign_request(request)?.encoded_2718())))),
        "eth_sign" => sign(chain, params, 0, 1),
        "personal_sign" => sign(chain, params, 1, 0),
        _ => return blocks(chain, method, params).or_else(|| filters(chain, method, params)),
    })
}

fn blocks(chain: &Chain, method: &str, params: &Params) -> Option<Answer> {
    Some(match method {
        "eth_getBlockByNumber" => params.get::<BlockNumberOrTag>(0).and_then(|tag| {
            let full = params.optional(1)?.unwrap_or(false);
            Ok(chain.block(tag.into()).map_or(Value::Null, |block| render::block(&block, full)))
        }),
        "eth_getBlockByHash" => params.get::<B256>(0).and_then(|hash| {
            let full = params.optional(1)?.unwrap_or(false);
            Ok(chain.block(hash.into()).map_or(Value::Null, |block| render::block(&block, full)))
        }),
        "eth_getBlockTransactionCountByNumber" => params
            .get::<BlockNumberOrTag>(0)
            .map(|tag| chain.block(tag.into()).map_or(Value::Null, |b| json!(U64::from(b.transactions.len())))),
        "eth_getBlockTransactionCountByHash" => params
            .get::<B256>(0)
            .map(|hash| chain.block(hash.into()).map_or(Value::Null, |b| json!(U64::from(b.transactions.len())))),
        "eth_getUncleCountByBlockNumber" | "eth_getUncleCountByBlockHash" => Ok(json!("0x0")),
        "eth_getBlockReceipts" => params.get::<BlockId>(0).map(|id| {
            chain
                .block(id)
                .map_or(Value::Null, |block| block.transactions.iter().map(|tx| render::receipt(&block, tx)).collect())
        }),
        "eth_getTransactionReceipt" => params.get::<B256>(0).map(|hash| mined(chain, hash, render::receipt)),
        "eth_getTransactionByHash" => params.get::<B256>(0).map(|hash| {
            chain.pool().get(hash).map_or_else(|| mined(chain, hash, render::transaction), render::pending)
        }),
        "eth_getRawTransactionByHash" => {
            params.get::<B256>(0).map(|hash| mined(chain, hash, |_, tx| json!(Bytes::from(tx.envelope.encoded_2718()))))
        }
        "eth_getTransactionByBlockNumberAndIndex" => {
            params.get::<BlockNumberOrTag>(0).and_then(|tag| nth_transaction(chain, tag.into(), params))
        }
        "eth_getTransactionByBlockHashAndIndex" => {
            params.get::<B256>(0).and_then(|hash| nth_transaction(chain, hash.into(), params))
        }
        _ => return None,
    })
}

fn filters(chain: &Chain, method: &str, params: &Params) -> Option<Answer> {
    Some(match method {
        "eth_getLogs" => log_filter(params).and_then(|f| Ok(json!(chain.logs(&f)?))),
        "eth_newFilter" => log_filter(params).map(|filter| json!(chain.install_filter(Watch::Logs(Box::new(filter))))),
        "eth_newBlockFilter" => Ok(json!(chain.install_filter(Watch::Blocks))),
        "eth_newPendingTransactionFilter" => Ok(json!(chain.install_filter(Watch::Pending))),
        "eth_getFilterChanges" => params.get(0).and_then(|id| chain.filter_changes(id)),
        "eth_getFilterLogs" => params.get(0).and_then(|id| chain.filter_logs(id)),
        "eth_uninstallFilter" => params.get(0).map(|id| json!(chain.uninstall_filter(id))),
        _ => return None,
    })
}

fn log_filter(params: &Params) -> Result<Filter, ChainError> {
    check_filter(params.required_object(0)?)
}

/// The program's name and version, in the form clients parse.
pub fn client_version() -> String {
    format!("escapement/v{}/{}", env!("CARGO_PKG_VERSION"), std::env::consts::OS)
}

fn account(params: &Params) -> Result<Address, ChainError> {
    params.get(0)
}

fn storage(chain: &Chain, params: &Params) -> Answer {
    let slot: U256 = params.get(1)?;
    let value = chain.storage(account(params)?, slot, params.block(2)?)?;
    Ok(json!(B256::from(value)))
}

/// The parameters of `eth_call`: call, block, state overrides, block overrides.
pub fn call_request(params: &Params) -> Result<CallRequest, ChainError> {
    Ok(CallRequest {
        request: params.required_object(0)?,
        block: params.block(1)?,
        state: params.object::<StateOverride>(2)?.unwrap_or_default(),
        environment: params.object::<BlockOverrides>(3)?.unwrap_or_default(),
    })
}

/// As [`call_request`]; an estimate without a block is for the next one.
fn estimate_request(params: &Params) -> Result<CallRequest, ChainError> {
    let mut call = call_request(params)?;
    if params.raw(1).is_none_or(Value::is_null) {
        call.block = BlockId::pending();
    }
    Ok(call)
}

fn access_list(chain: &Chain, call: &CallRequest) -> Answer {
    let (list, gas_used, error) = chain.access_list(call)?;
    let mut object = json!({ "accessList": list, "gasUsed": U64::from(gas_used) });
    if let Some(error) = error {
        object["error"] = json!(error);
    }
    Ok(object)
}

fn sign(chain: &Chain, params: &Params, address: usize, message: usize) -> Answer {
    let address: Address = params.get(address)?;
    let message: Bytes = params.get(message)?;
    let account = chain
        .accounts()
        .iter()
        .find(|account| account.address == address)
        .ok_or(ChainError::UnknownAccount(address))?;
    let signature =
        account.signer.sign_message_sync(&message).map_err(|error| ChainError::Internal(error.to_string()))?;
    Ok(json!(Bytes::from(signature.as_bytes().to_vec())))
}

fn mined(chain: &Chain, hash: B256, render: fn(&Block, &MinedTx) -> Value) -> Value {
    chain.transaction(hash).map_or(Value::Null, |(block, index)| render(&block, &block.transactions[index]))
}

fn nth_transaction(chain: &Chain, id: BlockId, params: &Params) -> Answer {
    let index = usize::try_from(params.quantity(1)?).unwrap_or(usize::MAX);
    Ok(chain
        .block(id)
        .and_then(|block| block.transactions.get(index).map(|tx| render::transaction(&block, tx)))
        .unwrap_or(Value::Null))
}

/// Base fees and fullness of recent blocks. Tips are never collected, so every reward is zero.
fn fee_history(chain: &Chain, params: &Params) -> Answer {
    let count = params.quantity(0)?.min(FEE_HISTORY_LIMIT);
    let newest = chain.ledger().height_of(params.get(1)?);
    let percentiles: Vec<f64> = params.optional(2)?.unwrap_or_default();
    if percentiles.len() > PERCENTILE_LIMIT {
        let (have, limit) = (percentiles.len() as u64, PERCENTILE_LIMIT as u64);
        return Err(ChainError::TooLarge { what: "reward percentiles", have, limit });
    }
    if percentiles.windows(2).any(|pair| pair[0] > pair[1]) || percentiles.iter().any(|p| !(0.0..=100.0).contains(p)) {
        return Err(ChainError::InvalidParams("invalid reward percentile".to_owned()));
    }
    let ledger = chain.ledger();
    ledger.require(BlockId::from(newest))?;
    let oldest = (newest + 1).saturating_sub(count);
    let blocks = if count == 0 { &[] } else { ledger.range(oldest, newest) };
    let mut base_fee_per_gas: Vec<u128> =
        blocks.iter().map(|block| block.header.base_fee_per_gas.unwrap_or_default().into()).collect();
    let next = match ledger.by_number(newest + 1) {
        Some(block) => block.header.base_fee_per_gas.unwrap_or_default(),
        None => chain.base_fee(),
    };
    base_fee_per_gas.push(next.into());
    #[allow(clippy::cast_precision_loss)] // a fullness for display
    let gas_used_ratio =
        blocks.iter().map(|block| block.header.gas_used as f64 / block.header.gas_limit as f64).collect();
    let reward = (!percentiles.is_empty()).then(|| blocks.iter().map(|_| vec![0; percentiles.len()]).collect());
    Ok(json!(FeeHistory {
        base_fee_per_gas,
        gas_used_ratio,
        base_fee_per_blob_gas: Vec::new(),
        blob_gas_used_ratio: Vec::new(),
        oldest_block: oldest,
        reward,
    }))
}
