//! Record of the host calls of Stylus programs, in the form of Nitro's `stylusTracer`.

use alloy_primitives::{Address, Bytes};
use serde::{Deserialize, Serialize};

/// One host call. `user_entrypoint` and `user_returned` frame each program's calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostCall {
    /// Name of the import.
    pub name: String,
    /// Inputs, concatenated; integers big-endian.
    pub args: Bytes,
    /// Outputs, concatenated; integers big-endian.
    pub outs: Bytes,
    /// Ink left before the call.
    pub start_ink: u64,
    /// Ink left after the call.
    pub end_ink: u64,
    /// Contract called, for the `*call*` functions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Host calls of the program called, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<HostCall>>,
}
