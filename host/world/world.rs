//! Escapement on a fresh chain: every contract, its roles, its signers and a policy that tests can steer.

mod deploy;
mod governed;
mod ledger;
mod modules;
mod shape;

use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::SolCall;
use escapement_agent::bindings::{
    controller::IController, minter::IMinter, solidity::ProxyAdmin, token::IToken, verifier::IVerifier,
};
use escapement_core::{
    engine::submit::View,
    param::SLOTS,
    policy::{self, OwnedModel, SchemaEntry, policy_code},
    update::OwnedUpdate,
};

pub use deploy::{proxy, start_values, steerable_policy, token, verifier, wad};
pub use governed::{Governed, governor_arguments};
pub use ledger::RemoteLedger;
pub use shape::Shape;

use crate::{Net, Quorum, Receipt, Refusal, UpdateBuilder};

/// Genesis of every test chain: 2026-01-05 00:00:00 UTC, a Monday.
pub const GENESIS: u64 = 1_767_571_200;

/// Which observation steers output n of the test policy. The KPIs the breaker watches (5, 8, 10, 11) stay free.
const STEERING: [usize; 8] = [0, 1, 2, 3, 4, 6, 7, 9];

/// Everything deployed and wired, with one account per role.
#[derive(Clone)]
pub struct World {
    /// The chain.
    pub net: Net,
    /// Default admin, verifier owner, owner of the proxy admins.
    pub governance: Address,
    /// The council.
    pub council: Address,
    /// The guardian.
    pub guardian: Address,
    /// Somebody without any role.
    pub stranger: Address,
    /// Who deployed, and keeps no power.
    pub deployer: Address,
    /// Attesters.
    pub quorum: Quorum,
    /// The token.
    pub token: Address,
    /// The verifier.
    pub verifier: Address,
    /// The controller's proxy.
    pub controller: Address,
    /// The controller's implementation.
    pub controller_logic: Address,
    /// The minter's proxy.
    pub minter: Address,
    /// The minter's implementation.
    pub minter_logic: Address,
    /// The lens.
    pub lens: Address,
    /// The minter's only consumer: accepts every call.
    pub consumer: Address,
    /// Somebody without any role.
    pub recipient: Address,
    /// The vault's proxy.
    pub vault: Address,
    /// The gauges' proxy.
    pub gauges: Address,
    /// The treasury's proxy.
    pub treasury: Address,
    /// LP tokens of the pools 1 to 3, behind the weights of the same numbers; the deployer mints and holds them.
    pub lp: [Address; 3],
    /// Identity of the test policy.
    pub model_id: B256,
    /// Identity of its schema.
    pub kpi_schema: B256,
    /// What it was deployed as.
    pub shape: Shape,
}

impl World {
    /// Deploys everything with the given autonomy of every group.
    #[must_use]
    pub fn with_autonomy(autonomy: u8) -> Self {
        Self::of(Shape { autonomy, ..Shape::default() })
    }

    /// Deploys everything in the given shape.
    ///
    /// # Panics
    /// When a contract is not built or a step of the deployment is refused.
    #[must_use]
    pub fn of(shape: Shape) -> Self {
        Self::on(Net::at(GENESIS), shape)
    }

    /// Deploys everything in the given shape on `net`, beside what is there.
    ///
    /// # Panics
    /// As [`World::of`].
    #[must_use]
    pub fn on(net: Net, shape: Shape) -> Self {
        let [deployer, governance, council, guardian, stranger, recipient] = [0, 1, 2, 3, 4, 5].map(|n| net.account(n));
        let quorum = Quorum::new(shape.signers, shape.threshold.into());

        let verifier = verifier(&net, deployer, governance, guardian, &quorum);
        let token = token(&net, deployer, governance);
        let lens = net.program(deployer, "lens");

        let controller_logic = net.program(deployer, "controller");
        let initialize = IController::initializeCall {
            governance,
            council,
            guardian,
            verifier,
            values: shape.values(),
            pools: shape.pools,
            categories: 2,
            autonomy: shape.autonomy,
        };
        let controller = proxy(&net, deployer, controller_logic, governance, initialize.abi_encode());

        let minter_logic = net.program(deployer, "minter");
        let initialize =
            IMinter::initializeCall { governance, controller, token, genesis: net.now(), epochLength: 604_800 };
        let minter = proxy(&net, deployer, minter_logic, governance, initialize.abi_encode());
        net.send(governance, token, &IToken::setMinterCall { minter }).expect("governance sets the minter once");
        let consumer = net.solidity(deployer, "SilentStub", &[]);
        let mut consumers = IMinter::setConsumersCall { consumers: [Address::ZERO; 4], weights: [0; 4] };
        (consumers.consumers[0], consumers.weights[0]) = (consumer, 10_000);
        net.send(governance, minter, &consumers).expect("governance names the consumers");

        let mut world = Self {
            net,
            governance,
            council,
            guardian,
            stranger,
            deployer,
            quorum,
            token,
            verifier,
            controller,
            controller_logic,
            minter,
            minter_logic,
            lens,
            consumer,
            recipient,
            vault: Address::ZERO,
            gauges: Address::ZERO,
            treasury: Address::ZERO,
            lp: [Address::ZERO; 3],
            model_id: B256::ZERO,
            kpi_schema: B256::ZERO,
            shape,
        };
        let (model, schema) = steerable_policy(shape.arch);
        (world.model_id, world.kpi_schema) = world.register(&model, &schema);
        world.deploy_modules();
        world
    }

    /// Puts a policy in a data contract and registers it; returns its model id and schema id.
    ///
    /// # Panics
    /// When the policy has no wire form or the verifier refuses it.
    #[must_use]
    pub fn register(&self, model: &OwnedModel, schema: &[SchemaEntry]) -> (B256, B256) {
        let code = policy_code(model, schema).expect("the policy is well formed");
        let data = self.net.code(self.deployer, &code).expect("data contracts are plain code");
        let model_id = keccak256(model.encode().expect("the policy is well formed"));
        let kpi_schema = keccak256(&code[1 + model.arch.model_len()..]);
        let call = IVerifier::registerModelCall { model_id, data, kpi_schema, kind: 0 };
        self.net.send(self.governance, self.verifier, &call).expect("the verifier accepts the policy");
        (model_id, kpi_schema)
    }

    /// Words of the controller as a ledger, so that the law itself can be run on them. Each word is read once: take
    /// another ledger after a transaction.
    #[must_use]
    pub fn ledger(&self) -> RemoteLedger<'_> {
        RemoteLedger::new(self)
    }

    /// Current value of a slot.
    ///
    /// # Panics
    /// When there is no such slot.
    #[must_use]
    pub fn value(&self, slot: u8) -> u32 {
        self.net.view(self.controller, &IController::paramCall { slot }).expect("a slot has a value")
    }

    /// An update without changes: calm KPIs, observed now, valid for a day, next id.
    #[must_use]
    pub fn heartbeat(&self, update_id: u64) -> UpdateBuilder {
        let mut kpis = vec![0i32; self.shape.arch.inputs()];
        kpis[5] = 39_321; // 60 % staked
        let now = self.net.now();
        UpdateBuilder {
            inner: OwnedUpdate {
                model_id: self.model_id.0,
                kpi_schema: self.kpi_schema.0,
                signer_epoch: self.signer_epoch(),
                update_id,
                observed_at: now,
                valid_after: now,
                expires_at: now + 86_400,
                kpis,
                changes: vec![],
            },
        }
    }

    /// The update that the test policy gives for `outputs` (output number, Q16 fraction of a step), with every change that
    /// the law's mapping computes on the controller's live values.
    ///
    /// # Panics
    /// When the controller is not initialised.
    #[must_use]
    pub fn propose(&self, update_id: u64, outputs: &[(usize, i32)]) -> UpdateBuilder {
        self.propose_scored(update_id, outputs, &[])
    }

    /// As [`World::propose`], with the scores of the live pools, without which their weights cannot change.
    ///
    /// # Panics
    /// When the controller is not initialised.
    #[must_use]
    pub fn propose_scored(&self, update_id: u64, outputs: &[(usize, i32)], scores: &[i32]) -> UpdateBuilder {
        let mut update = self.heartbeat(update_id);
        update.inner.kpis.extend(scores);
        let mut wanted = [0i32; 8];
        for &(output, value) in outputs {
            update.inner.kpis[STEERING[output]] = value;
            wanted[output] = value;
        }
        let ledger = self.ledger();
        let view = View::open(&ledger, (1 << SLOTS) - 1).expect("the controller is initialised");
        update.inner.changes =
            policy::changes(&wanted, &|index| scores.get(index).copied().unwrap_or(0), &view).changes().collect();
        update
    }

    /// Number of the present signer set.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn signer_epoch(&self) -> u64 {
        self.net.view(self.verifier, &IVerifier::signerEpochCall {}).expect("a plain view")
    }

    /// Digest of `update` for this controller on this chain.
    #[must_use]
    pub fn digest(&self, update: &UpdateBuilder) -> B256 {
        update.digest(self.net.chain.chain_id(), self.controller)
    }

    /// Signs `update` with exactly a quorum and submits it as a stranger.
    ///
    /// # Errors
    /// The [`Refusal`] of the controller or the verifier.
    pub fn submit(&self, update: &UpdateBuilder) -> Result<Receipt, Refusal> {
        self.submit_signed(update, self.quorum.sign(self.digest(update)))
    }

    /// Submits `update` with the given signatures as a stranger.
    ///
    /// # Errors
    /// The [`Refusal`] of the controller or the verifier.
    pub fn submit_signed(&self, update: &UpdateBuilder, signatures: Bytes) -> Result<Receipt, Refusal> {
        let call = IController::submitCall { update: update.bytes(), signatures };
        self.net.send(self.stranger, self.controller, &call)
    }

    /// Upgrades a proxy through its `ProxyAdmin` as `owner`.
    ///
    /// # Errors
    /// The [`Refusal`] of the admin, the proxy or the new implementation.
    pub fn upgrade(&self, owner: Address, proxy: Address, logic: Address, data: Bytes) -> Result<Receipt, Refusal> {
        let call = ProxyAdmin::upgradeAndCallCall { proxy, implementation: logic, data };
        self.net.send(owner, self.net.proxy_admin(proxy), &call)
    }
}
