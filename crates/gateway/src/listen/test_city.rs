//! A small city for tests: the real pen over a simulated disk, this crate's engine, and a clock that a test moves.

use crate::protocol::hj212::segment::DigestKey;
use crate::reception::{Live, Reception, Settings};
use crate::secret::digest;
use crate::{Gateway, Shared};
use door::{Engine, Halted, Instant, Packs, Vault, city_command};
use model::{Entity, EntityId, Sealed, Time};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use store::{LogOptions, SimDisk};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// 2026-07-06T20:43:20+08:00.
pub const NOW_MS: i64 = 1_783_341_800_000;
pub const KEY: DigestKey = DigestKey([9; 32]);
pub const MONITOR: &str = "urn:ngsi-ld:Device:monitor";
pub const METER: &str = "urn:ngsi-ld:Device:meter";
pub const MN: &str = "360681000000000000000101";

/// No type of this city is personal.
struct NoVault;

impl Vault for NoVault {
    fn seal(&mut self, _: &EntityId, _: &[u8]) -> Result<Sealed, String> {
        Err("no personal data here".into())
    }
    fn open(&self, _: &Sealed) -> Result<Vec<u8>, String> {
        Err("no personal data here".into())
    }
}

#[derive(Clone)]
struct Clock(Arc<AtomicI64>);

impl door::Shell for Clock {
    fn now(&mut self) -> Time {
        Time::from_millis(self.0.load(Ordering::Relaxed))
    }
    fn entropy(&mut self) -> [u8; 32] {
        [5; 32]
    }
}

pub struct TestCity {
    pub reception: Reception<Live>,
    pub halted: Halted,
    clock: Arc<AtomicI64>,
    stop: watch::Sender<bool>,
}

impl TestCity {
    pub async fn start(settings: Settings) -> Self {
        let (clock, disk) = (Arc::new(AtomicI64::new(NOW_MS)), SimDisk::new(1));
        let engines: Vec<Box<dyn Engine>> = vec![Box::new(Packs), Box::new(Gateway)];
        let instant = Instant { now: Time::from_millis(NOW_MS), entropy: [5; 32] };
        let (pen, _) = door::open(disk, LogOptions::default(), engines, Box::new(NoVault), &instant).unwrap();
        let halted = Halted::default();
        let (door, _) = door::start(pen, Box::new(Clock(clock.clone())), halted.clone()).unwrap();
        for (name, body) in [("pack.install", pack()), ("pack.seed", seed())] {
            door.submit(city_command("pack", name, body)).await.unwrap();
        }
        let now = clock.clone();
        let now = Arc::new(move || Time::from_millis(now.load(Ordering::Relaxed)));
        let reception = Reception::new(Live { door, now }, Arc::new(Shared::default()), settings, KEY);
        let secret = |device, protocol, login, secret: &str| json!({ "device": device, "digest": digest(protocol, login, secret.as_bytes(), &KEY) });
        let secrets = json!({ "secrets": [secret(MONITOR, "hj212", MN, "123456"), secret(METER, "mqtt", "m1", "secret")] });
        reception.command("gateway.secrets", secrets).await.unwrap();
        Self { reception, halted, clock, stop: watch::channel(false).0 }
    }

    pub fn advance(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::Relaxed);
    }

    pub fn entity(&self, id: &str) -> Option<Arc<Entity>> {
        self.reception.city.door.snapshot().state.city(id).cloned()
    }

    pub fn seq(&self) -> u64 {
        self.reception.city.door.snapshot().state.seq()
    }

    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    pub async fn listener() -> (TcpListener, std::net::SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    /// Waits, in real time but at most ten seconds, until something holds.
    pub async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let wait = async {
            while !holds(self) {
                tokio::task::yield_now().await;
            }
        };
        assert!(tokio::time::timeout(std::time::Duration::from_secs(10), wait).await.is_ok(), "{what}");
    }
}

fn pack() -> serde_json::Value {
    let device = "{type: Device, writer: gateway, open: true, indexes: [login], attributes: {connection: {type: text}}}";
    let held = "{type: HeldDevice, writer: gateway, open: true, indexes: [login]}";
    let gauge = "{type: Gauge, open: true, attributes: {cod: {type: number, max: 5000}}}";
    let flags = "flags: {N: valid, D: fault}";
    let by_line = format!(
        "{{id: gauge-line, protocol: hj212, type: Gauge, readings: [
            {{from: w01018, attr: cod, unit_code: M1, min: 0, max: 1000}}, {{from: w21003, attr: ammonia}},
            {{from: w01018, suffix: Avg, period: hour, attr: cod_hour}},
            {{from: w21003, suffix: Avg, period: hour, attr: ammonia_hour}}], {flags}}}"
    );
    let by_topic = "{id: gauge-topic, protocol: mqtt, type: Gauge, topic: \"up/{login}\", time: t, readings: [{from: flow, attr: flow}]}";
    json!({
        "name": "test", "version": "0.1.0", "digest": "0", "title": {"zh": "试", "en": "test"}, "articles": [],
        "files": {
            "entities/Device.schema.yaml": device,
            "entities/HeldDevice.schema.yaml": held,
            "entities/DeviceSecret.schema.yaml": include_str!("../../testdata/DeviceSecret.schema.yaml"),
            "entities/Gauge.schema.yaml": gauge,
            "things/line.yaml": by_line,
            "things/topic.yaml": by_topic,
        }
    })
}

fn seed() -> serde_json::Value {
    let gauge = |n: u8| json!({ "id": format!("urn:ngsi-ld:Gauge:{n}"), "type": "Gauge", "name": {"zh": "仪", "en": "Gauge"} });
    json!({ "entities": [
        gauge(1), gauge(2), gauge(3),
        { "id": MONITOR, "type": "Device", "login": MN, "protocol": "hj212", "thing_model": "gauge-line",
          "subject": "urn:ngsi-ld:Gauge:1", "state": "registered", "connection": "disconnected" },
        { "id": METER, "type": "Device", "login": "m1", "protocol": "mqtt", "thing_model": "gauge-topic",
          "subject": "urn:ngsi-ld:Gauge:2", "state": "registered", "connection": "disconnected" },
    ]})
}
