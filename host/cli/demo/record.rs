//! What happened in one epoch.

/// Base units do not fit a JSON number: they are written as decimal text.
pub fn decimal_text<S: serde::Serializer>(amount: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&amount.to_string())
}

/// A pool of the gauges in one epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct PoolWeek {
    /// Weight that the controller has at the roll, bps.
    pub weight: u32,
    /// Base units that the roll brought.
    #[serde(serialize_with = "decimal_text")]
    pub amount: u128,
    /// Base units a second that stream from the roll on.
    #[serde(serialize_with = "decimal_text")]
    pub rate: u128,
}

/// What happened in one epoch.
#[derive(Clone, Debug, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EpochRecord {
    /// Number.
    pub epoch: u32,
    /// Token supply after the roll, base units.
    #[serde(serialize_with = "decimal_text")]
    pub supply: u128,
    /// Tokens minted by the roll, base units.
    #[serde(serialize_with = "decimal_text")]
    pub minted: u128,
    /// Tokens burned since the roll before, base units.
    #[serde(serialize_with = "decimal_text")]
    pub burned: u128,
    /// Of the minted, what was minted again of what had been burned, base units.
    #[serde(serialize_with = "decimal_text")]
    pub reminted: u128,
    /// Staked in the vault after the roll, base units.
    #[serde(serialize_with = "decimal_text")]
    pub staked: u128,
    /// What the roll brought to each pool.
    pub pools: Vec<PoolWeek>,
    /// Vested of the treasury's stream, base units.
    #[serde(serialize_with = "decimal_text")]
    pub vested: u128,
    /// Price, quote per token, 18 decimals.
    #[serde(serialize_with = "decimal_text")]
    pub price: u128,
    /// Emission rate in force at the end, ppm a year.
    pub emission: u32,
    /// The KPI vector, Q16.16.
    pub kpis: Vec<i32>,
    /// Outputs of the policy, Q16.
    pub outputs: [i32; 8],
    /// Groups applied at once.
    pub applied: Vec<u8>,
    /// Groups queued.
    pub queued: Vec<u8>,
    /// Groups executed from the queue during the week.
    pub executed: Vec<u8>,
    /// Groups vetoed during the week.
    pub vetoed: Vec<u8>,
    /// Groups approved by the council during the week.
    pub approved: Vec<u8>,
    /// Groups raised to automatic at the close.
    pub raised: Vec<u8>,
    /// Groups whose change expired or no longer passed at execution.
    pub dropped: Vec<u8>,
    /// Groups left out of the update, with the rule that kept them out.
    pub left_out: Vec<(u8, String)>,
    /// Number of the breaker's reason, 0 for none.
    pub trip: u8,
    /// The update's id.
    pub update_id: u64,
}
