//! The breaker: what stops the loop by itself.

use super::event::{Actor, Event, Reason};
use super::history::Book;
use super::ledger::{key, Ledger};
use super::state::{bit, Config, GroupState, Progress};
use super::{Violation, Word};
use crate::param::{Group, Slot, ALL_GROUPS, SCOPE_ALL};
use crate::update::Kpis;
use crate::word::{low32, low8, pack, unpack};

/// Length of a halt by guardian, council or breaker, seconds: seven days.
pub const HALT: u32 = 604_800;
/// KPI number of the staking ratio, Q16.16 of supply.
pub const KPI_STAKING: usize = 5;
/// KPI number of the net supply change over 30 days, Q16.16 of supply.
pub const KPI_SUPPLY: usize = 8;
/// KPI number of the drawdown from the price peak, Q16.16 of the peak.
pub const KPI_DRAWDOWN: usize = 10;
/// KPI number of the disagreement between sources, Q16.16 relative.
pub const KPI_DISAGREEMENT: usize = 11;
/// Fewest KPIs an update must carry.
pub const MIN_KPIS: usize = 12;

/// Thresholds. Fractions are Q16.16: 65,536 is one.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "wasm32"), derive(Debug))]
pub struct BreakerConfig {
    /// Trip above this disagreement between the sources of the KPIs.
    pub max_disagreement: u32,
    /// Trip above this net growth of supply over 30 days.
    pub max_supply_growth: u32,
    /// Trip below this staking ratio.
    pub min_staking: u32,
    /// Trip above this fall from the price peak.
    pub max_drawdown: u32,
    /// Trip above this share of supply burned in 30 days, read on chain.
    pub max_burn: u32,
    /// Trip above this fall of the treasury in 30 days, read on chain.
    pub max_treasury_fall: u32,
    /// Trip below this turnout, read on chain; 0 = never.
    pub min_turnout: u32,
    /// Trip at this many refused updates within the burst window.
    pub burst_count: u8,
    /// Length of the burst window, seconds, below 2^24.
    pub burst_window: u32,
    /// Lower a group's autonomy after this many accepted updates at the ends of its ranges.
    pub pinned_after: u8,
    /// Longest silence of block time between two pokes, seconds, below 2^24; 0 = not watched.
    pub max_gap: u32,
    /// How long automatic changes wait after such a silence, seconds.
    pub gap_grace: u32,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            // 5 %
            max_disagreement: 3_277,
            // 0.45 % over 30 days, the same as the cross rule on supply growth
            max_supply_growth: 295,
            // 40 %
            min_staking: 26_214,
            // 50 %
            max_drawdown: 32_768,
            // 2 %, four times what the cross rule lets supply grow
            max_burn: 1_311,
            // 25 %
            max_treasury_fall: 16_384,
            // 3 %, the lowest quorum that governance may set by default
            min_turnout: 1_967,
            burst_count: 5,
            burst_window: 86_400,
            pinned_after: 8,
            max_gap: 0,
            gap_grace: 3_600,
        }
    }
}

impl BreakerConfig {
    /// Config-time checks.
    ///
    /// # Errors
    /// [`Violation::bad_rules`]: 21 a fraction above one or a limit of zero, 22 a burst or pinned
    /// count of zero, 23 an empty burst window or one of 2^24 seconds, 24 a gap below ten minutes or of 2^24 seconds, or
    /// a grace above a day.
    pub fn check(&self) -> Result<(), Violation> {
        const ONE: u32 = 65_536;
        // What fits the fields of the word.
        const LONGEST: u32 = (1 << 24) - 1;
        let limits =
            [self.max_disagreement, self.max_supply_growth, self.max_drawdown, self.max_burn, self.max_treasury_fall];
        let floors = self.min_staking.max(self.min_turnout);
        let code = if floors > ONE || limits.iter().any(|limit| *limit == 0 || *limit > ONE) {
            21
        } else if self.burst_count == 0 || self.pinned_after == 0 {
            22
        } else if self.burst_window == 0 || self.burst_window > LONGEST {
            23
        } else if (self.max_gap != 0 && self.max_gap < 600) || self.max_gap > LONGEST || self.gap_grace > 86_400 {
            24
        } else {
            return Ok(());
        };
        Err(Violation::bad_rules(code))
    }

    /// The storage word.
    #[must_use]
    pub fn pack(&self) -> Word {
        pack(
            &LIMITS,
            &[
                self.max_disagreement.into(),
                self.max_supply_growth.into(),
                self.min_staking.into(),
                self.max_drawdown.into(),
                self.max_burn.into(),
                self.max_treasury_fall.into(),
                self.min_turnout.into(),
                self.burst_count.into(),
                self.burst_window.into(),
                self.pinned_after.into(),
                self.max_gap.into(),
                self.gap_grace.into(),
            ],
        )
    }

    /// Thresholds from their storage word.
    #[must_use]
    pub fn unpack(word: &Word) -> Self {
        let [disagreement, growth, staking, drawdown, burn, treasury_fall, turnout, rest @ ..] = unpack(&LIMITS, word);
        let [burst_count, burst_window, pinned_after, max_gap, gap_grace] = rest;
        Self {
            max_disagreement: low32(disagreement),
            max_supply_growth: low32(growth),
            min_staking: low32(staking),
            max_drawdown: low32(drawdown),
            max_burn: low32(burn),
            max_treasury_fall: low32(treasury_fall),
            min_turnout: low32(turnout),
            burst_count: low8(burst_count),
            burst_window: low32(burst_window),
            pinned_after: low8(pinned_after),
            max_gap: low32(max_gap),
            gap_grace: low32(gap_grace),
        }
    }

    /// The thresholds in force.
    #[must_use]
    pub fn load<L: Ledger + ?Sized>(l: &L, config: &Config) -> Self {
        if config.breaker {
            Self::unpack(&l.load(key::BREAKER))
        } else {
            Self::default()
        }
    }

    /// The first KPI that asks for a trip, as reason, value and limit.
    ///
    /// # Errors
    /// [`Violation::too_few_kpis`] when the vector lacks one of them.
    #[inline(never)]
    pub fn trip(&self, kpis: Kpis<'_>) -> Result<Option<(Reason, i64, i64)>, Violation> {
        let rows = [
            (KPI_DISAGREEMENT, self.max_disagreement, false, Reason::KpiDeviation),
            (KPI_SUPPLY, self.max_supply_growth, false, Reason::SupplyGrowth),
            (KPI_STAKING, self.min_staking, true, Reason::StakingFloor),
            (KPI_DRAWDOWN, self.max_drawdown, false, Reason::Drawdown),
        ];
        for &(index, limit, floor, reason) in &rows {
            let value = i64::from(kpis.get(index).ok_or_else(|| too_few(kpis.len(), MIN_KPIS))?);
            let limit = i64::from(limit);
            if if floor { value < limit } else { value > limit } {
                return Ok(Some((reason, value, limit)));
            }
        }
        Ok(None)
    }
}

/// Widths in bytes of the fields of [`BreakerConfig`], in order: the whole word.
const LIMITS: [u8; 12] = [3, 3, 3, 3, 3, 3, 3, 1, 3, 1, 3, 3];

/// The error for a vector of `count` KPIs where `need` are needed.
pub(crate) fn too_few(count: usize, need: usize) -> Violation {
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Violation::too_few_kpis(small(count), small(need))
}

/// Halts everything for [`HALT`] seconds in the breaker's name.
pub(crate) fn trip_all<L: Ledger + ?Sized>(
    l: &mut L,
    config: &mut Config,
    progress: &mut Progress,
    now: u32,
    (reason, value, limit): (Reason, i64, i64),
) {
    let until = config.halt.until.max(now.saturating_add(HALT));
    config.halt.until = until;
    progress.tripped_at = now;
    l.emit(Event::BreakerTripped { reason, scope: SCOPE_ALL, value, limit });
    l.emit(Event::Halted { scope: SCOPE_ALL, by: Actor::Breaker, until });
}

/// Marks which of `groups` sit at the ends of their ranges; a group that left starts over.
pub(crate) fn mark_pinned<L: Ledger + ?Sized>(
    l: &L,
    config: &Config,
    book: &Book,
    groups: u8,
    progress: &mut Progress,
) {
    for group in Group::each(groups) {
        let (mut movable, mut pinned) = (false, true);
        for slot in Slot::each(config.live(group)) {
            let rules = config.slot_rules(l, slot);
            if rules.gov_min < rules.gov_max {
                let value = book.value(slot);
                movable = true;
                pinned &= value <= rules.gov_min || value >= rules.gov_max;
            }
        }
        if movable && pinned {
            progress.flags |= bit(group);
        } else {
            progress.flags &= !bit(group);
            if let Some(streak) = progress.streaks.get_mut(group.index()) {
                *streak = 0;
            }
        }
    }
}

/// Counts one accepted update for every pinned group, and lowers the autonomy of those that sat at
/// the ends of their ranges for too many.
pub(crate) fn count_pinned<L: Ledger + ?Sized>(l: &mut L, config: &Config, progress: &mut Progress) {
    if progress.flags & ALL_GROUPS == 0 {
        return;
    }
    let limit = BreakerConfig::load(l, config).pinned_after;
    for group in Group::each(progress.flags & ALL_GROUPS) {
        let Some(streak) = progress.streaks.get_mut(group.index()) else { continue };
        *streak = streak.saturating_add(1);
        if *streak < limit {
            continue;
        }
        let value = i64::from(*streak);
        *streak = 0;
        let mut state = GroupState::load(l, group);
        if state.autonomy > 1 {
            let number = group.number();
            l.emit(Event::BreakerTripped { reason: Reason::Pinned, scope: number, value, limit: limit.into() });
            l.emit(Event::AutonomyChanged { group: number, old: state.autonomy, new: 1, by: Actor::Breaker });
            state.autonomy = 1;
            state.clean = 0;
            state.save(l, group);
        }
    }
}
