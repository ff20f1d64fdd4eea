//! From calldata to the verbs of [`Treasury`] and back.
//!
//! Selectors come from `abi.sol` through `sol!`, so the table below cannot drift from the published interface: a function
//! missing here fails the test that calls each one.

use alloc::vec::Vec;

use crate::{
    error::Error,
    rounds::Claim,
    storage::{self, Funds, Vesting},
    ITreasury as I, Treasury, COUNCIL_ROLE, LAYOUT, MINTER_ROLE, ROLES, VERSION,
};
use alloy_primitives::B256;
use escapement_kit::{
    abi::{self, Reader},
    params, proxied,
    route::{amount, find, number},
};

escapement_kit::router!(Treasury);

/// Most grants categories, and most siblings of a proof, that a call carries.
const MAX_BASES: usize = escapement_core::grants::CATEGORIES;
const MAX_PROOF: usize = 32;

escapement_kit::functions! { I;
    INITIALIZE = initializeCall;
    MIGRATE = migrateCall;
    NOTIFY_REWARD = notifyRewardCall;
    CHECK_PARAMS = checkParamsCall;
    POKE = pokeCall;
    BOOK_SURPLUS = bookSurplusCall;
    RELEASE = releaseCall;
    CLAIM_GRANT = claimGrantCall;
    CLOSE_ROUND = closeRoundCall;
    SPEND = spendCall;
    RESCUE = rescueCall;
    OPEN_STREAM = openStreamCall;
    EDIT_STREAM = editStreamCall;
    REVOKE_STREAM = revokeStreamCall;
    OPEN_ROUND = openRoundCall;
    DISABLE_ROUND = disableRoundCall;
    FREE_FUNDS = freeFundsCall;
    OWED = owedCall;
    RELEASABLE = releasableCall;
    VESTED = vestedCall;
    STREAM = streamCall;
    ROUND = roundCall;
    CATEGORY = categoryCall;
    IS_CLAIMED = isClaimedCall;
    ROUNDS = roundsCall;
    CONTROLLER = controllerCall;
    TOKEN = tokenCall;
    VERSION_OF_CODE = versionCall;
    STORED_VERSION = storedVersionCall;
    LAYOUT_OF_CODE = layoutCall;
    ROLE_COUNCIL = COUNCIL_ROLECall;
    ROLE_MINTER = MINTER_ROLECall;
}

impl Treasury {
    /// Runs the function with this selector.
    fn dispatch(&mut self, selector: u32, input: &[u8]) -> Result<Vec<u8>, Error> {
        let function = find(FUNCTIONS, selector);
        let mut args = Reader::new(input);
        let a = &mut args;
        match function {
            INITIALIZE => {
                let people = [a.address(), a.address(), a.address()];
                let (controller, token) = (a.address(), a.address());
                a.end()?;
                self.initialize(people, &controller, &token)?;
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
            SPEND => {
                let (to, amount) = (a.address(), a.word());
                a.end()?;
                self.spend(&to, &amount)?;
            }
            RESCUE => {
                let (token, to, amount) = (a.address(), a.address(), a.word());
                a.end()?;
                self.rescue(&token, &to, &amount)?;
            }
            CLAIM_GRANT => {
                let (round, index, account, category) = (a.u32(), a.u32(), a.address(), a.u8());
                let (base, proof) = (a.word(), a.words(MAX_PROOF));
                a.end()?;
                let claim = Claim { round, index, account, category, base, proof };
                return self.claim_grant(&claim).map(amount);
            }
            OPEN_STREAM => {
                let (beneficiary, amount) = (a.address(), a.word());
                let (start, cliff) = (a.uint(u64::MAX), a.uint(u64::MAX));
                let (duration, fixed_end) = (a.u32(), a.uint(u64::MAX));
                a.end()?;
                self.open_stream(&beneficiary, &amount, start, fixed_end, cliff, duration)?;
            }
            EDIT_STREAM => {
                let (unvested, cliff, duration) = (a.word(), a.uint(u64::MAX), a.u32());
                a.end()?;
                self.edit_stream(&unvested, cliff, duration)?;
            }
            OPEN_ROUND => {
                let (budget, bases) = (a.word(), a.words(MAX_BASES));
                let (root, deadline) = (a.word(), a.uint(u64::MAX));
                a.end()?;
                return self.open_round(&budget, &bases, &root, deadline).map(number);
            }
            CLOSE_ROUND | DISABLE_ROUND | ROUND => {
                let round = a.u32();
                a.end()?;
                match function {
                    CLOSE_ROUND => self.close_round(round)?,
                    DISABLE_ROUND => self.disable_round(round)?,
                    _ => return self.round(round),
                }
            }
            CATEGORY => {
                let (round, category) = (a.u32(), a.u8());
                a.end()?;
                return self.category(round, category);
            }
            IS_CLAIMED => {
                let (round, index) = (a.u32(), a.u32());
                a.end()?;
                return Ok(number(storage::is_claimed(round, index)));
            }
            MIGRATE | POKE | BOOK_SURPLUS | RELEASE | REVOKE_STREAM | FREE_FUNDS | OWED | RELEASABLE | VESTED
            | STREAM | ROUNDS | CONTROLLER | TOKEN | VERSION_OF_CODE | STORED_VERSION | LAYOUT_OF_CODE
            | ROLE_COUNCIL | ROLE_MINTER => {
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
            MIGRATE | POKE | REVOKE_STREAM => {
                match function {
                    MIGRATE => self.migrate()?,
                    POKE => self.poke()?,
                    _ => self.revoke_stream()?,
                }
                return Ok(Vec::new());
            }
            STREAM => return Ok(stream()),
            BOOK_SURPLUS => abi::word128(self.book_surplus()?),
            RELEASE => abi::word128(self.release()?),
            FREE_FUNDS => abi::word128(Funds::load().free),
            OWED => abi::word128(Funds::load().owed),
            RELEASABLE => abi::word128(self.vested()?.1),
            VESTED => abi::word128(self.vested()?.0),
            ROUNDS => abi::word(storage::rounds().into()),
            CONTROLLER => storage::controller().into_word(),
            TOKEN => storage::token().into_word(),
            VERSION_OF_CODE => abi::word(VERSION),
            STORED_VERSION => abi::word(proxied::version()),
            LAYOUT_OF_CODE => abi::word(LAYOUT),
            ROLE_COUNCIL => COUNCIL_ROLE,
            // The only one left.
            _ => MINTER_ROLE,
        };
        Ok(word.to_vec())
    }
}

/// The stream as last written, as `abi.sol` says.
fn stream() -> Vec<u8> {
    let Vesting { beneficiary, refused, stream } = Vesting::load();
    let words: [B256; 11] = [
        beneficiary.into_word(),
        abi::word128(stream.base),
        abi::word128(stream.amount),
        abi::word128(stream.released),
        abi::word(stream.progress),
        abi::word(stream.updated_at),
        abi::word(stream.speed.into()),
        abi::word(refused.into()),
        abi::word(stream.cliff),
        abi::word(stream.duration.into()),
        abi::word(stream.fixed_end),
    ];
    words.concat()
}
