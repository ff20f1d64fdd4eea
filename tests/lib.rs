//! Fixture over all contracts.

#[cfg(test)]
extern crate alloc;

#[cfg(test)]
mod consumers;
