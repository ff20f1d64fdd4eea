//! Arguments of `report`, `sign` and `send`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Arguments of `report`.
#[derive(Debug, Parser)]
#[command(after_help = "\
A report is what a quorum of attesters vouches for: KPI values and the moment they were
observed. The verifier stores it once; a proven update of the same number rests on it
(escapement prove).

From values to a stored report, with attesters on different machines:
  escapement report new --kpis-file week.txt --policy mine --record rec.json --out r.json
  escapement sign r.json --key keystore:ann.json --record rec.json     each on a copy of the file
  escapement send ann.json bob.json eve.json --record rec.json --account-key env:KEY
  escapement report show 12 --record rec.json

All of them take --rpc or ESCAPEMENT_RPC, except sign, which needs no node.")]
pub struct ReportArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: ReportAction,
}

/// What can be done with a report.
#[derive(Debug, Subcommand)]
pub enum ReportAction {
    /// Write the document of a report, for the attesters to sign
    New(NewArgs),
    /// Read a stored report back from the verifier's log, and say how it stands
    Show(ShowArgs),
}

/// Arguments of `report new`.
#[derive(Debug, Parser)]
#[command(after_help = "\
Values are Q16.16 integers (65536 is 1.0): the observations of the schema in its order, then
the scores of the live pools, the reserve's first (all zero: the weights stay). As many as
schema and controller ask for, or it is refused.

A file of values has one a line; before a value may stand its name, which must be the one at
that place; # begins a comment:
  holders_growth   655
  top_ten_share    40912
  ...
  8192             # score of the reserve

The report gets the next free number and the number of the present signer set, and is in force
for six hours from the observation. Nothing is sent, and no key is needed.

Examples:
  escapement report new --kpis-file week.txt --policy mine --record rec.json --out r.json
  escapement report new --kpis 655,40912,... --policy schema.bin --record rec.json --json")]
pub struct NewArgs {
    /// The values, comma separated
    #[arg(
        long,
        value_name = "VALUES",
        value_delimiter = ',',
        allow_hyphen_values = true,
        required_unless_present = "kpis_file"
    )]
    pub kpis: Vec<i32>,
    /// File with one value a line, its name before it if wanted
    #[arg(long, value_name = "FILE", conflicts_with = "kpis")]
    pub kpis_file: Option<PathBuf>,
    /// When the values were observed, Unix seconds [default: the time of the latest block]
    #[arg(long, value_name = "SECONDS")]
    pub at: Option<u64>,
    /// Folder of the policy (a registered proven.bin, or a schema.bin), or a schema.bin itself
    #[arg(long, value_name = "PATH")]
    pub policy: PathBuf,
    /// Record of the deployment: deployments/<network>/addresses.json
    #[arg(long, value_name = "FILE")]
    pub record: PathBuf,
    /// The node
    #[arg(long, value_name = "URL", env = "ESCAPEMENT_RPC", hide_env_values = true)]
    pub rpc: String,
    /// Write the document into this file, which must not exist
    #[arg(long, value_name = "FILE", required_unless_present = "json")]
    pub out: Option<PathBuf>,
    /// Print the document (JSON) instead of a summary
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `report show`.
#[derive(Debug, Parser)]
#[command(after_help = "\
How a report stands:
  open           an update may rest on it
  used           an update did, in the transaction named
  superseded     an update of this number or a higher one was accepted that does not rest on it
  expired        it is no longer in force
  other-signers  the signer set has changed since

Example:
  escapement report show 12 --record deployments/devnet/addresses.json")]
pub struct ShowArgs {
    /// Number of the report
    #[arg(value_name = "N")]
    pub number: u64,
    /// Record of the deployment: deployments/<network>/addresses.json
    #[arg(long, value_name = "FILE")]
    pub record: PathBuf,
    /// The node
    #[arg(long, value_name = "URL", env = "ESCAPEMENT_RPC", hide_env_values = true)]
    pub rpc: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `sign`.
#[derive(Debug, Parser)]
#[command(after_help = "\
Signs the document of a report (report new) or of a proven update that is above its policy's
limit (written by prove), without a node. The file is replaced by itself with the signature
added; pass it on, or a copy of it.

Without --key the document is checked and shown, and nothing is signed or written. Read it that
way first: the file itself is not what you sign.

Checked: every field of the document is what its wire bytes give; the digest is computed from
them, for the chain and the controller that the document names; each signature there is its
signer's; the policy of an update is the one that its model id names, and an output is above
that policy's limit, whatever the document says about it. With --record also that chain,
controller and verifier are those of the deployment: use it.

Not checked, for want of a node: that the values are true (compare what is printed with your
own), that the proof is valid and the changes follow from its outputs (the contracts check
both), that the old values are in force, that the key is a signer's (send checks it). What
stands in leftOut, submitted and proof beside outputs and inputs is the word of whoever made it.
Refused: a validity of more than six hours, and a number beyond 4294967295.

Places of keys are as for deploy: env:NAME, file:PATH, keystore:PATH, dev:N.

Examples:
  escapement sign report.json --record rec.json
  escapement sign report.json --key keystore:attester.json --record rec.json
  escapement sign update.json --key env:FIRST --key env:SECOND --record rec.json")]
pub struct SignArgs {
    /// The document
    pub file: PathBuf,
    /// Place of a key to sign with, as for deploy; repeat it for several. Without one, only show
    #[arg(long, value_name = "PLACE")]
    pub key: Vec<String>,
    /// Record of the deployment that the document must be for
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Print the document (JSON) instead of a summary
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `send`.
#[derive(Debug, Parser)]
#[command(after_help = "\
Takes copies of one document, signed by different people, and sends it with the signatures of
all of them: a report to the verifier, an update to the controller (if the lens on chain
foretells success). Before that it compares the signers with the verifier's; if signatures are
missing it says whose, and nothing is sent. The files are not changed.

Anybody may send: the account pays the gas and needs no role.

Examples:
  escapement send report.json --record rec.json --account-key keystore:keeper.json
  escapement send from-ann.json from-bob.json from-eve.json --record rec.json --json")]
pub struct SendArgs {
    /// The document, or several copies of it
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Record of the deployment: deployments/<network>/addresses.json
    #[arg(long, value_name = "FILE")]
    pub record: PathBuf,
    /// The node
    #[arg(long, value_name = "URL", env = "ESCAPEMENT_RPC", hide_env_values = true)]
    pub rpc: String,
    /// Place of the sender's key, as for deploy
    #[arg(long, value_name = "PLACE", default_value = "env:ESCAPEMENT_ACCOUNT_KEY")]
    pub account_key: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
