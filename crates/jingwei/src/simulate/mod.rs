//! The demonstration's devices and residents: real frames over real sockets, from the scripted day.

pub mod day;
mod hj212;
mod mqtt;
mod resident;

use crate::clock::Clock;
use crate::terminal;
use day::{Day, Event};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Ports of the city that is played against.
#[derive(Clone, Debug)]
pub struct Target {
    /// Host name or address.
    pub host: String,
    /// Port of the screens.
    pub http: u16,
    /// Port of MQTT.
    pub mqtt: u16,
    /// Port of HJ 212.
    pub hj212: u16,
}

/// Login and password of a device, from `data/demo/credentials.jsonl`.
#[derive(Clone, Debug, Deserialize)]
pub struct Credential {
    /// The device entity.
    pub device: String,
    /// What it calls itself.
    pub login: String,
    /// Its password.
    pub password: String,
}

/// Counts for the line that is printed once a minute.
#[derive(Default)]
pub struct Counts {
    /// Frames and messages that the city acknowledged.
    pub acknowledged: AtomicU64,
    /// Connections that failed or were closed.
    pub failed: AtomicU64,
    /// Reports that were accepted.
    pub reports: AtomicU64,
}

/// One device with what it measures.
pub struct Station {
    /// Its login and password.
    pub credential: Credential,
    /// The entity whose attributes it reports.
    pub subject: Json,
    /// The Thing Model: attribute → the device's own word, in order.
    pub words: Vec<(String, String)>,
    /// The system code of the Thing Model (`32`).
    pub system: String,
}

/// Everything that the senders share.
pub struct Play {
    /// The day.
    pub day: Day,
    /// Where to.
    pub target: Target,
    /// The clock.
    pub clock: Clock,
    /// When the play began, seconds since the epoch.
    pub started_s: i64,
    /// What has happened.
    pub counts: Counts,
}

impl Play {
    /// Seconds since the play began.
    pub fn since(&self) -> i64 {
        self.clock.now().millis() / 1_000 - self.started_s
    }

    /// The values that a station would report now, in its own words, with the decimals it sends.
    pub fn report(&self, station: &Station) -> Vec<(String, String)> {
        let id = station.subject.get("id").and_then(Json::as_str).unwrap_or_default();
        let kind = station.subject.get("type").and_then(Json::as_str).unwrap_or_default();
        let Some(generator) = self.day.generator(kind) else { return vec![] };
        let now = self.clock.now().millis() / 1_000;
        let one = |(attribute, word): &(String, String)| {
            let usual = self.day.value(generator, &station.subject, attribute, now)?;
            let value = self.day.set(id, attribute, self.since()).map_or(usual, |(v, _)| v);
            let decimals = generator.attributes.get(attribute)?.decimals;
            Some((word.clone(), format!("{value:.decimals$}")))
        };
        station.words.iter().filter_map(one).collect()
    }

    /// Seconds to the station's next report.
    pub fn wait(&self, station: &Station) -> u64 {
        let id = station.subject.get("id").and_then(Json::as_str).unwrap_or_default();
        let kind = station.subject.get("type").and_then(Json::as_str).unwrap_or_default();
        self.day.generator(kind).map_or(60, |g| self.day.wait(g, id, self.since())).max(1)
    }
}

fn lines(path: &Path) -> Result<Vec<Json>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    text.lines().map(|l| serde_json::from_str(l).map_err(|e| format!("{}: {e}", path.display()))).collect()
}

/// Everything that the demonstration's seed says: entities by id.
pub fn seed(packs: &Path) -> Result<HashMap<String, Json>, String> {
    let dir = packs.join("yingtan/seed");
    let entries = std::fs::read_dir(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let mut all = HashMap::new();
    for path in entries
        .filter_map(Result::ok)
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "jsonl"))
    {
        for entity in lines(&path)? {
            if let Some(id) = entity.get("id").and_then(Json::as_str) {
                all.insert(id.to_owned(), entity.clone());
            }
        }
    }
    Ok(all)
}

/// The scripted day of the demonstration.
pub fn day(packs: &Path) -> Result<Day, String> {
    let path = packs.join("yingtan/seed/day.yaml");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_yaml_ng::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
}

#[derive(Deserialize)]
struct Thing {
    id: String,
    #[serde(default)]
    system: Option<String>,
    readings: Vec<Reading>,
}

#[derive(Deserialize)]
struct Reading {
    from: String,
    attr: String,
}

fn things(packs: &Path) -> Result<HashMap<String, Thing>, String> {
    let mut all = HashMap::new();
    for pack in std::fs::read_dir(packs).map_err(|e| e.to_string())?.filter_map(Result::ok) {
        let Ok(files) = std::fs::read_dir(pack.path().join("things")) else { continue };
        for file in files.filter_map(Result::ok) {
            let text = std::fs::read_to_string(file.path()).map_err(|e| e.to_string())?;
            let thing: Thing =
                serde_yaml_ng::from_str(&text).map_err(|e| format!("{}: {e}", file.path().display()))?;
            all.insert(thing.id.clone(), thing);
        }
    }
    Ok(all)
}

/// Reads the seed and the credentials and plays until `stop` resolves.
///
/// # Errors
/// Which file is missing or wrong.
pub async fn play(
    packs: &Path,
    data: &Path,
    target: Target,
    stop: impl Future<Output = ()>,
) -> Result<(), String> {
    let (seed, things, day) = (seed(packs)?, things(packs)?, day(packs)?);
    let clock = Clock::default();
    let started_s = clock.now().millis() / 1_000;
    let play = Arc::new(Play { day, target, clock, started_s, counts: Counts::default() });
    let mut tasks = tokio::task::JoinSet::new();
    let credentials = lines(&data.join("demo/credentials.jsonl"))?;
    for (n, line) in credentials.into_iter().enumerate() {
        let credential: Credential = serde_json::from_value(line).map_err(|e| e.to_string())?;
        let Some(device) = seed.get(&credential.device) else { continue };
        let word = |key: &str| device.get(key).and_then(Json::as_str).unwrap_or_default();
        let (Some(subject), Some(thing)) = (seed.get(word("subject")), things.get(word("thing_model")))
        else {
            continue;
        };
        let station = Station {
            credential,
            subject: subject.clone(),
            words: thing.readings.iter().map(|r| (r.attr.clone(), r.from.clone())).collect(),
            system: thing.system.clone().unwrap_or_default(),
        };
        // Devices of one kind do not all wake in the same second.
        let offset_ms = u64::try_from(n).unwrap_or(0) * 25 % 60_000;
        match word("protocol") {
            "hj212" => drop(tasks.spawn(hj212::station(play.clone(), station, offset_ms))),
            "mqtt" => drop(tasks.spawn(mqtt::station(play.clone(), station, offset_ms))),
            _ => {}
        }
    }
    terminal::line(&format!(
        "playing {} devices against {}; all of it is simulated",
        tasks.len(),
        play.target.host
    ));
    for event in play.day.events.clone() {
        match event {
            Event::Report { .. } => drop(tasks.spawn(resident::report(play.clone(), event))),
            Event::UnknownDevice { .. } => drop(tasks.spawn(hj212::stranger(play.clone(), event))),
            _ => {}
        }
    }
    tasks.spawn(tell(play.clone()));
    stop.await;
    tasks.shutdown().await;
    Ok(())
}

/// Once a minute a line with the counts.
async fn tell(play: Arc<Play>) {
    let mut minute = tokio::time::interval(std::time::Duration::from_secs(60));
    minute.tick().await;
    loop {
        minute.tick().await;
        let count = |c: &AtomicU64| c.load(Ordering::Relaxed);
        let c = &play.counts;
        terminal::line(&format!(
            "{} s: {} acknowledged, {} connections lost, {} reports",
            play.since(),
            count(&c.acknowledged),
            count(&c.failed),
            count(&c.reports)
        ));
    }
}
