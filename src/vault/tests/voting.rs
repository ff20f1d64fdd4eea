//! Votes as a Governor reads them.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{eip712_domain, sol, SolStruct};
use k256::ecdsa::SigningKey;
use motsu::prelude::*;

use super::world::{Fixture, World, GENESIS, YEAR};
use crate::{IVault as I, IVaultEvents as E};

sol! {
    struct Delegation {
        address delegatee;
        uint256 nonce;
        uint256 expiry;
    }
}

impl World {
    fn past(&self, account: Address, timepoint: u64) -> u128 {
        self.ok(self.carol, I::getPastVotesCall { account, timepoint: U256::from(timepoint) })._0.to()
    }
    fn past_supply(&self, timepoint: u64) -> u128 {
        self.ok(self.carol, I::getPastTotalSupplyCall { timepoint: U256::from(timepoint) })._0.to()
    }
}

/// VOT-01, VOT-02.
#[motsu::test]
fn vot_01_votes_follow_stakes_and_delegations_at_every_moment() {
    let mut world = World::new();
    let (alice, bob, carol) = (world.alice, world.bob, world.carol);
    world.pass(10);
    let id = world.stake(alice, 100, 0);
    // Staking alone gives no votes.
    assert_eq!(world.votes(alice), 0);
    world.ok(alice, I::delegateCall { delegatee: alice });
    assert_eq!((world.votes(alice), world.ok(bob, I::delegatesCall { account: alice })._0), (100, alice));
    let zero = Address::ZERO;
    assert!(world.logged(&E::DelegateChanged { delegator: alice, fromDelegate: zero, toDelegate: alice }));
    let votes = |delegate, before, after| E::DelegateVotesChanged {
        delegate,
        previousVotes: U256::from(before),
        newVotes: U256::from(after),
    };
    assert!(world.logged(&votes(alice, 0, 100)));
    // To the same again: told, and nothing moves.
    world.ok(alice, I::delegateCall { delegatee: alice });
    assert_eq!(world.logs::<E::DelegateVotesChanged>().len(), 1);
    world.pass(10);
    world.ok(alice, I::delegateCall { delegatee: carol });
    world.ok(bob, I::delegateCall { delegatee: carol });
    world.stake(bob, 50, YEAR);
    assert!(world.logged(&votes(alice, 100, 0)));
    assert!(world.logged(&votes(carol, 0, 100)));
    assert!(world.logged(&votes(carol, 100, 150)));
    world.pass(10);
    world.unstake(alice, id, 30);
    world.pass(10);
    world.ok(alice, I::delegateCall { delegatee: zero });
    world.pass(1);
    let at = |seconds: u64| GENESIS + seconds;
    for (account, expected) in [(alice, [0, 100, 0, 0, 0]), (carol, [0, 0, 150, 120, 50]), (bob, [0; 5])] {
        for (moment, votes) in [9, 10, 20, 30, 40].into_iter().zip(expected) {
            assert_eq!(world.past(account, at(moment)), votes, "{account} at {moment}");
        }
        assert_eq!(world.past(account, at(19)), expected[1]);
        assert_eq!(world.votes(account), expected[4]);
    }
    for (moment, supply) in [(0, 0), (9, 0), (10, 100), (19, 100), (20, 150), (29, 150), (30, 120), (40, 120)] {
        assert_eq!(world.past_supply(at(moment)), supply, "at {moment}");
    }
    // Everything staked is nobody's votes.
    assert_eq!((world.votes(zero), world.past(zero, at(30))), (0, 0));
}

/// VOT-03.
#[motsu::test]
fn vot_03_the_future_is_refused() {
    let world = World::new();
    let clock = world.ok(world.alice, I::clockCall {})._0;
    assert_eq!(clock.to::<u64>(), world.now);
    assert_eq!(world.ok(world.alice, I::CLOCK_MODECall {})._0, "mode=timestamp");
    for timepoint in [U256::from(world.now), U256::from(world.now + 1), U256::MAX] {
        let call = I::getPastVotesCall { account: world.alice, timepoint };
        world.err(world.alice, call, I::ERC5805FutureLookup { timepoint, clock });
        let call = I::getPastTotalSupplyCall { timepoint };
        world.err(world.alice, call, I::ERC5805FutureLookup { timepoint, clock });
    }
    assert_eq!(world.past(world.alice, world.now - 1), 0);
}

/// VOT-04: who stakes and leaves within one moment has never voted.
#[motsu::test]
fn vot_04_a_stake_of_one_moment_never_votes() {
    let mut world = World::new();
    let alice = world.alice;
    world.ok(alice, I::delegateCall { delegatee: alice });
    world.pass(5);
    let id = world.stake(alice, 1 << 80, 0);
    world.unstake(alice, id, 1 << 80);
    world.pass(5);
    assert_eq!((world.past(alice, world.now - 5), world.past_supply(world.now - 5)), (0, 0));
}

/// VOT-05.
#[motsu::test]
fn vot_05_delegate_by_sig_works_once_for_what_was_signed() {
    let mut world = World::new();
    let signer = Account::from_tag("signer");
    let owner = signer.address();
    world.give(owner, 1_000);
    world.stake(owner, 1_000, YEAR);
    let domain = eip712_domain! {
        name: crate::DOMAIN_NAME,
        version: crate::DOMAIN_VERSION,
        chain_id: 42_161,
        verifying_contract: world.vault.address(),
    };
    assert_eq!(world.ok(owner, I::DOMAIN_SEPARATORCall {})._0, domain.hash_struct());
    let told = world.ok(owner, I::eip712DomainCall {});
    assert_eq!((told.fields.0, told.name.as_str(), told.version.as_str()), ([0x0f], crate::DOMAIN_NAME, "1"));
    assert_eq!((told.chainId, told.verifyingContract), (U256::from(42_161), world.vault.address()));
    assert_eq!((told.salt, told.extensions.len()), (B256::ZERO, 0));

    let expiry = world.now + 100;
    let sign = |delegatee: Address, nonce: u64, expiry: u64| {
        let (nonce, expiry) = (U256::from(nonce), U256::from(expiry));
        let digest = Delegation { delegatee, nonce, expiry }.eip712_signing_hash(&domain);
        let key = SigningKey::from_slice(signer.signer().to_bytes().as_slice()).unwrap();
        let (signature, recovery) = key.sign_prehash_recoverable(digest.as_slice()).unwrap();
        let bytes = signature.to_bytes();
        let (r, s) = (B256::from_slice(&bytes[..32]), B256::from_slice(&bytes[32..]));
        I::delegateBySigCall { delegatee, nonce, expiry, v: 27 + recovery.to_byte(), r, s }
    };
    let (bob, carol) = (world.bob, world.carol);
    world.ok(carol, sign(bob, 0, expiry));
    assert_eq!((world.votes(bob), world.ok(bob, I::noncesCall { owner })._0), (1_000, U256::from(1)));
    // Used up; not of another delegatee; not too late; not malformed.
    let used = I::InvalidAccountNonce { account: owner, currentNonce: U256::from(1) };
    world.err(carol, sign(bob, 0, expiry), used);
    let used = I::InvalidAccountNonce { account: owner, currentNonce: U256::from(1) };
    world.err(carol, sign(bob, 2, expiry), used);
    let other = I::delegateBySigCall { delegatee: carol, ..sign(bob, 1, expiry) };
    assert!(world.send(carol, other).is_err());
    let late = I::VotesExpiredSignature { expiry: U256::from(world.now - 1) };
    world.err(carol, sign(carol, 1, world.now - 1), late);
    for (v, reason) in [(0, 2), (29, 2), (26, 2)] {
        let bad = I::delegateBySigCall { v, ..sign(carol, 1, expiry) };
        world.err(carol, bad, I::VaultBadSignature { reason });
    }
    let bad = I::delegateBySigCall { s: B256::repeat_byte(0xff), ..sign(carol, 1, expiry) };
    world.err(carol, bad, I::VaultBadSignature { reason: 3 });
    let bad = I::delegateBySigCall { r: B256::ZERO, ..sign(carol, 1, expiry) };
    world.err(carol, bad, I::VaultBadSignature { reason: 4 });
    assert_eq!((world.votes(bob), world.votes(carol)), (1_000, 0));
    world.pass(100);
    world.ok(bob, sign(carol, 1, expiry));
    assert_eq!((world.votes(bob), world.votes(carol)), (0, 1_000));
}
