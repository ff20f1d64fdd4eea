//! What goes to snarkjs and comes from it. That snarkjs itself agrees is seen by `scripts/zk/snarkjs.mjs`.

use ark_bn254::{Fq, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::PrimeField;
use escapement_prover::{
    Proof,
    encoding::EncodingError,
    snarkjs::{self, JsonError},
};
use serde_json::{Value, json};

/// CER-13
#[test]
fn proofs_as_json_read_back_and_others_are_refused() {
    let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
    let proof = Proof::new(ark_groth16::Proof { a: -g1, b: g2, c: g1 });
    let good = snarkjs::proof(&proof);
    assert_eq!(snarkjs::read_proof(&good), Ok(proof));

    let with = |part: &str, path: &str, value: Value| {
        let mut changed = good.clone();
        *changed.pointer_mut(&format!("/{part}{path}")).unwrap() = value;
        snarkjs::read_proof(&changed)
    };
    let paths = [("pi_a", ["/0", "/1"]), ("pi_b", ["/0/1", "/1/0"]), ("pi_c", ["/0", "/1"])];
    for (part, path) in paths.iter().flat_map(|(part, paths)| paths.map(|path| (*part, path))) {
        let off = Err(JsonError::Point(part, EncodingError::OffCurve { offset: 0 }));
        assert_eq!(with(part, path, json!("3")), off, "{part}{path}");
        let modulus = Fq::MODULUS.to_string();
        for bad in [json!(1), json!(null), json!(""), json!("0x1"), json!("-1"), json!("01"), json!(modulus)] {
            assert_eq!(with(part, path, bad.clone()), Err(JsonError::Coordinates(part)), "{part}{path}: {bad}");
        }
    }
    for part in ["pi_a", "pi_b", "pi_c"] {
        assert_eq!(with(part, "", json!([])), Err(JsonError::Coordinates(part)));
    }
    assert_eq!(snarkjs::read_proof(&json!({})).unwrap_err(), JsonError::Coordinates("pi_b"));
}

/// CER-13
#[test]
fn witnesses_have_the_form_that_is_documented() {
    let file = snarkjs::witness(&[Fr::from(1), Fr::from(0x0102)]);
    assert_eq!(file.len(), 12 + 12 + 40 + 12 + 64);
    assert_eq!(&file[..12], b"wtns\x02\0\0\0\x02\0\0\0");
    assert_eq!(&file[12..28], &[1, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0]);
    assert_eq!(Fr::from_le_bytes_mod_order(&file[28..60]), Fr::from(0));
    assert_eq!(&file[60..76], &[2, 0, 0, 0, 2, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!((file[76], &file[108..110]), (1, &[2, 1][..]));
}
