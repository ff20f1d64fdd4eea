//! From calldata to the verbs of [`Controller`] and back.
//!
//! Selectors come from `abi.sol` through `sol!`, so the table below cannot drift from the published interface: a function
//! missing here fails the test that calls each one.

use alloc::vec::Vec;

use alloy_primitives::B256;
use escapement_kit::{
    abi::{Malformed, Reader},
    proxied,
    roles::DEFAULT_ADMIN_ROLE,
    route::{find, number, UNKNOWN},
    vm,
};

use crate::{
    error::Error, peers::SOURCES, Controller, IController as I, COUNCIL_ROLE, GUARDIAN_ROLE, LAYOUT, ROLES, VERIFIER,
    VERSION,
};

/// Most keys that one call of `words` answers.
pub const MAX_KEYS: usize = 512;

escapement_kit::router!(Controller);

// Who may call what: a role in front is asked for before the arguments are read. `HALT` asks for one of two itself, and the
// proxy's storage whether `INITIALIZE` and `MIGRATE` may run.
escapement_kit::functions! { I;
    None => {
        SUBMIT = submitCall;
        TRY_SUBMIT = trySubmitCall;
        EXECUTE = executeCall;
        INITIALIZE = initializeCall;
        WORDS = wordsCall;
        PARAM_AT = paramAtCall;
        HALT = haltCall;
        PARAM = paramCall;
        GROUP_PARAMS = groupParamsCall;
        CONSUMER_AT = consumerCall;
        HALTED_UNTIL = haltedUntilCall;
        MIGRATE = migrateCall;
        POKE = pokeCall;
        OBSERVE = observeCall;
        SOURCES_OF = sourcesCall;
        VERIFIER_OF = verifierCall;
        VERSION_OF_CODE = versionCall;
        STORED_VERSION = storedVersionCall;
        LAYOUT_OF_CODE = layoutCall;
        ROLE_COUNCIL = COUNCIL_ROLECall;
        ROLE_GUARDIAN = GUARDIAN_ROLECall;
    }
    Some(&COUNCIL_ROLE) => {
        VETO = vetoCall;
        APPROVE = approveCall;
        OVERRIDE_PARAMS = overrideParamsCall;
        RESTORE = restoreCall;
        NARROW = narrowCall;
        LOWER_AUTONOMY = lowerAutonomyCall;
    }
    Some(&DEFAULT_ADMIN_ROLE) => {
        EXTEND_HALT = extendHaltCall;
        RESUME = resumeCall;
        RAISE_AUTONOMY = raiseAutonomyCall;
        SET_SLOT_RULES = setSlotRulesCall;
        SET_GROUP_RULES = setGroupRulesCall;
        SET_BREAKER = setBreakerCall;
        SET_COUNTS = setCountsCall;
        SET_VERIFIER = setVerifierCall;
        SET_CONSUMER = setConsumerCall;
        SET_SOURCES = setSourcesCall;
    }
}

/// An address or a hash as result.
fn word(word: B256) -> Vec<u8> {
    word.to_vec()
}

impl Controller {
    /// Runs the function with this selector.
    // One table of the whole surface reads better than its halves.
    #[allow(clippy::too_many_lines)]
    fn dispatch(&mut self, selector: u32, input: &[u8]) -> Result<Vec<u8>, Error> {
        let function = find(FUNCTIONS, selector);
        if let Some(role) = role(function) {
            ROLES.only(role)?;
        }
        let mut args = Reader::new(input);
        let a = &mut args;
        match function {
            SUBMIT | TRY_SUBMIT => {
                let (update, _) = (a.bytes(), a.bytes());
                a.end()?;
                let lenient = function == TRY_SUBMIT;
                let accepted = self.submit(update, input, lenient)?;
                return Ok(if lenient { number(accepted) } else { Vec::new() });
            }
            EXECUTE => {
                let (group, payload) = (a.u8(), a.bytes());
                a.end()?;
                self.execute(group, payload)?;
            }
            OVERRIDE_PARAMS => {
                let changes = a.bytes();
                a.end()?;
                self.override_params(changes)?;
            }
            INITIALIZE => {
                let roles = [a.address(), a.address(), a.address()];
                let verifier = a.address();
                let values = a.uints(escapement_core::param::SLOTS, u64::from(u32::MAX));
                let (pools, categories, autonomy) = (a.u8(), a.u8(), a.u8());
                a.end()?;
                self.initialize(roles, verifier, &values, pools, categories, autonomy)?;
            }
            WORDS => {
                let keys = a.uints(MAX_KEYS, u64::MAX);
                a.end()?;
                return Ok(self.words(&keys));
            }
            SET_SLOT_RULES => {
                let (slot, words) = (a.u8(), [a.word().0, a.word().0]);
                a.end()?;
                self.set_slot_rules(slot, &words)?;
            }
            SET_GROUP_RULES => {
                let (group, word) = (a.u8(), a.word());
                a.end()?;
                self.set_group_rules(group, &word.0)?;
            }
            NARROW => {
                let (slot, min, max) = (a.u8(), a.u32(), a.u32());
                a.end()?;
                self.narrow(slot, min, max)?;
            }
            LOWER_AUTONOMY | SET_COUNTS => {
                let (first, second) = (a.u8(), a.u8());
                a.end()?;
                if function == SET_COUNTS {
                    self.set_counts(first, second)?;
                } else {
                    self.lower_autonomy(first, second)?;
                }
            }
            EXTEND_HALT | PARAM_AT => {
                let (number_of, moment) = (a.u8(), a.u32());
                a.end()?;
                if function == PARAM_AT {
                    return self.param_at(number_of, moment).map(number);
                }
                self.extend_halt(number_of, moment)?;
            }
            VETO | APPROVE | HALT | RESUME | RAISE_AUTONOMY | PARAM | HALTED_UNTIL | GROUP_PARAMS | CONSUMER_AT => {
                let id = a.u8();
                a.end()?;
                match function {
                    VETO => self.veto(id)?,
                    APPROVE => self.approve(id)?,
                    HALT => self.halt(id)?,
                    RESUME => self.resume(id)?,
                    RAISE_AUTONOMY => self.raise_autonomy(id)?,
                    PARAM => return self.param(id).map(number),
                    GROUP_PARAMS => return self.group_params(id),
                    CONSUMER_AT => return Ok(Self::consumer(id)),
                    _ => return self.halted_until(id).map(number),
                }
            }
            RESTORE => {
                let timepoint = a.u32();
                a.end()?;
                self.restore(timepoint)?;
            }
            SET_CONSUMER => {
                let (index, consumer, groups) = (a.u8(), a.address(), a.u8());
                a.end()?;
                self.set_consumer(index, &consumer, groups)?;
            }
            SET_SOURCES => {
                let sources = [(); SOURCES.len()].map(|()| a.address());
                a.end()?;
                self.set_sources(&sources)?;
            }
            SET_VERIFIER => {
                let verifier = a.address();
                a.end()?;
                self.set_verifier(&verifier)?;
            }
            SET_BREAKER => {
                let word = a.word();
                a.end()?;
                self.set_breaker(&word.0)?;
            }
            UNKNOWN => return Ok(ROLES.route(selector, input)?),
            _ => {
                a.end()?;
                return self.dispatch_plain(function);
            }
        }
        Ok(Vec::new())
    }

    /// Runs a function without arguments.
    fn dispatch_plain(&mut self, function: u8) -> Result<Vec<u8>, Error> {
        Ok(match function {
            MIGRATE => {
                self.migrate()?;
                Vec::new()
            }
            POKE => number(self.poke()?),
            OBSERVE => number(self.observe()?),
            SOURCES_OF => Self::sources(),
            VERIFIER_OF => word(vm::load(&VERIFIER)),
            VERSION_OF_CODE => number(VERSION),
            STORED_VERSION => number(proxied::version()),
            LAYOUT_OF_CODE => number(LAYOUT),
            ROLE_COUNCIL => word(COUNCIL_ROLE),
            ROLE_GUARDIAN => word(GUARDIAN_ROLE),
            _ => return Err(Malformed.into()),
        })
    }
}
