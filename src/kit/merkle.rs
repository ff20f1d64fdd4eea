//! Merkle proofs as OpenZeppelin's `MerkleProof` and its JavaScript trees have them: leaves hashed twice, pairs sorted.

use alloy_primitives::B256;

use crate::vm;

/// Returns the leaf of ABI-encoded values: their keccak-256, hashed again, so that no inner node can pass for a leaf.
#[must_use]
pub fn leaf(encoded: &[u8]) -> B256 {
    vm::keccak(vm::keccak(encoded).as_slice())
}

/// Returns whether `proof` leads from `leaf` to `root`.
#[must_use]
pub fn verify(root: &B256, leaf: &B256, proof: &[B256]) -> bool {
    let mut node = *leaf;
    for sibling in proof {
        let (low, high) = if node < *sibling { (&node, sibling) } else { (sibling, &node) };
        // A mapping's slot is the hash of two words, which is what a pair is.
        node = vm::mapping(low, high);
    }
    node == *root
}
