//! `ArbOwner`, `ArbOwnerPublic` and `ArbDebug`: chain owners and the parameters they set.

use super::{
    abi::{ArbDebug, ArbOwner as I, ArbOwnerPublic},
    arguments,
    frame::{Call, Done, Fail, Purity, READ_GAS, fatal, plain},
};
use crate::{arbos, arbos::Setting};
use alloy_primitives::FixedBytes;
use alloy_sol_types::SolCall;
use revm::Database;

/// Purity of a method of `ArbDebug`.
pub fn debug_purity(selector: [u8; 4]) -> Option<Purity> {
    (selector == ArbDebug::becomeChainOwnerCall::SELECTOR).then_some(Purity::Write)
}

/// Runs a method of `ArbDebug`.
pub fn debug<DB: Database>(call: &mut Call<'_, DB>) -> Done<Vec<u8>> {
    let journal = &mut call.ctx.journaled_state;
    arbos::owners().add(journal, call.caller).map_err(fatal)?;
    Ok(Vec::new())
}

/// Purity of a method of `ArbOwnerPublic` that exists at this version.
pub fn public_purity(selector: [u8; 4], version: u64) -> Option<Purity> {
    use ArbOwnerPublic as P;
    match selector {
        P::getMaxStylusContractFragmentsCall::SELECTOR if version < 60 => None,
        P::isChainOwnerCall::SELECTOR
        | P::getAllChainOwnersCall::SELECTOR
        | P::getNetworkFeeAccountCall::SELECTOR
        | P::getMaxStylusContractFragmentsCall::SELECTOR => Some(Purity::View),
        _ => None,
    }
}

/// Runs a method of `ArbOwnerPublic`; the views of `ArbOwner` have the same selectors.
pub fn public<DB: Database>(call: &mut Call<'_, DB>) -> Done<Vec<u8>> {
    use ArbOwnerPublic as P;
    match call.selector {
        P::isChainOwnerCall::SELECTOR => {
            let account = arguments::<P::isChainOwnerCall, DB>(call)?.addr;
            call.burn(READ_GAS)?;
            let journal = &mut call.ctx.journaled_state;
            let is = arbos::owners().contains(journal, account).map_err(fatal)?;
            Ok(P::isChainOwnerCall::abi_encode_returns(&is))
        }
        P::getAllChainOwnersCall::SELECTOR => {
            let all = arbos::owners().all(&mut call.ctx.journaled_state).map_err(fatal)?;
            call.burn(READ_GAS * (1 + all.len() as u64))?;
            Ok(P::getAllChainOwnersCall::abi_encode_returns(&all))
        }
        P::getNetworkFeeAccountCall::SELECTOR => {
            call.burn(READ_GAS)?;
            let account = call.free_params()?.network_fee_account;
            Ok(P::getNetworkFeeAccountCall::abi_encode_returns(&account))
        }
        _ => {
            let max = call.params()?.max_fragments;
            Ok(P::getMaxStylusContractFragmentsCall::abi_encode_returns(&max))
        }
    }
}

/// Purity of a method of `ArbOwner` that exists at this version.
pub fn owner_purity(selector: [u8; 4], version: u64) -> Option<Purity> {
    match selector {
        I::isChainOwnerCall::SELECTOR | I::getAllChainOwnersCall::SELECTOR | I::getNetworkFeeAccountCall::SELECTOR => {
            Some(Purity::View)
        }
        I::setWasmMaxSizeCall::SELECTOR if version < 40 => None,
        I::setWasmActivationGasCall::SELECTOR | I::setMaxStylusContractFragmentsCall::SELECTOR if version < 60 => None,
        I::addChainOwnerCall::SELECTOR
        | I::removeChainOwnerCall::SELECTOR
        | I::setInkPriceCall::SELECTOR
        | I::setWasmMaxStackDepthCall::SELECTOR
        | I::setWasmFreePagesCall::SELECTOR
        | I::setWasmPageGasCall::SELECTOR
        | I::setWasmPageLimitCall::SELECTOR
        | I::setWasmMinInitGasCall::SELECTOR
        | I::setWasmInitCostScalarCall::SELECTOR
        | I::setWasmExpiryDaysCall::SELECTOR
        | I::setWasmKeepaliveDaysCall::SELECTOR
        | I::setWasmBlockCacheSizeCall::SELECTOR
        | I::setWasmMaxSizeCall::SELECTOR
        | I::setWasmActivationGasCall::SELECTOR
        | I::setMaxStylusContractFragmentsCall::SELECTOR
        | I::addWasmCacheManagerCall::SELECTOR
        | I::removeWasmCacheManagerCall::SELECTOR => Some(Purity::Write),
        _ => None,
    }
}

/// Runs a method of `ArbOwner`. A caller that is no owner loses all gas.
pub fn owner<DB: Database>(call: &mut Call<'_, DB>) -> Done<Vec<u8>> {
    let caller = call.caller;
    let owners = arbos::owners();
    let is_owner = owners.contains(&mut call.ctx.journaled_state, caller).map_err(fatal)?;
    if !is_owner {
        return Err(Fail::Burn(format!("unauthorized caller to access-controlled method: {caller} is no chain owner")));
    }
    if owner_purity(call.selector, u64::MAX) == Some(Purity::View) {
        return public(call);
    }
    if !change_sets(call)? {
        let (setting, value) = setting(call)?;
        let values = [Some((setting, value)), second(call)?];
        for (setting, value) in values.into_iter().flatten() {
            let journal = &mut call.ctx.journaled_state;
            arbos::set_override(journal, setting, value).map_err(fatal)?;
        }
    }
    let data = [&call.selector[..], &call.data].concat();
    call.emit(&I::OwnerActs { method: FixedBytes(call.selector), owner: caller, data: data.into() })?;
    Ok(Vec::new())
}

/// Adds or removes members of the sets; false if the method is another.
fn change_sets<DB: Database>(call: &mut Call<'_, DB>) -> Done<bool> {
    let (set, member, add) = match call.selector {
        I::addChainOwnerCall::SELECTOR => {
            let member = arguments::<I::addChainOwnerCall, DB>(call)?.newOwner;
            (arbos::owners(), member, true)
        }
        I::removeChainOwnerCall::SELECTOR => {
            let member = arguments::<I::removeChainOwnerCall, DB>(call)?.ownerToRemove;
            (arbos::owners(), member, false)
        }
        I::addWasmCacheManagerCall::SELECTOR => {
            let member = arguments::<I::addWasmCacheManagerCall, DB>(call)?.manager;
            (arbos::cache_managers(), member, true)
        }
        I::removeWasmCacheManagerCall::SELECTOR => {
            let member = arguments::<I::removeWasmCacheManagerCall, DB>(call)?.manager;
            (arbos::cache_managers(), member, false)
        }
        _ => return Ok(false),
    };
    let journal = &mut call.ctx.journaled_state;
    if add {
        set.add(journal, member).map_err(fatal)?;
    } else if !set.remove(journal, member).map_err(fatal)? {
        return Err(plain(format!("{member} is not in the set")));
    }
    Ok(true)
}

/// The parameter that a setter sets, and its value.
fn setting<DB: Database>(call: &mut Call<'_, DB>) -> Done<(Setting, u64)> {
    macro_rules! argument {
        ($call:ident, $field:ident) => {
            u64::from(arguments::<I::$call, DB>(call)?.$field)
        };
    }
    let bounded = |what: &str, value: u64, limit: u64| {
        if value == 0 || value > limit {
            return Err(plain(format!("{what} must be 1 to {limit}, not {value}")));
        }
        Ok(value)
    };
    Ok(match call.selector {
        I::setInkPriceCall::SELECTOR => {
            let price = argument!(setInkPriceCall, price);
            (Setting::InkPrice, bounded("ink price", price, 0x00FF_FFFF)?)
        }
        I::setWasmMaxStackDepthCall::SELECTOR => (Setting::MaxStackDepth, argument!(setWasmMaxStackDepthCall, depth)),
        I::setWasmFreePagesCall::SELECTOR => (Setting::FreePages, argument!(setWasmFreePagesCall, pages)),
        I::setWasmPageGasCall::SELECTOR => (Setting::PageGas, argument!(setWasmPageGasCall, gas)),
        I::setWasmPageLimitCall::SELECTOR => (Setting::PageLimit, argument!(setWasmPageLimitCall, limit)),
        I::setWasmMinInitGasCall::SELECTOR => {
            let gas = argument!(setWasmMinInitGasCall, gas);
            (Setting::MinInitGas, gas)
        }
        I::setWasmInitCostScalarCall::SELECTOR => {
            let percent = argument!(setWasmInitCostScalarCall, percent);
            let units = percent.div_ceil(2);
            if units > u64::from(u8::MAX) {
                return Err(plain(format!("init cost scalar must be at most 510 %, not {percent} %")));
            }
            (Setting::InitCostScalar, units)
        }
        I::setWasmExpiryDaysCall::SELECTOR => (Setting::ExpiryDays, argument!(setWasmExpiryDaysCall, days_)),
        I::setWasmKeepaliveDaysCall::SELECTOR => (Setting::KeepaliveDays, argument!(setWasmKeepaliveDaysCall, days_)),
        I::setWasmBlockCacheSizeCall::SELECTOR => {
            (Setting::BlockCacheSize, argument!(setWasmBlockCacheSizeCall, count))
        }
        I::setWasmMaxSizeCall::SELECTOR => (Setting::MaxWasmSize, argument!(setWasmMaxSizeCall, size)),
        I::setWasmActivationGasCall::SELECTOR => (Setting::ActivationGas, argument!(setWasmActivationGasCall, gas)),
        _ => (Setting::MaxFragments, argument!(setMaxStylusContractFragmentsCall, max)),
    })
}

/// The second value of `setWasmMinInitGas`, in units of 32 gas.
fn second<DB: Database>(call: &mut Call<'_, DB>) -> Done<Option<(Setting, u64)>> {
    if call.selector != I::setWasmMinInitGasCall::SELECTOR {
        return Ok(None);
    }
    let units = arguments::<I::setWasmMinInitGasCall, DB>(call)?.cached;
    if units > u16::from(u8::MAX) {
        return Err(plain(format!("cached init gas must be at most 255 units of 32 gas, not {units}")));
    }
    Ok(Some((Setting::MinCachedInitGas, u64::from(units))))
}
