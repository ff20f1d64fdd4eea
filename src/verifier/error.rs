//! Everything the verifier refuses, as Solidity errors that carry the numbers.
//!
//! Their arguments are single words, so they are encoded by hand and where they arise, in a fraction of the bytes that the
//! generated encoders take in the module; a test compares the two for every error.

use alloc::vec::Vec;

use alloy_primitives::{B256, U256};
use alloy_sol_types::{sol, SolError};
use escapement_kit::abi::{self, Malformed};
use openzeppelin_stylus::access::ownable::{OwnableInvalidOwner, OwnableUnauthorizedAccount};

mod convert;

pub use convert::malformed_report;

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
    /// The bytes are not a report. `reason` and the numbers as in `VerifierMalformedUpdate`.
    #[derive(Debug)]
    error VerifierMalformedReport(uint8 reason, uint32 have, uint32 want);
    /// The report is no longer in force since `expiresAt`.
    #[derive(Debug)]
    error VerifierReportExpired(uint64 expiresAt);
    /// The report was observed at `observedAt`, later than the clock allows (`latest`).
    #[derive(Debug)]
    error VerifierReportFuture(uint64 observedAt, uint64 latest);
    /// A report of this number is stored already; it never changes.
    #[derive(Debug)]
    error VerifierReportExists(address controller, uint64 reportId);
    /// No report of this number is stored.
    #[derive(Debug)]
    error VerifierReportUnknown(address controller, uint64 reportId);
    /// The fields of the update give the report digest `want`; stored is `have`.
    #[derive(Debug)]
    error VerifierReportMismatch(bytes32 have, bytes32 want);
    /// The attestation of a proven update has `have` bytes and needs `want` at least.
    #[derive(Debug)]
    error VerifierAttestationLength(uint256 have, uint256 want);
    /// The proof is refused. `stage`: 1 a word is no coordinate, 2 and 3 scaling and adding the key's points, 4 the
    /// pairing does not take the points (or the gas did not suffice), 5 the equation does not hold.
    #[derive(Debug)]
    error VerifierProofRejected(uint8 stage);
    /// The verifying key is refused. `reason`: 1 word `index` is no coordinate, 2 the point at word `index` is zero, 3
    /// beta, gamma and delta are related, 4 delta is underived, 5 the point at word `index` is not on the curve, 6
    /// beta, gamma or delta is not in its group, 7 the base is not what key and commitment give.
    #[derive(Debug)]
    error VerifierBadKey(uint8 reason, uint8 index);
    /// The commitment is no element of the scalar field.
    #[derive(Debug)]
    error VerifierBadCommitment(bytes32 commitment);
    /// The key of this circuit is a development key, which everybody can forge with; this is no development chain.
    #[derive(Debug)]
    error VerifierDevelopmentKey(bytes32 circuitId, uint256 chainId);
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

/// Revert data: an encoded Solidity error, or nothing for malformed calldata.
#[derive(PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Error(pub Vec<u8>);

impl From<Malformed> for Error {
    fn from(_: Malformed) -> Self {
        Self(Vec::new())
    }
}

impl From<Error> for Vec<u8> {
    fn from(error: Error) -> Self {
        error.0
    }
}

/// Declares the words that each error is encoded as.
macro_rules! errors {
    ($($error:ident => |$e:ident| [$($word:expr),+];)+) => {
        $(impl From<$error> for Error {
            fn from($e: $error) -> Self {
                Self(abi::failure($error::SELECTOR, &[$($word),+]))
            }
        })+
    };
}

errors! {
    VerifierMalformedUpdate => |e| [abi::word(e.reason.into()), abi::word(e.have.into()), abi::word(e.want.into())];
    VerifierSignerEpoch => |e| [abi::word(e.have), abi::word(e.want)];
    VerifierBadQuorum => |e| [abi::word(e.threshold.into()), e.signers.into()];
    VerifierTooManySigners => |e| [e.signers.into(), e.most.into()];
    VerifierSignersNotAscending => |e| [e.previous.into_word(), e.next.into_word()];
    VerifierNotSigner => |e| [e.account.into_word()];
    VerifierSignaturesLength => |e| [e.have.into(), e.want.into()];
    VerifierBadSignature => |e| [abi::word(e.index.into()), abi::word(e.reason.into())];
    VerifierSignatureOrder => |e| [abi::word(e.index.into()), e.previous.into_word(), e.signer.into_word()];
    VerifierUnknownSigner => |e| [abi::word(e.index.into()), e.signer.into_word()];
    VerifierUnknownModel => |e| [e.modelId];
    VerifierModelExists => |e| [e.modelId];
    VerifierModelInactive => |e| [e.modelId];
    VerifierUnsupportedKind => |e| [abi::word(e.kind.into())];
    VerifierModelHash => |e| [e.have, e.want];
    VerifierSchemaHash => |e| [e.have, e.want];
    VerifierPolicyLength => |e| [abi::word(e.expected.into()), abi::word(e.actual.into())];
    VerifierPolicyPrefix => |e| [abi::word(e.found.into())];
    VerifierPolicyArch => |e| [B256::right_padding_from(e.dims.as_slice())];
    VerifierPolicyBounds => |e| [abi::word(e.index.into()), signed(e.lo), signed(e.hi)];
    VerifierPolicyShift => |e| [abi::word(e.index.into()), abi::word(e.shift.into())];
    VerifierPolicyInputs => |e| [abi::word(e.expected.into()), abi::word(e.actual.into())];
    VerifierPolicyObservation => |e| [abi::word(e.index.into()), signed(e.value)];
    VerifierPolicyOutput => |e| [abi::word(e.index.into()), signed(e.value)];
    VerifierMalformedReport => |e| [abi::word(e.reason.into()), abi::word(e.have.into()), abi::word(e.want.into())];
    VerifierReportExpired => |e| [abi::word(e.expiresAt)];
    VerifierReportFuture => |e| [abi::word(e.observedAt), abi::word(e.latest)];
    VerifierReportExists => |e| [e.controller.into_word(), abi::word(e.reportId)];
    VerifierReportUnknown => |e| [e.controller.into_word(), abi::word(e.reportId)];
    VerifierReportMismatch => |e| [e.have, e.want];
    VerifierAttestationLength => |e| [e.have.into(), e.want.into()];
    VerifierProofRejected => |e| [abi::word(e.stage.into())];
    VerifierBadKey => |e| [abi::word(e.reason.into()), abi::word(e.index.into())];
    VerifierBadCommitment => |e| [e.commitment];
    VerifierDevelopmentKey => |e| [e.circuitId, e.chainId.into()];
    VerifierSequencerDown => |e| [abi::word(e.since)];
    VerifierSequencerGrace => |e| [abi::word(e.until)];
    VerifierUptimeFeed => |e| [e.feed.into_word()];
    OwnableUnauthorizedAccount => |e| [e.account.into_word()];
    OwnableInvalidOwner => |e| [e.owner.into_word()];
}

/// A signed number as a word, sign-extended.
#[inline(never)]
pub fn signed(value: i32) -> B256 {
    let fill = if value < 0 { u64::MAX } else { 0 };
    // The lowest limb is the number sign-extended to 64 bits.
    U256::from_limbs([i64::from(value).cast_unsigned(), fill, fill, fill]).into()
}
