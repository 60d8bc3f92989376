//! `jingwei pack`

use crate::{check, terminal};
use std::path::PathBuf;

/// What can be done with packs.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Check the folders of packs: every file against the engine that uses it.
    Check {
        /// Folders of packs.
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
    },
}

/// Runs the command.
///
/// # Errors
/// How many findings there are; each has been printed with its file.
pub fn run(command: &Command) -> Result<(), String> {
    let Command::Check { paths } = command;
    let mut wrong = 0;
    for path in paths {
        let findings = check::check(path);
        for finding in &findings {
            terminal::line(finding);
        }
        if findings.is_empty() {
            terminal::line(&format!("{}: ok", path.display()));
        }
        wrong += findings.len();
    }
    if wrong == 0 { Ok(()) } else { Err(format!("{wrong} findings")) }
}
