//! Development keys: what they are, what a key must not be, and what follows if it is.

mod common;

use std::fmt::Write as _;

use common::{ARCHS, vectors};
use escapement_core::policy::Arch;
use escapement_prover::setup;

/// PRF-10: constraints and development keys are the committed ones. `UPDATE_SNAPSHOTS=1` writes them.
#[test]
fn dev_keys_are_the_committed_ones() {
    let mut text = String::from(
        "# DEVELOPMENT keys of host/prover: made from public seeds, everybody can forge proofs for them.\n\
         # Written by its test `dev_keys_are_the_committed_ones`; do not edit. circuit_id = keccak256 of vk.\n",
    );
    for (name, arch) in ARCHS {
        let key = setup::dev(arch).unwrap();
        let [a, b, c, d] = arch.widths();
        let vk = key.verifying.to_bytes();
        writeln!(text, "case {name}\nwidths {a} {b} {c} {d}\nseed {}", setup::dev_seed(arch)).unwrap();
        writeln!(
            text,
            "r1cs {}\ncircuit_id {}",
            hex(key.r1cs_hash.as_slice()),
            hex(key.verifying.circuit_id().as_slice())
        )
        .unwrap();
        writeln!(text, "vk {}", hex(&vk)).unwrap();
    }
    let file = vectors("dev-keys.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), text);
}

fn hex(bytes: &[u8]) -> String {
    hex::encode(bytes)
}

const _: Arch = Arch::A1;
