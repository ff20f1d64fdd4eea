//! The `escapement` binary: a development chain, deployment, status, policies, attestation, and the closed loop as a demonstration.
//!
//! Exit codes: 0 success, 1 failure, 2 wrong usage, 3 the demonstration ran but something was not as it must be, 130
//! interrupted, 141 the reader of the output went away.

mod args;
mod commands;
mod demo;
mod gas;
mod paths;
mod ui;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let args = args::Args::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("ESCAPEMENT_LOG"))
        .with_writer(std::io::stderr)
        .init();
    let outcome = match args.command {
        args::Command::Devnet(devnet) => commands::devnet::run(devnet).await.map(|()| true),
        args::Command::Demo(demo) => Box::pin(demo::run(demo)).await,
        args::Command::Deploy(deploy) => commands::deploy::run(deploy).await.map(|()| true),
        args::Command::Status(status) => commands::status::run(status).await.map(|()| true),
        args::Command::Gas(gas) => gas::run(&gas).map(|()| true),
        args::Command::Policy(policy) => commands::policy::run(policy).map(|()| true),
        args::Command::Report(report) => Box::pin(commands::report::run(report)).await.map(|()| true),
        args::Command::Sign(sign) => commands::sign::run(&sign).map(|()| true),
        args::Command::Send(send) => Box::pin(commands::send::run(send)).await.map(|()| true),
        #[cfg(feature = "prove")]
        args::Command::Prove(prove) => Box::pin(commands::prove::run(prove)).await.map(|()| true),
        #[cfg(feature = "prove")]
        args::Command::Setup(setup) => commands::ceremony::setup(setup).map(|()| true),
        #[cfg(feature = "prove")]
        args::Command::Ceremony(ceremony) => commands::ceremony::run(ceremony).map(|()| true),
        #[cfg(not(feature = "prove"))]
        args::Command::Prove(_) | args::Command::Setup(_) | args::Command::Ceremony(_) => {
            commands::without_prover().map(|()| true)
        }
        args::Command::Completions { shell } => {
            commands::completions::run(shell);
            Ok(true)
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(3),
        Err(error) => {
            eprintln!("{} {}", ui::Style::stderr().red("error:"), ui::plain(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}
