//! Bytes and words that core reads, without a chain.
//!
//! Input: which reader, and what it reads. Must hold: nothing panics; bytes that are read are the one encoding of what was
//! read; a network answers any observation inside its bounds; a word is read the same again once it was written back; a
//! trace gives what was pushed.

use std::collections::BTreeMap;

use escapement_core::{
    checkpoints::{Archive, MAX_VALUE, Trace},
    engine::{BreakerConfig, Progress},
    param::Slot,
    policy::{Arch, MAX_WIDTH, Model, OwnedModel, Policy, Schema, VALUE_MAX, VALUE_MIN, policy_code},
    rules::{GroupRules, SlotRules},
    update::{Changes, Kpis, OwnedUpdate, Update},
    word::{halves, join},
};

use super::{Features, Source};

/// Runs one input.
///
/// # Panics
/// When something that must hold does not.
#[must_use]
pub fn run(data: &[u8]) -> Features {
    let mut source = Source::new(data);
    let kind = source.byte() % 6;
    let read = match kind {
        0 => update(source.rest()),
        1 => lists(source.rest()),
        2 => model(&mut source),
        3 => code(source.rest()),
        4 => words(&mut source),
        _ => trace(&mut source),
    };
    vec![u32::from(kind) << 8 | u32::from(read)]
}

fn update(bytes: &[u8]) -> bool {
    let Ok(update) = Update::decode(bytes) else { return false };
    let owned = OwnedUpdate::from(update);
    assert_eq!(owned.encode().expect("it was encoded"), bytes, "two encodings of {owned:?}");
    true
}

fn lists(bytes: &[u8]) -> bool {
    let changes = Changes::parse(bytes).map(|changes| {
        let again: Vec<u8> = changes.iter().flat_map(escapement_core::update::Change::to_wire).collect();
        assert_eq!(again, bytes, "two encodings of {changes:?}");
    });
    let kpis = Kpis::parse(bytes).map(|kpis| {
        let again: Vec<u8> = kpis.iter().flat_map(i32::to_be_bytes).collect();
        assert_eq!(again, bytes, "two encodings of {kpis:?}");
        assert!(kpis.tail(kpis.len() + 1).is_none() && kpis.tail(0).is_some_and(|none| none.is_empty()));
    });
    let schema = Schema::parse(bytes).map(|schema| {
        let again: Vec<u8> = schema.entries().flat_map(escapement_core::policy::SchemaEntry::to_bytes).collect();
        assert_eq!(again, bytes, "two encodings of {schema:?}");
        assert!(schema.len() <= MAX_WIDTH);
        for kpi in [i32::MIN, -1, 0, 1, i32::MAX] {
            schema.entries().for_each(|entry| assert!((VALUE_MIN..=VALUE_MAX).contains(&entry.observe(kpi))));
        }
    });
    changes.is_ok() | kpis.is_ok() | schema.is_ok()
}

/// A network of a known shape, filled up to its length, on any observations.
fn model(source: &mut Source<'_>) -> bool {
    let arch = if source.byte() & 1 == 0 { Arch::A1 } else { Arch::new([12, 16, 16, 8]).expect("a shape") };
    let observations: Vec<i32> = (0..arch.inputs()).map(|_| i32::from_be_bytes(source.array())).collect();
    let mut bytes = OwnedModel::zero(arch).encode().expect("well formed");
    let at = source.short() % bytes.len();
    let given = source.rest();
    for (byte, given) in bytes.iter_mut().skip(at).zip(given) {
        *byte = *given;
    }
    let Ok(model) = Model::parse(&bytes) else { return false };
    assert_eq!(OwnedModel::from(model).encode().as_deref(), Ok(&bytes[..]), "two encodings of a network");
    if let Ok(outputs) = model.infer(&observations) {
        for (output, (low, high)) in outputs.iter().zip(model.bounds()) {
            assert!((low..=high).contains(output), "{output} outside {low} to {high}");
        }
    }
    true
}

fn code(bytes: &[u8]) -> bool {
    let _ = Model::parse(bytes);
    let Ok(policy) = Policy::from_code(bytes) else { return false };
    let schema: Vec<_> = policy.schema.entries().collect();
    let again = policy_code(&OwnedModel::from(policy.model), &schema);
    assert_eq!(again.as_deref(), Ok(bytes), "two encodings of a policy");
    let kpis: Vec<u8> = bytes.iter().rev().copied().take(4 * schema.len()).collect();
    policy.outputs(&Kpis::parse(&kpis).expect("fours")).is_ok()
}

/// What is read from a word, written and read again, is the same, and so is what is written then.
fn words(source: &mut Source<'_>) -> bool {
    let pair = [source.word().0, source.word().0];
    let rules = SlotRules::unpack(&pair);
    assert!(SlotRules::unpack(&rules.pack()) == rules, "slot rules {pair:?}");
    for up in [true, false] {
        let value = u32::from_be_bytes(source.array());
        let _ = (rules.base(value), rules.step_room(up, value));
    }
    let sane = Slot::all().any(|slot| rules.check(slot).is_ok());
    let [word, _] = &pair;
    let group = GroupRules::unpack(word);
    assert!(GroupRules::unpack(&group.pack()) == group, "group rules {word:?}");
    let breaker = BreakerConfig::unpack(word);
    assert!(BreakerConfig::unpack(&breaker.pack()) == breaker, "breaker {word:?}");
    let _ = (Progress::unpack(word), breaker.check().is_ok());
    assert_eq!(join(halves(word)), *word, "halves");
    sane
}

#[derive(Default)]
struct Words(BTreeMap<u32, [u128; 2]>);

impl Archive for Words {
    fn load(&self, number: u32) -> [u128; 2] {
        self.0.get(&number).copied().unwrap_or_default()
    }

    fn save(&mut self, number: u32, halves: [u128; 2]) {
        self.0.insert(number, halves);
    }
}

/// A trace against a plain map; and any head over any archive.
fn trace(source: &mut Source<'_>) -> bool {
    let (mut archive, mut trace, mut plain) = (Words::default(), Trace::default(), BTreeMap::new());
    let mut now = 1u32;
    for _ in 0..source.byte() % 32 {
        let (wait, value) = (source.byte(), u128::from_be_bytes(source.array()) >> (source.byte() % 128));
        now = now.saturating_add(wait.into());
        let pushed = trace.push(&mut archive, now, value);
        assert_eq!(pushed.is_ok(), value <= MAX_VALUE, "{value} at {now}");
        if pushed.is_ok() {
            plain.insert(now, value);
        }
    }
    for moment in (0..=now.saturating_add(1)).rev().take(512) {
        let expected = plain.range(..=moment).next_back().map_or(0, |(_, value)| *value);
        assert_eq!(trace.at(&archive, moment), expected, "at {moment}");
    }
    let head = Trace {
        value: u128::from_be_bytes(source.array()),
        since: u32::from_be_bytes(source.array()),
        archived: u32::from_be_bytes(source.array()),
    };
    let _ = head.at(&archive, u32::from_be_bytes(source.array()));
    !plain.is_empty()
}
