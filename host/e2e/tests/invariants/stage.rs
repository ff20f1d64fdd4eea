//! Where every history begins: all contracts connected, a market, holders with means and allowances, a whale that keeps the
//! staking ratio above its floor, and fixtures that mean harm.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue as _};
use escapement_agent::bindings::{
    gauges::IGauges as G,
    minter::IMinter as M,
    solidity::{ConstantProductPool as P, QuoteToken as Q},
    token::IToken as T,
    treasury::ITreasury as R,
    vault::IVault as V,
};
use escapement_e2e::{World, wad};

use crate::fixtures::{ReentrantPeer, TaxedToken};

/// The world and what was added to it. Addresses only: the state is the chain's.
pub struct Stage {
    pub world: World,
    /// Four holders without any role.
    pub users: [Address; 4],
    /// The quote token, and the market of the token against it.
    pub quote: Address,
    pub market: Address,
    /// LP tokens by pool number less one: three honest ones, one that takes a fee, one that calls back.
    pub lps: [Address; 5],
    /// Called back by nobody but the minter, whose consumer it is with one part in a hundred.
    pub receiver: Address,
    /// Implementations that the minter's proxy may be pointed at next, in order; and one that nothing may be pointed at.
    pub versions: [Address; 2],
    pub plain: Address,
    /// A program that is newer and was never activated: the token's code in the vault's place.
    pub strange: Address,
}

impl Stage {
    /// Builds it.
    ///
    /// # Panics
    /// When a step is refused.
    pub fn new() -> Self {
        let world = World::new();
        world.connect();
        let net = world.net.clone();
        let (deployer, governance, stranger) = (world.deployer, world.governance, world.stranger);
        let users = [6, 7, 8, 9].map(|n| net.account(n));
        let arguments = ("Quote".to_owned(), "QUO".to_owned(), U256::from(18), deployer).abi_encode_params();
        let quote = net.solidity(deployer, "QuoteToken", &arguments);
        let arguments = (world.token, quote, U256::from(30), Address::ZERO).abi_encode_params();
        let market = net.solidity(deployer, "ConstantProductPool", &arguments);
        let taxed = net.solidity(stranger, "TaxedToken", &[]);
        let peer = net.solidity(stranger, "ReentrantPeer", &[]);
        let stage = Self {
            users,
            quote,
            market,
            lps: [world.lp[0], world.lp[1], world.lp[2], taxed, peer],
            receiver: net.solidity(stranger, "ReentrantReceiver", &[]),
            versions: ["minter-v2", "minter-v3"].map(|name| net.program(deployer, name)),
            plain: net.solidity(deployer, "PlainImplementation", &[]),
            strange: net.program(deployer, "token"),
            world,
        };
        stage.endow();
        stage.connect();
        let world = &stage.world;
        for (weight, lp) in [(4, taxed), (5, peer)] {
            stage.must(governance, world.gauges, &G::addPoolCall { weight, lpToken: lp });
        }
        for (selector, answer) in [(T::balanceOfCall::SELECTOR, U256::ZERO), (T::transferFromCall::SELECTOR, U256::ONE)]
        {
            let answer = Bytes::from(answer.abi_encode());
            stage.must(stranger, peer, &ReentrantPeer::setAnswerCall { selector: selector.into(), answer });
        }
        stage.must(stranger, taxed, &TaxedToken::mintCall { to: users[0], amount: wad(1_000) });
        stage.must(users[0], taxed, &TaxedToken::approveCall { spender: world.gauges, amount: U256::MAX });
        stage
    }

    /// Gives everybody means, and lets the whale stake most of the supply.
    fn endow(&self) {
        let world = &self.world;
        let deployer = world.deployer;
        self.must(deployer, self.quote, &Q::mintCall { to: deployer, amount: wad(10_000_000) });
        for user in self.users {
            self.must(deployer, world.token, &T::transferCall { to: user, value: wad(1_000_000) });
            self.must(deployer, self.quote, &Q::mintCall { to: user, amount: wad(100_000) });
            for lp in world.lp {
                self.must(deployer, lp, &Q::mintCall { to: user, amount: wad(10_000) });
            }
        }
        for who in self.users.into_iter().chain([deployer]) {
            for spender in [world.vault, world.minter, self.market] {
                self.must(who, world.token, &T::approveCall { spender, value: U256::MAX });
                self.must(who, self.quote, &Q::approveCall { spender, value: U256::MAX });
            }
            for lp in world.lp {
                self.must(who, lp, &Q::approveCall { spender: world.gauges, value: U256::MAX });
            }
        }
        let (token_max, quote_max) = (wad(1_000_000), wad(2_000_000));
        let call = P::addLiquidityCall { tokenMax: token_max, quoteMax: quote_max, minShares: U256::ZERO };
        self.must(deployer, self.market, &call);
        self.must(deployer, world.vault, &V::stakeCall { amount: wad(600_000_000), lockSeconds: 0 });
    }

    /// The minter's consumers, treasury and market, and free funds in the treasury.
    fn connect(&self) {
        let world = &self.world;
        self.must(world.governance, world.minter, &self.consumers(true));
        self.must(world.governance, world.minter, &M::setTreasuryCall { treasury: world.treasury });
        let call = M::setMarketCall { quote: self.quote, pool: self.market, deviationBps: 200, slippageBps: 100 };
        self.must(world.governance, world.minter, &call);
        self.must(world.deployer, world.token, &T::transferCall { to: world.treasury, value: wad(5_000_000) });
        self.must(world.stranger, world.treasury, &R::bookSurplusCall {});
        self.must(world.stranger, world.minter, &M::rollEpochCall {});
    }

    /// Vault, gauges and treasury, and the receiver if it is wanted.
    pub fn consumers(&self, receiver: bool) -> M::setConsumersCall {
        let world = &self.world;
        let mut call = M::setConsumersCall {
            consumers: [world.vault, world.gauges, world.treasury, Address::ZERO],
            weights: [4_000, 4_000, 2_000, 0],
        };
        if receiver {
            (call.consumers[3], call.weights[2], call.weights[3]) = (self.receiver, 1_900, 100);
        }
        call
    }

    fn must<C: SolCall>(&self, from: Address, to: Address, call: &C) {
        let done = self.world.net.send(from, to, call);
        done.unwrap_or_else(|refusal| panic!("{}: {refusal}", C::SIGNATURE));
    }

    /// The five proxies.
    pub fn proxies(&self) -> [Address; 5] {
        let world = &self.world;
        [world.controller, world.minter, world.vault, world.gauges, world.treasury]
    }

    /// Every account whose balance of the token is followed one by one.
    pub fn accounts(&self) -> Vec<Address> {
        let world = &self.world;
        let people = [world.governance, world.council, world.guardian, world.stranger, world.deployer, world.recipient];
        let others = [self.market, self.receiver, world.token, world.verifier, world.lens];
        people.into_iter().chain(self.users).chain(self.proxies()).chain(others).collect()
    }
}
