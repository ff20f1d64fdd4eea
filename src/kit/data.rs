//! Data contracts: bytes kept as the code of an account, behind a `0x00` (STOP) byte so that they never run.

use alloc::vec::Vec;

use alloy_primitives::Address;

use crate::vm;

/// The bytes of a data contract.
pub struct Data(Vec<u8>);

impl Data {
    /// Reads the code of `account`; `None` if it is empty or does not begin with the STOP byte.
    #[must_use]
    pub fn read(account: &Address) -> Option<Self> {
        let code = vm::code(account);
        (code.first() == Some(&0)).then_some(Self(code))
    }

    /// Returns the payload: everything after the STOP byte.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.0.get(1..).unwrap_or_default()
    }
}
