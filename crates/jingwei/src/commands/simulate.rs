//! `jingwei simulate`

use crate::simulate::{self, Target};
use std::path::PathBuf;

/// What `simulate` takes.
#[derive(clap::Args)]
pub struct Args {
    /// Host of the running city, for example 127.0.0.1.
    #[arg(long, value_name = "HOST")]
    against: String,
    /// Data directory of the city, for the credentials made there at its first start.
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// Folder that holds the packs.
    #[arg(long, value_name = "DIR", default_value = "packs")]
    packs: PathBuf,
    /// Port of the screens.
    #[arg(long, default_value_t = 8080)]
    http_port: u16,
    /// Port of MQTT.
    #[arg(long, default_value_t = 1883)]
    mqtt_port: u16,
    /// Port of HJ 212.
    #[arg(long, default_value_t = 9212)]
    hj212_port: u16,
}

/// Plays until Ctrl-C or SIGTERM.
///
/// # Errors
/// Which file is missing or wrong.
pub fn run(args: &Args) -> Result<(), String> {
    let target = Target {
        host: args.against.clone(),
        http: args.http_port,
        mqtt: args.mqtt_port,
        hj212: args.hj212_port,
    };
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
    runtime.block_on(simulate::play(&args.packs, &args.data, target, super::serve::stopped()))
}
