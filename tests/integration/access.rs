//! Every function that changes state, by everyone.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolError};
use escapement_tests::{
    abi::{IController as C, IMinter as M, IToken as T, IVerifier as V},
    World, POOL,
};

/// Who may: the council, ...
const COUNCIL: u8 = 1;
const GUARDIAN: u8 = 2;
const GOVERNANCE: u8 = 4;
const ANYONE: u8 = 0xff;
/// Nobody of these, as things stand.
const NOBODY: u8 = 0;

const COUNCIL_ROLE: &str = "COUNCIL_ROLE";
const GUARDIAN_ROLE: &str = "GUARDIAN_ROLE";

/// How a contract says no.
#[derive(Clone, Copy)]
enum No {
    /// The caller lacks this role of the controller.
    Role(B256),
    /// The caller is not the owner.
    Owner,
    /// The caller is not the minter.
    Minter,
}

/// One function: its contract, call, who may, and the refusal for all others.
struct Row {
    target: Address,
    name: &'static str,
    call: Vec<u8>,
    allowed: u8,
    no: No,
}

fn row<Call: SolCall>(target: Address, call: Call, allowed: u8, no: No) -> Row {
    Row { target, name: Call::SIGNATURE.split('(').next().unwrap(), call: call.abi_encode(), allowed, no }
}

fn role(name: &str) -> No {
    No::Role(alloy_primitives::keccak256(name))
}

fn table(world: &World) -> Vec<Row> {
    let stranger = Address::repeat_byte(0x55);
    let one = U256::from(1);
    let mut rows = controller(world.controller.address(), stranger, world.verifier.address());
    let to = world.minter.address();
    let initialize = M::initializeCall {
        governance: stranger,
        controller: world.controller.address(),
        token: world.token.address(),
        genesis: 0,
        epochLength: 3_600,
    };
    let admin = || No::Role(B256::ZERO);
    let consumers = M::setConsumersCall { consumers: [Address::ZERO; 4], weights: [0; 4] };
    let rules = M::setRulesCall { emaEpochs: 8, keeperBps: 5, keeperRamp: 3_600, staleAfter: 604_800 };
    let market = M::setMarketCall { quote: Address::ZERO, pool: Address::ZERO, deviationBps: 0, slippageBps: 0 };
    let (role, account) = (B256::ZERO, stranger);
    rows.extend([
        row(to, initialize, ANYONE, admin()),
        row(to, M::migrateCall {}, ANYONE, admin()),
        row(to, M::rollEpochCall {}, ANYONE, admin()),
        row(to, M::deliverCall { consumer: stranger }, ANYONE, admin()),
        row(to, M::depositRevenueCall { amount: one }, ANYONE, admin()),
        row(to, M::depositQuoteCall { amount: one }, ANYONE, admin()),
        row(to, M::observeCall {}, ANYONE, admin()),
        row(to, M::buyBackCall { maxQuote: one, minOut: one }, ANYONE, admin()),
        row(to, M::resetBreakerCall {}, GOVERNANCE, admin()),
        row(to, consumers, GOVERNANCE, admin()),
        row(to, rules, GOVERNANCE, admin()),
        row(to, M::setTreasuryCall { treasury: stranger }, GOVERNANCE, admin()),
        row(to, market, GOVERNANCE, admin()),
        row(to, M::grantRoleCall { role, account }, GOVERNANCE, admin()),
        row(to, M::revokeRoleCall { role, account }, GOVERNANCE, admin()),
        row(to, M::renounceRoleCall { role, callerConfirmation: stranger }, ANYONE, admin()),
    ]);
    let to = world.verifier.address();
    let (model_id, signer) = (world.model.id, world.attesters[0].address());
    let signers = escapement_tests::addresses(&world.attesters);
    let register = V::registerModelCall { model_id, data: stranger, kpi_schema: model_id, kind: 0 };
    let nothing = alloy_primitives::Bytes::new;
    let report = V::reportCall { controller: stranger, report: nothing(), signatures: nothing() };
    rows.extend([
        row(to, report, ANYONE, No::Owner),
        row(to, V::setSignersCall { signers, threshold: 3 }, GOVERNANCE, No::Owner),
        row(to, V::revokeSignerCall { signer }, GOVERNANCE | GUARDIAN, No::Owner),
        row(to, register, GOVERNANCE, No::Owner),
        row(to, V::setModelActiveCall { model_id, active: true }, GOVERNANCE, No::Owner),
        row(to, V::setModelActiveCall { model_id, active: false }, GOVERNANCE | GUARDIAN, No::Owner),
        row(to, V::setUptimeFeedCall { feed: Address::ZERO, grace: 0 }, GOVERNANCE, No::Owner),
        row(to, V::setGuardianCall { guardian: stranger }, GOVERNANCE, No::Owner),
        row(to, V::transferOwnershipCall { new_owner: stranger }, GOVERNANCE, No::Owner),
        row(to, V::acceptOwnershipCall {}, NOBODY, No::Owner),
    ]);
    let to = world.token.address();
    let permit = T::permitCall {
        owner: stranger,
        spender: POOL,
        value: one,
        deadline: U256::MAX,
        v: 27,
        r: B256::ZERO,
        s: B256::ZERO,
    };
    rows.extend([
        row(to, T::transferCall { to: stranger, value: U256::ZERO }, ANYONE, No::Owner),
        row(to, T::approveCall { spender: stranger, value: one }, ANYONE, No::Owner),
        row(to, T::transferFromCall { from: POOL, to: stranger, value: one }, ANYONE, No::Owner),
        row(to, T::burnCall { value: U256::ZERO }, ANYONE, No::Owner),
        row(to, T::burnFromCall { account: POOL, value: one }, ANYONE, No::Owner),
        row(to, permit, ANYONE, No::Owner),
        row(to, T::mintCall { to: stranger, value: one }, NOBODY, No::Minter),
        row(to, T::setMinterCall { minter: world.minter.address() }, NOBODY, No::Owner),
        row(to, T::transferOwnershipCall { new_owner: stranger }, NOBODY, No::Owner),
    ]);
    rows
}

fn controller(to: Address, stranger: Address, verifier: Address) -> Vec<Row> {
    let (council, guardian, admin) = (role(COUNCIL_ROLE), role(GUARDIAN_ROLE), No::Role(B256::ZERO));
    let bytes = alloy_primitives::Bytes::new;
    let word = B256::ZERO;
    let some_role = alloy_primitives::keccak256(COUNCIL_ROLE);
    let initialize = C::initializeCall {
        governance: stranger,
        council: stranger,
        guardian: stranger,
        verifier,
        values: vec![0; 51],
        pools: 0,
        categories: 0,
        autonomy: 3,
    };
    vec![
        row(to, initialize, ANYONE, admin),
        row(to, C::migrateCall {}, ANYONE, admin),
        row(to, C::submitCall { update: bytes(), signatures: bytes() }, ANYONE, admin),
        row(to, C::trySubmitCall { update: bytes(), signatures: bytes() }, ANYONE, admin),
        row(to, C::executeCall { group: 0, payload: bytes() }, ANYONE, admin),
        row(to, C::pokeCall {}, ANYONE, admin),
        row(to, C::observeCall {}, ANYONE, admin),
        row(to, C::vetoCall { group: 0 }, COUNCIL, council),
        row(to, C::approveCall { group: 0 }, COUNCIL, council),
        row(to, C::overrideParamsCall { changes: bytes() }, COUNCIL, council),
        row(to, C::restoreCall { timepoint: 0 }, COUNCIL, council),
        row(to, C::narrowCall { slot: 0, min: 3_000, max: 10_000 }, COUNCIL, council),
        row(to, C::lowerAutonomyCall { group: 0, level: 0 }, COUNCIL, council),
        row(to, C::haltCall { scope: 0 }, COUNCIL | GUARDIAN, guardian),
        row(to, C::extendHaltCall { scope: 0, until: 0 }, GOVERNANCE, admin),
        row(to, C::resumeCall { scope: 0 }, GOVERNANCE, admin),
        row(to, C::raiseAutonomyCall { group: 0 }, GOVERNANCE, admin),
        row(to, C::setSlotRulesCall { slot: 0, word0: word, word1: word }, GOVERNANCE, admin),
        row(to, C::setGroupRulesCall { group: 0, word }, GOVERNANCE, admin),
        row(to, C::setBreakerCall { word }, GOVERNANCE, admin),
        row(to, C::setCountsCall { pools: 5, categories: 3 }, GOVERNANCE, admin),
        row(to, C::setVerifierCall { verifier }, GOVERNANCE, admin),
        row(to, C::setConsumerCall { index: 0, consumer: Address::ZERO, groups: 0 }, GOVERNANCE, admin),
        row(
            to,
            C::setSourcesCall {
                token: Address::ZERO,
                vault: Address::ZERO,
                minter: Address::ZERO,
                treasury: Address::ZERO,
                turnout: Address::ZERO,
            },
            GOVERNANCE,
            admin,
        ),
        row(to, C::grantRoleCall { role: some_role, account: stranger }, GOVERNANCE, admin),
        row(to, C::revokeRoleCall { role: some_role, account: stranger }, GOVERNANCE, admin),
        row(to, C::renounceRoleCall { role: some_role, callerConfirmation: stranger }, ANYONE, admin),
    ]
}

/// Names of the functions in an ABI file that can change state.
fn state_changing(abi: &str) -> BTreeSet<String> {
    abi.lines()
        .filter_map(|line| line.trim().strip_prefix("function "))
        .filter(|line| !line.contains(" view") && !line.contains(" pure"))
        .map(|line| line.split('(').next().unwrap().to_owned())
        .collect()
}

/// FLOW-16
#[test]
fn every_function_of_every_contract_answers_to_its_roles_alone() {
    let world = World::new(3);
    let rows = table(&world);
    // The table is complete: every function in the ABI files that can change state has a row.
    for (contract, abi) in [
        (world.controller.address(), include_str!("../../src/controller/abi.sol")),
        (world.minter.address(), include_str!("../../src/minter/abi.sol")),
        (world.verifier.address(), include_str!("../../src/verifier/abi.sol")),
        (world.token.address(), include_str!("../../src/token/abi.sol")),
    ] {
        let named = rows.iter().filter(|row| row.target == contract).map(|row| row.name.to_owned()).collect();
        assert_eq!(state_changing(abi), named);
    }
    drop(world);
    for index in 0..rows.len() {
        // A world for each function, so that no call is judged by what another left; refused calls leave nothing.
        let world = World::new(3);
        let row = &table(&world)[index];
        let actors = [
            (&world.keeper, 0),
            (&world.council, COUNCIL),
            (&world.guardian, GUARDIAN),
            (&world.governance, GOVERNANCE),
        ];
        for (actor, bit) in actors {
            let account = actor.address();
            let refusal = match row.no {
                No::Role(role) => C::AccessControlUnauthorizedAccount { account, neededRole: role }.abi_encode(),
                No::Owner => V::OwnableUnauthorizedAccount { _0: account }.abi_encode(),
                No::Minter => T::TokenNotMinter { _0: account, _1: world.minter.address() }.abi_encode(),
            };
            let answer = world.raw(actor, row.target, &row.call);
            if row.allowed == ANYONE || row.allowed & bit != 0 {
                assert_ne!(answer, Err(refusal), "{} refuses {account}", row.name);
            } else {
                assert_eq!(answer, Err(refusal), "{} lets {account} pass", row.name);
            }
        }
    }
}

/// FLOW-17
#[test]
fn deployer_keeps_nothing() {
    // The keeper deployed and wired everything; afterwards it holds no role anywhere.
    let world = World::new(3);
    let deployer = world.keeper.address();
    let holds = |target: Address, role, account| {
        let call = C::hasRoleCall { role, account }.abi_encode();
        U256::from_be_slice(&world.raw(&world.keeper, target, &call).unwrap())
    };
    let has = |role| holds(world.controller.address(), role, deployer);
    let roles = [B256::ZERO, alloy_primitives::keccak256(COUNCIL_ROLE), alloy_primitives::keccak256(GUARDIAN_ROLE)];
    assert!(roles.into_iter().all(|role| has(role).is_zero()));
    let owner = |target: Address| {
        let answer = world.raw(&world.keeper, target, &T::ownerCall {}.abi_encode()).unwrap();
        Address::from_slice(&answer[12..])
    };
    assert_eq!(owner(world.token.address()), Address::ZERO);
    assert!(holds(world.minter.address(), B256::ZERO, deployer).is_zero());
    assert!(!holds(world.minter.address(), B256::ZERO, world.governance.address()).is_zero());
    assert_eq!(owner(world.verifier.address()), world.governance.address());
}
