//! Deployment, KPI oracle, inference, signing and submission against any Stylus node.
//!
//! | module | job |
//! |---|---|
//! | [`deploy`] | from a plan and built programs to wired contracts, roles read back |
//! | [`kpi`] | the KPI vector from events, checked against state |
//! | [`policy`], [`propose`] | inference and the update the law would accept now |
//! | [`sign`] | the EIP-712 digest and the attesters' signatures |
//! | [`proven`], [`report`] | a policy that is proven; the signed report that a proven update rests on, and that update |
//! | [`document`], [`quorum`] | reports and proven updates as files that signers pass on; whose signatures are missing |
//! | [`submit`] | submission, once the lens on chain foretells success; execution of queued changes |
//! | [`lens`], [`mirror`] | the law's views: answered by the contract, and by the same engine over its words |
//! | [`books`] | what minter, vault, gauges and treasury hold, owe and stream |
//! | [`governance`], [`safe`] | proposals of the Governor through its timelock; transactions of Safe multisigs |
//! | [`follow`] | a controller's state from its log alone |
//! | [`client`], [`errors`], [`keys`], [`files`], [`artifacts`], [`bindings`] | what they stand on |
//!
//! Nothing here decides anything about parameters: that is `escapement-core`, the very code the contracts run.

pub mod artifacts;
pub mod bindings;
pub mod books;
pub mod client;
pub mod deploy;
pub mod document;
pub mod errors;
pub mod files;
pub mod follow;
pub mod governance;
pub mod keys;
pub mod kpi;
pub mod lens;
pub mod mirror;
pub mod policy;
pub mod propose;
pub mod proven;
pub mod quorum;
pub mod report;
pub mod safe;
pub mod sign;
pub mod submit;
