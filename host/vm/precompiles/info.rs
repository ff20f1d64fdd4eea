//! `ArbSys`, `ArbInfo` and `ArbosTest`, as far as contracts and tools call them.

use super::{
    ARB_INFO, ARB_SYS,
    abi::{ArbInfo, ArbSys, ArbosTest},
    arguments,
    frame::{Call, Done, Purity, WORD_GAS, fatal, plain, solidity},
};
use crate::evm::{peek, peek_code};
use alloy_primitives::{Address, B256, U256, address};
use alloy_sol_types::SolCall;
use revm::{
    Database,
    context::{Cfg, ContextTr},
};

/// Added to the address of a contract on the parent chain that sends a message here.
const ALIAS_OFFSET: Address = address!("0x1111000000000000000000000000000000001111");
/// `ArbSys` reports the `ArbOS` version from this number on.
const VERSION_OFFSET: u64 = 55;
/// Gas of looking up a balance: `BALANCE` of EIP-1884.
const BALANCE_GAS: u64 = 700;
/// Gas of looking up code, before its words.
const CODE_GAS: u64 = 2_100;

/// Purity of a method.
#[allow(clippy::match_same_arms)] // by precompile
pub fn purity(address: Address, selector: [u8; 4]) -> Option<Purity> {
    match (address, selector) {
        (
            ARB_SYS,
            ArbSys::arbBlockNumberCall::SELECTOR
            | ArbSys::arbBlockHashCall::SELECTOR
            | ArbSys::arbChainIDCall::SELECTOR
            | ArbSys::arbOSVersionCall::SELECTOR
            | ArbSys::getStorageGasAvailableCall::SELECTOR
            | ArbSys::isTopLevelCallCall::SELECTOR
            | ArbSys::wasMyCallersAddressAliasedCall::SELECTOR
            | ArbSys::myCallersAddressWithoutAliasingCall::SELECTOR,
        )
        | (ARB_INFO, ArbInfo::getBalanceCall::SELECTOR | ArbInfo::getCodeCall::SELECTOR) => Some(Purity::View),
        (ARB_SYS, ArbSys::mapL1SenderContractAddressToL2AliasCall::SELECTOR) => Some(Purity::Pure),
        (super::ARBOS_TEST, ArbosTest::burnArbGasCall::SELECTOR) => Some(Purity::Pure),
        _ => None,
    }
}

/// Runs a method.
pub fn dispatch<DB: Database>(call: &mut Call<'_, DB>) -> Done<Vec<u8>> {
    match call.address {
        ARB_SYS => sys(call),
        ARB_INFO => info(call),
        _ => {
            let gas = arguments::<ArbosTest::burnArbGasCall, DB>(call)?.gasAmount;
            let gas = u64::try_from(gas).map_err(|_| plain("not a u64"))?;
            call.burn(gas)?;
            Ok(Vec::new())
        }
    }
}

fn sys<DB: Database>(call: &mut Call<'_, DB>) -> Done<Vec<u8>> {
    let number = call.ctx.chain.number;
    match call.selector {
        ArbSys::arbBlockNumberCall::SELECTOR => Ok(ArbSys::arbBlockNumberCall::abi_encode_returns(&U256::from(number))),
        ArbSys::arbBlockHashCall::SELECTOR => {
            let asked = arguments::<ArbSys::arbBlockHashCall, DB>(call)?.arbBlockNum;
            Ok(ArbSys::arbBlockHashCall::abi_encode_returns(&block_hash(call, asked)?))
        }
        ArbSys::arbChainIDCall::SELECTOR => {
            let id = U256::from(call.ctx.cfg().chain_id());
            Ok(ArbSys::arbChainIDCall::abi_encode_returns(&id))
        }
        ArbSys::arbOSVersionCall::SELECTOR => {
            let version = call.free_params()?.arbos_version + VERSION_OFFSET;
            Ok(ArbSys::arbOSVersionCall::abi_encode_returns(&U256::from(version)))
        }
        ArbSys::getStorageGasAvailableCall::SELECTOR => {
            Ok(ArbSys::getStorageGasAvailableCall::abi_encode_returns(&U256::ZERO))
        }
        ArbSys::isTopLevelCallCall::SELECTOR => {
            // The precompile itself opens no frame: the caller's is the outermost one, or the transaction calls directly.
            let top = call.ctx.chain.open.len() <= 1;
            Ok(ArbSys::isTopLevelCallCall::abi_encode_returns(&top))
        }
        ArbSys::mapL1SenderContractAddressToL2AliasCall::SELECTOR => {
            let sender = arguments::<ArbSys::mapL1SenderContractAddressToL2AliasCall, DB>(call)?.sender;
            let alias = alias(sender);
            Ok(ArbSys::mapL1SenderContractAddressToL2AliasCall::abi_encode_returns(&alias))
        }
        // No transaction of this chain comes from the parent chain.
        ArbSys::wasMyCallersAddressAliasedCall::SELECTOR => {
            Ok(ArbSys::wasMyCallersAddressAliasedCall::abi_encode_returns(&false))
        }
        _ => {
            // Who called the contract that asks; nobody did if a transaction asks by itself.
            let caller = call.ctx.chain.open.last().map_or(Address::ZERO, |frame| frame.caller);
            Ok(ArbSys::myCallersAddressWithoutAliasingCall::abi_encode_returns(&caller))
        }
    }
}

fn alias(sender: Address) -> Address {
    let sum = U256::from_be_slice(sender.as_slice()) + U256::from_be_slice(ALIAS_OFFSET.as_slice());
    Address::from_word(B256::from(sum))
}

/// Hash of one of the last 256 blocks of this chain.
fn block_hash<DB: Database>(call: &mut Call<'_, DB>, asked: U256) -> Done<B256> {
    let current = call.ctx.chain.number;
    let valid = u64::try_from(asked).ok().filter(|asked| *asked < current && current - *asked <= 256);
    let Some(number) = valid else {
        let error = ArbSys::InvalidBlockNumber { requested: asked, current: U256::from(current) };
        let text = format!("error InvalidBlockNumber({asked}, {current})");
        return Err(solidity(&error, text));
    };
    call.ctx.db_mut().block_hash(number).map_err(fatal)
}

fn info<DB: Database>(call: &mut Call<'_, DB>) -> Done<Vec<u8>> {
    if call.selector == ArbInfo::getBalanceCall::SELECTOR {
        call.burn(BALANCE_GAS)?;
        let account = arguments::<ArbInfo::getBalanceCall, DB>(call)?.account;
        let balance = peek(&mut call.ctx.journaled_state, account).map_err(fatal)?.balance;
        return Ok(ArbInfo::getBalanceCall::abi_encode_returns(&balance));
    }
    let account = arguments::<ArbInfo::getCodeCall, DB>(call)?.account;
    call.burn(CODE_GAS)?;
    let code = peek_code(&mut call.ctx.journaled_state, account).map_err(fatal)?;
    call.burn(WORD_GAS * code.len().div_ceil(32) as u64)?;
    Ok(ArbInfo::getCodeCall::abi_encode_returns(&code))
}
