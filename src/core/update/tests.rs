#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic)]

use super::*;
use alloc::{string::String, vec, vec::Vec};
use proptest::{collection::vec as vecs, prelude::*};
use sha3::{Digest as _, Keccak256};

pub(crate) fn keccak(bytes: &[u8]) -> [u8; 32] {
    Keccak256::digest(bytes).into()
}

pub(crate) fn unhex<const N: usize>(text: &str) -> [u8; N] {
    bytes(text).try_into().unwrap()
}

pub(crate) fn bytes(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("0x").unwrap();
    assert_eq!(digits.len() % 2, 0);
    (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).unwrap()).collect()
}

/// One case of the vector file: the lines between two `case` lines, by their first word.
pub(crate) struct Case(Vec<(String, String)>);

impl Case {
    pub(crate) fn get(&self, key: &str) -> &str {
        &self.0.iter().find(|(k, _)| k == key).unwrap().1
    }

    pub(crate) fn update(&self) -> OwnedUpdate {
        let ids: Vec<u64> = self.get("ids").split_whitespace().map(|w| w.parse().unwrap()).collect();
        let change = |w: &str| {
            let n: Vec<u32> = w.split(':').map(|n| n.parse().unwrap()).collect();
            Change { slot: u8::try_from(n[0]).unwrap(), expected_old: n[1], new: n[2] }
        };
        OwnedUpdate {
            model_id: unhex(self.get("model")),
            kpi_schema: unhex(self.get("schema")),
            signer_epoch: ids[0],
            update_id: ids[1],
            observed_at: ids[2],
            valid_after: ids[3],
            expires_at: ids[4],
            kpis: self.get("kpis").split_whitespace().map(|w| w.parse().unwrap()).collect(),
            changes: self.get("changes").split_whitespace().map(change).collect(),
        }
    }
}

pub(crate) fn vector_cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in include_str!("../vectors/eip712.txt").lines().filter(|l| !l.starts_with('#')) {
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        match (key, cases.last_mut()) {
            ("case", _) => cases.push(Case(vec![])),
            (_, Some(case)) => case.0.push((key.into(), value.into())),
            ("typehash", None) => {}
            _ => panic!("line outside a case: {line}"),
        }
    }
    assert_eq!(cases.len(), 3);
    cases
}

#[test]
fn type_hashes_are_those_of_their_strings() {
    let change = "Change(uint8 slot,uint32 expectedOld,uint32 newValue)";
    let update = "Update(bytes32 modelId,bytes32 kpiSchema,int32[] kpis,uint64 signerEpoch,uint64 updateId,\
                  uint64 observedAt,uint64 validAfter,uint64 expiresAt,Change[] changes)";
    assert_eq!(CHANGE_TYPEHASH, keccak(change.as_bytes()));
    assert_eq!(UPDATE_TYPEHASH, keccak([update, change].concat().as_bytes()));
    let domain = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
    assert_eq!(DOMAIN_TYPEHASH, keccak(domain.as_bytes()));
}

#[test]
fn encode_and_digest_agree_with_viem() {
    for case in vector_cases() {
        let update = case.update();
        let wire = update.encode().unwrap();
        assert_eq!(wire, bytes(case.get("wire")));
        let view = Update::decode(&wire).unwrap();
        assert_eq!(OwnedUpdate::from(view), update);
        let (chain, controller) = (case.get("chain").parse().unwrap(), unhex(case.get("controller")));
        assert_eq!(domain_separator(chain, &controller, &keccak), unhex(case.get("domain")));
        assert_eq!(view.struct_hash(keccak), unhex(case.get("struct")));
        assert_eq!(view.digest(chain, &controller, keccak), unhex(case.get("digest")));
    }
}

#[test]
fn encode_refuses_more_than_the_form_holds() {
    let kpis = OwnedUpdate { kpis: vec![0; MAX_KPIS + 1], ..OwnedUpdate::default() };
    assert_eq!(kpis.encode(), Err(EncodeError::TooManyKpis { found: 49 }));
    let changes = OwnedUpdate { changes: vec![Change::default(); 300], ..OwnedUpdate::default() };
    assert_eq!(changes.encode(), Err(EncodeError::TooManyChanges { found: 300 }));
    let texts = [kpis, changes].map(|update| std::string::ToString::to_string(&update.encode().unwrap_err()));
    assert_eq!(texts, ["49 KPI values, at most 48 fit", "300 changes, at most 51 fit"]);
}

#[test]
fn decode_refuses_with_the_numbers() {
    let wire = OwnedUpdate { kpis: vec![1; 12], changes: vec![Change::default(); 2], ..OwnedUpdate::default() }
        .encode()
        .unwrap();
    assert_eq!(wire.len(), 107 + 48 + 18);
    let with = |at: usize, byte: u8| {
        let mut w = wire.clone();
        w[at] = byte;
        w
    };
    assert_eq!(Update::decode(&[]), Err(DecodeError::Length { expected: 107, actual: 0 }));
    assert_eq!(Update::decode(&wire[..106]), Err(DecodeError::Length { expected: 107 + 48, actual: 106 }));
    assert_eq!(Update::decode(&wire[..172]), Err(DecodeError::Length { expected: 173, actual: 172 }));
    assert_eq!(Update::decode(&with(0, 2)), Err(DecodeError::Version { found: 2 }));
    assert_eq!(Update::decode(&with(105, 49)), Err(DecodeError::TooManyKpis { found: 49 }));
    assert_eq!(Update::decode(&with(154, 52)), Err(DecodeError::TooManyChanges { found: 52 }));
    assert_eq!(Update::decode(&with(154, 1)), Err(DecodeError::Length { expected: 164, actual: 173 }));
}

#[test]
fn changes_parse_is_exact_and_bounded() {
    let packed = [3, 0, 0, 0, 7, 0, 0, 1, 0].repeat(2);
    let changes = Changes::parse(&packed).unwrap();
    assert_eq!(changes.iter().next(), Some(Change { slot: 3, expected_old: 7, new: 256 }));
    assert_eq!((changes.len(), changes.as_bytes()), (2, &packed[..]));
    assert_eq!(Changes::parse(&packed[..17]), Err(DecodeError::Length { expected: 9, actual: 17 }));
    assert_eq!(Changes::parse(&[0; 9 * 52]), Err(DecodeError::TooManyChanges { found: 52 }));
    assert!(Changes::parse(&[]).unwrap().is_empty() && !changes.is_empty());
    assert_eq!(Changes::parse(&[0; 9 * 51]).map(|changes| changes.len()), Ok(51));
}

#[test]
fn kpis_tail_is_the_last_values() {
    let kpis = Kpis::parse(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe]).unwrap();
    assert_eq!((kpis.get(0), kpis.get(1), kpis.get(2)), (Some(1), Some(-2), None));
    assert_eq!(kpis.tail(1).unwrap().iter().collect::<Vec<_>>(), [-2]);
    assert!(kpis.tail(0).unwrap().is_empty() && !kpis.is_empty());
    assert_eq!(kpis.tail(3), None);
    assert_eq!(Kpis::parse(&[0; 5]), Err(DecodeError::Length { expected: 4, actual: 5 }));
}

fn any_change() -> impl Strategy<Value = Change> {
    any::<(u8, u32, u32)>().prop_map(|(slot, expected_old, new)| Change { slot, expected_old, new })
}

prop_compose! {
    fn any_update()(
        ids in any::<[u64; 5]>(),
        hashes in any::<[[u8; 32]; 2]>(),
        kpis in vecs(any::<i32>(), 0..=MAX_KPIS),
        changes in vecs(any_change(), 0..=MAX_CHANGES),
    ) -> OwnedUpdate {
        let ([model_id, kpi_schema], [signer_epoch, update_id, observed_at, valid_after, expires_at]) = (hashes, ids);
        OwnedUpdate { model_id, kpi_schema, signer_epoch, update_id, observed_at, valid_after, expires_at, kpis, changes }
    }
}

fn digest_of(update: &OwnedUpdate) -> [u8; 32] {
    Update::decode(&update.encode().unwrap()).unwrap().digest(1, &[7; 20], keccak)
}

/// Every way to change one field of an update, each as a function of a non-zero number.
fn tamper(update: &OwnedUpdate, field: usize, by: u32) -> Option<OwnedUpdate> {
    let mut u = update.clone();
    let index = by as usize;
    match field {
        0 => u.model_id[index % 32] ^= 1 << (by % 8),
        1 => u.kpi_schema[index % 32] ^= 1 << (by % 8),
        2 => u.signer_epoch ^= u64::from(by),
        3 => u.update_id ^= u64::from(by),
        4 => u.observed_at ^= u64::from(by),
        5 => u.valid_after ^= u64::from(by),
        6 => u.expires_at ^= u64::from(by),
        7 => *u.kpis.get_mut(index % update.kpis.len().max(1))? ^= by.cast_signed(),
        8 => drop(u.kpis.pop()?),
        9 => u.changes.get_mut(index % update.changes.len().max(1))?.slot ^= 1 << (by % 8),
        10 => u.changes.get_mut(index % update.changes.len().max(1))?.expected_old ^= by,
        11 => u.changes.get_mut(index % update.changes.len().max(1))?.new ^= by,
        12 => drop(u.changes.pop()?),
        13 if u.changes.len() > 1 && u.changes[0] != u.changes[1] => u.changes.swap(0, 1),
        _ => return None,
    }
    Some(u)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// UPD-01
    #[test]
    fn decode_inverts_encode(update in any_update()) {
        let wire = update.encode().unwrap();
        prop_assert_eq!(OwnedUpdate::from(Update::decode(&wire).unwrap()), update);
    }

    /// UPD-02
    #[test]
    fn decode_reverts_when_truncated_or_extended(update in any_update(), cut in any::<prop::sample::Index>(), extra in vecs(any::<u8>(), 1..64)) {
        let wire = update.encode().unwrap();
        let cut = cut.index(wire.len());
        let error = Update::decode(&wire[..cut]).unwrap_err();
        let DecodeError::Length { expected, actual } = error else { panic!("{error:?}") };
        let (expected, actual) = (expected as usize, actual as usize);
        prop_assert!(actual == cut && expected > cut && expected <= wire.len(), "{error:?}");
        let longer = [wire.clone(), extra].concat();
        prop_assert_eq!(Update::decode(&longer), Err(DecodeError::Length { expected: u32::try_from(wire.len()).unwrap(), actual: u32::try_from(longer.len()).unwrap() }));
    }

    /// UPD-03
    #[test]
    fn decode_of_mutation_is_error_or_another_update(update in any_update(), at in any::<prop::sample::Index>(), mask in 1u8..) {
        let mut wire = update.encode().unwrap();
        let at = at.index(wire.len());
        wire[at] ^= mask;
        if let Ok(view) = Update::decode(&wire) {
            let other = OwnedUpdate::from(view);
            prop_assert_eq!(&other.encode().unwrap(), &wire);
            prop_assert_ne!(&other, &update);
            prop_assert_ne!(digest_of(&other), digest_of(&update));
        }
    }

    /// UPD-04
    #[test]
    fn decode_is_total_and_canonical(update in any_update(), noise in vecs((any::<prop::sample::Index>(), any::<u8>()), 1..9)) {
        let mut wire = update.encode().unwrap();
        for (at, byte) in noise {
            let at = at.index(wire.len());
            wire[at] = byte;
        }
        if let Ok(view) = Update::decode(&wire) {
            prop_assert_eq!(OwnedUpdate::from(view).encode().unwrap(), wire);
        }
    }

    /// UPD-05
    #[test]
    fn digest_binds_every_field(update in any_update(), field in 0usize..14, by in 1u32..) {
        if let Some(other) = tamper(&update, field, by) {
            prop_assert_ne!(digest_of(&other), digest_of(&update));
        }
    }

    /// UPD-06
    #[test]
    fn digest_binds_chain_and_controller(update in any_update(), chains in any::<[u64; 2]>(), controllers in any::<[[u8; 20]; 2]>()) {
        let wire = update.encode().unwrap();
        let view = Update::decode(&wire).unwrap();
        let digest = |chain: usize, controller: usize| view.digest(chains[chain], &controllers[controller], keccak);
        prop_assert_eq!(digest(0, 0) == digest(1, 0), chains[0] == chains[1]);
        prop_assert_eq!(digest(0, 0) == digest(0, 1), controllers[0] == controllers[1]);
    }
}
