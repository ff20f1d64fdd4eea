//! The DAO: everything is handed to a Governor with its timelock and to two Safes, by a vote of the stakers.

use std::path::Path;

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    sol_types::{Revert, SolError, SolEvent, SolValue},
};
use anyhow::{Context, Result};
use escapement_agent::{
    artifacts,
    bindings::{
        controller::IController,
        safe::{ISafe, ISafeProxyFactory},
        solidity::{ParameterGovernor, ProxyAdmin, TimelockController},
        treasury::ITreasury,
        vault::IVault,
        verifier::IVerifier,
    },
    client::Tx,
    deploy::{self, ADMIN_SLOT, Plan, Power, address_in},
    governance::Proposal,
    safe::{SafeContract, SafeTx, setup},
};
use escapement_core::param::{EMISSION, Group};

use super::{
    attempt::{attempt, refused},
    epoch,
    story::Story,
    world::{DAY, UNIT, World},
};

/// Seconds from a proposal to its snapshot, from there to the end of the vote, and in the timelock.
const TERMS: [u64; 3] = [DAY, 5 * DAY, 14 * DAY];
/// What must be staked for a vote, whole tokens.
const LEAST_STAKED: u128 = 1_000_000;
/// Signatures that a Safe needs, of three owners.
const SIGNATURES: usize = 2;
/// The highest emission rate that the vote allows from then on, ppm of supply a year: a twentieth more.
const WIDENED: u32 = 21_000;
/// Bit of the timelock's state in which an operation can be executed.
const READY: u8 = 1 << 2;

/// Reads Safe's published code, and so finds out before anything runs whether it is there.
pub fn safe_code(packages: &Path) -> Result<[Bytes; 3]> {
    let read = |contract: SafeContract| {
        let missing = "the DAO's Safes need Safe's published code: scripts/setup.sh fetches it";
        contract.init_code(packages).context(missing)
    };
    Ok([read(SafeContract::Singleton)?, read(SafeContract::ProxyFactory)?, read(SafeContract::FallbackHandler)?])
}

/// Who has the power from the vote on.
struct Dao {
    governor: Address,
    timelock: Address,
    council: Address,
    guardian: Address,
}

/// Hands over, votes, and shows who can do what after it.
pub async fn run(world: &mut World, story: &mut Story, safe_code: [Bytes; 3]) -> Result<()> {
    story.chapter("DAO: a Governor, its timelock and two Safes take over");
    epoch::keep_programs(world).await?;
    let dao = found(world, safe_code).await?;
    for (address, name) in [
        (dao.governor, "the Governor"),
        (dao.timelock, "the timelock"),
        (dao.council, "the council's Safe"),
        (dao.guardian, "the guardian's Safe"),
    ] {
        story.names.learn(&address, name);
    }
    story.names.learn(&world.accounts.governance.address(), "the founder");
    hand_over(world, &dao).await?;
    vote(world, story, &dao).await?;
    roles(world, story, &dao).await?;
    halt(world, story, &dao).await
}

async fn create(world: &World, code: Bytes) -> Result<Address> {
    let receipt = world.client.send(&world.accounts.maker, Tx::create(code)).await?;
    receipt.contract_address.context("no contract address")
}

/// Deploys timelock, Governor and Safes.
async fn found(world: &mut World, safe_code: [Bytes; 3]) -> Result<Dao> {
    let maker = world.accounts.maker.clone();
    // The Governor's address is known before it exists, so the timelock needs no administrator, not even for a moment.
    let governor = maker.address().create(world.client.nonce(maker.address()).await? + 1);
    let args = (U256::from(TERMS[2]), vec![governor], vec![Address::ZERO], Address::ZERO).abi_encode_params();
    let code = artifacts::solidity_init_code(artifacts::TIMELOCK, "TimelockController", &args)?;
    let timelock = create(world, code).await?;
    let [delay, period, _] = TERMS.map(U256::from);
    let least = U256::from(LEAST_STAKED * UNIT);
    let name = "Escapement Governor".to_owned();
    let args = (name, world.at.vault, timelock, world.controller, delay, period, least).abi_encode_params();
    let code = artifacts::solidity_init_code(artifacts::GOVERNOR, "ParameterGovernor", &args)?;
    anyhow::ensure!(create(world, code).await? == governor, "the Governor is not where it was foretold");

    let [singleton, factory, handler] = safe_code;
    let (singleton, factory) = (create(world, singleton).await?, create(world, factory).await?);
    let handler = create(world, handler).await?;
    let mut safes = Vec::new();
    for owners in [world.accounts.councillors.clone(), world.accounts.guardians.clone()] {
        let owners: Vec<Address> = owners.iter().map(alloy::signers::local::PrivateKeySigner::address).collect();
        let initializer = setup(&owners, SIGNATURES, handler);
        let call = ISafeProxyFactory::createProxyWithNonceCall { singleton, initializer, saltNonce: U256::ZERO };
        let receipt = world.act("create a Safe", &maker, factory, &call).await?;
        let created = receipt.logs().iter().find_map(|l| ISafeProxyFactory::ProxyCreation::decode_log(&l.inner).ok());
        safes.push(created.context("no Safe")?.proxy);
    }
    Ok(Dao { governor, timelock, council: safes[0], guardian: safes[1] })
}

/// The proxies, each with the default admin's role of its own.
fn proxies(world: &World) -> [Address; 5] {
    [world.controller, world.minter, world.at.vault, world.at.gauges, world.at.treasury]
}

/// What the founder can do before the vote: the timelock becomes an admin of everything and the only owner of the proxies'
/// admins, the Safes replace council and guardian.
async fn hand_over(world: &mut World, dao: &Dao) -> Result<()> {
    let founder = world.accounts.governance.clone();
    let (controller, verifier, treasury) = (world.controller, world.verifier, world.at.treasury);
    let council_role = world.client.read(controller, &IController::COUNCIL_ROLECall {}).await?;
    let guardian_role = world.client.read(controller, &IController::GUARDIAN_ROLECall {}).await?;
    let treasury_role = world.client.read(treasury, &ITreasury::COUNCIL_ROLECall {}).await?;
    let (council, guardian) = (world.accounts.council.address(), world.accounts.guardian.address());
    for (to, role, old, account) in [
        (controller, council_role, council, dao.council),
        (controller, guardian_role, guardian, dao.guardian),
        (treasury, treasury_role, council, dao.council),
    ] {
        world.act("grant a role", &founder, to, &IController::grantRoleCall { role, account }).await?;
        world.act("revoke a role", &founder, to, &IController::revokeRoleCall { role, account: old }).await?;
    }
    let call = IVerifier::setGuardianCall { guardian: dao.guardian };
    world.act("set the verifier's guardian", &founder, verifier, &call).await?;
    let call = IVerifier::transferOwnershipCall { new_owner: dao.timelock };
    world.act("offer the verifier", &founder, verifier, &call).await?;
    for proxy in proxies(world) {
        let grant = IController::grantRoleCall { role: B256::ZERO, account: dao.timelock };
        world.act("grant a role", &founder, proxy, &grant).await?;
        let admin = address_in(world.client.storage(proxy, U256::from_be_bytes(ADMIN_SLOT)).await?);
        let give = ProxyAdmin::transferOwnershipCall { newOwner: dao.timelock };
        world.act("give a proxy's admin away", &founder, admin, &give).await?;
    }
    Ok(())
}

/// The stakers vote that the timelock alone governs, and that a bound is widened.
async fn vote(world: &mut World, story: &mut Story, dao: &Dao) -> Result<()> {
    let (keeper, stranger) = (world.accounts.keeper.clone(), world.accounts.stranger.clone());
    let proposer = world.accounts.stakers[0].clone();
    let mut rules = EMISSION.default_rules();
    let (_, before, _) = world.lens().range(EMISSION).await?;
    rules.gov_max = WIDENED;
    let [word0, word1] = rules.pack().map(B256::from);
    let mut proposal = Proposal::new("The timelock alone governs; emission may rise to 21,000 ppm a year")
        .call(world.verifier, &IVerifier::acceptOwnershipCall {})
        .call(world.controller, &IController::setSlotRulesCall { slot: EMISSION.number(), word0, word1 });
    let founder = world.accounts.governance.address();
    for proxy in proxies(world) {
        proposal = proposal.call(proxy, &IController::revokeRoleCall { role: B256::ZERO, account: founder });
    }
    let governor = dao.governor;

    let tried = attempt(world, &stranger, Tx::call(governor, &proposal.propose())).await?;
    let at = alloy::eips::BlockId::number(tried.block);
    let call = ParameterGovernor::proposalThreshold_1Call {};
    let threshold = world.client.read_from(Address::ZERO, governor, &call, at).await?;
    let error = ParameterGovernor::GovernorInsufficientProposerVotes {
        proposer: stranger.address(),
        votes: U256::ZERO,
        threshold,
    };
    tried.judge(world, story, "a stranger without a stake proposes", &error.abi_encode(), None);

    world.act("propose", &proposer, governor, &proposal.propose()).await?;
    let (_, now) = world.client.head().await?;
    world.client.warp(now + TERMS[0] + 1).await?;
    // All stakers vote with what they have staked; the smallest is against.
    let (proposal_id, mut votes) = (proposal.id(), U256::ZERO);
    let stakers = world.accounts.stakers.clone();
    for (number, voter) in stakers.iter().enumerate() {
        let support = u8::from(number + 1 < stakers.len());
        let call = ParameterGovernor::castVoteCall { proposalId: proposal_id, support };
        world.act("vote", voter, governor, &call).await?;
        votes += world.client.read(world.at.vault, &IVault::getVotesCall { account: voter.address() }).await?;
    }
    let again = Tx::call(governor, &ParameterGovernor::castVoteCall { proposalId: proposal_id, support: 1 });
    let error = ParameterGovernor::GovernorAlreadyCastVote { voter: proposer.address() };
    refused(world, story, "a staker votes twice", &proposer, again, error).await?;
    let counted =
        world.client.read(governor, &ParameterGovernor::proposalVotesCall { proposalId: proposal_id }).await?;
    let call = ParameterGovernor::proposalSnapshotCall { proposalId: proposal_id };
    let call = ParameterGovernor::quorumCall { timepoint: world.client.read(governor, &call).await? };
    let quorum = world.client.read(governor, &call).await?;
    let staked = world.client.read(world.at.vault, &IVault::totalSupplyCall {}).await?;
    story.expect(
        "every vote counts what is staked, and the quorum is the controller's share of all stakes",
        counted.forVotes + counted.againstVotes == votes
            && votes == staked
            && counted.forVotes >= quorum
            && quorum == (staked * U256::from(world.lens().values().await?[9])).div_ceil(U256::from(10_000)),
    );

    let (_, now) = world.client.head().await?;
    world.client.warp(now + TERMS[1]).await?;
    world.act("queue a proposal", &keeper, governor, &proposal.queue()).await?;
    let early = Tx::call(governor, &proposal.execute());
    let error = TimelockController::TimelockUnexpectedOperationState {
        operationId: proposal.operation(governor),
        expectedStates: B256::with_last_byte(READY),
    };
    refused(world, story, "a proposal before the timelock's delay", &stranger, early, error).await?;
    let (_, now) = world.client.head().await?;
    world.client.warp(now + TERMS[2]).await?;
    world.act("execute a proposal", &keeper, governor, &proposal.execute()).await?;
    let (_, after, _) = world.lens().range(EMISSION).await?;
    story.expect(
        &format!(
            "a vote of the stakers, carried out by the timelock, widened a bound: emission up to {before} → {after}"
        ),
        after == WIDENED && before < after,
    );
    let set = IController::setSlotRulesCall { slot: EMISSION.number(), word0, word1 };
    let founder = world.accounts.governance.clone();
    let error = IController::AccessControlUnauthorizedAccount { account: founder.address(), neededRole: B256::ZERO };
    refused(world, story, "the founder sets a bound after the vote", &founder, Tx::call(world.controller, &set), error)
        .await
}

/// All roles are the DAO's, read back as after a deployment; the founder has none.
async fn roles(world: &mut World, story: &mut Story, dao: &Dao) -> Result<()> {
    let keeper = world.accounts.keeper.clone();
    world.act("poke the vault", &keeper, world.at.vault, &IVault::pokeParamsCall {}).await?;
    let plan = Plan {
        governance: Power::Standing(dao.timelock),
        council: Power::Standing(dao.council),
        guardian: Power::Standing(dao.guardian),
        attesters: deploy::Attesters {
            threshold: world.plan.attesters.threshold,
            // One was struck off.
            signers: world.client.read(world.verifier, &IVerifier::signersCall {}).await?,
        },
        ..world.plan.clone()
    };
    let founder = world.accounts.governance.address();
    let report = deploy::read_roles(&world.client, &plan, &world.deployed.record, founder).await?;
    let verdict = report.verdict();
    story.expect(
        &format!(
            "{} roles and pointers read back: timelock and Safes hold them, the founder none{}",
            report.checks.len(),
            verdict.as_ref().err().map_or_else(String::new, |wrong| format!(" ({wrong})"))
        ),
        verdict.is_ok() && report.pending.is_empty(),
    );
    Ok(())
}

/// The guardian's Safe halts a group with two of its three signatures, and cannot with one.
async fn halt(world: &mut World, story: &mut Story, dao: &Dao) -> Result<()> {
    let (keeper, guardian) = (world.accounts.keeper.clone(), dao.guardian);
    let scope = Group::Liquidity.number();
    let nonce = world.client.read(guardian, &ISafe::nonceCall {}).await?;
    let tx = SafeTx::call(world.controller, &IController::haltCall { scope }, nonce);
    let sign = |count: usize| tx.sign(world.client.chain_id(), guardian, &world.accounts.guardians[..count]);
    let (one, two) = (sign(SIGNATURES - 1)?, sign(SIGNATURES)?);
    // What Safe says to data too short for its threshold.
    let error = Revert::from("GS020");
    let alone = Tx::call(guardian, &tx.execute(one));
    refused(world, story, "one owner of the guardian's Safe halts", &keeper, alone, error).await?;
    world.act("halt by a Safe", &keeper, guardian, &tx.execute(two)).await?;
    let (_, now) = world.client.head().await?;
    let until = world.client.read(world.controller, &IController::haltedUntilCall { scope }).await?;
    story.expect("two of three owners of the guardian's Safe halted liquidity mining", u64::from(until) > now);
    Ok(())
}
