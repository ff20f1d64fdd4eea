#![allow(clippy::cast_possible_wrap, clippy::cast_possible_truncation)]
use super::Violation;
use sha3::{Digest, Keccak256};
use std::{format, string::String, vec::Vec};

#[test]
fn codes_and_selectors_match_their_signatures() {
    for (index, (code, selector, name, types)) in Violation::SIGNATURES.iter().enumerate() {
        assert_eq!(usize::from(*code), index + 1, "codes are dense and stable");
        let types: Vec<String> = types.iter().map(|(ty, _)| format!("uint{}", &ty[1..])).collect();
        let hash = Keccak256::digest(format!("Controller{name}({})", types.join(",")));
        assert_eq!(selector.to_be_bytes(), hash[..4], "selector of {name}");
        assert_eq!((super::TABLE[index].0, super::TABLE[index].1), (*selector, types.len() as u8));
    }
}

#[test]
fn encode_works() {
    let violation = Violation::step_exceeded(3, 10_000, 11_000, 500);
    let (data, len) = violation.encode();
    assert_eq!(len, 132);
    assert_eq!(data[35], 3);
    assert_eq!(data[66..68], 10_000u16.to_be_bytes());
    assert_eq!(data[130..132], 500u16.to_be_bytes());
    assert_eq!((violation.code(), violation.numbers()), (14, [3, 10_000, 11_000, 500]));
    assert_eq!(Violation::no_change().encode().1, 4);
    let wide = Violation::id_not_rising(u64::MAX - 1, 1 << 32);
    assert_eq!(wide.numbers(), [u64::MAX - 1, 1 << 32, 0, 0]);
    let (data, len) = wide.encode();
    assert_eq!(
        (len, &data[28..36], &data[60..68]),
        (68, &(u64::MAX - 1).to_be_bytes()[..], &(1u64 << 32).to_be_bytes()[..])
    );
}

#[test]
fn only_rules_a_signer_could_check_are_suspicious() {
    assert!(Violation::policy_mismatch(0, 1, 2).is_suspicious());
    assert!(Violation::step_exceeded(0, 1, 2, 0).is_suspicious());
    assert!(!Violation::expired(1).is_suspicious());
    assert!(!Violation::stale_observation(1, 0).is_suspicious());
    assert!(!Violation::cooldown_active(0, 1).is_suspicious());
    assert!(!Violation::expected_old_mismatch(0, 1, 2).is_suspicious());
    assert!(!Violation::halted(0, 1).is_suspicious());
    assert!(!Violation::id_not_rising(1, 1).is_suspicious());
}
