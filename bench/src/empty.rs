//! A city without the demonstration: packs, and nothing else. Its process is known, so that its memory can be
//! read, and it can be stopped as a person stops it.

use crate::clock;
use crate::machine::resident_bytes;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Longest time that a stop may take, the last savepoint included.
const STOP_S_MAX: u64 = 300;

/// A running city; dropping it kills it.
pub struct Empty {
    child: Child,
    /// Screens and interfaces.
    pub http: SocketAddr,
    /// From the start of the process until it said that it runs.
    pub started_in: Duration,
}

impl Empty {
    /// Starts a city on a data directory and waits until it says that it runs.
    ///
    /// # Errors
    /// When it cannot be started or ends before.
    pub fn start(binary: &Path, packs: &Path, data: &Path) -> Result<Self, String> {
        let begun = clock::instant();
        let listen = ["--listen-http", "--listen-mqtt", "--listen-hj212"];
        let mut child = Command::new(binary)
            .arg("serve")
            .args(listen.iter().flat_map(|l| [l, "127.0.0.1:0"]))
            .arg("--data")
            .arg(data)
            .arg("--packs")
            .arg(packs)
            .env("JINGWEI_LOG_FILTER", "error")
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("{}: {e}", binary.display()))?;
        let out = child.stdout.take().ok_or("no standard output")?;
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if let Some(http) = http(&line) {
                return Ok(Self { child, http, started_in: begun.elapsed() });
            }
        }
        let status = child.wait().map_err(|e| e.to_string())?;
        Err(format!("the city ended before it ran: {status}"))
    }

    /// Resident memory, in bytes.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn resident_bytes(&self) -> Result<f64, String> {
        resident_bytes(self.child.id())
    }

    /// Stops it with SIGTERM and waits until it has written its savepoint and ended.
    ///
    /// # Errors
    /// When it does not end in time or not with status 0.
    pub fn stop(mut self) -> Result<(), String> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().map_err(|e| e.to_string())?;
        if !sent.success() {
            return Err("the city could not be told to stop".into());
        }
        for _ in 0..STOP_S_MAX * 20 {
            match self.child.try_wait().map_err(|e| e.to_string())? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(format!("the city ended with {status}")),
                None => clock::pause(Duration::from_millis(50)),
            }
        }
        Err(format!("the city did not stop within {STOP_S_MAX} s"))
    }
}

impl Drop for Empty {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn http(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("is running; ")?;
    rest.split([' ', ';']).find_map(|w| w.strip_prefix("http=")?.parse().ok())
}

/// A folder for one city, removed when it is dropped.
///
/// # Errors
/// What the disk says.
pub fn folder(dir: &Path) -> Result<tempfile::TempDir, String> {
    tempfile::tempdir_in(dir).map_err(|e| format!("{}: {e}", dir.display()))
}

/// A token that may write entities of every type.
///
/// # Errors
/// What the command says.
pub fn token(binary: &Path, data: &Path) -> Result<String, String> {
    let asked = Command::new(binary).args(["token", "--role", "administrator", "--data"]).arg(data).output();
    let asked = asked.map_err(|e| format!("{}: {e}", binary.display()))?;
    if !asked.status.success() {
        return Err(String::from_utf8_lossy(&asked.stderr).trim().to_owned());
    }
    Ok(String::from_utf8_lossy(&asked.stdout).trim().to_owned())
}

/// The packs' folder as an absolute path.
///
/// # Errors
/// When it is not there.
pub fn absolute(path: &Path) -> Result<PathBuf, String> {
    path.canonicalize().map_err(|e| format!("{}: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_tells_the_port_is_understood() {
        let line = "jingwei 0.1.0 is running; http=127.0.0.1:81 mqtt=127.0.0.1:2 hj212=127.0.0.1:3; stop";
        assert_eq!(http(line).unwrap().port(), 81);
        assert!(http("stopping").is_none());
    }

    #[test]
    fn a_binary_that_ends_at_once_is_no_city() {
        let dir = tempfile::tempdir().unwrap();
        let error = Empty::start(Path::new("true"), dir.path(), dir.path()).err().unwrap();
        assert!(error.starts_with("the city ended before it ran"), "{error}");
        assert!(Empty::start(Path::new("no-such-binary"), dir.path(), dir.path()).is_err());
    }
}
