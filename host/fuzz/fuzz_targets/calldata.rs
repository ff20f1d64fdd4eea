#![no_main]

escapement_fuzz::target!(calldata);
