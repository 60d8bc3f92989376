//! `jingwei serve`

use crate::{city, settings};
use std::net::SocketAddr;
use std::path::PathBuf;

/// What `serve` takes.
#[derive(clap::Args)]
pub struct Args {
    /// Data directory; made when it is not there.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Settings file (TOML).
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address for screens and interfaces.
    #[arg(long, value_name = "ADDRESS")]
    pub listen_http: Option<SocketAddr>,
    /// Address for devices that speak MQTT.
    #[arg(long, value_name = "ADDRESS")]
    pub listen_mqtt: Option<SocketAddr>,
    /// Address for monitors that speak HJ 212.
    #[arg(long, value_name = "ADDRESS")]
    pub listen_hj212: Option<SocketAddr>,
    /// Folder that holds the packs.
    #[arg(long, value_name = "DIR")]
    pub packs: Option<PathBuf>,
    /// Install the demonstration city with its people, devices and the 24 hours before.
    #[arg(long)]
    pub demo: bool,
}

/// Runs the city until Ctrl-C or SIGTERM.
///
/// # Errors
/// What is wrong with a setting, the disk or an address.
pub fn run(args: &Args) -> Result<(), String> {
    let mut settings = settings::read(args.config.as_deref(), std::env::vars())?;
    settings.listen.http = args.listen_http.unwrap_or(settings.listen.http);
    settings.listen.mqtt = args.listen_mqtt.unwrap_or(settings.listen.mqtt);
    settings.listen.hj212 = args.listen_hj212.unwrap_or(settings.listen.hj212);
    if args.packs.is_some() {
        settings.packs.dir.clone_from(&args.packs);
    }
    logs(&settings.log)?;
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
    let done = runtime.block_on(city::run(&args.data, &settings, args.demo));
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    done
}

fn logs(log: &settings::Log) -> Result<(), String> {
    let filter =
        tracing_subscriber::EnvFilter::try_new(&log.filter).map_err(|e| format!("log.filter: {e}"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if log.json {
        builder.json().init()
    } else {
        builder.init()
    }
    Ok(())
}

/// Resolves at Ctrl-C or SIGTERM.
pub async fn stopped() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}
