use super::*;
use crate::market::{Market, Source};

const UNIT: u128 = 1_000_000_000_000_000_000;

/// A toy chain that executes orders at pool price without fees, enough to see whether behaviour is sane.
struct Toy {
    seen: Seen,
    holders: usize,
}

impl Toy {
    fn new() -> Self {
        let trader = Wallet { token: 1_500_000 * UNIT, quote: 1_500_000 * UNIT, staked: 0 };
        let staker = Wallet { token: 4_000_000 * UNIT, quote: 0, staked: 8_400_000 * UNIT };
        Self {
            seen: Seen {
                reserve_token: 5_000_000 * UNIT,
                reserve_quote: 5_000_000 * UNIT,
                supply: 100_000_000 * UNIT,
                staked: 50_400_000 * UNIT,
                emission: 10_000,
                burn_share: 1_000,
                treasury: 2_000_000 * UNIT,
                traders: vec![trader; TRADERS],
                stakers: vec![staker; STAKERS],
            },
            holders: 60,
        }
    }

    fn swap(&mut self, quote_in: u128, token_in: u128) -> u128 {
        let (x, y) = (self.seen.reserve_token, self.seen.reserve_quote);
        let (x2, y2) = if quote_in > 0 {
            (x / UNIT * (y / UNIT) / ((y + quote_in) / UNIT) * UNIT, y + quote_in)
        } else {
            (x + token_in, x / UNIT * (y / UNIT) / ((x + token_in) / UNIT) * UNIT)
        };
        (self.seen.reserve_token, self.seen.reserve_quote) = (x2, y2);
        if quote_in > 0 { x - x2 } else { y - y2 }
    }

    fn execute(&mut self, order: Order) {
        match order {
            Order::Buy { trader, quote } => {
                let got = self.swap(quote, 0);
                self.seen.traders[trader].quote -= quote;
                self.seen.traders[trader].token += got;
            }
            Order::Sell { trader, token } => {
                let got = self.swap(0, token);
                self.seen.traders[trader].token -= token;
                self.seen.traders[trader].quote += got;
            }
            Order::Stake { staker, token } => {
                self.seen.stakers[staker].token -= token;
                self.seen.stakers[staker].staked += token;
                self.seen.staked += token;
            }
            Order::Unstake { staker, token } => {
                self.seen.stakers[staker].staked -= token;
                self.seen.stakers[staker].token += token;
                self.seen.staked -= token;
            }
            Order::Join { .. } => self.holders += 1,
            Order::Leave => self.holders -= 1,
            Order::Usage { quote } => self.seen.treasury += quote,
            Order::Spend { quote } => self.seen.treasury -= quote,
            Order::BuyBack { quote } => {
                self.seen.treasury -= quote;
                self.seen.supply -= self.swap(quote, 0);
            }
            Order::AddLiquidity { share } => {
                self.seen.reserve_token += ppm::share_of(self.seen.reserve_token, share);
                self.seen.reserve_quote += ppm::share_of(self.seen.reserve_quote, share);
            }
            Order::RemoveLiquidity { share } => {
                self.seen.reserve_token -= ppm::share_of(self.seen.reserve_token, share);
                self.seen.reserve_quote -= ppm::share_of(self.seen.reserve_quote, share);
            }
        }
    }

    fn run(seed: u64, days: usize) -> (Self, Vec<Order>) {
        let mut toy = Self::new();
        let mut market = Market::new(seed, Source::Chain);
        let mut actors = Actors::new(market.draws(), &toy.seen, 4_000 * UNIT);
        let mut all = Vec::new();
        for day in market.by_ref().take(days) {
            for order in actors.orders(&day, &toy.seen.clone(), toy.holders) {
                if let Order::Buy { quote, .. } = order {
                    actors.saw_volume(quote);
                }
                toy.execute(order);
                all.push(order);
            }
        }
        (toy, all)
    }
}

#[test]
fn behaviour_is_a_function_of_the_seed() {
    assert_eq!(Toy::run(3, 60).1, Toy::run(3, 60).1);
    assert_ne!(Toy::run(3, 60).1, Toy::run(4, 60).1);
}

/// No order exceeds what its actor has (the toy's subtractions would overflow), and the economy neither dies nor explodes.
#[test]
fn a_year_stays_plausible_for_every_seed() {
    for seed in 0..40 {
        let (toy, orders) = Toy::run(seed, 365);
        let staking = ppm::ratio(toy.seen.staked, toy.seen.supply);
        assert!((150_000..850_000).contains(&staking), "seed {seed}: staking {staking} ppm");
        assert!((20_000..20_000_000).contains(&price(&toy.seen)), "seed {seed}: price {}", price(&toy.seen));
        assert!((10..600).contains(&toy.holders), "seed {seed}: {} holders", toy.holders);
        assert!((1_000..4_500).contains(&orders.len()), "seed {seed}: {} orders", orders.len());
    }
}

#[test]
fn price_follows_demand() {
    // Over many seeds the price must end on the side on which demand ended.
    let mut agree = 0;
    for seed in 0..40 {
        let end = Market::new(seed, Source::Chain).take(180).last().unwrap().demand;
        let (toy, _) = Toy::run(seed, 180);
        agree += u32::from((end > ONE) == (price(&toy.seen) > ONE));
    }
    assert!(agree >= 33, "{agree} of 40");
}
