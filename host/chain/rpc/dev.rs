//! The development methods under the names that Foundry and Hardhat users know.

use std::time::Duration;

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use serde_json::{Value, json};

use super::{debug, params::Params};
use crate::{chain::Chain, clock::system_seconds, config::Mining, error::ChainError};

type Answer = Result<Value, ChainError>;

/// Runs `method` if it is one of these. `evm_x`, `anvil_x` and `hardhat_x` are the same method
/// wherever any of the three exists.
pub fn call(chain: &Chain, method: &str, params: &Params) -> Option<Answer> {
    let (prefix, name) = method.split_once('_')?;
    if !matches!(prefix, "evm" | "anvil" | "hardhat") {
        return None;
    }
    Some(match name {
        "snapshot" => Ok(json!(U64::from(chain.snapshot()))),
        "revert" => params.quantity(0).map(|id| json!(chain.revert(id))),
        "mine" if prefix == "evm" => evm_mine(chain, params),
        "mine" => mine(chain, params),
        "setBalance" => edit(params, |address| {
            chain.set_balance(address, params.get(1)?);
            Ok(())
        }),
        "setNonce" => edit(params, |address| chain.set_nonce(address, params.quantity(1)?)),
        "setCode" => edit(params, |address| chain.set_code(address, params.get::<Bytes>(1)?)),
        "setStorageAt" => edit(params, |address| {
            chain.set_storage(address, params.get(1)?, params.get::<U256>(2)?);
            Ok(())
        })
        .map(|_| json!(true)),
        "impersonateAccount" => edit(params, |address| {
            chain.impersonate(address);
            Ok(())
        }),
        "stopImpersonatingAccount" => edit(params, |address| {
            chain.stop_impersonating(address);
            Ok(())
        }),
        "autoImpersonateAccount" => params.get(0).map(|enabled| {
            chain.impersonate_all(enabled);
            Value::Null
        }),
        "dropTransaction" => params.get::<B256>(0).map(|hash| json!(chain.drop_transaction(hash))),
        "setCoinbase" => edit(params, |address| {
            chain.set_coinbase(address);
            Ok(())
        }),
        "setNextBlockBaseFeePerGas" | "setMinGasPrice" => params.quantity(0).map(|fee| {
            chain.set_base_fee(fee);
            Value::Null
        }),
        "reset" => {
            chain.reset();
            Ok(json!(true))
        }
        "nodeInfo" => Ok(debug::node_info(chain)),
        "metadata" => Ok(json!({
            "clientVersion": super::eth::client_version(),
            "chainId": chain.chain_id(),
            "latestBlockNumber": chain.block_number(),
            "latestBlockHash": chain.head().hash,
        })),
        _ => return time(chain, name, params),
    })
}

fn time(chain: &Chain, name: &str, params: &Params) -> Option<Answer> {
    Some(match name {
        "increaseTime" => params.quantity(0).map(|seconds| json!(chain.increase_time(seconds))),
        "setNextBlockTimestamp" => {
            params.quantity(0).and_then(|timestamp| chain.set_next_timestamp(timestamp)).map(|()| Value::Null)
        }
        "setTime" => params.quantity(0).and_then(|timestamp| {
            chain.set_next_timestamp(timestamp)?;
            Ok(json!(timestamp.saturating_sub(system_seconds())))
        }),
        "setBlockTimestampInterval" => params.quantity(0).map(|seconds| {
            chain.set_timestamp_interval(Some(seconds));
            Value::Null
        }),
        "removeBlockTimestampInterval" => Ok(json!(chain.set_timestamp_interval(None))),
        "setAutomine" => params.get::<bool>(0).and_then(|enabled| set_automine(chain, enabled)),
        "getAutomine" => Ok(json!(chain.mining_mode() == Mining::Instant)),
        // Anvil counts seconds, Hardhat milliseconds, both under evm_: the larger figures of the
        // latter would be hours of the former, so seconds are taken, as Foundry's tools send.
        "setIntervalMining" => params.quantity(0).map(|seconds| {
            chain.set_mining_mode(match seconds {
                0 => Mining::Manual,
                _ => Mining::Interval(Duration::from_secs(seconds)),
            });
            Value::Null
        }),
        "getIntervalMining" => Ok(match chain.mining_mode() {
            Mining::Interval(period) => json!(period.as_secs()),
            _ => Value::Null,
        }),
        _ => return None,
    })
}

/// Edits the account named by the first parameter; answers null.
fn edit(params: &Params, change: impl FnOnce(Address) -> Result<(), ChainError>) -> Answer {
    params.get(0).and_then(change).map(|()| Value::Null)
}

/// `evm_mine`: one block, at a timestamp if given (a number, or Anvil's object form).
fn evm_mine(chain: &Chain, params: &Params) -> Answer {
    if let Some(Value::Object(options)) = params.raw(0) {
        let part = |name: &str| options.get(name).cloned().unwrap_or(Value::Null);
        let options = Params::new(json!([part("timestamp"), part("blocks")]))?;
        if let Some(timestamp) = options.optional_quantity(0)? {
            chain.set_next_timestamp(timestamp)?;
        }
        chain.mine_many(options.optional_quantity(1)?.unwrap_or(1), None)?;
        return Ok(json!("0x0"));
    }
    if let Some(timestamp) = params.optional_quantity(0)? {
        chain.set_next_timestamp(timestamp)?;
    }
    chain.mine()?;
    Ok(json!("0x0"))
}

/// `anvil_mine` and `hardhat_mine`: a number of blocks, some seconds apart.
fn mine(chain: &Chain, params: &Params) -> Answer {
    let count = params.optional_quantity(0)?.unwrap_or(1);
    chain.mine_many(count, params.optional_quantity(1)?)?;
    Ok(Value::Null)
}

/// Switching automine on also mines what waits.
fn set_automine(chain: &Chain, enabled: bool) -> Answer {
    if enabled {
        chain.set_mining_mode(Mining::Instant);
        if chain.has_ready() {
            chain.mine()?;
        }
    } else {
        chain.set_mining_mode(Mining::Manual);
    }
    Ok(Value::Null)
}
