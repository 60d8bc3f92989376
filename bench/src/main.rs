//! `bench`: measures the release build against something that runs beside it in the same run, and prints
//! ratios. A figure alone says how fast the machine is; a ratio says how good the city is.

mod baseline;
mod clock;
mod empty;
mod history;
mod hj212;
mod load;
mod machine;
mod memory;
mod mqtt;
mod patch;
mod table;
mod wire;

use clap::{Parser, Subcommand};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use table::Row;

/// Measures the release build of jingwei.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure everything and print one table.
    Run(Setup),
    /// Listen for HJ 212 frames and acknowledge them without a commit: what the city is compared with.
    Baseline {
        /// Folder that holds the packs.
        #[arg(long)]
        packs: PathBuf,
    },
}

/// What a run needs.
#[derive(clap::Args, Clone, Debug)]
pub struct Setup {
    /// The binary that is measured.
    #[arg(long, default_value = "target/release/jingwei")]
    pub binary: PathBuf,
    /// Folder that holds the packs.
    #[arg(long, default_value = "packs")]
    pub packs: PathBuf,
    /// Folder for the cities' data, on the disk that is to be measured; each measurement removes its own.
    #[arg(long, default_value = "target/bench")]
    pub dir: PathBuf,
    /// Page whose table is replaced; without it the table is only printed.
    #[arg(long)]
    pub page: Option<PathBuf>,
    /// Measurements to make, between commas: hj212, patch, mqtt, history, memory. All of them when empty.
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    /// Entities of the measurement `memory`.
    #[arg(long, default_value_t = 1_000_000)]
    pub entities: usize,
}

/// A measurement: rows of the table, or why there are none.
type Measure = fn(&Setup) -> Result<Vec<Row>, String>;

/// Every measurement with its name and what it is about, in the order of the table.
const MEASURES: [(&str, &str, Measure); 5] = [
    ("hj212", "HJ 212 · 200 连接 connections", hj212::measure),
    ("patch", "HTTP PATCH · 256 连接 connections", patch::measure),
    ("mqtt", "MQTT QoS 1 · 50 连接 connections", mqtt::measure),
    ("history", "历史追加 · history append", history::measure),
    ("memory", "内存与启动 · memory and start", memory::measure),
];

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(setup) => run(&setup),
        Command::Baseline { packs } => baseline::serve(&packs),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            say(&format!("bench: {e}"));
            ExitCode::FAILURE
        }
    }
}

/// Words about the progress, on standard error; the table goes to standard output.
pub fn say(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}

fn run(setup: &Setup) -> Result<(), String> {
    if let Some(unknown) = setup.only.iter().find(|w| !MEASURES.iter().any(|(name, ..)| name == w)) {
        return Err(format!(
            "no measurement {unknown}; there are {}",
            MEASURES.map(|(name, ..)| name).join(", ")
        ));
    }
    std::fs::create_dir_all(&setup.dir).map_err(|e| format!("{}: {e}", setup.dir.display()))?;
    let mut rows = Vec::new();
    for (name, title, measure) in MEASURES {
        if !setup.only.is_empty() && !setup.only.iter().any(|w| w == name) {
            continue;
        }
        say(&format!("bench: {title}"));
        // One that fails says so in its own row; the others are measured all the same.
        let measured = measure(setup).unwrap_or_else(|e| vec![Row::failed(title, &e)]);
        for row in &measured {
            say(&format!("  {}", row.line()));
        }
        rows.extend(measured);
    }
    rows.push(Row::not_yet("从报文到屏幕，95 分位 · frame to screen, p95, 2,000 devices", "3 s"));
    let text = format!("{}\n\n{}", machine::describe(&setup.dir), table::markdown(&rows));
    drop(writeln!(std::io::stdout().lock(), "{text}"));
    let Some(page) = &setup.page else { return Ok(()) };
    let old = std::fs::read_to_string(page).map_err(|e| format!("{}: {e}", page.display()))?;
    let new = table::replaced(&old, &text).map_err(|e| format!("{}: {e}", page.display()))?;
    std::fs::write(page, new).map_err(|e| format!("{}: {e}", page.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup(words: &[&str]) -> Setup {
        let all = ["bench", "run"].iter().chain(words);
        match Cli::try_parse_from(all).unwrap().command {
            Command::Run(setup) => setup,
            Command::Baseline { .. } => panic!("not asked for"),
        }
    }

    #[test]
    fn an_unknown_measurement_is_named() {
        let setup = setup(&["--only", "patch,disk"]);
        assert_eq!(setup.only, ["patch", "disk"]);
        let error = run(&setup).unwrap_err();
        assert!(error.starts_with("no measurement disk; there are hj212, patch"), "{error}");
    }

    #[test]
    fn without_words_the_release_build_is_measured() {
        let setup = setup(&[]);
        assert!(setup.binary.ends_with("release/jingwei") && setup.page.is_none() && setup.only.is_empty());
    }
}
