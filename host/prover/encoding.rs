//! Field elements and curve points as the 32-byte words of the precompiles (EIP-196, EIP-197): big endian, the imaginary
//! part of a G2 coordinate first, a zero point as zeros.

use ark_bn254::{Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInteger, PrimeField};

/// Why bytes are not the field element or point they should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EncodingError {
    /// The length is not exact.
    #[error("{actual} bytes given, {expected} needed")]
    Length {
        /// Bytes needed.
        expected: usize,
        /// Bytes given.
        actual: usize,
    },
    /// A word is not below the modulus of its field: it would alias a smaller one.
    #[error("the word at byte {offset} is not below the modulus of its field")]
    NotReduced {
        /// Where the word begins.
        offset: usize,
    },
    /// A point is not on its curve.
    #[error("the point at byte {offset} is not on the curve")]
    OffCurve {
        /// Where the point begins.
        offset: usize,
    },
    /// A point is on the curve but not in the subgroup of prime order.
    #[error("the point at byte {offset} is not in the subgroup of prime order")]
    OutsideSubgroup {
        /// Where the point begins.
        offset: usize,
    },
}

/// Bytes of a G1 point.
pub const G1_BYTES: usize = 64;
/// Bytes of a G2 point.
pub const G2_BYTES: usize = 128;

fn word<F: PrimeField>(element: F) -> [u8; 32] {
    let mut word = [0; 32];
    // Both fields have moduli of 254 bits.
    word.copy_from_slice(&element.into_bigint().to_bytes_be());
    word
}

/// Returns a scalar as a word.
#[must_use]
pub fn fr_bytes(element: Fr) -> [u8; 32] {
    word(element)
}

fn element<F: PrimeField>(bytes: &[u8], offset: usize) -> Result<F, EncodingError> {
    let element = F::from_be_bytes_mod_order(bytes);
    if word(element) == bytes { Ok(element) } else { Err(EncodingError::NotReduced { offset }) }
}

/// Reads a scalar from a word.
///
/// # Errors
/// [`EncodingError::NotReduced`] unless it is below the order of the groups.
pub fn fr_from_bytes(word: &[u8; 32]) -> Result<Fr, EncodingError> {
    element(word, 0)
}

/// Appends points to bytes.
#[derive(Default, Debug)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    /// Appends a G1 point: x, y.
    pub fn g1(&mut self, point: &G1Affine) {
        let (x, y) = point.xy().unwrap_or_default();
        self.0.extend([x, y].map(word::<Fq>).concat());
    }

    /// Appends a G2 point: imaginary and real part of x, then of y.
    pub fn g2(&mut self, point: &G2Affine) {
        let (x, y) = point.xy().unwrap_or_default();
        self.0.extend([x.c1, x.c0, y.c1, y.c0].map(word::<Fq>).concat());
    }
}

/// Takes points off bytes of known length.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Starts to read exactly `expected` bytes.
    ///
    /// # Errors
    /// [`EncodingError::Length`] if there are more or fewer.
    pub fn new(bytes: &'a [u8], expected: usize) -> Result<Self, EncodingError> {
        let actual = bytes.len();
        if actual == expected { Ok(Self { bytes, offset: 0 }) } else { Err(EncodingError::Length { expected, actual }) }
    }

    fn next(&mut self) -> Result<Fq, EncodingError> {
        let (start, end) = (self.offset, self.offset + 32);
        let missing = EncodingError::Length { expected: end, actual: self.bytes.len() };
        self.offset = end;
        element(self.bytes.get(start..end).ok_or(missing)?, start)
    }

    /// Takes a G1 point, which may be zero.
    ///
    /// # Errors
    /// An [`EncodingError`] for words not reduced and points off the curve. The curve's order is prime.
    pub fn g1(&mut self) -> Result<G1Affine, EncodingError> {
        let offset = self.offset;
        let (x, y) = (self.next()?, self.next()?);
        let zero = x == Fq::default() && y == Fq::default();
        let point = if zero { G1Affine::identity() } else { G1Affine::new_unchecked(x, y) };
        if point.is_on_curve() { Ok(point) } else { Err(EncodingError::OffCurve { offset }) }
    }

    /// Takes a G2 point, which may be zero.
    ///
    /// # Errors
    /// An [`EncodingError`] for words not reduced, points off the curve, and points outside the subgroup.
    pub fn g2(&mut self) -> Result<G2Affine, EncodingError> {
        let offset = self.offset;
        let [x1, x0, y1, y0] = [self.next()?, self.next()?, self.next()?, self.next()?];
        let (x, y) = (Fq2::new(x0, x1), Fq2::new(y0, y1));
        let zero = x == Fq2::default() && y == Fq2::default();
        let point = if zero { G2Affine::identity() } else { G2Affine::new_unchecked(x, y) };
        if !point.is_on_curve() {
            Err(EncodingError::OffCurve { offset })
        } else if !point.is_in_correct_subgroup_assuming_on_curve() {
            Err(EncodingError::OutsideSubgroup { offset })
        } else {
            Ok(point)
        }
    }
}
