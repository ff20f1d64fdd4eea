//! The treasury: its free funds, a vesting stream whose speed is a parameter, and a round of grants.

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::{SolEvent, SolEventInterface, SolValue},
};
use anyhow::{Context, Result};
use escapement_agent::bindings::treasury::{
    ITreasury,
    ITreasuryEvents::{GrantClaimed, ITreasuryEventsEvents as Event, RoundOpened},
};

use super::{
    story::Story,
    world::{DAY, UNIT, World},
};

/// Free funds at the start, whole tokens.
const ENDOWMENT: u128 = 2_000_000;
/// What the stream vests, whole tokens, and its length at the baseline speed, seconds: two years.
const STREAM: (u128, u64) = (1_200_000, 730 * DAY);
/// Budget of the round of grants, whole tokens.
const BUDGET: u128 = 300_000;
/// Epochs at whose end the round is opened, claimed and closed.
const ROUND: (u32, u32, u32) = (3, 5, 14);
/// Seconds for which the round can be claimed, from its opening on.
const CLAIMABLE: u64 = 60 * DAY;
/// Category and base (whole tokens) of every grant. The last is never claimed.
const GRANTS: [(u8, u128); 4] = [(0, 40_000), (1, 25_000), (2, 15_000), (0, 10_000)];

/// A grant with the proof that it belongs to its round.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Index in the tree.
    pub index: u32,
    /// Who gets it.
    pub account: Address,
    /// Category.
    pub category: u8,
    /// Base, base units.
    pub base: U256,
    /// Siblings on the way to the root.
    pub proof: Vec<B256>,
}

impl Grant {
    /// The call that claims it.
    pub fn claim(&self, round: u32) -> ITreasury::claimGrantCall {
        let Self { index, account, category, base, ref proof } = *self;
        ITreasury::claimGrantCall { round, index, account, category, base, proof: proof.clone() }
    }

    fn leaf(&self, round: u32) -> B256 {
        let values = (U256::from(round), U256::from(self.index), self.account, U256::from(self.category), self.base);
        keccak256(keccak256(values.abi_encode()))
    }
}

/// What became of the treasury's funds, base units.
#[derive(Clone, Debug, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FundsTally {
    /// Released of the stream.
    #[serde(serialize_with = "super::record::decimal_text")]
    pub released: u128,
    /// Paid to grantees.
    #[serde(serialize_with = "super::record::decimal_text")]
    pub granted: u128,
    /// Grants paid.
    pub grants: u32,
    /// Returned when the round was closed.
    #[serde(serialize_with = "super::record::decimal_text")]
    pub returned: u128,
    /// The grants of the round.
    #[serde(skip)]
    pub grants_of_round: Vec<Grant>,
    /// Number of the round; 0 before it is opened.
    pub round: u32,
}

/// The hash of two nodes, the lower first.
fn pair(a: B256, b: B256) -> B256 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    keccak256([low, high].concat())
}

/// A tree of four leaves: the root, and each leaf's proof.
fn tree(leaves: [B256; 4]) -> (B256, [Vec<B256>; 4]) {
    let [a, b, c, d] = leaves;
    let (left, right) = (pair(a, b), pair(c, d));
    (pair(left, right), [vec![b, right], vec![a, right], vec![d, left], vec![c, left]])
}

impl World {
    /// The first free funds, and the stream to the revenue's account, opened by governance.
    pub async fn endow_treasury(&mut self) -> Result<()> {
        let (maker, keeper) = (self.accounts.maker.clone(), self.accounts.keeper.clone());
        let (governance, treasury) = (self.accounts.governance.clone(), self.at.treasury);
        self.transfer(&maker, treasury, ENDOWMENT * UNIT).await?;
        self.act("book a surplus", &keeper, treasury, &ITreasury::bookSurplusCall {}).await?;
        let (_, now) = self.client.head().await?;
        let call = ITreasury::openStreamCall {
            beneficiary: self.accounts.treasury.address(),
            amount: U256::from(STREAM.0 * UNIT),
            start: now,
            cliff: now,
            duration: u32::try_from(STREAM.1)?,
            fixedEnd: now + 3 * STREAM.1,
        };
        self.act("open a stream", &governance, treasury, &call).await.map(drop)
    }

    /// The treasury's part of the end of a week: the stream is released; the round is opened, claimed or closed.
    pub async fn tend_funds(&mut self, epoch: u32, story: &mut Story) -> Result<()> {
        let (keeper, treasury) = (self.accounts.keeper.clone(), self.at.treasury);
        let receipt = self.act("release of the stream", &keeper, treasury, &ITreasury::releaseCall {}).await?;
        for log in receipt.logs().iter().filter(|log| log.address() == treasury) {
            if let Event::Released(e) = Event::decode_log(&log.inner)?.data {
                self.funds.released += u128::try_from(e.amount)?;
            }
        }
        let (open, claim, close) = ROUND;
        if epoch == open {
            self.open_round().await?;
        } else if epoch == claim {
            self.claim_grants(story).await?;
        } else if epoch == close {
            let before = self.client.read(treasury, &ITreasury::freeFundsCall {}).await?;
            let call = ITreasury::closeRoundCall { round: self.funds.round };
            self.act("close a round of grants", &keeper, treasury, &call).await?;
            let after = self.client.read(treasury, &ITreasury::freeFundsCall {}).await?;
            self.funds.returned = u128::try_from(after - before)?;
        }
        Ok(())
    }

    /// Governance opens a round for the grantees, and its tree is kept.
    pub async fn open_round(&mut self) -> Result<()> {
        let (governance, treasury) = (self.accounts.governance.clone(), self.at.treasury);
        let round = self.client.read(treasury, &ITreasury::roundsCall {}).await? + 1;
        let mut grants: Vec<Grant> = Vec::new();
        for ((index, (category, base)), grantee) in (0..).zip(GRANTS).zip(&self.accounts.grantees) {
            let (account, base) = (grantee.address(), U256::from(base * UNIT));
            grants.push(Grant { index, account, category, base, proof: Vec::new() });
        }
        let leaves: Vec<B256> = grants.iter().map(|grant| grant.leaf(round)).collect();
        let (root, proofs) = tree(leaves.try_into().ok().context("four grants")?);
        for (grant, proof) in grants.iter_mut().zip(proofs) {
            grant.proof = proof;
        }
        let mut bases = vec![U256::ZERO; usize::from(self.plan.controller.categories)];
        for grant in &grants {
            let sum = bases.get_mut(usize::from(grant.category)).context("a category that is not live")?;
            *sum += grant.base;
        }
        let (_, now) = self.client.head().await?;
        let call =
            ITreasury::openRoundCall { budget: U256::from(BUDGET * UNIT), bases, root, deadline: now + CLAIMABLE };
        let receipt = self.act("open a round of grants", &governance, treasury, &call).await?;
        let opened = receipt.logs().iter().find_map(|l| RoundOpened::decode_log(&l.inner).ok());
        self.funds.round = opened.context("a round without its event")?.round;
        self.funds.grants_of_round = grants;
        Ok(())
    }

    /// All grants but the last are claimed; each is paid base · multiplier · budget / Σ base · multiplier, to the unit.
    async fn claim_grants(&mut self, story: &mut Story) -> Result<()> {
        let (keeper, treasury, round) = (self.accounts.keeper.clone(), self.at.treasury, self.funds.round);
        let terms = self.client.read(treasury, &ITreasury::roundCall { round }).await?;
        let mut exact = true;
        let grants = self.funds.grants_of_round.clone();
        for grant in &grants[..grants.len() - 1] {
            let receipt = self.act("claim a grant", &keeper, treasury, &grant.claim(round)).await?;
            let claimed = receipt.logs().iter().find_map(|l| GrantClaimed::decode_log(&l.inner).ok());
            let paid = claimed.context("a grant without its event")?.amount;
            let call = ITreasury::categoryCall { round, category: grant.category };
            let multiplier = self.client.read(treasury, &call).await?.multiplier;
            exact &= paid == grant.base * U256::from(multiplier) * terms.budget / terms.weight;
            self.funds.granted += u128::try_from(paid)?;
            self.funds.grants += 1;
        }
        story.expect("grants were paid their share of the budget, to the unit", exact && self.funds.grants == 3);
        Ok(())
    }

    /// What must have vested by now, from the log alone: amount · Σ speed · seconds / (10,000 · duration), rounded down.
    pub async fn vested_by_log(&self) -> Result<U256> {
        let (head, now) = self.client.head().await?;
        let (mut progress, mut amount, mut duration) = (U256::ZERO, U256::ZERO, U256::ONE);
        let (mut since, mut speed) = (0_u64, 0_u32);
        for log in self.client.logs(&[self.at.treasury], self.first_block, head).await? {
            let block = log.block_number.context("a log without its block")?;
            let at = self.client.block_time(block.into()).await?.1;
            // The proxy has events of its own.
            let Ok(event) = Event::decode_log(&log.inner) else { continue };
            match event.data {
                Event::StreamOpened(e) => {
                    (amount, duration) = (e.amount, U256::from(e.duration));
                    (since, speed) = (e.start, e.speed);
                }
                Event::SpeedChanged(e) => {
                    progress += U256::from(speed) * U256::from(at - since);
                    (since, speed) = (at, e.newSpeed);
                }
                _ => {}
            }
        }
        progress += U256::from(speed) * U256::from(now - since);
        Ok(amount.min(amount * progress / (U256::from(10_000) * duration)))
    }
}
