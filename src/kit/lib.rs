//! Shared contract pieces.
