//! From KPIs to an update: inference, mapping, and a rehearsal under the law before anybody signs.

use std::fmt;

use alloy::{
    eips::BlockId,
    primitives::{Address, keccak256},
};
use escapement_core::{
    engine::{self, Accepted, Config, Progress, Violation, submit::View, views},
    param::{Group, SLOTS, Slot},
    policy::{self, PolicyError},
    update::{Change, EncodeError, OwnedUpdate, Update},
};

use crate::{
    bindings::{controller::IController, vault::IVault, verifier::IVerifier},
    client::{Client, ClientError},
    errors::{self, Refusal},
    lens::is_live,
    mirror::{Mirror, Words},
    policy::PolicyFiles,
};

/// How long an update stays valid after its observation, seconds. Short of the 24 h for which the strictest group accepts an
/// observation.
pub const VALID_FOR: u64 = 6 * 3_600;

/// Most consumers that a controller has.
const MAX_CONSUMERS: u8 = 8;

/// Why no update could be proposed.
#[derive(Debug, thiserror::Error)]
pub enum ProposeError {
    /// The node.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The policy does not fit the KPIs.
    #[error("the policy cannot run: {0:?}")]
    Policy(PolicyError),
    /// The update has no wire form.
    #[error("the update has no wire form: {0:?}")]
    Encode(EncodeError),
    /// Even an update without changes would be refused.
    #[error("even a heartbeat would be refused: {}", errors::named(.0))]
    Refused(Violation),
}

/// Observed KPIs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The values, Q16.16: the observations, then one score for each live pool.
    pub kpis: Vec<i32>,
    /// When they were observed, seconds.
    pub at: u64,
}

/// An update as it would be accepted now.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The update.
    pub update: OwnedUpdate,
    /// Outputs of the network, Q16.
    pub outputs: [i32; 8],
    /// What the controller would do with it.
    pub expected: Accepted,
    /// Groups the policy wanted to move and cannot move now, with the reason.
    pub left_out: Vec<(Group, Objection)>,
}

/// Why a group is left out of a proposal.
#[derive(Clone, Debug)]
pub enum Objection {
    /// The law does not let it move.
    Law(Violation),
    /// A consumer could not live with the values.
    Consumer(Refusal),
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Law(violation) => errors::named(violation).fmt(f),
            Self::Consumer(refusal) => refusal.fmt(f),
        }
    }
}

/// Proposes an update: every group the policy wants to move, the law lets move now, and the controller's consumers can live
/// with. The rest is left out, which the law allows (omission is a matter of liveness; a value is never a matter of choice).
///
/// # Errors
/// A [`ProposeError`].
pub async fn propose(
    client: &Client,
    controller: Address,
    verifier: Address,
    policy: &PolicyFiles,
    observation: &Observation,
) -> Result<Proposal, ProposeError> {
    let outputs = policy.infer(&observation.kpis).map_err(ProposeError::Policy)?;
    let signer_epoch = client.read(verifier, &IVerifier::signerEpochCall {}).await?;
    let last = Mirror::latest(client, controller).await?.ask(Progress::load).await?;
    let heartbeat = OwnedUpdate {
        model_id: policy.model_id().0,
        kpi_schema: policy.kpi_schema().0,
        signer_epoch,
        update_id: last.update_id + 1,
        observed_at: observation.at,
        valid_after: observation.at,
        expires_at: observation.at + VALID_FOR,
        kpis: observation.kpis.clone(),
        changes: Vec::new(),
    };
    extend(client, controller, heartbeat, outputs, policy.inputs()).await
}

/// Adds to an update without changes those that [`propose`] would; `inputs` KPI values are the network's.
pub(crate) async fn extend(
    client: &Client,
    controller: Address,
    heartbeat: OwnedUpdate,
    outputs: [i32; 8],
    inputs: usize,
) -> Result<Proposal, ProposeError> {
    let mut mirror = Mirror::latest(client, controller).await?;
    // The update will be mined a little later than the block seen here.
    let now = u32::try_from(mirror.time().max(heartbeat.observed_at)).unwrap_or(u32::MAX);
    let rehearse = |update: &OwnedUpdate| {
        let wire = update.encode().map_err(ProposeError::Encode)?;
        Ok::<_, ProposeError>(move |words: &Words| {
            let view = Update::decode(&wire).unwrap_or_else(|_| unreachable!("what encodes also decodes"));
            views::preview(words, now, &view, &outputs, |bytes| keccak256(bytes).0)
        })
    };
    let mut expected = mirror.ask(rehearse(&heartbeat)?).await?.map_err(ProposeError::Refused)?;
    let mut update = heartbeat;
    let mut left_out = Vec::new();
    // A trip applies nothing: the heartbeat carries it to the controller.
    if expected.trip == 0 {
        let scores = update.kpis.get(inputs..).unwrap_or_default().to_vec();
        for group in Group::ALL {
            let changes = mirror.ask(|words| mapped(words, group, &outputs, &scores)).await?;
            let changes = changes.map_err(ProposeError::Refused)?;
            if changes.is_empty() {
                continue;
            }
            let mut longer = update.clone();
            longer.changes.extend(&changes);
            match mirror.ask(rehearse(&longer)?).await? {
                Ok(accepted) => {
                    let values = mirror.ask(|words| group_values(words, group, &changes)).await?;
                    match refusal(client, controller, group, values).await? {
                        None => (update, expected) = (longer, accepted),
                        Some(refusal) => left_out.push((group, Objection::Consumer(refusal))),
                    }
                }
                Err(violation) => left_out.push((group, Objection::Law(violation))),
            }
        }
    }
    Ok(Proposal { update, outputs, expected, left_out })
}

/// The live values of a group after these changes, in slot order, as the controller puts them to its consumers.
fn group_values(words: &Words, group: Group, changes: &[Change]) -> Vec<u32> {
    let mut values = views::values(words);
    for change in changes {
        values[usize::from(change.slot)] = change.new;
    }
    let live = Config::load(words).map_or((0, 0), |config| (config.pools, config.categories));
    Slot::each(group.mask()).filter(|slot| is_live(*slot, live.0, live.1)).map(|slot| values[slot.index()]).collect()
}

/// What the first of the group's consumers that could not live with these values says, asked as the controller asks; none
/// if all could. A queued change is asked about again when it is executed.
async fn refusal(
    client: &Client,
    controller: Address,
    group: Group,
    values: Vec<u32>,
) -> Result<Option<Refusal>, ClientError> {
    for index in 0..MAX_CONSUMERS {
        let consumer = client.read(controller, &IController::consumerCall { index }).await?;
        if consumer.groups & (1 << group.number()) == 0 {
            continue;
        }
        // All consumers have the same hook.
        let call = IVault::checkParamsCall { group: group.number(), values: values.clone() };
        match client.read_from(controller, consumer.consumer, &call, BlockId::latest()).await {
            Ok(_) => {}
            Err(ClientError::Refused { refusal, .. }) => return Ok(Some(refusal)),
            Err(other) => return Err(other),
        }
    }
    Ok(None)
}

/// The changes that the outputs give for one group, by the law's own mapping over the live values and rules.
///
/// # Errors
/// [`Violation::not_initialised`].
pub fn mapped(words: &Words, group: Group, outputs: &[i32; 8], scores: &[i32]) -> Result<Vec<Change>, Violation> {
    let view = View::open(words, (1 << SLOTS) - 1)?;
    let old = views::values(words);
    let mut new = old;
    let score = |pool: usize| scores.get(pool).copied().unwrap_or(0);
    policy::group_changes(group, outputs, &score, &view, &mut new);
    let changed = |slot: Slot| {
        let (old, new) = (old[slot.index()], new[slot.index()]);
        (old != new).then_some(Change { slot: slot.number(), expected_old: old, new })
    };
    Ok(Slot::each(group.mask()).filter_map(changed).collect())
}

/// The changes that the outputs give for one group of a controller now, whether or not the law would let them pass.
///
/// # Errors
/// A [`ProposeError`].
pub async fn wanted(
    client: &Client,
    controller: Address,
    group: Group,
    outputs: &[i32; 8],
    scores: &[i32],
) -> Result<Vec<Change>, ProposeError> {
    let mut mirror = Mirror::latest(client, controller).await?;
    mirror.ask(|words| mapped(words, group, outputs, scores)).await?.map_err(ProposeError::Refused)
}

/// All values of a controller now, in slot order.
///
/// # Errors
/// A [`ClientError`].
pub async fn values(client: &Client, controller: Address) -> Result<[u32; SLOTS], ClientError> {
    Mirror::latest(client, controller).await?.ask(engine::views::values).await
}
