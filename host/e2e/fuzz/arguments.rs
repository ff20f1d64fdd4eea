//! Arguments of the types a function asks for, out of an input.

use alloy::{
    dyn_abi::{DynSolType, DynSolValue, JsonAbiExt as _},
    json_abi::Function,
};
use alloy_primitives::{Address, B256, Bytes, I256, U256};

use super::Source;

/// Most elements of a list.
const LIST: usize = 6;

/// What arguments are chosen from where they shall mean something.
pub struct Known {
    /// Accounts and contracts.
    pub addresses: Vec<Address>,
    /// Roles and ids.
    pub words: Vec<B256>,
    /// An update, its signatures, what waits in the queue.
    pub bytes: Vec<Bytes>,
}

impl Known {
    /// The calldata of `function` with arguments out of `source`; times are near `now`.
    ///
    /// # Panics
    /// When a type of the ABI is not one that Solidity has.
    pub fn call(&self, function: &Function, source: &mut Source<'_>, now: u64) -> Vec<u8> {
        let arguments: Vec<_> = function
            .inputs
            .iter()
            .map(|param| self.value(&DynSolType::parse(&param.ty).expect("a type"), source, now))
            .collect();
        function.abi_encode_input(&arguments).expect("arguments of its types")
    }

    fn value(&self, ty: &DynSolType, source: &mut Source<'_>, now: u64) -> DynSolValue {
        match ty {
            DynSolType::Bool => DynSolValue::Bool(source.byte() & 1 == 1),
            DynSolType::Address => DynSolValue::Address(match source.byte() {
                255 => source.array().into(),
                n => pick(&self.addresses, n),
            }),
            DynSolType::Uint(bits) => DynSolValue::Uint(source.number(*bits, now), *bits),
            DynSolType::Int(bits) => {
                let number = I256::from_raw(U256::from_be_slice(source.bytes(bits / 8)));
                let unused = 256 - bits;
                DynSolValue::Int((number << unused).asr(unused), *bits)
            }
            DynSolType::FixedBytes(size) => {
                let mut word = match source.byte() {
                    255 => source.word(),
                    n => pick(&self.words, n),
                };
                word[*size..].fill(0);
                DynSolValue::FixedBytes(word, *size)
            }
            DynSolType::Bytes => DynSolValue::Bytes(match source.byte() {
                n if usize::from(n) < self.bytes.len() => pick(&self.bytes, n).to_vec(),
                n => source.bytes(n.into()).to_vec(),
            }),
            DynSolType::String => {
                let length = source.byte().into();
                DynSolValue::String(String::from_utf8_lossy(source.bytes(length)).into_owned())
            }
            DynSolType::Array(element) => {
                let count = usize::from(source.byte()) % LIST;
                DynSolValue::Array((0..count).map(|_| self.value(element, source, now)).collect())
            }
            DynSolType::FixedArray(element, count) => {
                DynSolValue::FixedArray((0..*count).map(|_| self.value(element, source, now)).collect())
            }
            DynSolType::Tuple(types) => {
                DynSolValue::Tuple(types.iter().map(|ty| self.value(ty, source, now)).collect())
            }
            DynSolType::Function => panic!("no contract takes a function"),
        }
    }
}

/// Element number `n`, counted on from the beginning again.
pub fn pick<T: Clone>(from: &[T], n: u8) -> T {
    from[usize::from(n) % from.len()].clone()
}
