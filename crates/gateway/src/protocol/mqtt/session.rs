//! One MQTT connection without its socket: bytes in; events, bytes to send and a deadline out.
//!
//! The caller answers [`Event::Connect`] with [`Session::accept`] or [`Session::reject`], and every
//! [`Event::Publish`] that has a packet number with [`Session::acknowledge`], after its commit. It reads from the
//! socket only while [`Session::wants_bytes`]: that is the back-pressure.

use super::config::Config;
use super::topic::{Grant, Rights, matches, valid_login};
use super::wire;
use crate::words::{Words, quoted};
use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::role::Server;
use mqtt_protocol_core::mqtt::connection::{Connection, Event as CoreEvent};
use mqtt_protocol_core::mqtt::packet::{GenericPacketTrait, Packet, Property, Qos};
use mqtt_protocol_core::mqtt::result_code::{DisconnectReasonCode, MqttError};
use mqtt_protocol_core::mqtt::{Version, packet};
use std::collections::BTreeSet;

/// A client asks to come in.
#[derive(Clone, PartialEq, Eq)]
pub struct Connect {
    /// The client's id; empty when it left the choice to the server.
    pub client_id: String,
    /// The device's number.
    pub login: String,
    /// The device's secret.
    pub password: Vec<u8>,
    /// Protocol version, 4 for 3.1.1 or 5.
    pub version: u8,
}

impl std::fmt::Debug for Connect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Connect({}, {}, version {})", self.client_id, self.login, self.version)
    }
}

/// A message of a device, right in form and topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publish {
    /// The topic.
    pub topic: String,
    /// The payload.
    pub payload: Vec<u8>,
    /// The number to acknowledge; none at QoS 0.
    pub packet_id: Option<u16>,
    /// Whether the client says that it sent this before.
    pub dup: bool,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A client asks to come in; nothing more is read until it is answered.
    Connect(Connect),
    /// A message to make durable.
    Publish(Publish),
    /// Something was refused; for counters and quarantine.
    Refused {
        /// Why, in words.
        reason: Words,
        /// The offending bytes, as far as they are a payload.
        bytes: Vec<u8>,
    },
    /// The client said good-bye.
    Goodbye,
}

/// What a call led to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Bytes to send, in order.
    pub send: Vec<u8>,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// Whether to close once the bytes are sent.
    pub close: bool,
    /// From now on, how long the client may be silent, in milliseconds; no change when there is none.
    pub silence_ms_max: Option<u64>,
}

/// Why a client is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// Wrong number or secret.
    Credentials,
    /// Held for approval.
    Held,
    /// Too many connections.
    Busy,
    /// A will message, which is not supported yet.
    Will,
    /// An authentication exchange, which is not supported.
    Method,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ack {
    /// It is durable (or was before).
    Durable,
    /// The device may not use the topic.
    NotAuthorized,
    /// The payload cannot be read.
    Payload,
    /// Too much at once.
    Quota,
    /// The city could not store it.
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Deciding,
    Open,
    Closed,
}

/// The state of one connection.
pub struct Session {
    core: Connection<Server>,
    config: Config,
    stage: Stage,
    five: bool,
    inbox: Vec<u8>,
    rights: Rights,
    keep_alive_s: u16,
    silence_ms: u64,
    assigned: bool,
    in_flight: BTreeSet<u16>,
    filters: Vec<String>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "mqtt::Session({:?}, {} in flight)", self.stage, self.in_flight.len())
    }
}

impl Session {
    /// A fresh connection that accepts either version.
    pub fn new(config: Config) -> Self {
        let mut core = Connection::with_options(Version::Undetermined, wire::options(&config));
        core.set_auto_ping_response(true);
        Self {
            core,
            config,
            stage: Stage::New,
            five: false,
            inbox: Vec::new(),
            rights: Rights::default(),
            keep_alive_s: 0,
            silence_ms: 0,
            assigned: false,
            in_flight: BTreeSet::new(),
            filters: Vec::new(),
        }
    }

    /// Whether to read from the socket: not while a client waits to be let in, while as many messages as allowed wait
    /// for their commit, or after the end.
    pub fn wants_bytes(&self) -> bool {
        matches!(self.stage, Stage::New | Stage::Open) && self.inbox.is_empty() && !self.full()
    }

    /// Whether the client has been let in.
    pub fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// Messages that wait for their commit.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Takes bytes from the socket.
    pub fn receive(&mut self, bytes: &[u8]) -> Output {
        self.inbox.extend_from_slice(bytes);
        let mut out = Output::default();
        self.run(&mut out);
        out
    }

    /// Lets the client in.
    pub fn accept(&mut self, rights: Rights) -> Output {
        let mut out = Output::default();
        if self.stage != Stage::Deciding {
            return out;
        }
        let most = self.config.keep_alive_s_max.max(1);
        let replaced = self.keep_alive_s == 0 || self.keep_alive_s > most;
        let keep_alive_s = if replaced { most } else { self.keep_alive_s };
        let welcome = wire::Welcome {
            assigned: self.assigned.then_some(rights.login.as_str()),
            keep_alive_s: replaced.then_some(keep_alive_s),
        };
        let packet = wire::accepted(self.five, &welcome);
        self.stage = Stage::Open;
        self.send(packet.map(Some), &mut out);
        self.rights = rights;
        // One and a half times the keep-alive (3.1.2.10).
        self.silence_ms = u64::from(keep_alive_s) * 1500;
        out.silence_ms_max = Some(self.silence_ms);
        self.run(&mut out);
        out
    }

    /// Turns the client away. The caller knows why and has noted it: there is no event for it.
    pub fn reject(&mut self, why: Rejection) -> Output {
        let mut out = Output::default();
        if self.stage == Stage::Deciding {
            self.turn_away(why, &mut out);
            out.events.clear();
        }
        out
    }

    /// Answers a message after its commit, or after it was refused.
    pub fn acknowledge(&mut self, packet_id: u16, ack: Ack) -> Output {
        let mut out = Output::default();
        if self.stage == Stage::Open && self.in_flight.remove(&packet_id) {
            self.answer(packet_id, ack, &mut out);
            self.run(&mut out);
        }
        out
    }

    /// Sends a message to the device at QoS 0 if it subscribed to the topic.
    pub fn deliver(&mut self, topic: &str, payload: &[u8]) -> Output {
        let mut out = Output::default();
        if self.stage == Stage::Open && self.filters.iter().any(|filter| matches(filter, topic)) {
            let packet = wire::publish(self.five, topic, payload);
            self.send(packet.map(Some), &mut out);
        }
        out
    }

    /// The client was silent for too long.
    pub fn silent(&mut self) -> Output {
        self.end(
            DisconnectReasonCode::KeepAliveTimeout,
            "超过保活时间没有消息。",
            "Silent beyond the keep-alive.",
        )
    }

    /// The same device came in by another connection.
    pub fn taken_over(&mut self) -> Output {
        self.end(
            DisconnectReasonCode::SessionTakenOver,
            "同一设备从另一连接登录。",
            "The device connected again.",
        )
    }

    /// The city stops.
    pub fn shut_down(&mut self) -> Output {
        self.end(DisconnectReasonCode::ServerShuttingDown, "系统停止。", "The city stops.")
    }

    fn end(&mut self, code: DisconnectReasonCode, zh: &str, en: &str) -> Output {
        let mut out = Output::default();
        if self.stage != Stage::Closed {
            self.hang_up(code, Words::new(zh, en), Vec::new(), &mut out);
        }
        out
    }

    fn full(&self) -> bool {
        self.in_flight.len() >= usize::from(self.config.receive_max.max(1))
    }

    /// Hands what was received to the core, packet by packet, as far as limits and decisions allow.
    fn run(&mut self, out: &mut Output) {
        let inbox = std::mem::take(&mut self.inbox);
        let mut at = 0;
        while at < inbox.len() && matches!(self.stage, Stage::New | Stage::Open) && !self.full() {
            let mut cursor = Cursor::new(&inbox[at..]);
            let events = self.core.recv(&mut cursor);
            let consumed = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
            at = at.saturating_add(consumed.max(1)).min(inbox.len());
            self.follow(events, out);
        }
        if self.stage != Stage::Closed {
            self.inbox = inbox[at..].to_vec();
        }
    }

    fn follow(&mut self, events: Vec<CoreEvent>, out: &mut Output) {
        for event in events {
            match event {
                CoreEvent::RequestSendPacket { packet, .. } => {
                    out.send.extend_from_slice(&packet.to_continuous_buffer());
                }
                CoreEvent::NotifyPacketReceived(packet) if self.stage != Stage::Closed => {
                    if self.stage == Stage::Open {
                        out.silence_ms_max = Some(self.silence_ms);
                    }
                    self.packet(packet, out);
                }
                // The core's own timers know nothing of the server's keep-alive; ours stands above.
                CoreEvent::NotifyPacketReceived(_)
                | CoreEvent::NotifyPacketIdReleased(_)
                | CoreEvent::RequestTimerReset { .. }
                | CoreEvent::RequestTimerCancel(_) => {}
                CoreEvent::NotifyError(error) => self.fault(error, out),
                CoreEvent::RequestClose => self.close(out),
            }
        }
    }

    fn packet(&mut self, packet: Packet, out: &mut Output) {
        match packet {
            Packet::V3_1_1Connect(p) => {
                self.five = false;
                let login = p.user_name().unwrap_or_default().to_owned();
                let password = p.password().unwrap_or_default().to_vec();
                self.connect(p.client_id(), login, password, p.keep_alive(), p.will_flag(), out);
            }
            Packet::V5_0Connect(p) => {
                self.five = true;
                let login = p.user_name().unwrap_or_default().to_owned();
                let password = p.password().unwrap_or_default().to_vec();
                if p.props().iter().any(|prop| matches!(prop, Property::AuthenticationMethod(_))) {
                    return self.turn_away(Rejection::Method, out);
                }
                self.connect(p.client_id(), login, password, p.keep_alive(), p.will_flag(), out);
            }
            // Before CONNACK a client may send on, but nothing else than CONNECT is read then: see `run`.
            Packet::V3_1_1Publish(p) => {
                self.publish(
                    p.topic_name(),
                    p.payload().as_slice(),
                    p.qos(),
                    p.packet_id(),
                    p.retain(),
                    p.dup(),
                    out,
                );
            }
            Packet::V5_0Publish(p) => {
                self.publish(
                    p.topic_name(),
                    p.payload().as_slice(),
                    p.qos(),
                    p.packet_id(),
                    p.retain(),
                    p.dup(),
                    out,
                );
            }
            Packet::V3_1_1Subscribe(p) => self.subscribe(p.packet_id(), p.entries(), out),
            Packet::V5_0Subscribe(p) => self.subscribe(p.packet_id(), p.entries(), out),
            Packet::V3_1_1Unsubscribe(p) => {
                let filters: Vec<&str> = p.entries().iter().map(|entry| entry.as_str()).collect();
                self.unsubscribe(p.packet_id(), &filters, out);
            }
            Packet::V5_0Unsubscribe(p) => {
                let filters: Vec<&str> = p.entries().iter().map(|entry| entry.as_str()).collect();
                self.unsubscribe(p.packet_id(), &filters, out);
            }
            Packet::V3_1_1Disconnect(_) | Packet::V5_0Disconnect(_) => {
                out.events.push(Event::Goodbye);
                self.close(out);
            }
            Packet::V5_0Auth(_) => {
                let words = Words::new("不支持认证交换。", "Authentication exchanges are not supported.");
                self.hang_up(DisconnectReasonCode::ProtocolError, words, Vec::new(), out);
            }
            _ => {}
        }
    }

    fn connect(
        &mut self,
        client_id: &str,
        login: String,
        password: Vec<u8>,
        keep_alive_s: u16,
        will: bool,
        out: &mut Output,
    ) {
        self.keep_alive_s = keep_alive_s;
        self.assigned = client_id.is_empty();
        if will {
            return self.turn_away(Rejection::Will, out);
        }
        if !valid_login(&login) || password.is_empty() {
            return self.turn_away(Rejection::Credentials, out);
        }
        let version = if self.five { 5 } else { 4 };
        let client_id = quoted(client_id, 128);
        self.stage = Stage::Deciding;
        out.events.push(Event::Connect(Connect { client_id, login, password, version }));
    }

    fn turn_away(&mut self, why: Rejection, out: &mut Output) {
        let words = match why {
            Rejection::Credentials => Words::new("设备编号或密钥不对。", "Wrong device number or secret."),
            Rejection::Held => Words::new("设备待批准。", "The device waits for approval."),
            Rejection::Busy => Words::new("连接太多。", "Too many connections."),
            Rejection::Will => Words::new("尚不支持遗嘱消息。", "Will messages are not supported yet."),
            Rejection::Method => Words::new("不支持认证方法。", "Authentication methods are not supported."),
        };
        out.events.push(Event::Refused { reason: words, bytes: Vec::new() });
        let packet = wire::rejected(self.five, why);
        self.send(packet, out);
        self.close(out);
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of PUBLISH, alike in two types of the core")]
    fn publish(
        &mut self,
        topic: &str,
        payload: &[u8],
        qos: Qos,
        packet_id: Option<u16>,
        retain: bool,
        dup: bool,
        out: &mut Output,
    ) {
        if qos == Qos::ExactlyOnce {
            let words = Words::new("尚不支持 QoS 2。", "QoS 2 is not supported yet.");
            return self.hang_up(DisconnectReasonCode::QosNotSupported, words, payload.to_vec(), out);
        }
        if retain {
            let words = Words::new("尚不支持保留消息。", "Retained messages are not supported yet.");
            return self.hang_up(DisconnectReasonCode::RetainNotSupported, words, payload.to_vec(), out);
        }
        if !self.rights.may_publish(topic) {
            return self.forbidden(topic, payload, packet_id, out);
        }
        if let Some(id) = packet_id
            && !self.in_flight.insert(id)
        {
            // The first copy is still on its way to the log; its answer will do for both.
            return;
        }
        out.events.push(Event::Publish(Publish {
            topic: topic.to_owned(),
            payload: payload.to_vec(),
            packet_id,
            dup,
        }));
    }

    /// 3.1.1 has no word for "not yours": an acknowledgement would lie, so the connection ends (3.3.5).
    fn forbidden(&mut self, topic: &str, payload: &[u8], packet_id: Option<u16>, out: &mut Output) {
        let allowed = self.rights.publish.join(" ");
        let topic = quoted(topic, 64);
        let reason = Words::new(
            format!("不能向主题 {topic} 发布，本设备的主题是 {allowed}。"),
            format!("Not allowed to publish to {topic}; this device's topic is {allowed}."),
        );
        if !self.five {
            return self.hang_up(DisconnectReasonCode::NotAuthorized, reason, payload.to_vec(), out);
        }
        out.events.push(Event::Refused { reason, bytes: payload.to_vec() });
        if let Some(id) = packet_id {
            self.answer(id, Ack::NotAuthorized, out);
        }
    }

    fn answer(&mut self, packet_id: u16, ack: Ack, out: &mut Output) {
        match wire::puback(self.five, packet_id, ack) {
            // In 3.1.1 only durable messages are acknowledged; after anything else the client must ask again.
            Ok(None) => self.close(out),
            packet => self.send(packet, out),
        }
    }

    fn subscribe(&mut self, packet_id: u16, entries: &[packet::SubEntry], out: &mut Output) {
        let mut grants = Vec::with_capacity(entries.len());
        for entry in entries {
            let filter = entry.topic_filter();
            let mut grant = self.rights.may_subscribe(filter, self.config.topic_bytes_max);
            let known = self.filters.iter().any(|held| held == filter);
            if grant == Grant::Granted && !known {
                if self.filters.len() < self.config.subscriptions_max {
                    self.filters.push(filter.to_owned());
                } else {
                    grant = Grant::NotAuthorized;
                }
            }
            grants.push(grant);
        }
        let packet = wire::suback(self.five, packet_id, &grants);
        self.send(packet.map(Some), out);
    }

    fn unsubscribe(&mut self, packet_id: u16, filters: &[&str], out: &mut Output) {
        let mut existed = Vec::with_capacity(filters.len());
        for filter in filters {
            let before = self.filters.len();
            self.filters.retain(|held| held != filter);
            existed.push(self.filters.len() < before);
        }
        let packet = wire::unsuback(self.five, packet_id, &existed);
        self.send(packet.map(Some), out);
    }

    fn fault(&mut self, error: MqttError, out: &mut Output) {
        if self.stage == Stage::New && error == MqttError::UnsupportedProtocolVersion {
            // CONNACK of 3.1.1 with "unacceptable protocol version", which clients of 3.1 understand.
            out.send.extend_from_slice(&[0x20, 0x02, 0x00, 0x01]);
        }
        let reason = Words::new(
            format!("不合 MQTT 规定：{error:?}。"),
            format!("Against the MQTT standard: {error:?}."),
        );
        out.events.push(Event::Refused { reason, bytes: Vec::new() });
        self.close(out);
    }

    fn hang_up(&mut self, code: DisconnectReasonCode, reason: Words, bytes: Vec<u8>, out: &mut Output) {
        out.events.push(Event::Refused { reason, bytes });
        if self.stage == Stage::Open {
            let packet = wire::disconnect(self.five, code);
            self.send(packet, out);
        }
        self.close(out);
    }

    fn send(&mut self, packet: Result<Option<Packet>, MqttError>, out: &mut Output) {
        match packet {
            Ok(Some(packet)) => {
                let events = self.core.send(packet);
                self.follow(events, out);
            }
            Ok(None) => {}
            Err(error) => self.fault(error, out),
        }
    }

    fn close(&mut self, out: &mut Output) {
        self.stage = Stage::Closed;
        self.inbox.clear();
        out.close = true;
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
