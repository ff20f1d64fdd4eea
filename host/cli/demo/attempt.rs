//! An attempt that must fail: a real transaction, mined as a revert, with one exact error and nothing written.

use alloy::{
    eips::BlockId,
    primitives::{Address, Bytes, U256},
    rpc::types::TransactionReceipt,
    signers::local::PrivateKeySigner,
    sol_types::{SolCall, SolError},
};
use anyhow::{Context, Result};
use escapement_agent::{
    bindings::{
        controller::IController, gauges::IGauges, lens::ILens, minter::IMinter, solidity::ProxyAdmin, token::IToken,
        treasury::ITreasury, vault::IVault, verifier::IVerifier,
    },
    client::{ClientError, Tx},
    deploy::{ADMIN_SLOT, IMPLEMENTATION_SLOT, address_in},
    errors::Refusal,
    lens::Foretold,
    sign::Attested,
    submit::submission,
};
use escapement_core::{
    engine::key,
    param::{GROUPS, SLOTS},
};

use super::{
    story::{Attack, Story},
    world::World,
};

/// Gas limit of an attempt: enough for every path, so that gas is never the reason.
pub const ATTEMPT_GAS: u64 = 12_000_000;
/// Words of the engine's buckets.
const BUCKETS: u64 = 5;

/// What became of an attempt.
pub struct Attempt {
    /// The revert; none if it went through.
    refusal: Option<Refusal>,
    receipt: TransactionReceipt,
    /// Block it was mined in.
    pub block: u64,
    /// Timestamp of that block, seconds.
    pub time: u64,
    /// What is not as it was.
    wrote: Vec<String>,
}

/// Sends a transaction, whatever becomes of it, and compares what it might have touched before and after.
pub async fn attempt(world: &World, who: &PrivateKeySigner, tx: Tx) -> Result<Attempt> {
    let tx = tx.gas(ATTEMPT_GAS);
    let before = state(world).await?;
    let receipt = world.client.post(who, tx.clone()).await?;
    let block = receipt.block_number.context("the receipt names no block")?;
    let (_, time) = world.client.block_time(block.into()).await?;
    let refusal = if receipt.status() {
        None
    } else {
        // Again at its own block: the same time, and what reverted left the same state.
        match world.client.call_raw(who.address(), &tx, BlockId::number(block), None).await {
            Err(ClientError::Refused { refusal, .. }) => Some(refusal),
            Err(other) => return Err(other.into()),
            Ok(_) => None,
        }
    };
    let after = state(world).await?;
    let mut wrote: Vec<String> =
        before.iter().zip(&after).filter(|(b, a)| b != a).map(|(b, _)| b.0.to_owned()).collect();
    let at = &world.at;
    let contracts = [world.controller, world.verifier, world.token, world.minter, at.vault, at.gauges, at.treasury];
    let logs = world.client.logs(&contracts, block, block).await?.len();
    if logs > 0 {
        wrote.push(format!("{logs} logs"));
    }
    Ok(Attempt { refusal, receipt, block, time, wrote })
}

impl Attempt {
    /// The verdict: `expected` is the whole revert data, `foretold` what the lens said about a submission.
    pub fn judge(self, world: &World, story: &mut Story, name: &str, expected: &[u8], foretold: Option<Foretold>) {
        let held = self.refusal.as_ref().is_some_and(|r| r.data == expected)
            && self.wrote.is_empty()
            && foretold.as_ref().is_none_or(|f| matches!(f, Err(r) if r.data == expected));
        story.attack(Attack {
            name: name.to_owned(),
            expected: world.client.errors().decode(expected).to_string(),
            refused_with: self.refusal.map_or_else(|| "nothing: it went through".to_owned(), |r| r.to_string()),
            foretold: foretold.map(|f| f.map_or_else(|r| r.to_string(), |a| format!("{a:?}"))),
            wrote: self.wrote,
            gas: self.receipt.gas_used,
            held,
        });
    }
}

/// Sends a transaction that must be refused with exactly this error.
pub async fn refused(
    world: &World,
    story: &mut Story,
    name: &str,
    who: &PrivateKeySigner,
    tx: Tx,
    expected: impl SolError,
) -> Result<()> {
    attempt(world, who, tx).await?.judge(world, story, name, &expected.abi_encode(), None);
    Ok(())
}

/// Submits an update that must be refused with the error that `expected` gives for the block's timestamp (seconds); the
/// lens must have said so, to the byte.
pub async fn submission_refused<E: SolError>(
    world: &World,
    story: &mut Story,
    name: &str,
    who: &PrivateKeySigner,
    attested: &Attested,
    expected: impl FnOnce(u64) -> E,
) -> Result<()> {
    let attempt = attempt(world, who, submission(world.controller, attested)).await?;
    let foretold = world.lens().at(attempt.block).preview(attested).await?;
    let expected = expected(attempt.time).abi_encode();
    attempt.judge(world, story, name, &expected, Some(foretold));
    Ok(())
}

/// What an attack could be after, each with a name: the engine's words, values, roles' anchors, supply, signers, code.
async fn state(world: &World) -> Result<Vec<(&'static str, Bytes)>> {
    let (controller, verifier, token, minter) = (world.controller, world.verifier, world.token, world.minter);
    let implementation = world.deployed.address("controllerImplementation")?;
    let (vault, gauges, treasury) = (world.at.vault, world.at.gauges, world.at.treasury);
    let reads: [(&'static str, Address, Vec<u8>); 24] = [
        ("the controller's words", controller, IController::wordsCall { keys: keys() }.abi_encode()),
        ("the parameters", world.lens, ILens::paramsCall { controller }.abi_encode()),
        ("the controller's verifier", controller, IController::verifierCall {}.abi_encode()),
        ("the controller's version", controller, IController::storedVersionCall {}.abi_encode()),
        ("the implementation's storage", implementation, IController::storedVersionCall {}.abi_encode()),
        ("the token's supply", token, IToken::totalSupplyCall {}.abi_encode()),
        ("the token's minter", token, IToken::minterCall {}.abi_encode()),
        ("the next epoch", minter, IMinter::nextEpochCall {}.abi_encode()),
        ("the minter's total", minter, IMinter::totalMintedCall {}.abi_encode()),
        ("the minter's consumers", minter, IMinter::consumersCall {}.abi_encode()),
        ("the minter's market", minter, IMinter::marketCall {}.abi_encode()),
        ("the minter's revenue", minter, IMinter::revenueCall {}.abi_encode()),
        ("the vault's rewards", vault, IVault::rewardsCall {}.abi_encode()),
        ("the vault's stakes", vault, IVault::totalSupplyCall {}.abi_encode()),
        ("what the vault holds and owes", vault, IVault::solvencyCall {}.abi_encode()),
        ("the vault's terms", vault, IVault::termsCall {}.abi_encode()),
        ("what the gauges owe", gauges, IGauges::owedCall {}.abi_encode()),
        ("the gauges' pools", gauges, IGauges::poolsCall {}.abi_encode()),
        ("the treasury's books", treasury, ITreasury::owedCall {}.abi_encode()),
        ("the treasury's free funds", treasury, ITreasury::freeFundsCall {}.abi_encode()),
        ("the signer set's number", verifier, IVerifier::signerEpochCall {}.abi_encode()),
        ("the signers", verifier, IVerifier::signersCall {}.abi_encode()),
        ("the threshold", verifier, IVerifier::thresholdCall {}.abi_encode()),
        ("the verifier's owner", verifier, IVerifier::ownerCall {}.abi_encode()),
    ];
    let mut state = Vec::with_capacity(reads.len() + 3);
    for (name, to, data) in reads {
        let tx = Tx { to: Some(to), data: data.into(), ..Tx::default() };
        state.push((name, world.client.call_raw(Address::ZERO, &tx, BlockId::latest(), None).await?));
    }
    let stored = async |slot| world.client.storage(controller, U256::from_be_bytes(slot)).await;
    let admin = stored(ADMIN_SLOT).await?;
    state.push(("the proxy's admin", admin.to_be_bytes_vec().into()));
    state.push(("the proxy's implementation", stored(IMPLEMENTATION_SLOT).await?.to_be_bytes_vec().into()));
    let owner = world.client.read(address_in(admin), &ProxyAdmin::ownerCall {}).await?;
    state.push(("the owner of the proxy's admin", owner.to_vec().into()));
    Ok(state)
}

/// Keys of everything the engine keeps; of the history the lengths, its newest entries being the values.
fn keys() -> Vec<u64> {
    let groups = GROUPS as u64;
    let blocks = [
        (key::CONFIG, key::BREAKER + 1),
        (key::GROUP, groups),
        (key::GROUP_RULES, groups),
        (key::PENDING, groups),
        (key::PENDING_HASH, groups),
        (key::BUCKET, BUCKETS),
        (key::SLOT_RULES, 2 * SLOTS as u64),
    ];
    blocks.into_iter().flat_map(|(first, count)| first..first + count).collect()
}
