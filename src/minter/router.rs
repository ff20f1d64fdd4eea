//! From calldata to the verbs of [`Minter`] and back.
//!
//! Selectors come from `abi.sol`, and a test calls each one: the table below cannot drift from the published interface.

use alloc::vec::Vec;

use crate::{
    error::Error,
    market,
    revenue::{self, Market},
    roll,
    store::{Rules, MAX_CONSUMERS, ROLES},
    IMinter as I, Minter,
};
use alloy_primitives::{Address, B256, U256};
use escapement_core::param::SLOTS;
use escapement_kit::{
    abi::Reader,
    roles::DEFAULT_ADMIN_ROLE,
    route::{amount, find, UNKNOWN},
};

escapement_kit::router!(Minter);

escapement_kit::functions! { I;
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
}

impl Minter {
    /// Runs the function with this selector.
    fn dispatch(&mut self, selector: u32, input: &[u8]) -> Result<Vec<u8>, Error> {
        let function = find(FUNCTIONS, selector);
        let a = &mut Reader::new(input);
        match function {
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
                if function == DEPOSIT_QUOTE {
                    revenue::deposit_quote(amount)?;
                } else {
                    revenue::deposit_token(amount)?;
                }
            }
            BUY_BACK => {
                let (max_quote, min_out): (U256, U256) = (a.word().into(), a.word().into());
                a.end()?;
                return market::buy_back(max_quote, min_out).map(amount);
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
                match function {
                    DELIVER => roll::deliver(&account)?,
                    UNBOOKED => return Ok(B256::from(roll::unbooked(&account)).to_vec()),
                    _ => {
                        ROLES.only(&DEFAULT_ADMIN_ROLE)?;
                        revenue::set_treasury(&account)?;
                    }
                }
            }
            UNKNOWN => return self.view(selector, input),
            _ => {
                a.end()?;
                match function {
                    ROLL_EPOCH => roll::roll()?,
                    MIGRATE => self.migrate()?,
                    OBSERVE => market::observe()?,
                    // The only one left.
                    _ => self.reset_breaker()?,
                }
            }
        }
        Ok(Vec::new())
    }
}
