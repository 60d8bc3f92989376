//! A monitor that speaks HJ 212-2017 over TCP.

use crate::Credential;
use gateway::protocol::hj212::crc;
use std::io::{Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One connection of one monitor.
pub struct Monitor {
    stream: TcpStream,
    credential: Credential,
}

impl Monitor {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub fn connect(at: SocketAddr, credential: &Credential) -> Result<Self> {
        let stream = TcpStream::connect(at)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { stream, credential: credential.clone() })
    }

    /// Sends one real-time report and waits for its CN 9014; `qn` is `yyyyMMddHHmmssSSS` in Beijing time.
    ///
    /// # Errors
    /// When the connection breaks before the acknowledgement.
    pub fn report(&mut self, qn: &str, values: &str) -> Result<()> {
        let c = &self.credential;
        let segment = format!(
            "QN={qn};ST=32;CN=2011;PW={};MN={};Flag=5;CP=&&DataTime={};{values}&&",
            c.password,
            c.login,
            &qn[..14]
        );
        let frame = format!("##{:04}{segment}{:04X}\r\n", segment.len(), crc::crc(segment.as_bytes()));
        self.stream.write_all(frame.as_bytes())?;
        let mut answer = Vec::new();
        let mut byte = [0; 512];
        while !answer.ends_with(b"\r\n") {
            let n = self.stream.read(&mut byte)?;
            if n == 0 {
                return Err(std::io::Error::other("closed before the acknowledgement"));
            }
            answer.extend(&byte[..n]);
        }
        let text = String::from_utf8_lossy(&answer);
        if text.contains("CN=9014") && text.contains(&format!("QN={qn}")) {
            Ok(())
        } else {
            Err(std::io::Error::other(text.into_owned()))
        }
    }
}
