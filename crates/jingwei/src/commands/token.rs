//! `jingwei token`

use crate::{control, terminal};
use std::path::PathBuf;

/// What `token` takes.
#[derive(clap::Args)]
pub struct Args {
    /// Data directory of the running city.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Role whose rights the token has, for example data_clerk.
    #[arg(long, value_name = "ROLE")]
    role: String,
}

/// Prints the token. It is shown once; the city keeps only its digest.
///
/// # Errors
/// That no city runs there, or that there is no such role.
pub fn run(args: &Args) -> Result<(), String> {
    let token = control::ask(&args.data, &control::Ask::Token { role: args.role.clone() })?;
    terminal::line(&token);
    Ok(())
}
