//! The vault as one wasm module: what `cargo stylus` builds, deploys and verifies.
//!
//! A crate of its own, because cargo leaves link-time optimisation out where a library is to be linked natively as well;
//! with it a module is a tenth smaller, and so is the price of every call.
extern crate escapement_vault as _;
