//! `ecrecover` with the checks that the precompile leaves to its caller.
//!
//! The precompile answers a bad signature with no bytes at all, accepts the mirrored `s` of every signature, and says
//! nothing about `v`. Here each of these is a refusal, and the zero address can never come out.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};

use crate::vm;

/// Length of a signature: r, s, v.
pub const LENGTH: usize = 65;

/// Address of the `ecrecover` precompile.
const ECRECOVER: Address = Address::with_last_byte(1);

/// Half the order of secp256k1, rounded down: the largest `s` that is accepted.
pub const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e,
    0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];

/// Why a signature is refused.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
#[repr(u8)]
pub enum SignatureError {
    /// It is not 65 bytes long.
    Length = 1,
    /// `v` is neither 27 nor 28.
    RecoveryId = 2,
    /// `s` lies in the upper half of the order (the mirrored twin of a valid signature).
    HighS = 3,
    /// No key made this signature over this digest.
    Unrecovered = 4,
}

/// Returns the account whose key made `signature` (r, s, v; 65 bytes) over `digest`. Never the zero address.
///
/// # Errors
///
/// [`SignatureError`], in the order of its variants.
pub fn recover(digest: B256, signature: &[u8]) -> Result<Address, SignatureError> {
    let Some((rs, [v])) = signature.split_at_checked(64) else {
        return Err(SignatureError::Length);
    };
    if *v != 27 && *v != 28 {
        return Err(SignatureError::RecoveryId);
    }
    if rs.get(32..).is_none_or(|s| s > HALF_ORDER.as_slice()) {
        return Err(SignatureError::HighS);
    }
    let mut input = Vec::with_capacity(128);
    input.extend_from_slice(digest.as_slice());
    input.extend_from_slice(&[0; 31]);
    input.push(*v);
    input.extend_from_slice(rs);
    let output = vm::static_call(&ECRECOVER, &input).unwrap_or_default();
    let Some((zeros, account)) = output.split_at_checked(12) else {
        return Err(SignatureError::Unrecovered);
    };
    match Address::try_from(account) {
        Ok(account) if !account.is_zero() && zeros.iter().all(|byte| *byte == 0) => Ok(account),
        _ => Err(SignatureError::Unrecovered),
    }
}
