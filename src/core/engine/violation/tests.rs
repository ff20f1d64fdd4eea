use super::Violation;
use sha3::{Digest, Keccak256};
use std::{format, string::String, vec::Vec};

#[test]
fn codes_and_selectors_match_their_signatures() {
    for (index, (code, selector, name, types)) in Violation::SIGNATURES.iter().enumerate() {
        assert_eq!(usize::from(*code), index + 1, "codes are dense and stable");
        let types: Vec<String> = types.iter().map(|ty| format!("uint{}", &ty[1..])).collect();
        let hash = Keccak256::digest(format!("{name}({})", types.join(",")));
        assert_eq!(selector.to_be_bytes(), hash[..4], "selector of {name}");
    }
}

#[test]
fn encode_works() {
    let violation = Violation::StepExceeded { slot: 3, old: 10_000, new: 11_000, max: 500 };
    let (data, len) = violation.encode();
    assert_eq!(len, 132);
    assert_eq!(data[35], 3);
    assert_eq!(data[66..68], 10_000u16.to_be_bytes());
    assert_eq!(data[130..132], 500u16.to_be_bytes());
    assert_eq!(violation.numbers(), (14, [3, 10_000, 11_000, 500]));
    assert_eq!(Violation::NoChange.encode().1, 4);
}

#[test]
fn only_rules_a_signer_could_check_are_suspicious() {
    assert!(Violation::PolicyMismatch { slot: 0, proposed: 1, computed: 2 }.is_suspicious());
    assert!(Violation::StepExceeded { slot: 0, old: 1, new: 2, max: 0 }.is_suspicious());
    assert!(!Violation::Expired { expires_at: 1 }.is_suspicious());
    assert!(!Violation::StaleObservation { age: 1, max: 0 }.is_suspicious());
    assert!(!Violation::CooldownActive { group: 0, next: 1 }.is_suspicious());
    assert!(!Violation::ExpectedOldMismatch { slot: 0, expected: 1, current: 2 }.is_suspicious());
    assert!(!Violation::Halted { scope: 0, until: 1 }.is_suspicious());
    assert!(!Violation::IdNotRising { id: 1, last: 1 }.is_suspicious());
}
