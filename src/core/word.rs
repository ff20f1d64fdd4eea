//! Big-endian fields of a 32-byte storage word.

/// One storage word, big endian like the EVM's.
pub type Word = [u8; 32];

/// The `len` (at most 8) bytes at `at` as a big-endian number; bytes beyond the word read as absent.
#[inline(never)]
pub(crate) fn get(word: &Word, at: usize, len: usize) -> u64 {
    word.iter().skip(at).take(len).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

/// The four bytes at `at`.
#[allow(clippy::cast_possible_truncation)]
pub(crate) fn get32(word: &Word, at: usize) -> u32 {
    get(word, at, 4) as u32
}

/// Writes the low `len` bytes of `value` at `at`, big endian.
#[inline(never)]
#[allow(clippy::cast_possible_truncation)]
pub(crate) fn put(word: &mut Word, at: usize, len: usize, value: u64) {
    let mut rest = value;
    if let Some(field) = word.get_mut(at..at.saturating_add(len)) {
        for byte in field.iter_mut().rev() {
            *byte = rest as u8;
            rest >>= 8;
        }
    }
}

/// Packs numbers one after the other, each into as many bytes as its width says. One loop for all
/// state words: code for each field of each word would be the larger half of the engine.
#[inline(never)]
pub(crate) fn pack(widths: &[u8], numbers: &[u64]) -> Word {
    let mut word = [0; 32];
    let mut at = 0usize;
    for (width, number) in widths.iter().zip(numbers) {
        put(&mut word, at, usize::from(*width), *number);
        at = at.saturating_add(usize::from(*width));
    }
    word
}

/// Reads what [`pack`] wrote.
pub(crate) fn unpack<const N: usize>(widths: &[u8; N], word: &Word) -> [u64; N] {
    let mut numbers = [0; N];
    unpack_into(widths, word, &mut numbers);
    numbers
}

#[inline(never)]
fn unpack_into(widths: &[u8], word: &Word, numbers: &mut [u64]) {
    let mut at = 0usize;
    for (width, number) in widths.iter().zip(numbers) {
        *number = get(word, at, usize::from(*width));
        at = at.saturating_add(usize::from(*width));
    }
}

/// The two halves of a word, upper first.
#[must_use]
#[inline(never)]
pub fn halves(word: &Word) -> [u128; 2] {
    [0, 16].map(|at: usize| (u128::from(get(word, at, 8)) << 64) | u128::from(get(word, at.saturating_add(8), 8)))
}

/// The word of two halves, upper first.
#[must_use]
#[inline(never)]
#[allow(clippy::cast_possible_truncation)] // the two halves of each
pub fn join([upper, lower]: [u128; 2]) -> Word {
    pack(&[8; 4], &[(upper >> 64) as u64, upper as u64, (lower >> 64) as u64, lower as u64])
}

/// The low 32 bits, for a field of at most four bytes.
#[allow(clippy::cast_possible_truncation)]
pub(crate) const fn low32(number: u64) -> u32 {
    number as u32
}

/// The low 16 bits, for a field of at most two bytes.
#[allow(clippy::cast_possible_truncation)]
pub(crate) const fn low16(number: u64) -> u16 {
    number as u16
}

/// The low 8 bits, for a field of one byte.
#[allow(clippy::cast_possible_truncation)]
pub(crate) const fn low8(number: u64) -> u8 {
    number as u8
}
