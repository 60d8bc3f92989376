//! `jingwei`: one binary that runs a city.

mod assess;
mod check;
mod city;
mod clock;
mod commands;
mod control;
mod demo;
mod follower;
mod install;
mod query;
mod settings;
mod simulate;
mod terminal;
mod vault;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// 经纬 jingwei: runs a city's duties, data, devices and cases.
#[derive(Parser)]
#[command(name = "jingwei", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the city on a data directory. Stop it with Ctrl-C.
    Serve(commands::serve::Args),
    /// Play the demonstration's devices and residents against a running city, over real sockets.
    Simulate(commands::simulate::Args),
    /// Make an API token for a role of a running city.
    Token(commands::token::Args),
    /// Make a single-use sign-in link for a person of a running city, valid 15 minutes.
    Link(commands::link::Args),
    /// Look after packs: folders of data that declare a domain.
    #[command(subcommand)]
    Pack(commands::pack::Command),
    /// Print the OpenAPI document of the HTTP interface.
    Openapi,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Serve(args) => commands::serve::run(&args),
        Command::Simulate(args) => commands::simulate::run(&args),
        Command::Token(args) => commands::token::run(&args),
        Command::Link(args) => commands::link::run(&args),
        Command::Pack(command) => commands::pack::run(&command),
        Command::Openapi => {
            terminal::line(&api::openapi_json());
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            terminal::error(&e);
            ExitCode::FAILURE
        }
    }
}
