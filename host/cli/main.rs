//! The escapement binary.
fn main() {}
