//! The steps of a transcript one by one: made, and checked.

use alloy_primitives::{B256, Bytes, keccak256};
use ark_bn254::{Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, PrimeField};
use zeroize::Zeroize;

use super::{
    check::same_ratio,
    transcript::{ITERATIONS_LOG2_MAX, NAME_MAX, Source, Step, Transcript, TranscriptError, VERSION},
};
use crate::encoding::{G1_BYTES, G2_BYTES, Reader, Writer, fr_bytes, fr_from_bytes};

/// Where a transcript has come to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Reached {
    /// Digest of all so far.
    pub digest: B256,
    /// delta in G1.
    pub delta_g1: G1Affine,
    /// delta in G2.
    pub delta_g2: G2Affine,
    /// Steps.
    pub steps: usize,
    /// Whether the beacon was applied: the ceremony is over.
    pub finished: bool,
}

impl Reached {
    /// The beginning of a transcript.
    pub(super) fn start(transcript: &Transcript) -> Result<Self, TranscriptError> {
        if transcript.version != VERSION {
            return Err(TranscriptError::Version(transcript.version));
        }
        if transcript.phase1.len() != 64 {
            return Err(TranscriptError::Phase1(transcript.phase1.len()));
        }
        let parts =
            [keccak256(&transcript.circuit).as_slice(), transcript.constraints.as_slice(), &transcript.phase1].concat();
        Ok(Self {
            digest: tagged("start", &parts),
            delta_g1: G1Affine::generator(),
            delta_g2: G2Affine::generator(),
            steps: 0,
            finished: false,
        })
    }

    /// Checks one more step.
    pub(super) fn after(self, step: &Step) -> Result<Self, TranscriptError> {
        let number = self.steps + 1;
        if self.finished {
            return Err(TranscriptError::AfterBeacon { step: number });
        }
        let encoding = |part| move |error| TranscriptError::Encoding { step: number, part, error };
        let g1 = |part, bytes: &[u8]| Reader::new(bytes, G1_BYTES).and_then(|mut r| r.g1()).map_err(encoding(part));
        let delta_g1 = g1("deltaG1", &step.delta_g1)?;
        let delta_g2 = Reader::new(&step.delta_g2, G2_BYTES).and_then(|mut r| r.g2()).map_err(encoding("deltaG2"))?;
        if delta_g1.is_zero() || delta_g1 == self.delta_g1 {
            return Err(TranscriptError::Unchanged { step: number });
        }
        if !same_ratio((G1Affine::generator(), delta_g1), (G2Affine::generator(), delta_g2)) {
            return Err(TranscriptError::Groups { step: number });
        }
        let mut next = Self { delta_g1, delta_g2, steps: number, ..self };
        match &step.source {
            Source::Contribution { name, nonce, response } => {
                check_name(name, number)?;
                let nonce = g1("nonce", nonce)?;
                let response = fr_from_bytes(response).map_err(encoding("response"))?;
                let challenge = challenge(self.digest, name, (self.delta_g1, &next), nonce);
                if self.delta_g1 * response != nonce + delta_g1 * challenge {
                    return Err(TranscriptError::Knowledge { step: number });
                }
                let words = [&statement(self.digest, name, (self.delta_g1, &next), nonce), &fr_bytes(response)[..]];
                next.digest = tagged("contribution", &words.concat());
            }
            Source::Beacon { value, iterations_log2 } => {
                // Nothing but contributions comes before a beacon.
                if self.steps == 0 {
                    return Err(TranscriptError::NoContribution { step: number });
                }
                if *iterations_log2 > ITERATIONS_LOG2_MAX {
                    return Err(TranscriptError::Iterations { step: number, iterations_log2: *iterations_log2 });
                }
                let factor = beacon_factor(self.digest, value, *iterations_log2, &|| ());
                if (self.delta_g1 * factor).into_affine() != delta_g1 {
                    return Err(TranscriptError::Beacon { step: number });
                }
                next.finished = true;
                let value = keccak256(value);
                let words = [self.digest.as_slice(), value.as_slice(), &iterations_log2.to_be_bytes(), &points(&next)];
                next.digest = tagged("beacon", &words.concat());
            }
        }
        Ok(next)
    }

    /// Makes a contribution with a known factor and a known nonce, and what comes after it.
    pub(super) fn contribute(&self, name: &str, factor: Fr, mut nonce: Fr) -> Result<(Step, Self), TranscriptError> {
        check_name(name, self.steps + 1)?;
        let next = self.scaled(factor);
        let commitment = (self.delta_g1 * nonce).into_affine();
        let response = nonce + challenge(self.digest, name, (self.delta_g1, &next), commitment) * factor;
        nonce.zeroize();
        let mut writer = Writer::default();
        writer.g1(&commitment);
        let source =
            Source::Contribution { name: name.to_owned(), nonce: writer.0.into(), response: fr_bytes(response).into() };
        self.checked(&next, source)
    }

    /// Makes the beacon's step, and what comes after it.
    pub(super) fn beacon(
        &self,
        value: &[u8],
        iterations_log2: u32,
        factor: Fr,
    ) -> Result<(Step, Self), TranscriptError> {
        let source = Source::Beacon { value: Bytes::copy_from_slice(value), iterations_log2 };
        self.checked(&self.scaled(factor), source)
    }

    fn scaled(&self, factor: Fr) -> Self {
        let (delta_g1, delta_g2) = ((self.delta_g1 * factor).into_affine(), (self.delta_g2 * factor).into_affine());
        Self { delta_g1, delta_g2, ..*self }
    }

    /// A step that was just made is checked as anybody's.
    fn checked(&self, next: &Self, source: Source) -> Result<(Step, Self), TranscriptError> {
        let points = points(next);
        let (g1, g2) = points.split_at(G1_BYTES);
        let step = Step { delta_g1: Bytes::copy_from_slice(g1), delta_g2: Bytes::copy_from_slice(g2), source };
        let reached = self.after(&step)?;
        Ok((step, reached))
    }
}

fn check_name(name: &str, step: usize) -> Result<(), TranscriptError> {
    let fits = (1..=NAME_MAX).contains(&name.len()) && !name.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(TranscriptError::Name { step }) }
}

fn points(reached: &Reached) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.g1(&reached.delta_g1);
    writer.g2(&reached.delta_g2);
    writer.0
}

/// All that a proof of knowledge is about, fixed lengths only: digest, name, delta before, both after, commitment.
fn statement(digest: B256, name: &str, (before, after): (G1Affine, &Reached), nonce: G1Affine) -> Vec<u8> {
    let mut writer = Writer([digest.as_slice(), keccak256(name).as_slice()].concat());
    writer.g1(&before);
    writer.0.extend(points(after));
    writer.g1(&nonce);
    writer.0
}

fn challenge(digest: B256, name: &str, deltas: (G1Affine, &Reached), nonce: G1Affine) -> Fr {
    scalar(tagged("knowledge", &statement(digest, name, deltas, nonce)))
}

/// A keccak256 of its own for each use.
pub(super) fn tagged(tag: &str, bytes: &[u8]) -> B256 {
    let tag = keccak256(format!("Escapement ceremony {VERSION}: {tag}"));
    keccak256([tag.as_slice(), bytes].concat())
}

/// A scalar from 32 bytes: two hashes of them are 512 bits, so that reducing leaves no bias that matters.
pub(super) fn scalar(bytes: B256) -> Fr {
    let [low, high] = ["scalar 0", "scalar 1"].map(|tag| tagged(tag, bytes.as_slice()));
    let mut wide = [low, high].concat();
    let scalar = Fr::from_be_bytes_mod_order(&wide);
    wide.zeroize();
    // The one scalar that must not occur, at a chance of 2^-254.
    if scalar == Fr::ZERO { Fr::from(1) } else { scalar }
}

/// Hashes a public value 2^`iterations_log2` times and returns the factor that it gives at a place of a transcript.
/// Calls `tick` for every 2^16 hashes.
#[must_use]
pub fn beacon_factor(digest: B256, value: &[u8], iterations_log2: u32, tick: &dyn Fn()) -> Fr {
    let mut hash = keccak256(value);
    for round in 1..1u64 << iterations_log2 {
        hash = keccak256(hash);
        if round.is_multiple_of(1 << 16) {
            tick();
        }
    }
    scalar(tagged("beacon factor", &[digest, hash].concat()))
}
