//! The exported constraints, read by a reader of its own.

mod common;

use ark_bn254::Fr;
use ark_ff::PrimeField;
use common::ARCHS;
use escapement_prover::{circuit::constraints, r1cs::Row};

/// Takes numbers off a file in little-endian order.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let (head, rest) = self.0.split_at(count);
        self.0 = rest;
        head.to_vec()
    }
    fn u32(&mut self) -> usize {
        u32::from_le_bytes(self.bytes(4).try_into().unwrap()) as usize
    }
    fn u64(&mut self) -> usize {
        usize::try_from(u64::from_le_bytes(self.bytes(8).try_into().unwrap())).unwrap()
    }
    /// Begins a section: its kind must be the given one.
    fn section(&mut self, kind: usize) -> usize {
        assert_eq!(self.u32(), kind);
        let size = self.u64();
        self.0.len() - size
    }
}

/// PRF-13
#[test]
fn exported_constraints_read_back() {
    for (name, arch) in ARCHS {
        let r1cs = constraints(arch);
        let mut file = vec![];
        r1cs.write(&mut file).unwrap();
        assert_eq!(alloy_primitives::keccak256(&file), r1cs.hash(), "{name}");

        let mut cursor = Cursor(&file);
        assert_eq!(cursor.bytes(4), b"r1cs");
        assert_eq!((cursor.u32(), cursor.u32()), (1, 3), "version, sections");

        let end = cursor.section(1);
        assert_eq!(cursor.u32(), 32, "bytes of a field element");
        let prime = "21888242871839275222246405745257275088548364400416034343698204186575808495617";
        let modulus = num_bigint::BigUint::from_bytes_le(&cursor.bytes(32));
        assert_eq!(modulus.to_string(), prime);
        let [wires, outputs, public, private] = [(); 4].map(|()| cursor.u32());
        assert_eq!((wires, outputs, public), (r1cs.variables(), 0, 5), "{name}");
        assert_eq!(private, wires - 6);
        assert_eq!(cursor.u64(), wires, "labels");
        let count = cursor.u32();
        assert_eq!(count, r1cs.constraints());
        assert_eq!(cursor.0.len(), end);

        let end = cursor.section(2);
        for constraint in 0..count {
            for matrix in &r1cs.matrices {
                let mut row = Row::new();
                for _ in 0..cursor.u32() {
                    let wire = cursor.u32();
                    row.push((Fr::from_le_bytes_mod_order(&cursor.bytes(32)), wire));
                }
                assert_eq!(row, matrix[constraint], "{name}: {constraint}");
            }
        }
        assert_eq!(cursor.0.len(), end);

        let end = cursor.section(3);
        assert!((0..wires).all(|wire| cursor.u64() == wire), "{name}: labels");
        assert_eq!((cursor.0.len(), end), (0, 0), "{name}");
    }
}
