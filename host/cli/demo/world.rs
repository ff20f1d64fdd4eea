//! The economy on chain: contracts, pools, stakes and everybody's first funds.

use std::{collections::BTreeMap, path::Path};

use alloy::sol_types::{SolCall, SolValue};
use alloy::{
    primitives::{Address, U256},
    rpc::types::TransactionReceipt,
    signers::local::PrivateKeySigner,
};
use anyhow::{Context, Result, ensure};
use escapement_agent::{
    artifacts,
    bindings::{solidity::QuoteToken, token::IToken},
    books::Keepers,
    client::{Client, Tx},
    deploy::{self, Deployed, MarketPlan, Plan, Record},
    kpi::{Index, Sources},
    lens::Lens,
    policy::PolicyFiles,
    sign::Domain,
    submit::Waiting,
};
use escapement_core::param::{BURN, EMISSION, SLOTS};
use escapement_lab::actors::{STAKERS, Seen, Wallet};

use super::{
    accounts::Accounts,
    agreement::Agreement,
    funds::FundsTally,
    record::EpochRecord,
    revenue::RevenueTally,
    stakes::{Stakes, StakingTally},
    story::Story,
};

/// One token.
pub const UNIT: u128 = 1_000_000_000_000_000_000;
/// Quote that users pay on a day of demand 1.
pub const USAGE: u128 = 20_000 * UNIT;
/// Gas limit of an actor's transaction: fixed, because estimating half of them would double the calls.
pub const ACTOR_GAS: u64 = 3_000_000;
/// Seconds of a day.
pub const DAY: u64 = 86_400;

/// Artifact of the market.
pub const POOL: &str = include_str!("../../e2e/solidity/artifacts/ConstantProductPool.json");
const QUOTE: &str = include_str!("../../e2e/solidity/artifacts/QuoteToken.json");

/// The world of the demonstration.
pub struct World {
    /// The node.
    pub client: Client,
    /// Everybody.
    pub accounts: Accounts,
    /// The plan that was carried out.
    pub plan: Plan,
    /// What came of it.
    pub deployed: Deployed,
    /// The policy.
    pub policy: PolicyFiles,
    /// Controller's proxy.
    pub controller: Address,
    /// The lens.
    pub lens: Address,
    /// Verifier.
    pub verifier: Address,
    /// Token.
    pub token: Address,
    /// Minter's proxy.
    pub minter: Address,
    /// Quote token.
    pub quote: Address,
    /// Token, minter, vault, gauges and treasury.
    pub at: Keepers,
    /// Constant-product pools.
    pub pools: Vec<Address>,
    /// KPIs are read from here.
    pub index: Index,
    /// The block before the deployment.
    pub first_block: u64,
    /// Start of epoch 0.
    pub origin: u64,
    /// Changes in the queue.
    pub waiting: Vec<Waiting>,
    /// Closed epochs.
    pub epochs: Vec<EpochRecord>,
    /// Gas by operation.
    pub gas: BTreeMap<&'static str, Vec<u64>>,
    /// Values of the controller as last read.
    pub values: [u32; SLOTS],
    /// What has happened since the last close.
    pub week: EpochRecord,
    /// What every staker has in the vault.
    pub stakes: Vec<Stakes>,
    /// What stakers have done.
    pub staking: StakingTally,
    /// What liquidity providers were paid, base units.
    pub mined: u128,
    /// Whether every roll shared the gauges' part by the controller's weights.
    pub as_weighed: bool,
    /// What revenue has burned.
    pub revenue: RevenueTally,
    /// What became of the treasury's funds.
    pub funds: FundsTally,
    /// Whether the council has vetoed a change yet.
    pub vetoed: bool,
    /// Whether a change in its cooldown has been tried yet.
    pub cooldown_tried: bool,
    /// Groups that governance has raised to automatic.
    pub automatic: Vec<u8>,
    /// Where the lens on chain and the mirror were compared.
    pub agreement: Agreement,
}

impl World {
    /// Deploys everything and hands out the first funds.
    pub async fn build(
        client: Client,
        mut plan: Plan,
        contracts: &Path,
        policy: PolicyFiles,
        story: &mut Story,
    ) -> Result<Self> {
        let mut accounts = Accounts::derive()?;
        plan.chain_id = client.chain_id();
        let maker = accounts.maker.address();
        ensure!(
            client.balance(accounts.deployer.address()).await? > U256::ZERO,
            "the node does not hold the development accounts (account 0 of the usual mnemonic is empty)"
        );
        story.chapter("Deployment");
        let (first_block, _) = client.head().await?;
        // Another run on the same node is another deployment, at other addresses.
        plan.salt = alloy::primitives::keccak256(first_block.to_be_bytes());
        let key = accounts.deployer.clone();
        let mut deployed = deploy::deploy(&client, &key, &plan, contracts, Record::default(), |_| {}).await?;
        let at = |name: &str| deployed.address(name);
        let (controller, verifier, token, minter) = (at("controller")?, at("verifier")?, at("token")?, at("minter")?);
        let lens = at("lens")?;

        let create = async |artifact: &str, name: &str, args: Vec<u8>| {
            let code = artifacts::solidity_init_code(artifact, name, &args)?;
            let receipt = client.send(&accounts.maker, Tx::create(code)).await?;
            receipt.contract_address.context("no contract address")
        };
        let args = ("Quote".to_owned(), "QUO".to_owned(), U256::from(18), maker);
        let quote = create(QUOTE, "QuoteToken", alloy::sol_types::SolValue::abi_encode_params(&args)).await?;
        let mut pools = Vec::new();
        for (fee, _) in super::endow::POOLS {
            let args = (token, quote, U256::from(fee), accounts.treasury.address()).abi_encode_params();
            pools.push(create(POOL, "ConstantProductPool", args).await?);
        }
        // Now the market and the LP tokens are known: the plan is complete, and governance carries its part out.
        plan.gauges.pools = (1..).zip(pools.iter().copied()).collect();
        plan.minter.market = Some(MarketPlan { quote, pool: pools[0], deviation_bps: 200, slippage_bps: 150 });
        plan.minter.revenue = Some(accounts.treasury.address());
        deploy::accept(&client, &accounts.governance, &plan, &mut deployed).await?;
        story.deployed(&deployed);
        let at = Keepers::of(&deployed.record)?;
        let not_holders = vec![maker, controller, at.gauges, at.treasury];
        let (vault, treasury) = (at.vault, accounts.treasury.address());
        let sources = Sources { token, quote, pools: pools.clone(), vault, minter, treasury, not_holders };
        let origin = deployed.genesis;
        let index = Index::new(sources, first_block, origin);
        let mut gas = BTreeMap::new();
        for (name, step) in &deployed.record.steps {
            let name: &'static str = Box::leak(format!("deploy {name}").into_boxed_str());
            gas.insert(name, vec![step.gas_used]);
        }
        accounts.holders.clear();
        let values = plan.values()?;
        let mut world = Self {
            client,
            accounts,
            plan,
            deployed,
            policy,
            controller,
            lens,
            verifier,
            token,
            minter,
            quote,
            at,
            pools,
            index,
            first_block,
            origin,
            waiting: Vec::new(),
            epochs: Vec::new(),
            gas,
            values,
            week: EpochRecord::default(),
            stakes: vec![Stakes::default(); STAKERS],
            staking: StakingTally::default(),
            mined: 0,
            as_weighed: true,
            revenue: RevenueTally::default(),
            funds: FundsTally::default(),
            vetoed: false,
            cooldown_tried: false,
            automatic: Vec::new(),
            agreement: Agreement::default(),
        };
        world.endow().await?;
        world.index.follow(&world.client).await?;
        world.values = world.lens().values().await?;
        story.endowed(&world);
        world.introduce(story).await?;
        Ok(world)
    }

    /// What the actors see, read from the chain.
    pub async fn seen(&mut self) -> Result<Seen> {
        self.index.follow(&self.client).await?;
        let (reserve_token, reserve_quote) = self.index.reserves()[0];
        let mut traders = Vec::new();
        for trader in &self.accounts.traders {
            let account = trader.address();
            let quote = self.client.read(self.quote, &QuoteToken::balanceOfCall { account }).await?;
            traders.push(Wallet { token: self.index.balance(&account), quote: u128::try_from(quote)?, staked: 0 });
        }
        let stakers = self.accounts.stakers.iter().map(|s| {
            let account = s.address();
            Wallet { token: self.index.balance(&account), quote: 0, staked: self.index.stake(&account) }
        });
        Ok(Seen {
            reserve_token,
            reserve_quote,
            supply: self.index.supply(),
            staked: self.index.staked(),
            emission: self.values[EMISSION.index()],
            burn_share: self.values[BURN.index()],
            treasury: self.index.treasury(),
            traders,
            stakers: stakers.collect(),
        })
    }

    /// The lens on chain, on the controller now.
    pub fn lens(&self) -> Lens<'_> {
        Lens::latest(&self.client, self.lens, self.controller)
    }

    /// Where updates are valid.
    pub fn domain(&self) -> Domain {
        Domain { chain_id: self.client.chain_id(), controller: self.controller }
    }

    /// An actor's transaction; it must succeed.
    pub async fn act(
        &mut self,
        what: &'static str,
        who: &PrivateKeySigner,
        to: Address,
        call: &impl SolCall,
    ) -> Result<TransactionReceipt> {
        let receipt = self.client.send(who, Tx::call(to, call).gas(ACTOR_GAS)).await.context(what)?;
        self.note(what, &receipt);
        Ok(receipt)
    }

    /// Writes down what an operation cost.
    pub fn note(&mut self, what: &'static str, receipt: &TransactionReceipt) {
        self.gas.entry(what).or_default().push(receipt.gas_used);
    }

    /// Base units of a token that an account has.
    pub async fn balance(&self, token: Address, account: Address) -> Result<U256> {
        Ok(self.client.read(token, &IToken::balanceOfCall { account }).await?)
    }

    /// Sends tokens.
    pub async fn transfer(&mut self, from: &PrivateKeySigner, to: Address, amount: u128) -> Result<()> {
        let call = IToken::transferCall { to, value: U256::from(amount) };
        self.act("token transfer", from, self.token, &call).await.map(drop)
    }

    /// Sends ether, for gas.
    pub async fn pay_ether(&mut self, to: Address, wei: u128) -> Result<()> {
        let tx = Tx { to: Some(to), value: U256::from(wei), ..Tx::default() }.gas(100_000);
        self.client.send(&self.accounts.maker, tx).await?;
        Ok(())
    }
}
