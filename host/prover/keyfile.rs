//! Proving key files: a header that says what the key is, then the key.
