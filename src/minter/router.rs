//! From calldata to the verbs of [`Minter`] and back.
//!
//! Selectors come from `abi.sol`, and a test calls each one: the table below cannot drift from the published interface.

use alloc::vec::Vec;
use core::borrow::BorrowMut;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use escapement_core::{equilibrium::Reminted, param::SLOTS, twap::Observations};
use escapement_kit::{
    abi::{self, word128, Malformed, Reader},
    proxied,
    roles::{DEFAULT_ADMIN_ROLE, INTERFACES},
    vm,
};
use stylus_sdk::{
    abi::Router,
    stylus_core::{TopLevelStorage, ValueDenier},
    ArbResult,
};

use crate::{
    epoch,
    error::Error,
    market, revenue,
    revenue::Market,
    roll,
    store::{self, Gauge, Progress, Rules, Setup, MAX_CONSUMERS, REVENUE, ROLES, TOTALS, TREASURY},
    IMinter as I, Minter, LAYOUT, VERSION,
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
    PREVIEW = previewCall;
    CONTROLLER = controllerCall;
    TOKEN_OF = tokenCall;
    TREASURY_OF = treasuryCall;
    GENESIS = genesisCall;
    EPOCH_LENGTH = epochLengthCall;
    NEXT_EPOCH = nextEpochCall;
    NEXT_ROLL_AT = nextRollAtCall;
    RATE = rateCall;
    BURN_SHARE = burnShareCall;
    REMINT_CAP = remintCapCall;
    MISSED_EPOCHS = missedEpochsCall;
    HALTED_EPOCHS = haltedEpochsCall;
    TRIPPED = trippedCall;
    TOTAL_MINTED = totalMintedCall;
    TOTAL_REMINTED = totalRemintedCall;
    MINT_WINDOW = mintWindowCall;
    EPOCH_WINDOW = epochWindowCall;
    METER = meterCall;
    REMINTED = remintedCall;
    CONSUMERS = consumersCall;
    UNBOOKED = unbookedCall;
    RULES = rulesCall;
    MARKET = marketCall;
    OBSERVATIONS = observationsCall;
    REVENUE_OF = revenueCall;
    VERSION_OF_CODE = versionCall;
    STORED_VERSION = storedVersionCall;
    LAYOUT_OF_CODE = layoutCall;
    ROLE_DEFAULT_ADMIN = DEFAULT_ADMIN_ROLECall;
    HAS_ROLE = hasRoleCall;
    GET_ROLE_ADMIN = getRoleAdminCall;
    GRANT_ROLE = grantRoleCall;
    REVOKE_ROLE = revokeRoleCall;
    RENOUNCE_ROLE = renounceRoleCall;
    SUPPORTS_INTERFACE = supportsInterfaceCall;
}

/// Words as result.
#[inline(never)]
fn words(words: &[B256]) -> Vec<u8> {
    let mut out = Vec::with_capacity(words.len().saturating_mul(32));
    for word in words {
        abi::push_word(&mut out, word);
    }
    out
}

/// One number as result.
fn number(value: impl Into<u64>) -> Vec<u8> {
    words(&[abi::word(value.into())])
}

/// One address as result.
fn account(account: Address) -> Vec<u8> {
    words(&[account.into_word()])
}

/// The two numbers of a slot as result.
fn two(slot: u8) -> Vec<u8> {
    let (first, second) = store::two(slot);
    words(&[word128(first), word128(second)])
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

    /// Answers a view without arguments.
    fn view(&self, selector: u32) -> Result<Vec<u8>, Error> {
        let kept = Progress::load();
        Ok(match selector {
            PREVIEW => {
                let plan = epoch::plan()?;
                words(&[abi::word(plan.outcome as u64), word128(plan.emission), word128(plan.remint)])
            }
            CONTROLLER => account(Setup::load().controller),
            TOKEN_OF => account(Rules::load().0),
            TREASURY_OF => account(store::account(TREASURY)),
            GENESIS => number(Setup::load().genesis),
            EPOCH_LENGTH => number(Setup::load().length),
            NEXT_EPOCH => number(kept.next_epoch),
            NEXT_ROLL_AT => number(epoch::opens_at(&Setup::load(), kept.next_epoch)),
            RATE => number(kept.rate),
            BURN_SHARE => number(kept.burn_share),
            REMINT_CAP => number(kept.remint_cap),
            MISSED_EPOCHS => number(kept.missed),
            HALTED_EPOCHS => number(kept.halted),
            TRIPPED => number(kept.tripped),
            TOTAL_MINTED => words(&[word128(store::two(TOTALS).0)]),
            TOTAL_REMINTED => words(&[word128(store::two(TOTALS).1)]),
            MINT_WINDOW => words(&self.window(true)),
            EPOCH_WINDOW => words(&self.window(false)),
            METER => words(&store::meter().numbers().map(word128)),
            REMINTED => {
                let Reminted { epoch, amount } = Gauge::load().reminted;
                words(&[abi::word(epoch), word128(amount)])
            }
            CONSUMERS => {
                let (accounts, weights) = roll::consumers();
                [
                    words(&accounts.map(|account| account.into_word())),
                    words(&weights.map(|weight| abi::word(weight.into()))),
                ]
                .concat()
            }
            RULES => words(&Rules::load().1.numbers().map(abi::word)),
            MARKET => {
                let Market { quote, pool, deviation, slippage } = Market::load();
                let [deviation, slippage] = [deviation, slippage].map(|bps| abi::word(bps.into()));
                words(&[quote.into_word(), pool.into_word(), deviation, slippage])
            }
            OBSERVATIONS => {
                let Observations { older, newer } = market::observations();
                words(&[older.cumulative.into(), abi::word(older.at), newer.cumulative.into(), abi::word(newer.at)])
            }
            REVENUE_OF => two(REVENUE),
            VERSION_OF_CODE => number(VERSION),
            STORED_VERSION => number(proxied::version()),
            LAYOUT_OF_CODE => number(LAYOUT),
            ROLE_DEFAULT_ADMIN => words(&[DEFAULT_ADMIN_ROLE]),
            _ => return Err(Malformed.into()),
        })
    }
}
