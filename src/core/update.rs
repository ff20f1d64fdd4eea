//! The signed update: its wire form, the borrowed view over it, and its EIP-712 digest.
//!
//! An update travels as `bytes` and is decoded here, not by the ABI decoder: the form is exact (one encoding per
//! value, no padding, no trailing bytes), every count is bounded before it is used, and nothing is copied or
//! allocated, so that the view costs a contract a few dozen bytes of stack.
//!
//! Big endian throughout:
//!
//! ```text
//! 0x01 | modelId 32 | kpiSchema 32 | signerEpoch 8 | updateId 8 | observedAt 8 | validAfter 8 | expiresAt 8
//!      | n 1 | kpi 4 * n | m 1 | (slot 1, expectedOld 4, new 4) * m
//! ```

pub(crate) mod digest;
#[cfg(any(test, feature = "alloc"))]
mod owned;
#[cfg(test)]
pub(crate) mod tests;

pub use digest::{domain_separator, CHANGE_TYPEHASH, DOMAIN_TYPEHASH, UPDATE_TYPEHASH};
#[cfg(any(test, feature = "alloc"))]
pub(crate) use owned::bounded;
#[cfg(any(test, feature = "alloc"))]
pub use owned::{EncodeError, OwnedUpdate};

/// First byte of every update; a later wire form takes another.
pub const WIRE_VERSION: u8 = 1;
/// Most KPI values an update may carry: 16 observations and one score for each of 32 pools.
pub const MAX_KPIS: usize = 48;
/// Most changes an update may carry: one for each parameter slot.
pub const MAX_CHANGES: usize = 51;

/// Bytes before the KPI values: version, two hashes, five `u64`, the KPI count.
const HEAD: usize = 106;
/// Bytes of one KPI value.
pub(crate) const KPI_SIZE: usize = 4;
/// Bytes of one change.
const CHANGE_SIZE: usize = 9;

/// One proposed parameter change.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Change {
    /// Parameter slot, 0 to 50; the engine refuses an unknown one.
    pub slot: u8,
    /// Value the signers saw, in the slot's unit. A raced or overridden value makes the update fail instead of
    /// stepping from a surprise.
    pub expected_old: u32,
    /// Value to write, in the slot's unit.
    pub new: u32,
}

impl Change {
    fn from_wire(bytes: &[u8; CHANGE_SIZE]) -> Self {
        let &[slot, o0, o1, o2, o3, n0, n1, n2, n3] = bytes;
        Self { slot, expected_old: u32::from_be_bytes([o0, o1, o2, o3]), new: u32::from_be_bytes([n0, n1, n2, n3]) }
    }

    /// Returns the nine bytes of the change: slot, expected old value, new value.
    #[must_use]
    pub fn to_wire(self) -> [u8; CHANGE_SIZE] {
        let ([o0, o1, o2, o3], [n0, n1, n2, n3]) = (self.expected_old.to_be_bytes(), self.new.to_be_bytes());
        [self.slot, o0, o1, o2, o3, n0, n1, n2, n3]
    }
}

/// Why bytes are not an update.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DecodeError {
    /// The first byte is not [`WIRE_VERSION`].
    Version {
        /// Version found.
        found: u8,
    },
    /// Too short, or followed by bytes that belong to nothing.
    Length {
        /// Exact length the counts ask for (the shortest possible one where a count itself is missing).
        expected: u32,
        /// Length given.
        actual: u32,
    },
    /// More KPI values than [`MAX_KPIS`].
    TooManyKpis {
        /// Count found.
        found: u8,
    },
    /// More changes than [`MAX_CHANGES`].
    TooManyChanges {
        /// Count found.
        found: u32,
    },
}

pub(crate) fn length_error(expected: usize, actual: usize) -> DecodeError {
    DecodeError::Length {
        expected: u32::try_from(expected).unwrap_or(u32::MAX),
        actual: u32::try_from(actual).unwrap_or(u32::MAX),
    }
}

/// The KPI values of an update, in the order of its schema: observations, then one score for each live pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kpis<'a>(&'a [[u8; KPI_SIZE]]);

impl<'a> Kpis<'a> {
    /// Reads concatenated big-endian `i32` values.
    ///
    /// # Errors
    /// [`DecodeError::Length`] if the length is not a multiple of four.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let (values, rest) = bytes.as_chunks();
        if rest.is_empty() {
            Ok(Self(values))
        } else {
            Err(length_error(bytes.len().saturating_sub(rest.len()), bytes.len()))
        }
    }

    /// Number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Value number `index`.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<i32> {
        self.0.get(index).map(|b| i32::from_be_bytes(*b))
    }

    /// All values in order.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = i32> + ExactSizeIterator + Clone + 'a {
        self.0.iter().map(|b| i32::from_be_bytes(*b))
    }

    /// The bytes of the values, four for each.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0.as_flattened()
    }

    /// The last `count` values (the pool scores), or `None` if there are fewer.
    #[must_use]
    pub fn tail(&self, count: usize) -> Option<Self> {
        self.0.get(self.0.len().checked_sub(count)?..).map(Self)
    }
}

/// A list of changes as it stands on the wire, nine bytes each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Changes<'a>(&'a [[u8; CHANGE_SIZE]]);

impl<'a> Changes<'a> {
    /// Reads concatenated changes, as the override and the queue carry them. Order is the engine's business.
    ///
    /// # Errors
    /// [`DecodeError::Length`] if the length is not a multiple of nine, [`DecodeError::TooManyChanges`] above
    /// [`MAX_CHANGES`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let (changes, rest) = bytes.as_chunks();
        if !rest.is_empty() {
            return Err(length_error(bytes.len().saturating_sub(rest.len()), bytes.len()));
        }
        if changes.len() > MAX_CHANGES {
            return Err(DecodeError::TooManyChanges { found: u32::try_from(changes.len()).unwrap_or(u32::MAX) });
        }
        Ok(Self(changes))
    }

    /// Number of changes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no changes: such an update is a heartbeat.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All changes in order.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Change> + ExactSizeIterator + Clone + 'a {
        self.0.iter().map(Change::from_wire)
    }

    /// The bytes of the list, nine for each change.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0.as_flattened()
    }
}

/// A decoded update, borrowed from its bytes. Times are seconds of `block.timestamp`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Update<'a> {
    /// keccak256 of the `model.bin` whose outputs the changes follow.
    pub model_id: &'a [u8; 32],
    /// keccak256 of the `schema.bin` that gives the KPI values their meaning.
    pub kpi_schema: &'a [u8; 32],
    /// Number of the signer set that signed.
    pub signer_epoch: u64,
    /// Number of the update; each accepted one is greater than the last.
    pub update_id: u64,
    /// When the KPI values were observed.
    pub observed_at: u64,
    /// First second at which the update may be applied.
    pub valid_after: u64,
    /// First second at which it may no longer be applied.
    pub expires_at: u64,
    /// Observations, then pool scores.
    pub kpis: Kpis<'a>,
    /// Proposed changes.
    pub changes: Changes<'a>,
}

impl<'a> Update<'a> {
    /// Decodes an update without copying it.
    ///
    /// # Errors
    /// A [`DecodeError`] for every byte string that [`Update`]'s encoding cannot produce: wrong version, missing or
    /// additional bytes, a count above its bound.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let short = |needed: usize| length_error(needed, bytes.len());
        if let Some(&found) = bytes.first() {
            if found != WIRE_VERSION {
                return Err(DecodeError::Version { found });
            }
        }
        let shortest = const { HEAD + 1 };
        let mut input = bytes.get(1..).ok_or_else(|| short(shortest))?;
        let head = &mut input;
        let (Some(model_id), Some(kpi_schema)) = (take(head), take(head)) else { return Err(short(shortest)) };
        let mut words = [0u64; 5];
        for word in &mut words {
            *word = u64::from_be_bytes(*take(head).ok_or_else(|| short(shortest))?);
        }
        let [signer_epoch, update_id, observed_at, valid_after, expires_at] = words;
        let &[found] = take(head).ok_or_else(|| short(shortest))?;
        let count = usize::from(found);
        if count > MAX_KPIS {
            return Err(DecodeError::TooManyKpis { found });
        }
        // Neither product nor sum can overflow: both counts are below 256.
        let kpis_end = count.saturating_mul(KPI_SIZE);
        let (kpis, tail) = input.split_at_checked(kpis_end).ok_or_else(|| short(shortest.saturating_add(kpis_end)))?;
        let Some((&found, changes)) = tail.split_first() else {
            return Err(short(shortest.saturating_add(kpis_end)));
        };
        let count = usize::from(found);
        if count > MAX_CHANGES {
            return Err(DecodeError::TooManyChanges { found: u32::from(found) });
        }
        let changes_size = count.saturating_mul(CHANGE_SIZE);
        if changes.len() != changes_size {
            return Err(short(shortest.saturating_add(kpis_end).saturating_add(changes_size)));
        }
        Ok(Self {
            model_id,
            kpi_schema,
            signer_epoch,
            update_id,
            observed_at,
            valid_after,
            expires_at,
            kpis: Kpis::parse(kpis)?,
            changes: Changes::parse(changes)?,
        })
    }

    /// Returns the EIP-712 digest that the signers sign: domain `Escapement` version `1`, `chain_id`, and the
    /// controller's proxy as verifying contract.
    #[must_use]
    pub fn digest(&self, chain_id: u64, controller: &[u8; 20], keccak: impl Fn(&[u8]) -> [u8; 32]) -> [u8; 32] {
        let domain = domain_separator(chain_id, controller, &keccak);
        digest::typed_data(&domain, self.struct_hash(&keccak), &keccak)
    }

    /// Returns the EIP-712 struct hash of the update, without the domain.
    #[must_use]
    pub fn struct_hash(&self, keccak: impl Fn(&[u8]) -> [u8; 32]) -> [u8; 32] {
        digest::struct_hash(self, digest::hash_kpis(&self.kpis, &keccak), &keccak)
    }
}

/// Takes the next `N` bytes off the front of `input`.
pub(crate) fn take<'a, const N: usize>(input: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (head, rest) = input.split_first_chunk()?;
    *input = rest;
    Some(head)
}
