//! Who governs, halts and vetoes: addresses that stand already, or contracts that the run deploys.

use std::{fmt, marker::PhantomData};

use alloy::primitives::{Address, U256};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::{Plan, PlanError};

/// Seconds of a day.
const DAY: u32 = 86_400;

/// Who holds a power: an address that stands already, or what the run deploys for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Power<T> {
    /// Stands already.
    Standing(Address),
    /// To be deployed.
    New(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Power<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By hand, because an untagged enumeration would swallow what is wrong inside of the object, and where.
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = Power<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address, or an object that says what to deploy")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                text.parse().map(Power::Standing).map_err(|e| E::custom(format!("`{text}` is no address: {e}")))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Power::New)
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

impl<T> Power<T> {
    /// The address that stands already.
    #[must_use]
    pub fn standing(&self) -> Option<Address> {
        match self {
            Self::Standing(address) => Some(*address),
            Self::New(_) => None,
        }
    }

    /// What is to be deployed.
    #[must_use]
    pub fn planned(&self) -> Option<&T> {
        match self {
            Self::Standing(_) => None,
            Self::New(new) => Some(new),
        }
    }
}

/// A timelock, and who may put operations into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GovernancePlan {
    /// The timelock.
    pub timelock: TimelockPlan,
    /// The Governor: proposer and canceller of the timelock. Left out, the timelock's named proposers govern.
    #[serde(default)]
    pub governor: Option<GovernorPlan>,
}

/// A `TimelockController`. Nobody but itself administers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimelockPlan {
    /// Seconds that an operation waits: 2 to 90 days.
    pub min_delay: u32,
    /// Who may schedule, beside the Governor.
    #[serde(default)]
    pub proposers: Vec<Holder>,
    /// Who may cancel what waits, beside the Governor.
    #[serde(default)]
    pub cancellers: Vec<Holder>,
    /// Who may execute what has waited.
    pub executors: Executors,
}

/// Who executes the operations of a timelock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "`executors` must be \"open\" or a list of addresses, \"council\" and \"guardian\"")]
pub enum Executors {
    /// Anybody.
    Open(Open),
    /// These and the Governor.
    Named(Vec<Holder>),
}

/// The word `open`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Open {
    /// Anybody.
    Open,
}

/// A `ParameterGovernor` over the votes of the vault; quorum and proposal threshold are the controller's slots 9 and 10.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GovernorPlan {
    /// Name, also of the EIP-712 domain of votes by signature.
    pub name: String,
    /// Seconds from a proposal to its snapshot, 1 to 30 days.
    pub voting_delay: u32,
    /// Seconds from the snapshot to the end of the vote, 1 to 60 days.
    pub voting_period: u32,
    /// What must be staked, base units: at least 1, at most the initial supply.
    pub min_votable_supply: U256,
}

/// An address, or the name of something that the plan deploys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "neither an address nor \"council\", \"guardian\" or \"governor\"")]
pub enum Holder {
    /// An address.
    At(Address),
    /// A contract of the plan.
    Named(Name),
}

/// Contracts that a plan can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Name {
    /// The council.
    Council,
    /// The guardian.
    Guardian,
    /// The Governor.
    Governor,
}

impl Default for Holder {
    fn default() -> Self {
        Self::At(Address::ZERO)
    }
}

impl Plan {
    /// Checks who governs, halts and vetoes.
    pub(super) fn check_powers(&self) -> Result<(), PlanError> {
        let standing = [
            ("governance", self.governance.standing()),
            ("council", self.council.standing()),
            ("guardian", self.guardian.standing()),
        ];
        if let Some((name, _)) = standing.into_iter().find(|(_, address)| *address == Some(Address::ZERO)) {
            return Err(PlanError::ZeroAddress(name));
        }
        let governor = self.governance.planned().and_then(|new| new.governor.as_ref());
        match self.controller.turnout {
            Holder::Named(Name::Governor) if governor.is_some() => {}
            Holder::Named(_) => return Err(PlanError::Turnout),
            Holder::At(_) => {}
        }
        if let Some(new) = self.governance.planned() {
            new.check()?;
        }
        if let Some(governor) = governor {
            let (least, most) = (U256::from(1), self.token.initial_supply);
            let value = governor.min_votable_supply;
            if value < least || value > most {
                return Err(PlanError::VotableSupply { value, most });
            }
        }
        self.check_safes()
    }
}

impl GovernancePlan {
    fn check(&self) -> Result<(), PlanError> {
        let mut settings = vec![("governance.timelock.minDelay", self.timelock.min_delay, 2 * DAY, 90 * DAY)];
        if let Some(governor) = &self.governor {
            settings.push(("governance.governor.votingDelay", governor.voting_delay, DAY, 30 * DAY));
            settings.push(("governance.governor.votingPeriod", governor.voting_period, DAY, 60 * DAY));
        } else if self.timelock.proposers.is_empty() {
            return Err(PlanError::NoProposer);
        }
        for (what, value, least, most) in settings {
            if value < least || value > most {
                return Err(PlanError::Setting { what, value, least, most });
            }
        }
        let executors = match &self.timelock.executors {
            Executors::Open(_) => &[][..],
            Executors::Named(named) if named.is_empty() && self.governor.is_none() => {
                return Err(PlanError::NoExecutor);
            }
            Executors::Named(named) => named,
        };
        for (what, holders) in [
            ("governance.timelock.proposers", &self.timelock.proposers[..]),
            ("governance.timelock.cancellers", &self.timelock.cancellers),
            ("governance.timelock.executors", executors),
        ] {
            if holders.contains(&Holder::At(Address::ZERO)) {
                return Err(PlanError::ZeroAddress(what));
            }
            if holders.contains(&Holder::Named(Name::Governor)) {
                return Err(PlanError::GovernorNamed(what));
            }
        }
        Ok(())
    }
}
