//! Fields of a packed storage word, from the low end, as Solidity packs them.

use alloy_primitives::B256;

/// Returns `word` with `numbers` written one above the other, each as wide as its width says (bytes, at most 8), the first
/// one `at` bytes above the low end. What lies elsewhere stays. The bits of a number above its width are lost: the types of
/// the fields must bound them.
#[must_use]
#[inline(never)]
pub fn pack(word: &B256, at: usize, widths: &[u8], numbers: &[u64]) -> B256 {
    let mut bytes = word.0;
    let mut place = bytes.iter_mut().rev().skip(at);
    for (width, number) in widths.iter().zip(numbers) {
        let mut rest = *number;
        for byte in place.by_ref().take(usize::from(*width)) {
            [*byte, ..] = rest.to_le_bytes();
            rest >>= 8;
        }
    }
    B256::new(bytes)
}

/// Reads what [`pack`] wrote.
#[must_use]
pub fn unpack<const N: usize>(word: &B256, at: usize, widths: &[u8; N]) -> [u64; N] {
    let mut numbers = [0; N];
    read(word, at, widths, &mut numbers);
    numbers
}

#[inline(never)]
fn read(word: &B256, at: usize, widths: &[u8], numbers: &mut [u64]) {
    let mut place = word.iter().rev().skip(at);
    for (width, number) in widths.iter().zip(numbers) {
        let mut shift = 0u32;
        for byte in place.by_ref().take(usize::from(*width)) {
            // At most eight bytes of a number: the shift stays below 64.
            *number |= u64::from(*byte).wrapping_shl(shift);
            shift = shift.wrapping_add(8);
        }
    }
}
