//! What anyone may trigger: expiry of waiting changes, the watch over silence, the glide to neutral.

use super::breaker::BreakerConfig;
use super::check::{check, Mode};
use super::commit::Pending;
use super::commit::{self, Origin};
use super::event::{Event, Lane, Reason};
use super::history::Book;
use super::ledger::Ledger;
use super::queue;
use super::state::{bit, Config, GroupState, Progress, DORMANT};
use super::watch::Watch;
use super::Violation;
use crate::param::{Group, ALL_GROUPS, EMISSION, EPOCH, SCOPE_ALL};

/// Permissionless upkeep; cheap when nothing is due. Returns a mask: bit n = something happened to
/// group n, bit 7 = the watch over block time moved.
///
/// - Waiting changes past their expiry are cleared.
/// - Without an accepted update for `dormant_after` epochs the emission group goes dormant (event
///   once) and glides to its neutral value, one step per cooldown, through the same validator; while
///   a rule forbids the next step (cooldown, bucket, supply) it stays where it is. Shadow and propose
///   levels do not glide: there a human decides.
/// - Where gaps in block time are watched, a silence longer than the limit starts the grace period.
///
/// # Errors
/// [`Violation::not_initialised`].
pub fn poke<L: Ledger + ?Sized>(l: &mut L, now: u32) -> Result<u8, Violation> {
    let config = Config::load(l)?;
    let mut touched = 0;
    for group in Group::each(ALL_GROUPS) {
        if GroupState::load(l, group).pending && now > Pending::load(l, group).expires {
            queue::expire(l, group);
            touched |= bit(group);
        }
    }
    touched |= watch(l, &config, now);
    touched |= stale(l, &config, now);
    Ok(touched)
}

fn watch<L: Ledger + ?Sized>(l: &mut L, config: &Config, now: u32) -> u8 {
    let limits = BreakerConfig::load(l, config);
    if limits.max_gap == 0 {
        return 0;
    }
    let mut watch = Watch::load(l);
    let gap = now.saturating_sub(watch.seen_at);
    if gap > limits.max_gap {
        watch.quiet_until = now.saturating_add(limits.gap_grace);
        l.emit(Event::BreakerTripped {
            reason: Reason::TimeGap,
            scope: SCOPE_ALL,
            value: gap.into(),
            limit: limits.max_gap.into(),
        });
    }
    watch.seen_at = now;
    watch.save(l);
    0x80
}

fn stale<L: Ledger + ?Sized>(l: &mut L, config: &Config, now: u32) -> u8 {
    let mut progress = Progress::load(l);
    let rules = config.group_rules(l, Group::Emission);
    let limit = u32::from(rules.dormant_after).saturating_mul(EPOCH);
    let silent = now.saturating_sub(progress.accepted_at);
    if limit == 0 || silent <= limit {
        return 0;
    }
    let fresh = progress.flags & DORMANT == 0;
    if fresh {
        progress.flags |= DORMANT;
        let (value, limit) = (silent.into(), limit.into());
        l.emit(Event::BreakerTripped { reason: Reason::Staleness, scope: Group::Emission.number(), value, limit });
    }
    let glided = glide(l, config, &mut progress, now);
    if fresh || glided {
        progress.save(l);
        return bit(Group::Emission);
    }
    0
}

/// One step of the emission rate towards its neutral value, if nothing forbids it.
fn glide<L: Ledger + ?Sized>(l: &mut L, config: &Config, progress: &mut Progress, now: u32) -> bool {
    let state = GroupState::load(l, Group::Emission);
    if config.halt.until > now || state.halt.until > now || state.pending || state.autonomy < 2 {
        return false;
    }
    let mut before = Book::open(l);
    before.read(l, EMISSION.bit());
    let rules = config.slot_rules(l, EMISSION);
    let old = before.value(EMISSION);
    let base = rules.base(old);
    let up = rules.neutral > base;
    let step = rules.step_room(up, old).min(base.abs_diff(rules.neutral));
    let new = if up { base.saturating_add(step) } else { base.saturating_sub(step) };
    if new == old {
        return false;
    }
    let mut after = before;
    after.set(EMISSION, new);
    let groups = bit(Group::Emission);
    let Ok(plan) = check(l, config, now, groups, (before, after), Mode::FULL) else {
        return false;
    };
    commit::apply(l, config, progress, now, (&plan, after, groups), Origin::manual(Lane::Glide), false);
    true
}
