use super::*;

fn year(seed: u64) -> Vec<Day> {
    Market::new(seed, Source::Chain).take(365).collect()
}

#[test]
fn a_seed_gives_the_same_days() {
    assert_eq!(year(1), year(1));
    assert_ne!(year(1), year(2));
}

#[test]
fn the_first_days_are_pinned() {
    // A change of the generator or of a constant moves every run that anybody has recorded: it must be deliberate.
    let demand: Vec<i64> = Market::new(1, Source::Chain).take(5).map(|d| d.demand).collect();
    assert_eq!(demand, [1_000_000, 983_344, 939_129, 935_518, 904_391]);
}

#[test]
fn regimes_occupy_their_stationary_shares() {
    // Stationary law of the rows, by detailed balance: each pair of neighbours exchanges equal flows.
    let mut counts = [0_u32; 4];
    for seed in 0..100 {
        for day in Market::new(seed, Source::Chain).take(2_000) {
            counts[Regime::ALL.iter().position(|r| *r == day.regime).unwrap()] += 1;
        }
    }
    let weights = [1.0, 72.0 / 46.0, 72.0 / 46.0 * 36.0 / 120.0, 72.0 / 46.0 * 36.0 / 120.0 * 24.0 / 159.0];
    let total: f64 = weights.iter().sum();
    for (count, weight) in counts.iter().zip(weights) {
        let (got, want) = (f64::from(*count) / 200_000.0, weight / total);
        assert!((got - want).abs() < 0.02, "share {got:.3} for {want:.3}");
    }
}

#[test]
fn demand_stays_within_its_walls() {
    for seed in 0..50 {
        assert!(Market::new(seed, Source::Chain).take(3_000).all(|d| (DEMAND_MIN..=DEMAND_MAX).contains(&d.demand)));
    }
}

#[test]
fn replay_of_volatility_follows_the_bands_and_ends_with_the_series() {
    let text = "DATE,OPEN,HIGH,LOW,CLOSE\n2020-01-01,1,1,1,12.5\n2020-01-02,1,1,1,20\n2020-01-03,1,1,1,33\n2020-01-06,1,1,1,82.69\n";
    let series = Series::parse(text.as_bytes(), None).unwrap();
    let days: Vec<Day> = Market::new(9, Source::Replay(series)).collect();
    assert_eq!(days.iter().map(|d| d.regime).collect::<Vec<_>>(), Regime::ALL);
    assert_eq!(days[1].sigma, 30_000);
    assert_eq!(days.len(), 4);
}

#[test]
fn replay_of_demand_is_the_series_over_its_first_value() {
    let series = Series::parse("date,value\n2020-01-01,200\n2020-01-02,300\n2020-01-03,50\n".as_bytes(), None).unwrap();
    let demand: Vec<i64> = Market::new(9, Source::Replay(series)).map(|d| d.demand).collect();
    assert_eq!(demand, [1_000_000, 1_500_000, 250_000]);
}
