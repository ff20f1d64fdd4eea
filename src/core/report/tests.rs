#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic)]

use super::*;
use crate::update::tests::{bytes, keccak, unhex, vector_cases};
use crate::update::{EncodeError, OwnedUpdate};
use alloc::{vec, vec::Vec};
use proptest::{collection::vec as vecs, prelude::*};

/// Digest of wire bytes on one chain for one controller.
fn digest_of(report: &OwnedReport) -> [u8; 32] {
    Report::decode(&report.encode().unwrap()).unwrap().digest(1, &[7; 20], keccak)
}

#[test]
fn type_hash_is_that_of_its_string() {
    let text = "KpiReport(bytes32 kpiSchema,int32[] kpis,uint64 signerEpoch,uint64 reportId,uint64 observedAt,\
                uint64 expiresAt)";
    assert_eq!(REPORT_TYPEHASH, keccak(text.as_bytes()));
}

/// PRV-03
#[test]
fn wire_and_digest_agree_with_viem() {
    for case in vector_cases() {
        let wire = case.update().encode().unwrap();
        let report = Report::of_update(&Update::decode(&wire).unwrap());
        let expected = bytes(case.get("report_wire"));
        assert_eq!(OwnedReport::from(report).encode().unwrap(), expected);
        assert_eq!(Report::decode(&expected).unwrap(), report);
        let (chain, controller) = (case.get("chain").parse().unwrap(), unhex(case.get("controller")));
        assert_eq!(report.struct_hash(keccak), unhex(case.get("report_struct")));
        assert_eq!(report.digest(chain, &controller, keccak), unhex(case.get("report_digest")));
    }
}

#[test]
fn decode_refuses_with_the_numbers() {
    let wire = OwnedReport { kpis: vec![1; 12], ..OwnedReport::default() }.encode().unwrap();
    assert_eq!(wire.len(), 66 + 48);
    let with = |at: usize, byte: u8| {
        let mut w = wire.clone();
        w[at] = byte;
        w
    };
    assert_eq!(Report::decode(&[]), Err(DecodeError::Length { expected: 66, actual: 0 }));
    assert_eq!(Report::decode(&wire[..65]), Err(DecodeError::Length { expected: 66, actual: 65 }));
    assert_eq!(Report::decode(&wire[..113]), Err(DecodeError::Length { expected: 114, actual: 113 }));
    assert_eq!(Report::decode(&with(0, 2)), Err(DecodeError::Version { found: 2 }));
    assert_eq!(Report::decode(&with(65, 49)), Err(DecodeError::TooManyKpis { found: 49 }));
    assert_eq!(Report::decode(&with(65, 11)), Err(DecodeError::Length { expected: 110, actual: 114 }));
    let long = OwnedReport { kpis: vec![0; MAX_KPIS + 1], ..OwnedReport::default() };
    assert_eq!(long.encode(), Err(EncodeError::TooManyKpis { found: 49 }));
}

prop_compose! {
    fn any_report()(
        kpi_schema in any::<[u8; 32]>(),
        ids in any::<[u64; 4]>(),
        kpis in vecs(any::<i32>(), 0..=MAX_KPIS),
    ) -> OwnedReport {
        let [signer_epoch, report_id, observed_at, expires_at] = ids;
        OwnedReport { kpi_schema, signer_epoch, report_id, observed_at, expires_at, kpis }
    }
}

/// Every way to change one field of a report, each as a function of a non-zero number.
fn tamper(report: &OwnedReport, field: usize, by: u32) -> Option<OwnedReport> {
    let mut r = report.clone();
    let index = by as usize;
    match field {
        0 => r.kpi_schema[index % 32] ^= 1 << (by % 8),
        1 => r.signer_epoch ^= u64::from(by),
        2 => r.report_id ^= u64::from(by),
        3 => r.observed_at ^= u64::from(by),
        4 => r.expires_at ^= u64::from(by),
        5 => *r.kpis.get_mut(index % report.kpis.len().max(1))? ^= by.cast_signed(),
        _ => drop(r.kpis.pop()?),
    }
    Some(r)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// PRV-01
    #[test]
    fn decode_inverts_encode(report in any_report()) {
        let wire = report.encode().unwrap();
        prop_assert_eq!(OwnedReport::from(Report::decode(&wire).unwrap()), report);
    }

    /// PRV-01
    #[test]
    fn decode_reverts_when_truncated_or_extended(report in any_report(), cut in any::<prop::sample::Index>(), extra in vecs(any::<u8>(), 1..64)) {
        let wire = report.encode().unwrap();
        let cut = cut.index(wire.len());
        let error = Report::decode(&wire[..cut]).unwrap_err();
        let DecodeError::Length { expected, actual } = error else { panic!("{error:?}") };
        let (expected, actual) = (expected as usize, actual as usize);
        prop_assert!(actual == cut && expected > cut && expected <= wire.len(), "{error:?}");
        let longer = [wire.clone(), extra].concat();
        let exact = DecodeError::Length { expected: u32::try_from(wire.len()).unwrap(), actual: u32::try_from(longer.len()).unwrap() };
        prop_assert_eq!(Report::decode(&longer), Err(exact));
    }

    /// PRV-01
    #[test]
    fn decode_is_total_and_canonical(report in any_report(), noise in vecs((any::<prop::sample::Index>(), any::<u8>()), 1..9)) {
        let mut wire = report.encode().unwrap();
        for (at, byte) in noise {
            let at = at.index(wire.len());
            wire[at] = byte;
        }
        if let Ok(view) = Report::decode(&wire) {
            prop_assert_eq!(OwnedReport::from(view).encode().unwrap(), wire);
        }
    }

    /// PRV-02
    #[test]
    fn digest_binds_every_field(report in any_report(), field in 0usize..7, by in 1u32..) {
        if let Some(other) = tamper(&report, field, by) {
            prop_assert_ne!(digest_of(&other), digest_of(&report));
        }
    }

    /// PRV-02
    #[test]
    fn digest_binds_chain_and_controller(report in any_report(), chains in any::<[u64; 2]>(), controllers in any::<[[u8; 20]; 2]>()) {
        let wire = report.encode().unwrap();
        let view = Report::decode(&wire).unwrap();
        let digest = |chain: usize, controller: usize| view.digest(chains[chain], &controllers[controller], keccak);
        prop_assert_eq!(digest(0, 0) == digest(1, 0), chains[0] == chains[1]);
        prop_assert_eq!(digest(0, 0) == digest(0, 1), controllers[0] == controllers[1]);
    }

    /// PRV-04
    #[test]
    fn of_update_takes_the_shared_fields(report in any_report(), model_id in any::<[u8; 32]>(), valid_after in any::<u64>()) {
        let OwnedReport { kpi_schema, signer_epoch, report_id, observed_at, expires_at, ref kpis } = report;
        let update = OwnedUpdate {
            model_id, kpi_schema, signer_epoch, update_id: report_id, observed_at, valid_after, expires_at,
            kpis: kpis.clone(), changes: Vec::new(),
        };
        let wire = update.encode().unwrap();
        let view = Update::decode(&wire).unwrap();
        prop_assert_eq!(OwnedReport::from(Report::of_update(&view)), report.clone());
        let digest = view.digest(1, &[7; 20], keccak);
        prop_assert_ne!(digest, digest_of(&report));
        prop_assert_eq!(Report::digests(&view, 1, &[7; 20], keccak), [digest_of(&report), digest]);
    }
}
