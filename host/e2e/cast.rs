//! Everybody who may call, and for each mutating function calls that go through when the right one makes them.

mod modules;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::SolCall as _;
use escapement_agent::bindings::{
    controller::{IController as C, IControllerEvents},
    minter::IMinter as M,
    solidity::ProxyAdmin,
    token::IToken as T,
    treasury::ITreasury as R,
    verifier::IVerifier as V,
};
use escapement_core::{
    engine::BreakerConfig,
    param::{EMISSION, Group},
    policy::{Arch, OwnedModel, SchemaEntry, policy_code},
};

use crate::{World, report_of, start_values, token, wad};

const DAY: u64 = 86_400;

/// A world in the middle of things, so that no function fails for want of something to do: a change waits and is ready,
/// a group is halted, there is a past to restore, ownership is on offer, an allowance is open, an epoch can be rolled, the
/// holder has stakes, exits, rewards, a vesting stream and a grant.
pub struct Cast {
    /// The world.
    pub world: World,
    /// Holds all tokens; account 6.
    pub holder: Address,
    /// May spend 1,000 of them.
    pub spender: Address,
    /// Was offered the ownership of the verifier.
    pub heir: Address,
    /// Owns the admins of all proxies; governance in a deployment, apart here to be told from it.
    pub upgrader: Address,
    /// Another token, whose minter governance has not named yet.
    pub unnamed: Address,
    /// A contract that may be the next minter, verifier or data contract: it holds a policy not registered yet.
    data: Address,
    /// Network and schema of that policy.
    policy: [B256; 2],
    /// A moment with other values.
    past: u32,
    /// What waits in group 0.
    pub payload: Bytes,
    /// An honest update and its signatures.
    pub update: (Bytes, Bytes),
    /// The report of that update and its signatures.
    report: (Bytes, Bytes),
    /// The holder's claim of its grant.
    grant: R::claimGrantCall,
}

impl Cast {
    /// Sets the world up.
    ///
    /// # Panics
    /// When a step of it is refused.
    #[must_use]
    pub fn new() -> Self {
        let world = World::new();
        let net = world.net.clone();
        let [holder, spender, heir, upgrader] = [6, 7, 8, 9].map(|n| net.account(n));
        let supply = wad(1_000_000_000);
        net.send(world.deployer, world.token, &T::transferCall { to: holder, value: supply }).expect("the deployer's");
        net.send(holder, world.token, &T::approveCall { spender, value: wad(1_000) }).expect("the holder's own");
        let offer = V::transferOwnershipCall { new_owner: heir };
        net.send(world.governance, world.verifier, &offer).expect("governance owns it");
        let grant = modules::stage(&world, holder);
        for proxy in [world.controller, world.minter, world.vault, world.gauges, world.treasury] {
            let call = ProxyAdmin::transferOwnershipCall { newOwner: upgrader };
            net.send(world.governance, net.proxy_admin(proxy), &call).expect("governance owns the admins");
        }

        let model = OwnedModel::zero(Arch::A1);
        let code = policy_code(&model, &[SchemaEntry { mean: 0, scale: 1, shift: 0 }; 12]).expect("well formed");
        let data = net.code(world.deployer, &code).expect("data contracts are plain code");
        let policy = [&code[1..=Arch::A1.model_len()], &code[1 + Arch::A1.model_len()..]].map(keccak256);

        let unnamed = token(&net, world.governance, world.governance);
        let past = u32::try_from(net.now()).expect("a 32-bit moment");
        net.warp(60);
        let changes = change(7, 2_000, 2_100);
        net.send(world.council, world.controller, &C::overrideParamsCall { changes }).expect("inside the bounds");
        net.send(world.council, world.controller, &C::haltCall { scope: 3 }).expect("the council halts");
        // A whole step of emission waits for two days.
        let receipt = world.submit(&world.propose(1, &[(0, 65_536)])).expect("an honest update");
        let queued = receipt.events::<IControllerEvents::UpdateQueued>().remove(0);
        net.warp(2 * DAY);
        // A reading of the price that is old enough to buy back at, and not too old.
        net.send(world.stranger, world.minter, &M::observeCall {}).expect("anyone");
        net.warp(1_800);
        let update = world.propose(2, &[(1, 6_554)]);
        let (report, digest) = report_of(&update, world.net.chain.chain_id(), world.controller);
        let report = (report.encode().expect("the list fits").into(), world.quorum.sign(digest));
        let update = (update.bytes(), world.quorum.sign(world.digest(&update)));
        Self {
            world,
            holder,
            spender,
            heir,
            upgrader,
            unnamed,
            data,
            policy,
            past,
            payload: queued.payload,
            update,
            report,
            grant,
        }
    }

    /// Everybody, by the name of the role.
    #[must_use]
    pub fn roles(&self) -> Vec<(&'static str, Address)> {
        let world = &self.world;
        vec![
            ("governance", world.governance),
            ("council", world.council),
            ("guardian", world.guardian),
            ("attester", world.quorum.addresses()[0]),
            ("token holder", self.holder),
            ("spender", self.spender),
            ("owner to be", self.heir),
            ("recipient", world.recipient),
            ("deployer", world.deployer),
            ("stranger", world.stranger),
            ("controller", world.controller),
            ("verifier", world.verifier),
            ("minter", world.minter),
            ("token", world.token),
            ("vault", world.vault),
            ("gauges", world.gauges),
            ("treasury", world.treasury),
            ("owner of the proxy admins", self.upgrader),
            ("proxy admin of the controller", world.net.proxy_admin(world.controller)),
            ("proxy admin of the minter", world.net.proxy_admin(world.minter)),
            ("proxy admin of the vault", world.net.proxy_admin(world.vault)),
            ("proxy admin of the gauges", world.net.proxy_admin(world.gauges)),
            ("proxy admin of the treasury", world.net.proxy_admin(world.treasury)),
        ]
    }

    /// Where `contract` is.
    ///
    /// # Panics
    /// When there is no such contract.
    #[must_use]
    pub fn address(&self, contract: &str) -> Address {
        match contract {
            "controller" => self.world.controller,
            "verifier" => self.world.verifier,
            "minter" => self.world.minter,
            "token" => self.world.token,
            "vault" => self.world.vault,
            "gauges" => self.world.gauges,
            "treasury" => self.world.treasury,
            "lens" => self.world.lens,
            _ => panic!("no address for {contract}"),
        }
    }

    /// Calls of the function `name` of `contract`, each with what tells it from the others; none when the function is
    /// not known here, which a test must take as a failure.
    #[must_use]
    pub fn calls(&self, contract: &str, name: &str) -> Vec<(&'static str, Vec<u8>)> {
        match contract {
            "controller" => self.controller_calls(name),
            "verifier" => self.verifier_calls(name),
            "minter" => self.minter_calls(name),
            "token" => self.token_calls(name),
            "vault" => self.vault_calls(name),
            "gauges" => self.gauges_calls(name),
            "treasury" => self.treasury_calls(name),
            _ => Vec::new(),
        }
    }

    fn controller_calls(&self, name: &str) -> Vec<(&'static str, Vec<u8>)> {
        let world = &self.world;
        let (update, signatures) = self.update.clone();
        let role = keccak256("COUNCIL_ROLE");
        let call = match name {
            "initialize" => C::initializeCall {
                governance: world.stranger,
                council: world.stranger,
                guardian: world.stranger,
                verifier: world.verifier,
                values: start_values(),
                pools: 4,
                categories: 2,
                autonomy: 3,
            }
            .abi_encode(),
            "migrate" => C::migrateCall {}.abi_encode(),
            "submit" => C::submitCall { update, signatures }.abi_encode(),
            "trySubmit" => C::trySubmitCall { update, signatures }.abi_encode(),
            "execute" => C::executeCall { group: 0, payload: self.payload.clone() }.abi_encode(),
            "poke" => C::pokeCall {}.abi_encode(),
            "veto" => C::vetoCall { group: 0 }.abi_encode(),
            "approve" => C::approveCall { group: 0 }.abi_encode(),
            "overrideParams" => C::overrideParamsCall { changes: change(1, 10_000, 10_100) }.abi_encode(),
            "restore" => C::restoreCall { timepoint: self.past }.abi_encode(),
            "narrow" => C::narrowCall { slot: 0, min: 5_000, max: 15_000 }.abi_encode(),
            "lowerAutonomy" => C::lowerAutonomyCall { group: 1, level: 0 }.abi_encode(),
            "halt" => C::haltCall { scope: 2 }.abi_encode(),
            "extendHalt" => {
                let until = u32::try_from(world.net.now() + 30 * DAY).expect("a 32-bit moment");
                C::extendHaltCall { scope: 3, until }.abi_encode()
            }
            "resume" => C::resumeCall { scope: 3 }.abi_encode(),
            "raiseAutonomy" => C::raiseAutonomyCall { group: 0 }.abi_encode(),
            "setSlotRules" => {
                let [word0, word1] = EMISSION.default_rules().pack().map(Into::into);
                C::setSlotRulesCall { slot: 0, word0, word1 }.abi_encode()
            }
            "setGroupRules" => {
                C::setGroupRulesCall { group: 0, word: Group::Emission.default_rules().pack().into() }.abi_encode()
            }
            "setBreaker" => C::setBreakerCall { word: BreakerConfig::default().pack().into() }.abi_encode(),
            "setCounts" => C::setCountsCall { pools: 5, categories: 3 }.abi_encode(),
            "setVerifier" => C::setVerifierCall { verifier: self.data }.abi_encode(),
            "setConsumer" => C::setConsumerCall { index: 0, consumer: Address::ZERO, groups: 0 }.abi_encode(),
            "setSources" => world.sources(Address::ZERO).abi_encode(),
            "observe" => C::observeCall {}.abi_encode(),
            "grantRole" => C::grantRoleCall { role, account: world.stranger }.abi_encode(),
            "revokeRole" => C::revokeRoleCall { role, account: world.council }.abi_encode(),
            "renounceRole" => C::renounceRoleCall { role, callerConfirmation: world.council }.abi_encode(),
            _ => return Vec::new(),
        };
        vec![("", call)]
    }

    fn verifier_calls(&self, name: &str) -> Vec<(&'static str, Vec<u8>)> {
        let world = &self.world;
        let [model_id, kpi_schema] = self.policy;
        let signers = world.quorum.addresses();
        let (report, signatures) = self.report.clone();
        let call = match name {
            "report" => V::reportCall { controller: world.controller, report, signatures }.abi_encode(),
            "setSigners" => V::setSignersCall { signers, threshold: 3 }.abi_encode(),
            "revokeSigner" => V::revokeSignerCall { signer: signers[0] }.abi_encode(),
            "registerModel" => V::registerModelCall { model_id, data: self.data, kpi_schema, kind: 0 }.abi_encode(),
            "setModelActive" => {
                let call = |active| V::setModelActiveCall { model_id: world.model_id, active }.abi_encode();
                return vec![("true", call(true)), ("false", call(false))];
            }
            "setUptimeFeed" => V::setUptimeFeedCall { feed: self.data, grace: 3_600 }.abi_encode(),
            "setGuardian" => V::setGuardianCall { guardian: world.stranger }.abi_encode(),
            "transferOwnership" => V::transferOwnershipCall { new_owner: world.stranger }.abi_encode(),
            "acceptOwnership" => V::acceptOwnershipCall {}.abi_encode(),
            _ => return Vec::new(),
        };
        vec![("", call)]
    }

    fn token_calls(&self, name: &str) -> Vec<(&'static str, Vec<u8>)> {
        let (world, value) = (&self.world, U256::from(7));
        let (from, to) = (self.holder, world.recipient);
        let call = match name {
            "transfer" => T::transferCall { to, value }.abi_encode(),
            "approve" => T::approveCall { spender: to, value }.abi_encode(),
            "transferFrom" => T::transferFromCall { from, to, value }.abi_encode(),
            "burn" => T::burnCall { value }.abi_encode(),
            "burnFrom" => T::burnFromCall { account: from, value }.abi_encode(),
            "mint" => T::mintCall { to, value }.abi_encode(),
            "setMinter" => T::setMinterCall { minter: self.data }.abi_encode(),
            "transferOwnership" => T::transferOwnershipCall { new_owner: world.stranger }.abi_encode(),
            "permit" => {
                let signed = world.permit(6, to, value);
                let forged = T::permitCall { owner: world.deployer, ..signed.clone() };
                return vec![("the holder's", signed.abi_encode()), ("forged", forged.abi_encode())];
            }
            _ => return Vec::new(),
        };
        vec![("", call)]
    }
}

impl Default for Cast {
    fn default() -> Self {
        Self::new()
    }
}

/// One change as `overrideParams` takes it.
#[must_use]
pub fn change(slot: u8, old: u32, new: u32) -> Bytes {
    [&[slot][..], &old.to_be_bytes(), &new.to_be_bytes()].concat().into()
}
