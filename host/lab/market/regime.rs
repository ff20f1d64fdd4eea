//! The four-state regime chain.
//!
//! The transition rows are frequencies of the bands below 15, 15 to 25, 25 to 40 and above 40 of a daily volatility
//! index (9,235 closes, 1990 to 2026), rounded to a thousandth; the remainder of a row stays where it is.

/// State of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Regime {
    /// Index below 15.
    Calm,
    /// Index from 15 to 25.
    Normal,
    /// Index from 25 to 40.
    Turbulent,
    /// Index above 40.
    Crash,
}

impl Regime {
    /// All regimes, calmest first.
    pub const ALL: [Self; 4] = [Self::Calm, Self::Normal, Self::Turbulent, Self::Crash];

    /// Chance to move one regime up (towards the crash), ppm a day.
    const fn up(self) -> u64 {
        match self {
            Self::Calm => 72_000,
            Self::Normal => 36_000,
            Self::Turbulent => 24_000,
            Self::Crash => 0,
        }
    }

    /// Chance to move one regime down, ppm a day.
    const fn down(self) -> u64 {
        match self {
            Self::Calm => 0,
            Self::Normal => 46_000,
            Self::Turbulent => 120_000,
            Self::Crash => 159_000,
        }
    }

    /// The regime after this one for a uniform draw in `0..1_000_000`.
    #[must_use]
    pub const fn after(self, draw: u64) -> Self {
        if draw < self.up() {
            match self {
                Self::Calm => Self::Normal,
                Self::Normal => Self::Turbulent,
                Self::Turbulent | Self::Crash => Self::Crash,
            }
        } else if draw < self.up() + self.down() {
            match self {
                Self::Calm | Self::Normal => Self::Calm,
                Self::Turbulent => Self::Normal,
                Self::Crash => Self::Turbulent,
            }
        } else {
            self
        }
    }

    /// Regime of a volatility index, given in ppm of a point.
    #[must_use]
    pub const fn of_index(value: i64) -> Self {
        match value {
            ..15_000_000 => Self::Calm,
            15_000_000..25_000_000 => Self::Normal,
            25_000_000..=40_000_000 => Self::Turbulent,
            _ => Self::Crash,
        }
    }

    /// Regime whose deviation is nearest to a daily move of `sigma` ppm.
    #[must_use]
    pub const fn of_sigma(sigma: i64) -> Self {
        match sigma {
            ..22_500 => Self::Calm,
            22_500..40_000 => Self::Normal,
            40_000..70_000 => Self::Turbulent,
            _ => Self::Crash,
        }
    }

    /// Daily deviation of the demand return, ppm.
    #[must_use]
    pub const fn sigma(self) -> i64 {
        match self {
            Self::Calm => 15_000,
            Self::Normal => 30_000,
            Self::Turbulent => 50_000,
            Self::Crash => 90_000,
        }
    }

    /// Mean of the demand return, ppm a day.
    #[must_use]
    pub const fn drift(self) -> i64 {
        match self {
            Self::Calm => 1_200,
            Self::Normal => 700,
            Self::Turbulent => -1_000,
            Self::Crash => -12_000,
        }
    }

    /// Chance of a fall by 10 to 30 %, ppm a day.
    #[must_use]
    pub const fn jump_probability(self) -> u64 {
        match self {
            Self::Calm => 500,
            Self::Normal => 2_000,
            Self::Turbulent => 10_000,
            Self::Crash => 60_000,
        }
    }

    /// Lower-case name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Normal => "normal",
            Self::Turbulent => "turbulent",
            Self::Crash => "crash",
        }
    }
}
