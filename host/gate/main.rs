//! The wasm gate.
fn main() {}
