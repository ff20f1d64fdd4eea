//! Prints the Solidity interface (`abi.sol`) or the constructor's signature of the verifier.
#![cfg_attr(not(feature = "export-abi"), no_main)]

/// Nothing to run without the `export-abi` feature.
#[cfg(not(feature = "export-abi"))]
#[no_mangle]
pub extern "C" fn main() {}

#[cfg(feature = "export-abi")]
fn main() {
    stylus_sdk::abi::export::print_from_args::<escapement_verifier::Verifier>();
}
