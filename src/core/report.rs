//! The signed report: KPI values that a quorum vouches for, without any changes. A proven update rests on one.
//!
//! It travels and is decoded as an update is (see [`update`](crate::update)): the form is exact, the count bounded
//! before it is used, nothing copied. Big endian throughout:
//!
//! ```text
//! 0x01 | kpiSchema 32 | signerEpoch 8 | reportId 8 | observedAt 8 | expiresAt 8 | n 1 | kpi 4 * n
//! ```

#[cfg(any(test, feature = "alloc"))]
mod owned;
#[cfg(test)]
mod tests;

use crate::update::digest::{hash_kpis, struct_hash, typed_data, word, Word};
use crate::update::{domain_separator, length_error, take, DecodeError, Kpis, Update, KPI_SIZE, MAX_KPIS};
#[cfg(any(test, feature = "alloc"))]
pub use owned::OwnedReport;

/// First byte of every report; a later wire form takes another.
pub const WIRE_VERSION: u8 = 1;

/// Bytes before the KPI values: version, schema, four `u64`, the count.
const HEAD: usize = 66;

/// keccak256 of the type string of `KpiReport`.
pub const REPORT_TYPEHASH: [u8; 32] = [
    0x3f, 0x88, 0xa7, 0x4f, 0x06, 0x3d, 0xa1, 0x92, 0x1a, 0xb1, 0xed, 0xa1, 0xa8, 0x5e, 0x02, 0x56, 0xdb, 0xdf, 0x82,
    0xd2, 0x55, 0x3f, 0x24, 0x97, 0xee, 0xd4, 0x51, 0x6b, 0x8b, 0x77, 0xe4, 0xbf,
];

/// A decoded report, borrowed from its bytes. Times are seconds of `block.timestamp`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Report<'a> {
    /// keccak256 of the `schema.bin` that gives the KPI values their meaning.
    pub kpi_schema: &'a [u8; 32],
    /// Number of the signer set that signed.
    pub signer_epoch: u64,
    /// Number of the report, which is that of the one update that may rest on it.
    pub report_id: u64,
    /// When the KPI values were observed.
    pub observed_at: u64,
    /// First second at which nothing may rest on the report any longer.
    pub expires_at: u64,
    /// Observations, then pool scores.
    pub kpis: Kpis<'a>,
}

impl<'a> Report<'a> {
    /// Decodes a report without copying it.
    ///
    /// # Errors
    /// A [`DecodeError`] for every byte string that the encoding cannot produce: wrong version, missing or additional
    /// bytes, too many KPI values.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let short = |needed: usize| length_error(needed, bytes.len());
        if let Some(&found) = bytes.first() {
            if found != WIRE_VERSION {
                return Err(DecodeError::Version { found });
            }
        }
        let mut input = bytes.get(1..).ok_or_else(|| short(HEAD))?;
        let head = &mut input;
        let Some(kpi_schema) = take(head) else { return Err(short(HEAD)) };
        let mut words = [0u64; 4];
        for word in &mut words {
            *word = u64::from_be_bytes(*take(head).ok_or_else(|| short(HEAD))?);
        }
        let [signer_epoch, report_id, observed_at, expires_at] = words;
        let &[found] = take(head).ok_or_else(|| short(HEAD))?;
        if usize::from(found) > MAX_KPIS {
            return Err(DecodeError::TooManyKpis { found });
        }
        // Neither product nor sum can overflow: the count is below 256.
        let size = usize::from(found).saturating_mul(KPI_SIZE);
        if input.len() != size {
            return Err(short(HEAD.saturating_add(size)));
        }
        Ok(Self { kpi_schema, signer_epoch, report_id, observed_at, expires_at, kpis: Kpis::parse(input)? })
    }

    /// Returns the report that `update` rests on if it is proven: its observations, its signer set, its times, and its
    /// own number. Numbers of accepted updates strictly rise, so a report carries at most one.
    #[must_use]
    pub fn of_update(update: &Update<'a>) -> Self {
        Self {
            kpi_schema: update.kpi_schema,
            signer_epoch: update.signer_epoch,
            report_id: update.update_id,
            observed_at: update.observed_at,
            expires_at: update.expires_at,
            kpis: update.kpis,
        }
    }

    /// Returns the EIP-712 digest that the signers sign: the domain is that of an update.
    #[must_use]
    pub fn digest(&self, chain_id: u64, controller: &[u8; 20], keccak: impl Fn(&[u8]) -> [u8; 32]) -> [u8; 32] {
        typed_data(&domain_separator(chain_id, controller, &keccak), self.struct_hash(&keccak), &keccak)
    }

    /// Returns the EIP-712 struct hash of the report, without the domain.
    #[must_use]
    pub fn struct_hash(&self, keccak: impl Fn(&[u8]) -> [u8; 32]) -> [u8; 32] {
        self.hash(hash_kpis(&self.kpis, &keccak), &keccak)
    }

    /// Returns the digests of the report that `update` rests on and of the update itself, as [`Report::digest`] and
    /// [`Update::digest`] do one by one; what the two have in common is hashed once.
    #[must_use]
    pub fn digests(
        update: &Update<'a>,
        chain_id: u64,
        controller: &[u8; 20],
        keccak: impl Fn(&[u8]) -> [u8; 32],
    ) -> [[u8; 32]; 2] {
        let kpis = hash_kpis(&update.kpis, &keccak);
        let domain = domain_separator(chain_id, controller, &keccak);
        let bodies = [Self::of_update(update).hash(kpis, &keccak), struct_hash(update, kpis, &keccak)];
        bodies.map(|body| typed_data(&domain, body, &keccak))
    }

    fn hash(&self, kpis: Word, keccak: &impl Fn(&[u8]) -> Word) -> Word {
        let fields = [
            REPORT_TYPEHASH,
            *self.kpi_schema,
            kpis,
            word(self.signer_epoch),
            word(self.report_id),
            word(self.observed_at),
            word(self.expires_at),
        ];
        keccak(fields.as_flattened())
    }
}
