//! The sequencer feed.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolError;
use escapement_kit::native;
use motsu::prelude::*;
use stylus_sdk::{
    prelude::*,
    storage::{StorageBool, StorageU256},
};

use super::{attesters, deploy, digest_of, packed, sign_all, update, verify, NOW, RAMP_OUTPUTS};
use crate::{error::*, event::UptimeFeedChanged, Verifier};

/// Grace of the tests, seconds.
const GRACE: u32 = 3_600;

/// A Chainlink feed that says what it is told.
#[storage]
struct Feed {
    answer: StorageU256,
    started_at: StorageU256,
    silent: StorageBool,
}

unsafe impl TopLevelStorage for Feed {}

#[public]
impl Feed {
    fn latest_round_data(&self) -> Result<(U256, U256, U256, U256, U256), Vec<u8>> {
        if self.silent.get() {
            return Err(Vec::new());
        }
        let round = U256::from(7);
        Ok((round, self.answer.get(), self.started_at.get(), self.started_at.get(), round))
    }
}

impl Feed {
    fn say(&mut self, answer: u64, started_at: U256) {
        self.answer.set(U256::from(answer));
        self.started_at.set(started_at);
    }
}

#[motsu::test]
fn verify_waits_for_the_grace_after_an_outage(
    verifier: Contract<Verifier>,
    feed: Contract<Feed>,
    alice: Address,
    bob: Address,
) {
    deploy(&verifier, alice, bob);
    let wire = update().encode().unwrap();
    let signatures = sign_all(&attesters()[..3], digest_of(&wire));
    verifier.sender(alice).set_uptime_feed(feed.address(), GRACE).motsu_unwrap();
    assert_eq!(verifier.sender(bob).uptime_feed(), (feed.address(), GRACE));
    assert!(verifier.emitted(&UptimeFeedChanged { feed: feed.address(), grace: GRACE }));
    let until = NOW + 100;
    let since = until - u64::from(GRACE);
    feed.sender(alice).say(1, U256::from(since));
    assert_eq!(verify(&verifier, &wire, &signatures).unwrap_err(), VerifierSequencerDown { since }.abi_encode());
    feed.sender(alice).say(0, U256::from(since));
    for now in [since, NOW, until] {
        native::set_time(now);
        let refused = verify(&verifier, &wire, &signatures).unwrap_err();
        assert_eq!(refused, VerifierSequencerGrace { until }.abi_encode());
    }
    native::set_time(until + 1);
    assert_eq!(verify(&verifier, &wire, &signatures).unwrap(), packed(RAMP_OUTPUTS));
}

#[motsu::test]
fn verify_reverts_when_the_feed_makes_no_sense(
    verifier: Contract<Verifier>,
    feed: Contract<Feed>,
    stranger: Contract<Verifier>,
    alice: Address,
    bob: Address,
) {
    deploy(&verifier, alice, bob);
    let wire = update().encode().unwrap();
    let signatures = sign_all(&attesters()[..3], digest_of(&wire));
    let refused = |feed: Address| {
        verifier.sender(alice).set_uptime_feed(feed, GRACE).motsu_unwrap();
        verify(&verifier, &wire, &signatures).unwrap_err()
    };
    let senseless = |feed| VerifierUptimeFeed { feed }.abi_encode();
    // A round that never started, a status that is neither up nor down, a start beyond 64 bits, no answer at all.
    for (answer, started_at) in [(0, U256::ZERO), (2, U256::from(1)), (0, U256::MAX), (1, U256::ZERO)] {
        feed.sender(alice).say(answer, started_at);
        assert_eq!(refused(feed.address()), senseless(feed.address()));
    }
    feed.sender(alice).say(0, U256::from(1));
    feed.sender(alice).silent.set(true);
    assert_eq!(refused(feed.address()), senseless(feed.address()));
    // A contract that has no such function.
    assert_eq!(refused(stranger.address()), senseless(stranger.address()));
}

#[motsu::test]
fn verify_works_without_a_feed(verifier: Contract<Verifier>, feed: Contract<Feed>, alice: Address, bob: Address) {
    deploy(&verifier, alice, bob);
    let wire = update().encode().unwrap();
    let signatures = sign_all(&attesters()[..3], digest_of(&wire));
    feed.sender(alice).say(1, U256::from(NOW));
    verifier.sender(alice).set_uptime_feed(feed.address(), GRACE).motsu_unwrap();
    assert!(verify(&verifier, &wire, &signatures).is_err());
    verifier.sender(alice).set_uptime_feed(Address::ZERO, 0).motsu_unwrap();
    verify(&verifier, &wire, &signatures).unwrap();
}
