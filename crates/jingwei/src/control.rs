//! The control socket: how commands on this machine speak to a running city. One JSON object a line in,
//! one out; the socket is in the data directory and only its owner may use it.

use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// What can be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// A single-use sign-in link for a person.
    Link {
        /// Key of the person (`seat1`).
        person: String,
    },
    /// An API token for a role.
    Token {
        /// The role.
        role: String,
    },
    /// Write a savepoint now.
    Savepoint,
    /// Move the clock forward; only in a build for tests.
    Advance {
        /// By how much.
        seconds: u32,
    },
    /// Where the log stands.
    Status,
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It was done; what was asked for in words.
    Done(String),
    /// It was not, and why.
    Refused(String),
}

/// Where the socket of a data directory is.
pub fn path(data: &Path) -> PathBuf {
    data.join("control.sock")
}

/// Asks the city that runs on a data directory.
///
/// # Errors
/// That no city runs there, or why it refused.
pub fn ask(data: &Path, ask: &Ask) -> Result<String, String> {
    let path = path(data);
    let none = |e: std::io::Error| format!("no city runs on {} ({e}); start it with: jingwei serve --data {0}", data.display());
    let mut stream = UnixStream::connect(&path).map_err(none)?;
    let line = serde_json::to_string(ask).map_err(|e| e.to_string())?;
    writeln!(stream, "{line}").map_err(none)?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).map_err(none)?;
    match serde_json::from_str(&answer).map_err(|e| e.to_string())? {
        Answer::Done(text) => Ok(text),
        Answer::Refused(reason) => Err(reason),
    }
}
