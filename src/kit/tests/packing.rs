//! Packed words, and proofs.

use alloy_primitives::{hex, Address, B256, U256};
use alloy_sol_types::{SolEvent, SolValue};
use escapement_core::{
    fixed::MathError,
    reward::{Account, Pool},
};
use motsu::prelude::*;

use super::Harness;
use crate::{
    abi, log, merkle,
    packed::{self, AccountSlots, PoolSlots},
    roles::RoleGranted,
};

const SLOTS: [B256; 3] = [B256::with_last_byte(1), B256::with_last_byte(2), B256::with_last_byte(3)];

impl Harness {
    fn keep_pool(&mut self, pool: &Pool) -> Result<Pool, MathError> {
        PoolSlots(SLOTS).save(pool)?;
        Ok(PoolSlots(SLOTS).load())
    }
    fn keep_account(&mut self, account: &Account, rest: u64) -> Result<(Account, u64), MathError> {
        let slots = AccountSlots([SLOTS[0], SLOTS[1]]);
        slots.save(account, rest)?;
        Ok(slots.load())
    }
    fn verify(&self, root: &B256, leaf: &B256, proof: &[B256]) -> bool {
        merkle::verify(root, leaf, proof)
    }
    fn leaf(&self, encoded: &[u8]) -> B256 {
        merkle::leaf(encoded)
    }
    fn say(&mut self, account: Address) {
        let word = account.into_word();
        log::emit(RoleGranted::SIGNATURE, &[B256::repeat_byte(7), word, word], &[]);
    }
    fn ask_roles(&mut self, selector: [u8; 4], words: usize) -> Result<Vec<u8>, Vec<u8>> {
        crate::roles::Roles(0).route(u32::from_be_bytes(selector), &vec![0; 32 * words])
    }
}

/// KIT-06
#[motsu::test]
fn pools_and_accounts_come_back(contract: Contract<Harness>, alice: Address) {
    let highest = (U256::from(1) << 192) - U256::from(1);
    let pool = Pool {
        index: highest,
        updated_at: u64::MAX,
        rate: (1 << 88) - 1,
        ends_at: (1 << 40) - 1,
        unallocated: u128::MAX,
        weight: u128::MAX - 1,
        funded: u128::MAX - 2,
    };
    let small = Pool { index: U256::from(1), updated_at: 2, rate: 3, ends_at: 4, unallocated: 5, weight: 6, funded: 7 };
    for pool in [pool, small, Pool::default()] {
        assert_eq!(contract.sender(alice).keep_pool(&pool), Ok(pool));
    }
    for wide in [
        Pool { index: highest + U256::from(1), ..small },
        Pool { rate: 1 << 88, ..small },
        Pool { ends_at: 1 << 40, ..small },
    ] {
        assert_eq!(contract.sender(alice).keep_pool(&wide), Err(MathError::Overflow));
    }
    let account = Account { weight: u128::MAX, paid: highest, owed: u128::MAX - 1 };
    assert_eq!(contract.sender(alice).keep_account(&account, u64::MAX), Ok((account, u64::MAX)));
    let other = Account { weight: 1, paid: U256::from(2), owed: 3 };
    assert_eq!(contract.sender(alice).keep_account(&other, 4), Ok((other, 4)));
    let wide = Account { paid: highest + U256::from(1), ..other };
    assert_eq!(contract.sender(alice).keep_account(&wide, 0), Err(MathError::Overflow));
}

#[test]
fn pairs_come_apart() {
    let word = abi::join([1 << 127, 3]);
    assert_eq!((word[0], word[31], abi::halves(&word)), (0x80, 3, [1 << 127, 3]));
    assert_eq!((packed::narrow(&word), packed::narrow(&abi::join([0, u128::MAX]))), (None, Some(u128::MAX)));
}

/// KIT-07: the example of OpenZeppelin's JavaScript library, root included.
#[motsu::test]
fn merkle_proofs_hold(contract: Contract<Harness>, alice: Address) {
    let root = B256::new(hex!("d4dee0beab2d53f2cc83e567171bd2820e49898130a22622b10ead383e90bd77"));
    let value = |byte, tenths: u64| (Address::repeat_byte(byte), U256::from(tenths) * U256::from(10u64.pow(17)));
    let leaf = |byte, tenths| contract.sender(alice).leaf(&value(byte, tenths).abi_encode());
    let (one, two) = (leaf(0x11, 50), leaf(0x22, 25));
    let verify = |leaf: &B256, proof: &[B256]| contract.sender(alice).verify(&root, leaf, proof);
    assert!(verify(&one, &[two]) && verify(&two, &[one]) && verify(&root, &[]));
    assert!(!verify(&one, &[]) && !verify(&one, &[one]) && !verify(&one, &[two, root]));
    assert!(!verify(&leaf(0x11, 51), &[two]));
}

#[motsu::test]
fn logs_are_those_of_the_signature(contract: Contract<Harness>, alice: Address) {
    contract.sender(alice).say(alice);
    assert!(contract.emitted(&RoleGranted { role: B256::repeat_byte(7), account: alice, sender: alice }));
}

#[motsu::test]
fn roles_answer_their_calls_only(contract: Contract<Harness>, alice: Address) {
    use crate::roles::IRoles as I;
    use alloy_sol_types::SolCall;
    let zero = vec![0; 32];
    assert_eq!(contract.sender(alice).ask_roles(I::hasRoleCall::SELECTOR, 2), Ok(zero.clone()));
    assert_eq!(contract.sender(alice).ask_roles(I::getRoleAdminCall::SELECTOR, 1), Ok(zero.clone()));
    assert_eq!(contract.sender(alice).ask_roles(I::DEFAULT_ADMIN_ROLECall::SELECTOR, 0), Ok(zero.clone()));
    assert_eq!(contract.sender(alice).ask_roles(I::supportsInterfaceCall::SELECTOR, 1), Ok(zero));
    for (selector, words) in [
        (I::hasRoleCall::SELECTOR, 1),
        (I::hasRoleCall::SELECTOR, 3),
        (I::getRoleAdminCall::SELECTOR, 2),
        (I::DEFAULT_ADMIN_ROLECall::SELECTOR, 1),
        ([1, 2, 3, 4], 0),
    ] {
        assert_eq!(contract.sender(alice).ask_roles(selector, words), Err(vec![]), "{selector:?}");
    }
}

/// As KIT-03, for arrays of words.
#[test]
fn word_arrays_are_bounded_and_canonical() {
    let read = |args: &[u8], limit| {
        let mut reader = abi::Reader::new(args);
        let words = reader.words(limit);
        reader.end().map(|()| words)
    };
    let words = vec![B256::repeat_byte(1), B256::ZERO, B256::repeat_byte(0xff)];
    let good = words.abi_encode();
    assert_eq!(read(&good, 3), Ok(words));
    assert_eq!(read(&good, 2), Err(abi::Malformed));
    assert_eq!(read(&good[..good.len() - 1], 3), Err(abi::Malformed));
    assert_eq!(read(&[&good[..], &[0; 32]].concat(), 3), Err(abi::Malformed));
    let mut longer = good.clone();
    longer[63] = 4;
    assert_eq!(read(&longer, 9), Err(abi::Malformed));
}
