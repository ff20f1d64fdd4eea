//! Fixture over all contracts.
