//! Arguments of `policy`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Arguments of `policy`.
#[derive(Debug, Parser)]
#[command(after_help = "\
Examples:
  escapement policy show deployments/policies/pi-v1
  escapement policy write deployments/policies/pi-v1      then: git diff must be empty

A proven policy keeps its network to itself: proven.bin holds the commitment to it, the schema and the
verifying key, and its hash is what governance registers (needs the feature `prove`):
  escapement policy proven --model m.bin --schema s.bin --key k.vk --cosign-above 32768 --out mine
  escapement policy check mine --model m.bin              before governance votes for it")]
pub struct PolicyArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub action: PolicyAction,
}

/// What can be done with a policy.
#[derive(Debug, Subcommand)]
pub enum PolicyAction {
    /// Write the PI policy (model.bin, schema.bin, policy.json) into a folder
    Write {
        /// The folder, such as deployments/policies/pi-v1
        folder: PathBuf,
    },
    /// Check that a folder holds a policy and print its identity
    Show {
        /// The folder
        folder: PathBuf,
        /// Run it on KPI values (Q16.16, comma separated) and print the outputs
        #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
        kpis: Vec<i32>,
    },
    /// Write the file of a proven policy (proven.bin) from a network, a schema and a verifying key
    Proven {
        /// The network, `model.bin`; only the commitment to it is written
        #[arg(long, value_name = "FILE")]
        model: PathBuf,
        /// What the KPI values mean, `schema.bin`
        #[arg(long, value_name = "FILE")]
        schema: PathBuf,
        /// The verifying key, a `.vk` file of a ceremony or of `setup dev`
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Largest output, in 65,536ths of a step, that a proof alone carries; above it the quorum signs too
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=65_536))]
        cosign_above: u32,
        /// Folder for proven.bin and schema.bin
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Recompute the commitment to a network and compare it with a proven policy's
    Check {
        /// Folder of the proven policy
        folder: PathBuf,
        /// The network, `model.bin`
        #[arg(long, value_name = "FILE")]
        model: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}
