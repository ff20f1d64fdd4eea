//! Reading an input piece by piece.

use alloy_primitives::{B256, U256};

/// What is left of an input; reads as zeros once it is used up.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a>(&'a [u8]);

impl<'a> Source<'a> {
    /// All of an input.
    #[must_use]
    pub fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next bytes, fewer where fewer are left.
    pub fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (head, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        head
    }

    /// Everything left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        let head = self.bytes(N);
        out[..head.len()].copy_from_slice(head);
        out
    }

    /// The next two bytes as a number.
    pub fn short(&mut self) -> usize {
        usize::from(u16::from_be_bytes(self.array()))
    }

    /// The next 32 bytes.
    pub fn word(&mut self) -> B256 {
        self.array().into()
    }

    /// A number of at most `bits` bits, in one byte where it is a plain one: small, a moment near `now`, whole tokens, the
    /// ends of a range; otherwise as its bytes.
    pub fn number(&mut self, bits: usize, now: u64) -> U256 {
        const DAY: u64 = 86_400;
        let tag = self.byte();
        let number = match tag {
            0..=119 => U256::from(tag),
            120..=129 => U256::from(now).saturating_add(U256::from(u64::from(tag - 120) * DAY)),
            130..=139 => U256::from(now).saturating_sub(U256::from(u64::from(tag - 130) * DAY)),
            140..=159 => U256::from(u64::from(tag - 139)).saturating_mul(crate::wad(50)),
            160..=189 => U256::from(u64::from(tag - 159) * 500),
            190..=199 => U256::from(u64::from(tag - 190) * DAY * 30),
            200..=219 => (U256::from(1) << (usize::from(tag - 200) * 13)).wrapping_sub(U256::from(1)),
            220..=229 => U256::from(1) << (usize::from(tag - 220) * 27),
            230..=239 => U256::MAX,
            240..=249 => U256::from(u32::from_be_bytes(self.array())),
            _ => U256::from_be_slice(self.bytes(32)),
        };
        if bits < 256 { number & ((U256::from(1) << bits) - U256::from(1)) } else { number }
    }

    /// An edit of `bytes`: a bit flipped, a byte replaced, bytes inserted, removed, repeated or appended.
    pub fn edit(&mut self, bytes: &mut Vec<u8>) {
        let (kind, at, value) = (self.byte(), self.short(), self.byte());
        if bytes.is_empty() {
            bytes.push(value);
            return;
        }
        let at = at % bytes.len();
        let some = usize::from(value).min(bytes.len() - at);
        match kind % 8 {
            0 | 1 => bytes[at] ^= 1 << (value % 8),
            2 => bytes[at] = value,
            3 => bytes.insert(at, value),
            4 => drop(bytes.drain(at..at + some)),
            5 => bytes.truncate(at),
            6 => bytes.extend_from_within(at..at + some),
            _ => bytes.push(value),
        }
    }
}
