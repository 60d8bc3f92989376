//! Chores of this repository, run as `cargo xtask <chore>`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

mod clock;
mod codegen;
mod dependencies;
mod domain;
mod finding;
mod layers;
mod licences;
mod manifest;
mod map;
mod names;
mod places;
mod pure;
mod sizes;
mod source;
mod spdx;
mod tidy;
mod tree;
mod walls;

const HELP: &str = "chores of this repository

usage: cargo xtask <chore>

  tidy              check walls, sizes, names, the clock, the map and the list of dependencies
  licences          check licences, bans and sources of all dependencies against deny.toml
  codegen           write portal/openapi.json from the binary, and the portal's client from it
  codegen --check   fail when portal/openapi.json is not what the binary says
  bless             codegen, then run the tests with JINGWEI_BLESS=1 so that golden files are written
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let root = root();
    let result = match words.as_slice() {
        ["tidy"] => tidy::run(&root),
        ["licences"] => licences::run(&root),
        ["codegen"] => codegen::write(&root),
        ["codegen", "--check"] => codegen::check(&root),
        ["bless"] => codegen::bless(&root),
        [] | ["help" | "--help" | "-h"] => Ok(HELP.to_string()),
        other => Err(format!("unknown chore: {}\n\n{HELP}", other.join(" "))),
    };
    match result {
        Ok(text) => {
            say(&mut std::io::stdout(), &text);
            ExitCode::SUCCESS
        }
        Err(text) => {
            say(&mut std::io::stderr(), &text);
            ExitCode::FAILURE
        }
    }
}

/// Writes the text and a line end. A closed pipe is no reason to fail.
fn say(out: &mut dyn Write, text: &str) {
    let _ = writeln!(out, "{}", text.trim_end());
}

/// The folder of the workspace: the parent of this crate when cargo runs it, else the current folder.
fn root() -> PathBuf {
    let parent = |dir: String| PathBuf::from(dir).parent().map(PathBuf::from);
    std::env::var("CARGO_MANIFEST_DIR").ok().and_then(parent).unwrap_or_else(|| PathBuf::from("."))
}
