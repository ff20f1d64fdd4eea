//! Solidity ABI by hand: strict words in, words out.
//!
//! The SDK's router decodes every function through its own generic code, some hundred bytes of module per function; a
//! contract near the size limit routes by hand with these few functions instead. Reading is stricter than the SDK's:
//! every narrow integer is range-checked, offsets must be canonical (tails in order, no overlap, no gap), and nothing may
//! follow the last byte, so one call has one encoding.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};

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
pub struct Reader<'a> {
    /// The arguments, without the selector.
    args: &'a [u8],
    /// Next word of the head.
    head: usize,
    /// Where the first tail begins; 0 before the first dynamic argument.
    first: usize,
    /// Where the next tail must begin.
    tail: usize,
}

impl<'a> Reader<'a> {
    /// Begins to read `args`: calldata without the selector.
    #[must_use]
    pub fn new(args: &'a [u8]) -> Self {
        Self { args, head: 0, first: 0, tail: 0 }
    }

    /// Reads the next word.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if the calldata ends before it.
    #[inline(never)]
    pub fn word(&mut self) -> Result<B256, Malformed> {
        let end = self.head.saturating_add(32);
        let word = self.args.get(self.head..end).ok_or(Malformed)?;
        self.head = end;
        Ok(B256::from_slice(word))
    }

    /// Reads an unsigned integer of at most 64 bits that must not exceed `max`.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if the word is larger.
    #[inline(never)]
    pub fn uint(&mut self, max: u64) -> Result<u64, Malformed> {
        let word = self.word()?;
        let value = low_u64(&word);
        let (zeros, _) = word.split_at(24);
        if value > max || zeros.iter().any(|byte| *byte != 0) {
            return Err(Malformed);
        }
        Ok(value)
    }

    /// Reads a `uint8`.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if the word is larger.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        u8::try_from(self.uint(u64::from(u8::MAX))?).map_err(|_| Malformed)
    }

    /// Reads a `uint16`.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if the word is larger.
    pub fn u16(&mut self) -> Result<u16, Malformed> {
        u16::try_from(self.uint(u64::from(u16::MAX))?).map_err(|_| Malformed)
    }

    /// Reads a `uint32`.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if the word is larger.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        u32::try_from(self.uint(u64::from(u32::MAX))?).map_err(|_| Malformed)
    }

    /// Reads a `uint64`.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if the word is larger.
    pub fn u64(&mut self) -> Result<u64, Malformed> {
        self.uint(u64::MAX)
    }

    /// Reads an `address`.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if the upper 12 bytes are not zero.
    pub fn address(&mut self) -> Result<Address, Malformed> {
        let word = self.word()?;
        let address = Address::from_word(word);
        if address.into_word() == word {
            Ok(address)
        } else {
            Err(Malformed)
        }
    }

    /// Reads the length word of the next dynamic argument and returns it with the start of the content.
    fn dynamic(&mut self) -> Result<(usize, usize), Malformed> {
        let offset = usize::try_from(self.uint(u64::from(u32::MAX))?).map_err(|_| Malformed)?;
        if self.first == 0 {
            self.first = offset;
            self.tail = offset;
        }
        if offset != self.tail {
            return Err(Malformed);
        }
        let head = core::mem::replace(&mut self.head, self.tail);
        let length = self.uint(u64::from(u32::MAX) / 64)?;
        let start = core::mem::replace(&mut self.head, head);
        let length = usize::try_from(length).map_err(|_| Malformed)?;
        Ok((length, start))
    }

    /// Reads a `bytes`.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if the tail is not where the canonical encoding puts it, is cut off, or its padding is not zero.
    #[inline(never)]
    pub fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let (length, start) = self.dynamic()?;
        let end = start.saturating_add(length);
        let padded = start.saturating_add(length.saturating_add(31) & !31);
        let content = self.args.get(start..end).ok_or(Malformed)?;
        if self.args.get(end..padded).is_none_or(|padding| padding.iter().any(|byte| *byte != 0)) {
            return Err(Malformed);
        }
        self.tail = padded;
        Ok(content)
    }

    /// Reads an array of integers that must not exceed `max` each, of at most `limit` items.
    ///
    /// # Errors
    ///
    /// [`Malformed`] as for [`Reader::bytes`], or if it has more items.
    #[inline(never)]
    pub fn uints(&mut self, limit: usize, max: u64) -> Result<Vec<u64>, Malformed> {
        let (length, start) = self.dynamic()?;
        if length > limit {
            return Err(Malformed);
        }
        let head = core::mem::replace(&mut self.head, start);
        let mut items = Vec::with_capacity(length);
        for _ in 0..length {
            items.push(self.uint(max)?);
        }
        self.tail = core::mem::replace(&mut self.head, head);
        Ok(items)
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if bytes are left over, or the first tail does not follow the head.
    #[inline(never)]
    pub fn end(&self) -> Result<(), Malformed> {
        let (head, end) = if self.first == 0 { (0, self.head) } else { (self.head, self.tail) };
        if self.first == head && end == self.args.len() {
            Ok(())
        } else {
            Err(Malformed)
        }
    }
}

/// Returns the low 64 bits of a word.
#[must_use]
pub fn low_u64(word: &B256) -> u64 {
    let [.., a, b, c, d, e, f, g, h] = word.0;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Appends `value` as a word.
pub fn push(out: &mut Vec<u8>, value: u64) {
    push_word(out, &B256::from(U256::from_limbs([value, 0, 0, 0])));
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
pub fn error(selector: [u8; 4], arguments: &[u64]) -> Vec<u8> {
    let mut out = Vec::with_capacity(arguments.len().saturating_mul(32).saturating_add(4));
    out.extend_from_slice(&selector);
    for argument in arguments {
        push(&mut out, *argument);
    }
    out
}
