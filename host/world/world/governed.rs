//! A world in the hands of its holders: a Governor and a timelock govern, Safes are council and guardian.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolValue};
use escapement_agent::{
    bindings::{
        controller::IController,
        solidity::{ParameterGovernor, ProxyAdmin},
        token::IToken,
        treasury::ITreasury,
        vault::IVault,
        verifier::IVerifier,
    },
    governance::Proposal,
};

use super::{World, wad};
use crate::{Multisig, Receipt, Refusal};

/// Seconds of a day.
const DAY: u64 = 86_400;

/// A [`World`] whose governance is a timelock. The founding proposal, which ends the power of who deployed, has passed.
#[derive(Clone)]
pub struct Governed {
    /// The contracts. Governance is the timelock; council and guardian are the Safes.
    pub world: World,
    /// The Governor: the timelock's only proposer and canceller.
    pub governor: Address,
    /// The council: two of three.
    pub council: Multisig,
    /// The guardian: two of two.
    pub guardian: Multisig,
    /// Who governed before the founding proposal.
    pub founder: Address,
    /// Holders with 900,000, 30,000 and 5,000 tokens at stake and as many votes; 65,000 more are staked without a vote.
    pub voters: [Address; 3],
}

impl Governed {
    /// Seconds from a proposal to its snapshot.
    pub const VOTING_DELAY: u64 = DAY;
    /// Seconds from the snapshot to the end of the vote.
    pub const VOTING_PERIOD: u64 = 5 * DAY;
    /// Seconds that the timelock holds what has passed: as long as the longest queue of a parameter (G9).
    pub const TIMELOCK_DELAY: u64 = 14 * DAY;
    /// What must be staked.
    pub const MIN_VOTABLE_SUPPLY: u64 = 100_000;

    /// Puts `proposal` to the Governor as `by` and returns its id.
    ///
    /// # Errors
    /// The [`Refusal`] of the Governor.
    pub fn propose(&self, by: Address, proposal: &Proposal) -> Result<U256, Refusal> {
        self.world.net.send(by, self.governor, &proposal.propose())?;
        Ok(proposal.id())
    }

    /// Votes: 0 against, 1 for, 2 abstain.
    ///
    /// # Errors
    /// The [`Refusal`] of the Governor.
    pub fn vote(&self, by: Address, proposal: &Proposal, support: u8) -> Result<Receipt, Refusal> {
        let call = ParameterGovernor::castVoteCall { proposalId: proposal.id(), support };
        self.world.net.send(by, self.governor, &call)
    }

    /// Hands the proposal to the timelock.
    ///
    /// # Errors
    /// The [`Refusal`] of the Governor.
    pub fn queue(&self, proposal: &Proposal) -> Result<Receipt, Refusal> {
        self.world.net.send(self.world.stranger, self.governor, &proposal.queue())
    }

    /// Executes the proposal as a stranger.
    ///
    /// # Errors
    /// The [`Refusal`] of Governor, timelock or what is called.
    pub fn execute(&self, proposal: &Proposal) -> Result<Receipt, Refusal> {
        self.world.net.send(self.world.stranger, self.governor, &proposal.execute())
    }

    /// Proposes, votes, queues, and waits until the proposal can be executed.
    ///
    /// # Panics
    /// When a step before the execution is refused.
    pub fn carry(&self, proposal: &Proposal) {
        let net = &self.world.net;
        let [first, ..] = self.voters;
        self.propose(first, proposal).unwrap_or_else(|refusal| panic!("propose: {refusal}"));
        net.warp(Self::VOTING_DELAY + 1);
        self.vote(first, proposal, 1).unwrap_or_else(|refusal| panic!("vote: {refusal}"));
        net.warp(Self::VOTING_PERIOD);
        self.queue(proposal).unwrap_or_else(|refusal| panic!("queue: {refusal}"));
        net.warp(Self::TIMELOCK_DELAY);
    }

    /// Carries the proposal all the way and executes it.
    ///
    /// # Errors
    /// The [`Refusal`] of the execution.
    pub fn pass(&self, proposal: &Proposal) -> Result<Receipt, Refusal> {
        self.carry(proposal);
        self.execute(proposal)
    }

    /// State of a proposal, in the order of `IGovernor.ProposalState`.
    ///
    /// # Panics
    /// When there is no such proposal.
    #[must_use]
    pub fn state(&self, proposal: &Proposal) -> u8 {
        let call = ParameterGovernor::stateCall { proposalId: proposal.id() };
        self.world.net.view(self.governor, &call).unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// Votes that a proposal with this snapshot needs.
    ///
    /// # Errors
    /// The [`Refusal`] of the Governor.
    pub fn quorum(&self, timepoint: u64) -> Result<U256, Refusal> {
        self.world.net.view(self.governor, &ParameterGovernor::quorumCall { timepoint: U256::from(timepoint) })
    }
}

impl World {
    /// Deploys everything, connects it, and hands it over: council and guardian to Safes, governance to a timelock whose
    /// only proposer is the Governor. The last step, which takes the deployer's governance away, is a vote.
    ///
    /// # Panics
    /// When a step is refused.
    #[must_use]
    pub fn governed() -> Governed {
        let mut world = Self::new();
        world.connect();
        let net = world.net.clone();
        let (founder, deployer) = (world.governance, world.deployer);

        // The Governor's address is known before it exists, so the timelock needs no administrator, not even for a moment.
        let nonce = net.chain.nonce(deployer, alloy::eips::BlockId::latest()).expect("the newest state is kept");
        let governor = deployer.create(nonce + 1);
        let arguments = (U256::from(Governed::TIMELOCK_DELAY), vec![governor], vec![Address::ZERO], Address::ZERO)
            .abi_encode_params();
        let timelock = net.solidity(deployer, "TimelockController", &arguments);
        let arguments = governor_arguments(&world, timelock, wad(Governed::MIN_VOTABLE_SUPPLY));
        assert_eq!(net.solidity(deployer, "ParameterGovernor", &arguments), governor, "as foretold");
        let [council, guardian] = Multisig::create(&net, deployer, [("council", 3, 2), ("guardian", 2, 2)]);

        world.hand_over(timelock, council.address, guardian.address);
        let voters = [6, 7, 8].map(|n| net.account(n));
        for (account, tokens, delegatee) in [
            (voters[0], 900_000, voters[0]),
            (voters[1], 30_000, voters[1]),
            (voters[2], 5_000, voters[2]),
            (net.account(9), 65_000, Address::ZERO),
        ] {
            world.stake(account, tokens, 30 * 86_400);
            let call = IVault::delegateCall { delegatee };
            net.send(account, world.vault, &call).unwrap_or_else(|refusal| panic!("delegate: {refusal}"));
        }
        net.warp(1);

        let founding = founding(&world, founder);
        (world.governance, world.council, world.guardian) = (timelock, council.address, guardian.address);
        let governed = Governed { world, governor, council, guardian, founder, voters };
        governed.pass(&founding).unwrap_or_else(|refusal| panic!("founding: {refusal}"));
        governed
    }

    /// Stakes `tokens` of the deployer's for `account`, locked for so many seconds; returns the position's id.
    ///
    /// # Panics
    /// When token or vault refuse.
    #[allow(clippy::must_use_candidate)] // the stake is what counts
    pub fn stake(&self, account: Address, tokens: u64, lock_seconds: u32) -> u32 {
        let amount = wad(tokens);
        let call = IToken::transferCall { to: account, value: amount };
        self.net.send(self.deployer, self.token, &call).expect("the deployer's");
        let call = IToken::approveCall { spender: self.vault, value: amount };
        self.net.send(account, self.token, &call).expect("its own");
        let call = IVault::stakeCall { amount, lockSeconds: lock_seconds };
        let receipt = self.net.send(account, self.vault, &call).unwrap_or_else(|refusal| panic!("{refusal}"));
        receipt.events::<escapement_agent::bindings::vault::IVaultEvents::Staked>()[0].id
    }

    /// The proxies, each administered by its own default admin and behind its own proxy admin.
    #[must_use]
    pub fn proxies(&self) -> [Address; 5] {
        [self.controller, self.minter, self.vault, self.gauges, self.treasury]
    }

    /// What governance can do before the vote: the timelock becomes an admin of everything and the only owner of the proxy
    /// admins, the Safes replace council and guardian.
    fn hand_over(&self, timelock: Address, council: Address, guardian: Address) {
        let founder = self.governance;
        let council_role = self.net.view(self.controller, &IController::COUNCIL_ROLECall {}).expect("a plain view");
        let guardian_role = self.net.view(self.controller, &IController::GUARDIAN_ROLECall {}).expect("a plain view");
        let treasury_role = self.net.view(self.treasury, &ITreasury::COUNCIL_ROLECall {}).expect("a plain view");
        for (at, role, old, new) in [
            (self.controller, council_role, self.council, council),
            (self.controller, guardian_role, self.guardian, guardian),
            (self.treasury, treasury_role, self.council, council),
        ] {
            self.govern(at, &IController::grantRoleCall { role, account: new });
            self.govern(at, &IController::revokeRoleCall { role, account: old });
        }
        self.govern(self.verifier, &IVerifier::setGuardianCall { guardian });
        self.govern(self.verifier, &IVerifier::transferOwnershipCall { new_owner: timelock });
        for proxy in self.proxies() {
            self.govern(proxy, &IController::grantRoleCall { role: B256::ZERO, account: timelock });
            let admin = self.net.proxy_admin(proxy);
            let owner = self.net.view(admin, &ProxyAdmin::ownerCall {}).expect("a plain view");
            assert_eq!(owner, founder);
            self.govern(admin, &ProxyAdmin::transferOwnershipCall { newOwner: timelock });
        }
    }

    /// Sends `call` as governance while that is an account with a key.
    fn govern<C: SolCall>(&self, to: Address, call: &C) {
        self.net.send(self.governance, to, call).unwrap_or_else(|refusal| panic!("{}: {refusal}", C::SIGNATURE));
    }
}

/// Constructor arguments of the Governor of `world` with the terms of [`Governed`].
#[must_use]
pub fn governor_arguments(world: &World, timelock: Address, min_votable_supply: U256) -> Vec<u8> {
    (
        "Escapement Governor".to_owned(),
        world.vault,
        timelock,
        world.controller,
        U256::from(Governed::VOTING_DELAY),
        U256::from(Governed::VOTING_PERIOD),
        min_votable_supply,
    )
        .abi_encode_params()
}

/// The proposal that makes the timelock the only governance.
fn founding(world: &World, founder: Address) -> Proposal {
    let accept = Proposal::new("The timelock alone governs").call(world.verifier, &IVerifier::acceptOwnershipCall {});
    world.proxies().into_iter().fold(accept, |proposal, proxy| {
        proposal.call(proxy, &IController::revokeRoleCall { role: B256::ZERO, account: founder })
    })
}
