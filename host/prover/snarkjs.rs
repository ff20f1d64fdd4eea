//! What snarkjs reads and writes besides `.r1cs`: keys and proofs as JSON, witnesses as `.wtns`.

use std::str::FromStr;

use ark_bn254::{Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use serde_json::{Value, json};

use crate::{
    Word,
    encoding::{EncodingError, G1_BYTES, G2_BYTES, Reader, Writer},
    key::VerifyingKey,
    proof::Proof,
};

/// Why JSON is no proof.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JsonError {
    /// A coordinate is missing or no decimal number below the modulus.
    #[error("{0}: not coordinates of a point")]
    Coordinates(&'static str),
    /// A point is not on its curve or not in its group.
    #[error("{0}: {1}")]
    Point(&'static str, EncodingError),
}

/// Returns a verifying key as `snarkjs groth16 verify` takes it.
#[must_use]
pub fn verifying_key(key: &VerifyingKey) -> Value {
    let vk = key.inner();
    json!({
        "protocol": "groth16",
        "curve": "bn128",
        "nPublic": vk.gamma_abc_g1.len() - 1,
        "vk_alpha_1": g1(&vk.alpha_g1),
        "vk_beta_2": g2(&vk.beta_g2),
        "vk_gamma_2": g2(&vk.gamma_g2),
        "vk_delta_2": g2(&vk.delta_g2),
        "IC": vk.gamma_abc_g1.iter().map(g1).collect::<Vec<_>>(),
    })
}

/// Returns a proof as snarkjs takes it.
#[must_use]
pub fn proof(proof: &Proof) -> Value {
    let proof = proof.inner();
    json!({
        "protocol": "groth16",
        "curve": "bn128",
        "pi_a": g1(&proof.a),
        "pi_b": g2(&proof.b),
        "pi_c": g1(&proof.c),
    })
}

/// Returns public inputs as snarkjs takes them.
#[must_use]
pub fn public_inputs(inputs: &[Word]) -> Value {
    inputs.iter().map(|word| Fr::from_be_bytes_mod_order(word).to_string()).collect()
}

/// Reads a proof that snarkjs made.
///
/// # Errors
/// A [`JsonError`] for what is no proof, and for points that are none of their groups.
pub fn read_proof(value: &Value) -> Result<Proof, JsonError> {
    let pair = |value: &Value| Some(Fq2::new(number(&value[0])?, number(&value[1])?));
    let [first, second] = [0, 1].map(|index| pair(&value["pi_b"][index]));
    let point = first.zip(second).ok_or(JsonError::Coordinates("pi_b"))?;
    let mut writer = Writer::default();
    writer.g2(&G2Affine::new_unchecked(point.0, point.1));
    let b = Reader::new(&writer.0, G2_BYTES).and_then(|mut reader| reader.g2());
    Ok(Proof::new(ark_groth16::Proof {
        a: read_g1(&value["pi_a"], "pi_a")?,
        b: b.map_err(|error| JsonError::Point("pi_b", error))?,
        c: read_g1(&value["pi_c"], "pi_c")?,
    }))
}

/// Returns values of all variables as a `.wtns` file, version 2.
///
/// # Panics
/// With 2^32 values, which a circuit of this crate is far from.
#[must_use]
pub fn witness(values: &[Fr]) -> Vec<u8> {
    let count = u32::try_from(values.len()).expect("fewer than 2^32 values");
    let mut file = b"wtns".to_vec();
    // Version, number of sections; then the header: bytes of an element, prime, number of values.
    file.extend([2u32, 2, 1].map(u32::to_le_bytes).concat());
    file.extend(40u64.to_le_bytes());
    file.extend(32u32.to_le_bytes());
    file.extend(Fr::MODULUS.to_bytes_le());
    file.extend([count, 2].map(u32::to_le_bytes).concat());
    file.extend((32 * u64::from(count)).to_le_bytes());
    file.extend(values.iter().flat_map(|value| value.into_bigint().to_bytes_le()));
    file
}

fn g1(point: &G1Affine) -> Value {
    let (x, y) = point.xy().unwrap_or_default();
    json!([x.to_string(), y.to_string(), "1"])
}

fn g2(point: &G2Affine) -> Value {
    let pair = |element: Fq2| json!([element.c0.to_string(), element.c1.to_string()]);
    let (x, y) = point.xy().unwrap_or_default();
    json!([pair(x), pair(y), pair(Fq2::ONE)])
}

fn read_g1(value: &Value, part: &'static str) -> Result<G1Affine, JsonError> {
    let (Some(x), Some(y)) = (number(&value[0]), number(&value[1])) else { return Err(JsonError::Coordinates(part)) };
    let mut writer = Writer::default();
    writer.g1(&G1Affine::new_unchecked(x, y));
    Reader::new(&writer.0, G1_BYTES).and_then(|mut reader| reader.g1()).map_err(|error| JsonError::Point(part, error))
}

/// A decimal number below the modulus.
fn number(value: &Value) -> Option<Fq> {
    let text = value.as_str()?;
    let number = Fq::from_str(text).ok()?;
    // Not reduced, signed or written otherwise, it would read as another text.
    (number.to_string() == text || (number == Fq::ZERO && text == "0")).then_some(number)
}
