//! Arguments of the commands that make keys.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Architectures with a circuit.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Architecture {
    /// Widths 12-16-16-8: about 20,000 constraints, powers of tau up to 2^15
    #[value(name = "A1", alias = "a1")]
    A1,
    /// Widths 16-64-64-8: about 157,000 constraints, powers of tau up to 2^18
    #[value(name = "A2", alias = "a2")]
    A2,
}

/// Arguments of `setup`.
#[derive(Debug, Parser)]
#[command(after_help = "\
A DEVELOPMENT key is made from a public text: everybody can forge proofs for it. The verifier refuses
it outside development chains. A key for real use comes out of a ceremony.

Example:
  escapement setup dev --arch A1 --out target/keys")]
pub struct SetupArgs {
    /// What to make.
    #[command(subcommand)]
    pub action: SetupAction,
}

/// What can be made.
#[derive(Debug, Subcommand)]
pub enum SetupAction {
    /// Make the DEVELOPMENT key of an architecture, the same on every machine
    Dev {
        /// Architecture of the policy
        #[arg(long, value_enum, ignore_case = true)]
        arch: Architecture,
        /// Folder for the proving key (.pkey) and the verifying key (.vk, and .vk.json for snarkjs)
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Arguments of `ceremony`.
#[derive(Debug, Parser)]
#[command(after_help = "\
A ceremony makes the key of one circuit out of powers of tau that a first phase left behind. Each
contributor multiplies a secret into it and destroys the secret. If one of them did, nobody can forge.

  1  The coordinator, with the powers of tau of a public first phase:
       escapement ceremony new --arch A1 --ptau powersOfTau28_hez_final_15.ptau --out round
  2  Each contributor, who then publishes the digest printed and hands the folder on:
       escapement ceremony verify round --ptau FILE
       escapement ceremony contribute round --name \"Ada, ada.example\"
  3  The coordinator, with a value announced before the first contribution and known only now:
       escapement ceremony finalize round --ptau FILE --beacon HEX --iterations-log2 30
  4  Everybody:
       escapement ceremony verify round --ptau FILE

The folder holds transcript.json and ceremony.key. docs/ceremony.md says what else a team owes its
users before money depends on a key.

The powers of tau are checked: points, consistency, and the published blake2b of the files of the
Hermez ceremony if the name claims to be one. That nobody knows tau rests on that ceremony.")]
pub struct CeremonyArgs {
    /// What to do.
    #[command(subcommand)]
    pub action: CeremonyAction,
}

/// Steps of a ceremony.
#[derive(Debug, Subcommand)]
pub enum CeremonyAction {
    /// Start a ceremony from powers of tau
    New {
        /// Architecture of the policy
        #[arg(long, value_enum, ignore_case = true)]
        arch: Architecture,
        /// Powers of tau, a .ptau file of 2^15 (A1) or 2^18 (A2) powers or more
        #[arg(long, value_name = "FILE")]
        ptau: PathBuf,
        /// Folder for the ceremony; it must not hold one
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Multiply a secret into the key, prove to know it, destroy it
    #[command(after_help = "\
The secret is made from the operating system's randomness. --more adds yours, such as dice or noise
from a sensor; it is read from a file or from standard input and never stands on the command line.

Examples:
  escapement ceremony contribute round --name \"Ada, ada.example\"
  escapement ceremony contribute round --name \"Ada, ada.example\" --more - < dice.txt")]
    Contribute {
        /// Folder of the ceremony
        folder: PathBuf,
        /// Your name, as it will stand in the transcript: up to 64 bytes
        #[arg(long)]
        name: String,
        /// File with randomness of your own to add; - reads standard input
        #[arg(long, value_name = "FILE")]
        more: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Check a ceremony whole: powers of tau, every step, every point of the key
    Verify {
        /// Folder of the ceremony
        folder: PathBuf,
        /// The powers of tau it was started from
        #[arg(long, value_name = "FILE")]
        ptau: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Apply the public beacon, check all, and write the key
    #[command(after_help = "\
The beacon is a value that nobody could foresee when the last contribution was made, such as the hash
of a block whose height was announced before. It is hashed 2^N times. 2^30 takes some minutes: the
longer, the less could be gained by choosing among values before they are public.

Example:
  escapement ceremony finalize round --ptau FILE --beacon 0x1f2e3d… --iterations-log2 30")]
    Finalize {
        /// Folder of the ceremony; the key is written beside it
        folder: PathBuf,
        /// The powers of tau it was started from
        #[arg(long, value_name = "FILE")]
        ptau: PathBuf,
        /// The beacon's value in hex, at least 16 bytes
        #[arg(long, value_name = "HEX", value_parser = beacon)]
        beacon: alloy::primitives::Bytes,
        /// How often it is hashed, as an exponent of two
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(10..=40))]
        iterations_log2: u32,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write the constraints as an .r1cs file, for other ceremony tools and for audits
    ExportR1cs {
        /// Architecture of the policy
        #[arg(long, value_enum, ignore_case = true)]
        arch: Architecture,
        /// The file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Take over the key of a ceremony that was run with snarkjs on our .r1cs
    #[command(after_help = "\
Every point of the key is checked against the powers of tau and the constraints. The contributors'
proofs are snarkjs' own: check them too, with snarkjs zkey verify.

Example:
  escapement ceremony import-zkey final.zkey --arch A1 --ptau FILE --out keys")]
    ImportZkey {
        /// The .zkey file
        zkey: PathBuf,
        /// Architecture of the policy
        #[arg(long, value_enum, ignore_case = true)]
        arch: Architecture,
        /// The powers of tau that it was made from
        #[arg(long, value_name = "FILE")]
        ptau: PathBuf,
        /// Folder for the key
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

fn beacon(text: &str) -> Result<alloy::primitives::Bytes, String> {
    let value: alloy::primitives::Bytes = text.parse().map_err(|_| "not hex".to_owned())?;
    if value.len() >= 16 { Ok(value) } else { Err(format!("{} bytes, at least 16 needed", value.len())) }
}
