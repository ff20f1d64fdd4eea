//! ABI export stub.
fn main() {}
