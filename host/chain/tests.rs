//! Unit tests of the parts that the wire tests reach only indirectly.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::{Arc, RwLock};

use alloy::{
    eips::BlockId,
    network::TransactionBuilder as _,
    rpc::types::{
        TransactionRequest,
        state::{AccountOverride, StateOverride},
    },
};
use alloy_primitives::{Address, B256, Bytes, U256, bytes};
use revm::{Database as _, state::Bytecode};

use crate::{
    CallRequest, Chain, ChainError, Clock, Config, Mining,
    clock::{ChainTime, system_seconds},
    overlay::Overlay,
    store::Store,
    view::StateView,
};

const A: Address = Address::repeat_byte(0xaa);
const B: Address = Address::repeat_byte(0xbb);

fn chain() -> Chain {
    Chain::new(Config::deterministic(1_800_000_000)).unwrap()
}

fn transfer(chain: &Chain, to: Address, value: u64) -> TransactionRequest {
    TransactionRequest::default().with_from(chain.accounts()[0].address).with_to(to).with_value(U256::from(value))
}

mod store {
    use super::*;

    #[test]
    fn every_version_stays_readable() {
        let mut store = Store::default();
        let mut versions = Vec::new();
        for value in 1..=20_u64 {
            store.set_storage(A, U256::from(value % 3), U256::from(value));
            store.edit(A, |basic| basic.nonce = value);
            versions.push((store.version(), value));
        }
        for (version, value) in versions {
            assert_eq!(store.storage(A, U256::from(value % 3), version), U256::from(value));
            assert_eq!(store.basic(A, version).unwrap().nonce, value);
        }
        assert_eq!(store.basic(A, 0), None);
        assert_eq!(store.storage(B, U256::ZERO, store.version()), U256::ZERO);
    }

    #[test]
    fn revert_undoes_exactly_the_later_writes() {
        let mut store = Store::default();
        store.set_storage(A, U256::ZERO, U256::from(1));
        store.edit(A, |basic| basic.balance = U256::from(10));
        let kept = store.version();
        let before = store.commitment(B256::ZERO, 0);
        for value in 2..6_u64 {
            store.set_storage(A, U256::ZERO, U256::from(value));
            store.set_storage(B, U256::from(value), U256::from(value));
            store.edit(B, |basic| basic.balance = U256::from(value));
        }
        store.revert_to(kept);
        let now = store.version();
        assert!(now > kept, "versions are never reused");
        assert_eq!(store.storage(A, U256::ZERO, now), U256::from(1));
        assert_eq!(store.storage(B, U256::from(3), now), U256::ZERO);
        assert_eq!(store.basic(B, now), None);
        assert_eq!(store.commitment(B256::ZERO, 0), before);
    }

    #[test]
    fn commitment_depends_on_every_value() {
        let root = |value: u64, balance: u64| {
            let mut store = Store::default();
            store.set_storage(A, U256::ZERO, U256::from(value));
            store.edit(B, |basic| basic.balance = U256::from(balance));
            store.commitment(B256::ZERO, 0)
        };
        assert_eq!(root(1, 1), root(1, 1));
        assert_ne!(root(1, 1), root(2, 1));
        assert_ne!(root(1, 1), root(1, 2));
    }
}

mod clock {
    use super::*;

    #[test]
    fn stepped_time_is_exact() {
        let mut time = ChainTime::new(Clock::Step(7), 100);
        assert_eq!(time.peek(100), 107);
        time.increase(1_000);
        assert_eq!(time.peek(107), 1_114);
        time.take_at(1_114);
        assert_eq!(time.peek(1_114), 1_121);
        time.set_interval(Some(0));
        assert_eq!(time.peek(1_121), 1_121);
    }

    #[test]
    fn system_time_runs_on_from_a_set_timestamp() {
        let mut time = ChainTime::new(Clock::System, system_seconds());
        let target = system_seconds() + 1_000_000;
        time.set_next(target, 0).unwrap();
        assert_eq!(time.peek(0), target);
        time.take_at(target);
        assert!((target..target + 5).contains(&time.peek(0)));
        // It never falls behind the parent.
        assert_eq!(time.peek(target + 50), target + 50);
    }

    #[test]
    fn set_next_reverts_when_in_the_past() {
        let mut time = ChainTime::new(Clock::Step(1), 100);
        let refused = time.set_next(99, 100).unwrap_err();
        assert_eq!(refused, ChainError::TimestampInPast { requested: 99, latest: 100 });
        time.set_next(100, 100).unwrap();
    }
}

mod overlay {
    use super::*;

    #[test]
    fn state_and_state_diff_exclude_each_other() {
        let view = StateView::new(Arc::new(RwLock::new(Store::default())), 0);
        let account = AccountOverride {
            state: Some([(B256::ZERO, B256::ZERO)].into_iter().collect()),
            state_diff: Some([(B256::ZERO, B256::ZERO)].into_iter().collect()),
            ..AccountOverride::default()
        };
        let overrides: StateOverride = [(A, account)].into_iter().collect();
        let refused = Overlay::plain(view).overridden(&overrides).unwrap_err();
        assert!(refused.to_string().contains("both 'state' and 'stateDiff'"));
    }

    #[test]
    fn code_override_is_found_by_hash() {
        let mut store = Store::default();
        store.set_code(A, Bytecode::new_legacy(bytes!("00")));
        let version = store.version();
        let view = StateView::new(Arc::new(RwLock::new(store)), version);
        let account = AccountOverride::default().with_code(bytes!("eff00000aa"));
        let overrides: StateOverride = [(B, account)].into_iter().collect();
        let mut overlay = Overlay::plain(view).overridden(&overrides).unwrap();
        let info = overlay.basic(B).unwrap().unwrap();
        assert_eq!(overlay.code_by_hash(info.code_hash).unwrap().original_bytes(), bytes!("eff00000aa"));
        let plain = overlay.basic(A).unwrap().unwrap();
        assert_eq!(overlay.code_by_hash(plain.code_hash).unwrap().original_bytes(), bytes!("00"));
    }
}

mod snapshots {
    use super::*;

    #[test]
    fn revert_restores_everything() {
        let chain = chain();
        chain.send(transfer(&chain, A, 5)).unwrap();
        chain.set_balance(B, U256::from(77));
        let head = chain.head();
        let id = chain.snapshot();
        chain.increase_time(500);
        chain.set_base_fee(1);
        chain.impersonate(A);
        chain.set_balance(B, U256::from(1));
        chain.send(transfer(&chain, A, 5)).unwrap();
        assert!(chain.revert(id));
        assert_eq!(chain.head().hash, head.hash);
        assert_eq!(chain.balance(A, BlockId::latest()).unwrap(), U256::from(5));
        assert_eq!(chain.balance(B, BlockId::latest()).unwrap(), U256::from(77));
        assert_eq!(chain.base_fee(), 100_000_000);
        assert!(!chain.is_impersonated(A));
        // The same transaction gives the same block again.
        chain.send(transfer(&chain, A, 5)).unwrap();
        assert_eq!(chain.head().timestamp(), head.timestamp() + 1);
        assert_eq!(chain.balance(A, BlockId::latest()).unwrap(), U256::from(10));
    }

    #[test]
    fn written_slots_are_those_after_the_snapshot() {
        let chain = chain();
        let one = U256::from(1);
        chain.set_storage(A, one, one);
        let id = chain.snapshot();
        assert_eq!(chain.written_since(id), Some(vec![]));
        chain.set_balance(A, one);
        for (address, slot) in [(B, 2), (A, 3), (B, 2)] {
            chain.set_storage(address, U256::from(slot), one);
        }
        let mut expected = vec![(B, U256::from(2)), (A, U256::from(3))];
        expected.sort_unstable();
        assert_eq!(chain.written_since(id), Some(expected));
        assert!(chain.revert(id));
        assert_eq!(chain.written_since(id), None);
    }

    #[test]
    fn later_snapshots_die_with_an_earlier_one() {
        let chain = chain();
        let (first, second) = (chain.snapshot(), chain.snapshot());
        assert!(second > first);
        assert!(chain.revert(first));
        assert!(!chain.revert(second));
        assert!(!chain.revert(first));
    }

    #[test]
    fn the_same_run_gives_the_same_blocks() {
        let run = || {
            let chain = chain();
            for value in 1..5 {
                chain.send(transfer(&chain, A, value)).unwrap();
            }
            chain.head().hash
        };
        assert_eq!(run(), run());
    }

    #[test]
    fn reset_returns_to_genesis() {
        let chain = chain();
        let genesis = chain.head().hash;
        let id = chain.snapshot();
        chain.set_balance(A, U256::from(1));
        chain.send(transfer(&chain, A, 5)).unwrap();
        chain.reset();
        assert_eq!(chain.head().hash, genesis);
        assert_eq!(chain.balance(A, BlockId::latest()).unwrap(), U256::ZERO);
        assert!(!chain.revert(id));
        chain.send(transfer(&chain, A, 5)).unwrap();
        assert_eq!(chain.block_number(), 1);
    }
}

mod transactions {
    use super::*;

    #[test]
    fn edits_before_a_block_are_not_in_older_ones() {
        let chain = chain();
        chain.mine().unwrap();
        chain.set_balance(A, U256::from(9));
        assert_eq!(chain.balance(A, BlockId::latest()).unwrap(), U256::from(9));
        assert_eq!(chain.balance(A, BlockId::number(0)).unwrap(), U256::ZERO);
        chain.mine().unwrap();
        assert_eq!(chain.balance(A, BlockId::number(2)).unwrap(), U256::from(9));
    }

    #[test]
    fn unknown_senders_are_refused() {
        let chain = chain();
        let request = TransactionRequest::default().with_from(A).with_to(B);
        assert_eq!(chain.send(request.clone()).unwrap_err(), ChainError::UnknownAccount(A));
        chain.impersonate_all(true);
        chain.set_balance(A, U256::from(10u64.pow(18)));
        chain.send(request).unwrap();
    }

    #[test]
    fn contracts_send_only_while_impersonated() {
        let chain = chain();
        chain.set_code(A, bytes!("00")).unwrap();
        chain.set_balance(A, U256::from(10u64.pow(18)));
        chain.impersonate(A);
        chain.send(TransactionRequest::default().with_from(A).with_to(B)).unwrap();
        assert_eq!(chain.nonce(A, BlockId::latest()).unwrap(), 1);
    }

    #[test]
    fn nonces_only_rise() {
        let chain = chain();
        chain.set_nonce(A, 5).unwrap();
        let refused = chain.set_nonce(A, 4).unwrap_err();
        assert_eq!(refused, ChainError::NonceTooLow { address: A, tx: 4, state: 5 });
    }

    #[test]
    fn replacement_needs_a_tenth_more() {
        let chain = Chain::new(Config { mining: Mining::Manual, ..chain().config().clone() }).unwrap();
        let offer = |value, price| {
            chain.send(
                TransactionRequest { gas: Some(21_000), nonce: Some(0), ..transfer(&chain, A, value) }
                    .with_gas_price(price),
            )
        };
        offer(1, 100_000_000).unwrap();
        assert_eq!(offer(2, 109_999_999).unwrap_err(), ChainError::Underpriced);
        offer(3, 110_000_000).unwrap();
        let block = chain.mine().unwrap();
        assert_eq!(block.transactions.len(), 1);
        assert_eq!(chain.balance(A, BlockId::latest()).unwrap(), U256::from(3));
    }

    #[test]
    fn calls_leave_no_trace() {
        let chain = chain();
        // SSTORE(0, 1), then return it.
        chain.set_code(A, bytes!("60015f555f545f5260205ff3")).unwrap();
        let call = CallRequest::new(TransactionRequest::default().with_to(A));
        assert_eq!(chain.call(&call).unwrap(), Bytes::from(B256::with_last_byte(1)));
        assert_eq!(chain.storage(A, U256::ZERO, BlockId::latest()).unwrap(), U256::ZERO);
        let (list, gas, error) = chain.access_list(&call).unwrap();
        assert_eq!(list.0.len(), 1);
        assert_eq!((list.0[0].address, &*list.0[0].storage_keys), (A, &[B256::ZERO][..]));
        assert!(gas > 21_000 && error.is_none());
    }

    #[test]
    fn unknown_blocks_are_refused() {
        let chain = chain();
        let refused = chain.balance(A, BlockId::number(9)).unwrap_err();
        assert!(refused.to_string().starts_with("header not found"));
        assert_eq!(refused.code(), -32000);
    }
}
