//! Who may do what: life cycle, and every function against every role.

use alloy_primitives::{Address, B256};
use alloy_sol_types::{SolCall, SolError};
use escapement_core::{
    engine::BreakerConfig,
    param::{Group, Slot, SLOTS},
};
use escapement_kit::{native, proxied, roles};
use motsu::prelude::*;
use openzeppelin_stylus::access::control::{AccessControl, IAccessControl};
use stylus_sdk::prelude::*;

use super::world::{
    genesis_values, sources, testing, Fixture, Mute, Verifier, VerifierRefused, World, CATEGORIES, DAY, GENESIS, POOLS,
};
use crate::{IController as I, IControllerEvents as E, COUNCIL_ROLE, GUARDIAN_ROLE, VERSION};

#[motsu::test]
fn initialize_works() {
    let world = World::bare();
    world.ok(world.stranger, world.initialize_call(2));
    for (slot, value) in genesis_values().into_iter().enumerate() {
        assert_eq!(world.param(slot as u8), value, "slot {slot}");
    }
    for (role, account) in
        [(B256::ZERO, world.governance), (COUNCIL_ROLE, world.council), (GUARDIAN_ROLE, world.guardian)]
    {
        assert!(world.ok(world.stranger, I::hasRoleCall { role, account })._0);
        assert!(world.logged(&E::RoleGranted { role, account, sender: world.stranger }));
    }
    assert!(world.logged(&E::Initialized { version: VERSION }));
    assert!(world.logged(&E::VerifierChanged { oldVerifier: Address::ZERO, newVerifier: world.verifier.address() }));
    let genesis: Vec<_> = world.logs::<E::ParameterChanged>();
    assert!(genesis.iter().all(|log| log.lane == 0 && log.updateId == 0));
}

#[motsu::test]
fn initialize_reverts_when_not_allowed() {
    let world = World::bare();
    let good = || world.initialize_call(3);
    for zero in 0..3 {
        let mut call = good();
        *[&mut call.governance, &mut call.council, &mut call.guardian][zero] = Address::ZERO;
        world.err(world.stranger, call, I::ControllerZeroAddress {});
    }
    let nobody = Address::from_tag("nobody");
    world.err(
        world.stranger,
        I::initializeCall { verifier: nobody, ..good() },
        I::ControllerBadVerifier { verifier: nobody },
    );
    let mut call = good();
    call.values.pop();
    assert_eq!(world.send(world.stranger, call).map(|_| ()), Err(vec![]));
    let mut call = good();
    call.values[0] = 20_001;
    world.err(world.stranger, call, I::ControllerOutOfRange { slot: 0, newValue: 20_001, min: 2_500, max: 20_000 });
    let mut call = good();
    call.values[12] += 1;
    world.err(world.stranger, call, I::ControllerWeightSum { sum: 10_001 });
    world.err(
        world.stranger,
        I::initializeCall { pools: 33, ..good() },
        I::ControllerBadCounts { pools: 33, categories: CATEGORIES },
    );
    world.err(world.stranger, world.initialize_call(4), I::ControllerBadAutonomy { group: 0, level: 4 });
    // Nothing of all this stuck.
    assert_eq!(world.ok(world.stranger, I::storedVersionCall {})._0, 0);
    world.ok(world.stranger, good());
}

#[motsu::test]
fn initialize_reverts_when_initialized_or_not_through_proxy() {
    let world = World::at(3);
    for sender in [world.governance, world.stranger] {
        let error = I::ProxiedAlreadyInitialized { version: VERSION };
        world.err(sender, world.initialize_call(3), error);
    }
    let world_of_implementation = Contract::<crate::Controller>::from_tag("implementation");
    let call = world.initialize_call(3).abi_encode();
    let answer = testing::raw(&world_of_implementation, world.governance, &call);
    assert_eq!(answer, Err(I::ProxiedNotThroughProxy {}.abi_encode()));
    let answer = testing::raw(&world_of_implementation, world.governance, &I::migrateCall::SELECTOR);
    assert_eq!(answer, Err(I::ProxiedNotThroughProxy {}.abi_encode()));
    // Without storage of a proxy no role exists and nothing is initialised.
    let answer = testing::raw(&world_of_implementation, world.governance, &I::pokeCall::SELECTOR);
    assert_eq!(answer, Err(I::ControllerNotInitialised {}.abi_encode()));
}

#[motsu::test]
fn migrate_reverts_when_not_newer() {
    let world = World::at(3);
    for sender in [world.governance, world.stranger] {
        world.err(sender, I::migrateCall {}, I::ProxiedNotNewer { stored: VERSION, offered: VERSION });
    }
    let stored = |version: u64, layout: u64| B256::from(alloy_primitives::U256::from_limbs([version, layout, 0, 0]));
    world.plant(proxied::VERSION_SLOT, stored(7, 1));
    world.err(world.stranger, I::migrateCall {}, I::ProxiedNotNewer { stored: 7, offered: VERSION });
    world.plant(proxied::VERSION_SLOT, B256::ZERO);
    world.err(world.stranger, I::migrateCall {}, I::ProxiedNotInitialized {});
}

/// Who may call a function.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Power {
    Anyone,
    Governance,
    Council,
    CouncilOrGuardian,
}

/// Every function that writes, with arguments that a permitted caller may use, and who that is.
fn matrix(world: &World) -> Vec<(&'static str, Vec<u8>, Power)> {
    let slot = Slot::new(0).unwrap().default_rules().pack().map(B256::new);
    let group = B256::new(Group::Emission.default_rules().pack());
    let breaker = B256::new(BreakerConfig::default().pack());
    let now = u32::try_from(world.now).unwrap();
    let fresh = Address::from_tag("fresh");
    macro_rules! row {
        ($power:ident, $call:expr) => {{
            let call = $call;
            (signature(&call), call.abi_encode(), Power::$power)
        }};
    }
    fn signature<C: SolCall>(_: &C) -> &'static str {
        C::SIGNATURE
    }
    vec![
        row!(Anyone, world.initialize_call(3)),
        row!(Anyone, I::migrateCall {}),
        row!(Anyone, I::submitCall { update: vec![].into(), signatures: vec![].into() }),
        row!(Anyone, I::trySubmitCall { update: vec![].into(), signatures: vec![].into() }),
        row!(Anyone, I::executeCall { group: 0, payload: vec![].into() }),
        row!(Anyone, I::pokeCall {}),
        row!(Anyone, I::observeCall {}),
        row!(Council, I::vetoCall { group: 0 }),
        row!(Council, I::approveCall { group: 0 }),
        row!(Council, I::overrideParamsCall { changes: vec![].into() }),
        row!(Council, I::restoreCall { timepoint: now - 60 }),
        row!(Council, I::narrowCall { slot: 0, min: 3_000, max: 15_000 }),
        row!(Council, I::lowerAutonomyCall { group: 0, level: 1 }),
        row!(CouncilOrGuardian, I::haltCall { scope: 0 }),
        row!(Governance, I::extendHaltCall { scope: 0, until: now + 9 * DAY as u32 }),
        row!(Governance, I::resumeCall { scope: 0 }),
        row!(Governance, I::raiseAutonomyCall { group: 0 }),
        row!(Governance, I::setSlotRulesCall { slot: 0, word0: slot[0], word1: slot[1] }),
        row!(Governance, I::setGroupRulesCall { group: 0, word: group }),
        row!(Governance, I::setBreakerCall { word: breaker }),
        row!(Governance, I::setCountsCall { pools: POOLS, categories: 4 }),
        row!(Governance, I::setVerifierCall { verifier: world.verifier.address() }),
        row!(Governance, I::setConsumerCall { index: 0, consumer: Address::ZERO, groups: 0 }),
        row!(Governance, sources([Address::ZERO; 5])),
        row!(Governance, I::grantRoleCall { role: GUARDIAN_ROLE, account: fresh }),
        row!(Governance, I::revokeRoleCall { role: GUARDIAN_ROLE, account: fresh }),
        row!(Anyone, I::renounceRoleCall { role: GUARDIAN_ROLE, callerConfirmation: fresh }),
    ]
}

#[motsu::test]
fn every_function_reverts_when_role_is_missing() {
    let world = World::at(3);
    let rows = matrix(&world);
    let views = 17;
    assert_eq!(rows.len() + views, <I::IControllerCalls as alloy_sol_types::SolInterface>::COUNT);
    let senders = [world.governance, world.council, world.guardian, world.stranger];
    for (name, calldata, power) in rows {
        for sender in senders {
            let allowed = match power {
                Power::Anyone => true,
                Power::Governance => sender == world.governance,
                Power::Council => sender == world.council,
                Power::CouncilOrGuardian => sender == world.council || sender == world.guardian,
            };
            let answer = world.raw(sender, &calldata);
            let refused =
                matches!(&answer, Err(data) if data.starts_with(&roles::AccessControlUnauthorizedAccount::SELECTOR));
            assert_eq!(refused, !allowed, "{name} by {sender}: {answer:?}");
            if refused {
                let role = match power {
                    Power::Governance => B256::ZERO,
                    Power::Council => COUNCIL_ROLE,
                    _ => GUARDIAN_ROLE,
                };
                let error = I::AccessControlUnauthorizedAccount { account: sender, neededRole: role };
                assert_eq!(answer, Err(error.abi_encode()), "{name}");
            }
        }
    }
}

#[motsu::test]
fn halt_works_and_expires() {
    let mut world = World::at(3);
    let until = u32::try_from(world.now + 7 * DAY).unwrap();
    world.ok(world.guardian, I::haltCall { scope: 0 });
    assert!(world.logged(&E::Halted { scope: 0, by: 2, until }));
    assert_eq!(world.ok(world.stranger, I::haltedUntilCall { scope: 0 })._0, until);
    assert_eq!(world.ok(world.stranger, I::haltedUntilCall { scope: 1 })._0, 0);
    // CTRL-10: what a consumer reads in one call.
    let read = world.ok(world.stranger, I::groupParamsCall { group: 0 });
    assert_eq!((read.haltedUntil, read.values), (until, vec![5_000]));
    let (update, outputs) = world.emission(10_000);
    world.err(world.stranger, World::submission(&update, outputs), I::ControllerHalted { scope: 0, until });
    world.pass(7 * DAY);
    world.submit_emission(10_000);
}

#[motsu::test]
fn halt_of_everything_works() {
    let mut world = World::at(3);
    world.ok(world.council, I::haltCall { scope: 255 });
    let until = u32::try_from(world.now + 7 * DAY).unwrap();
    assert!(world.logged(&E::Halted { scope: 255, by: 1, until }));
    for group in 0..7 {
        assert_eq!(world.ok(world.stranger, I::haltedUntilCall { scope: group })._0, until);
    }
    let heartbeat = world.update(&[]);
    world.err(world.stranger, World::submission(&heartbeat, [0; 8]), I::ControllerHalted { scope: 255, until });
}

#[motsu::test]
fn halt_reverts_when_guardian_is_spent_or_scope_is_unknown() {
    let mut world = World::at(3);
    world.ok(world.guardian, I::haltCall { scope: 2 });
    let next = u32::try_from(world.now + 30 * DAY).unwrap();
    world.pass(8 * DAY);
    world.err(world.guardian, I::haltCall { scope: 2 }, I::ControllerGuardianSpent { scope: 2, next });
    world.ok(world.guardian, I::haltCall { scope: 3 });
    world.ok(world.council, I::haltCall { scope: 2 });
    world.ok(world.governance, I::resumeCall { scope: 2 });
    world.ok(world.guardian, I::haltCall { scope: 2 });
    world.err(world.council, I::haltCall { scope: 7 }, I::ControllerBadScope { scope: 7 });
}

#[motsu::test]
fn extend_halt_and_resume_work() {
    let world = World::at(3);
    let now = u32::try_from(world.now).unwrap();
    let far = now + 90 * DAY as u32;
    world.err(world.governance, I::extendHaltCall { scope: 1, until: far }, I::ControllerBadHalt { until: far });
    world.ok(world.guardian, I::haltCall { scope: 1 });
    world.err(
        world.governance,
        I::extendHaltCall { scope: 1, until: far + 1 },
        I::ControllerBadHalt { until: far + 1 },
    );
    world.ok(world.governance, I::extendHaltCall { scope: 1, until: far });
    assert!(world.logged(&E::HaltExtended { scope: 1, until: far }));
    assert_eq!(world.ok(world.stranger, I::haltedUntilCall { scope: 1 })._0, far);
    world.ok(world.governance, I::resumeCall { scope: 1 });
    assert!(world.logged(&E::Resumed { scope: 1 }));
    assert_eq!(world.ok(world.stranger, I::haltedUntilCall { scope: 1 })._0, 0);
    world.err(world.governance, I::resumeCall { scope: 1 }, I::ControllerBadHalt { until: 0 });
}

#[motsu::test]
fn set_verifier_works() {
    let world = World::at(3);
    let other = Contract::<Verifier>::from_tag("other");
    world.ok(world.governance, I::setVerifierCall { verifier: other.address() });
    assert_eq!(world.ok(world.stranger, I::verifierCall {})._0, other.address());
    assert!(world.logged(&E::VerifierChanged { oldVerifier: world.verifier.address(), newVerifier: other.address() }));
    for nobody in [Address::ZERO, Address::from_tag("nobody")] {
        world.err(
            world.governance,
            I::setVerifierCall { verifier: nobody },
            I::ControllerBadVerifier { verifier: nobody },
        );
    }
}

#[motsu::test]
fn submit_reverts_when_verifier_refuses_or_answers_too_little() {
    let mut world = World::at(3);
    let update = world.update(&[]);
    let bytes = update.encode().unwrap();
    let refused =
        || VerifierRefused { controller: world.controller.address(), updateHash: alloy_primitives::keccak256(&bytes) };
    let no_signatures = Vec::<u8>::new();
    world.err(
        world.stranger,
        I::submitCall { update: bytes.clone().into(), signatures: no_signatures.clone().into() },
        refused(),
    );
    // A stranger cannot leave anything behind with what no quorum signed.
    world.err(
        world.stranger,
        I::trySubmitCall { update: bytes.clone().into(), signatures: no_signatures.into() },
        refused(),
    );
    let mute = Contract::<Mute>::from_tag("mute");
    world.ok(world.governance, I::setVerifierCall { verifier: mute.address() });
    let error = I::ControllerBadVerifier { verifier: mute.address() };
    world.err(world.stranger, World::submission(&update, [0; 8]), error);
}

#[motsu::test]
fn narrow_works() {
    let mut world = World::at(3);
    world.ok(world.council, I::narrowCall { slot: 0, min: 4_000, max: 5_050 });
    assert!(world.logged(&E::BoundsNarrowed { slot: 0, min: 4_000, max: 5_050 }));
    let wider = I::ControllerOutOfRange { slot: 0, newValue: 5_051, min: 4_000, max: 5_050 };
    world.err(world.council, I::narrowCall { slot: 0, min: 4_000, max: 5_051 }, wider);
    // The model's answer saturates at the narrowed bound: 5,050 and nothing else.
    let update = world.update(&[(0, 5_099)]);
    let mismatch = I::ControllerPolicyMismatch { slot: 0, proposed: 5_099, computed: 5_050 };
    world.err(world.stranger, World::submission(&update, [26_000, 0, 0, 0, 0, 0, 0, 0]), mismatch);
}

#[motsu::test]
fn autonomy_works() {
    let world = World::at(2);
    world.err(
        world.governance,
        I::raiseAutonomyCall { group: 0 },
        I::ControllerNotEarned { group: 0, have: 0, need: 4 },
    );
    world.ok(world.council, I::lowerAutonomyCall { group: 0, level: 0 });
    assert!(world.logged(&E::AutonomyChanged { group: 0, oldLevel: 2, newLevel: 0, by: 1 }));
    world.err(
        world.council,
        I::lowerAutonomyCall { group: 0, level: 1 },
        I::ControllerBadAutonomy { group: 0, level: 1 },
    );
}

#[motsu::test]
fn set_rules_work() {
    let world = World::at(3);
    let mut rules = Slot::new(0).unwrap().default_rules();
    rules.gov_max = 30_000;
    let [word0, word1] = rules.pack().map(B256::new);
    world.ok(world.governance, I::setSlotRulesCall { slot: 0, word0, word1 });
    assert!(world.logged(&E::SlotRulesChanged { slot: 0, word0, word1 }));
    rules.gov_max = 50_001;
    let [word0, word1] = rules.pack().map(B256::new);
    world.err(world.governance, I::setSlotRulesCall { slot: 0, word0, word1 }, I::ControllerBadRules { code: 1 });
    world.err(world.governance, I::setSlotRulesCall { slot: 51, word0, word1 }, I::ControllerUnknownSlot { slot: 51 });
    let mut rules = Group::Emission.default_rules();
    rules.delay = 3 * 86_400;
    let word = B256::new(rules.pack());
    world.ok(world.governance, I::setGroupRulesCall { group: 0, word });
    assert!(world.logged(&E::GroupRulesChanged { group: 0, word }));
    rules.delay = 86_399;
    let word = B256::new(rules.pack());
    world.err(world.governance, I::setGroupRulesCall { group: 0, word }, I::ControllerBadRules { code: 13 });
    let limits = BreakerConfig { burst_count: 2, ..BreakerConfig::default() };
    let word = B256::new(limits.pack());
    world.ok(world.governance, I::setBreakerCall { word });
    assert!(world.logged(&E::BreakerChanged { word }));
    let word = B256::new(BreakerConfig { burst_count: 0, ..limits }.pack());
    world.err(world.governance, I::setBreakerCall { word }, I::ControllerBadRules { code: 22 });
}

#[motsu::test]
fn set_counts_works() {
    let world = World::at(3);
    world.ok(world.governance, I::setCountsCall { pools: POOLS - 1, categories: CATEGORIES });
    assert!(world.logged(&E::CountsChanged { pools: POOLS - 1, categories: CATEGORIES }));
    let sum: u32 = (11..43).map(|slot| world.param(slot)).sum();
    assert_eq!((world.param(14), sum), (0, 10_000));
    world.err(
        world.governance,
        I::setCountsCall { pools: POOLS - 1, categories: CATEGORIES },
        I::ControllerNoChange {},
    );
    world.err(
        world.governance,
        I::setCountsCall { pools: 33, categories: 0 },
        I::ControllerBadCounts { pools: 33, categories: 0 },
    );
}

/// OpenZeppelin's roles, to compare with.
#[storage]
struct Reference {
    access: AccessControl,
}

unsafe impl TopLevelStorage for Reference {}

#[public]
impl Reference {}

impl Reference {
    fn begin(&mut self, governance: Address, council: Address) {
        self.access._grant_role(B256::ZERO, governance);
        self.access._grant_role(COUNCIL_ROLE, council);
    }
    fn grant(&mut self, role: B256, account: Address) -> Result<(), Vec<u8>> {
        self.access.grant_role(role, account).map_err(Into::into)
    }
    fn revoke(&mut self, role: B256, account: Address) -> Result<(), Vec<u8>> {
        self.access.revoke_role(role, account).map_err(Into::into)
    }
    fn renounce(&mut self, role: B256, account: Address) -> Result<(), Vec<u8>> {
        self.access.renounce_role(role, account).map_err(Into::into)
    }
    fn has(&self, role: B256, account: Address) -> bool {
        self.access.has_role(role, account)
    }
}

#[motsu::test]
fn roles_agree_with_openzeppelin() {
    let world = World::at(3);
    let reference = Contract::<Reference>::new();
    reference.sender(world.stranger).begin(world.governance, world.council);
    reference.sender(world.stranger).begin(world.governance, world.council);
    world.ok(world.governance, I::revokeRoleCall { role: GUARDIAN_ROLE, account: world.guardian });
    let base = world.controller.all_events().len();
    let base_there = reference.all_events().len();
    let people = [world.governance, world.council, world.guardian, world.stranger];
    let all_roles = [B256::ZERO, COUNCIL_ROLE, GUARDIAN_ROLE, B256::repeat_byte(9)];
    // A walk over all actions, senders, roles and accounts, in an order that mixes them.
    let mut state = 1u64;
    for _ in 0..1_500 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let pick = |shift: u32, count: u64| usize::try_from((state >> shift) % count).unwrap();
        let (sender, role, account) = (people[pick(33, 4)], all_roles[pick(40, 4)], people[pick(47, 4)]);
        // The one difference: an admin does not remove itself.
        let itself = role.is_zero() && sender == account;
        let (here, there) = match pick(54, 3) {
            0 => (
                world.send(sender, I::grantRoleCall { role, account }).map(|_| ()),
                reference.sender(sender).grant(role, account).motsu_res(),
            ),
            1 if itself => continue,
            1 => (
                world.send(sender, I::revokeRoleCall { role, account }).map(|_| ()),
                reference.sender(sender).revoke(role, account).motsu_res(),
            ),
            _ if itself => continue,
            _ => (
                world.send(sender, I::renounceRoleCall { role, callerConfirmation: account }).map(|_| ()),
                reference.sender(sender).renounce(role, account).motsu_res(),
            ),
        };
        assert_eq!(here, there);
        let has = world.ok(world.stranger, I::hasRoleCall { role, account })._0;
        assert_eq!(has, reference.sender(world.stranger).has(role, account));
    }
    assert_eq!(world.controller.all_events()[base..], reference.all_events()[base_there..]);
    assert!(world.controller.all_events().len() > base + 50);
}

#[motsu::test]
fn admin_reverts_when_it_would_remove_itself() {
    let world = World::at(3);
    let (role, account) = (B256::ZERO, world.governance);
    world.err(account, I::revokeRoleCall { role, account }, I::AccessControlLastAdmin {});
    world.err(account, I::renounceRoleCall { role, callerConfirmation: account }, I::AccessControlLastAdmin {});
    world.ok(account, I::grantRoleCall { role, account: world.stranger });
    world.ok(world.stranger, I::revokeRoleCall { role, account });
    assert!(!world.ok(account, I::hasRoleCall { role, account })._0);
}

#[motsu::test]
fn clock_beyond_2106_makes_nothing_ready() {
    let mut world = World::at(3);
    let (update, outputs) = world.emission(10_000);
    native::set_time(u64::from(u32::MAX) + 1_000);
    world.err(
        world.stranger,
        World::submission(&update, outputs),
        I::ControllerExpired { expiresAt: update.expires_at },
    );
    native::set_time(GENESIS);
    assert_eq!(SLOTS, 51);
}
