//! Initialisation and configuration.
use super::*;

fn fresh(edit: &dyn Fn(&mut [u32; SLOTS]), pools: u8, categories: u8, autonomy: u8) -> Result<MemoryLedger, Violation> {
    let mut values = genesis_values();
    edit(&mut values);
    let mut ledger = MemoryLedger::default();
    let result = initialize(&mut ledger, GENESIS, &values, pools, categories, autonomy);
    if result.is_err() {
        assert_eq!(ledger, MemoryLedger::default());
    }
    result.map(|()| ledger)
}

#[test]
fn initialize_works_once() {
    let mut ledger = fresh(&|_| {}, 4, 2, 2).unwrap();
    assert_eq!(views::values(&ledger), genesis_values());
    assert!(Group::ALL.iter().all(|group| GroupState::load(&ledger, *group).autonomy == 2));
    let again = initialize(&mut ledger, GENESIS, &genesis_values(), 4, 2, 2);
    assert_eq!(again, Err(Violation::already_initialised()));
    let changes = ledger.log.iter().filter(|logged| matches!(logged.event, Event::ParameterChanged { .. })).count();
    assert_eq!(changes, 17);
}

#[test]
fn initialize_works_with_the_most_pools_and_categories() {
    let full = |v: &mut [u32; SLOTS]| {
        v[11] = 700;
        v[12..43].fill(300);
        v[43..].fill(10_000);
    };
    assert!(fresh(&full, 32, 8, 3).is_ok());
    for (pools, categories) in [(33, 8), (32, 9)] {
        assert_eq!(fresh(&full, pools, categories, 3), Err(Violation::bad_counts(pools, categories)));
    }
}

#[test]
fn nothing_works_before_it() {
    let l = &mut MemoryLedger::default();
    let not = Err(Violation::not_initialised());
    assert_eq!(poke(l, 1).map(|_| ()), not);
    assert_eq!(halt(l, 1, 255, Actor::Council), not);
    assert_eq!(resume(l, 1, 255), not);
    assert_eq!(extend_halt(l, 1, 255, 9), not);
    assert_eq!(override_changes(l, 1, &[]).map(|_| ()), not);
    assert_eq!(restore(l, 1, 0).map(|_| ()), not);
    assert_eq!(set_counts(l, 1, 1, 1).map(|_| ()), not);
    assert_eq!(narrow(l, 0, 1, 2), not);
    assert_eq!(set_slot_rules(l, 0, &slot(0).default_rules().pack()), not);
    assert_eq!(set_group_rules(l, 0, &Group::Emission.default_rules().pack()), not);
    assert_eq!(set_breaker(l, 1, &BreakerConfig::default().pack()), not);
    assert_eq!(note_failure(l, 1, 1, Violation::no_change()).map(|_| ()), not);
    assert_eq!(veto(l, 0), Err(Violation::nothing_pending(0)));
    assert_eq!(raise_autonomy(l, 0), Err(Violation::not_earned(0, 0, 4)));
    assert_eq!(lower_autonomy(l, 0, 0, Actor::Council), Err(Violation::bad_autonomy(0, 0)));
    assert_eq!(l, &mut MemoryLedger::default());
}

#[test]
fn initialize_reverts_when_values_are_wrong() {
    let err = |edit: &dyn Fn(&mut [u32; SLOTS])| fresh(edit, 4, 2, 3).err();
    assert_eq!(err(&|_| {}), None);
    assert_eq!(err(&|v| v[0] = 2_499), Some(Violation::out_of_range(0, 2_499, 2_500, 20_000)));
    assert_eq!(err(&|v| v[0] = 20_000), None);
    assert_eq!(err(&|v| v[0] = 20_001), Some(Violation::out_of_range(0, 20_001, 2_500, 20_000)));
    assert_eq!(err(&|v| v[3] = 13_001), Some(Violation::curve_order(4)));
    assert_eq!(err(&|v| v[11] = 2_501), Some(Violation::weight_sum(10_001)));
    assert_eq!(
        err(&|v| {
            v[11] = 10_000;
            v[12] = 0;
            v[13] = 0;
            v[14] = 0
        }),
        None,
        "a reserve may hold all"
    );
    assert_eq!(
        err(&|v| {
            v[12] = 4_001;
            v[11] = 999
        }),
        Some(Violation::out_of_range(12, 4_001, 0, 4_000))
    );
    assert_eq!(err(&|v| v[15] = 1), Some(Violation::out_of_range(15, 1, 0, 0)), "a dead pool");
    assert_eq!(err(&|v| v[45] = 1), Some(Violation::out_of_range(45, 1, 0, 0)), "a dead category");
    assert_eq!(err(&|v| v[44] = 4_999), Some(Violation::out_of_range(44, 4_999, 5_000, 15_000)));
    let err = |pools, categories, autonomy| {
        fresh(
            &|v| {
                v[11..15].fill(0);
                v[43..45].fill(10_000)
            },
            pools,
            categories,
            autonomy,
        )
        .err()
    };
    assert_eq!(err(0, 2, 3), None);
    assert_eq!(err(33, 2, 3), Some(Violation::bad_counts(33, 2)));
    assert_eq!(err(0, 9, 3), Some(Violation::bad_counts(0, 9)));
    assert_eq!(err(0, 2, 4), Some(Violation::bad_autonomy(0, 4)));
}

#[test]
fn narrow_works_only_inwards() {
    let mut world = World::new(3);
    let mut to = |slot, min, max| world.act(|l, _| narrow(l, slot, min, max));
    assert_eq!(to(0, 2_499, 9_000), Err(Violation::out_of_range(0, 2_499, 2_500, 20_000)));
    assert_eq!(to(0, 3_000, 20_001), Err(Violation::out_of_range(0, 20_001, 2_500, 20_000)));
    assert_eq!(to(0, 6_000, 5_000), Err(Violation::bad_rules(1)));
    assert_eq!(to(0, 5_001, 9_000), Err(Violation::bad_rules(2)));
    assert_eq!(to(0, 3_000, 4_999), Err(Violation::bad_rules(2)));
    assert_eq!(to(15, 0, 1), Err(Violation::unknown_slot(15)));
    assert_eq!(to(51, 0, 1), Err(Violation::unknown_slot(51)));
    assert_eq!(to(0, 3_000, 9_000), Ok(()));
    assert_eq!(to(0, 3_000, 9_001), Err(Violation::out_of_range(0, 9_001, 3_000, 9_000)), "never out again");
    assert_eq!(to(0, 5_000, 5_000), Ok(()));
    assert_eq!(world.last(), Event::BoundsNarrowed { slot: 0, min: 5_000, max: 5_000 });
    let rules = Config::load(&world.ledger).unwrap().slot_rules(&world.ledger, slot(0));
    let expected = SlotRules { gov_min: 5_000, gov_max: 5_000, ..slot(0).default_rules() };
    assert_eq!(rules, expected);
}

#[test]
fn rules_are_replaced_one_by_one() {
    let mut world = World::new(3);
    world.edit(7, |r| r.gov_max = 2_000).unwrap();
    let config = Config::load(&world.ledger).unwrap();
    for slot in Slot::all() {
        let expected = SlotRules {
            gov_max: if slot.number() == 7 { 2_000 } else { slot.default_rules().gov_max },
            ..slot.default_rules()
        };
        assert_eq!(config.slot_rules(&world.ledger, slot), expected);
    }
    let words = SlotRules { gov_max: 2_000, ..slot(7).default_rules() }.pack();
    assert_eq!(world.last(), Event::SlotRulesChanged { slot: 7, words });
    assert_eq!(
        world.edit(7, |r| r.gov_max = 5_001),
        Err(Violation::bad_rules(1)),
        "the hard range holds for governance"
    );
    assert_eq!(world.act(|l, _| set_slot_rules(l, 51, &words)), Err(Violation::unknown_slot(51)));
    let rules = crate::rules::GroupRules { cooldown: 7_200, ..Group::Curve.default_rules() };
    world.act(|l, _| set_group_rules(l, 2, &rules.pack())).unwrap();
    assert_eq!(world.last(), Event::GroupRulesChanged { group: 2, word: rules.pack() });
    let config = Config::load(&world.ledger).unwrap();
    for group in Group::ALL {
        let expected = if group == Group::Curve { rules } else { group.default_rules() };
        assert_eq!(config.group_rules(&world.ledger, group), expected);
    }
    let bad = crate::rules::GroupRules { cooldown: 0, ..rules };
    assert_eq!(world.act(|l, _| set_group_rules(l, 2, &bad.pack())), Err(Violation::bad_rules(11)));
    assert_eq!(world.act(|l, _| set_group_rules(l, 7, &rules.pack())), Err(Violation::bad_scope(7)));
}

#[test]
fn adm_01_counts_keep_the_sum_for_every_pair() {
    // Exhaustive: every old and new number of pools.
    for old in 0..=32u8 {
        for new in 0..=32u8 {
            if old == new {
                continue;
            }
            let mut values = genesis_values();
            values[11..43].fill(0);
            let mut ledger = MemoryLedger::default();
            initialize(&mut ledger, GENESIS, &values, 0, 2, 3).unwrap();
            if old != 0 {
                set_counts(&mut ledger, GENESIS + 1, old, 2).unwrap();
            }
            let before = views::values(&ledger);
            set_counts(&mut ledger, GENESIS + 2, new, 2).unwrap();
            let after = views::values(&ledger);
            let sum: u32 = after[11..43].iter().sum();
            assert_eq!(sum, if new == 0 { 0 } else { 10_000 });
            assert!(after[11 + usize::from(new)..43].iter().all(|weight| *weight == 0));
            for pool in 12..43 {
                let (_, max) = slot(pool).hard_range();
                assert!(after[usize::from(pool)] <= max);
                let kept = pool < 11 + old.min(new);
                assert!(
                    !kept || after[usize::from(pool)] == before[usize::from(pool)],
                    "a pool that stays keeps its weight"
                );
            }
            if old == 0 && new >= 4 {
                assert!((500..=3_000).contains(&after[11]));
            }
        }
    }
}

#[test]
fn counts_move_categories_and_displace() {
    let mut world = World::new(3);
    world.tick(&output(6, ONE), 0x40).unwrap();
    world.tick(&output(5, ONE), 0x20).unwrap();
    assert!(world.state(Group::Grants).pending && world.state(Group::Liquidity).pending);
    assert_eq!(world.act(|l, now| set_counts(l, now, 4, 2)), Err(Violation::no_change()));
    assert_eq!(world.act(|l, now| set_counts(l, now, 33, 2)), Err(Violation::bad_counts(33, 2)));
    assert_eq!(world.act(|l, now| set_counts(l, now, 4, 9)), Err(Violation::bad_counts(4, 9)));
    world.act(|l, now| set_counts(l, now, 4, 3)).unwrap();
    assert!(!world.state(Group::Grants).pending && world.state(Group::Liquidity).pending);
    assert!(world.events().contains(&Event::CountsChanged { pools: 4, categories: 3 }));
    assert_eq!(views::values(&world.ledger)[43..47], [10_000, 10_000, 10_000, 0]);
    world.act(|l, now| set_counts(l, now, 3, 1)).unwrap();
    assert!(!world.state(Group::Liquidity).pending);
    assert_eq!(views::values(&world.ledger)[43..47], [10_000, 0, 0, 0]);
    assert_eq!(
        views::values(&world.ledger)[11..16],
        [5_000, 2_500, 2_500, 0, 0],
        "the killed pool pays to the reserve"
    );
    let changed =
        Event::ParameterChanged { slot: 45, update_id: 0, model_id: [0; 32], old: 10_000, new: 0, lane: Lane::Counts };
    assert_eq!(world.last(), changed);
    assert_eq!(world.set(&[(14, 1)]), Err(Violation::unknown_slot(14)));
    world.act(|l, now| set_counts(l, now, 32, 8)).unwrap();
    assert!(world.set(&[(43, 10_500), (50, 10_500)]).is_ok());
}
