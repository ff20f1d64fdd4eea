//! How a report stands with the chain: whether it would be taken, and whether an update may still rest on it.

use alloy::primitives::{Address, B256};
use alloy_sol_types::SolEvent;
use escapement_core::{
    engine::{Config, Progress, Violation, submit::FUTURE},
    policy::Schema,
    report::OwnedReport,
};

use crate::{
    bindings::{controller::IControllerEvents::UpdateAccepted, verifier::IVerifier},
    client::{Client, ClientError},
    errors,
    mirror::Mirror,
    policy::KIND_PROVEN,
    propose::{Observation, VALID_FOR},
};

/// Why verifier or controller would not take a report, or the update that rests on it.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The node.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// There is no controller.
    #[error("{}: there is no controller here", errors::named(.0))]
    Controller(Violation),
    /// Too few or too many values.
    #[error("{have} KPI values; the schema asks for {inputs}, and {pools} scores follow, the reserve's first: {}", inputs + pools)]
    Values {
        /// Values given.
        have: usize,
        /// Values that the schema scales.
        inputs: usize,
        /// Live pools, the reserve included.
        pools: usize,
    },
    /// Observed later than now.
    #[error("the observation at {observed_at} is in the future: the chain takes none after {latest}")]
    Future {
        /// When the values were observed, seconds.
        observed_at: u64,
        /// Latest moment taken, seconds.
        latest: u64,
    },
    /// No longer in force.
    #[error("a report of {observed_at} was in force until {expires_at}, and it is {now}: observe again")]
    Expired {
        /// When the values were observed, seconds.
        observed_at: u64,
        /// First second after validity.
        expires_at: u64,
        /// Timestamp of the head, seconds.
        now: u64,
    },
    /// Older than what an accepted update rests on.
    #[error("the observation at {observed_at} is older than that of the last accepted update, at {last}")]
    NotRising {
        /// When the values were observed, seconds.
        observed_at: u64,
        /// Observation of the last accepted update, seconds.
        last: u64,
    },
}

/// Refuses an observation whose report the verifier would refuse now, or on whose report the controller would take no
/// update.
///
/// # Errors
/// A [`ReviewError`].
pub async fn review(
    client: &Client,
    controller: Address,
    schema: Schema<'_>,
    observation: &Observation,
) -> Result<(), ReviewError> {
    let mut mirror = Mirror::latest(client, controller).await?;
    let now = mirror.time();
    let config = mirror.ask(Config::load).await?.map_err(ReviewError::Controller)?;
    let last = u64::from(mirror.ask(Progress::load).await?.observed_at);
    let (have, inputs, pools) = (observation.kpis.len(), schema.len(), usize::from(config.pools));
    let observed_at = observation.at;
    if have != inputs + pools {
        return Err(ReviewError::Values { have, inputs, pools });
    }
    if observed_at > now + FUTURE {
        return Err(ReviewError::Future { observed_at, latest: now + FUTURE });
    }
    let expires_at = observed_at + VALID_FOR;
    if now >= expires_at {
        return Err(ReviewError::Expired { observed_at, expires_at, now });
    }
    if observed_at < last {
        return Err(ReviewError::NotRising { observed_at, last });
    }
    Ok(())
}

/// Whether an update may rest on a stored report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Open,
    /// One did.
    Used {
        /// Policy of the update.
        model_id: B256,
        /// Transaction that brought it.
        transaction: Option<B256>,
    },
    /// An update that does not rest on it has its number or a higher one: numbers rise, so none can follow.
    Superseded {
        /// Number of the last accepted update.
        last: u64,
    },
    /// It is no longer in force.
    Expired,
    /// Another signer set took over: its update would be refused.
    OtherSigners {
        /// Number of the set that signed.
        have: u64,
        /// Number of the present set.
        want: u64,
    },
}

/// Says how a stored report stands at the head of the chain; `from` is a block before any update.
///
/// # Errors
/// A [`ClientError`].
pub async fn standing(
    client: &Client,
    verifier: Address,
    controller: Address,
    report: &OwnedReport,
    from: u64,
) -> Result<Standing, ClientError> {
    let mut mirror = Mirror::latest(client, controller).await?;
    let last = mirror.ask(Progress::load).await?.update_id;
    if last >= report.report_id {
        let number = B256::left_padding_from(&report.report_id.to_be_bytes());
        for log in client.events(controller, &[UpdateAccepted::SIGNATURE_HASH, number], from).await? {
            let Ok(event) = UpdateAccepted::decode_log(&log.inner) else { continue };
            let model_id = event.modelId;
            // An update of a proven policy is accepted only on the report of its number.
            if client.read(verifier, &IVerifier::modelCall { model_id }).await?._2 == KIND_PROVEN {
                return Ok(Standing::Used { model_id, transaction: log.transaction_hash });
            }
        }
        return Ok(Standing::Superseded { last });
    }
    let (have, want) = (report.signer_epoch, client.read(verifier, &IVerifier::signerEpochCall {}).await?);
    Ok(match mirror.time() {
        now if now >= report.expires_at => Standing::Expired,
        _ if have != want => Standing::OtherSigners { have, want },
        _ => Standing::Open,
    })
}
