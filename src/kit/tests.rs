//! The kit under the native test VM.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::unreadable_literal,
    clippy::pedantic,
    missing_docs
)]

mod answers;
mod packing;

use alloy_primitives::{hex, keccak256, Address, B256, U256};
use alloy_sol_types::{sol, SolCall, SolError};
use motsu::prelude::*;
use stylus_sdk::prelude::*;

use crate::{
    abi::{self, Malformed, Reader},
    data::Data,
    native, proxied,
    reentrancy::{Lock, ReentrancyGuardReentrantCall, SLOT},
    roles::Roles,
    signature::{self, SignatureError},
    vm,
};

sol! {
    function mixed(uint8 a, bytes b, uint64 c, uint32[] d, address e);
    function plain(uint16 a, address b);
}

/// The arguments of `mixed`.
type Mixed = (u8, Vec<u8>, u64, Vec<u64>, Address);

/// Reads the arguments of `mixed`.
fn read(args: &[u8]) -> Result<Mixed, Malformed> {
    let mut reader = Reader::new(args);
    let read = (
        reader.u8(),
        reader.bytes().to_vec(),
        reader.uint(u64::MAX),
        reader.uints(4, u32::MAX.into()),
        reader.address(),
    );
    reader.end()?;
    Ok(read)
}

fn sample() -> Vec<u8> {
    let call = mixedCall { a: 7, b: vec![1, 2, 3].into(), c: u64::MAX, d: vec![9, 8], e: Address::repeat_byte(0xab) };
    call.abi_encode()[4..].to_vec()
}

#[test]
fn read_works() {
    let expected = (7, vec![1, 2, 3], u64::MAX, vec![9, 8], Address::repeat_byte(0xab));
    assert_eq!(read(&sample()), Ok(expected));
}

#[test]
fn read_reverts_when_any_byte_that_has_to_be_zero_is_not() {
    let good = sample();
    // Heads of a, c and e; offsets; lengths; padding of b; items of d.
    let zero_bytes: Vec<usize> = (0..good.len()).filter(|at| good[*at] == 0).collect();
    assert!(zero_bytes.len() > 150);
    for at in zero_bytes {
        let mut bad = good.clone();
        bad[at] = 1;
        // The only zero bytes that carry a value are the upper bytes of the two uint32 items.
        let item = at >= good.len() - 64 && at % 32 >= 28;
        assert_eq!(read(&bad).is_ok(), item, "byte {at}");
    }
}

#[test]
fn read_reverts_when_cut_or_extended() {
    let good = sample();
    for length in 0..good.len() {
        assert_eq!(read(&good[..length]), Err(Malformed), "length {length}");
    }
    let mut long = good;
    long.push(0);
    assert_eq!(read(&long), Err(Malformed));
}

#[test]
fn read_reverts_when_array_exceeds_limit() {
    let call = mixedCall { a: 7, b: vec![].into(), c: 0, d: vec![0; 5], e: Address::ZERO };
    assert_eq!(read(&call.abi_encode()[4..]), Err(Malformed));
    let call = mixedCall { a: 7, b: vec![].into(), c: 0, d: vec![0; 4], e: Address::ZERO };
    assert!(read(&call.abi_encode()[4..]).is_ok());
}

#[test]
fn read_reverts_when_integer_exceeds_its_type() {
    let call = plainCall { a: u16::MAX, b: Address::ZERO }.abi_encode();
    let mut reader = Reader::new(&call[4..]);
    assert_eq!((reader.u16(), reader.address()), (u16::MAX, Address::ZERO));
    assert_eq!(reader.end(), Ok(()));
    let mut reader = Reader::new(&call[4..]);
    assert_eq!((reader.u8(), reader.address()), (0, Address::ZERO));
    assert_eq!(reader.end(), Err(Malformed));
}

/// KIT-08.
#[test]
fn slot_fields_lie_as_solidity_packs_them() {
    use crate::slot::{pack, unpack};
    let account = Address::repeat_byte(0xab);
    // As Solidity lays out `address; uint64; uint32`.
    let word = pack(&account.into_word(), 20, &[8, 4], &[0x0102_0304_0506_0708, 0x0a0b_0c0d]);
    let expected = [&[0x0a, 0x0b, 0x0c, 0x0d, 1, 2, 3, 4, 5, 6, 7, 8][..], account.as_slice()].concat();
    assert_eq!(word.as_slice(), expected);
    assert_eq!(unpack(&word, 20, &[8, 4]), [0x0102_0304_0506_0708, 0x0a0b_0c0d]);
    assert_eq!(Address::from_word(word), account);
    // What lies beside a field stays, and a number too wide for its field is cut to it.
    assert_eq!(pack(&B256::repeat_byte(0xff), 1, &[2], &[0x0009_0000]), {
        let mut expected = B256::repeat_byte(0xff);
        expected[29..31].fill(0);
        expected
    });
    assert_eq!(
        unpack(&pack(&B256::ZERO, 0, &[8, 8, 8, 8], &[1, u64::MAX, 3, 4]), 0, &[8, 8, 8, 8]),
        [1, u64::MAX, 3, 4]
    );
}

#[test]
fn error_works() {
    let expected = proxied::ProxiedNotNewer { stored: 3, offered: 2 }.abi_encode();
    assert_eq!(abi::error(proxied::ProxiedNotNewer::SELECTOR, &[3, 2]), expected);
}

#[test]
fn constants_are_what_their_docs_say() {
    let minus_one = |name: &str| B256::from(U256::from_be_bytes(keccak256(name).0) - U256::from(1));
    assert_eq!(SLOT, minus_one("escapement.kit.reentrancy"));
    assert_eq!(proxied::VERSION_SLOT, minus_one("escapement.kit.version"));
    assert_eq!(proxied::IMPLEMENTATION_SLOT, minus_one("eip1967.proxy.implementation"));
    assert_eq!(proxied::CONSTRUCTOR_SLOT, keccak256("stylus_constructor"));
    let order = U256::from_be_bytes(hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));
    assert_eq!(U256::from_be_bytes(signature::HALF_ORDER), order >> 1);
}

/// A contract that shows the kit to the test VM.
#[storage]
struct Harness {}

unsafe impl TopLevelStorage for Harness {}

#[public]
impl Harness {
    /// Enters under the lock and calls `target` back with this very call.
    fn enter(&mut self, target: Address) -> Result<(), Vec<u8>> {
        let _lock = Lock::close().map_err(|error| error.abi_encode())?;
        if !target.is_zero() {
            vm::call(&target, &relayCall { target: vm::this() }.abi_encode())?;
        }
        Ok(())
    }

    /// Calls `enter` on `target`.
    fn relay(&mut self, target: Address) -> Result<(), Vec<u8>> {
        vm::call(&target, &enterCall { target: Address::ZERO }.abi_encode()).map(|_| ())
    }
}

sol! {
    function relay(address target);
    function enter(address target);
    function programTimeLeft(address program) external view returns (uint64);
}

impl Harness {
    fn plant(&mut self, implementation: Address) {
        vm::save(&proxied::IMPLEMENTATION_SLOT, &implementation.into_word());
    }
    fn initialize(&mut self, version: u64, layout: u64) -> Result<(), Vec<u8>> {
        proxied::initialize(version, layout)
    }
    fn migrate(&mut self, version: u64, layout: u64, older: &[u64]) -> Result<u64, Vec<u8>> {
        proxied::migrate(version, layout, older)
    }
    fn word(&self, slot: B256) -> B256 {
        vm::load(&slot)
    }
    fn recover(&self, digest: B256, bytes: &[u8]) -> Result<Address, SignatureError> {
        signature::recover(digest, bytes)
    }
    fn only(&self, role: B256) -> Result<(), Vec<u8>> {
        Roles(0).only(&role)
    }
}

/// ArbWasm: every program lives 40 days, except accounts of one repeated byte 0xde.
#[storage]
struct ArbWasm {}

unsafe impl TopLevelStorage for ArbWasm {}

#[public]
impl ArbWasm {
    fn program_time_left(&self, program: Address) -> Result<u64, Vec<u8>> {
        if program == Address::repeat_byte(0xde) {
            return Err(b"not activated".to_vec());
        }
        Ok(if program == Address::repeat_byte(0x29) { 29 * 86_400 } else { 40 * 86_400 })
    }
}

#[motsu::test]
fn initialize_works(contract: Contract<Harness>, alice: Address) {
    contract.sender(alice).plant(alice);
    contract.sender(alice).initialize(3, 7).motsu_unwrap();
    let mut word = [0; 32];
    word[23] = 7;
    word[31] = 3;
    assert_eq!(contract.sender(alice).word(proxied::VERSION_SLOT), B256::new(word));
    assert_eq!(contract.sender(alice).word(proxied::CONSTRUCTOR_SLOT), B256::with_last_byte(1));
}

#[motsu::test]
fn initialize_reverts_when_not_through_proxy(contract: Contract<Harness>, alice: Address) {
    let error = contract.sender(alice).initialize(1, 1).motsu_unwrap_err();
    assert_eq!(error, proxied::ProxiedNotThroughProxy {}.abi_encode());
}

#[motsu::test]
fn initialize_reverts_when_initialized(contract: Contract<Harness>, alice: Address) {
    contract.sender(alice).plant(alice);
    contract.sender(alice).initialize(2, 1).motsu_unwrap();
    let error = contract.sender(alice).initialize(9, 1).motsu_unwrap_err();
    assert_eq!(error, proxied::ProxiedAlreadyInitialized { version: 2 }.abi_encode());
}

#[motsu::test]
fn migrate_works(contract: Contract<Harness>, alice: Address) {
    let _arb_wasm = Contract::<ArbWasm>::new_at(proxied::ARB_WASM);
    contract.sender(alice).plant(alice);
    contract.sender(alice).initialize(1, 1).motsu_unwrap();
    assert_eq!(contract.sender(alice).migrate(2, 1, &[]).motsu_unwrap(), 1);
    assert_eq!(contract.sender(alice).migrate(5, 2, &[1]).motsu_unwrap(), 2);
    let mut word = [0; 32];
    word[23] = 2;
    word[31] = 5;
    assert_eq!(contract.sender(alice).word(proxied::VERSION_SLOT), B256::new(word));
}

#[motsu::test]
fn migrate_reverts_when_not_allowed(contract: Contract<Harness>, alice: Address) {
    let _arb_wasm = Contract::<ArbWasm>::new_at(proxied::ARB_WASM);
    let error = contract.sender(alice).migrate(2, 1, &[]).motsu_unwrap_err();
    assert_eq!(error, proxied::ProxiedNotThroughProxy {}.abi_encode());
    contract.sender(alice).plant(alice);
    let error = contract.sender(alice).migrate(2, 1, &[]).motsu_unwrap_err();
    assert_eq!(error, proxied::ProxiedNotInitialized {}.abi_encode());
    contract.sender(alice).initialize(3, 7).motsu_unwrap();
    for version in [0, 1, 3] {
        let error = contract.sender(alice).migrate(version, 7, &[]).motsu_unwrap_err();
        assert_eq!(error, proxied::ProxiedNotNewer { stored: 3, offered: version }.abi_encode());
    }
    let error = contract.sender(alice).migrate(4, 8, &[6, 9]).motsu_unwrap_err();
    assert_eq!(error, proxied::ProxiedLayoutMismatch { stored: 7, offered: 8 }.abi_encode());
    for (program, left) in [(0xde, 0), (0x29, 29 * 86_400)] {
        contract.sender(alice).plant(Address::repeat_byte(program));
        let error = contract.sender(alice).migrate(4, 7, &[]).motsu_unwrap_err();
        assert_eq!(error, proxied::ProxiedExpiring { timeLeft: left, needed: proxied::MIN_LIFE }.abi_encode());
    }
}

#[motsu::test]
fn lock_reverts_when_entered_again(contract: Contract<Harness>, other: Contract<Harness>, alice: Address) {
    contract.sender(alice).enter(Address::ZERO).motsu_unwrap();
    contract.sender(alice).enter(Address::ZERO).motsu_unwrap();
    let error = contract.sender(alice).enter(other.address()).motsu_unwrap_err();
    assert_eq!(error, ReentrancyGuardReentrantCall {}.abi_encode());
    contract.sender(alice).enter(Address::ZERO).motsu_unwrap();
}

/// A signature by key 1 over keccak("escapement"), low s.
fn known(account: &Account) -> (B256, [u8; 65]) {
    use k256::ecdsa::SigningKey;
    let digest = keccak256("escapement");
    let key = SigningKey::from_slice(account.signer().to_bytes().as_slice()).unwrap();
    let (signature, recovery) = key.sign_prehash_recoverable(digest.as_slice()).unwrap();
    let mut bytes = [0; 65];
    bytes[..64].copy_from_slice(&signature.to_bytes());
    bytes[64] = 27 + recovery.to_byte();
    (digest, bytes)
}

#[motsu::test]
fn recover_works(contract: Contract<Harness>, alice: Account) {
    let (digest, bytes) = known(&alice);
    assert_eq!(contract.sender(alice).recover(digest, &bytes), Ok(alice.address()));
    let other = contract.sender(alice).recover(keccak256("other"), &bytes);
    assert_ne!(other, Ok(alice.address()));
}

#[motsu::test]
fn recover_reverts_when_signature_is_bad(contract: Contract<Harness>, alice: Account) {
    let (digest, good) = known(&alice);
    let recover = |bytes: &[u8]| contract.sender(alice).recover(digest, bytes);
    assert_eq!(recover(&good[..64]), Err(SignatureError::Length));
    assert_eq!(recover(&[]), Err(SignatureError::Length));
    assert_eq!(recover(&[&good[..], &[0]].concat()), Err(SignatureError::Length));
    for v in [0, 1, 26, 29, 255] {
        let mut bad = good;
        bad[64] = v;
        assert_eq!(recover(&bad), Err(SignatureError::RecoveryId));
    }
    // The mirrored twin: s' = n - s with the other v is a valid signature to the precompile.
    let order = U256::from_be_bytes(hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));
    let mut twin = good;
    let s = U256::from_be_slice(&good[32..64]);
    twin[32..64].copy_from_slice(&(order - s).to_be_bytes::<32>());
    twin[64] = 55 - good[64];
    assert_eq!(recover(&twin), Err(SignatureError::HighS));
    let mut edge = good;
    edge[32..64].copy_from_slice(&signature::HALF_ORDER);
    assert_ne!(recover(&edge), Err(SignatureError::HighS));
    for part in [0..32, 32..64] {
        let mut zero = good;
        zero[part].fill(0);
        assert_eq!(recover(&zero), Err(SignatureError::Unrecovered));
    }
}

#[motsu::test]
fn data_works(contract: Contract<Harness>, alice: Address) {
    let _call = contract.sender(alice).word(SLOT);
    native::set_code(alice, vec![0, 5, 6]);
    assert_eq!(Data::read(&alice).unwrap().payload(), [5, 6]);
    native::set_code(alice, vec![1, 5, 6]);
    assert!(Data::read(&alice).is_none());
    native::set_code(alice, vec![]);
    assert!(Data::read(&alice).is_none());
}

#[motsu::test]
fn only_reverts_when_role_is_missing(contract: Contract<Harness>, alice: Address) {
    let role = keccak256("ROLE");
    let error = contract.sender(alice).only(role).motsu_unwrap_err();
    let expected = crate::roles::AccessControlUnauthorizedAccount { account: alice, neededRole: role };
    assert_eq!(error, expected.abi_encode());
}
