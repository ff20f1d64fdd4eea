//! A policy that is proven instead of re-executed: its file, the attestation that carries a proof, and the statement
//! that is proven.
//!
//! `proven.bin`, big endian except for the schema (which is that of every policy):
//!
//! ```text
//! widths 4 | cosignAbove 4 | commitment 32 | base 64 | schema.bin 9 * inputs | verifying key 832
//! ```
//!
//! Its keccak256 is the model id, so that the id binds the architecture, the size of step above which signatures are
//! needed too, the commitment to the weights, the meaning of the KPI values, and the key. The data contract's code is a
//! zero byte followed by the file.
//!
//! The base is the point `IC_0 + commitment IC_2` of the key: what constant and commitment contribute to the sum over the
//! public inputs. It is the same for every proof of a policy, so a registry checks it once and no proof pays for it.
//!
//! The statement: "a network of this architecture and commitment makes these outputs of these observations", with a
//! context that ties the proof to one update, one report, one model, one controller, one verifier and one chain. Its
//! public inputs, in order: context, commitment, the observations in two packed elements, the outputs in one.

mod attestation;
mod development;
mod key;
#[cfg(any(test, feature = "alloc"))]
mod owned;

pub use attestation::{Attestation, PROOF_SIZE};
pub use development::{DEVELOPMENT_CHAINS, DEVELOPMENT_KEYS};
pub use key::{Key, KeyError, BASE_FIELD, IC, KEY_SIZE, PUBLIC_INPUTS};
#[cfg(any(test, feature = "alloc"))]
pub use owned::OwnedProven;

use super::format::count;
use super::packing::pack;
use super::{Arch, PolicyError, Schema, MAX_WIDTH, OUTPUTS, OUTPUT_ONE, VALUE_MAX, VALUE_MIN};
use crate::update::digest::{address_word, word, Word};
use crate::update::{take, Kpis};

/// Order of the scalar field of `BN254`: public inputs are below it.
pub const SCALAR_FIELD: [u8; 32] = [
    0x30, 0x64, 0x4e, 0x72, 0xe1, 0x31, 0xa0, 0x29, 0xb8, 0x50, 0x45, 0xb6, 0x81, 0x81, 0x58, 0x5d, 0x28, 0x33, 0xe8,
    0x48, 0x79, 0xb9, 0x70, 0x91, 0x43, 0xe1, 0xf5, 0x93, 0xf0, 0x00, 0x00, 0x01,
];

/// keccak256 of the type string of `ProofContext`.
pub const CONTEXT_TYPEHASH: [u8; 32] = [
    0xeb, 0x30, 0x9e, 0xe9, 0x4d, 0xe1, 0x7d, 0x56, 0xd6, 0xed, 0x70, 0x9e, 0x10, 0x7c, 0x43, 0x87, 0x18, 0xba, 0xf1,
    0x8b, 0x27, 0xf4, 0x28, 0x9a, 0x42, 0x26, 0x98, 0xb4, 0x5b, 0x3f, 0x46, 0x2a,
];

/// Bytes before the schema: widths, step that needs signatures, commitment, base.
const HEAD: usize = 104;

/// Why bytes are not a proven policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProvenError {
    /// Widths, length, prefix or schema.
    Policy(PolicyError),
    /// The commitment is not below [`SCALAR_FIELD`].
    Commitment {
        /// Commitment found.
        found: [u8; 32],
    },
    /// The key is one that no honest setup makes, or one whose proofs can be forged.
    Key(KeyError),
}

impl From<PolicyError> for ProvenError {
    fn from(error: PolicyError) -> Self {
        Self::Policy(error)
    }
}

impl From<KeyError> for ProvenError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

/// A proven policy, borrowed from its file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Proven<'a> {
    /// The file, whose keccak256 is the model id.
    pub bytes: &'a [u8],
    /// Architecture of the network, and so of the circuit: [`Arch::A1`] or [`Arch::A2`].
    pub arch: Arch,
    /// Size of an output, Q16 of its step, above which the update needs the quorum's signatures too. From
    /// [`OUTPUT_ONE`] on never.
    pub cosign_above: u32,
    /// Commitment to the weights, biases and bounds of the network.
    pub commitment: &'a [u8; 32],
    /// The point `IC_0 + commitment IC_2` of the key, in G1.
    pub base: &'a [u8; 64],
    /// Scaling of the KPI values, one entry for each input of the network.
    pub schema: Schema<'a>,
    /// The bytes of `schema.bin`, whose keccak256 is the KPI schema.
    pub schema_bytes: &'a [u8],
    /// Verifying key of the circuit.
    pub key: Key<'a>,
}

impl<'a> Proven<'a> {
    /// Bytes of the file of an architecture.
    #[must_use]
    pub const fn len_of(arch: Arch) -> usize {
        const { HEAD + KEY_SIZE }.saturating_add(arch.inputs().saturating_mul(Schema::ENTRY_SIZE))
    }

    /// Reads a `proven.bin`. The points of key and base are not looked at, see [`Proven::check`].
    ///
    /// # Errors
    /// [`PolicyError::Length`] and [`PolicyError::Arch`] unless the widths are those of a known architecture and the
    /// length is exactly its own; [`PolicyError::Shift`] for a schema entry that shifts by more than 63 bits.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PolicyError> {
        let length = |expected: usize| PolicyError::Length { expected: count(expected), actual: count(bytes.len()) };
        let mut input = bytes;
        let head = &mut input;
        let (Some(&dims), Some(&cosign), Some(commitment), Some(base)) =
            (take(head), take(head), take(head), take(head))
        else {
            return Err(length(0));
        };
        let arch = Arch::new(dims)?;
        if arch != Arch::A1 && arch != Arch::A2 {
            return Err(PolicyError::Arch { dims });
        }
        let expected = Self::len_of(arch);
        if bytes.len() != expected {
            return Err(length(expected));
        }
        // The length is exact, so neither of the splits can fail.
        let (schema_bytes, mut key) =
            input.split_at_checked(arch.inputs().saturating_mul(Schema::ENTRY_SIZE)).ok_or_else(|| length(expected))?;
        Ok(Self {
            bytes,
            arch,
            cosign_above: u32::from_be_bytes(cosign),
            commitment,
            base,
            schema: Schema::parse(schema_bytes)?,
            schema_bytes,
            key: Key::new(take(&mut key).ok_or_else(|| length(expected))?),
        })
    }

    /// Reads the code of a data contract.
    ///
    /// # Errors
    /// [`PolicyError::Prefix`] unless it begins with a zero byte, and as [`Proven::parse`].
    pub fn from_code(code: &'a [u8]) -> Result<Self, PolicyError> {
        let (&found, rest) = code.split_first().ok_or(PolicyError::Length { expected: 0, actual: 0 })?;
        if found == 0 {
            Self::parse(rest)
        } else {
            Err(PolicyError::Prefix { found })
        }
    }

    /// Checks what a registry has to check once: the commitment, and the key as far as bytes tell. Whether its points are
    /// on the curve and the base is what it should be takes curve arithmetic.
    ///
    /// # Errors
    /// [`ProvenError::Commitment`], [`ProvenError::Key`].
    pub fn check(&self) -> Result<(), ProvenError> {
        if *self.commitment >= SCALAR_FIELD {
            return Err(ProvenError::Commitment { found: *self.commitment });
        }
        Ok(self.key.check()?)
    }

    /// Whether an update with these outputs needs the quorum's signatures beside the proof.
    #[must_use]
    pub fn needs_signatures(&self, outputs: &[i32; OUTPUTS]) -> bool {
        outputs.iter().any(|output| output.unsigned_abs() > self.cosign_above)
    }

    /// Returns the public inputs for KPI values: the first ones are the observations, what follows is not the
    /// network's. Each input is below [`SCALAR_FIELD`]: the context by 248 bits, packed elements by 240, the
    /// commitment by [`Proven::check`].
    ///
    /// # Errors
    /// [`PolicyError::Inputs`] if there are fewer values than inputs, [`PolicyError::Output`] for an output beyond one
    /// step.
    pub fn public_inputs(
        &self,
        context: Word,
        kpis: &Kpis<'_>,
        outputs: &[i32; OUTPUTS],
    ) -> Result<[Word; PUBLIC_INPUTS], PolicyError> {
        let mut observations = [0; MAX_WIDTH];
        let used = self.schema.normalise(kpis.iter(), &mut observations)?;
        for (index, value) in (0u8..).zip(*outputs) {
            if value.unsigned_abs() > OUTPUT_ONE.unsigned_abs() {
                return Err(PolicyError::Output { index, value });
            }
        }
        public_inputs(context, *self.commitment, used, outputs)
    }
}

/// Returns the public inputs of the statement: context, commitment, observations in two elements, outputs in one, each
/// a big-endian word.
///
/// # Errors
/// [`PolicyError::Inputs`] unless the observations fill two elements (11 to 20 of them),
/// [`PolicyError::Observation`] or [`PolicyError::Output`] for a value beyond 24 bits.
pub fn public_inputs(
    context: Word,
    commitment: Word,
    observations: &[i32],
    outputs: &[i32; OUTPUTS],
) -> Result<[Word; PUBLIC_INPUTS], PolicyError> {
    if let Some((index, value)) = beyond(observations) {
        return Err(PolicyError::Observation { index, value });
    }
    if let Some((index, value)) = beyond(outputs) {
        return Err(PolicyError::Output { index, value });
    }
    let inputs = PolicyError::Inputs { expected: count(Arch::A1.inputs()), actual: count(observations.len()) };
    // Every value fits its 24 bits, so no element can fail to pack.
    let mut packed = pack::<3, _>(observations.iter().copied()).chain(pack::<3, _>(outputs.iter().copied())).flatten();
    match (packed.next(), packed.next(), packed.next(), packed.next()) {
        (Some(first), Some(second), Some(out), None) => Ok([context, commitment, first, second, out]),
        _ => Err(inputs),
    }
}

/// The first value that is not a signed 24-bit number.
fn beyond(values: &[i32]) -> Option<(u8, i32)> {
    (0u8..).zip(values.iter().copied()).find(|(_, value)| *value < VALUE_MIN || *value > VALUE_MAX)
}

/// Who and what a proof is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context {
    /// Chain the verifier lives on.
    pub chain_id: u64,
    /// Address of the verifier.
    pub verifier: [u8; 20],
    /// Address of the controller's proxy.
    pub controller: [u8; 20],
    /// keccak256 of `proven.bin`.
    pub model_id: [u8; 32],
    /// EIP-712 digest of the report the update rests on.
    pub report: [u8; 32],
    /// EIP-712 digest of the update.
    pub update: [u8; 32],
}

impl Context {
    /// Returns the public input: the upper 248 bits of keccak256 over the ABI encoding of type hash and fields.
    #[must_use]
    pub fn hash(&self, keccak: impl Fn(&[u8]) -> Word) -> Word {
        let fields = [
            CONTEXT_TYPEHASH,
            word(self.chain_id),
            address_word(&self.verifier),
            address_word(&self.controller),
            self.model_id,
            self.report,
            self.update,
        ];
        let mut hash = keccak(fields.as_flattened());
        // One byte to the right: the last one falls off, the first one becomes zero.
        hash.rotate_right(1);
        let [top, ..] = &mut hash;
        *top = 0;
        hash
    }
}
