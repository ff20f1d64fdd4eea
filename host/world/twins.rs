//! The same rules in Solidity, on the same chain: what the contracts are compared with.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use escapement_agent::bindings::{minter::IMinter, verifier::IVerifier};

use crate::{Net, World, proxy, wad};

/// Bindings, generated from the artifacts.
pub mod bindings {
    #![allow(missing_docs, clippy::pedantic, clippy::too_many_arguments)]
    alloy_sol_types::sol!(ControllerTwin, "../e2e/solidity/artifacts/ControllerTwin.json");
    alloy_sol_types::sol!(MinterTwin, "../e2e/solidity/artifacts/MinterTwin.json");
    alloy_sol_types::sol!(SpBeamTwin, "../e2e/solidity/artifacts/SpBeamTwin.json");
    alloy_sol_types::sol!(TokenTwin, "../e2e/solidity/artifacts/TokenTwin.json");
    alloy_sol_types::sol!(StakingTwin, "../e2e/solidity/artifacts/StakingTwin.json");
    alloy_sol_types::sol!(VerifierTwin, "../e2e/solidity/artifacts/VerifierTwin.json");
}

use bindings::{ControllerTwin, MinterTwin, StakingTwin, TokenTwin, VerifierTwin};

/// Seconds that the timelock in front of the controller's twin makes governance wait.
pub const TIMELOCK: u64 = 172_800;

/// The twins of a world: its roles, signers, policy and first values, its rules, its proxies, in Solidity throughout.
#[derive(Clone, Debug)]
pub struct Twins {
    /// `OpenZeppelin`'s timelock: the controller twin's default admin; the world's governance proposes and executes.
    pub timelock: Address,
    /// The verifier's twin.
    pub verifier: Address,
    /// The proxy of the controller's twin.
    pub controller: Address,
    /// The token, of `OpenZeppelin`'s parts; the deployer holds as much as of the world's.
    pub token: Address,
    /// The proxy of the minter's twin, which owns the token and has no consumers yet.
    pub minter: Address,
    /// The setter in the manner of SP-BEAM: governed by the world's governance, used by its council.
    pub setter: Address,
    /// The proxy of the vault's twin.
    pub staking: Address,
    /// The proxy of the vault's twin with votes.
    pub votes: Address,
}

impl Twins {
    /// Deploys the twins of `world` in front of the same accounts.
    ///
    /// # Panics
    /// When a step of the deployment is refused.
    #[must_use]
    pub fn of(world: &World) -> Self {
        let World { ref net, deployer, governance, council, guardian, shape, .. } = *world;
        let (who, none) = (vec![governance], Address::ZERO);
        let arguments = (U256::from(TIMELOCK), who.clone(), who, none).abi_encode_params();
        let timelock = net.solidity(deployer, "TimelockController", &arguments);

        let arguments = (governance, guardian, world.quorum.addresses(), U256::from(shape.threshold));
        let verifier = net.solidity(deployer, "VerifierTwin", &arguments.abi_encode_params());
        let model = net.view(world.verifier, &IVerifier::modelCall { model_id: world.model_id }).expect("it is known");
        let call = VerifierTwin::registerModelCall {
            modelId: world.model_id,
            data: model._0,
            schema: world.kpi_schema,
            _3: 0,
        };
        net.send(governance, verifier, &call).expect("the twin accepts the policy");

        let init = ControllerTwin::initializeCall {
            governance: timelock,
            council,
            guardian,
            verifier_: verifier,
            values: shape.values(),
            pools: shape.pools,
            categories: 2,
            autonomy: shape.autonomy,
        };
        let controller = behind(world, "ControllerTwin", timelock, &init);

        let arguments = (wad(2_000_000_000), wad(1_000_000_000), deployer).abi_encode_params();
        let token = net.solidity(deployer, "TokenTwin", &arguments);
        let init = minter_init(world, controller, token);
        let minter = behind(world, "MinterTwin", governance, &init);
        let call = TokenTwin::transferOwnershipCall { newOwner: minter };
        net.send(deployer, token, &call).expect("the deployer owns it");
        let setter = net.solidity(deployer, "SpBeamTwin", &(governance, council, U256::ONE).abi_encode_params());
        let init = StakingTwin::initializeCall {
            governance,
            minter_: world.minter,
            token_: token,
            controller_: controller,
            epochLength: 604_800,
            cooldown: 7 * 86_400,
            penalty: 2_000,
        };
        let [staking, votes] = ["StakingTwin", "StakingVotesTwin"].map(|name| behind(world, name, governance, &init));
        Self { timelock, verifier, controller, token, minter, setter, staking, votes }
    }

    /// Schedules a call of governance in the timelock, waits, and executes it.
    ///
    /// # Panics
    /// When the timelock or the call is refused.
    pub fn govern<C: SolCall>(&self, world: &World, call: &C) {
        alloy_sol_types::sol! {
            function schedule(address target, uint256 value, bytes data, bytes32 predecessor, bytes32 salt, uint256 delay) external;
            function execute(address target, uint256 value, bytes payload, bytes32 predecessor, bytes32 salt) external payable;
        }
        let (target, value, data) = (self.controller, U256::ZERO, Bytes::from(call.abi_encode()));
        let salt = B256::from(U256::from(world.net.now()));
        let (predecessor, delay) = (B256::ZERO, U256::from(TIMELOCK));
        let schedule = scheduleCall { target, value, data: data.clone(), predecessor, salt, delay };
        world.net.send(world.governance, self.timelock, &schedule).expect("governance proposes");
        world.net.warp(TIMELOCK);
        let execute = executeCall { target, value, payload: data, predecessor, salt };
        world.net.send(world.governance, self.timelock, &execute).unwrap_or_else(|refusal| panic!("{refusal}"));
    }
}

/// What the minter's twin is initialised with: what the world's minter was.
fn minter_init(world: &World, controller: Address, token: Address) -> MinterTwin::initializeCall {
    let net = &world.net;
    let rules = net.view(world.minter, &IMinter::rulesCall {}).expect("a plain view");
    MinterTwin::initializeCall {
        governance: world.governance,
        controller,
        token,
        genesis: net.view(world.minter, &IMinter::genesisCall {}).expect("a plain view"),
        epochLength: 604_800,
        tokenCap: wad(2_000_000_000).to(),
        rules: MinterTwin::Rules {
            token,
            emaEpochs: rules.emaEpochs,
            keeperBps: rules.keeperBps,
            keeperRamp: rules.keeperRamp,
            staleAfter: rules.staleAfter,
        },
    }
}

/// Deploys a twin and a transparent proxy in front of it, initialised.
fn behind<C: SolCall>(world: &World, name: &str, owner: Address, init: &C) -> Address {
    let net: &Net = &world.net;
    let logic = net.solidity(world.deployer, name, &[]);
    proxy(net, world.deployer, logic, owner, init.abi_encode())
}
