//! The stakers' part in the vault: locks of different lengths, rewards, exits.

use alloy::{
    primitives::U256,
    rpc::types::TransactionReceipt,
    sol_types::{SolCall, SolEventInterface},
};
use anyhow::Result;
use escapement_agent::bindings::vault::{IVault, IVaultEvents::IVaultEventsEvents as Event};

use super::world::{DAY, World};

/// Locks that stakers choose, days; staker n has the one at n modulo their number.
const LOCKS: [u64; 5] = [0, 30, 90, 180, 365];
/// Positions from which on a staker opens no new one; the vault lets it have 64.
const ENOUGH: usize = 60;
/// Fewest positions that one order takes from.
const TOUCHED: usize = 4;

/// A position.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    /// Id.
    pub id: u32,
    /// Base units.
    pub amount: u128,
    /// End of its lock, seconds.
    pub lock_end: u64,
    /// Multiplier, bps.
    pub multiplier: u16,
}

/// An exit that waits for its cooldown.
#[derive(Clone, Copy, Debug)]
pub struct Exit {
    /// Id.
    pub id: u32,
    /// Base units.
    pub amount: u128,
    /// From when on it can be withdrawn, seconds.
    pub ready_at: u64,
}

/// What one staker has in the vault, as the events of its own transactions tell.
#[derive(Clone, Debug, Default)]
pub struct Stakes {
    /// Open positions, oldest first.
    pub positions: Vec<Position>,
    /// Exits that wait.
    pub exits: Vec<Exit>,
}

/// What stakers have done, base units.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StakingTally {
    /// Positions opened, by length of lock in days.
    pub opened: [u32; LOCKS.len()],
    /// Orders to stake that were put off for want of a free position.
    pub put_off: u32,
    /// Exits begun.
    pub exits: u32,
    /// Exits paid.
    pub withdrawn: u32,
    /// Locks left early.
    pub early: u32,
    /// Ended locks that the keeper brought to the weight of a stake without a lock.
    pub kicked: u32,
    /// Rewards paid.
    #[serde(serialize_with = "super::record::decimal_text")]
    pub claimed: u128,
    /// Rewards staked at once.
    #[serde(serialize_with = "super::record::decimal_text")]
    pub compounded: u128,
}

impl StakingTally {
    /// Whether everything that stakers can do was done.
    pub fn is_complete(&self) -> bool {
        let counts = [self.exits, self.withdrawn, self.kicked];
        self.opened.iter().chain(&counts).all(|n| *n > 0) && self.claimed > 0 && self.compounded > 0
    }
}

impl Stakes {
    /// Takes in what a transaction of this staker did; a penalty and its exit come in two events.
    fn take(&mut self, event: &Event, tally: &mut StakingTally) -> Result<()> {
        let small = |amount: U256| u128::try_from(amount);
        match event {
            Event::Staked(e) => {
                let (id, amount, lock_end, multiplier) = (e.id, small(e.amount)?, e.lockEnd, e.multiplier);
                self.positions.push(Position { id, amount, lock_end, multiplier });
                if let Some(kind) = LOCKS.iter().position(|days| days * DAY == u64::from(e.lockSeconds)) {
                    tally.opened[kind] += 1;
                }
            }
            Event::Compounded(e) => tally.compounded += small(e.amount)?,
            Event::LockChanged(e) => {
                for position in self.positions.iter_mut().filter(|p| p.id == e.id) {
                    (position.lock_end, position.multiplier) = (e.lockEnd, e.multiplier);
                }
            }
            Event::ExitedEarly(e) => {
                tally.early += 1;
                self.leave(e.id, small(e.penalty)?);
            }
            Event::Unstaked(e) => {
                tally.exits += 1;
                self.leave(e.id, small(e.amount)?);
                self.exits.push(Exit { id: e.exitId, amount: small(e.amount)?, ready_at: e.readyAt });
            }
            Event::Withdrawn(e) => {
                tally.withdrawn += 1;
                self.exits.retain(|exit| exit.id != e.exitId);
            }
            Event::Claimed(e) => tally.claimed += small(e.amount)?,
            _ => {}
        }
        Ok(())
    }

    fn leave(&mut self, id: u32, amount: u128) {
        for position in self.positions.iter_mut().filter(|p| p.id == id) {
            position.amount = position.amount.saturating_sub(amount);
        }
        self.positions.retain(|p| p.amount > 0);
    }

    /// Everything the staker has put in and not got back, base units.
    pub fn principal(&self) -> u128 {
        let (staked, leaving) = (self.positions.iter().map(|p| p.amount), self.exits.iter().map(|e| e.amount));
        staked.chain(leaving).sum()
    }
}

/// The lock that a staker chooses, seconds.
pub fn habit(staker: usize) -> u32 {
    u32::try_from(LOCKS[staker % LOCKS.len()] * DAY).unwrap_or(u32::MAX)
}

impl World {
    /// A staker's transaction to the vault; it must succeed.
    pub async fn at_vault(
        &mut self,
        what: &'static str,
        staker: usize,
        call: &impl SolCall,
    ) -> Result<TransactionReceipt> {
        let (who, vault) = (self.accounts.stakers[staker].clone(), self.at.vault);
        let receipt = self.act(what, &who, vault, call).await?;
        self.learn(staker, &receipt)?;
        Ok(receipt)
    }

    fn learn(&mut self, staker: usize, receipt: &TransactionReceipt) -> Result<()> {
        for log in receipt.logs().iter().filter(|log| log.address() == self.at.vault) {
            let event = Event::decode_log(&log.inner)?;
            self.stakes[staker].take(&event.data, &mut self.staking)?;
        }
        Ok(())
    }

    /// Stakes, locked for so many seconds.
    pub async fn stake(&mut self, staker: usize, amount: u128, lock: u32) -> Result<()> {
        if self.stakes[staker].positions.len() >= ENOUGH {
            self.staking.put_off += 1;
            return Ok(());
        }
        let call = IVault::stakeCall { amount: U256::from(amount), lockSeconds: lock };
        self.at_vault("stake", staker, &call).await.map(drop)
    }

    /// Begins to take `amount` out of positions whose lock has ended, as far as they go. What is locked stays.
    pub async fn unstake(&mut self, staker: usize, amount: u128) -> Result<()> {
        let (_, now) = self.client.head().await?;
        let free = self.stakes[staker].positions.iter().filter(|p| p.lock_end <= now).copied();
        let mut rest = amount;
        for position in free.take(TOUCHED).collect::<Vec<_>>() {
            let part = rest.min(position.amount);
            if part > 0 {
                let call = IVault::unstakeCall { id: position.id, amount: U256::from(part) };
                self.at_vault("unstake", staker, &call).await?;
                rest -= part;
            }
        }
        Ok(())
    }

    /// Pays a staker the exits that are ready.
    pub async fn withdraw(&mut self, staker: usize) -> Result<()> {
        let (_, now) = self.client.head().await?;
        let ready = self.stakes[staker].exits.iter().filter(|e| e.ready_at <= now).map(|e| e.id);
        let call = IVault::withdrawCall { exitIds: ready.collect() };
        if call.exitIds.is_empty() {
            return Ok(());
        }
        self.at_vault("withdraw", staker, &call).await.map(drop)
    }

    /// Everybody's day in the vault: ready exits are withdrawn; once a week rewards are claimed and the keeper kicks locks
    /// that have ended; once in four weeks every other staker compounds instead.
    pub async fn tend_stakes(&mut self, day: u32) -> Result<()> {
        for staker in 0..self.stakes.len() {
            self.withdraw(staker).await?;
            if staker % 2 == 0 && day % 7 == 5 {
                self.at_vault("claim", staker, &IVault::claimCall {}).await?;
            }
            let crowded = self.stakes[staker].positions.len() >= ENOUGH;
            if staker % 2 == 1 && day % 28 == 5 && day > 7 && !crowded {
                self.at_vault("compound", staker, &IVault::compoundCall { lockSeconds: habit(staker) }).await?;
            }
            if day % 7 == 5 {
                self.kick(staker).await?;
            }
        }
        Ok(())
    }

    /// A lock that has ended earns at its old weight until somebody says so; the keeper does.
    async fn kick(&mut self, staker: usize) -> Result<()> {
        let (_, now) = self.client.head().await?;
        let (account, vault) = (self.accounts.stakers[staker].address(), self.at.vault);
        let ended = self.stakes[staker].positions.iter().filter(|p| p.lock_end <= now && p.multiplier > 10_000);
        for id in ended.map(|p| p.id).collect::<Vec<_>>() {
            let keeper = self.accounts.keeper.clone();
            let receipt = self.act("kick", &keeper, vault, &IVault::kickCall { account, id }).await?;
            self.learn(staker, &receipt)?;
            self.staking.kicked += 1;
        }
        Ok(())
    }
}
