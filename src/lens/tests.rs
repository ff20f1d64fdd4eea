//! The lens over a ledger that answers as a controller does, called through its ABI.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::pedantic,
    missing_docs
)]

use alloy_primitives::{Address, FixedBytes, B256};
use alloy_sol_types::{SolCall, SolError, SolInterface};
use escapement_core::{
    engine::{self, key, Actor, BreakerConfig, Event, Hash, Ledger, Violation, Word},
    param::{Group, Slot, SLOTS},
    rules::SlotRules,
    update::{Change, OwnedUpdate, Update},
};
use escapement_kit::{
    abi, native,
    testing::{self, Fixture},
    vm,
};
use motsu::prelude::*;
use stylus_sdk::{abi::Bytes, prelude::*};

use crate::{ILens as I, Lens};

const NOW: u32 = 1_800_000_000;
const HASH: Hash = |data| vm::keccak(data).0;
/// Output that moves the emission rate of 5,000 by 99 of its step of 250.
const SMALL: [i32; 8] = [26_000, 0, 0, 0, 0, 0, 0, 0];

/// A controller without its shell: the engine over storage, and the two views the lens asks for.
#[storage]
struct Bare {}

unsafe impl TopLevelStorage for Bare {}

#[public]
impl Bare {
    fn words(&self, keys: Vec<u64>) -> Vec<FixedBytes<32>> {
        keys.into_iter().map(|key| self.load(key).into()).collect()
    }

    fn verifier(&self) -> Address {
        Address::from_word(vm::load(&B256::repeat_byte(9)))
    }
}

impl Ledger for Bare {
    fn load(&self, key: u64) -> Word {
        vm::load(&vm::mapping(&abi::word(key), &B256::ZERO)).0
    }
    fn save(&mut self, key: u64, word: Word) {
        vm::save(&vm::mapping(&abi::word(key), &B256::ZERO), &B256::new(word));
    }
    fn emit(&mut self, _: Event<'_>) {}
}

impl Bare {
    fn begin(&mut self, verifier: Address) {
        vm::save(&B256::repeat_byte(9), &verifier.into_word());
        engine::initialize(self, NOW, &values(), 4, 3, 3).unwrap();
    }
    fn submit(&mut self, now: u32, update: &[u8], outputs: &[i32; 8]) -> Result<engine::Accepted, Violation> {
        engine::submit(self, now, &Update::decode(update).unwrap(), outputs, HASH)
    }
    fn run(&mut self, action: impl FnOnce(&mut Self) -> Result<(), Violation>) {
        action(self).unwrap();
    }
}

/// Answers with the outputs in the signatures, or, asked for the model alone, with [`SMALL`].
#[storage]
struct Verifier {}

unsafe impl TopLevelStorage for Verifier {}

#[public]
impl Verifier {
    fn verify(&self, _controller: Address, _update: Bytes, signatures: Bytes) -> Result<FixedBytes<32>, Vec<u8>> {
        signatures.get(..32).map(B256::from_slice).ok_or_else(|| b"refused".to_vec())
    }

    fn infer(&self, model_id: FixedBytes<32>, kpis: Vec<i32>) -> Result<[i32; 8], Vec<u8>> {
        // The sample's model and KPIs, negative one included.
        if model_id != B256::repeat_byte(3) || kpis.len() != 16 || kpis[0] != -5 || kpis[5] != 40_000 {
            return Err(b"other input".to_vec());
        }
        Ok(SMALL)
    }
}

fn values() -> [u32; SLOTS] {
    let mut values = [0; SLOTS];
    for slot in Slot::all() {
        values[slot.index()] = slot.default_rules().neutral;
    }
    values[3..7].copy_from_slice(&[11_000, 12_500, 15_000, 20_000]);
    values[11..43].fill(0);
    values[11..15].copy_from_slice(&[1_000, 3_000, 3_000, 3_000]);
    values[46..].fill(0);
    values
}

struct World {
    lens: Contract<Lens>,
    bare: Contract<Bare>,
    _verifier: Contract<Verifier>,
    alice: Address,
}

impl Fixture for World {
    type Contract = Lens;
    type Calls = I::ILensCalls;
    type Errors = I::ILensErrors;
    const ABI: &'static str = include_str!("abi.sol");

    fn contract(&self) -> &Contract<Lens> {
        &self.lens
    }
}

impl World {
    fn new() -> Self {
        native::set_time(NOW.into());
        let verifier = Contract::<Verifier>::from_tag("verifier");
        let world = Self {
            lens: Contract::from_tag("lens"),
            bare: Contract::from_tag("bare"),
            alice: Address::from_tag("alice"),
            _verifier: verifier,
        };
        world.bare.sender(world.alice).begin(Address::from_tag("verifier"));
        world
    }

    fn ask<C: SolCall>(&self, call: C) -> Result<C::Return, Vec<u8>> {
        self.send(self.alice, call)
    }

    fn controller(&self) -> Address {
        self.bare.address()
    }

    fn preview(&self, now: u32, update: &[u8], outputs: Option<[i32; 8]>) -> I::Preview {
        native::set_time(now.into());
        let signatures: Vec<u8> = outputs.iter().flatten().flat_map(|output| output.to_be_bytes()).collect();
        let call = I::previewCall {
            controller: self.controller(),
            update: update.to_vec().into(),
            signatures: signatures.into(),
        };
        self.ask(call).unwrap()._0
    }
}

/// An update of the emission rate from 5,000.
fn sample(id: u64, now: u32, new: u32) -> OwnedUpdate {
    let mut kpis = vec![0; 16];
    (kpis[0], kpis[5]) = (-5, 40_000);
    OwnedUpdate {
        model_id: [3; 32],
        update_id: id,
        observed_at: now.into(),
        valid_after: now.into(),
        expires_at: u64::from(now) + 3_600,
        kpis,
        changes: vec![Change { slot: 0, expected_old: 5_000, new }],
        ..OwnedUpdate::default()
    }
}

#[motsu::test]
fn params_work() {
    let world = World::new();
    let controller = world.controller();
    assert_eq!(world.ask(I::paramsCall { controller }).unwrap()._0, values());
    let update = sample(1, NOW + 60, 5_099).encode().unwrap();
    world.bare.sender(world.alice).submit(NOW + 60, &update, &SMALL).unwrap();
    assert_eq!(world.ask(I::paramsCall { controller }).unwrap()._0[0], 5_099);
    // VIEW-06: the present second is not over.
    native::set_time((NOW + 60).into());
    let error = world.ask(I::paramsAtCall { controller, timepoint: NOW + 60 }).map(|_| ()).unwrap_err();
    assert_eq!(error, Error::from(Violation::future_lookup(NOW + 60, NOW + 60)).0);
    native::set_time((NOW + 61).into());
    assert_eq!(world.ask(I::paramsAtCall { controller, timepoint: NOW + 59 }).unwrap()._0, values());
    assert_eq!(world.ask(I::paramsAtCall { controller, timepoint: NOW + 60 }).unwrap()._0[0], 5_099);
    let error = world.ask(I::paramsAtCall { controller, timepoint: NOW - 1 }).map(|_| ()).unwrap_err();
    assert_eq!(error, Error::from(Violation::no_history(0, NOW - 1)).0);
}

use crate::Error;

#[motsu::test]
fn preview_works_as_submit_does() {
    let world = World::new();
    let now = NOW + 60;
    // At once, queued, refused by a rule, a trip, a heartbeat; with the same answer afterwards.
    let mut tripping = sample(1, now, 5_099);
    tripping.kpis[5] = 0;
    let mut heartbeat = sample(1, now, 0);
    heartbeat.changes.clear();
    let full = [65_536, 0, 0, 0, 0, 0, 0, 0];
    for (update, outputs) in [
        (sample(1, now, 5_099), SMALL),
        (sample(1, now, 5_250), full),
        (sample(1, now, 5_100), SMALL),
        (tripping, SMALL),
        (heartbeat, SMALL),
        (sample(0, now, 5_099), SMALL),
    ] {
        let bytes = update.encode().unwrap();
        let said = world.preview(now, &bytes, Some(outputs));
        // On a fresh copy of the ledger, since some of these succeed.
        let there = Contract::<Bare>::new();
        there.sender(world.alice).begin(world.alice);
        match there.sender(world.alice).submit(now, &bytes, &outputs) {
            Ok(done) => {
                assert!(said.ok && said.reason.is_empty());
                assert_eq!(
                    [said.trip, said.applied, said.queued, said.shadow],
                    [done.trip, done.applied, done.queued, done.shadow]
                );
            }
            Err(violation) => {
                assert!(!said.ok);
                assert_eq!(said.reason.to_vec(), Error::from(violation).0);
            }
        }
    }
    // Nothing of it was written.
    let controller = world.controller();
    assert_eq!(world.ask(I::paramsCall { controller }).unwrap()._0, values());
    assert_eq!(world.ask(I::statusCall { controller }).unwrap()._0.updateId, 0);
}

#[motsu::test]
fn preview_works_without_signatures() {
    let world = World::new();
    let bytes = sample(1, NOW, 5_099).encode().unwrap();
    let said = world.preview(NOW, &bytes, None);
    assert!(said.ok, "{:?}", said.reason);
    assert_eq!(said.applied, 1);
    let mut other = sample(1, NOW, 5_099);
    other.model_id = [4; 32];
    let said = world.preview(NOW, &other.encode().unwrap(), None);
    assert_eq!((said.ok, said.reason.to_vec()), (false, b"other input".to_vec()));
    let call = I::previewCall { controller: world.controller(), update: bytes.into(), signatures: vec![1; 31].into() };
    let said = world.ask(call).unwrap()._0;
    assert_eq!((said.ok, said.reason.to_vec()), (false, b"refused".to_vec()));
}

#[motsu::test]
fn views_of_state_work() {
    let world = World::new();
    let controller = world.controller();
    let update = sample(7, NOW, 5_250).encode().unwrap();
    world.bare.sender(world.alice).submit(NOW, &update, &[65_536, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    world.bare.sender(world.alice).run(|bare| engine::halt(bare, NOW, 255, Actor::Council));
    let pending = world.ask(I::pendingCall { controller, group: 0 }).unwrap()._0;
    assert_eq!((pending.updateId, pending.eta, pending.expires), (7, NOW + 172_800, NOW + 432_000));
    assert_eq!(pending.commitment.0, Ledger::load(&*world.bare.sender(world.alice), key::PENDING_HASH));
    assert!(!pending.approval && !pending.approved);
    let status = world.ask(I::statusCall { controller }).unwrap()._0;
    assert_eq!((status.updateId, status.observedAt, status.accepted), (7, NOW, 1));
    assert_eq!((status.pools, status.categories, status.haltedUntil), (4, 3, NOW + 604_800));
    let group = world.ask(I::groupCall { controller, group: 1 }).unwrap()._0;
    assert_eq!((group.autonomy, group.pending, group.haltedUntil), (3, false, NOW + 604_800));
    let room = world.ask(I::headroomCall { controller, slot: 0 }).unwrap()._0;
    assert_eq!((room.up, room.down, room.safe, room.autonomy, room.pending), (250, 500, 100, 3, true));
    assert_eq!(room.haltedUntil, NOW + 604_800);
    let error = world.ask(I::headroomCall { controller, slot: 51 }).map(|_| ()).unwrap_err();
    assert_eq!(error, Error::from(Violation::unknown_slot(51)).0);
    let error = world.ask(I::groupCall { controller, group: 7 }).map(|_| ()).unwrap_err();
    assert_eq!(error, Error::from(Violation::bad_scope(7)).0);
}

#[motsu::test]
fn rules_and_their_packing_work() {
    let world = World::new();
    let controller = world.controller();
    let mut changed = Slot::new(4).unwrap().default_rules();
    changed.gov_max = 24_000;
    world.bare.sender(world.alice).run(|bare| engine::set_slot_rules(bare, 4, &changed.pack()));
    for slot in Slot::all() {
        let answer = world.ask(I::rulesCall { controller, slot: slot.number() }).unwrap();
        assert_eq!((answer.hardMin, answer.hardMax), slot.hard_range());
        let expected = if slot.number() == 4 { changed } else { slot.default_rules() };
        let words = world.ask(I::packSlotRulesCall { rules: answer.inForce }).unwrap();
        assert_eq!([words.word0.0, words.word1.0], expected.pack());
        assert_eq!(SlotRules::unpack(&[words.word0.0, words.word1.0]), expected);
    }
    for group in Group::ALL {
        let rules = world.ask(I::groupRulesCall { controller, group: group.number() }).unwrap()._0;
        let word = world.ask(I::packGroupRulesCall { rules }).unwrap().word;
        assert_eq!(word.0, group.default_rules().pack());
    }
    let limits = world.ask(I::breakerCall { controller }).unwrap()._0;
    let word = world.ask(I::packBreakerCall { limits }).unwrap().word;
    assert_eq!(word.0, BreakerConfig::default().pack());
    // What would not fit is refused, not cut off.
    let limits = world.ask(I::breakerCall { controller }).unwrap()._0;
    let long = I::Breaker { burstWindow: 1 << 24, ..limits };
    let refused = world.ask(I::packBreakerCall { limits: long }).map(|_| ());
    let violation = Violation::bad_rules(23);
    let (bytes, length) = violation.encode();
    assert_eq!(refused, Err(bytes[..length].to_vec()));
}

#[motsu::test]
fn views_revert_when_address_is_no_controller() {
    let world = World::new();
    // Accounts without code are left to the real chain: the test VM has no such calls.
    for controller in [Address::from_tag("verifier"), world.lens.address()] {
        let error = I::LensNotAController { controller }.abi_encode();
        assert_eq!(world.ask(I::paramsCall { controller }).map(|_| ()), Err(error));
    }
}

/// LENS-03.
#[motsu::test]
fn every_function_is_routed() {
    testing::check_selectors::<World>();
    let world = World::new();
    testing::check_routes(&world, &[world.alice], &[preview_call(&world)]);
}

/// LENS-03.
#[motsu::test]
fn calls_revert_when_malformed() {
    let world = World::new();
    testing::check_encoding(&world, &[world.alice], &[preview_call(&world)]);
    for selector in I::ILensCalls::selectors() {
        let garbage = [&selector[..], &[0xff; 64]].concat();
        assert_eq!(world.raw(world.alice, &garbage), Err(vec![]), "{selector:?}");
    }
}

/// A preview: of an empty update there is none.
fn preview_call(world: &World) -> Vec<u8> {
    let update = sample(1, NOW + 60, 5_099).encode().unwrap().into();
    I::previewCall { controller: world.controller(), update, signatures: vec![0; 32].into() }.abi_encode()
}
