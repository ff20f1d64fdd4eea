//! Everything the verifier refuses, as Solidity errors that carry the numbers.
//!
//! Their arguments are single words, so they are encoded by hand, in a third of the bytes that the generated encoders
//! take in the module; a test compares the two for every error.

use alloc::vec::Vec;

use alloy_primitives::{B256, U256};
use alloy_sol_types::{sol, SolError};
use escapement_core::{
    policy::PolicyError,
    update::{DecodeError, MAX_CHANGES, MAX_KPIS, WIRE_VERSION},
};
use openzeppelin_stylus::access::ownable::{self, OwnableInvalidOwner, OwnableUnauthorizedAccount};

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
    /// Output `index` that a proof is to show is beyond one step, ±65,536.
    #[derive(Debug)]
    error VerifierPolicyOutput(uint8 index, int32 value);
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

/// Declares the error type: its variants, and the words each one is encoded as.
macro_rules! errors {
    ($($(#[$doc:meta])* $variant:ident($error:ident) => |$e:ident| [$($word:expr),+];)+) => {
        /// Everything the verifier refuses.
        #[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
        pub enum Error {
            $($(#[$doc])* $variant($error)),+
        }

        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        })+

        impl From<Error> for Vec<u8> {
            fn from(error: Error) -> Self {
                match error {
                    $(Error::$variant($e) => encode($error::SELECTOR, &[$($word),+])),+
                }
            }
        }

        #[cfg(feature = "export-abi")]
        impl stylus_sdk::abi::export::internal::InnerTypes for Error {
            fn inner_types() -> Vec<stylus_sdk::abi::export::internal::InnerType> {
                use stylus_sdk::abi::export::internal::InnerType;
                alloc::vec![$(InnerType {
                    name: alloc::format!("error {};", $error::SIGNATURE.replace(',', ", ")),
                    id: core::any::TypeId::of::<$error>(),
                }),+]
            }
        }
    };
}

errors! {
    /// See [`VerifierMalformedUpdate`].
    MalformedUpdate(VerifierMalformedUpdate) => |e| [number(e.reason.into()), number(e.have.into()), number(e.want.into())];
    /// See [`VerifierSignerEpoch`].
    SignerEpoch(VerifierSignerEpoch) => |e| [number(e.have), number(e.want)];
    /// See [`VerifierBadQuorum`].
    BadQuorum(VerifierBadQuorum) => |e| [number(e.threshold.into()), e.signers.into()];
    /// See [`VerifierTooManySigners`].
    TooManySigners(VerifierTooManySigners) => |e| [e.signers.into(), e.most.into()];
    /// See [`VerifierSignersNotAscending`].
    SignersNotAscending(VerifierSignersNotAscending) => |e| [e.previous.into_word(), e.next.into_word()];
    /// See [`VerifierNotSigner`].
    NotSigner(VerifierNotSigner) => |e| [e.account.into_word()];
    /// See [`VerifierSignaturesLength`].
    SignaturesLength(VerifierSignaturesLength) => |e| [e.have.into(), e.want.into()];
    /// See [`VerifierBadSignature`].
    BadSignature(VerifierBadSignature) => |e| [number(e.index.into()), number(e.reason.into())];
    /// See [`VerifierSignatureOrder`].
    SignatureOrder(VerifierSignatureOrder) => |e| [number(e.index.into()), e.previous.into_word(), e.signer.into_word()];
    /// See [`VerifierUnknownSigner`].
    UnknownSigner(VerifierUnknownSigner) => |e| [number(e.index.into()), e.signer.into_word()];
    /// See [`VerifierUnknownModel`].
    UnknownModel(VerifierUnknownModel) => |e| [e.modelId];
    /// See [`VerifierModelExists`].
    ModelExists(VerifierModelExists) => |e| [e.modelId];
    /// See [`VerifierModelInactive`].
    ModelInactive(VerifierModelInactive) => |e| [e.modelId];
    /// See [`VerifierUnsupportedKind`].
    UnsupportedKind(VerifierUnsupportedKind) => |e| [number(e.kind.into())];
    /// See [`VerifierModelHash`].
    ModelHash(VerifierModelHash) => |e| [e.have, e.want];
    /// See [`VerifierSchemaHash`].
    SchemaHash(VerifierSchemaHash) => |e| [e.have, e.want];
    /// See [`VerifierPolicyLength`].
    PolicyLength(VerifierPolicyLength) => |e| [number(e.expected.into()), number(e.actual.into())];
    /// See [`VerifierPolicyPrefix`].
    PolicyPrefix(VerifierPolicyPrefix) => |e| [number(e.found.into())];
    /// See [`VerifierPolicyArch`].
    PolicyArch(VerifierPolicyArch) => |e| [B256::right_padding_from(e.dims.as_slice())];
    /// See [`VerifierPolicyBounds`].
    PolicyBounds(VerifierPolicyBounds) => |e| [number(e.index.into()), signed(e.lo), signed(e.hi)];
    /// See [`VerifierPolicyShift`].
    PolicyShift(VerifierPolicyShift) => |e| [number(e.index.into()), number(e.shift.into())];
    /// See [`VerifierPolicyInputs`].
    PolicyInputs(VerifierPolicyInputs) => |e| [number(e.expected.into()), number(e.actual.into())];
    /// See [`VerifierPolicyObservation`].
    PolicyObservation(VerifierPolicyObservation) => |e| [number(e.index.into()), signed(e.value)];
    /// See [`VerifierPolicyOutput`].
    PolicyOutput(VerifierPolicyOutput) => |e| [number(e.index.into()), signed(e.value)];
    /// See [`VerifierSequencerDown`].
    SequencerDown(VerifierSequencerDown) => |e| [number(e.since)];
    /// See [`VerifierSequencerGrace`].
    SequencerGrace(VerifierSequencerGrace) => |e| [number(e.until)];
    /// See [`VerifierUptimeFeed`].
    UptimeFeed(VerifierUptimeFeed) => |e| [e.feed.into_word()];
    /// The caller has not the right.
    UnauthorizedAccount(OwnableUnauthorizedAccount) => |e| [e.account.into_word()];
    /// The zero address cannot be made owner.
    InvalidOwner(OwnableInvalidOwner) => |e| [e.owner.into_word()];
}

/// Selector and words in a row.
#[inline(never)]
fn encode(selector: [u8; 4], words: &[B256]) -> Vec<u8> {
    let mut out = Vec::with_capacity(words.len().saturating_mul(32).saturating_add(4));
    out.extend_from_slice(&selector);
    for word in words {
        out.extend_from_slice(word.as_slice());
    }
    out
}

/// An unsigned number as a word.
#[inline(never)]
fn number(value: u64) -> B256 {
    U256::from_limbs([value, 0, 0, 0]).into()
}

/// A signed number as a word, sign-extended.
#[inline(never)]
fn signed(value: i32) -> B256 {
    let fill = if value < 0 { u64::MAX } else { 0 };
    // The lowest limb is the number sign-extended to 64 bits.
    U256::from_limbs([i64::from(value).cast_unsigned(), fill, fill, fill]).into()
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
            PolicyError::Output { index, value } => VerifierPolicyOutput { index, value }.into(),
        }
    }
}
