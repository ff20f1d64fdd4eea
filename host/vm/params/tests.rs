//! Tables of the specification.

#![allow(clippy::unwrap_used)]

use super::*;
use alloy_primitives::U256;

#[test]
fn memory_cost_works_on_table() {
    let params = Params::arbitrum_one();
    let cost = |pages| Pages::default().cost(&params, pages);
    let table = [(0, 0), (1, 0), (2, 0), (3, 1_000), (8, 6_001), (16, 14_007), (32, 30_074), (64, 67_644)];
    for (pages, gas) in table {
        assert_eq!(cost(pages), gas, "{pages} pages");
    }
    assert_eq!(cost(128), 31_999_998);
    assert_eq!(cost(129), u64::MAX);
}

#[test]
fn memory_cost_works_as_a_path_independent_sum() {
    let params = Params::arbitrum_one();
    let mut pages = Pages::default();
    let mut sum = 0;
    for step in [1, 4, 9, 20] {
        sum += pages.cost(&params, step);
        pages.grow(step);
    }
    assert_eq!(sum, Pages::default().cost(&params, 34));
    // Below the highest count only the linear part is due again.
    pages.open = 10;
    assert_eq!(pages.cost(&params, 5), 5_000);
    assert_eq!(pages.ever, 34);
}

#[test]
fn data_fee_works_on_example() {
    let mut pricer = DataPricer::default();
    let fee = pricer.charge(1_827_715, 1_790_000_000);
    assert_eq!(fee / U256::from(10).pow(U256::from(12)), U256::from(165));
    assert_eq!(pricer.demand, 1_827_715);
    // Demand decays by 34,865 bytes a second and never below zero.
    pricer.charge(0, 1_790_000_010);
    assert_eq!(pricer.demand, 1_827_715 - 348_650);
    pricer.charge(7, 1_800_000_000);
    assert_eq!(pricer.demand, 7);
}

#[test]
fn init_cost_works_with_truncation_per_term() {
    let shape =
        ModuleShape { functions: 100, type_words: 300, wasm_len: 50_000, globals: 6, segment_bytes: 4_000, pages: 2 };
    let (cost, asm) = InitCost::of(&shape).unwrap();
    assert_eq!(cost.cached, 13 + 61 + 9 + 3_009 + 10);
    assert_eq!(cost.init, 825 + 317 + 6_430);
    assert_eq!(asm, 512_000 + 99_682 + 3_424 + 313_140);
    assert_eq!(cost.asm_kib, asm.div_ceil(1_024));
    let params = Params::arbitrum_one();
    assert_eq!(cost.cached_gas(&params), 352 + u64::from(cost.cached));
    assert_eq!(cost.init_gas(&params), 8_832 + u64::from(cost.init));
    assert_eq!(cost.start_gas(&params, true), cost.cached_gas(&params));
}

#[test]
fn init_cost_reverts_when_a_field_overflows() {
    let shape = ModuleShape { segment_bytes: 90_000, ..ModuleShape::default() };
    assert_eq!(InitCost::of(&shape).unwrap_err(), InitCostError::Cached(67_719));
}

#[test]
fn evm_memory_cost_works() {
    assert_eq!(evm_memory_cost(0), 0);
    assert_eq!(evm_memory_cost(1), 3);
    assert_eq!(evm_memory_cost(1_024), 96 + 2);
    assert!(evm_memory_cost(u64::MAX) > 1 << 60);
}

#[test]
fn versions_differ_as_documented() {
    let at = |version| Params::for_version(version).unwrap();
    assert_eq!(at(40).max_stack_depth, 262_144);
    assert_eq!(at(50).max_stack_depth, 22_000);
    assert_eq!((at(51).max_fragments, at(60).max_fragments), (0, 2));
    assert_eq!(Params::arbitrum_one().max_fragments, 4);
    assert!(at(51).allows_multi_value() && !at(60).allows_multi_value());
    assert!(!at(51).has_recent_cache() && at(61).has_recent_cache());
    assert_eq!((at(40).tx_gas_cap(), at(61).tx_gas_cap()), (None, Some(32_000_000)));
    assert_eq!(Params::for_version(30), Err(UnsupportedVersion(30)));
}

#[test]
fn profile_works_from_its_name() {
    assert_eq!("arbitrum-one".parse::<Profile>().unwrap().params().unwrap(), Params::arbitrum_one());
    assert_eq!("32".parse::<Profile>().unwrap().params().unwrap().arbos_version, 32);
    assert_eq!(Profile::Version(32).to_string(), "32");
    assert!("41".parse::<Profile>().is_err());
}
