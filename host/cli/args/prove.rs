//! Arguments of `prove`.

use std::path::PathBuf;

use clap::Parser;

/// Arguments of `prove`.
#[derive(Debug, Parser)]
#[command(after_help = "\
Reads report N of a quorum from the verifier's log, runs the network on it, puts the update
together that the controller would accept now, and proves that its outputs are the network's.
The document written holds the update, the attestation (outputs, proof, signatures) and the
calldata of submit: anybody may send it (escapement send), while the report is in force and
nothing else is accepted in between.

If an output is larger than the policy's limit, the quorum has to sign the update too: keys at
hand with --cosigner, signers elsewhere with escapement sign on the document.

The network (--model) stays on this machine and is never printed. Proofs hide it; the outputs,
which are public, tell a little about it with every update.

Examples:
  escapement prove --report 12 --model m.bin --policy mine --key k.pkey --record r.json --submit
  escapement prove --report 12 --model m.bin --policy mine --key k.pkey --record r.json \\
    --out update.json      then escapement sign, by each signer, and escapement send")]
pub struct ProveArgs {
    /// Number of the report
    #[arg(long, value_name = "N")]
    pub report: u64,
    /// The network, `model.bin`
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// Folder of the proven policy (proven.bin)
    #[arg(long, value_name = "DIR")]
    pub policy: PathBuf,
    /// The proving key, a `.pkey` file
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Record of the deployment: deployments/<network>/addresses.json
    #[arg(long, value_name = "FILE")]
    pub record: PathBuf,
    /// The node
    #[arg(long, value_name = "URL", env = "ESCAPEMENT_RPC", hide_env_values = true)]
    pub rpc: String,
    /// Place of a key that signs the update beside the proof, as for deploy; repeat it for a quorum
    #[arg(long, value_name = "PLACE")]
    pub cosigner: Vec<String>,
    /// Send the update, if the lens on chain foretells success
    #[arg(long)]
    pub submit: bool,
    /// Place of the sender's key, as for deploy; the account needs no role
    #[arg(long, value_name = "PLACE", default_value = "env:ESCAPEMENT_ACCOUNT_KEY", requires = "submit")]
    pub account_key: String,
    /// Also write the document into this file, which must not exist, for escapement sign and send
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print the document (JSON) instead of a summary
    #[arg(long)]
    pub json: bool,
}
