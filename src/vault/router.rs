//! From calldata to the functions of the vault and back.
//!
//! Selectors come from `abi.sol` through `sol!`, so the table below cannot drift from the published interface: a function
//! missing here fails the test that calls each one.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolError;
use escapement_kit::{
    abi::{self, Malformed, Reader},
    params, proxied,
    route::{account, amount, find, number, UNKNOWN},
    vm,
};

use crate::{
    error::Error,
    stake,
    state::{Source, Terms, CONTROLLER, ROLES},
    views::{self, text},
    votes, IVault as I, Setup, Vault, LAYOUT, MAX_EXITS, NAME, SYMBOL, VERSION,
};

escapement_kit::router!(Vault);

escapement_kit::functions! { I;
    INITIALIZE = initializeCall;
    MIGRATE = migrateCall;
    STAKE = stakeCall;
    COMPOUND = compoundCall;
    EXTEND_LOCK = extendLockCall;
    REFRESH = refreshCall;
    KICK = kickCall;
    CLAIM = claimCall;
    UNSTAKE = unstakeCall;
    EXIT_EARLY = exitEarlyCall;
    WITHDRAW = withdrawCall;
    NOTIFY_REWARD = notifyRewardCall;
    POKE_PARAMS = pokeParamsCall;
    CHECK_PARAMS = checkParamsCall;
    SET_COOLDOWN = setCooldownCall;
    SET_PENALTY = setPenaltyCall;
    SET_MINTER = setMinterCall;
    GET_VOTES = getVotesCall;
    GET_PAST_VOTES = getPastVotesCall;
    GET_PAST_TOTAL_SUPPLY = getPastTotalSupplyCall;
    DELEGATES = delegatesCall;
    DELEGATE = delegateCall;
    DELEGATE_BY_SIG = delegateBySigCall;
    NONCES = noncesCall;
    CLOCK = clockCall;
    CLOCK_MODE = CLOCK_MODECall;
    DOMAIN_SEPARATOR = DOMAIN_SEPARATORCall;
    EIP712_DOMAIN = eip712DomainCall;
    NAME_OF = nameCall;
    SYMBOL_OF = symbolCall;
    DECIMALS = decimalsCall;
    TOTAL_SUPPLY = totalSupplyCall;
    BALANCE_OF = balanceOfCall;
    ALLOWANCE = allowanceCall;
    TRANSFER = transferCall;
    TRANSFER_FROM = transferFromCall;
    APPROVE = approveCall;
    POSITION = positionCall;
    UNBONDING = unbondingCall;
    HOLDER = holderCall;
    EARNED = earnedCall;
    REWARDS = rewardsCall;
    CURVE = curveCall;
    SOLVENCY = solvencyCall;
    TOKEN = tokenCall;
    CONTROLLER_OF = controllerCall;
    MINTER_OF = minterCall;
    TERMS_OF = termsCall;
    VERSION_OF_CODE = versionCall;
    STORED_VERSION = storedVersionCall;
    LAYOUT_OF_CODE = layoutCall;
}

/// An amount of base units: 128 bits at most.
fn narrow(word: &B256) -> Result<u128, Error> {
    match abi::halves(word) {
        [0, amount] => Ok(amount),
        _ => Err(Error::too_large(word)),
    }
}

impl Vault {
    /// Runs the function with this selector.
    // One table of the whole surface reads better than its halves.
    #[allow(clippy::too_many_lines)]
    #[allow(clippy::unused_self)] // the shape the router calls
    fn dispatch(&mut self, selector: u32, input: &[u8]) -> Result<Vec<u8>, Error> {
        let function = find(FUNCTIONS, selector);
        let mut args = Reader::new(input);
        let a = &mut args;
        match function {
            STAKE => {
                let (word, length) = (a.word(), a.u32());
                a.end()?;
                return stake::stake(&vm::sender(), narrow(&word)?, length).map(number);
            }
            UNSTAKE => {
                let (id, word) = (a.u32(), a.word());
                a.end()?;
                return stake::unstake(&vm::sender(), id, narrow(&word)?).map(number);
            }
            EXTEND_LOCK => {
                let (id, length) = (a.u32(), a.u32());
                a.end()?;
                stake::extend(&vm::sender(), id, length)?;
            }
            COMPOUND | REFRESH | EXIT_EARLY | SET_COOLDOWN => {
                let argument = a.u32();
                a.end()?;
                match function {
                    COMPOUND => return stake::compound(&vm::sender(), argument).map(number),
                    EXIT_EARLY => return stake::exit_early(&vm::sender(), argument).map(amount),
                    REFRESH => stake::refresh(&vm::sender(), argument)?,
                    _ => crate::set_cooldown(argument)?,
                }
            }
            KICK | POSITION | UNBONDING => {
                let (account, id) = (a.address(), a.u32());
                a.end()?;
                match function {
                    POSITION => return Ok(views::position(&account, id)),
                    UNBONDING => return Ok(views::unbonding(&account, id)),
                    _ => stake::kick(&account, id)?,
                }
            }
            WITHDRAW => {
                let ids = a.uints(MAX_EXITS, u64::from(u32::MAX));
                a.end()?;
                return stake::withdraw(&vm::sender(), &ids).map(amount);
            }
            CHECK_PARAMS => {
                let (group, values) = params::question(a);
                a.end()?;
                crate::check_params(group, &values)?;
            }
            NOTIFY_REWARD => {
                let word = a.word();
                a.end()?;
                crate::notify_reward(narrow(&word)?)?;
            }
            SET_PENALTY => {
                let penalty = a.u16();
                a.end()?;
                crate::set_penalty(penalty)?;
            }
            INITIALIZE => {
                let [governance, minter, token, controller] = [a.address(), a.address(), a.address(), a.address()];
                let (epoch, cooldown, penalty) = (a.u32(), a.u32(), a.u16());
                a.end()?;
                let terms = Terms { token, cooldown, penalty, epoch };
                crate::initialize(&Setup { governance, minter, token, controller, terms })?;
            }
            DELEGATE_BY_SIG => {
                let (delegatee, nonce, expiry, v) = (a.address(), a.word(), a.word(), a.u8());
                let mut signature = [v; 65];
                let (parts, _) = signature.as_chunks_mut::<32>();
                for part in parts {
                    *part = a.word().0;
                }
                a.end()?;
                votes::delegate_by_sig(&delegatee, &nonce, &expiry, &signature)?;
            }
            GET_PAST_VOTES => {
                let (account, timepoint) = (a.address(), a.word());
                a.end()?;
                let votes = views::past(&account, &timepoint)?;
                return Ok(if account.is_zero() { amount(0) } else { votes });
            }
            GET_PAST_TOTAL_SUPPLY => {
                let timepoint = a.word();
                a.end()?;
                return views::past(&Address::ZERO, &timepoint);
            }
            GET_VOTES | DELEGATES | DELEGATE | NONCES | BALANCE_OF | HOLDER | EARNED | SET_MINTER => {
                let of = a.address();
                a.end()?;
                match function {
                    // Nobody votes for everybody.
                    GET_VOTES if of.is_zero() => return Ok(amount(0)),
                    GET_VOTES => return Ok(views::votes(&of)),
                    DELEGATES => return Ok(account(&views::stake(&of).delegatee)),
                    NONCES => return Ok(views::nonce(&of)),
                    BALANCE_OF => return Ok(amount(views::stake(&of).principal)),
                    HOLDER => return Ok(views::holder(&of)),
                    EARNED => return views::earned(&of),
                    DELEGATE => votes::delegate(&vm::sender(), &of)?,
                    _ => crate::set_minter(of)?,
                }
            }
            ALLOWANCE => {
                let _ = (a.address(), a.address());
                a.end()?;
                return Ok(amount(0));
            }
            TRANSFER | APPROVE | TRANSFER_FROM => {
                let _ = a.address();
                if function == TRANSFER_FROM {
                    let _ = a.address();
                }
                let _ = a.word();
                a.end()?;
                return Err(Error::numbers(I::VaultNotTransferable::SELECTOR, &[]));
            }
            UNKNOWN => return Ok(ROLES.route(selector, input)?),
            _ => {
                a.end()?;
                return dispatch_plain(function);
            }
        }
        Ok(Vec::new())
    }
}

/// Runs a function without arguments.
fn dispatch_plain(function: u8) -> Result<Vec<u8>, Error> {
    Ok(match function {
        CLAIM => return stake::claim(&vm::sender()).map(amount),
        POKE_PARAMS => {
            crate::take_curve(&Source::load())?;
            Vec::new()
        }
        MIGRATE => {
            crate::migrate()?;
            Vec::new()
        }
        CLOCK => number(vm::now()),
        CLOCK_MODE => text("mode=timestamp"),
        DOMAIN_SEPARATOR => votes::domain_separator().to_vec(),
        EIP712_DOMAIN => views::domain(),
        NAME_OF => text(NAME),
        SYMBOL_OF => text(SYMBOL),
        DECIMALS => number(18u8),
        TOTAL_SUPPLY => views::votes(&Address::ZERO),
        REWARDS => views::rewards(),
        CURVE => views::curve(),
        SOLVENCY => return views::solvency(),
        TOKEN => account(&Terms::load().token),
        CONTROLLER_OF => vm::load(&CONTROLLER).to_vec(),
        MINTER_OF => account(&Source::load().minter),
        TERMS_OF => views::terms(),
        VERSION_OF_CODE => number(VERSION),
        STORED_VERSION => number(proxied::version()),
        LAYOUT_OF_CODE => number(LAYOUT),
        _ => return Err(Malformed.into()),
    })
}
