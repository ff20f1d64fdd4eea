//! Constraints as a `.r1cs` file (binary format of iden3, version 1), which ceremony tools read, and their hash.

use std::io::{self, Write};

use alloy_primitives::{B256, Keccak256};
use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};

use crate::r1cs::{R1cs, Row};

const FIELD_BYTES: u32 = 32;
const HEADER_SECTION: u32 = 1;
const CONSTRAINT_SECTION: u32 = 2;
const LABEL_SECTION: u32 = 3;

impl R1cs {
    /// Writes the constraints. Wires are the variables in order; all public inputs count as inputs, none as outputs.
    ///
    /// # Errors
    /// What the writer returns.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let count = |n: usize| u32::try_from(n).map_err(io::Error::other);
        out.write_all(b"r1cs")?;
        // Version, number of sections.
        out.write_all(&words([1, 3]))?;

        out.write_all(&section(HEADER_SECTION, 64))?;
        out.write_all(&FIELD_BYTES.to_le_bytes())?;
        out.write_all(&Fr::MODULUS.to_bytes_le())?;
        let witness = count(self.variables() - self.instance())?;
        out.write_all(&words([count(self.variables())?, 0, count(self.publics)?, witness]))?;
        out.write_all(&(self.variables() as u64).to_le_bytes())?;
        out.write_all(&count(self.constraints())?.to_le_bytes())?;

        let terms: usize = self.matrices.iter().flatten().map(Vec::len).sum();
        let size = 3 * 4 * self.constraints() + (4 + FIELD_BYTES as usize) * terms;
        out.write_all(&section(CONSTRAINT_SECTION, size as u64))?;
        let [a, b, c] = &self.matrices;
        for ((a, b), c) in a.iter().zip(b).zip(c) {
            for row in [a, b, c] {
                out.write_all(&row_bytes(row)?)?;
            }
        }

        out.write_all(&section(LABEL_SECTION, 8 * self.variables() as u64))?;
        (0..self.variables() as u64).try_for_each(|wire| out.write_all(&wire.to_le_bytes()))
    }

    /// Returns the keccak256 of the `.r1cs` file: the identity of the constraints.
    ///
    /// # Panics
    /// With 2^32 variables or constraints, which a circuit of this crate is far from.
    #[must_use]
    pub fn hash(&self) -> B256 {
        struct Hash(Keccak256);
        impl Write for Hash {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.update(bytes);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut hash = Hash(Keccak256::new());
        self.write(&mut hash).expect("counts fit into 32 bits, and a hash takes everything");
        hash.0.finalize()
    }
}

fn words<const N: usize>(words: [u32; N]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn section(kind: u32, size: u64) -> Vec<u8> {
    [kind.to_le_bytes().as_slice(), &size.to_le_bytes()].concat()
}

fn row_bytes(row: &Row) -> io::Result<Vec<u8>> {
    let index = |n: usize| u32::try_from(n).map_err(io::Error::other);
    let mut bytes = index(row.len())?.to_le_bytes().to_vec();
    for (coefficient, variable) in row {
        bytes.extend(index(*variable)?.to_le_bytes());
        bytes.extend(coefficient.into_bigint().to_bytes_le());
    }
    Ok(bytes)
}
