//! Bindings of the golden ABI files, and the typed data that attesters sign.
#![allow(missing_docs, clippy::pedantic)]

use alloy_sol_types::sol;

sol!("../src/token/abi.sol");
sol!("../src/minter/abi.sol");
sol!("../src/verifier/abi.sol");
sol!("../src/controller/abi.sol");
sol!("../src/controller/events.sol");
sol!("../src/lens/abi.sol");
sol!("../src/vault/abi.sol");
sol!("../src/vault/events.sol");

sol!("../src/minter/events.sol");

sol! {
    /// One change of an [`Update`].
    struct Change {
        uint8 slot;
        uint32 expectedOld;
        uint32 newValue;
    }

    /// What attesters sign.
    struct Update {
        bytes32 modelId;
        bytes32 kpiSchema;
        int32[] kpis;
        uint64 signerEpoch;
        uint64 updateId;
        uint64 observedAt;
        uint64 validAfter;
        uint64 expiresAt;
        Change[] changes;
    }
}
