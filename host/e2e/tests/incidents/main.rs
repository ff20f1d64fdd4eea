//! One regression test for each incident that the design learnt from, on the compiled contracts: INC-01 to INC-17 and P1
//! to P12 of `tests/PROPERTIES.md`, which names for each the guard, and the older test where there was one already. A test
//! here re-enacts the incident and asserts what stops it, its numbers included.
#![allow(missing_docs, clippy::similar_names)]

mod custody;
mod steering;

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;
use escapement_agent::bindings::token::IToken as T;
use escapement_e2e::{Receipt, World, wad};

/// The hostile fixtures.
#[allow(clippy::pedantic)]
mod fixtures {
    alloy_sol_types::sol!(ReentrantPeer, "solidity/artifacts/ReentrantPeer.json");
}

const DAY: u64 = 86_400;
const WEEK: u64 = 604_800;
/// A whole step, and a tenth of one: inside the safe delta of emission.
const WHOLE: i32 = 65_536;
const SMALL: i32 = 6_554;

/// Sends what must go through.
#[track_caller]
fn ok<S: SolCall>(world: &World, from: Address, to: Address, call: &S) -> Receipt {
    world.net.send(from, to, call).unwrap_or_else(|refusal| panic!("{}: {refusal}", S::SIGNATURE))
}

/// What `account` holds of the token.
fn held(world: &World, account: Address) -> U256 {
    world.net.view(world.token, &T::balanceOfCall { account }).expect("a plain view")
}

/// Gives the accounts 6 and 7 ten thousand tokens each, of which the vault may take all.
fn holders(world: &World) -> [Address; 2] {
    let accounts = [6, 7].map(|n| world.net.account(n));
    for account in accounts {
        ok(world, world.deployer, world.token, &T::transferCall { to: account, value: wad(10_000) });
        ok(world, account, world.token, &T::approveCall { spender: world.vault, value: U256::MAX });
    }
    accounts
}

/// A call's bytes.
fn encoded<C: SolCall>(call: &C) -> Bytes {
    call.abi_encode().into()
}
