//! From calldata to the verbs of [`Gauges`] and back.
//!
//! Selectors come from `abi.sol` through `sol!`, so the table below cannot drift from the published interface: a function
//! missing here fails the test that calls each one.

use alloc::vec::Vec;

use crate::{
    error::Error, storage, table::Table, Gauges, IGauges as I, LAYOUT, MAX_CLAIMS, MINTER_ROLE, POOLS_BEHIND, ROLES,
    VERSION, WEIGHTS,
};
use alloy_primitives::B256;
use escapement_kit::{
    abi::{self, Reader},
    params, proxied,
    route::{amount, find, number},
};

escapement_kit::router!(Gauges);

escapement_kit::functions! { I;
    INITIALIZE = initializeCall;
    MIGRATE = migrateCall;
    NOTIFY_REWARD = notifyRewardCall;
    CHECK_PARAMS = checkParamsCall;
    SWEEP_RESERVE = sweepReserveCall;
    STAKE = stakeCall;
    WITHDRAW = withdrawCall;
    CLAIM = claimCall;
    CLAIM_MANY = claimManyCall;
    ADD_POOL = addPoolCall;
    KILL_POOL = killPoolCall;
    SET_TREASURY = setTreasuryCall;
    EARNED = earnedCall;
    STAKE_OF = stakeOfCall;
    POOL = poolCall;
    POOLS = poolsCall;
    POOL_OF = poolOfCall;
    WEIGHTS_IN_FORCE = weightsCall;
    RESERVE = reserveCall;
    OWED = owedCall;
    CONTROLLER = controllerCall;
    TOKEN = tokenCall;
    TREASURY = treasuryCall;
    EPOCH_LENGTH = epochLengthCall;
    VERSION_OF_CODE = versionCall;
    STORED_VERSION = storedVersionCall;
    LAYOUT_OF_CODE = layoutCall;
    ROLE_MINTER = MINTER_ROLECall;
}

impl Gauges {
    /// Runs the function with this selector.
    fn dispatch(&mut self, selector: u32, input: &[u8]) -> Result<Vec<u8>, Error> {
        let function = find(FUNCTIONS, selector);
        let mut args = Reader::new(input);
        let a = &mut args;
        match function {
            STAKE | WITHDRAW => {
                let (pool, amount) = (a.u16(), a.word());
                a.end()?;
                if function == STAKE {
                    self.stake(pool, &amount)?;
                } else {
                    self.withdraw(pool, &amount)?;
                }
            }
            CLAIM => {
                let pool = a.u16();
                a.end()?;
                return self.claim(core::iter::once(pool)).map(amount);
            }
            CLAIM_MANY => {
                let pools = a.uints(MAX_CLAIMS, u64::from(u16::MAX));
                a.end()?;
                // Bounded by the reader; the cast keeps each value.
                #[allow(clippy::cast_possible_truncation)]
                return self.claim(pools.into_iter().map(|pool| pool as u16)).map(amount);
            }
            CHECK_PARAMS => {
                let (group, values) = params::question(a);
                a.end()?;
                self.check_params(group, &values)?;
            }
            NOTIFY_REWARD => {
                let amount = a.word();
                a.end()?;
                self.notify_reward(&amount)?;
            }
            INITIALIZE => {
                let people = [a.address(), a.address()];
                let addresses = [a.address(), a.address(), a.address()];
                let epoch_length = a.u32();
                a.end()?;
                self.initialize(people, addresses, epoch_length)?;
            }
            ADD_POOL => {
                let (weight, token) = (a.u8(), a.address());
                a.end()?;
                return self.add_pool(weight, &token).map(number);
            }
            SET_TREASURY => {
                let treasury = a.address();
                a.end()?;
                self.set_treasury(&treasury)?;
            }
            KILL_POOL | POOL => {
                let pool = a.u16();
                a.end()?;
                if function == POOL {
                    return self.pool(pool);
                }
                self.kill_pool(pool)?;
            }
            EARNED | STAKE_OF => {
                let (pool, account) = (a.u16(), a.address());
                a.end()?;
                if function == EARNED {
                    return self.earned(pool, &account).map(amount);
                }
                storage::info(pool)?;
                return Ok(amount(storage::account_slots(pool, &account).load().0.weight));
            }
            POOL_OF => {
                let weight = a.u8();
                a.end()?;
                let behind = Table::load(POOLS_BEHIND).numbers();
                let pool = behind.get(usize::from(weight)).copied();
                return pool.map(number).ok_or_else(|| Error::bad_weight(weight));
            }
            MIGRATE | SWEEP_RESERVE | POOLS | WEIGHTS_IN_FORCE | RESERVE | OWED | CONTROLLER | TOKEN | TREASURY
            | EPOCH_LENGTH | VERSION_OF_CODE | STORED_VERSION | LAYOUT_OF_CODE | ROLE_MINTER => {
                a.end()?;
                return self.dispatch_plain(function);
            }
            _ => return Ok(ROLES.route(selector, input)?),
        }
        Ok(Vec::new())
    }

    /// Runs a function without arguments.
    fn dispatch_plain(&mut self, function: u8) -> Result<Vec<u8>, Error> {
        let word = match function {
            MIGRATE => {
                self.migrate()?;
                return Ok(Vec::new());
            }
            WEIGHTS_IN_FORCE => return Ok(Table::load(WEIGHTS).0.concat()),
            SWEEP_RESERVE => abi::word128(self.sweep_reserve()?),
            POOLS => abi::word(storage::count().into()),
            RESERVE => abi::word128(storage::books().reserve),
            OWED => abi::word128(storage::books().owed),
            CONTROLLER => storage::config().controller.into_word(),
            TOKEN => storage::token().into_word(),
            TREASURY => storage::treasury().into_word(),
            EPOCH_LENGTH => abi::word(storage::config().epoch_length.into()),
            VERSION_OF_CODE => abi::word(VERSION),
            STORED_VERSION => abi::word(proxied::version()),
            LAYOUT_OF_CODE => abi::word(LAYOUT),
            // The only one left.
            _ => MINTER_ROLE,
        };
        Ok(word.to_vec())
    }

    /// Everything about a pool, as `abi.sol` says.
    fn pool(&self, pool: u16) -> Result<Vec<u8>, Error> {
        let info = storage::info(pool)?;
        let state = storage::pool_slots(pool).load();
        let words: [B256; 10] = [
            info.token.into_word(),
            abi::word(info.weight.into()),
            abi::word(info.killed.into()),
            abi::word128(state.weight),
            abi::word128(state.rate),
            abi::word(state.ends_at),
            abi::word128(state.funded),
            abi::word128(state.unallocated),
            state.index.into(),
            abi::word(state.updated_at),
        ];
        Ok(words.concat())
    }
}
