// SPDX-License-Identifier: MIT OR Apache-2.0
// Every event the verifier can emit. The contract and the host programs read this same file.

/// The owner offered ownership; the new owner has to accept it.
event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);

/// Ownership moved.
event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

/// The guardian (who may revoke a signer and stop a model, nothing else) was replaced.
event GuardianChanged(address indexed previous, address indexed guardian);

/// A new signer set of number `epoch` replaced the one before. Attestations of earlier epochs are void.
event SignersChanged(uint64 indexed epoch, address[] signers, uint8 threshold);

/// One signer was struck off by `by`. The set is now number `epoch`; attestations of earlier epochs are void.
event SignerRevoked(uint64 indexed epoch, address indexed signer, address indexed by);

/// A policy was entered: the hashes of its network and schema, the contract that holds both, and how it is attested.
event ModelRegistered(bytes32 indexed modelId, bytes32 indexed kpiSchema, address data, uint8 kind);

/// A policy was put to use or stopped by `by`.
event ModelActivity(bytes32 indexed modelId, bool active, address indexed by);

/// The sequencer feed and the grace after an outage (seconds) were set. The zero address turns the check off.
event UptimeFeedChanged(address indexed feed, uint32 grace);

/// A quorum's report was stored for `controller`: its digest and all of its fields. `kpis` are big-endian `int32`.
event ReportStored(
    address indexed controller, uint64 indexed reportId, bytes32 digest, bytes32 kpiSchema, uint64 signerEpoch,
    uint64 observedAt, uint64 expiresAt, bytes kpis
);
