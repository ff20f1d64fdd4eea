//! Proofs, and what must not be one.

mod common;

use common::{prover, ramp};
use escapement_core::policy::{Arch, Model};

#[test]
fn ramp_proves() {
    let prover = prover();
    let (model, observations) = ramp(Arch::A1);
    let bytes = model.encode().unwrap();
    let model = Model::parse(&bytes).unwrap();
    let mut context = [0x5a; 32];
    context[0] = 0;
    let t = std::time::Instant::now();
    let proven = prover.prove(&model, &observations, &context).unwrap();
    eprintln!("prove {:?}", t.elapsed());
    assert_eq!(hex::encode(proven.inputs[1]), "2dbebd9978545cff8dcbc791f7047a61c1daab88081f599f5ac3bc80f6ba5f3e");
    assert_eq!(prover.key().verifying.verify(&proven.inputs, &proven.proof), Ok(true));
}
