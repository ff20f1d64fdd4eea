//! What must hold after every move, read from the contracts and compared with the reference ledger.

use alloy_primitives::{Address, B256, U256, keccak256};
use escapement_agent::bindings::{
    controller::IController as C, gauges::IGauges as G, lens::ILens as L, minter::IMinter as M,
    solidity::QuoteToken as Q, token::IToken as T, treasury::ITreasury as R, vault::IVault as V,
    verifier::IVerifier as F,
};
use escapement_core::{emission::YEAR, param::Slot};
use escapement_e2e::wad;

use crate::{book::Held, hold, law::ALL, run::Run};

/// Moves between two looks at every balance and stake; between them each move is followed by what it can have touched.
const WHOLE: usize = 20;

impl Run<'_> {
    /// After a move.
    pub fn check(&mut self) -> Held {
        self.check_money()?;
        self.check_vault()?;
        self.check_gauges()?;
        self.check_treasury()?;
        self.check_minter()?;
        self.check_controller()?;
        self.check_code()?;
        if self.steps.is_multiple_of(WHOLE) {
            self.check_everything()?;
        }
        let views = self.views();
        for n in 0..2 {
            self.answers(&views[(self.steps * 2 + n) % views.len()])?;
        }
        Ok(())
    }

    /// After the last move: everything, every view, and every role of everybody.
    pub fn check_at_the_end(&mut self) -> Held {
        self.check_everything()?;
        self.check_roles()?;
        for view in self.views() {
            self.answers(&view)?;
        }
        Ok(())
    }

    /// The supply is what was minted less what was burned, and balances are those of the log.
    fn check_money(&self) -> Held {
        let money = &self.book.money;
        let supply = self.view(self.world.token, &T::totalSupplyCall {})?;
        hold!(supply == money.supply, "I9 supply {supply}, the log gives {}", money.supply);
        hold!(money.supply + money.burned == money.minted, "I9 supply is not minted less burned");
        hold!(supply <= wad(2_000_000_000), "I12 supply {supply} exceeds the token's cap");
        for &account in self.book.touched.iter().filter(|account| !account.is_zero()) {
            self.check_balance(account)?;
        }
        Ok(())
    }

    fn check_balance(&self, account: Address) -> Held {
        let held = self.view(self.world.token, &T::balanceOfCall { account })?;
        hold!(held == self.balance(account), "I9 {account} holds {held}, the log gives {}", self.balance(account));
        Ok(())
    }

    /// The vault holds what it owes, the gifts, and what it was minted and not told of.
    fn check_vault(&mut self) -> Held {
        let (vault, stakes) = (self.world.vault, &self.book.stakes);
        let solvency = self.view(vault, &V::solvencyCall {})?;
        let unbooked = self.book.mints.unbooked.get(&vault).copied().unwrap_or_default();
        hold!(solvency.owed == stakes.owed(), "I9 the vault owes {}, the log gives {}", solvency.owed, stakes.owed());
        hold!(solvency.owed <= solvency.balance, "I9 the vault owes {} of {}", solvency.owed, solvency.balance);
        let expected = stakes.owed() + stakes.gifts + unbooked;
        hold!(solvency.balance == expected, "I9 the vault holds {}, not {expected}", solvency.balance);
        let rewards = self.view(vault, &V::rewardsCall {})?;
        hold!(rewards.funded <= stakes.funded, "I11 funded {} of {}", rewards.funded, stakes.funded);
        self.rises(0, rewards.index, "the vault's index")
    }

    /// The gauges hold what they owe, and the LP tokens of every pool are its stakers' and the givers'.
    pub fn check_gauges(&mut self) -> Held {
        let (gauges, token) = (self.world.gauges, self.world.token);
        let owed = self.view(gauges, &G::owedCall {})?;
        let book = &self.book.pools;
        hold!(owed == book.owed(), "I9 the gauges owe {owed}, the log gives {}", book.owed());
        let unbooked = self.book.mints.unbooked.get(&gauges).copied().unwrap_or_default();
        let (held, expected) = (self.balance(gauges), owed + book.gifts + unbooked);
        hold!(held == expected, "I9 the gauges hold {held} of {token}, not {expected}");
        for lp in self.honest_lps() {
            let stakes = book.by_number.values().filter(|pool| pool.lp == lp).flat_map(|pool| pool.stakes.values());
            let stakes = stakes.fold(U256::ZERO, |sum, stake| sum + stake);
            let expected = stakes + book.lp_gifts.get(&lp).copied().unwrap_or_default();
            let held = self.view(lp, &Q::balanceOfCall { account: gauges })?;
            hold!(held == expected, "I9 the gauges hold {held} of the LP token {lp}, not {expected}");
        }
        let numbers: Vec<u16> = book.by_number.keys().copied().collect();
        // One pool a move, in turn.
        let number = numbers[self.steps % numbers.len()];
        let pool = self.view(gauges, &G::poolCall { pool: number })?;
        let expected = self.book.pools.by_number[&number].stakes.values().fold(U256::ZERO, |sum, stake| sum + stake);
        hold!(pool.staked == expected, "I9 pool {number} has {} staked, the log gives {expected}", pool.staked);
        self.rises(usize::from(number), pool.index, "a pool's index")
    }

    fn rises(&mut self, place: usize, index: U256, what: &str) -> Held {
        if self.indices.len() <= place {
            self.indices.resize(place + 1, U256::ZERO);
        }
        hold!(index >= self.indices[place], "I10 {what} falls from {} to {index}", self.indices[place]);
        self.indices[place] = index;
        Ok(())
    }

    fn check_treasury(&self) -> Held {
        let (treasury, funds) = (self.world.treasury, &self.book.funds);
        let owed = self.view(treasury, &R::owedCall {})?;
        hold!(owed == funds.owed(), "I9 the treasury has {owed} in its books, the log gives {}", funds.owed());
        let free = self.view(treasury, &R::freeFundsCall {})?;
        hold!(free == funds.free, "I9 free funds {free}, the log gives {}", funds.free);
        let held = self.balance(treasury);
        hold!(owed <= held, "I9 the treasury owes {owed} and holds {held}");
        let releasable = self.view(treasury, &R::releasableCall {})?;
        hold!(releasable <= funds.outstanding, "T14 {releasable} vested of {}", funds.outstanding);
        Ok(())
    }

    /// Minted stays within the caps over every stretch of time, from first principles.
    fn check_minter(&self) -> Held {
        let (minter, mints) = (self.world.minter, &self.book.mints);
        let total = self.view(minter, &M::totalMintedCall {})?;
        hold!(total == mints.minted, "I12 the minter counts {total}, the log gives {}", mints.minted);
        let revenue = self.view(minter, &M::revenueCall {})?;
        hold!(revenue.kept == mints.quote_kept, "I9 quote kept {}, not {}", revenue.kept, mints.quote_kept);
        let quote = self.view(self.stage.quote, &Q::balanceOfCall { account: minter })?;
        let expected = mints.quote_kept + mints.quote_gifts;
        hold!(quote == expected, "I9 the minter holds {quote} quote, not {expected}");
        hold!(self.balance(minter) == mints.gifts, "I9 the minter holds {}", self.balance(minter));
        let Some(&(last, _)) = mints.history.last() else { return Ok(()) };
        // No supply of the past exceeds this.
        let most = self.book.money.supply + self.book.money.burned;
        let (mut sum, year) = (U256::ZERO, U256::from(YEAR));
        for &(then, amount) in mints.history.iter().rev() {
            sum += amount;
            // 5 % of supply at once, and as much again for every year that passes.
            let limit = most / U256::from(20) * (year + U256::from(last - then)) / year;
            hold!(sum <= limit, "I12 {sum} minted in {} s, {limit} at most", last - then);
        }
        // An epoch: 5 % a year and 200 ppm of the supply, at the highest.
        let (_, latest) = mints.history[mints.history.len() - 1];
        let epoch = most * U256::from(604_800u64) / (U256::from(20) * year) + most / U256::from(5_000);
        hold!(latest <= epoch, "I12 {latest} minted in an epoch, {epoch} at most");
        Ok(())
    }

    fn check_controller(&self) -> Held {
        let (controller, law) = (self.world.controller, &self.book.law);
        hold!(law.outside().is_none(), "I1 slot {:?} is outside its hard range", law.outside().map(Slot::number));
        // A group each move, in turn.
        let group = u8::try_from(self.steps % 7).expect("small");
        let state = self.view(controller, &C::groupParamsCall { group })?;
        hold!(
            u64::from(state.haltedUntil) == law.halted_until(group),
            "I7 group {group} is halted until {}, the log gives {}",
            state.haltedUntil,
            law.halted_until(group)
        );
        let (verifier, signers) = (self.world.verifier, self.book.signers.len());
        let threshold = usize::from(self.view(verifier, &F::thresholdCall {})?);
        hold!(threshold == usize::from(self.book.threshold), "I17 the threshold is {threshold}");
        hold!(threshold >= 1 && 2 * threshold > signers, "I17 {threshold} of {signers} attesters are a quorum");
        Ok(())
    }

    /// Implementations are those of the last upgrade (I14).
    fn check_code(&self) -> Held {
        for &(proxy, logic) in &self.logic {
            let found = self.world.net.implementation(proxy);
            hold!(found == logic, "I14 {proxy} points at {found}, not at {logic}");
        }
        Ok(())
    }

    /// All values, balances and stakes, and what is earned.
    pub fn check_everything(&mut self) -> Held {
        let world = self.world;
        let values = self.view(world.lens, &L::paramsCall { controller: world.controller })?;
        hold!(values == *self.book.law.values(), "I15 values {values:?}, the log gives {:?}", self.book.law.values());
        let own = C::haltedUntilCall { scope: ALL };
        let until = self.view(world.controller, &own)?;
        hold!(u64::from(until) == self.book.law.halted_until(ALL), "I7 everything is halted until {until}");
        for account in self.stage.accounts() {
            self.check_balance(account)?;
        }
        self.check_stakes()
    }

    /// Principals one by one, and what all have earned against what came in.
    fn check_stakes(&self) -> Held {
        let (vault, gauges) = (self.world.vault, self.world.gauges);
        for (&(account, id), position) in &self.book.stakes.positions {
            let found = self.view(vault, &V::positionCall { account, id })?;
            hold!(
                (found.amount, found.lockEnd) == (position.amount, position.lock_end),
                "I9 position {id} of {account} holds {} until {}, the log gives {position:?}",
                found.amount,
                found.lockEnd
            );
        }
        for (&(account, id), (amount, _)) in &self.book.stakes.exits {
            let found = self.view(vault, &V::unbondingCall { account, id })?.amount;
            hold!(found == *amount, "I9 exit {id} of {account} holds {found}, not {amount}");
        }
        let mut earned = U256::ZERO;
        for account in self.stakers() {
            earned += self.view(vault, &V::earnedCall { account })?;
        }
        let left = self.book.stakes.funded - self.book.stakes.claimed;
        hold!(earned <= left, "I9 {earned} earned in the vault, {left} left");
        for (&number, pool) in &self.book.pools.by_number {
            let mut earned = U256::ZERO;
            for (&account, stake) in &pool.stakes {
                let found = self.view(gauges, &G::stakeOfCall { pool: number, account })?;
                hold!(found == *stake, "I9 {account} has {found} in pool {number}, the log gives {stake}");
                earned += self.view(gauges, &G::earnedCall { pool: number, account })?;
            }
            let left = pool.funded - pool.claimed;
            hold!(earned <= left, "I11 {earned} earned in pool {number}, {left} left");
        }
        let reserve = self.view(gauges, &G::reserveCall {})?;
        hold!(reserve == self.book.pools.reserve, "I9 reserve {reserve}, not {}", self.book.pools.reserve);
        let weights = self.view(gauges, &G::weightsCall {})?;
        let words = [weights.first.0, weights.second.0].concat();
        let sum: u32 = words.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
        // None are in force before the first delivery.
        hold!(sum == 10_000 || sum == 0, "the weights in force sum to {sum}");
        Ok(())
    }

    /// Nobody has a role but by the log (I13).
    fn check_roles(&self) -> Held {
        let roles = [B256::ZERO, keccak256("COUNCIL_ROLE"), keccak256("GUARDIAN_ROLE"), keccak256("MINTER_ROLE")];
        for contract in self.stage.proxies() {
            for role in roles {
                for account in self.stage.accounts() {
                    let has = self.view(contract, &V::hasRoleCall { role, account })?;
                    let expected = self.book.roles.contains(&(contract, role, account));
                    hold!(has == expected, "I13 {account} in role {role} of {contract}: {has}");
                }
            }
        }
        Ok(())
    }

    /// The published policy is the one in force (I19).
    pub fn check_artifacts(&self) -> Held {
        let world = self.world;
        let model = self.view(world.verifier, &F::modelCall { model_id: world.model_id })?;
        let code = world.net.chain.code(model._0, alloy::eips::BlockId::latest()).expect("the newest state is kept");
        let len = escapement_core::policy::Arch::A1.model_len();
        hold!(keccak256(&code[1..=len]) == world.model_id, "I19 the network has changed");
        hold!(keccak256(&code[1 + len..]) == world.kpi_schema && model._1 == world.kpi_schema, "I19 the schema");
        Ok(())
    }
}
