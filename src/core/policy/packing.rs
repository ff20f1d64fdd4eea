//! Packing of integers into field elements below 2^240, for the commitment to a model and for the public inputs of a
//! proof (both of a policy that is proven instead of re-executed).
//!
//! A value x of B bits becomes u = x + 2^(B-1); ⌊240/B⌋ of them make one element, `Σ u_k * 2^(B*k)`, the first value
//! lowest. All widths are whole bytes, so an element is its values' bytes in little-endian order. Every element is
//! below 2^240 and so below the prime of the `BN254` scalar field: no two lists of one length pack alike.

use super::{Arch, Model};

/// Bytes of an element that carry values.
const ELEMENT: usize = 30;

/// A value that needs more bits than it is packed in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PackError {
    /// Value given.
    pub value: i32,
    /// Bits it should have fitted.
    pub bits: u8,
}

/// Bits of a value of two, three or four bytes.
const fn bits(bytes: usize) -> u8 {
    match bytes {
        2 => 16,
        3 => 24,
        _ => 32,
    }
}

/// Iterator over the packed elements of a list, each a big-endian 32-byte word. `BYTES` is the width of a value: 2
/// for weights, 3 for observations, outputs and bounds, 4 for biases.
#[derive(Clone)]
pub struct Packed<const BYTES: usize, I>(I);

/// Packs signed values of `BYTES` bytes.
pub fn pack<const BYTES: usize, I: Iterator<Item = i32>>(values: I) -> Packed<BYTES, I> {
    const { assert!(BYTES == 2 || BYTES == 3 || BYTES == 4) }
    Packed(values)
}

impl<const BYTES: usize, I: Iterator<Item = i32>> Iterator for Packed<BYTES, I> {
    type Item = Result<[u8; 32], PackError>;

    fn next(&mut self) -> Option<Self::Item> {
        let width = const { bits(BYTES) };
        let offset = const { 1i64 << (bits(BYTES) - 1) };
        let mut element = [0u8; 32];
        let mut any = false;
        // From the low end of the word upwards, least significant byte first.
        for (field, value) in element.rchunks_exact_mut(BYTES).take(const { ELEMENT / BYTES }).zip(&mut self.0) {
            any = true;
            let shifted = i64::from(value).wrapping_add(offset);
            if shifted < 0 || shifted >> width != 0 {
                return Some(Err(PackError { value, bits: width }));
            }
            for (byte, from) in field.iter_mut().rev().zip(shifted.to_le_bytes()) {
                *byte = from;
            }
        }
        any.then_some(Ok(element))
    }
}

/// Leading element of a model's commitment: `ESCMODEL` and the four layer widths as `u16`, read as one big-endian
/// integer.
#[must_use]
pub fn arch_tag(arch: Arch) -> [u8; 32] {
    let mut word = [0; 32];
    let (_, tag) = word.split_at_mut(16);
    let (name, widths) = tag.split_at_mut(8);
    name.copy_from_slice(b"ESCMODEL");
    for (field, width) in widths.chunks_exact_mut(2).zip(arch.widths()) {
        field.copy_from_slice(&u16::from(width).to_be_bytes());
    }
    word
}

/// The elements a model's commitment hashes, in order: tag, weights, biases, lower bounds followed by upper bounds.
pub fn commitment_elements<'a>(model: &Model<'a>) -> impl Iterator<Item = Result<[u8; 32], PackError>> + 'a {
    let bounds = model.bounds();
    core::iter::once(Ok(arch_tag(model.arch())))
        .chain(pack::<2, _>(model.weights().map(i32::from)))
        .chain(pack::<4, _>(model.biases()))
        .chain(pack::<3, _>(bounds.clone().map(|(lo, _)| lo).chain(bounds.map(|(_, hi)| hi))))
}
