//! EIP-712 hashing of an update, with the hash function injected (a host call in a contract, a library elsewhere), and
//! the parts of it that a report shares.

use super::{Kpis, Update, MAX_CHANGES};

/// keccak256 of `EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)`.
pub const DOMAIN_TYPEHASH: [u8; 32] = [
    0x8b, 0x73, 0xc3, 0xc6, 0x9b, 0xb8, 0xfe, 0x3d, 0x51, 0x2e, 0xcc, 0x4c, 0xf7, 0x59, 0xcc, 0x79, 0x23, 0x9f, 0x7b,
    0x17, 0x9b, 0x0f, 0xfa, 0xca, 0xa9, 0xa7, 0x5d, 0x52, 0x2b, 0x39, 0x40, 0x0f,
];
/// keccak256 of the type string of `Update`, followed by that of `Change`.
pub const UPDATE_TYPEHASH: [u8; 32] = [
    0x02, 0xa4, 0x2f, 0xe9, 0xfa, 0x7e, 0x40, 0x9f, 0x3a, 0x39, 0x0b, 0x81, 0x0d, 0xd8, 0xa5, 0x16, 0x0a, 0x51, 0x81,
    0xf3, 0x3b, 0xe7, 0x55, 0x87, 0x0d, 0x9f, 0x9e, 0xc4, 0xb7, 0x9b, 0xee, 0x42,
];
/// keccak256 of `Change(uint8 slot,uint32 expectedOld,uint32 newValue)`.
pub const CHANGE_TYPEHASH: [u8; 32] = [
    0x83, 0x98, 0x18, 0x29, 0x94, 0xed, 0xf3, 0x2e, 0xe2, 0x2b, 0x8a, 0x40, 0xd1, 0x1b, 0xe3, 0xe0, 0x17, 0x15, 0x9d,
    0x5f, 0xc4, 0x64, 0xb1, 0x6f, 0xa4, 0x68, 0xdb, 0x85, 0x9b, 0x56, 0xfc, 0x6d,
];
/// keccak256 of the domain name, `Escapement`.
const NAME_HASH: [u8; 32] = [
    0xa3, 0x40, 0x20, 0x1a, 0xbe, 0x86, 0x59, 0xa5, 0x93, 0x70, 0xa7, 0x7e, 0x9a, 0x38, 0x3a, 0xcd, 0xe8, 0x3e, 0xa8,
    0xd8, 0x4e, 0xae, 0x19, 0xe4, 0x55, 0x1a, 0x4a, 0x94, 0xe6, 0xef, 0xae, 0x0a,
];
/// keccak256 of the domain version, `1`.
const VERSION_HASH: [u8; 32] = [
    0xc8, 0x9e, 0xfd, 0xaa, 0x54, 0xc0, 0xf2, 0x0c, 0x7a, 0xdf, 0x61, 0x28, 0x82, 0xdf, 0x09, 0x50, 0xf5, 0xa9, 0x51,
    0x63, 0x7e, 0x03, 0x07, 0xcd, 0xcb, 0x4c, 0x67, 0x2f, 0x29, 0x8b, 0x8b, 0xc6,
];

pub(crate) type Word = [u8; 32];

/// An unsigned integer as an ABI word.
pub(crate) fn word(value: u64) -> Word {
    let mut out = [0; 32];
    if let Some(low) = out.last_chunk_mut() {
        *low = value.to_be_bytes();
    }
    out
}

/// A signed 32-bit integer as an ABI word: the sign fills the upper 28 bytes.
fn signed_word(value: i32) -> Word {
    let mut out = [if value < 0 { 0xff } else { 0 }; 32];
    if let Some(low) = out.last_chunk_mut() {
        *low = value.to_be_bytes();
    }
    out
}

/// An address as an ABI word.
pub(crate) fn address_word(address: &[u8; 20]) -> Word {
    let mut out = [0; 32];
    if let Some(low) = out.last_chunk_mut() {
        *low = *address;
    }
    out
}

/// Hashes the concatenation of `items` (at most [`MAX_CHANGES`]), as EIP-712 encodes arrays.
fn hash_array(items: impl ExactSizeIterator<Item = Word>, keccak: &impl Fn(&[u8]) -> Word) -> Word {
    let mut buffer = [[0; 32]; MAX_CHANGES];
    let count = items.len();
    for (slot, item) in buffer.iter_mut().zip(items) {
        *slot = item;
    }
    // The count is bounded by the decoder, so the whole list is always there.
    keccak(buffer.get(..count).unwrap_or(&buffer).as_flattened())
}

/// Returns the EIP-712 domain separator of `controller` on `chain_id`.
#[must_use]
#[inline(never)]
pub fn domain_separator(chain_id: u64, controller: &[u8; 20], keccak: &impl Fn(&[u8]) -> Word) -> Word {
    let domain = [DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, word(chain_id), address_word(controller)];
    keccak(domain.as_flattened())
}

/// Hashes the KPI values, as EIP-712 encodes `int32[]`.
#[inline(never)]
pub(crate) fn hash_kpis(kpis: &Kpis<'_>, keccak: &impl Fn(&[u8]) -> Word) -> Word {
    hash_array(kpis.iter().map(signed_word), keccak)
}

/// Returns the digest of a struct hash in a domain.
#[inline(never)]
pub(crate) fn typed_data(domain: &Word, body: Word, keccak: &impl Fn(&[u8]) -> Word) -> Word {
    let mut message = [0; 66];
    let [zero, one, words @ ..] = &mut message;
    (*zero, *one) = (0x19, 0x01);
    if let ([head, tail], []) = words.as_chunks_mut() {
        (*head, *tail) = (*domain, body);
    }
    keccak(&message)
}

/// Hashes an update, given the hash of its KPI values.
#[inline(never)]
pub(crate) fn struct_hash(update: &Update<'_>, kpis: Word, keccak: &impl Fn(&[u8]) -> Word) -> Word {
    let changes = hash_array(
        update.changes.iter().map(|c| {
            keccak(
                [CHANGE_TYPEHASH, word(u64::from(c.slot)), word(u64::from(c.expected_old)), word(u64::from(c.new))]
                    .as_flattened(),
            )
        }),
        keccak,
    );
    keccak(
        [
            UPDATE_TYPEHASH,
            *update.model_id,
            *update.kpi_schema,
            kpis,
            word(update.signer_epoch),
            word(update.update_id),
            word(update.observed_at),
            word(update.valid_after),
            word(update.expires_at),
            changes,
        ]
        .as_flattened(),
    )
}
