//! A small city for the tests of this crate: the real pen over a simulated disk, the engines of packs, accounts,
//! devices and context, a listener on a free port, and a clock that a test moves.

use crate::{City, Listening, Photos, Point, Points, Ports};
use access::Permit;
use door::{Engine, Halted, Instant, Vault, city_command};
use gateway::{DigestKey, Live, Reception, Shared};
use model::{Entity, EntityId, Sealed, Time, Value};
use serde_json::{Value as Tree, json};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use store::{LogOptions, SimDisk};

/// 2026-07-06T20:43:20+08:00.
const NOW_MS: i64 = 1_783_341_800_000;
const KEY: DigestKey = DigestKey([9; 32]);

/// A Thing Model of lines.
pub(crate) const BY_LINE: &str =
    "{id: gauge-line, protocol: hj212, type: Gauge, title: {zh: 线上仪, en: Line gauge}, readings: [
    {from: w01018, attr: level, unit: m, title: {zh: 液位, en: Level}}], flags: {N: valid, D: fault}}";
/// A Thing Model of topics.
pub(crate) const BY_TOPIC: &str =
    "{id: gauge-topic, protocol: mqtt, type: Gauge, topic: \"up/{login}\", time: t, readings: [
    {from: flow, attr: flow, unit: L/s, title: {zh: 流量, en: Flow}}]}";
const BY_HTTP: &str = "{id: gauge-http, protocol: http, type: Gauge, time: t, readings: [
    {from: flow, attr: flow, unit: L/s, title: {zh: 流量, en: Flow}}]}";
const ACCESS: &str = "
- { id: clerk-see, role: clerk, actions: [read], types: [Device, HeldDevice, Gauge, Works, Job, Gate], columns: all, rows: all }
- { id: clerk-work, role: clerk, actions: ['gateway.*'], types: [Device, HeldDevice], columns: all, rows: all }
- { id: clerk-keep, role: clerk, actions: ['broker.*'], types: [Gauge, Works, Gate], columns: all, rows: all }
- { id: clerk-sql, role: clerk, actions: ['sql.query'], types: [], columns: all, rows: all }
- { id: guest-see, role: public, actions: [read], types: [Gate], columns: all, rows: all }
- { id: firm-see, role: firm, actions: [read], types: [Device, Gauge, Alert], columns: all, rows: owner, attribute: firm }
";

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

/// Points that a test has put there, in memory.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Vec<(String, Point)>>);

impl Kept {
    /// `count` points of an attribute, `every_s` seconds apart; the last is `every_s` before `to`.
    pub(crate) fn fill(&self, attr: &str, to: Time, every_s: i64, count: i64) {
        let mut points = self.0.lock().unwrap();
        for n in (1..=count).rev() {
            let value = Value::Number(f64::from(i32::try_from(n).unwrap()));
            points.push((
                attr.to_owned(),
                Point { at: to.plus_secs(-n * every_s), value, valid: true, seq: 1 },
            ));
        }
        points.sort_by_key(|(_, p)| p.at);
    }
}

impl Points for Kept {
    fn last(&self, permit: &Permit, entity: &Entity, attribute: &str, n: usize) -> Vec<Point> {
        let mut all = self.between(permit, entity, attribute, Time(i64::MIN), Time(i64::MAX), usize::MAX);
        all.split_off(all.len().saturating_sub(n))
    }
    fn between(
        &self,
        permit: &Permit,
        entity: &Entity,
        attribute: &str,
        from: Time,
        to: Time,
        limit: usize,
    ) -> Vec<Point> {
        if !permit.scope(entity.kind()).column(entity, attribute) {
            return vec![];
        }
        let points = self.0.lock().unwrap();
        let fits = points.iter().filter(|(a, p)| a == attribute && (from..to).contains(&p.at));
        fits.take(limit).map(|(_, p)| p.clone()).collect()
    }
}

struct NoPhotos;

impl Photos for NoPhotos {
    fn put(&self, _: Option<&EntityId>, _: &[u8]) -> Result<String, String> {
        Err("no photographs here".into())
    }
    fn get(&self, _: &str) -> Option<Arc<[u8]>> {
        None
    }
}

/// The city.
pub(crate) struct TestCity {
    pub(crate) reception: Reception<Live>,
    pub(crate) history: Arc<Kept>,
    clock: Arc<AtomicI64>,
    address: SocketAddr,
}

/// A header that says who asks.
pub(crate) type Who = (&'static str, String);

/// A token of a role.
pub(crate) fn token(role: &str) -> Who {
    ("Authorization", format!("Bearer token-{role}"))
}

/// The session of a person.
pub(crate) fn person(key: &str) -> Who {
    ("Cookie", format!("jingwei=session-{key}"))
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    pub(crate) fn json(&self) -> Tree {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|l| l.split_once(':').filter(|(n, _)| n.eq_ignore_ascii_case(name)))
            .map(|(_, v)| v.trim())
    }
}

impl TestCity {
    pub(crate) async fn start() -> Self {
        let clock = Arc::new(AtomicI64::new(NOW_MS));
        let engines: Vec<Box<dyn Engine>> = vec![
            Box::new(door::Packs),
            Box::new(door::Accounts),
            Box::new(gateway::Gateway),
            Box::new(broker::Broker::default()),
        ];
        let instant = Instant { now: Time::from_millis(NOW_MS), entropy: [5; 32] };
        let (pen, _) =
            door::open(SimDisk::new(1), LogOptions::default(), engines, Box::new(NoVault), &instant).unwrap();
        let halted = Halted::default();
        let (door, _) = door::start(pen, Box::new(Clock(clock.clone())), halted.clone()).unwrap();
        let give = async |engine: &str, name: &str, body: Tree| {
            door.submit(city_command(engine, name, body)).await.unwrap()
        };
        give("pack", "pack.install", pack()).await;
        give("pack", "pack.seed", seed()).await;
        for role in ["clerk", "duty_officer"] {
            let digest = blake3::hash(format!("token-{role}").as_bytes()).to_hex().to_string();
            give("access", "access.token", json!({ "digest": digest, "role": role })).await;
        }
        let now: crate::Now = {
            let clock = clock.clone();
            Arc::new(move || Time::from_millis(clock.load(Ordering::Relaxed)))
        };
        let live = Live { door: door.clone(), now: now.clone() };
        let reception = Reception::new(live, Arc::new(Shared::default()), gateway::Settings::default(), KEY);
        let secret = |device: &str, protocol, login, secret: &str| json!({ "device": device, "digest": gateway::digest(protocol, login, secret.as_bytes(), &KEY) });
        let secrets = [secret("urn:ngsi-ld:Device:poster", "http", "poster", "secret")];
        reception.command("gateway.secrets", json!({ "secrets": secrets })).await.unwrap();
        let history = Arc::new(Kept::default());
        let any = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        let city = City::new(Ports {
            door,
            history: history.clone(),
            sql: Some(Arc::new(crate::sql::Echo)),
            gateway: reception.clone(),
            blobs: Arc::new(NoPhotos),
            now,
            random: Arc::new(|| [7; 32]),
            halted,
            listening: Listening { http: any(80), mqtt: any(1883), hj212: any(9212) },
            demo: false,
        });
        city.sessions.open("session-firm", &EntityId::new("urn:ngsi-ld:Person:firm"), city.now());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(crate::serve(listener, city, std::future::pending()));
        Self { reception, history, clock, address }
    }

    pub(crate) fn now(&self) -> Time {
        Time::from_millis(self.clock.load(Ordering::Relaxed))
    }

    pub(crate) fn advance(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) fn entity(&self, id: &str) -> Option<Arc<Entity>> {
        self.reception.city.door.snapshot().state.city(id).cloned()
    }

    /// A frame of a device with one value of `level`, as its listener would hand it on; answers the commit.
    pub(crate) async fn report(&self, device: &str, level: f64) -> u64 {
        let device = EntityId::new(format!("urn:ngsi-ld:Device:{device}"));
        let entity = self.entity(device.as_str()).unwrap();
        let observation = model::Observation {
            entity: entity.object("subject").unwrap().clone(),
            attribute: "level".into(),
            value: Value::Number(level),
            unit_code: None,
            observed_at: self.now(),
            quality: model::Quality::Valid,
            mark: None,
        };
        let text = format!("##0068ST=32;CN=2011;PW=blake3:0a;MN=36;Flag=5;CP=&&w01018-Rtd={level}&&ABCD");
        let observed = gateway::reception::Observed {
            bytes: text.into_bytes(),
            checks: "crc ok ABCD, length ok 68".into(),
            idempotency_key: format!("{device}|{level}"),
            mapped: Some(gateway::thing::Mapped {
                observations: vec![observation],
                refused: vec![],
                unknown: 0,
            }),
        };
        let known = gateway::Known {
            id: device.clone(),
            subject: entity.object("subject").unwrap().clone(),
            thing: None,
        };
        let remote = SocketAddr::from(([127, 0, 0, 1], 9));
        self.reception.observe(&known, "hj212", "36", remote, observed).await.unwrap().seq
    }

    pub(crate) async fn get(&self, path: &str, who: Option<Who>) -> Answer {
        self.send("GET", path, who, "").await
    }

    pub(crate) async fn post_basic(&self, path: &str, login: &str, secret: &str, body: &str) -> Answer {
        let code = encode(format!("{login}:{secret}").as_bytes());
        self.send("POST", path, Some(("Authorization", format!("Basic {code}"))), body).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, who: Option<Who>, body: &str) -> Answer {
        self.send_with(method, path, who, &[], body).await
    }

    /// Sends a request with headers; a body is JSON unless a header says otherwise.
    pub(crate) async fn send_with(
        &self,
        method: &str,
        path: &str,
        who: Option<Who>,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nX-Jingwei-Csrf: 1\r\n",
            self.address
        );
        for (name, value) in
            headers.iter().map(|(n, v)| (*n, *v)).chain(who.iter().map(|(n, v)| (*n, v.as_str())))
        {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !headers.iter().any(|(n, _)| n.eq_ignore_ascii_case("content-type")) {
            head.push_str("Content-Type: application/json\r\n");
        }
        let whole = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        let address = self.address;
        tokio::task::spawn_blocking(move || exchange(address, whole.as_bytes())).await.unwrap()
    }
}

fn exchange(address: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    stream.write_all(request).unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    let split = all.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let body = all.split_off(split + 4);
    let head = String::from_utf8_lossy(&all).into_owned();
    Answer { status: head.split(' ').nth(1).unwrap().parse().unwrap(), head, body }
}

/// Base 64 (RFC 4648, 4).
fn encode(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let whole = part.iter().enumerate().fold(0_u32, |n, (i, b)| n | u32::from(*b) << (16 - 8 * i));
        for n in 0..4 {
            let sign = usize::try_from(whole >> (18 - 6 * n) & 63).unwrap();
            text.push(if n <= part.len() { char::from(SIGNS[sign]) } else { '=' });
        }
    }
    text
}

fn pack() -> Tree {
    let gauge = "{type: Gauge, indexes: [firm], attributes: {name: {type: json}, firm: {type: relationship},
        level: {type: number, title: {zh: 高度, en: Height}}, level_limit: {type: number}, flow: {type: number},
        promise_minutes: {type: number}, last_report_at: {type: time}}}";
    json!({
        "name": "test", "version": "0.1.0", "digest": "0", "title": {"zh": "试", "en": "test"}, "articles": [],
        "files": {
            "context.jsonld": r#"{"@context": {"t": "https://test.example/ns#", "Gauge": "t:Gauge", "level": "t:level"}}"#,
            "access/all.yaml": ACCESS,
            "entities/Device.schema.yaml": include_str!("../../../../packs/device/entities/Device.schema.yaml"),
            "entities/HeldDevice.schema.yaml": include_str!("../../../../packs/device/entities/HeldDevice.schema.yaml"),
            "entities/DeviceSecret.schema.yaml": include_str!("../../../../packs/device/entities/DeviceSecret.schema.yaml"),
            "entities/Gauge.schema.yaml": gauge,
            "entities/Job.schema.yaml": "{type: Job, writer: flow, open: true}",
            "flows/job.yaml": "{id: job, title: {zh: 办事, en: Doing}, types: {case: Job}}",
            "things/line.yaml": BY_LINE,
            "things/topic.yaml": BY_TOPIC,
            "things/http.yaml": BY_HTTP,
            "views/devices.yaml": include_str!("../../../../packs/device/views/devices.yaml"),
        }
    })
}

fn seed() -> Tree {
    let name = |zh: &str, en: &str| json!({ "zh": zh, "en": en });
    let device = |id: &str, login: &str, protocol: &str, model: &str, subject: u8, firm: &str| {
        json!({ "id": format!("urn:ngsi-ld:Device:{id}"), "type": "Device", "name": name(id, id), "login": login,
            "protocol": protocol, "thing_model": model, "subject": format!("urn:ngsi-ld:Gauge:{subject}"),
            "firm": firm, "state": "registered", "connection": "disconnected", "promise_minutes": 5 })
    };
    let alert = |n: u8, firm: &str| {
        json!({ "id": format!("urn:ngsi-ld:Alert:{n}"), "type": "Alert", "subject": "urn:ngsi-ld:Gauge:1", "firm": firm,
            "headline": name("疑似超标", "suspected"), "value": 82.4, "limit": 50, "state": "active" })
    };
    let (own, other) = ("urn:ngsi-ld:Works:a", "urn:ngsi-ld:Works:b");
    json!({ "entities": [
        { "id": "urn:ngsi-ld:Gauge:1", "type": "Gauge", "name": name("仪一", "Gauge 1"), "firm": own, "level_limit": 50 },
        { "id": "urn:ngsi-ld:Gauge:2", "type": "Gauge", "name": name("仪二", "Gauge 2"), "firm": other },
        { "id": "urn:ngsi-ld:Gauge:3", "type": "Gauge", "name": name("仪三", "Gauge 3") },
        { "id": own, "type": "Works", "name": name("甲厂", "Plant A") },
        { "id": other, "type": "Works", "name": name("乙厂", "Plant B") },
        { "id": "urn:ngsi-ld:Job:1", "type": "Job", "state": "open" },
        { "id": "urn:ngsi-ld:Person:firm", "type": "Person", "name": name("甲", "A"), "roles": ["firm"], "owns": own },
        device("monitor", "36", "hj212", "gauge-line", 1, own),
        device("meter", "m1", "mqtt", "gauge-topic", 2, other),
        device("poster", "poster", "http", "gauge-http", 2, other),
        alert(1, own), alert(2, other),
    ]})
}
