//! Binary files of iden3 (`.ptau`, `.zkey`): numbered sections, numbers little endian, coordinates in Montgomery form.

use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ff::{BigInt, BigInteger, PrimeField};
use rayon::prelude::*;

use crate::encoding::{G1_BYTES, G2_BYTES};

/// Why bytes are no file of iden3, or hold no points of the curves.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FormatError {
    /// The file does not begin as its kind does.
    #[error("the file does not begin with `{expected}` and version 1")]
    Magic {
        /// Four letters that name the kind.
        expected: &'static str,
    },
    /// The file ends within a section, or goes on after the last.
    #[error("the sections do not fill the file: {offset} of {length} bytes")]
    Length {
        /// Where a section would have to end.
        offset: u64,
        /// Bytes of the file.
        length: u64,
    },
    /// A section is missing or there twice.
    #[error("section {0} is not there exactly once")]
    Section(u32),
    /// A section has another size than its content needs.
    #[error("section {section} has {actual} bytes, {expected} needed")]
    Size {
        /// The section.
        section: u32,
        /// Bytes needed.
        expected: u64,
        /// Bytes found.
        actual: u64,
    },
    /// The header names another field, curve or proof system.
    #[error("the header is not that of a file for BN254: {0}")]
    Header(&'static str),
    /// A point of a section is not on its curve, not in its group, or has a coordinate not reduced.
    #[error("point {index} of section {section} is none of the group")]
    Point {
        /// The section.
        section: u32,
        /// The point, counted from 0.
        index: usize,
    },
}

/// The sections of a file.
#[derive(Clone, Debug)]
pub struct Sections<'a>(Vec<(u32, &'a [u8])>);

impl<'a> Sections<'a> {
    /// Splits a file of the kind that four letters name into its sections.
    ///
    /// # Errors
    /// A [`FormatError`] unless the sections fill the file exactly.
    pub fn read(file: &'a [u8], kind: &'static str) -> Result<Self, FormatError> {
        let magic = FormatError::Magic { expected: kind };
        let mut fields = Fields(file);
        if fields.take(4) != Some(kind.as_bytes()) || fields.u32() != Some(1) {
            return Err(magic);
        }
        let count = fields.u32().ok_or(magic)?;
        let length = file.len() as u64;
        let mut sections = Vec::new();
        for _ in 0..count {
            let at = length - fields.0.len() as u64;
            let (Some(kind), Some(size)) = (fields.u32(), fields.u64()) else {
                return Err(FormatError::Length { offset: at + 12, length });
            };
            let short = FormatError::Length { offset: at.saturating_add(12).saturating_add(size), length };
            let content = usize::try_from(size).ok().and_then(|size| fields.take(size));
            sections.push((kind, content.ok_or(short)?));
        }
        let rest = fields.0.len() as u64;
        if rest == 0 { Ok(Self(sections)) } else { Err(FormatError::Length { offset: length - rest, length }) }
    }

    /// Returns a section that is there exactly once.
    ///
    /// # Errors
    /// [`FormatError::Section`].
    pub fn get(&self, section: u32) -> Result<&'a [u8], FormatError> {
        let mut found = self.0.iter().filter(|(kind, _)| *kind == section);
        match (found.next(), found.next()) {
            (Some((_, content)), None) => Ok(content),
            _ => Err(FormatError::Section(section)),
        }
    }

    /// Returns the first `wanted` points of a section that holds `held`.
    ///
    /// # Errors
    /// A [`FormatError`] for another size and for points of the wanted that are none.
    pub fn g1(&self, section: u32, held: usize, wanted: usize) -> Result<Vec<G1Affine>, FormatError> {
        points(self.sized(section, held, G1_BYTES)?, section, wanted, G1_BYTES, |mut fields| fields.g1())
    }

    /// As [`Sections::g1`].
    ///
    /// # Errors
    /// As [`Sections::g1`].
    pub fn g2(&self, section: u32, held: usize, wanted: usize) -> Result<Vec<G2Affine>, FormatError> {
        points(self.sized(section, held, G2_BYTES)?, section, wanted, G2_BYTES, |mut fields| fields.g2())
    }

    fn sized(&self, section: u32, held: usize, each: usize) -> Result<&'a [u8], FormatError> {
        let content = self.get(section)?;
        let (expected, actual) = ((held as u64).saturating_mul(each as u64), content.len() as u64);
        if actual == expected { Ok(content) } else { Err(FormatError::Size { section, expected, actual }) }
    }
}

fn points<T: Send>(
    content: &[u8],
    section: u32,
    wanted: usize,
    each: usize,
    read: impl Fn(Fields<'_>) -> Option<T> + Sync,
) -> Result<Vec<T>, FormatError> {
    content
        .par_chunks_exact(each)
        .take(wanted)
        .enumerate()
        .map(|(index, bytes)| read(Fields(bytes)).ok_or(FormatError::Point { section, index }))
        .collect()
}

/// Takes fields off the beginning of bytes.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    /// Takes bytes.
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    /// Takes a 32-bit number.
    pub fn u32(&mut self) -> Option<u32> {
        self.take(4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes)
    }

    /// Takes a 64-bit number.
    pub fn u64(&mut self) -> Option<u64> {
        self.take(8).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes)
    }

    /// Takes a field's prime with its length: true if it is that of `F`.
    pub fn modulus<F: PrimeField>(&mut self) -> Option<bool> {
        let length = self.u32()?;
        Some(self.take(usize::try_from(length).ok()?)? == F::MODULUS.to_bytes_le())
    }

    /// Takes a coordinate in Montgomery form, reduced.
    fn fq(&mut self) -> Option<Fq> {
        let mut limbs = [0; 4];
        for limb in &mut limbs {
            *limb = self.u64()?;
        }
        let number = BigInt(limbs);
        (number < Fq::MODULUS).then(|| Fq::new_unchecked(number))
    }

    /// Takes a point of G1, which may be zero.
    pub fn g1(&mut self) -> Option<G1Affine> {
        let (x, y) = (self.fq()?, self.fq()?);
        let zero = x == Fq::default() && y == Fq::default();
        let point = if zero { G1Affine::identity() } else { G1Affine::new_unchecked(x, y) };
        // The order of the curve is prime: on it is in the group.
        point.is_on_curve().then_some(point)
    }

    /// Takes a point of G2, which may be zero.
    pub fn g2(&mut self) -> Option<G2Affine> {
        let (x, y) = (Fq2::new(self.fq()?, self.fq()?), Fq2::new(self.fq()?, self.fq()?));
        let zero = x == Fq2::default() && y == Fq2::default();
        let point = if zero { G2Affine::identity() } else { G2Affine::new_unchecked(x, y) };
        (point.is_on_curve() && point.is_in_correct_subgroup_assuming_on_curve()).then_some(point)
    }
}
