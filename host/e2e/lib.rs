//! Tests that run the real wasm on the embedded chain.
