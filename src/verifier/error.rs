//! Everything the verifier refuses, as Solidity errors that carry the numbers.

use alloy_sol_types::sol;
use escapement_core::{
    policy::PolicyError,
    update::{DecodeError, MAX_CHANGES, MAX_KPIS, WIRE_VERSION},
};
use openzeppelin_stylus::access::ownable::{self, OwnableInvalidOwner, OwnableUnauthorizedAccount};
use stylus_sdk::prelude::*;

sol! {
    /// The bytes are not an update. `reason`: 1 wire version, 2 length, 3 number of KPIs, 4 number of changes;
    /// `have` is what was found, `want` what is expected (for 3 and 4: the most allowed).
    #[derive(Debug)]
    error VerifierMalformedUpdate(uint8 reason, uint32 have, uint32 want);
    /// The update names signer set `have`; the present one is `want`.
    #[derive(Debug)]
    error VerifierSignerEpoch(uint64 have, uint64 want);
    /// A threshold must be more than half of the signers and at most all of them.
    #[derive(Debug)]
    error VerifierBadQuorum(uint8 threshold, uint256 signers);
    /// More signers than the set can hold.
    #[derive(Debug)]
    error VerifierTooManySigners(uint256 signers, uint256 most);
    /// Signers must be given strictly ascending, which excludes the zero address and repetitions.
    #[derive(Debug)]
    error VerifierSignersNotAscending(address previous, address next);
    /// The account is not in the signer set.
    #[derive(Debug)]
    error VerifierNotSigner(address account);
    /// The signatures must be exactly `want` bytes: 65 for each of exactly the threshold.
    #[derive(Debug)]
    error VerifierSignaturesLength(uint256 have, uint256 want);
    /// Signature number `index` is refused. `reason`: 1 length, 2 v is neither 27 nor 28, 3 s in the upper half of
    /// the order, 4 no key made it.
    #[derive(Debug)]
    error VerifierBadSignature(uint8 index, uint8 reason);
    /// Signature number `index` is by `signer`, which does not come after the signer before it.
    #[derive(Debug)]
    error VerifierSignatureOrder(uint8 index, address previous, address signer);
    /// Signature number `index` is by an account outside the signer set.
    #[derive(Debug)]
    error VerifierUnknownSigner(uint8 index, address signer);
    /// No policy of this id is registered.
    #[derive(Debug)]
    error VerifierUnknownModel(bytes32 modelId);
    /// The policy is registered already; a record never changes.
    #[derive(Debug)]
    error VerifierModelExists(bytes32 modelId);
    /// The policy is stopped.
    #[derive(Debug)]
    error VerifierModelInactive(bytes32 modelId);
    /// The policy asks for an attestation of a kind this verifier does not know.
    #[derive(Debug)]
    error VerifierUnsupportedKind(uint8 kind);
    /// The network in the data contract hashes to `have`, not to its id.
    #[derive(Debug)]
    error VerifierModelHash(bytes32 have, bytes32 want);
    /// The schema (of the data contract, or named by the update) is `have`, not the registered `want`.
    #[derive(Debug)]
    error VerifierSchemaHash(bytes32 have, bytes32 want);
    /// The code of the data contract belongs to no known architecture, or a part of it has the wrong length.
    #[derive(Debug)]
    error VerifierPolicyLength(uint32 expected, uint32 actual);
    /// The code of the data contract begins with `found`, not with a zero byte.
    #[derive(Debug)]
    error VerifierPolicyPrefix(uint8 found);
    /// The network's layers (widths, one byte each) are none this format can have.
    #[derive(Debug)]
    error VerifierPolicyArch(bytes4 dims);
    /// Output `index` is not bounded by one step: `lo <= hi`, both within ±65,536.
    #[derive(Debug)]
    error VerifierPolicyBounds(uint8 index, int32 lo, int32 hi);
    /// Schema entry `index` shifts by more than 63 bits.
    #[derive(Debug)]
    error VerifierPolicyShift(uint8 index, uint8 shift);
    /// There are fewer KPI values than the network has inputs.
    #[derive(Debug)]
    error VerifierPolicyInputs(uint32 expected, uint32 actual);
    /// Observation `index` is not a signed 24-bit number.
    #[derive(Debug)]
    error VerifierPolicyObservation(uint8 index, int32 value);
    /// The sequencer has been down since `since`.
    #[derive(Debug)]
    error VerifierSequencerDown(uint64 since);
    /// The sequencer is back, but updates are refused until `until`.
    #[derive(Debug)]
    error VerifierSequencerGrace(uint64 until);
    /// The sequencer feed does not answer, or not sensibly.
    #[derive(Debug)]
    error VerifierUptimeFeed(address feed);
}

/// Everything the verifier refuses.
#[derive(SolidityError)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub enum Error {
    /// See [`VerifierMalformedUpdate`].
    MalformedUpdate(VerifierMalformedUpdate),
    /// See [`VerifierSignerEpoch`].
    SignerEpoch(VerifierSignerEpoch),
    /// See [`VerifierBadQuorum`].
    BadQuorum(VerifierBadQuorum),
    /// See [`VerifierTooManySigners`].
    TooManySigners(VerifierTooManySigners),
    /// See [`VerifierSignersNotAscending`].
    SignersNotAscending(VerifierSignersNotAscending),
    /// See [`VerifierNotSigner`].
    NotSigner(VerifierNotSigner),
    /// See [`VerifierSignaturesLength`].
    SignaturesLength(VerifierSignaturesLength),
    /// See [`VerifierBadSignature`].
    BadSignature(VerifierBadSignature),
    /// See [`VerifierSignatureOrder`].
    SignatureOrder(VerifierSignatureOrder),
    /// See [`VerifierUnknownSigner`].
    UnknownSigner(VerifierUnknownSigner),
    /// See [`VerifierUnknownModel`].
    UnknownModel(VerifierUnknownModel),
    /// See [`VerifierModelExists`].
    ModelExists(VerifierModelExists),
    /// See [`VerifierModelInactive`].
    ModelInactive(VerifierModelInactive),
    /// See [`VerifierUnsupportedKind`].
    UnsupportedKind(VerifierUnsupportedKind),
    /// See [`VerifierModelHash`].
    ModelHash(VerifierModelHash),
    /// See [`VerifierSchemaHash`].
    SchemaHash(VerifierSchemaHash),
    /// See [`VerifierPolicyLength`].
    PolicyLength(VerifierPolicyLength),
    /// See [`VerifierPolicyPrefix`].
    PolicyPrefix(VerifierPolicyPrefix),
    /// See [`VerifierPolicyArch`].
    PolicyArch(VerifierPolicyArch),
    /// See [`VerifierPolicyBounds`].
    PolicyBounds(VerifierPolicyBounds),
    /// See [`VerifierPolicyShift`].
    PolicyShift(VerifierPolicyShift),
    /// See [`VerifierPolicyInputs`].
    PolicyInputs(VerifierPolicyInputs),
    /// See [`VerifierPolicyObservation`].
    PolicyObservation(VerifierPolicyObservation),
    /// See [`VerifierSequencerDown`].
    SequencerDown(VerifierSequencerDown),
    /// See [`VerifierSequencerGrace`].
    SequencerGrace(VerifierSequencerGrace),
    /// See [`VerifierUptimeFeed`].
    UptimeFeed(VerifierUptimeFeed),
    /// The caller has not the right.
    UnauthorizedAccount(OwnableUnauthorizedAccount),
    /// The zero address cannot be made owner.
    InvalidOwner(OwnableInvalidOwner),
}

impl From<ownable::Error> for Error {
    fn from(error: ownable::Error) -> Self {
        match error {
            ownable::Error::UnauthorizedAccount(e) => Self::UnauthorizedAccount(e),
            ownable::Error::InvalidOwner(e) => Self::InvalidOwner(e),
        }
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        // The bounds are small constants: no cast loses anything.
        #[allow(clippy::cast_possible_truncation)]
        let (reason, have, want) = match error {
            DecodeError::Version { found } => (1, u32::from(found), u32::from(WIRE_VERSION)),
            DecodeError::Length { expected, actual } => (2, actual, expected),
            DecodeError::TooManyKpis { found } => (3, u32::from(found), MAX_KPIS as u32),
            DecodeError::TooManyChanges { found } => (4, found, MAX_CHANGES as u32),
        };
        VerifierMalformedUpdate { reason, have, want }.into()
    }
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
        }
    }
}
