//! What is told on the terminal, and the ledger of expectations.

use std::collections::BTreeSet;

use escapement_agent::{deploy::Deployed, errors::Refusal, policy::PolicyFiles};
use escapement_core::param::Group;

use super::{names::Names, record::EpochRecord, world::World};
use crate::{
    args::DemoArgs,
    ui::{self, Style, grouped, q16, whole},
};

/// One thing that must hold.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Expectation {
    /// What must hold.
    pub what: String,
    /// Whether it did.
    pub held: bool,
}

/// One attack and what became of it.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attack {
    /// What was tried.
    pub name: String,
    /// The error that must refuse it, with its numbers.
    pub expected: String,
    /// The error that did, with its numbers.
    pub refused_with: String,
    /// What the lens on chain said a submission would do; none for other transactions.
    pub foretold: Option<String>,
    /// What it wrote: must be empty.
    pub wrote: Vec<String>,
    /// Gas the attacker paid.
    pub gas: u64,
    /// Whether it was refused as it must be: the error with its numbers, foretold where it can be, nothing written.
    pub held: bool,
}

/// The teller.
pub struct Story {
    style: Style,
    silent: bool,
    asked_early: BTreeSet<String>,
    /// Who is who in the printed lines.
    pub names: Names,
    /// Everything that must hold.
    pub expectations: Vec<Expectation>,
    /// All attacks.
    pub attacks: Vec<Attack>,
}

/// Short names of the groups.
pub const GROUPS: [&str; 7] = ["emission", "vesting", "curve", "burn/re-mint", "governance", "liquidity", "grants"];

fn names(groups: &[u8]) -> String {
    let names: Vec<&str> = groups.iter().filter_map(|g| GROUPS.get(usize::from(*g)).copied()).collect();
    names.join(" ")
}

impl Story {
    /// A teller; a silent one only keeps the ledger.
    pub fn new(silent: bool) -> Self {
        Self {
            style: Style::stdout(),
            silent,
            asked_early: BTreeSet::new(),
            names: Names::default(),
            expectations: Vec::new(),
            attacks: Vec::new(),
        }
    }

    /// Prints a line.
    pub fn say(&self, line: &str) {
        if !self.silent {
            ui::say(line);
        }
    }

    /// The colours in use.
    pub fn style(&self) -> Style {
        self.style
    }

    /// Starts a chapter.
    pub fn chapter(&self, title: &str) {
        self.say(&format!("\n{}", self.style.bold(title)));
    }

    /// Notes that something must hold.
    pub fn expect(&mut self, what: &str, held: bool) {
        let mark = if held { self.style.green("✓") } else { self.style.red("✗") };
        self.say(&format!("  {mark} {what}"));
        self.expectations.push(Expectation { what: what.to_owned(), held });
    }

    /// Notes the end of an attack.
    pub fn attack(&mut self, attack: Attack) {
        let error = self.names.readable(&attack.refused_with);
        let mark = if attack.held { self.style.green("refused") } else { self.style.red("NOT REFUSED AS IT MUST BE") };
        self.say(&format!("  {mark}  {:44} {}", attack.name, self.style.cyan(&error)));
        if !attack.held {
            self.say(&format!("           expected {}", attack.expected));
            self.say(&format!("           the lens foretold {}", attack.foretold.as_deref().unwrap_or("nothing")));
            self.say(&format!("           written: {}", attack.wrote.join(", ")));
        }
        self.attacks.push(attack);
    }

    /// Whether everything held.
    pub fn all_held(&self) -> bool {
        self.expectations.iter().all(|e| e.held) && self.attacks.iter().all(|a| a.held)
    }

    /// The first lines.
    pub fn opening(&self, args: &DemoArgs, policy: &PolicyFiles, url: &str) {
        self.say(&self.style.bold("Escapement: a model proposes, the contract disposes."));
        let node = if args.rpc.is_some() {
            format!("node {url}")
        } else {
            format!("embedded Stylus chain, spoken to at {url}")
        };
        self.say(&format!("  chain   {node}"));
        self.say(&format!("  market  {}", market(args)));
        self.say(&format!(
            "  policy  {} (model {})",
            escapement_lab::policy::NAME,
            short(&policy.model_id().to_string())
        ));
        self.say("          a PI rule written as a 12-16-16-8 integer network; it is generated, not trained");
    }

    /// After the deployment.
    pub fn deployed(&mut self, deployed: &Deployed) {
        for (name, address) in &deployed.record.contracts {
            let gas: u64 = deployed
                .record
                .steps
                .iter()
                .filter(|(step, _)| *step == name || step.strip_suffix(".activate") == Some(name))
                .map(|(_, s)| s.gas_used)
                .sum();
            self.say(&format!("  {name:26} {address}  {:>12} gas", grouped(gas.into())));
        }
        let checks = deployed.roles.checks.len();
        self.expect(
            &format!("{checks} roles and pointers read back; the deployer keeps no power"),
            deployed.roles.verdict().is_ok(),
        );
    }

    /// After the first funds.
    pub fn endowed(&self, world: &World) {
        self.say(&format!(
            "  {} tokens, {} staked, {} holders, 3 pools, treasury {} quote",
            grouped(whole(world.index.supply())),
            grouped(whole(world.index.staked())),
            world.index.holders(),
            grouped(whole(world.index.treasury())),
        ));
    }

    /// Head of the table of epochs.
    pub fn loop_header(&self) {
        let head = format!(
            "  {:>4} {:>7} {:>7} {:>7} {:>6} {:>8} {:>8} {:>8}  {}",
            "week", "price", "staked", "draw-", "vol", "minted", "burned", "emission", "what the controller did"
        );
        self.say(&self.style.dim(&head));
        self.say(&self.style.dim(&format!("  {:>20} {:>7} {:>6} {:>8} {:>8} {:>8}", "", "down", "", "", "", "ppm")));
    }

    /// One epoch in a line.
    pub fn epoch(&self, e: &EpochRecord) {
        let kpi = |i: usize| q16(e.kpis.get(i).copied().unwrap_or_default());
        let mut events = Vec::new();
        let mut add = |label: String, groups: &[u8]| {
            if !groups.is_empty() {
                events.push(format!("{label} {}", names(groups)));
            }
        };
        add(self.style.green("applied"), &e.applied);
        add(self.style.yellow("queued"), &e.queued);
        add(self.style.green("executed"), &e.executed);
        add(self.style.cyan("approved"), &e.approved);
        add(self.style.red("vetoed"), &e.vetoed);
        add(self.style.dim("dropped"), &e.dropped);
        add(self.style.bold("raised to automatic"), &e.raised);
        if e.trip != 0 {
            events.push(self.style.red(&format!("breaker tripped ({})", reason(e.trip))));
        }
        if events.is_empty() {
            events.push(self.style.dim("heartbeat"));
        }
        self.say(&format!(
            "  {:>4} {:>7} {:>7} {:>7} {:>6} {:>8} {:>8} {:>8}  {}",
            e.epoch + 1,
            decimal(e.price),
            kpi(5),
            kpi(10),
            kpi(4),
            grouped(whole(e.minted)),
            grouped(whole(e.burned)),
            e.emission,
            events.join("; ")
        ));
    }

    /// Says that this program cannot prove, and what becomes of the report's part.
    #[cfg(not(feature = "prove"))]
    pub fn unproven(&self) -> serde_json::Value {
        self.chapter("An epoch by proof: left out");
        self.say("  this program was built without the prover: scripts/demo.sh builds it in, or");
        self.say("  cd host && cargo build -p escapement-cli --features prove");
        serde_json::Value::Null
    }

    /// Governance asked for more autonomy than a group has earned.
    pub fn not_earned(&mut self, refusal: &Refusal) {
        let group = refusal.arg("group").unwrap_or_default().to_owned();
        if self.asked_early.insert(group) {
            self.say(&self.style.dim(&format!("       autonomy is earned: {refusal}")));
        }
    }
}

/// The market of a run, in words.
pub fn market(args: &DemoArgs) -> String {
    match &args.series {
        Some(path) => {
            format!("replay of {} under seed {}", path.file_name().unwrap_or_default().to_string_lossy(), args.seed)
        }
        None => format!("regime chain, seed {}", args.seed),
    }
}

/// Name of a reason of the breaker.
pub fn reason(number: u8) -> &'static str {
    match number {
        1 => "staleness",
        2 => "sources disagree",
        3 => "supply growth",
        4 => "staking floor",
        5 => "drawdown",
        6 => "attestation burst",
        7 => "pinned",
        8 => "time gap",
        9 => "supply burned",
        10 => "fall of the treasury",
        11 => "low turnout",
        _ => "unknown",
    }
}

/// First and last digits of a hash.
fn short(hash: &str) -> String {
    match (hash.get(..10), hash.get(hash.len().saturating_sub(6)..)) {
        (Some(head), Some(tail)) => format!("{head}…{tail}"),
        _ => hash.to_owned(),
    }
}

/// An 18-decimal number with four decimals.
pub fn decimal(n: u128) -> String {
    let parts = n / 100_000_000_000_000;
    format!("{}.{:04}", parts / 10_000, parts % 10_000)
}

/// Group of this number, for messages.
pub fn group_name(group: Group) -> &'static str {
    GROUPS[group.index()]
}
