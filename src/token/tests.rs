//! Every function, every role, every refusal with its numbers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

use alloy_primitives::{address, uint, Address, B256, U256};
use alloy_sol_types::SolError;
use escapement_kit::vm;
use motsu::prelude::*;
use openzeppelin_stylus::{
    access::ownable::{OwnableInvalidOwner, OwnableUnauthorizedAccount, OwnershipTransferred},
    token::erc20::{
        extensions::{
            capped::{ERC20ExceededCap, ERC20InvalidCap},
            permit::ERC2612ExpiredSignature,
        },
        Approval, ERC20InsufficientAllowance, ERC20InsufficientBalance, ERC20InvalidReceiver, ERC20InvalidSpender,
        Transfer,
    },
    utils::precompiles::primitives::ecrecover::{ECDSAInvalidSignature, ECDSAInvalidSignatureS},
};
use stylus_sdk::prelude::*;

use crate::{domain, error::*, event::MinterSet, Error, Token};
use openzeppelin_stylus::token::erc20::extensions::permit::ERC2612InvalidSigner;

/// Order of secp256k1.
const ORDER: U256 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

/// An account with code, to be made minter.
#[storage]
struct Module;

unsafe impl TopLevelStorage for Module {}

#[public]
impl Module {}

fn units(tokens: u64) -> U256 {
    U256::from(tokens) * U256::from(10).pow(U256::from(18))
}

/// A token with a cap of 1,000 of which `holder` has 100; `owner` may name the minter.
fn deploy(token: &Contract<Token>, holder: Address, owner: Address) {
    let call = ("Escapement".to_owned(), "ESC".to_owned(), units(1_000), units(100), holder, owner);
    token.sender(owner).constructor(call.0, call.1, call.2, call.3, call.4, call.5).motsu_unwrap();
}

/// The same, with a minter.
fn deploy_with_minter(token: &Contract<Token>, holder: Address, owner: Address, minter: &Contract<Module>) {
    deploy(token, holder, owner);
    token.sender(owner).set_minter(minter.address()).motsu_unwrap();
}

fn bytes(error: Error) -> Vec<u8> {
    error.into()
}

#[motsu::test]
fn constructor_works(token: Contract<Token>, alice: Address, bob: Address) {
    deploy(&token, alice, bob);
    assert_eq!(token.sender(alice).name(), "Escapement");
    assert_eq!(token.sender(alice).symbol(), "ESC");
    assert_eq!(token.sender(alice).decimals(), 18);
    assert_eq!(token.sender(alice).cap(), units(1_000));
    assert_eq!(token.sender(alice).total_supply(), units(100));
    assert_eq!(token.sender(alice).balance_of(alice), units(100));
    assert_eq!(token.sender(alice).owner(), bob);
    assert_eq!(token.sender(alice).minter(), Address::ZERO);
    token.assert_emitted(&Transfer { from: Address::ZERO, to: alice, value: units(100) });
    token.assert_emitted(&OwnershipTransferred { previous_owner: Address::ZERO, new_owner: bob });
}

#[motsu::test]
fn constructor_reverts_when_the_numbers_are_wrong(token: Contract<Token>, alice: Address, bob: Address) {
    let build = |cap: u64, supply: u64, holder, owner| {
        let error = token
            .sender(bob)
            .constructor("Escapement".to_owned(), "ESC".to_owned(), units(cap), units(supply), holder, owner)
            .motsu_unwrap_err();
        bytes(error)
    };
    assert_eq!(build(0, 0, alice, bob), ERC20InvalidCap { cap: U256::ZERO }.abi_encode());
    let exceeded = ERC20ExceededCap { increased_supply: units(11), cap: units(10) };
    assert_eq!(build(10, 11, alice, bob), exceeded.abi_encode());
    assert_eq!(build(10, 1, Address::ZERO, bob), ERC20InvalidReceiver { receiver: Address::ZERO }.abi_encode());
    assert_eq!(build(10, 1, alice, Address::ZERO), OwnableInvalidOwner { owner: Address::ZERO }.abi_encode());
}

#[motsu::test]
fn transfer_works(token: Contract<Token>, alice: Address, bob: Address) {
    deploy(&token, alice, alice);
    assert!(token.sender(alice).transfer(bob, units(40)).motsu_unwrap());
    assert_eq!(token.sender(alice).balance_of(alice), units(60));
    assert_eq!(token.sender(alice).balance_of(bob), units(40));
    token.assert_emitted(&Transfer { from: alice, to: bob, value: units(40) });
}

#[motsu::test]
fn transfer_reverts_when_balance_or_receiver_is_wrong(token: Contract<Token>, alice: Address, bob: Address) {
    deploy(&token, alice, alice);
    let error = token.sender(alice).transfer(bob, units(101)).motsu_unwrap_err();
    let expected = ERC20InsufficientBalance { sender: alice, balance: units(100), needed: units(101) };
    assert_eq!(bytes(error), expected.abi_encode());
    let error = token.sender(alice).transfer(Address::ZERO, units(1)).motsu_unwrap_err();
    assert_eq!(bytes(error), ERC20InvalidReceiver { receiver: Address::ZERO }.abi_encode());
}

#[motsu::test]
fn transfer_from_works(token: Contract<Token>, alice: Address, bob: Address, carol: Address) {
    deploy(&token, alice, alice);
    assert!(token.sender(alice).approve(bob, units(50)).motsu_unwrap());
    token.assert_emitted(&Approval { owner: alice, spender: bob, value: units(50) });
    assert!(token.sender(bob).transfer_from(alice, carol, units(20)).motsu_unwrap());
    assert_eq!(token.sender(alice).allowance(alice, bob), units(30));
    assert_eq!(token.sender(alice).balance_of(carol), units(20));
}

#[motsu::test]
fn transfer_from_reverts_when_the_allowance_is_short(token: Contract<Token>, alice: Address, bob: Address) {
    deploy(&token, alice, alice);
    token.sender(alice).approve(bob, units(5)).motsu_unwrap();
    let error = token.sender(bob).transfer_from(alice, bob, units(6)).motsu_unwrap_err();
    let expected = ERC20InsufficientAllowance { spender: bob, allowance: units(5), needed: units(6) };
    assert_eq!(bytes(error), expected.abi_encode());
    let error = token.sender(alice).approve(Address::ZERO, units(1)).motsu_unwrap_err();
    assert_eq!(bytes(error), ERC20InvalidSpender { spender: Address::ZERO }.abi_encode());
}

#[motsu::test]
fn burn_works(token: Contract<Token>, alice: Address, bob: Address) {
    deploy(&token, alice, alice);
    token.sender(alice).burn(units(10)).motsu_unwrap();
    token.sender(alice).approve(bob, units(10)).motsu_unwrap();
    token.sender(bob).burn_from(alice, units(4)).motsu_unwrap();
    assert_eq!(token.sender(alice).total_supply(), units(86));
    assert_eq!(token.sender(alice).balance_of(alice), units(86));
    assert_eq!(token.sender(alice).allowance(alice, bob), units(6));
    token.assert_emitted(&Transfer { from: alice, to: Address::ZERO, value: units(4) });
}

#[motsu::test]
fn burn_reverts_when_there_is_too_little(token: Contract<Token>, alice: Address, bob: Address) {
    deploy(&token, alice, alice);
    let error = token.sender(bob).burn(units(1)).motsu_unwrap_err();
    let expected = ERC20InsufficientBalance { sender: bob, balance: U256::ZERO, needed: units(1) };
    assert_eq!(bytes(error), expected.abi_encode());
    let error = token.sender(bob).burn_from(alice, units(1)).motsu_unwrap_err();
    let expected = ERC20InsufficientAllowance { spender: bob, allowance: U256::ZERO, needed: units(1) };
    assert_eq!(bytes(error), expected.abi_encode());
}

#[motsu::test]
fn mint_works_up_to_the_cap(token: Contract<Token>, minter: Contract<Module>, alice: Address, bob: Address) {
    deploy_with_minter(&token, alice, alice, &minter);
    token.sender(minter.address()).mint(bob, units(900)).motsu_unwrap();
    assert_eq!(token.sender(alice).total_supply(), units(1_000));
    assert_eq!(token.sender(alice).balance_of(bob), units(900));
    let error = token.sender(minter.address()).mint(bob, U256::from(1)).motsu_unwrap_err();
    let expected = ERC20ExceededCap { increased_supply: units(1_000) + U256::from(1), cap: units(1_000) };
    assert_eq!(bytes(error), expected.abi_encode());
    // A burn makes room again: the cap is on what exists, not on what was ever minted.
    token.sender(bob).burn(U256::from(1)).motsu_unwrap();
    token.sender(minter.address()).mint(bob, U256::from(1)).motsu_unwrap();
    assert_eq!(token.sender(alice).total_supply(), units(1_000));
}

#[motsu::test]
fn mint_reverts_when_the_caller_is_not_the_minter(
    token: Contract<Token>,
    minter: Contract<Module>,
    alice: Address,
    bob: Address,
    carol: Address,
) {
    deploy(&token, alice, bob);
    // Before a minter is named nobody is it, the zero address included.
    for caller in [alice, bob, carol, minter.address()] {
        let error = token.sender(caller).mint(carol, units(1)).motsu_unwrap_err();
        assert_eq!(bytes(error), TokenNotMinter { caller, minter: Address::ZERO }.abi_encode());
    }
    token.sender(bob).set_minter(minter.address()).motsu_unwrap();
    for caller in [alice, bob, carol] {
        let error = token.sender(caller).mint(carol, units(1)).motsu_unwrap_err();
        assert_eq!(bytes(error), TokenNotMinter { caller, minter: minter.address() }.abi_encode());
    }
}

#[motsu::test]
fn mint_reverts_when_the_sum_wraps(token: Contract<Token>, minter: Contract<Module>, alice: Address) {
    deploy_with_minter(&token, alice, alice, &minter);
    let error = token.sender(minter.address()).mint(alice, U256::MAX).motsu_unwrap_err();
    assert_eq!(bytes(error), ERC20ExceededCap { increased_supply: U256::MAX, cap: units(1_000) }.abi_encode());
    let error = token.sender(minter.address()).mint(Address::ZERO, units(1)).motsu_unwrap_err();
    assert_eq!(bytes(error), ERC20InvalidReceiver { receiver: Address::ZERO }.abi_encode());
    assert_eq!(token.sender(alice).total_supply(), units(100));
}

#[motsu::test]
fn set_minter_works_once_and_ends_ownership(
    token: Contract<Token>,
    minter: Contract<Module>,
    other: Contract<Module>,
    alice: Address,
) {
    deploy(&token, alice, alice);
    token.sender(alice).set_minter(minter.address()).motsu_unwrap();
    assert_eq!(token.sender(alice).minter(), minter.address());
    assert_eq!(token.sender(alice).owner(), Address::ZERO);
    assert!(token.emitted(&MinterSet { minter: minter.address() }));
    token.assert_emitted(&OwnershipTransferred { previous_owner: alice, new_owner: Address::ZERO });
    for caller in [alice, minter.address()] {
        let denied = OwnableUnauthorizedAccount { account: caller }.abi_encode();
        let error = token.sender(caller).set_minter(other.address()).motsu_unwrap_err();
        assert_eq!(bytes(error), denied);
        let error = token.sender(caller).transfer_ownership(alice).motsu_unwrap_err();
        assert_eq!(bytes(error), denied);
    }
    assert_eq!(token.sender(alice).minter(), minter.address());
}

#[motsu::test]
fn set_minter_reverts_when_caller_or_account_is_wrong(
    token: Contract<Token>,
    minter: Contract<Module>,
    alice: Address,
    bob: Address,
) {
    deploy(&token, alice, alice);
    let error = token.sender(bob).set_minter(minter.address()).motsu_unwrap_err();
    assert_eq!(bytes(error), OwnableUnauthorizedAccount { account: bob }.abi_encode());
    for account in [bob, Address::ZERO] {
        let error = token.sender(alice).set_minter(account).motsu_unwrap_err();
        assert_eq!(bytes(error), TokenMinterWithoutCode { minter: account }.abi_encode());
    }
    assert_eq!(token.sender(alice).owner(), alice);
}

#[motsu::test]
fn transfer_ownership_works(token: Contract<Token>, minter: Contract<Module>, alice: Address, bob: Address) {
    deploy(&token, alice, alice);
    let error = token.sender(bob).transfer_ownership(bob).motsu_unwrap_err();
    assert_eq!(bytes(error), OwnableUnauthorizedAccount { account: bob }.abi_encode());
    let error = token.sender(alice).transfer_ownership(Address::ZERO).motsu_unwrap_err();
    assert_eq!(bytes(error), OwnableInvalidOwner { owner: Address::ZERO }.abi_encode());
    token.sender(alice).transfer_ownership(bob).motsu_unwrap();
    assert!(token.sender(alice).set_minter(minter.address()).motsu_res().is_err());
    token.sender(bob).set_minter(minter.address()).motsu_unwrap();
}

/// A permit and its signature.
struct Permit {
    owner: Address,
    spender: Address,
    value: U256,
    deadline: U256,
    v: u8,
    r: B256,
    s: B256,
}

impl Permit {
    /// Signs a permit by the words of EIP-2612, hashed here independently of the contract.
    fn sign(token: &Contract<Token>, account: &Account, spender: Address, value: U256, nonce: u64) -> Self {
        let deadline = U256::from(1_735_689_600u64);
        let owner = account.address();
        let separator = separator(token.address(), 42_161);
        let type_hash =
            vm::keccak(b"Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        let words: [B256; 6] = [
            type_hash,
            owner.into_word(),
            spender.into_word(),
            value.into(),
            U256::from(nonce).into(),
            deadline.into(),
        ];
        let hash = vm::keccak(&words.map(|word| word.0).concat());
        let digest = vm::keccak(&[&[0x19, 0x01], separator.as_slice(), hash.as_slice()].concat());
        let (signature, id) = account.signer().credential().sign_prehash_recoverable(digest.as_slice()).unwrap();
        let rs = signature.to_bytes();
        let (r, s) = (B256::from_slice(&rs[..32]), B256::from_slice(&rs[32..]));
        Self { owner, spender, value, deadline, v: 27 + id.to_byte(), r, s }
    }

    fn submit(&self, token: &Contract<Token>, sender: Address) -> Result<(), Vec<u8>> {
        token
            .sender(sender)
            .permit(self.owner, self.spender, self.value, self.deadline, self.v, self.r, self.s)
            .motsu_res()
            .map_err(bytes)
    }
}

/// EIP-712 domain separator by its definition.
fn separator(token: Address, chain: u64) -> B256 {
    let words: [B256; 5] = [
        vm::keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
        vm::keccak(b"Escapement"),
        vm::keccak(b"1"),
        U256::from(chain).into(),
        token.into_word(),
    ];
    vm::keccak(&words.map(|word| word.0).concat())
}

#[motsu::test]
fn permit_works_once(token: Contract<Token>, alice: Account, bob: Address, carol: Address) {
    deploy(&token, alice.address(), bob);
    let permit = Permit::sign(&token, &alice, bob, units(7), 0);
    permit.submit(&token, carol).unwrap();
    assert_eq!(token.sender(bob).allowance(alice.address(), bob), units(7));
    assert_eq!(token.sender(bob).nonces(alice.address()), U256::from(1));
    token.assert_emitted(&Approval { owner: alice.address(), spender: bob, value: units(7) });
    // The nonce has moved on: the same signature now belongs to another message, so to another signer or none.
    let refused = permit.submit(&token, carol).unwrap_err();
    assert_eq!(refused[..4], ERC2612InvalidSigner::SELECTOR);
    Permit::sign(&token, &alice, bob, units(9), 1).submit(&token, carol).unwrap();
    assert_eq!(token.sender(bob).allowance(alice.address(), bob), units(9));
}

#[motsu::test]
fn permit_reverts_when_somebody_else_signed(token: Contract<Token>, alice: Account, bob: Account) {
    deploy(&token, alice.address(), alice.address());
    let mut permit = Permit::sign(&token, &bob, bob.address(), units(7), 0);
    // Bob's own words, but about his account: put Alice's name in and the digest recovers to a third account.
    permit.owner = alice.address();
    let refused = permit.submit(&token, bob.address()).unwrap_err();
    assert_eq!(refused[..4], ERC2612InvalidSigner::SELECTOR);
    assert_eq!(token.sender(bob).nonces(alice.address()), U256::ZERO);
}

#[motsu::test]
fn permit_reverts_when_the_signature_is_malformed(token: Contract<Token>, alice: Account, bob: Address) {
    deploy(&token, alice.address(), bob);
    let good = || Permit::sign(&token, &alice, bob, units(7), 0);
    let malformed = ECDSAInvalidSignature {}.abi_encode();
    for v in [0, 1, 26, 29, 255] {
        assert_eq!(Permit { v, ..good() }.submit(&token, bob).unwrap_err(), malformed);
    }
    assert_eq!(Permit { r: B256::ZERO, ..good() }.submit(&token, bob).unwrap_err(), malformed);
    assert_eq!(Permit { s: B256::ZERO, ..good() }.submit(&token, bob).unwrap_err(), malformed);
    assert_eq!(Permit { r: ORDER.into(), ..good() }.submit(&token, bob).unwrap_err(), malformed);
    // The mirrored twin of a valid signature.
    let Permit { v, s, .. } = good();
    let s = B256::from(ORDER - U256::from_be_bytes(s.0));
    let twin = Permit { v: 55 - v, s, ..good() };
    assert_eq!(twin.submit(&token, bob).unwrap_err(), ECDSAInvalidSignatureS { s }.abi_encode());
    good().submit(&token, bob).unwrap();
}

#[motsu::test]
fn permit_reverts_when_the_deadline_passed(token: Contract<Token>, alice: Account, bob: Address) {
    deploy(&token, alice.address(), bob);
    // The clock of the native test VM stands still at the deadline that `sign` uses: one second less has passed.
    let mut permit = Permit::sign(&token, &alice, bob, units(7), 0);
    permit.deadline -= U256::from(1);
    let words = [alice.address().into_word(), bob.into_word(), permit.value.into(), B256::ZERO, permit.deadline.into()];
    let digest = domain::permit_digest(separator(token.address(), 42_161), &words);
    let (signature, id) = alice.signer().credential().sign_prehash_recoverable(digest.as_slice()).unwrap();
    let rs = signature.to_bytes();
    (permit.r, permit.s) = (B256::from_slice(&rs[..32]), B256::from_slice(&rs[32..]));
    permit.v = 27 + id.to_byte();
    let refused = permit.submit(&token, bob).unwrap_err();
    assert_eq!(refused, ERC2612ExpiredSignature { deadline: permit.deadline }.abi_encode());
}

#[motsu::test]
fn permit_reverts_when_spender_is_zero(token: Contract<Token>, alice: Account, bob: Address) {
    deploy(&token, alice.address(), bob);
    let refused = Permit::sign(&token, &alice, Address::ZERO, units(1), 0).submit(&token, bob).unwrap_err();
    assert_eq!(refused, ERC20InvalidSpender { spender: Address::ZERO }.abi_encode());
}

#[motsu::test]
fn permit_reverts_when_made_for_another_token_or_chain(
    token: Contract<Token>,
    other: Contract<Token>,
    alice: Account,
    bob: Address,
) {
    deploy(&token, alice.address(), bob);
    deploy(&other, alice.address(), bob);
    let permit = Permit::sign(&token, &alice, bob, units(7), 0);
    assert_eq!(permit.submit(&other, bob).unwrap_err()[..4], ERC2612InvalidSigner::SELECTOR);
    VM::context().set_chain_id(1);
    assert_eq!(permit.submit(&token, bob).unwrap_err()[..4], ERC2612InvalidSigner::SELECTOR);
    VM::context().set_chain_id(42_161);
    permit.submit(&token, bob).unwrap();
}

#[motsu::test]
fn domain_follows_name_address_and_chain(token: Contract<Token>, alice: Address) {
    deploy(&token, alice, alice);
    assert_eq!(token.sender(alice).domain_separator(), separator(token.address(), 42_161));
    VM::context().set_chain_id(412_346);
    assert_eq!(token.sender(alice).domain_separator(), separator(token.address(), 412_346));
    let (fields, name, version, chain, contract, salt, extensions) = token.sender(alice).eip712_domain();
    assert_eq!((fields.0, name.as_str(), version.as_str()), ([0x0f], "Escapement", "1"));
    assert_eq!((chain, contract), (U256::from(412_346), token.address()));
    assert_eq!((salt, extensions.len()), (B256::ZERO, 0));
}

#[motsu::test]
fn storage_layout_is_the_documented_one(
    token: Contract<Token>,
    minter: Contract<Module>,
    alice: Account,
    bob: Address,
) {
    deploy(&token, alice.address(), bob);
    let slot = |number: u64| U256::from_be_bytes(vm::load(&U256::from(number).into()).0);
    assert_eq!(token.sender(bob).total_supply(), units(100));
    assert_eq!(slot(2), units(100), "supply");
    assert_eq!(slot(5), units(1_000), "cap");
    assert_eq!(slot(8), U256::from_be_bytes(bob.into_word().0), "owner");
    assert_eq!(slot(9), U256::ZERO, "minter");
    token.sender(bob).set_minter(minter.address()).motsu_unwrap();
    assert_eq!((slot(8), slot(9)), (U256::ZERO, U256::from_be_bytes(minter.address().into_word().0)));
    // Mappings: balances 0, allowances 1, nonces 6; name and symbol 3 and 4 in the short form.
    let entry = |account: Address, root: u64| {
        let key = [account.into_word().0, U256::from(root).to_be_bytes::<32>()].concat();
        U256::from_be_bytes(vm::load(&vm::keccak(&key)).0)
    };
    assert_eq!(entry(alice.address(), 0), units(100), "balance");
    Permit::sign(&token, &alice, bob, units(7), 0).submit(&token, bob).unwrap();
    assert_eq!(entry(alice.address(), 6), U256::from(1), "nonce");
    let name = vm::load(&U256::from(3).into());
    assert_eq!((&name[..10], name[31]), (b"Escapement".as_slice(), 20));
    let symbol = vm::load(&U256::from(4).into());
    assert_eq!((&symbol[..3], symbol[31]), (b"ESC".as_slice(), 6));
}

#[motsu::test]
fn calls_through_the_router_are_the_published_ones(token: Contract<Token>, alice: Address) {
    deploy(&token, alice, alice);
    let router: Contract<Module> = Contract::new_at(address!("00000000000000000000000000000000000000aa"));
    assert!(vm::has_code(&router.address()));
    let call = |input: &[u8]| {
        let _ = router.sender(alice);
        vm::static_call(&token.address(), input)
    };
    // totalSupply(), cap(), DOMAIN_SEPARATOR()
    assert_eq!(call(&[0x18, 0x16, 0x0d, 0xdd]).unwrap(), units(100).to_be_bytes::<32>());
    assert_eq!(call(&[0x35, 0x52, 0x74, 0xea]).unwrap(), units(1_000).to_be_bytes::<32>());
    assert_eq!(call(&[0x36, 0x44, 0xe5, 0x15]).unwrap(), separator(token.address(), 42_161).0);
}
