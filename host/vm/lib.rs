//! The Stylus virtual machine on revm and wasmi: activation, ink, host functions, ArbOS precompiles.
