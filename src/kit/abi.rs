//! Solidity ABI by hand: strict words in, words out.
//!
//! The SDK's router decodes every function through its own generic code, some hundred bytes of module per function; a
//! contract near the size limit routes by hand with these few functions instead. Reading is stricter than the SDK's:
//! every narrow integer is range-checked, offsets must be canonical (tails in order, no overlap, no gap), and nothing may
//! follow the last byte, so one call has one encoding.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use escapement_core::word;

/// The calldata is not the canonical encoding of the arguments. Answered by a revert without data, as Solidity does.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct Malformed;

impl From<Malformed> for Vec<u8> {
    fn from(_: Malformed) -> Self {
        Self::new()
    }
}

/// A reader over the arguments of a call, word by word.
///
/// A bad word reads as zero and spoils the reader; [`Reader::end`] then refuses the whole call. So nothing read may be
/// used before `end` has been asked. (One check at the end instead of one per word halves the router's code.)
pub struct Reader<'a> {
    /// The arguments, without the selector.
    args: &'a [u8],
    /// Next word of the head.
    head: usize,
    /// Where the first tail begins; 0 before the first dynamic argument.
    first: usize,
    /// Where the next tail must begin.
    tail: usize,
    /// Whether something did not fit.
    spoilt: bool,
}

// Every cast below is of a value that `uint` bounded to the narrower type.
#[allow(clippy::cast_possible_truncation)]
impl<'a> Reader<'a> {
    /// Begins to read `args`: calldata without the selector.
    #[must_use]
    pub fn new(args: &'a [u8]) -> Self {
        Self { args, head: 0, first: 0, tail: 0, spoilt: false }
    }

    /// Reads the next word.
    #[inline(never)]
    pub fn word(&mut self) -> B256 {
        let end = self.head.saturating_add(32);
        let word = self.args.get(self.head..end).and_then(|bytes| bytes.first_chunk());
        self.head = end;
        self.spoilt |= word.is_none();
        B256::new(word.copied().unwrap_or_default())
    }

    /// Reads an unsigned integer of at most 64 bits that must not exceed `max`.
    #[inline(never)]
    pub fn uint(&mut self, max: u64) -> u64 {
        let word = self.word();
        let value = low_u64(&word);
        let (zeros, _) = word.split_at(24);
        if value > max || zeros.iter().any(|byte| *byte != 0) {
            self.spoilt = true;
            return 0;
        }
        value
    }

    /// Reads a `uint8`.
    #[inline(never)]
    pub fn u8(&mut self) -> u8 {
        self.uint(u64::from(u8::MAX)) as u8
    }

    /// Reads a `uint16`.
    #[inline(never)]
    pub fn u16(&mut self) -> u16 {
        self.uint(u64::from(u16::MAX)) as u16
    }

    /// Reads a `uint32`.
    #[inline(never)]
    pub fn u32(&mut self) -> u32 {
        self.uint(u64::from(u32::MAX)) as u32
    }

    /// Reads an `address`.
    #[inline(never)]
    pub fn address(&mut self) -> Address {
        let word = self.word();
        let (zeros, account) = word.split_at(12);
        self.spoilt |= zeros.iter().any(|byte| *byte != 0);
        account.first_chunk().copied().map(Address::new).unwrap_or_default()
    }

    /// Reads offset and length of the next dynamic argument; returns the length and where the content starts.
    fn dynamic(&mut self) -> (usize, usize) {
        let offset = self.uint(MAX_OFFSET) as usize;
        if self.first == 0 {
            self.first = offset;
            self.tail = offset;
        }
        self.spoilt |= offset != self.tail;
        let head = core::mem::replace(&mut self.head, self.tail);
        let length = self.uint(MAX_OFFSET) as usize;
        (length, core::mem::replace(&mut self.head, head))
    }

    /// Reads a `bytes`. The tail must be where the canonical encoding puts it, with zero padding.
    #[inline(never)]
    pub fn bytes(&mut self) -> &'a [u8] {
        let (length, start) = self.dynamic();
        let content = self.args.get(start..).unwrap_or_default();
        let (content, rest) = content.split_at_checked(length).unwrap_or_else(|| {
            self.spoilt = true;
            (&[], &[])
        });
        let padding = length.wrapping_neg() & 31;
        self.spoilt |= rest.get(..padding).is_none_or(|zeros| zeros.iter().any(|byte| *byte != 0));
        self.tail = start.saturating_add(length).saturating_add(padding);
        content
    }

    /// Reads an array of integers that must not exceed `max` each, of at most `limit` items.
    #[inline(never)]
    pub fn uints(&mut self, limit: usize, max: u64) -> Vec<u64> {
        let (length, start) = self.dynamic();
        if length > limit {
            self.spoilt = true;
            return Vec::new();
        }
        let head = core::mem::replace(&mut self.head, start);
        let mut items = Vec::with_capacity(length);
        for _ in 0..length {
            items.push(self.uint(max));
        }
        self.tail = core::mem::replace(&mut self.head, head);
        items
    }

    /// Reads an array of words, of at most `limit` items.
    #[inline(never)]
    pub fn words(&mut self, limit: usize) -> Vec<B256> {
        let (length, start) = self.dynamic();
        if length > limit {
            self.spoilt = true;
            return Vec::new();
        }
        let head = core::mem::replace(&mut self.head, start);
        let mut items = Vec::with_capacity(length);
        for _ in 0..length {
            items.push(self.word());
        }
        self.tail = core::mem::replace(&mut self.head, head);
        items
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if any word did not fit, bytes are left over, or the first tail does not follow the head.
    #[inline(never)]
    pub fn end(&self) -> Result<(), Malformed> {
        let (head, end) = if self.first == 0 { (0, self.head) } else { (self.head, self.tail) };
        if self.spoilt || self.first != head || end != self.args.len() {
            return Err(Malformed);
        }
        Ok(())
    }
}

/// Largest offset or length that can make sense.
const MAX_OFFSET: u64 = 1 << 24;

/// Returns the low 64 bits of a word.
#[must_use]
pub fn low_u64(word: &B256) -> u64 {
    word.last_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Returns the word of a number.
#[must_use]
pub fn word(value: u64) -> B256 {
    let mut word = [0; 32];
    if let Some(tail) = word.last_chunk_mut() {
        *tail = value.to_be_bytes();
    }
    B256::new(word)
}

/// Returns the word of an amount.
#[must_use]
pub fn word128(value: u128) -> B256 {
    join([0, value])
}

/// Returns the two halves of a word, upper first.
#[must_use]
pub fn halves(word: &B256) -> [u128; 2] {
    word::halves(&word.0)
}

/// Returns the word of two halves, upper first.
#[must_use]
pub fn join(halves: [u128; 2]) -> B256 {
    B256::new(word::join(halves))
}

/// Appends `value` as a word.
#[inline(never)]
pub fn push(out: &mut Vec<u8>, value: u64) {
    push_word(out, &word(value));
}

/// Appends a word.
pub fn push_word(out: &mut Vec<u8>, word: &B256) {
    out.extend_from_slice(word.as_slice());
}

/// Appends `content` as the tail of a `bytes`: length, content, zero padding. `out` must hold whole words so far (no
/// selector in front).
pub fn push_bytes(out: &mut Vec<u8>, content: &[u8]) {
    push(out, content.len() as u64);
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(32), 0);
}

/// Returns the revert data of a custom error whose arguments are all unsigned integers of at most 64 bits.
#[must_use]
#[inline(never)]
pub fn error(selector: [u8; 4], arguments: &[u64]) -> Vec<u8> {
    let mut out = Vec::with_capacity(arguments.len().saturating_mul(32).saturating_add(4));
    out.extend_from_slice(&selector);
    for argument in arguments {
        push(&mut out, *argument);
    }
    out
}

/// Returns the revert data of a custom error whose arguments are these words.
#[must_use]
#[inline(never)]
pub fn failure(selector: [u8; 4], arguments: &[B256]) -> Vec<u8> {
    let mut out = error(selector, &[]);
    for argument in arguments {
        push_word(&mut out, argument);
    }
    out
}
