//! E2E-28 and E2E-29: permits, the minter's appointment and burning, on the compiled token.
#![allow(missing_docs)]

use alloy::signers::{SignerSync as _, local::PrivateKeySigner};
use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{Eip712Domain, SolStruct, eip712_domain};
use escapement_agent::bindings::token::{IToken, MinterSet};
use escapement_e2e::{GENESIS, Net, Permit, Receipt, Refusal, World, malleate, token, wad};

/// A token with a holder whose key is here, and a spender.
struct Bench {
    world: World,
    owner: PrivateKeySigner,
    spender: Address,
}

impl Bench {
    fn new() -> Self {
        let world = World::new();
        let owner = PrivateKeySigner::from_bytes(&keccak256("holder")).expect("a valid key");
        let call = IToken::transferCall { to: owner.address(), value: wad(100) };
        world.net.send(world.deployer, world.token, &call).unwrap_or_else(|refusal| panic!("{refusal}"));
        let spender = world.stranger;
        Self { world, owner, spender }
    }

    fn domain(&self) -> Eip712Domain {
        let chain_id = self.world.net.chain.chain_id();
        eip712_domain! { name: "Escapement", version: "1", chain_id: chain_id, verifying_contract: self.world.token, }
    }

    /// Terms for ten tokens with the owner's next nonce, for an hour.
    fn terms(&self) -> Permit {
        Permit {
            owner: self.owner.address(),
            spender: self.spender,
            value: wad(10),
            nonce: self.view(&IToken::noncesCall { owner: self.owner.address() }),
            deadline: U256::from(self.world.net.now() + 3_600),
        }
    }

    fn sign(&self, terms: &Permit) -> [u8; 65] {
        let digest = terms.eip712_signing_hash(&self.domain());
        self.owner.sign_hash_sync(&digest).expect("a local key signs").as_bytes()
    }

    fn permit(&self, terms: &Permit, signature: [u8; 65]) -> Result<Receipt, Refusal> {
        let call = IToken::permitCall {
            owner: terms.owner,
            spender: terms.spender,
            value: terms.value,
            deadline: terms.deadline,
            v: signature[64],
            r: B256::from_slice(&signature[..32]),
            s: B256::from_slice(&signature[32..64]),
        };
        self.world.net.send(self.spender, self.world.token, &call)
    }

    /// A permit that must be refused and leave nonce and allowance as they were.
    fn refused(&self, terms: &Permit, signature: [u8; 65]) -> Refusal {
        let before = (self.nonce(), self.allowance());
        let refusal = self.permit(terms, signature).expect_err("the permit is refused");
        assert_eq!((self.nonce(), self.allowance()), before);
        refusal
    }

    fn view<C: alloy_sol_types::SolCall>(&self, call: &C) -> C::Return {
        self.world.net.view(self.world.token, call).unwrap_or_else(|refusal| panic!("{}: {refusal}", C::SIGNATURE))
    }

    fn nonce(&self) -> U256 {
        self.view(&IToken::noncesCall { owner: self.owner.address() })
    }

    fn allowance(&self) -> U256 {
        self.view(&IToken::allowanceCall { owner: self.owner.address(), spender: self.spender })
    }

    fn balance(&self, account: Address) -> U256 {
        self.view(&IToken::balanceOfCall { account })
    }
}

#[test]
fn permit_works_once() {
    let bench = Bench::new();
    assert_eq!(bench.view(&IToken::DOMAIN_SEPARATORCall {}), bench.domain().separator());
    let terms = bench.terms();
    let signature = bench.sign(&terms);
    bench.permit(&terms, signature).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!((bench.allowance(), bench.nonce()), (wad(10), U256::ONE));

    let replay = bench.refused(&terms, signature).expect::<IToken::ERC2612InvalidSigner>();
    assert_eq!(replay._1, bench.owner.address(), "with the next nonce the digest is another");
    let spend = IToken::transferFromCall { from: bench.owner.address(), to: bench.spender, value: wad(10) };
    let held = bench.balance(bench.spender);
    bench.world.net.send(bench.spender, bench.world.token, &spend).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(bench.balance(bench.spender), held + wad(10));
    let refusal = bench.world.net.send(bench.spender, bench.world.token, &spend).expect_err("spent");
    let numbers = refusal.expect::<IToken::ERC20InsufficientAllowance>();
    assert_eq!((numbers._0, numbers._1, numbers._2), (bench.spender, U256::ZERO, wad(10)));
}

#[test]
fn permit_reverts_when_expired() {
    let bench = Bench::new();
    let terms = bench.terms();
    let signature = bench.sign(&terms);
    let deadline: u64 = terms.deadline.to();
    let snapshot = bench.world.net.chain.snapshot();
    bench.world.net.at_next(deadline);
    bench.permit(&terms, signature).unwrap_or_else(|refusal| panic!("its last second: {refusal}"));
    assert!(bench.world.net.chain.revert(snapshot));
    bench.world.net.at_next(deadline + 1);
    assert_eq!(bench.refused(&terms, signature).expect::<IToken::ERC2612ExpiredSignature>().0, terms.deadline);
}

#[test]
fn permit_reverts_when_the_owner_did_not_sign_these_terms() {
    let bench = Bench::new();
    let terms = bench.terms();
    let signature = bench.sign(&terms);
    let someone = PrivateKeySigner::from_bytes(&keccak256("someone")).expect("a valid key");
    let digest = terms.eip712_signing_hash(&bench.domain());
    let theirs = someone.sign_hash_sync(&digest).expect("a local key signs").as_bytes();
    let refusal = bench.refused(&terms, theirs).expect::<IToken::ERC2612InvalidSigner>();
    assert_eq!((refusal._0, refusal._1), (someone.address(), bench.owner.address()));

    let owner = bench.owner.address();
    let altered = [
        Permit { value: terms.value + U256::ONE, ..bench.terms() },
        Permit { spender: bench.world.council, ..bench.terms() },
        Permit { deadline: terms.deadline + U256::ONE, ..bench.terms() },
        Permit { owner: bench.world.deployer, ..bench.terms() },
    ];
    for terms in altered {
        let refusal = bench.refused(&terms, signature).expect::<IToken::ERC2612InvalidSigner>();
        assert!(refusal._0 != refusal._1 && refusal._1 == terms.owner);
    }
    // Signed for another chain, another contract, another name, a later nonce.
    let other_chain = Eip712Domain { chain_id: Some(U256::from(42_161)), ..bench.domain() };
    let other_contract = Eip712Domain { verifying_contract: Some(bench.world.minter), ..bench.domain() };
    let other_name = Eip712Domain { name: Some("Escapements".into()), ..bench.domain() };
    for domain in [other_chain, other_contract, other_name] {
        let digest = terms.eip712_signing_hash(&domain);
        let signature = bench.owner.sign_hash_sync(&digest).expect("a local key signs").as_bytes();
        assert_eq!(bench.refused(&terms, signature).expect::<IToken::ERC2612InvalidSigner>()._1, owner);
    }
    let later = bench.sign(&Permit { nonce: U256::ONE, ..bench.terms() });
    assert_eq!(bench.refused(&terms, later).expect::<IToken::ERC2612InvalidSigner>()._1, owner);
}

#[test]
fn permit_reverts_when_the_signature_is_malformed() {
    let bench = Bench::new();
    let terms = bench.terms();
    let signature = bench.sign(&terms);
    let high = malleate(signature);
    let refusal = bench.refused(&terms, high).expect::<IToken::ECDSAInvalidSignatureS>();
    assert_eq!(refusal.0, B256::from_slice(&high[32..64]));
    for v in [0, 1, 26, 29, 255] {
        let mut wrong = signature;
        wrong[64] = v;
        let _ = bench.refused(&terms, wrong).expect::<IToken::ECDSAInvalidSignature>();
    }
    let mut nothing = signature;
    nothing[..32].fill(0);
    let _ = bench.refused(&terms, nothing).expect::<IToken::ECDSAInvalidSignature>();
    bench.permit(&terms, signature).unwrap_or_else(|refusal| panic!("the sound one still works: {refusal}"));
}

#[test]
fn minter_is_named_once_by_the_owner() {
    let net = Net::at(GENESIS);
    let [from, owner, other] = [0, 1, 2].map(|n| net.account(n));
    let token = token(&net, from, owner);
    let set = |who, minter| net.send(who, token, &IToken::setMinterCall { minter });
    let mint = |who| net.send(who, token, &IToken::mintCall { to: who, value: U256::ONE });
    let refusal = mint(owner).expect_err("nobody mints before it is named").expect::<IToken::TokenNotMinter>();
    assert_eq!((refusal._0, refusal._1), (owner, Address::ZERO));
    for who in [from, other] {
        let refusal = set(who, token).expect_err("not the owner").expect::<IToken::OwnableUnauthorizedAccount>();
        assert_eq!(refusal.0, who);
    }
    let refusal = set(owner, other).expect_err("no contract").expect::<IToken::TokenMinterWithoutCode>();
    assert_eq!(refusal.0, other);
    let minter = net.solidity(from, "SilentStub", &[]);
    let receipt = set(owner, minter).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(receipt.events::<MinterSet>()[0].minter, minter);
    assert_eq!(net.view(token, &IToken::ownerCall {}).expect("a plain view"), Address::ZERO, "no owner is left");
    for who in [owner, from, minter] {
        net.chain.impersonate(who);
        net.chain.set_balance(who, wad(1));
        let refusal = set(who, minter).expect_err("once").expect::<IToken::OwnableUnauthorizedAccount>();
        assert_eq!(refusal.0, who);
    }
    mint(minter).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(mint(owner).expect_err("still not").expect::<IToken::TokenNotMinter>()._1, minter);
}

#[test]
fn burning_takes_ones_own_or_an_allowance() {
    let bench = Bench::new();
    let (net, token, owner) = (&bench.world.net, bench.world.token, bench.world.deployer);
    let supply = || bench.view(&IToken::totalSupplyCall {});
    let (before, held) = (supply(), bench.balance(owner));
    net.send(owner, token, &IToken::burnCall { value: wad(3) }).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!((supply(), bench.balance(owner)), (before - wad(3), held - wad(3)));
    let burn = IToken::burnCall { value: U256::ONE };
    let poor = net.send(bench.world.council, token, &burn).expect_err("has none");
    let poor = poor.expect::<IToken::ERC20InsufficientBalance>();
    assert_eq!((poor._0, poor._1, poor._2), (bench.world.council, U256::ZERO, U256::ONE));

    let burn_from = |value| net.send(bench.spender, token, &IToken::burnFromCall { account: owner, value });
    let refusal = burn_from(U256::ONE).expect_err("no allowance").expect::<IToken::ERC20InsufficientAllowance>();
    assert_eq!((refusal._0, refusal._1, refusal._2), (bench.spender, U256::ZERO, U256::ONE));
    let approve = IToken::approveCall { spender: bench.spender, value: wad(5) };
    net.send(owner, token, &approve).unwrap_or_else(|refusal| panic!("{refusal}"));
    burn_from(wad(4)).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!((supply(), bench.balance(owner)), (before - wad(7), held - wad(7)));
    let refusal = burn_from(wad(2)).expect_err("one is left").expect::<IToken::ERC20InsufficientAllowance>();
    assert_eq!((refusal._1, refusal._2), (wad(1), wad(2)));
}
