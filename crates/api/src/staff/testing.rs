//! A whole city in a test: the packs of the demonstration over a simulated disk, with a clock of its own.

use crate::session::{Staff, principal_of};
use crate::{City, Listening, Photos, Point, Points, Ports, Problem};
use access::{Permit, Principal};
use door::{Body, Command, Instant, Shell, city_command};
use model::{Entity, EntityId, Name, Sealed, Time};
use serde_json::{Value as Tree, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use store::{LogOptions, SimDisk};

/// When the tests begin.
const START: &str = "2026-07-06T20:42:00+08:00";
/// Seeds that no test of this crate needs.
const LEFT_OUT: [&str; 2] = ["seed/meters.jsonl", "seed/devices.jsonl"];

#[derive(Clone)]
struct Clock {
    now: Arc<AtomicI64>,
    drawn: Arc<AtomicU64>,
}

impl Clock {
    fn now(&self) -> Time {
        Time(self.now.load(Ordering::Relaxed))
    }

    fn draw(&self) -> [u8; 32] {
        *blake3::hash(&self.drawn.fetch_add(1, Ordering::Relaxed).to_le_bytes()).as_bytes()
    }
}

impl Shell for Clock {
    fn now(&mut self) -> Time {
        Clock::now(self)
    }

    fn entropy(&mut self) -> [u8; 32] {
        self.draw()
    }
}

/// Seals by turning the bytes round: enough to see whether plain text is left anywhere.
struct Turned;

impl door::Vault for Turned {
    fn seal(&mut self, subject: &EntityId, plain: &[u8]) -> Result<Sealed, String> {
        Ok(Sealed { subject: subject.clone(), key_version: 1, bytes: plain.iter().rev().copied().collect() })
    }

    fn open(&self, sealed: &Sealed) -> Result<Vec<u8>, String> {
        Ok(sealed.bytes.iter().rev().copied().collect())
    }
}

/// A photograph with the subject under whose key it is sealed.
type Photo = (Option<EntityId>, Arc<[u8]>);

/// Photographs in memory, by id.
#[derive(Default)]
pub(crate) struct Kept(pub(crate) Mutex<HashMap<String, Photo>>);

impl Photos for Kept {
    fn put(&self, subject: Option<&EntityId>, bytes: &[u8]) -> Result<String, String> {
        let id = format!("b3-{}", &blake3::hash(bytes).to_hex()[..16]);
        let mut kept = self.0.lock().map_err(|e| e.to_string())?;
        kept.insert(id.clone(), (subject.cloned(), bytes.into()));
        Ok(id)
    }

    fn get(&self, id: &str) -> Option<Arc<[u8]>> {
        self.0.lock().ok()?.get(id).map(|(_, bytes)| bytes.clone())
    }
}

struct NoPoints;

impl Points for NoPoints {
    fn last(&self, _: &Permit, _: &Entity, _: &str, _: usize) -> Vec<Point> {
        vec![]
    }

    fn between(&self, _: &Permit, _: &Entity, _: &str, _: Time, _: Time, _: usize) -> Vec<Point> {
        vec![]
    }
}

/// The city of a test.
pub(crate) struct Town {
    pub(crate) city: City,
    pub(crate) photos: Arc<Kept>,
    clock: Clock,
}

impl Town {
    /// A city with the packs of the demonstration installed.
    pub(crate) async fn new() -> Self {
        let clock =
            Clock { now: Arc::new(AtomicI64::new(Time::parse(START).unwrap().0)), drawn: Arc::default() };
        let engines: Vec<Box<dyn door::Engine>> = vec![
            Box::new(door::Packs),
            Box::new(door::Accounts),
            Box::new(flow::Flow::new()),
            Box::new(duty::Duty::default()),
        ];
        let instant = Instant { now: clock.now(), entropy: clock.draw() };
        let (pen, _) =
            door::open(SimDisk::new(7), LogOptions::default(), engines, Box::new(Turned), &instant).unwrap();
        let halted = door::Halted::default();
        let (handle, _) = door::start(pen, Box::new(clock.clone()), halted.clone()).unwrap();
        let now: crate::Now = {
            let c = clock.clone();
            Arc::new(move || c.now())
        };
        let address: SocketAddr = ([127, 0, 0, 1], 1).into();
        let live = gateway::Live { door: handle.clone(), now: now.clone() };
        let shared = Arc::new(gateway::Shared::new(gateway::quarantine::Config::default()));
        let photos = Arc::new(Kept::default());
        let random = clock.clone();
        let city = City::new(Ports {
            door: handle,
            history: Arc::new(NoPoints),
            sql: None,
            gateway: gateway::Reception::new(
                live,
                shared,
                gateway::Settings::default(),
                gateway::DigestKey([7; 32]),
            ),
            blobs: photos.clone(),
            now,
            random: Arc::new(move || random.draw()),
            halted,
            listening: Listening { http: address, mqtt: address, hj212: address },
            demo: true,
        });
        let town = Self { city, photos, clock };
        town.install().await;
        town
    }

    async fn install(&self) {
        let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
        let names = ["ordinance", "device", "case", "outfall", "water", "yingtan"];
        let folders = names.map(|n| pack::read_folder(&packs.join(n)).unwrap());
        for folder in pack::in_order(folders.to_vec()).unwrap() {
            let manifest = &folder.manifest;
            let files: serde_json::Map<String, Tree> = folder
                .files
                .iter()
                .filter(|(p, _)| !p.starts_with("seed/"))
                .map(|(p, t)| (p.clone(), Tree::String(t.clone())))
                .collect();
            let body = json!({"name": manifest.name, "version": manifest.version, "digest": "d", "title": {}, "articles": [], "files": files});
            self.submit(city_command("pack", "pack.install", body)).await;
            let seeds =
                folder.section("seed").filter(|(p, _)| p.ends_with(".jsonl") && !LEFT_OUT.contains(p));
            for (_, text) in seeds {
                let entities: Vec<Tree> = text
                    .lines()
                    .filter(|l| !l.is_empty())
                    .map(|l| serde_json::from_str(l).unwrap())
                    .collect();
                self.seed(entities).await;
            }
        }
    }

    async fn submit(&self, command: Command) {
        assert!(matches!(command.body, Body::Json(_)));
        self.city.ports.door.submit(command).await.unwrap();
    }

    /// Entities, as a pack's seed brings them.
    pub(crate) async fn seed(&self, entities: Vec<Tree>) {
        self.submit(city_command("pack", "pack.seed", json!({ "entities": entities }))).await;
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.now.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// A person of the demonstration, signed in.
    pub(crate) fn person(&self, key: &str) -> Staff {
        let snapshot = self.city.snapshot();
        let entity = snapshot.state.city(&format!("urn:ngsi-ld:Person:{key}")).unwrap().clone();
        Staff(Arc::new(principal_of(&entity, "session", None)))
    }

    /// Somebody without an account, from an address.
    pub(crate) fn public(address: &str) -> Arc<Principal> {
        Arc::new(Principal::public(Some(Name::new(address))))
    }

    /// How many entities there are of a type.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.city.snapshot().state.count(kind)
    }

    /// A public thing that is measured and stands on the map: the last type that the map declares.
    pub(crate) fn measured(&self) -> String {
        let snapshot = self.city.snapshot();
        let declared = crate::public::declared::declared(&snapshot.state);
        let kind = &declared.map.points.last().unwrap().entity;
        snapshot.state.all(kind.as_str()).next().unwrap().id().to_string()
    }

    /// An alarm about a thing of the demonstration, as the rules raise it.
    pub(crate) async fn alarm(&self) -> EntityId {
        let id = "urn:ngsi-ld:Alert:high:1:1";
        let at = |t: Time| json!({"@type": "DateTime", "@value": t.rfc3339()});
        self.seed(vec![json!({
            "id": id, "type": "Alert", "rule": "high", "state": "active", "level": 2,
            "subject": self.measured(), "matter": "water_pollution", "article": "38",
            "headline": {"zh": "COD 82.4 mg/L，疑似超标", "en": "COD 82.4 mg/L, suspected over limit"},
            "place": {"zh": "总排口", "en": "main outfall"}, "area": "urn:ngsi-ld:Area:360681111",
            "location": {"type": "Point", "coordinates": [117.193, 28.2975]},
            "body": "urn:ngsi-ld:Body:eco", "since": at(self.clock.now()), "simulated": true,
        })])
        .await;
        EntityId::new(id)
    }
}

/// The status of a refusal.
pub(crate) fn status<T>(result: Result<T, Problem>) -> u16 {
    result.err().map_or(200, |p| p.status)
}
