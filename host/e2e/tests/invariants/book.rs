//! The reference ledger: what everybody has, kept from the log alone and from first principles, without a line of the
//! contracts' or the law's own accounting. Every entry that cannot be is a broken invariant.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, Log, U256};
use escapement_agent::bindings::{
    gauges::IGaugesEvents as GE, minter::IMinterEvents as ME, token as TE, treasury::ITreasuryEvents as RE,
    vault::IVaultEvents as VE, verifier as FE,
};

use crate::{
    law::{Law, decode},
    stage::Stage,
};

/// An invariant that did not hold, in words that begin with its id.
#[derive(Clone, Debug)]
pub struct Broken(pub String);

/// Whether everything held.
pub type Held<T = ()> = Result<T, Broken>;

/// Returns from the function with a [`Broken`] unless the condition holds.
#[macro_export]
macro_rules! hold {
    ($condition:expr, $($words:tt)+) => {
        if !$condition {
            return Err($crate::book::Broken(format!($($words)+)));
        }
    };
}

/// Sum, which must fit.
pub fn add(a: &mut U256, b: U256, what: &str) -> Held {
    *a = a.checked_add(b).ok_or_else(|| Broken(format!("I9 {what}: {a} + {b} exceeds 256 bits")))?;
    Ok(())
}

/// Difference, which must not be negative.
pub fn take(a: &mut U256, b: U256, what: &str) -> Held {
    *a = a.checked_sub(b).ok_or_else(|| Broken(format!("I9 {what}: {b} taken from {a}")))?;
    Ok(())
}

/// A stake of the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub amount: U256,
    pub lock_end: u64,
}

/// The token.
#[derive(Clone, Debug, Default)]
pub struct Money {
    pub supply: U256,
    pub minted: U256,
    pub burned: U256,
    pub balances: BTreeMap<Address, U256>,
}

/// The vault: principals by account and id, and the totals of its rewards.
#[derive(Clone, Debug, Default)]
pub struct Stakes {
    pub positions: BTreeMap<(Address, u32), Position>,
    pub exits: BTreeMap<(Address, u32), (U256, u64)>,
    pub staked: U256,
    pub leaving: U256,
    pub funded: U256,
    pub claimed: U256,
    pub gifts: U256,
}

impl Stakes {
    /// Everything it owes.
    pub fn owed(&self) -> U256 {
        self.staked + self.leaving + self.funded - self.claimed
    }
}

/// A pool of the gauges.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    pub lp: Address,
    pub weight: u8,
    pub killed: bool,
    pub stakes: BTreeMap<Address, U256>,
    pub funded: U256,
    pub claimed: U256,
}

/// The gauges.
#[derive(Clone, Debug, Default)]
pub struct Pools {
    pub by_number: BTreeMap<u16, Pool>,
    pub delivered: U256,
    pub claimed: U256,
    pub swept: U256,
    pub reserve: U256,
    pub gifts: U256,
    /// LP tokens sent to the gauges by hand, by token.
    pub lp_gifts: BTreeMap<Address, U256>,
}

impl Pools {
    /// Everything they owe.
    pub fn owed(&self) -> U256 {
        self.delivered - self.claimed - self.swept
    }
}

/// A grant round: what is left of its budget, when claims open and end, and which indices were claimed.
#[derive(Clone, Debug)]
pub struct Round {
    pub left: U256,
    pub opens_at: u64,
    pub deadline: u64,
    pub open: bool,
    pub claimed: BTreeSet<u32>,
}

/// The treasury.
#[derive(Clone, Debug, Default)]
pub struct Funds {
    pub free: U256,
    /// Escrowed for the stream and not yet paid.
    pub outstanding: U256,
    pub rounds: BTreeMap<u32, Round>,
}

impl Funds {
    /// Everything in its books.
    pub fn owed(&self) -> U256 {
        self.rounds.values().fold(self.free + self.outstanding, |sum, round| sum + round.left)
    }
}

/// The minter.
#[derive(Clone, Debug, Default)]
pub struct Mints {
    /// Last epoch rolled.
    pub epoch: Option<u64>,
    /// Rate that the next roll mints at.
    pub rate: u32,
    pub remint_cap: u32,
    pub minted: U256,
    pub reminted: U256,
    /// Every mint with its moment.
    pub history: Vec<(u64, U256)>,
    pub unbooked: BTreeMap<Address, U256>,
    pub quote_kept: U256,
    pub quote_gifts: U256,
    pub gifts: U256,
}

/// Everything.
#[derive(Clone)]
pub struct Book {
    pub money: Money,
    pub stakes: Stakes,
    pub pools: Pools,
    pub funds: Funds,
    pub mints: Mints,
    pub law: Law,
    /// Who has which role where.
    pub roles: BTreeSet<(Address, B256, Address)>,
    /// Attesters in force, and how many must sign.
    pub signers: BTreeSet<Address>,
    pub threshold: u8,
    /// Accounts whose balance the last transaction touched.
    pub touched: BTreeSet<Address>,
}

/// What one transaction has done so far.
#[derive(Default)]
struct Tally {
    minted: U256,
    rolled: Option<Roll>,
    shared: U256,
}

/// What a roll said of itself.
#[derive(Clone, Copy)]
struct Roll {
    minted: U256,
    rate: u32,
}

impl Book {
    /// A ledger of nothing.
    pub fn new() -> Self {
        Self {
            money: Money::default(),
            stakes: Stakes::default(),
            pools: Pools::default(),
            funds: Funds::default(),
            mints: Mints::default(),
            law: Law::new(),
            roles: BTreeSet::new(),
            signers: BTreeSet::new(),
            threshold: 0,
            touched: BTreeSet::new(),
        }
    }

    /// Enters what one transaction logged at `time`. While the stage is being set, nobody has a role yet and every
    /// grant is taken as it is.
    pub fn enter(&mut self, stage: &Stage, time: u64, logs: &[Log], setting: bool) -> Held {
        let world = &stage.world;
        let mut tally = Tally::default();
        self.touched.clear();
        for log in logs {
            let at = log.address;
            if at == world.token {
                self.enter_token(log, &mut tally)?;
            } else if at == world.vault {
                self.enter_vault(log, time)?;
            } else if at == world.gauges {
                self.enter_gauges(log)?;
            } else if at == world.treasury {
                self.enter_treasury(log, time)?;
            } else if at == world.minter {
                self.enter_minter(log, time, &mut tally)?;
            } else if at == world.controller {
                self.law.enter(log, time, setting)?;
            } else if at == world.verifier {
                self.enter_verifier(log)?;
            }
            self.enter_role(log, setting)?;
        }
        self.law.close(setting)?;
        if setting {
            return Ok(());
        }
        let amount = tally.rolled.map(|roll| roll.minted).unwrap_or_default();
        hold!(tally.minted == amount, "I12 {} minted, the rolls of the transaction say {amount}", tally.minted);
        hold!(tally.rolled.is_none() || tally.shared == amount, "I9 {} shared of {amount} minted", tally.shared);
        Ok(())
    }

    fn enter_token(&mut self, log: &Log, tally: &mut Tally) -> Held {
        let Some(moved) = decode::<TE::Transfer>(log) else { return Ok(()) };
        let money = &mut self.money;
        self.touched.extend([moved.from, moved.to]);
        if moved.from.is_zero() {
            tally.minted += moved.value;
            add(&mut money.minted, moved.value, "minted")?;
            add(&mut money.supply, moved.value, "supply")?;
        } else {
            take(money.balances.entry(moved.from).or_default(), moved.value, "a balance")?;
        }
        if moved.to.is_zero() {
            add(&mut money.burned, moved.value, "burned")?;
            take(&mut money.supply, moved.value, "supply")?;
        } else {
            add(money.balances.entry(moved.to).or_default(), moved.value, "a balance")?;
        }
        Ok(())
    }

    fn enter_vault(&mut self, log: &Log, time: u64) -> Held {
        let stakes = &mut self.stakes;
        if let Some(event) = decode::<VE::Staked>(log) {
            let position = Position { amount: event.amount, lock_end: event.lockEnd };
            let before = stakes.positions.insert((event.account, event.id), position);
            hold!(before.is_none(), "I9 position {} of {} opened twice", event.id, event.account);
            stakes.staked += event.amount;
        } else if let Some(event) = decode::<VE::Compounded>(log) {
            stakes.claimed += event.amount;
        } else if let Some(event) = decode::<VE::Claimed>(log) {
            stakes.claimed += event.amount;
        } else if let Some(event) = decode::<VE::LockChanged>(log) {
            let position = stakes.positions.get_mut(&(event.account, event.id));
            let position = position.ok_or_else(|| Broken(format!("I9 no position {} is locked", event.id)))?;
            hold!(event.lockEnd >= position.lock_end, "T10 the lock of position {} comes nearer", event.id);
            position.lock_end = event.lockEnd;
        } else if let Some(event) = decode::<VE::ExitedEarly>(log) {
            let position = stakes.positions.get_mut(&(event.account, event.id));
            let position = position.ok_or_else(|| Broken(format!("I9 no position {} is left", event.id)))?;
            hold!(position.lock_end > time, "I9 penalty of {} for a lock that has ended", event.penalty);
            hold!(event.penalty <= position.amount.div_ceil(U256::from(2)), "I9 penalty above a half");
            take(&mut position.amount, event.penalty, "a penalty")?;
            stakes.staked -= event.penalty;
            stakes.funded += event.penalty;
            position.lock_end = time;
        } else if let Some(event) = decode::<VE::Unstaked>(log) {
            let key = (event.account, event.id);
            let position = stakes.positions.get_mut(&key);
            let position = position.ok_or_else(|| Broken(format!("I9 no position {} is unstaked", event.id)))?;
            hold!(position.lock_end <= time, "I9 position {} unstaked before the end of its lock", event.id);
            take(&mut position.amount, event.amount, "a position")?;
            if position.amount.is_zero() {
                stakes.positions.remove(&key);
            }
            // One base unit left early is all penalty, rounded up: there is nothing to wait for.
            if !event.amount.is_zero() {
                let before = stakes.exits.insert((event.account, event.exitId), (event.amount, event.readyAt));
                hold!(before.is_none(), "I9 exit {} opened twice", event.exitId);
            }
            stakes.staked -= event.amount;
            stakes.leaving += event.amount;
        } else if let Some(event) = decode::<VE::Withdrawn>(log) {
            let exit = stakes.exits.remove(&(event.account, event.exitId));
            let (amount, ready) = exit.ok_or_else(|| Broken(format!("I9 exit {} paid twice", event.exitId)))?;
            hold!(
                amount == event.amount && ready <= time,
                "I9 exit {} paid {} of {amount}",
                event.exitId,
                event.amount
            );
            stakes.leaving -= amount;
        } else if let Some(event) = decode::<VE::RewardNotified>(log) {
            stakes.funded += event.amount;
        }
        hold!(stakes.claimed <= stakes.funded, "I11 the vault paid {} of {}", stakes.claimed, stakes.funded);
        Ok(())
    }

    fn enter_gauges(&mut self, log: &Log) -> Held {
        let book = &mut self.pools;
        if let Some(event) = decode::<GE::PoolAdded>(log) {
            let pool = Pool { lp: event.lpToken, weight: event.weight, ..Pool::default() };
            hold!(book.by_number.insert(event.pool, pool).is_none(), "I9 pool {} added twice", event.pool);
        } else if let Some(event) = decode::<GE::RewardNotified>(log) {
            book.delivered += event.amount;
            book.reserve += event.reserve;
        } else if let Some(event) = decode::<GE::ReserveSwept>(log) {
            book.swept += event.amount;
            take(&mut book.reserve, event.amount, "the reserve")?;
        } else if let Some(event) = decode::<GE::PoolFunded>(log) {
            let pool = book.by_number.entry(event.pool).or_default();
            hold!(!pool.killed, "I9 pool {} was killed and is funded", event.pool);
            pool.funded += event.amount;
        } else if let Some(event) = decode::<GE::PoolKilled>(log) {
            let pool = book.by_number.entry(event.pool).or_default();
            pool.killed = true;
            take(&mut pool.funded, event.returned, "a pool's funds")?;
            book.reserve += event.returned;
        } else if let Some(event) = decode::<GE::Staked>(log) {
            let pool = book.by_number.entry(event.pool).or_default();
            add(pool.stakes.entry(event.account).or_default(), event.amount, "a stake")?;
        } else if let Some(event) = decode::<GE::Withdrawn>(log) {
            let pool = book.by_number.entry(event.pool).or_default();
            take(pool.stakes.entry(event.account).or_default(), event.amount, "a stake")?;
        } else if let Some(event) = decode::<GE::Claimed>(log) {
            let pool = book.by_number.entry(event.pool).or_default();
            pool.claimed += event.amount;
            book.claimed += event.amount;
        }
        for (number, pool) in &book.by_number {
            hold!(pool.claimed <= pool.funded, "I11 pool {number} paid {} of {}", pool.claimed, pool.funded);
        }
        Ok(())
    }

    fn enter_treasury(&mut self, log: &Log, time: u64) -> Held {
        let funds = &mut self.funds;
        if let Some(event) = decode::<RE::RewardNotified>(log) {
            funds.free += event.amount;
        } else if let Some(event) = decode::<RE::SurplusBooked>(log) {
            funds.free += event.amount;
        } else if let Some(event) = decode::<RE::Spent>(log) {
            take(&mut funds.free, event.amount, "free funds")?;
        } else if let Some(event) = decode::<RE::StreamOpened>(log) {
            hold!(funds.outstanding.is_zero(), "T14 a stream replaced {} not paid", funds.outstanding);
            take(&mut funds.free, event.amount, "free funds")?;
            funds.outstanding = event.amount;
        } else if let Some(event) = decode::<RE::StreamEdited>(log) {
            take(&mut funds.outstanding, event.oldUnvested, "the stream")?;
            add(&mut funds.free, event.oldUnvested, "free funds")?;
            take(&mut funds.free, event.newUnvested, "free funds")?;
            funds.outstanding += event.newUnvested;
        } else if let Some(event) = decode::<RE::StreamRevoked>(log) {
            take(&mut funds.outstanding, event.returned, "the stream")?;
            funds.free += event.returned;
        } else if let Some(event) = decode::<RE::Released>(log) {
            take(&mut funds.outstanding, event.amount, "the stream")?;
        } else if let Some(event) = decode::<RE::RoundOpened>(log) {
            take(&mut funds.free, event.budget, "free funds")?;
            let (left, opens_at, deadline) = (event.budget, event.opensAt, event.deadline);
            let round = Round { left, opens_at, deadline, open: true, claimed: BTreeSet::new() };
            hold!(funds.rounds.insert(event.round, round).is_none(), "I11 round {} opened twice", event.round);
        } else if let Some(event) = decode::<RE::GrantClaimed>(log) {
            let round = open_round(funds, event.round)?;
            hold!(round.opens_at <= time && time < round.deadline, "I11 a grant paid out of its time");
            hold!(round.claimed.insert(event.index), "I11 grant {} of round {} paid twice", event.index, event.round);
            take(&mut round.left, event.amount, "a round")?;
        } else if let Some(event) = decode::<RE::RoundDisabled>(log) {
            let round = open_round(funds, event.round)?;
            hold!(time < round.opens_at, "I11 round {} disabled after its claims opened", event.round);
            end_round(round, event.returned)?;
            funds.free += event.returned;
        } else if let Some(event) = decode::<RE::RoundClosed>(log) {
            let round = open_round(funds, event.round)?;
            hold!(round.deadline <= time, "I11 round {} closed before its deadline", event.round);
            end_round(round, event.returned)?;
            funds.free += event.returned;
        }
        Ok(())
    }

    fn enter_minter(&mut self, log: &Log, time: u64, tally: &mut Tally) -> Held {
        let mints = &mut self.mints;
        if let Some(event) = decode::<ME::EpochRolled>(log) {
            hold!(mints.epoch.is_none_or(|last| event.epoch > last), "I5 epoch {} rolled again", event.epoch);
            mints.epoch = Some(event.epoch);
            hold!(event.rate == mints.rate, "I20 rate {} of the roll, {} was kept", event.rate, mints.rate);
            mints.rate = event.nextRate;
            hold!(event.nextRate == self.law.value(0), "I20 next rate {} is not in force", event.nextRate);
            hold!(event.minted.is_zero() || !self.law.halted(0, time), "I7 {} minted during a halt", event.minted);
            hold!(event.supply == self.money.supply, "I9 the roll reads a supply of {}", event.supply);
            tally.rolled = Some(Roll { minted: event.minted, rate: event.rate });
            if !event.minted.is_zero() {
                mints.history.push((time, event.minted));
                mints.minted += event.minted;
            }
        } else if let Some(event) = decode::<ME::Equilibrium>(log) {
            let roll = tally.rolled.ok_or_else(|| Broken("I20 an equilibrium without a roll".to_owned()))?;
            let supply = self.money.supply;
            let most = mul_div(supply, mints.remint_cap.into(), 1_000_000);
            hold!(event.reminted <= most.min(event.average), "I12 re-mint {} above its bounds", event.reminted);
            hold!(event.reminted.is_zero() || !self.law.halted(3, time), "I7 re-mint during a halt");
            hold!(event.nextRemintCap == self.law.value(8), "I20 next re-mint cap is not in force");
            mints.remint_cap = event.nextRemintCap;
            mints.reminted += event.reminted;
            hold!(mints.reminted <= self.money.burned, "T13 more minted again than burned");
            if !roll.minted.is_zero() {
                // The kept rate over one epoch, exactly, whenever it is rolled.
                let emission = roll.minted - event.reminted;
                let want = mul_div(supply, u64::from(roll.rate) * 604_800, 1_000_000 * 31_536_000);
                hold!(emission == want, "I20 emission {emission}, by the rate {want}");
            }
        } else if let Some(event) = decode::<ME::Delivered>(log) {
            if tally.rolled.is_some() {
                tally.shared += event.amount;
            } else {
                let waits = mints.unbooked.remove(&event.consumer).unwrap_or_default();
                hold!(waits == event.amount, "I9 {} delivered late of {waits}", event.amount);
            }
        } else if let Some(event) = decode::<ME::NotBooked>(log) {
            tally.shared += event.amount;
            let waits = mints.unbooked.entry(event.consumer).or_default();
            *waits += event.amount;
            hold!(*waits == event.unbooked, "I9 {} not booked, the log says {}", waits, event.unbooked);
        } else if let Some(event) = decode::<ME::KeeperPaid>(log) {
            tally.shared += event.amount;
            let minted = tally.rolled.map(|roll| roll.minted).unwrap_or_default();
            hold!(event.amount <= minted / U256::from(1_000), "I12 the roller is paid {}", event.amount);
        } else if let Some(event) = decode::<ME::QuoteDeposited>(log) {
            hold!(event.kept <= event.amount, "I9 more quote kept than came");
            mints.quote_kept += event.kept;
        } else if let Some(event) = decode::<ME::QuoteReleased>(log) {
            take(&mut mints.quote_kept, event.amount, "kept quote")?;
        } else if let Some(event) = decode::<ME::BoughtBack>(log) {
            take(&mut mints.quote_kept, event.spent, "kept quote")?;
        }
        Ok(())
    }

    fn enter_verifier(&mut self, log: &Log) -> Held {
        if let Some(event) = decode::<FE::SignersChanged>(log) {
            (self.signers, self.threshold) = (event.signers.into_iter().collect(), event.threshold);
        } else if let Some(event) = decode::<FE::SignerRevoked>(log) {
            hold!(self.signers.remove(&event.signer), "I17 {} was no signer", event.signer);
        }
        Ok(())
    }

    fn enter_role(&mut self, log: &Log, setting: bool) -> Held {
        // The five contracts with roles log them alike.
        let at = log.address;
        let sender = if let Some(event) = decode::<VE::RoleGranted>(log) {
            self.roles.insert((at, event.role, event.account));
            event.sender
        } else if let Some(event) = decode::<VE::RoleRevoked>(log) {
            let renounced = event.sender == event.account;
            hold!(self.roles.remove(&(at, event.role, event.account)), "I13 a role was revoked that nobody had");
            if renounced {
                return Ok(());
            }
            event.sender
        } else {
            return Ok(());
        };
        let admin = self.roles.contains(&(at, B256::ZERO, sender));
        hold!(setting || admin, "I13 {sender} changed a role of {at} and is no admin");
        let left = self.roles.iter().any(|(contract, role, _)| *contract == at && role.is_zero());
        hold!(setting || left, "I13 {at} has no admin left");
        Ok(())
    }
}

fn open_round(funds: &mut Funds, number: u32) -> Held<&mut Round> {
    let round = funds.rounds.get_mut(&number).filter(|round| round.open);
    round.ok_or_else(|| Broken(format!("I11 round {number} is not open")))
}

fn end_round(round: &mut Round, returned: U256) -> Held {
    hold!(round.left == returned, "I11 a round of {} left returned {returned}", round.left);
    (round.left, round.open) = (U256::ZERO, false);
    Ok(())
}

/// `a * b / c`, rounded down; none of it near 256 bits.
fn mul_div(a: U256, b: u64, c: u64) -> U256 {
    a * U256::from(b) / U256::from(c)
}
