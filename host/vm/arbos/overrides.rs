//! Parameters that a chain owner changed at run time.

use super::{DbError, Space, read, slot, write};
use crate::Params;
use alloy_primitives::U256;
use revm::context_interface::JournalTr;

/// A parameter that `ArbOwner` may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // each is the field of `Params` of the same name
pub enum Setting {
    InkPrice,
    MaxStackDepth,
    FreePages,
    PageGas,
    PageLimit,
    MinInitGas,
    MinCachedInitGas,
    InitCostScalar,
    ExpiryDays,
    KeepaliveDays,
    BlockCacheSize,
    MaxWasmSize,
    ActivationGas,
    MaxFragments,
    StylusVersion,
}

const ALL: [Setting; 15] = [
    Setting::InkPrice,
    Setting::MaxStackDepth,
    Setting::FreePages,
    Setting::PageGas,
    Setting::PageLimit,
    Setting::MinInitGas,
    Setting::MinCachedInitGas,
    Setting::InitCostScalar,
    Setting::ExpiryDays,
    Setting::KeepaliveDays,
    Setting::BlockCacheSize,
    Setting::MaxWasmSize,
    Setting::ActivationGas,
    Setting::MaxFragments,
    Setting::StylusVersion,
];

// Key of the word with one bit per changed parameter: most chains change none, and then one read tells.
const CHANGED: U256 = U256::MAX;

fn value_slot(setting: Setting) -> U256 {
    slot(Space::Setting, U256::from(setting as u8))
}

/// `base` with the values that the state overrides.
///
/// # Errors
/// The database's.
pub fn effective<J: JournalTr>(journal: &mut J, base: &Params) -> Result<Params, DbError<J>> {
    let changed = read(journal, slot(Space::Setting, CHANGED))?;
    let mut params = base.clone();
    if changed.is_zero() {
        return Ok(params);
    }
    for setting in ALL {
        if changed.bit(setting as usize) {
            let value = read(journal, value_slot(setting))?.saturating_to();
            apply(&mut params, setting, value);
        }
    }
    Ok(params)
}

/// Stores `value` for `setting`; the caller has checked its range.
///
/// # Errors
/// The database's.
pub fn set_override<J: JournalTr>(journal: &mut J, setting: Setting, value: u64) -> Result<(), DbError<J>> {
    let flags = slot(Space::Setting, CHANGED);
    let mut changed = read(journal, flags)?;
    changed.set_bit(setting as usize, true);
    write(journal, flags, changed)?;
    write(journal, value_slot(setting), U256::from(value))
}

#[allow(clippy::cast_possible_truncation)] // the setter checked that the value fits the field
fn apply(params: &mut Params, setting: Setting, value: u64) {
    match setting {
        Setting::InkPrice => params.ink_price = value as u32,
        Setting::MaxStackDepth => params.max_stack_depth = value as u32,
        Setting::FreePages => params.free_pages = value as u16,
        Setting::PageGas => params.page_gas = value as u16,
        Setting::PageLimit => params.page_limit = value as u16,
        Setting::MinInitGas => params.min_init_gas = value as u8,
        Setting::MinCachedInitGas => params.min_cached_init_gas = value as u8,
        Setting::InitCostScalar => params.init_cost_scalar = value as u8,
        Setting::ExpiryDays => params.expiry_days = value as u16,
        Setting::KeepaliveDays => params.keepalive_days = value as u16,
        Setting::BlockCacheSize => params.block_cache_size = value as u16,
        Setting::MaxWasmSize => params.max_wasm_size = value as u32,
        Setting::ActivationGas => params.activation_gas = value,
        Setting::MaxFragments => params.max_fragments = value as u8,
        Setting::StylusVersion => params.stylus_version = value as u16,
    }
}
