//! Who acts: keys of the public development mnemonic, by role.

use alloy::{primitives::Address, signers::local::PrivateKeySigner};
use anyhow::Result;
use escapement_agent::keys::dev_key;
use escapement_lab::actors::{STAKERS, TRADERS};

/// Everybody with a key.
#[derive(Debug)]
pub struct Accounts {
    /// Deploys, then has no power.
    pub deployer: PrivateKeySigner,
    /// Stands in for the timelock.
    pub governance: PrivateKeySigner,
    /// Stands in for the DAO's multisig.
    pub council: PrivateKeySigner,
    /// Stands in for the small multisig that can only stop things.
    pub guardian: PrivateKeySigner,
    /// Gets the revenue that is not burned, and pays; beneficiary of the treasury's stream.
    pub treasury: PrivateKeySigner,
    /// Holds the initial supply, makes the market, sends tokens to newcomers.
    pub maker: PrivateKeySigner,
    /// Submits, executes and rolls: a bot without any role.
    pub keeper: PrivateKeySigner,
    /// Users of the protocol: they pay for its service.
    pub users: PrivateKeySigner,
    /// A stranger with bad intentions.
    pub stranger: PrivateKeySigner,
    /// The five attesters; they sign and never send.
    pub attesters: Vec<PrivateKeySigner>,
    /// Traders.
    pub traders: Vec<PrivateKeySigner>,
    /// Stakers.
    pub stakers: Vec<PrivateKeySigner>,
    /// Liquidity providers.
    pub providers: Vec<PrivateKeySigner>,
    /// Who gets a grant.
    pub grantees: Vec<PrivateKeySigner>,
    /// Owners of the council's Safe.
    pub councillors: Vec<PrivateKeySigner>,
    /// Owners of the guardian's Safe.
    pub guardians: Vec<PrivateKeySigner>,
    /// Small holders that are there from the start or have come since.
    pub holders: Vec<PrivateKeySigner>,
    next_holder: u32,
}

/// Liquidity providers.
const PROVIDERS: usize = 3;
/// Grants of the round.
const GRANTEES: usize = 4;
/// Owners of each Safe.
const OWNERS: usize = 3;
/// First key of the small holders.
const FIRST_HOLDER: u32 = 100;

impl Accounts {
    /// Derives all keys.
    pub fn derive() -> Result<Self> {
        let many =
            |first: u32, count: usize| -> Result<Vec<_>> { (first..).take(count).map(|i| Ok(dev_key(i)?)).collect() };
        Ok(Self {
            deployer: dev_key(0)?,
            governance: dev_key(1)?,
            council: dev_key(2)?,
            guardian: dev_key(3)?,
            treasury: dev_key(4)?,
            maker: dev_key(5)?,
            keeper: dev_key(6)?,
            users: dev_key(7)?,
            stranger: dev_key(8)?,
            attesters: many(20, 5)?,
            traders: many(30, TRADERS)?,
            stakers: many(50, STAKERS)?,
            providers: many(70, PROVIDERS)?,
            grantees: many(80, GRANTEES)?,
            councillors: many(90, OWNERS)?,
            guardians: many(95, OWNERS)?,
            holders: Vec::new(),
            next_holder: FIRST_HOLDER,
        })
    }

    /// A key nobody has used.
    pub fn newcomer(&mut self) -> Result<Address> {
        let key = dev_key(self.next_holder)?;
        self.next_holder += 1;
        let address = key.address();
        self.holders.push(key);
        Ok(address)
    }
}
