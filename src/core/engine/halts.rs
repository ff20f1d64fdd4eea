//! Halts: who stops what, for how long, and who may lift it.

use super::breaker::HALT;
use super::event::{Actor, Event};
use super::ledger::Ledger;
use super::state::{scope_group, Config, GroupState, Halt};
use super::Violation;
use crate::param::{Group, SCOPE_ALL};

/// How long the guardian's right to halt a scope stays used up, seconds: 30 days.
pub const GUARDIAN_REST: u32 = 2_592_000;
/// Longest halt governance may set from now, seconds: 90 days.
pub const MAX_HALT: u32 = 7_776_000;

fn load<L: Ledger + ?Sized>(l: &L, config: &Config, group: Option<Group>) -> Halt {
    group.map_or(config.halt, |group| GroupState::load(l, group).halt)
}

fn save<L: Ledger + ?Sized>(l: &mut L, mut config: Config, group: Option<Group>, halt: Halt) {
    if let Some(group) = group {
        let mut state = GroupState::load(l, group);
        state.halt = halt;
        state.save(l, group);
    } else {
        config.halt = halt;
        config.save(l);
    }
}

/// Halts a scope for seven days; never shortens a halt in force.
///
/// # Errors
/// [`Violation::bad_scope`]; [`Violation::guardian_spent`] when the guardian halted this scope before
/// and neither governance resumed it since nor 30 days have passed.
pub fn halt<L: Ledger + ?Sized>(l: &mut L, now: u32, scope: u8, by: Actor) -> Result<(), Violation> {
    let config = Config::load(l)?;
    let group = scope_group(scope)?;
    let mut halt = load(l, &config, group);
    if by == Actor::Guardian {
        let next = halt.guardian_at.saturating_add(GUARDIAN_REST);
        if halt.guardian_at != 0 && now < next {
            return Err(Violation::guardian_spent(scope, next));
        }
        halt.guardian_at = now;
    }
    halt.until = halt.until.max(now.saturating_add(HALT));
    save(l, config, group, halt);
    l.emit(Event::Halted { scope, by, until: halt.until });
    Ok(())
}

/// Governance extends a halt in force.
///
/// # Errors
/// [`Violation::bad_scope`]; [`Violation::bad_halt`] when nothing is halted, or the end is not later
/// than the present one, or lies more than 90 days ahead.
pub fn extend_halt<L: Ledger + ?Sized>(l: &mut L, now: u32, scope: u8, until: u32) -> Result<(), Violation> {
    let config = Config::load(l)?;
    let group = scope_group(scope)?;
    let mut halt = load(l, &config, group);
    if halt.until <= now || until <= halt.until || until > now.saturating_add(MAX_HALT) {
        return Err(Violation::bad_halt(until));
    }
    halt.until = until;
    save(l, config, group, halt);
    l.emit(Event::HaltExtended { scope, until });
    Ok(())
}

/// Governance lifts a halt, or gives the guardian its right back after one expired.
///
/// # Errors
/// [`Violation::bad_scope`]; [`Violation::bad_halt`] when there is neither.
pub fn resume<L: Ledger + ?Sized>(l: &mut L, now: u32, scope: u8) -> Result<(), Violation> {
    let config = Config::load(l)?;
    let group = scope_group(scope)?;
    let halt = load(l, &config, group);
    if halt.until <= now && halt.guardian_at == 0 {
        return Err(Violation::bad_halt(halt.until));
    }
    save(l, config, group, Halt::default());
    l.emit(Event::Resumed { scope });
    Ok(())
}

/// When the halt of a scope ends: for a group the later of its own and the global one. The scope is
/// halted while block time is below it; 0 = never halted, or lifted.
///
/// # Errors
/// [`Violation::bad_scope`], [`Violation::not_initialised`].
pub fn halted_until<L: Ledger + ?Sized>(l: &L, scope: u8) -> Result<u32, Violation> {
    let config = Config::load(l)?;
    let own = load(l, &config, scope_group(scope)?).until;
    Ok(if scope == SCOPE_ALL { own } else { own.max(config.halt.until) })
}
