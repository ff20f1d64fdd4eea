//! Big-endian fields of a 32-byte storage word.

/// One storage word, big endian like the EVM's.
pub type Word = [u8; 32];

/// The `len` (at most 8) bytes at `at` as a big-endian number; bytes beyond the word read as absent.
pub(crate) fn get(word: &Word, at: usize, len: usize) -> u64 {
    word.iter().skip(at).take(len).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

/// The byte at `at`.
pub(crate) fn get8(word: &Word, at: usize) -> u8 {
    word.get(at).copied().unwrap_or_default()
}

/// The two bytes at `at`.
#[allow(clippy::cast_possible_truncation)]
pub(crate) fn get16(word: &Word, at: usize) -> u16 {
    get(word, at, 2) as u16
}

/// The four bytes at `at`.
#[allow(clippy::cast_possible_truncation)]
pub(crate) fn get32(word: &Word, at: usize) -> u32 {
    get(word, at, 4) as u32
}

/// Writes the low `len` bytes of `value` at `at`, big endian.
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
