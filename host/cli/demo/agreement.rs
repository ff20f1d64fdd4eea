//! Where two answers that must agree were compared: the lens on chain, and the same engine on this side.

/// How often two answers that must agree were compared, and did.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub struct Tally {
    /// Comparisons.
    pub compared: u32,
    /// Those that agreed.
    pub agreed: u32,
}

impl Tally {
    /// Counts one comparison.
    pub fn count(&mut self, agreed: bool) {
        self.compared += 1;
        self.agreed += u32::from(agreed);
    }

    /// Whether there were comparisons and all agreed.
    pub fn all(self) -> bool {
        self.compared > 0 && self.agreed == self.compared
    }
}

/// The lens on chain against the same engine over the controller's words on this side.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub struct Agreement {
    /// Accepted updates: rehearsed by the mirror, foretold by the lens, told by the log.
    pub submissions: Tally,
    /// All values, at the end of each epoch.
    pub values: Tally,
    /// Room of each live slot, at the end.
    pub rooms: Tally,
}
