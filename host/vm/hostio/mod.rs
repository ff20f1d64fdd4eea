//! The host functions of Stylus programs: ink, guest memory, and what each one does.

pub mod guest;
mod ink;
mod linker;
pub mod local;
pub mod machine;
mod math;
mod storage;
#[cfg(test)]
mod tests;

pub use guest::{Args, Ending, Exports, FrameEnv, Guest, Request};
pub use linker::{Signal, link, name, to_vals};
pub use local::Value;
pub use machine::Machine;
