//! `escapement completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::{args::Args, ui};

/// Prints the completion script of a shell.
pub fn run(shell: Shell) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "escapement", &mut script);
    ui::say(String::from_utf8_lossy(&script).trim_end());
}
