//! The control socket: how commands on this machine speak to a running city. One JSON object a line in,
//! one out; the socket is in the data directory and only its owner may use it.

use crate::clock::{Clock, random_hex};
use door::city_command;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use store::{FileDisk, savepoint};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

/// Longest line that is read.
const LINE_MAX: u64 = 65_536;

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
    let none = |e: std::io::Error| {
        format!("no city runs on {} ({e}); start it with: jingwei serve --data {0}", data.display())
    };
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

/// What the socket answers from.
#[derive(Clone)]
pub struct Desk {
    /// The city.
    pub city: api::City,
    /// Its clock.
    pub clock: Clock,
    /// Its disk.
    pub disk: FileDisk,
}

/// Answers on the socket of a data directory, for its owner only.
pub async fn serve(data: PathBuf, desk: Desk) {
    let path = path(&data);
    drop(std::fs::remove_file(&path));
    let listener = match UnixListener::bind(&path) {
        Ok(listener) => listener,
        Err(e) => return tracing::error!(path = %path.display(), reason = %e, "no control socket"),
    };
    use std::os::unix::fs::PermissionsExt;
    if let Err(e) = std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)) {
        return tracing::error!(reason = %e, "control socket could not be made private");
    }
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let desk = desk.clone();
        tokio::spawn(async move {
            let (read, mut write) = stream.into_split();
            let mut line = String::new();
            if tokio::io::BufReader::new(read.take(LINE_MAX)).read_line(&mut line).await.is_err() {
                return;
            }
            let answer = match serde_json::from_str(&line) {
                Ok(ask) => desk.answer(ask).await,
                Err(e) => Err(e.to_string()),
            };
            let answer = answer.map_or_else(Answer::Refused, Answer::Done);
            let text = serde_json::to_string(&answer).unwrap_or_default();
            drop(write.write_all(format!("{text}\n").as_bytes()).await);
        });
    }
}

impl Desk {
    async fn answer(&self, ask: Ask) -> Result<String, String> {
        match ask {
            Ask::Link { person } => crate::city::link(&self.city, &person),
            Ask::Token { role } => self.token(&role).await,
            Ask::Status => Ok(format!("seq {}", self.city.snapshot().state.seq())),
            Ask::Savepoint => {
                let (state, engines) = self.city.ports.door.engines().await.ok_or("the pen has stopped")?;
                savepoint::write(&self.disk, &state, &engines).map_err(|e| e.to_string())
            }
            Ask::Advance { seconds } => self.advance(seconds),
        }
    }

    async fn token(&self, role: &str) -> Result<String, String> {
        let snapshot = self.city.snapshot();
        let roles: std::collections::BTreeSet<&str> =
            snapshot.access.rights().iter().map(|r| r.role.as_str()).collect();
        if !roles.contains(role) {
            return Err(format!(
                "no role {role}; there are {}",
                roles.into_iter().collect::<Vec<_>>().join(", ")
            ));
        }
        let token = random_hex::<32>();
        let digest = blake3::hash(token.as_bytes()).to_hex().to_string();
        let command =
            city_command("access", "access.token", serde_json::json!({"digest": digest, "role": role}));
        self.city.ports.door.submit(command).await.map_err(|e| e.to_string())?;
        Ok(token)
    }

    #[cfg(feature = "testkit")]
    fn advance(&self, seconds: u32) -> Result<String, String> {
        self.clock.advance(seconds);
        self.city.ports.door.tick();
        Ok(self.clock.now().rfc3339())
    }

    #[cfg(not(feature = "testkit"))]
    fn advance(&self, _: u32) -> Result<String, String> {
        let _ = &self.clock;
        Err("the clock moves only in a build for tests".into())
    }
}
