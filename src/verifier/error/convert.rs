//! What the law and `OpenZeppelin` refuse, as errors of this contract.

use escapement_core::{
    policy::{
        proven::{KeyError, ProvenError},
        PolicyError,
    },
    update::{DecodeError, MAX_CHANGES, MAX_KPIS, WIRE_VERSION},
};
use openzeppelin_stylus::access::ownable;

use super::{
    Error, VerifierBadCommitment, VerifierBadKey, VerifierMalformedReport, VerifierMalformedUpdate, VerifierPolicyArch,
    VerifierPolicyBounds, VerifierPolicyInputs, VerifierPolicyLength, VerifierPolicyObservation, VerifierPolicyOutput,
    VerifierPolicyPrefix, VerifierPolicyShift,
};

impl From<ownable::Error> for Error {
    fn from(error: ownable::Error) -> Self {
        match error {
            ownable::Error::UnauthorizedAccount(e) => e.into(),
            ownable::Error::InvalidOwner(e) => e.into(),
        }
    }
}

/// Reason, what was found, what was expected.
fn reasons(error: DecodeError) -> (u8, u32, u32) {
    // The bounds are small constants: no cast loses anything.
    #[allow(clippy::cast_possible_truncation)]
    match error {
        DecodeError::Version { found } => (1, u32::from(found), u32::from(WIRE_VERSION)),
        DecodeError::Length { expected, actual } => (2, actual, expected),
        DecodeError::TooManyKpis { found } => (3, u32::from(found), MAX_KPIS as u32),
        DecodeError::TooManyChanges { found } => (4, found, MAX_CHANGES as u32),
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        let (reason, have, want) = reasons(error);
        VerifierMalformedUpdate { reason, have, want }.into()
    }
}

/// Why bytes are no report.
pub fn malformed_report(error: DecodeError) -> Error {
    let (reason, have, want) = reasons(error);
    VerifierMalformedReport { reason, have, want }.into()
}

impl From<PolicyError> for Error {
    fn from(error: PolicyError) -> Self {
        match error {
            PolicyError::Arch { dims } => VerifierPolicyArch { dims: dims.into() }.into(),
            PolicyError::Length { expected, actual } => VerifierPolicyLength { expected, actual }.into(),
            PolicyError::Prefix { found } => VerifierPolicyPrefix { found }.into(),
            PolicyError::Bounds { index, lo, hi } => VerifierPolicyBounds { index, lo, hi }.into(),
            PolicyError::Shift { index, shift } => VerifierPolicyShift { index, shift }.into(),
            PolicyError::Inputs { expected, actual } => VerifierPolicyInputs { expected, actual }.into(),
            PolicyError::Observation { index, value } => VerifierPolicyObservation { index, value }.into(),
            PolicyError::Output { index, value } => VerifierPolicyOutput { index, value }.into(),
        }
    }
}

impl From<ProvenError> for Error {
    fn from(error: ProvenError) -> Self {
        match error {
            ProvenError::Policy(error) => error.into(),
            ProvenError::Commitment { found } => VerifierBadCommitment { commitment: found.into() }.into(),
            ProvenError::Key(error) => {
                let (reason, index) = match error {
                    KeyError::Coordinate { index } => (1, index),
                    KeyError::Zero { index } => (2, index),
                    KeyError::Related => (3, 0),
                    KeyError::Underived => (4, 0),
                };
                VerifierBadKey { reason, index }.into()
            }
        }
    }
}
