//! Where every listener hands in what it received: who is it, what does it mean, and is it durable.

use crate::directory::{Directory, Identity, Known};
use crate::logbook::{Shared, sender};
use crate::protocol::hj212::{Checks, segment::DigestKey};
use crate::protocol::{hj212, json, mqtt};
use crate::quarantine::Entry;
use crate::reading::{Readings, UnixMs};
use crate::thing::{Mapped, map};
use crate::words::Words;
use access::Access;
use door::{Body, Command, Receipt, Refusal, RefusalKind};
use model::{Name, RawFrame, Time};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use store::State;

/// What the gateway needs of the city: the door, the newest position, and the time.
pub trait City: Clone + Send + Sync + 'static {
    /// Submits a command and waits until it is durable and applied.
    fn submit(&self, command: Command) -> impl Future<Output = Result<Receipt, Refusal>> + Send;
    /// The newest durable position.
    fn state(&self) -> State;
    /// The wall clock.
    fn now(&self) -> Time;
}

/// The running city: the pen's handle and the shell's clock.
#[derive(Clone)]
pub struct Live {
    /// The way to the pen.
    pub door: door::Handle,
    /// The shell's clock.
    pub now: Arc<dyn Fn() -> Time + Send + Sync>,
}

impl City for Live {
    fn submit(&self, command: Command) -> impl Future<Output = Result<Receipt, Refusal>> + Send {
        let door = self.door.clone();
        async move { door.submit(command).await }
    }

    fn state(&self) -> State {
        self.door.snapshot().state.clone()
    }

    fn now(&self) -> Time {
        (self.now)()
    }
}

/// Settings of all listeners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// HJ 212.
    pub hj212: hj212::Config,
    /// MQTT.
    pub mqtt: mqtt::Config,
    /// JSON payloads.
    pub json: json::Config,
    /// Connections and their pace.
    pub listen: crate::listen::Config,
}

/// Shared by all connections; a clone is the same reception.
#[derive(Debug)]
pub struct Reception<C> {
    /// The city.
    pub city: C,
    /// What the listeners know.
    pub shared: Arc<Shared>,
    /// Settings.
    pub settings: Arc<Settings>,
    directory: Arc<Directory>,
    key: DigestKey,
}

impl<C: Clone> Clone for Reception<C> {
    fn clone(&self) -> Self {
        Self {
            city: self.city.clone(),
            shared: self.shared.clone(),
            settings: self.settings.clone(),
            directory: self.directory.clone(),
            key: self.key.clone(),
        }
    }
}

/// A frame and what it means, on its way to the door.
#[derive(Debug)]
pub struct Observed {
    /// The frame as it is to be kept.
    pub bytes: Vec<u8>,
    /// The results of the checks on the bytes as they came, in words.
    pub checks: String,
    /// Under which a resend is recognised.
    pub idempotency_key: String,
    /// What it became; nothing when it carries no readings.
    pub mapped: Option<Mapped>,
}

/// What a JSON payload led to, for the protocols that carry JSON.
#[derive(Debug)]
pub enum Outcome {
    /// It is durable; the receipt says whether it was before.
    Durable(Receipt),
    /// It cannot be read; the reason is in quarantine too.
    Unreadable(Words),
    /// The door refused it.
    Refused(Refusal),
}

impl<C: City> Reception<C> {
    /// A reception over a city; `key` digests passwords and is kept in the city's key file.
    pub fn new(city: C, shared: Arc<Shared>, settings: Settings, key: DigestKey) -> Self {
        Self { city, shared, settings: Arc::new(settings), directory: Arc::default(), key }
    }

    /// The time in milliseconds.
    pub fn now_ms(&self) -> UnixMs {
        self.city.now().millis()
    }

    /// The key for digests.
    pub fn key(&self) -> &DigestKey {
        &self.key
    }

    /// Who a sender is.
    pub fn identify(&self, protocol: &str, login: &str, secret: &[u8]) -> Identity {
        self.directory.identify(&self.city.state(), protocol, login, secret, &self.key)
    }

    /// Keeps a refused frame with its reason.
    pub fn quarantine(
        &self,
        login: Option<&str>,
        remote: SocketAddr,
        reason: Words,
        bytes: Vec<u8>,
        checks: Checks,
    ) {
        self.shared.counters.frames_refused.add(1);
        self.keep(login, remote, reason, bytes, checks);
    }

    fn keep(&self, login: Option<&str>, remote: SocketAddr, reason: Words, bytes: Vec<u8>, checks: Checks) {
        let bytes_total = bytes.len() as u64;
        let entry =
            Entry { at_ms: self.now_ms(), remote: remote.to_string(), reason, bytes, bytes_total, checks };
        self.shared.refuse(&sender(login, remote), entry);
    }

    /// Puts a sender that did not prove itself on the hold list, and its frame into quarantine. `sample` holds no
    /// password any more.
    pub async fn hold(
        &self,
        protocol: &'static str,
        login: &str,
        secret: &[u8],
        who: &Identity,
        remote: SocketAddr,
        sample: &[u8],
    ) {
        self.shared.counters.frames_held.add(1);
        let (reason, words) = match who {
            Identity::Unknown => (
                "unknown",
                Words::new(
                    "设备未登记，已列入待批。",
                    "The device is not registered; it waits for approval.",
                ),
            ),
            Identity::Refused => {
                ("", Words::new("设备已被拒绝或停用。", "The device was refused or is out of service."))
            }
            _ => (
                "wrong_password",
                Words::new("口令不对，已列入待批。", "The password is wrong; the sender waits for approval."),
            ),
        };
        self.keep(Some(login), remote, words, sample.to_vec(), Checks::default());
        if reason.is_empty() {
            return;
        }
        let Some(frames) = self.shared.hold(protocol, login, self.now_ms()) else { return };
        let digest = (!secret.is_empty()).then(|| crate::secret::digest(protocol, login, secret, &self.key));
        let body = json!({
            "login": login, "protocol": protocol, "reason": reason, "peer": remote.ip().to_string(),
            "sample": String::from_utf8_lossy(sample), "frames": frames, "digest": digest,
        });
        if let Err(refusal) = self.command("gateway.hold", body).await {
            tracing::warn!(login, reason = %refusal.reason, "sender not written to the hold list");
        }
    }

    /// Gives a command of the city's own.
    ///
    /// # Errors
    /// The door's refusal.
    pub async fn command(&self, name: &str, body: serde_json::Value) -> Result<Receipt, Refusal> {
        let command = Command {
            name: Name::new(name),
            version: 1,
            body: Body::Json(body),
            permit: Access::city("gateway", name),
            idempotency_key: None,
            expected: vec![],
        };
        self.city.submit(command).await
    }

    /// Maps readings by the device's Thing Model; what it does not know goes into quarantine with its reason.
    pub fn map(
        &self,
        device: &Known,
        login: &str,
        remote: SocketAddr,
        readings: &Readings,
        bytes: &[u8],
    ) -> Option<Mapped> {
        let Some(thing) = &device.thing else {
            let words = Words::new(
                "设备的物模型未安装，报文原样保存。",
                "The device's Thing Model is not installed; the frame is kept as it is.",
            );
            self.keep(Some(login), remote, words, bytes.to_vec(), Checks::default());
            return None;
        };
        let mapped = map(readings, thing, &device.subject);
        self.shared.counters.factors_unknown.add(mapped.unknown as u64);
        for refused in mapped.refused.iter().take(8) {
            let words = Words::new(
                format!("{}：{}", refused.what, refused.reason.zh),
                format!("{}: {}", refused.what, refused.reason.en),
            );
            self.keep(Some(login), remote, words, bytes.to_vec(), Checks::default());
        }
        Some(mapped)
    }

    /// Makes a frame durable. When the door refuses its values, the frame alone is kept, so that it can be answered.
    ///
    /// # Errors
    /// The door's refusal when not even the frame could be stored.
    pub async fn observe(
        &self,
        device: &Known,
        protocol: &str,
        login: &str,
        remote: SocketAddr,
        observed: Observed,
    ) -> Result<Receipt, Refusal> {
        let observations = observed.mapped.map(|mapped| mapped.observations).unwrap_or_default();
        let count = observations.len() as u64;
        let frame = RawFrame {
            device: device.id.clone(),
            protocol: Name::new(protocol),
            bytes: observed.bytes.into(),
            checks: Name::new(&observed.checks),
        };
        let command = Command {
            name: Name::new("gateway.observe"),
            version: 1,
            body: Body::Observed { observations, frame: Some(frame.clone()) },
            permit: Access::device(&device.id, Some(Name::new(remote.to_string()))),
            idempotency_key: Some(Name::new(&observed.idempotency_key)),
            expected: vec![],
        };
        let mut result = self.city.submit(command.clone()).await;
        if let Err(refusal) = &result
            && matches!(refusal.kind, RefusalKind::Invalid | RefusalKind::Missing)
            && count > 0
        {
            let words = Words::new(refusal.reason_zh.clone(), refusal.reason.clone());
            self.keep(Some(login), remote, words, frame.bytes.to_vec(), Checks::default());
            let body = Body::Observed { observations: vec![], frame: Some(frame) };
            result = self.city.submit(Command { body, ..command }).await;
        } else if result.as_ref().is_ok_and(|receipt| !receipt.repeated) {
            self.shared.counters.observations.add(count);
        }
        if let Ok(receipt) = &result {
            let counter = if receipt.repeated {
                &self.shared.counters.frames_resent
            } else {
                &self.shared.counters.frames_accepted
            };
            counter.add(1);
            self.shared.count(&device.id, receipt.repeated, self.now_ms());
        }
        result
    }

    /// Reads a JSON payload of a device and makes it durable; for MQTT and HTTP.
    pub async fn observe_json(
        &self,
        device: &Known,
        protocol: &str,
        login: &str,
        remote: SocketAddr,
        payload: &[u8],
    ) -> Outcome {
        let now_ms = self.now_ms();
        let time_field = device.thing.as_ref().and_then(|thing| thing.time.as_deref());
        let readings = match json::decode(payload, time_field, &self.settings.json, now_ms) {
            Ok(readings) => readings,
            Err(words) => {
                self.quarantine(Some(login), remote, words.clone(), payload.to_vec(), Checks::default());
                return Outcome::Unreadable(words);
            }
        };
        let mapped = self.map(device, login, remote, &readings, payload);
        // A payload without its own time is another reading each time it comes, even with the same bytes.
        let timed = readings.observed_at_ms != now_ms;
        let stamp = if timed { 0 } else { now_ms };
        let observed = Observed {
            bytes: payload.to_vec(),
            checks: "json ok".into(),
            idempotency_key: format!("{}|{stamp}|{}", device.id, blake3::hash(payload).to_hex()),
            mapped,
        };
        match self.observe(device, protocol, login, remote, observed).await {
            Ok(receipt) => Outcome::Durable(receipt),
            Err(refusal) => Outcome::Refused(refusal),
        }
    }

    /// Writes changes of connections to the city, at most `count_max` devices in one batch.
    pub async fn write_connections(&self, count_max: usize) {
        let changed = self.shared.changed(count_max.min(5_000));
        if changed.is_empty() {
            return;
        }
        let word = |up: &bool| if *up { "connected" } else { "disconnected" };
        let devices: serde_json::Map<_, _> =
            changed.iter().map(|(id, up)| (id.to_string(), json!(word(up)))).collect();
        if let Err(refusal) = self.command("gateway.connections", json!({ "devices": devices })).await {
            tracing::warn!(reason = %refusal.reason, "connections not written");
        }
    }
}
