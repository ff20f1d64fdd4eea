//! Programs on the chain: calls both ways, storage, refunds, failures.

#![allow(clippy::unwrap_used)]

use crate::testing::{TestChain, program};

// Echoes its call data.
const ECHO: &str = "
    (call $read_args (i32.const 0))
    (call $write_result (i32.const 0) (local.get $len))
    (i32.const 0)";

#[test]
fn call_works_from_transaction() {
    let mut chain = TestChain::default();
    let echo = chain.program(&program(&["read_args", "write_result"], ECHO));
    let outcome = chain.send(echo, b"hello".to_vec(), 0, 1_000_000);
    assert!(outcome.is_success(), "{:?}", outcome.reason);
    assert_eq!(outcome.output.as_ref(), b"hello");
}
