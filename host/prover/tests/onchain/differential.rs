//! VER-08: what the law computes, the prover proves and the contract accepts, for random networks and observations.

use alloy_primitives::{B256, keccak256};
use escapement_core::policy::{Arch, Model};
use escapement_prover::policy::proven;

use crate::{
    bench::{Bench, id},
    common::{cases, prover_of, random},
};

#[test]
fn outputs_of_the_law_are_accepted_and_no_others() {
    agree(Arch::A1, cases(24));
}

#[test]
fn outputs_of_the_law_are_accepted_and_no_others_for_the_large_network() {
    agree(Arch::A2, cases(2));
}

fn agree(arch: Arch, cases: u64) {
    let (bench, key) = (Bench::of(arch), &prover_of(arch).key().verifying);
    for seed in 0..cases {
        let (mut network, kpis) = random(arch, seed);
        for (lo, hi) in network.lo.iter_mut().zip(&mut network.hi) {
            (*lo, *hi) = ((*lo).clamp(-65_536, 65_536), (*hi).clamp(-65_536, 65_536));
        }
        let file = network.encode().unwrap();
        let model = Model::parse(&file).unwrap();
        // Signatures never: the limit is a whole step.
        let policy = proven(&model, bench.policy.schema.clone(), 65_536, key);
        bench.register(&policy).unwrap();
        let mut update = bench.propose(seed + 1, &[]);
        update.inner.model_id = id(&policy).0;
        update.inner.kpis.clone_from(&kpis);
        bench.report(&update).unwrap();
        let context = bench.context(&update).hash(|data| keccak256(data).0);
        let made = prover_of(arch).prove(&model, &kpis, &context).unwrap();
        let attestation = made.attestation(&[]);
        let law = model.infer(&kpis).unwrap();
        let packed: Vec<u8> = law.iter().flat_map(|output| output.to_be_bytes()).collect();
        assert_eq!(bench.verify(&update, &attestation).unwrap(), B256::from_slice(&packed), "seed {seed}");
        // One unit off, towards zero so that it stays within a step.
        let at = usize::try_from(seed % 8).unwrap();
        let mut other = law;
        other[at] -= if law[at] > 0 { 1 } else { -1 };
        let mut forged = attestation.clone();
        forged[4 * at..4 * at + 4].copy_from_slice(&other[at].to_be_bytes());
        assert!(bench.verify(&update, &forged).is_err(), "seed {seed}");
        // Hours, if somebody asks for many cases: say how far it is (with --nocapture).
        if (seed + 1) % 500 == 0 {
            println!("{} of {cases}", seed + 1);
        }
    }
}
