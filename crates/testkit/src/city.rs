//! A city in a process of its own.

use serde_json::Value as Json;
use std::io::{BufRead, BufReader, Error, Result};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running city; dropping it kills it.
pub struct City {
    child: Child,
    data: PathBuf,
    /// Screens and interfaces.
    pub http: SocketAddr,
    /// MQTT.
    pub mqtt: SocketAddr,
    /// HJ 212.
    pub hj212: SocketAddr,
}

/// Login and password of a simulated device.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The device entity.
    pub device: String,
    /// What it calls itself.
    pub login: String,
    /// Its password.
    pub password: String,
}

impl City {
    /// Starts the demonstration city on a data directory with free ports and waits until it says that it runs.
    ///
    /// # Errors
    /// When the process cannot be started or ends before.
    pub fn start(binary: &Path, packs: &Path, data: &Path) -> Result<Self> {
        let mut child = Command::new(binary)
            .args([
                "serve",
                "--demo",
                "--listen-http",
                "127.0.0.1:0",
                "--listen-mqtt",
                "127.0.0.1:0",
                "--listen-hj212",
                "127.0.0.1:0",
            ])
            .arg("--data")
            .arg(data)
            .arg("--packs")
            .arg(packs)
            .env("JINGWEI_LOG_FILTER", "error")
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().ok_or_else(|| Error::other("no standard output"))?;
        for line in BufReader::new(out).lines() {
            let line = line?;
            if let Some(ports) = ports(&line) {
                let [http, mqtt, hj212] = ports;
                return Ok(Self { child, data: data.to_owned(), http, mqtt, hj212 });
            }
        }
        let status = child.wait()?;
        Err(Error::other(format!("the city ended before it ran: {status}")))
    }

    /// Kills the process as a power cut would.
    ///
    /// # Errors
    /// When it is gone already.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait().map(|_| ())
    }

    /// Credentials of the simulated devices.
    ///
    /// # Errors
    /// When the file is not there or not readable.
    pub fn credentials(&self) -> Result<Vec<Credential>> {
        let text = std::fs::read_to_string(self.data.join("demo/credentials.jsonl"))?;
        let one = |line: &str| {
            let json: Json = serde_json::from_str(line).ok()?;
            let word = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
            Some(Credential { device: word("device")?, login: word("login")?, password: word("password")? })
        };
        Ok(text.lines().filter_map(one).collect())
    }
}

impl Drop for City {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn ports(line: &str) -> Option<[SocketAddr; 3]> {
    let (_, rest) = line.split_once("is running; ")?;
    let value = |key: &str| rest.split([' ', ';']).find_map(|w| w.strip_prefix(key)?.parse().ok());
    Some([value("http=")?, value("mqtt=")?, value("hj212=")?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_tells_the_ports_is_understood() {
        let line = "jingwei 0.1.0 is running; http=127.0.0.1:1 mqtt=127.0.0.1:2 hj212=127.0.0.1:3; stop it with Ctrl-C";
        assert_eq!(ports(line).unwrap().map(|a| a.port()), [1, 2, 3]);
        assert!(ports("stopping").is_none());
    }
}
