//! HJ 212 over TCP: one task a connection; the answer leaves after the commit.

use super::{Stop, accept, pace_ms, stopped, timer, write};
use crate::directory::{Identity, Known};
use crate::limit::Bucket;
use crate::protocol::hj212::codec::Kind;
use crate::protocol::hj212::session::{Received, RefusedFrame, Session, Upload};
use crate::reception::{City, Observed, Reception};
use crate::words::Words;
use door::RefusalKind;
use model::EntityId;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

const PROTOCOL: &str = "hj212";
/// Most devices behind one connection (a forwarder), as far as their connection is shown.
const DEVICES_MAX: usize = 256;
/// Longest pause of a sender that is too fast.
const PAUSE_MS_MAX: u64 = 5_000;

/// Serves HJ 212 on a socket until the city stops.
pub async fn serve<C: City>(listener: TcpListener, reception: Reception<C>, stop: Stop) {
    accept(listener, reception, stop, |stream, remote, reception, stop| async move {
        Connection::new(stream, remote, reception).run(stop).await;
    })
    .await;
}

struct Connection<C: City> {
    stream: TcpStream,
    remote: SocketAddr,
    reception: Reception<C>,
    session: Session,
    bucket: Bucket,
    devices: BTreeSet<EntityId>,
    held: u32,
    refused: u32,
}

/// Whether the connection goes on.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Read,
    Close,
}

impl<C: City> Connection<C> {
    fn new(stream: TcpStream, remote: SocketAddr, reception: Reception<C>) -> Self {
        let settings = &reception.settings;
        let session = Session::new(settings.hj212.clone(), reception.key().clone());
        let bucket = Bucket::new(settings.listen.rate, pace_ms(&reception));
        Self { stream, remote, session, bucket, reception, devices: BTreeSet::new(), held: 0, refused: 0 }
    }

    async fn run(mut self, mut stop: Stop) {
        let limits = self.reception.settings.listen.clone();
        let mut buffer = vec![0; 4096];
        let mut patience = timer(limits.idle_s_max.saturating_mul(1000));
        loop {
            let read = tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                read = self.stream.read(&mut buffer) => read,
                () = &mut patience => {
                    self.reception.shared.counters.idle_closed.add(1);
                    break;
                }
            };
            let count = match read {
                Ok(count) if count > 0 => count,
                _ => break,
            };
            let before = self.session.held();
            let (next, frames) = self.take(&buffer[..count]).await;
            if next == Next::Close {
                break;
            }
            // A frame must be whole within its time from the first byte; each whole one starts the time anew.
            match self.session.held() {
                0 => patience = timer(limits.idle_s_max.saturating_mul(1000)),
                _ if before > 0 && frames == 0 => {}
                _ => patience = timer(limits.frame_s_max.saturating_mul(1000)),
            }
        }
        self.end().await;
    }

    async fn take(&mut self, mut bytes: &[u8]) -> (Next, usize) {
        let mut frames = 0;
        while !bytes.is_empty() {
            let taken = self.session.push(bytes);
            bytes = &bytes[taken..];
            while let Some(item) = self.session.next() {
                frames += 1;
                if self.item(item).await == Next::Close {
                    return (Next::Close, frames);
                }
            }
        }
        let given_up = self.session.expire(self.reception.now_ms());
        self.give_up(given_up);
        (Next::Read, frames)
    }

    async fn end(&mut self) {
        // What is left may still be named: a frame with a wrong length and no line end, say.
        while let Some(item) = self.session.finish() {
            self.item(item).await;
        }
        let given_up = self.session.give_up();
        self.give_up(given_up);
        for device in &self.devices {
            self.reception.shared.disconnect(device);
        }
    }

    async fn item(&mut self, item: Result<Received, Box<RefusedFrame>>) -> Next {
        match item {
            Ok(received) => self.frame(received).await,
            Err(refused) => {
                self.refused += 1;
                if refused.checks.length_written.is_none() && refused.claimed_mn.is_none() {
                    self.reception.shared.counters.noise_bytes.add(refused.consumed);
                }
                let login = refused.claimed_mn.as_deref();
                self.reception.quarantine(login, self.remote, refused.reason, refused.bytes, refused.checks);
                if self.refused > self.reception.settings.listen.refused_max {
                    Next::Close
                } else {
                    Next::Read
                }
            }
        }
    }

    async fn frame(&mut self, received: Received) -> Next {
        self.slow_down().await;
        let (mn, pw) = (received.segment.mn.clone(), received.segment.pw.clone());
        match self.reception.identify(PROTOCOL, &mn, pw.0.as_bytes()) {
            Identity::Known(device) => self.known(device, received).await,
            other => {
                self.held += 1;
                let sample = whole(&received);
                self.reception.hold(PROTOCOL, &mn, pw.0.as_bytes(), &other, self.remote, &sample).await;
                if self.held >= self.reception.settings.listen.held_frames_max {
                    Next::Close
                } else {
                    Next::Read
                }
            }
        }
    }

    async fn known(&mut self, device: Known, received: Received) -> Next {
        let now_ms = self.reception.now_ms();
        if !self.devices.contains(&device.id) && self.devices.len() < DEVICES_MAX {
            self.devices.insert(device.id.clone());
            self.reception.shared.connect(&device.id, PROTOCOL, self.remote, now_ms);
        }
        let upload = self.session.open(&received, now_ms);
        if let Some(reason) = &upload.refused {
            let reason = reason.clone();
            self.reception.quarantine(
                Some(&received.segment.mn),
                self.remote,
                reason,
                whole(&received),
                received.checks.clone(),
            );
        }
        let Upload { readings, answer, .. } = upload;
        if received.kind != Kind::Heartbeat {
            let bytes = whole(&received);
            let login = &received.segment.mn;
            let mapped = readings.and_then(|r| self.reception.map(&device, login, self.remote, &r, &bytes));
            let split = received.segment.packet.is_some() && mapped.is_some();
            // The packet that completes a message may have been kept before, alone: then it was another command.
            let key = received.idempotency_key(device.id.as_str()) + if split { "|whole" } else { "" };
            let checks = checks_in_words(&received);
            let observed = Observed { bytes, checks, idempotency_key: key, mapped };
            let result = self.reception.observe(&device, PROTOCOL, login, self.remote, observed).await;
            if let Err(refusal) = result {
                tracing::warn!(login, reason = %refusal.reason, "frame not stored and not answered");
                let reason = Words::new(refusal.reason_zh, refusal.reason);
                self.reception.quarantine(
                    Some(login),
                    self.remote,
                    reason,
                    whole(&received),
                    received.checks,
                );
                return if refusal.kind == RefusalKind::Unavailable { Next::Close } else { Next::Read };
            }
        }
        let Some(answer) = answer else { return Next::Read };
        if !write(&mut self.stream, &answer, self.reception.settings.listen.write_s_max).await {
            return Next::Close;
        }
        self.reception.shared.counters.answers.add(1);
        Next::Read
    }

    /// A sender beyond its pace is not read for a while; TCP makes it wait.
    async fn slow_down(&mut self) {
        while let Err(wait_ms) = self.bucket.take(pace_ms(&self.reception)) {
            self.reception.shared.counters.slowed.add(1);
            tokio::time::sleep(Duration::from_millis(wait_ms.min(PAUSE_MS_MAX))).await;
        }
    }

    fn give_up(&mut self, given_up: Vec<crate::protocol::hj212::split::GivenUp>) {
        for message in given_up {
            self.reception.shared.counters.splits_given_up.add(1);
            let bytes = format!("QN={}", message.qn).into_bytes();
            self.reception.quarantine(
                Some(&message.mn),
                self.remote,
                message.reason,
                bytes,
                Default::default(),
            );
        }
    }
}

/// The frame as it is kept: header and checksum as they came, the password replaced.
fn whole(received: &Received) -> Vec<u8> {
    let length = received.checks.length_written.unwrap_or_default();
    let crc = received.checks.crc_written.as_deref().unwrap_or_default();
    format!("##{length:04}{}{crc}", received.stored).into_bytes()
}

fn checks_in_words(received: &Received) -> String {
    let crc = received.checks.crc_computed.as_deref().unwrap_or_default();
    let length = received.checks.length_found.unwrap_or_default();
    format!("crc ok {crc}, length ok {length}")
}

#[cfg(test)]
#[path = "hj212_tests.rs"]
mod tests;
