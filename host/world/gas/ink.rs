//! Where the ink of a transaction goes.

use escapement_vm::{HostCall, Outcome};
use serde::{Deserialize, Serialize};

/// Ink that the programs of a transaction spend themselves: 10,000 are one gas. What they pass on to what they call is
/// the callee's, and the start of a program is charged before its ink begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ink {
    /// Instructions and memory.
    pub compute: u64,
    /// Host calls that read, write and flush storage.
    pub storage: u64,
    /// Host calls that log.
    pub logs: u64,
    /// Host calls that hash.
    pub hashing: u64,
    /// All other host calls, those to other contracts excepted.
    pub other: u64,
}

impl Ink {
    /// Adds up the host calls of an outcome that recorded them.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        let mut ink = Self::default();
        ink.visit(outcome.trace.as_deref().unwrap_or_default());
        ink
    }

    /// All of it.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.compute + self.storage + self.logs + self.hashing + self.other
    }

    fn visit(&mut self, steps: &[HostCall]) {
        // Ink left after the last host call of the program that runs.
        let mut left = 0;
        for step in steps {
            let spent = step.start_ink.saturating_sub(step.end_ink);
            match step.name.as_str() {
                "user_entrypoint" => {}
                name => {
                    self.compute += u64::saturating_sub(left, step.start_ink);
                    match name {
                        "native_keccak256" => self.hashing += spent,
                        "emit_log" => self.logs += spent,
                        _ if name.starts_with("storage") => self.storage += spent,
                        // What a call costs is what its callee used.
                        _ if name.contains("call_contract") => self.visit(step.steps.as_deref().unwrap_or_default()),
                        _ => self.other += spent,
                    }
                }
            }
            left = step.end_ink;
        }
    }
}
