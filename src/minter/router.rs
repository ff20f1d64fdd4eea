//! From calldata to the verbs of [`Minter`] and back.
//!
//! Selectors come from `abi.sol`, and a test calls each one: the table below cannot drift from the published interface.

use alloc::vec::Vec;
use core::borrow::BorrowMut;

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use escapement_core::param::SLOTS;
use escapement_kit::{
    abi::{word128, Malformed, Reader},
    roles::{DEFAULT_ADMIN_ROLE, INTERFACES},
    vm,
};
use stylus_sdk::{
    abi::Router,
    stylus_core::{TopLevelStorage, ValueDenier},
    ArbResult,
};

use crate::{
    error::Error,
    market,
    revenue::{self, Market},
    roll,
    store::{Rules, MAX_CONSUMERS, ROLES},
    views::{number, words},
    IMinter as I, Minter,
};

impl<S: TopLevelStorage + BorrowMut<Self> + ValueDenier> Router<S> for Minter {
    type Storage = Self;

    fn route(storage: &mut S, selector: u32, input: &[u8]) -> Option<ArbResult> {
        Some(storage.borrow_mut().dispatch(selector, input).map_err(|error| error.0))
    }

    fn receive(_: &mut S) -> Option<Result<(), Vec<u8>>> {
        None
    }

    fn fallback(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }

    fn constructor(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }
}

/// Selectors as the router compares them.
macro_rules! selectors {
    ($($name:ident = $call:ident;)+) => { $(const $name: u32 = u32::from_be_bytes(I::$call::SELECTOR);)+ };
}

selectors! {
    INITIALIZE = initializeCall;
    MIGRATE = migrateCall;
    ROLL_EPOCH = rollEpochCall;
    DELIVER = deliverCall;
    DEPOSIT_REVENUE = depositRevenueCall;
    DEPOSIT_QUOTE = depositQuoteCall;
    OBSERVE = observeCall;
    BUY_BACK = buyBackCall;
    SET_CONSUMERS = setConsumersCall;
    SET_RULES = setRulesCall;
    SET_TREASURY = setTreasuryCall;
    SET_MARKET = setMarketCall;
    RESET_BREAKER = resetBreakerCall;
    CHECK_PARAMS = checkParamsCall;
    UNBOOKED = unbookedCall;
    HAS_ROLE = hasRoleCall;
    GET_ROLE_ADMIN = getRoleAdminCall;
    GRANT_ROLE = grantRoleCall;
    REVOKE_ROLE = revokeRoleCall;
    RENOUNCE_ROLE = renounceRoleCall;
    SUPPORTS_INTERFACE = supportsInterfaceCall;
}

impl Minter {
    /// Splits the calldata of a call and runs it.
    pub(crate) fn enter(&mut self, calldata: &[u8]) -> ArbResult {
        let (selector, input) = calldata.split_first_chunk().ok_or_else(Vec::new)?;
        self.dispatch(u32::from_be_bytes(*selector), input).map_err(|error| error.0)
    }

    /// Runs the function with this selector. No function takes value.
    fn dispatch(&mut self, selector: u32, input: &[u8]) -> Result<Vec<u8>, Error> {
        if vm::has_value() {
            return Err(Malformed.into());
        }
        let a = &mut Reader::new(input);
        match selector {
            INITIALIZE => {
                let [governance, controller, token] = [a.address(), a.address(), a.address()];
                let (genesis, length) = (a.uint(u64::MAX), a.u32());
                a.end()?;
                self.initialize(&governance, controller, &token, genesis, length)?;
            }
            CHECK_PARAMS => {
                let (group, values) = (a.u8(), a.uints(SLOTS, u64::from(u32::MAX)));
                a.end()?;
                self.check_params(group, &values)?;
            }
            DEPOSIT_REVENUE | DEPOSIT_QUOTE => {
                let amount = a.word().into();
                a.end()?;
                if selector == DEPOSIT_QUOTE {
                    revenue::deposit_quote(amount)?;
                } else {
                    revenue::deposit_token(amount)?;
                }
            }
            BUY_BACK => {
                let (max_quote, min_out): (U256, U256) = (a.word().into(), a.word().into());
                a.end()?;
                return market::buy_back(max_quote, min_out).map(|burned| words(&[word128(burned)]));
            }
            SET_CONSUMERS => {
                let (mut accounts, mut weights) = ([Address::ZERO; MAX_CONSUMERS], [0; MAX_CONSUMERS]);
                accounts.fill_with(|| a.address());
                weights.fill_with(|| a.u16());
                a.end()?;
                self.set_consumers(&accounts, weights)?;
            }
            SET_RULES => {
                let rules =
                    Rules { ema_epochs: a.u8(), keeper_bps: a.u8(), keeper_ramp: a.u32(), stale_after: a.u32() };
                a.end()?;
                self.set_rules(rules)?;
            }
            SET_MARKET => {
                let market = Market { quote: a.address(), pool: a.address(), deviation: a.u16(), slippage: a.u16() };
                a.end()?;
                ROLES.only(&DEFAULT_ADMIN_ROLE)?;
                revenue::set_market(&market)?;
            }
            SET_TREASURY | DELIVER | UNBOOKED => {
                let account = a.address();
                a.end()?;
                match selector {
                    DELIVER => roll::deliver(&account)?,
                    UNBOOKED => return Ok(words(&[roll::unbooked(&account).into()])),
                    _ => {
                        ROLES.only(&DEFAULT_ADMIN_ROLE)?;
                        revenue::set_treasury(&account)?;
                    }
                }
            }
            HAS_ROLE | GRANT_ROLE | REVOKE_ROLE | RENOUNCE_ROLE => {
                let (role, account) = (a.word(), a.address());
                a.end()?;
                match selector {
                    HAS_ROLE => return Ok(number(ROLES.has(&role, &account))),
                    RENOUNCE_ROLE => ROLES.renounce(&role, &account)?,
                    _ => ROLES.change(&role, &account, selector == GRANT_ROLE)?,
                }
            }
            GET_ROLE_ADMIN | SUPPORTS_INTERFACE => {
                let argument = a.word();
                a.end()?;
                if selector == GET_ROLE_ADMIN {
                    // Every role is administered by the default admin.
                    return Ok(words(&[DEFAULT_ADMIN_ROLE]));
                }
                let (id, zeros) = argument.split_at(4);
                if zeros.iter().any(|byte| *byte != 0) {
                    return Err(Malformed.into());
                }
                return Ok(number(INTERFACES.iter().any(|known| known == id)));
            }
            _ => {
                a.end()?;
                return self.dispatch_plain(selector);
            }
        }
        Ok(Vec::new())
    }

    /// Runs a function without arguments.
    fn dispatch_plain(&mut self, selector: u32) -> Result<Vec<u8>, Error> {
        match selector {
            ROLL_EPOCH => roll::roll()?,
            MIGRATE => self.migrate()?,
            OBSERVE => market::observe()?,
            RESET_BREAKER => self.reset_breaker()?,
            _ => return self.view(selector),
        }
        Ok(Vec::new())
    }
}
