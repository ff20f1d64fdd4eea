//! The command line.

pub mod attest;
pub mod policy;
pub mod prove;
pub mod setup;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Escapement: a model proposes, the contract disposes.
///
/// A policy network reads KPIs and proposes changes to a token's parameters; Stylus contracts on Arbitrum accept them only if
/// they are attested, are what the registered policy computes, and stay inside bounds nobody can widen at will.
#[derive(Debug, Parser)]
#[command(version, about, long_about, propagate_version = true, max_term_width = 100)]
#[command(after_help = "\
Start here:
  escapement demo                    watch the closed loop run for half a year, in seconds
  escapement devnet                  serve a Stylus development chain on http://127.0.0.1:8547
  escapement deploy --help           how to put it on a real network
  escapement gas                     what everything costs

Environment:
  NO_COLOR        turns colours off
  ESCAPEMENT_RPC  the node, where --rpc is not given
  ESCAPEMENT_LOG  debug shows what goes over the wire

Exit codes:
  0 success (devnet: interrupted)   1 failure   2 wrong usage
  3 a demonstration whose expectations failed
  130 interrupted   141 the reader of the output went away")]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the closed loop on compiled contracts: market, KPIs, policy, attestation, controller, emission; then attack it
    Demo(DemoArgs),
    /// Serve an embedded Stylus development chain over HTTP
    Devnet(DevnetArgs),
    /// Deploy the contracts from a plan, and read every role back
    Deploy(DeployArgs),
    /// Show values, room to move, cooldowns, halts and waiting changes of a controller
    Status(StatusArgs),
    /// Generate or check a policy
    Policy(policy::PolicyArgs),
    /// Measure what every operation costs, against Solidity twins and against what no code can avoid
    Gas(GasArgs),
    /// Make a report for attesters to sign, or show a stored one
    Report(attest::ReportArgs),
    /// Sign the document of a report or of an update, without a node
    Sign(attest::SignArgs),
    /// Send a signed document, put together from its copies
    Send(attest::SendArgs),
    /// Make the proof for a stored report, and the update that goes with it (needs the feature `prove`)
    Prove(prove::ProveArgs),
    /// Make a development key for proofs (needs the feature `prove`)
    Setup(setup::SetupArgs),
    /// Make a key for proofs that nobody can forge with (needs the feature `prove`)
    Ceremony(setup::CeremonyArgs),
    /// Print a completion script for a shell
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

const COMPLETIONS: &str = "\
Examples:
  source <(escapement completions bash)
  escapement completions zsh > ~/.zfunc/_escapement
  escapement completions fish > ~/.config/fish/completions/escapement.fish";

/// Arguments of `demo`.
#[derive(Debug, Parser)]
#[command(after_help = "\
Examples:
  escapement demo                                      a seeded market, 26 weekly epochs
  escapement demo --seed 7 --epochs 52                 another market, for a year
  escapement demo --series prices.csv                  demand follows a recorded series
  escapement demo --series vix.csv --from 2008-08-01   volatility follows an index
  escapement demo --rpc http://127.0.0.1:8547          on another development chain

A series is a CSV file: a header line, then one row a day of the market, seven rows an epoch:
  date column   date, time or observation_date; strictly ascending YYYY-MM-DD, the rest is ignored
  value column  close: points of a volatility index; value or priceusd: a demand level;
                a positive decimal number up to 1,000,000,000, six decimals count
Headers in any case; other columns are ignored. Nothing is skipped: a malformed row is an error that
names its line. The series is exogenous: a replay under recorded conditions, not a backtest.

Exit code 3 if any expectation fails. Files written: supply.svg and report.json, in --out.")]
pub struct DemoArgs {
    /// Seed of the market; the same seed gives the same run
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Weekly epochs to run, at least 26
    #[arg(long, default_value_t = 26, value_parser = clap::value_parser!(u32).range(26..=520))]
    pub epochs: u32,
    /// Let the market follow a recorded series instead of the regime chain
    #[arg(long, value_name = "FILE.csv")]
    pub series: Option<PathBuf>,
    /// First date of the series to use, the first row by default
    #[arg(long, value_name = "YYYY-MM-DD", requires = "series")]
    pub from: Option<String>,
    /// What the series is: by default a `close` column is a volatility index, any other a demand level
    #[arg(long, value_enum, requires = "series")]
    pub kind: Option<SeriesKind>,
    /// Use this node instead of an embedded chain; it must hold the usual development accounts and let its clock be moved
    #[arg(long, value_name = "URL")]
    pub rpc: Option<String>,
    /// Folder of the built contracts [default: target/contracts of the repository]
    #[arg(long, value_name = "DIR")]
    pub contracts: Option<PathBuf>,
    /// Folder for supply.svg and report.json [default: target/demo of the repository]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print one JSON report instead of the story
    #[arg(long)]
    pub json: bool,
}

/// What a series stands for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SeriesKind {
    /// A volatility index: it sets the regime and the size of demand shocks
    Volatility,
    /// A level: demand is the value over the first value
    Demand,
}

/// Arguments of `devnet`.
#[derive(Debug, Parser)]
#[command(after_help = "\
Accounts of the usual development mnemonic hold 10,000 ETH each. What Foundry and Hardhat users know
works: snapshots, time control, impersonation, set balance/code/storage.

  cast block-number --rpc-url http://127.0.0.1:8547
  cargo stylus check --endpoint http://127.0.0.1:8547")]
pub struct DevnetArgs {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8547)]
    pub port: u16,
    /// Listen on this address instead of 127.0.0.1; the accounts' keys are public, so think twice
    #[arg(long, default_value = "127.0.0.1")]
    pub host: std::net::IpAddr,
    /// EIP-155 chain id
    #[arg(long, default_value_t = escapement_chain::DEV_CHAIN_ID)]
    pub chain_id: u64,
    /// Seconds between blocks; without it a block is mined for every transaction at once
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub block_time: Option<u64>,
    /// Accounts to fund, at most 1,000
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(..=1_000))]
    pub accounts: u32,
    /// Start the chain's clock here (seconds) and let it run one second per block: the same run gives the same blocks
    #[arg(long, value_name = "TIMESTAMP")]
    pub deterministic: Option<u64>,
    /// Rules of the chain
    #[arg(long, value_enum, default_value_t = Profile::ArbitrumOne)]
    pub profile: Profile,
    /// Print addresses and keys as JSON
    #[arg(long)]
    pub json: bool,
}

/// Rule sets of the embedded chain.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Profile {
    /// `ArbOS` 61, as Arbitrum One runs it
    ArbitrumOne,
}

/// Arguments of `deploy`.
#[derive(Debug, Parser)]
#[command(after_help = "\
A key is never a flag. --key takes a place:
  env:NAME        an environment variable with the hex key
  file:PATH       a file with the hex key, readable by you alone
  keystore:PATH   an encrypted keystore; its password is in ESCAPEMENT_KEYSTORE_PASSWORD,
                  or in the file that ESCAPEMENT_KEYSTORE_PASSWORD_FILE names
  dev:N           account N of the public development mnemonic

Steps are recorded in the plan's folder (addresses.json); an interrupted run is taken up where it
stopped. At the end every role is read back into roles.json, and the deployer must hold none. What
only governance may call is listed there as pending, with target and calldata.

For everybody else there is --verify: with plan, record and a node of your choice it
reads all of it again. What it reads from logs is as complete as the node's.

Examples:
  export ESCAPEMENT_RPC=http://127.0.0.1:8547
  escapement deploy --plan deployments/devnet/config.json --key dev:0 --dry-run
  escapement deploy --plan deployments/devnet/config.json --key dev:0 --governance-key dev:1
  escapement deploy --plan deployments/<network>/config.json --key keystore:deployer.json
  escapement deploy --plan deployments/<network>/config.json --verify")]
pub struct DeployArgs {
    /// The plan: deployments/<network>/config.json
    #[arg(long, value_name = "FILE")]
    pub plan: PathBuf,
    /// The node
    #[arg(long, value_name = "URL", env = "ESCAPEMENT_RPC", hide_env_values = true)]
    pub rpc: String,
    /// Where the deployer's key is as `env:NAME`, `file:PATH`, `keystore:PATH` or `dev:N`
    #[arg(long, value_name = "PLACE", default_value = "env:ESCAPEMENT_DEPLOYER_KEY")]
    pub key: String,
    /// Where governance's key is, if it is a plain key: its part is carried out too. Development chains only
    #[arg(long, value_name = "PLACE", conflicts_with = "dry_run")]
    pub governance_key: Option<String>,
    /// Folder of the built contracts [default: target/contracts of the repository]
    #[arg(long, value_name = "DIR")]
    pub contracts: Option<PathBuf>,
    /// Print the plan and what it will cost; send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Compare what stands on chain with plan and record; needs no key, sends and writes nothing
    #[arg(long, conflicts_with_all = ["dry_run", "governance_key"])]
    pub verify: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `status`.
#[derive(Debug, Parser)]
#[command(after_help = "\
With a lens (from the record, or --lens) values and room are what the contract on chain answers,
compared with the same computation on this side; without one only the latter is shown.
Moments are Unix seconds.

Examples:
  escapement status --record deployments/devnet/addresses.json --rpc http://127.0.0.1:8547
  escapement status --controller 0x… --lens 0x… --rpc $RPC --json")]
pub struct StatusArgs {
    /// Record of the deployment: deployments/<network>/addresses.json
    #[arg(long, value_name = "FILE", conflicts_with = "controller")]
    pub record: Option<PathBuf>,
    /// Address of the controller's proxy, if there is no record
    #[arg(long, value_name = "ADDRESS", required_unless_present = "record")]
    pub controller: Option<alloy::primitives::Address>,
    /// Address of the lens, if there is no record
    #[arg(long, value_name = "ADDRESS", conflicts_with = "record")]
    pub lens: Option<alloy::primitives::Address>,
    /// The node
    #[arg(long, value_name = "URL", env = "ESCAPEMENT_RPC", hide_env_values = true)]
    pub rpc: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `gas`.
#[derive(Debug, Parser)]
#[command(after_help = "\
Deploys the built contracts (scripts/build.sh) and the same rules in Solidity on an embedded chain, runs the
same operations on both in the same states, and prints of each:
  uncached, cached   gas with no, and with every program in ArbOS' cache
  twin               gas of the Solidity twin
  unavoidable        what the platform charges for the effects alone: intrinsic, calldata, storage, logs,
                     precompiles, payments; the limit no code can beat
  ink                where the programs' own work goes
and how an update grows with signatures, changes and pools. The same build gives the same figures.

Examples:
  escapement gas                 the report, in Markdown
  escapement gas --json          the figures
  escapement gas --out docs      also writes docs/gas.md, docs/gas.json and docs/gas.svg")]
pub struct GasArgs {
    /// Also write gas.md, gas.json and gas.svg (bars and curves) into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the figures as JSON instead of Markdown
    #[arg(long)]
    pub json: bool,
}
