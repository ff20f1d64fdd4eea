//! Records and sets.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::{Params, params::InitCost};
use revm::{Journal, database::EmptyDB};

#[test]
fn program_record_works_there_and_back() {
    let program = Program {
        version: 2,
        cost: InitCost { init: 0xABCD, cached: 0x1234, asm_kib: 0x00FF_FFFF },
        footprint: 128,
        activated_at: 0x00AB_CDEF,
        cached: true,
    };
    assert_eq!(Program::from_word(program.to_word()), program);
    assert_eq!(Program::from_word(U256::ZERO), Program::default());
}

#[test]
fn program_check_works_until_expiry() {
    let params = Params::arbitrum_one();
    let time = 1_790_000_000;
    let program = Program { version: 2, activated_at: Program::hours(time), ..Program::default() };
    let start = 1_421_388_000 + u64::from(program.activated_at) * 3_600;
    let end = start + 365 * 86_400;
    assert_eq!(program.check(&params, end), Ok(()));
    assert_eq!(program.check(&params, end + 1), Err(ProgramError::Expired(365 * 86_400 + 1)));
    let old = Program { version: 1, ..program };
    let upgrade = ProgramError::NeedsUpgrade { version: 1, stylus_version: 2 };
    assert_eq!(old.check(&params, time), Err(upgrade));
    assert_eq!(upgrade.to_string(), "error ProgramNeedsUpgrade(1, 2)");
}

#[test]
fn address_set_works_in_order() {
    let mut journal: Journal<EmptyDB> = revm::context_interface::JournalTr::new(EmptyDB::new());
    let journal = &mut journal;
    let set = cache_managers();
    let members = [1, 2, 3].map(Address::with_last_byte);
    for member in members {
        set.add(journal, member).unwrap();
        set.add(journal, member).unwrap();
    }
    assert_eq!(set.all(journal).unwrap(), members);
    assert!(set.remove(journal, members[0]).unwrap());
    assert!(!set.remove(journal, members[0]).unwrap());
    assert_eq!(set.all(journal).unwrap(), [members[2], members[1]]);
    assert!(set.contains(journal, members[2]).unwrap());
    assert!(set.remove(journal, members[2]).unwrap() && set.remove(journal, members[1]).unwrap());
    assert!(set.all(journal).unwrap().is_empty());
    assert!(owners().all(journal).unwrap().is_empty());
}

#[test]
fn effective_works_with_overrides() {
    let mut journal: Journal<EmptyDB> = revm::context_interface::JournalTr::new(EmptyDB::new());
    let base = Params::arbitrum_one();
    assert_eq!(effective(&mut journal, &base).unwrap(), base);
    set_override(&mut journal, Setting::InkPrice, 5_000).unwrap();
    set_override(&mut journal, Setting::ExpiryDays, 0).unwrap();
    let params = effective(&mut journal, &base).unwrap();
    assert_eq!((params.ink_price, params.expiry_days), (5_000, 0));
    assert_eq!(params.page_limit, base.page_limit);
}
