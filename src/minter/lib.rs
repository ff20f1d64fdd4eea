//! Placeholder while the workspace is being laid out.
#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]
extern crate alloc;
