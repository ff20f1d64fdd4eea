//! The commands besides the demonstration.

pub mod deploy;
pub mod devnet;
pub mod policy;
pub mod status;
