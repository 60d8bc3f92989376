//! `jingwei link`

use crate::{control, terminal};
use std::path::PathBuf;

/// What `link` takes.
#[derive(clap::Args)]
pub struct Args {
    /// Data directory of the running city.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Who shall sign in, for example seat1.
    #[arg(long, value_name = "PERSON")]
    person: String,
}

/// Prints the link.
///
/// # Errors
/// That no city runs there, or that there is no such person.
pub fn run(args: &Args) -> Result<(), String> {
    let link = control::ask(&args.data, &control::Ask::Link { person: args.person.clone() })?;
    terminal::line(&link);
    Ok(())
}
