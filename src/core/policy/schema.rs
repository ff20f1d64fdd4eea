//! Scaling of KPI values to observations.

use super::format::count;
use super::{PolicyError, MAX_WIDTH, VALUE_MAX, VALUE_MIN};

/// Scaling of one KPI value: observation = floor((kpi - mean) * scale / 2^shift), saturated to 24 bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SchemaEntry {
    /// Value that becomes zero, in the KPI's own Q16.16.
    pub mean: i32,
    /// Factor before the shift.
    pub scale: i32,
    /// Binary digits dropped, at most 63.
    pub shift: u8,
}

impl SchemaEntry {
    fn from_bytes(bytes: &[u8; Schema::ENTRY_SIZE]) -> Self {
        let &[m0, m1, m2, m3, s0, s1, s2, s3, shift] = bytes;
        Self { mean: i32::from_le_bytes([m0, m1, m2, m3]), scale: i32::from_le_bytes([s0, s1, s2, s3]), shift }
    }

    /// Returns the nine bytes of the entry, little endian: mean, scale, shift.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Schema::ENTRY_SIZE] {
        let ([m0, m1, m2, m3], [s0, s1, s2, s3]) = (self.mean.to_le_bytes(), self.scale.to_le_bytes());
        [m0, m1, m2, m3, s0, s1, s2, s3, self.shift]
    }

    /// Returns the observation for a KPI value. A shift above 63 counts as 63.
    #[must_use]
    pub fn observe(self, kpi: i32) -> i32 {
        // |kpi - mean| < 2^32 and |scale| <= 2^31, so the product stays within 2^63 - 2^31: nothing wraps.
        let product = i64::from(kpi).wrapping_sub(i64::from(self.mean)).wrapping_mul(i64::from(self.scale));
        // The arithmetic shift rounds towards minus infinity.
        let scaled = product >> self.shift.min(63);
        let bounded = scaled.clamp(i64::from(VALUE_MIN), i64::from(VALUE_MAX));
        // In range by the clamp; the cast keeps the value.
        #[allow(clippy::cast_possible_truncation)]
        let observation = bounded as i32;
        observation
    }
}

/// `schema.bin`: one [`SchemaEntry`] for each observation, nine bytes each. The identity of the KPI schema is the
/// keccak256 of the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Schema<'a>(&'a [[u8; Schema::ENTRY_SIZE]]);

impl<'a> Schema<'a> {
    /// Bytes of one entry: mean `i32`, scale `i32`, shift `u8`.
    pub const ENTRY_SIZE: usize = 9;

    /// Reads a `schema.bin`.
    ///
    /// # Errors
    /// [`PolicyError::Length`] unless it is a whole number of at most [`MAX_WIDTH`] entries, [`PolicyError::Shift`]
    /// for a shift above 63.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PolicyError> {
        let (entries, rest) = bytes.as_chunks();
        if !rest.is_empty() || entries.len() > MAX_WIDTH {
            let expected = entries.len().min(MAX_WIDTH).saturating_mul(Self::ENTRY_SIZE);
            return Err(PolicyError::Length { expected: count(expected), actual: count(bytes.len()) });
        }
        for (index, entry) in (0u8..).zip(entries) {
            let shift = SchemaEntry::from_bytes(entry).shift;
            if shift > 63 {
                return Err(PolicyError::Shift { index, shift });
            }
        }
        Ok(Self(entries))
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All entries in order.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = SchemaEntry> + Clone + 'a {
        self.0.iter().map(SchemaEntry::from_bytes)
    }

    /// Scales the first KPI values, one for each entry, and returns the observations. Values beyond are not read.
    ///
    /// # Errors
    /// [`PolicyError::Inputs`] if there are fewer values than entries.
    pub fn normalise<'o>(
        &self,
        kpis: impl ExactSizeIterator<Item = i32>,
        out: &'o mut [i32; MAX_WIDTH],
    ) -> Result<&'o [i32], PolicyError> {
        let missing = PolicyError::Inputs { expected: count(self.len()), actual: count(kpis.len()) };
        if kpis.len() < self.len() {
            return Err(missing);
        }
        for ((observation, entry), kpi) in out.iter_mut().zip(self.entries()).zip(kpis) {
            *observation = entry.observe(kpi);
        }
        out.get(..self.len()).ok_or(missing)
    }
}
