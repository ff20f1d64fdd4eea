//! The file of a proven policy: what network and key give.

use escapement_core::policy::{Model, SchemaEntry, proven::OwnedProven};

use crate::{VerifyingKey, commitment};

/// Puts a proven policy together: the network's commitment, and the base that commitment and key give.
///
/// `cosign_above` is the size of an output, Q16 of its step, above which a quorum signs too; the schema has one entry for
/// each input of the network. That they fit each other is seen when it is encoded.
///
/// # Panics
/// Never: a commitment is an element of the field.
#[must_use]
pub fn proven(network: &Model<'_>, schema: Vec<SchemaEntry>, cosign_above: u32, key: &VerifyingKey) -> OwnedProven {
    let commitment = commitment(network);
    let base = key.base(&commitment).expect("a commitment is below the order of the groups");
    OwnedProven { arch: network.arch(), cosign_above, commitment, base, schema, key: key.to_bytes() }
}
