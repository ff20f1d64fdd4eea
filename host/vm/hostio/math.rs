//! 256-bit modular arithmetic of the math host functions: a modulus of zero gives zero, intermediates are full width.

use alloy_primitives::U256;

/// `(x + y) mod m`.
pub fn add_mod(x: U256, y: U256, m: U256) -> U256 {
    x.add_mod(y, m)
}

/// `(x · y) mod m`.
pub fn mul_mod(x: U256, y: U256, m: U256) -> U256 {
    x.mul_mod(y, m)
}
