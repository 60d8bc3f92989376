//! What the city's HJ 212 is compared with: the same listener, parser, device lookup and mapping, over a city
//! that answers every command at once and keeps nothing.

use crate::clock;
use door::{Body, Command, Engine, Halted, Instant, Receipt, Refusal, Vault, city_command};
use gateway::protocol::hj212::segment::DigestKey;
use gateway::{City, Gateway, Reception, Settings, Shared, digest};
use model::{EntityId, Sealed, Time};
use pack::Folder;
use serde_json::{Value as Json, json};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use store::{LogOptions, SimDisk, State};
use tokio::sync::watch;

/// Password of every device of the baseline.
pub const PASSWORD: &str = "123456";
const KEY: DigestKey = DigestKey([7; 32]);
/// Packs that declare devices and what they measure.
const PACKS: [&str; 2] = ["device", "outfall"];
/// Entities in one command.
const CHUNK: usize = 1_000;

/// Says yes and keeps nothing.
#[derive(Clone)]
struct Yes {
    state: State,
}

impl City for Yes {
    async fn submit(&self, _: Command) -> Result<Receipt, Refusal> {
        Ok(Receipt { seq: 0, repeated: false, answer: Json::Null })
    }

    fn state(&self) -> State {
        self.state.clone()
    }

    fn now(&self) -> Time {
        clock::now()
    }
}

struct NoVault;

impl Vault for NoVault {
    fn seal(&mut self, _: &EntityId, _: &[u8]) -> Result<Sealed, String> {
        Err("no personal data here".into())
    }
    fn open(&self, _: &Sealed) -> Result<Vec<u8>, String> {
        Err("no personal data here".into())
    }
}

struct Clock;

impl door::Shell for Clock {
    fn now(&mut self) -> Time {
        clock::now()
    }
    fn entropy(&mut self) -> [u8; 32] {
        [7; 32]
    }
}

/// Logins of the registered HJ 212 devices with their ids, from the demonstration's seed.
///
/// # Errors
/// The file that cannot be read.
pub fn devices(packs: &Path) -> Result<Vec<Json>, String> {
    let path = packs.join("yingtan/seed/devices.jsonl");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let one = |l: &str| serde_json::from_str::<Json>(l).map_err(|e| format!("{}: {e}", path.display()));
    let all = text.lines().map(one).collect::<Result<Vec<_>, _>>()?;
    let ours = |d: &Json| d["protocol"] == "hj212" && d["thing_model"] == "outfall-hj212";
    Ok(all.into_iter().filter(ours).collect())
}

fn installing(folder: &Folder) -> Json {
    let manifest = &folder.manifest;
    let files: serde_json::Map<String, Json> = folder
        .files
        .iter()
        .filter(|(path, _)| path.starts_with("entities/") || path.starts_with("things/"))
        .map(|(path, text)| (path.clone(), Json::String(text.clone())))
        .collect();
    json!({
        "name": manifest.name, "version": manifest.version, "digest": folder.digest,
        "title": {"zh": manifest.title.zh, "en": manifest.title.en}, "articles": [], "files": files,
    })
}

/// The commands that make the state: packs, devices, digests of their passwords.
fn commands(packs: &Path) -> Result<Vec<Command>, String> {
    let mut all = Vec::new();
    for name in PACKS {
        let folder = pack::read_folder(&packs.join(name)).map_err(|e| e.to_string())?;
        all.push(city_command("pack", "pack.install", installing(&folder)));
    }
    let devices = devices(packs)?;
    for chunk in devices.chunks(CHUNK) {
        let secret = |d: &Json| {
            let login = d["login"].as_str().unwrap_or_default();
            json!({"device": d["id"], "digest": digest("hj212", login, PASSWORD.as_bytes(), &KEY)})
        };
        let secrets: Vec<Json> = chunk.iter().map(secret).collect();
        all.push(city_command("pack", "pack.seed", json!({ "entities": chunk })));
        all.push(city_command("gateway", "gateway.secrets", json!({ "secrets": secrets })));
    }
    debug_assert!(all.iter().all(|c| matches!(c.body, Body::Json(_))), "nothing is observed yet");
    Ok(all)
}

async fn state(packs: &Path) -> Result<State, String> {
    let engines: Vec<Box<dyn Engine>> = vec![Box::new(door::Packs), Box::new(Gateway)];
    let instant = Instant { now: clock::now(), entropy: [7; 32] };
    let (pen, _) = door::open(SimDisk::new(1), LogOptions::default(), engines, Box::new(NoVault), &instant)
        .map_err(|e| e.to_string())?;
    let (door, _) = door::start(pen, Box::new(Clock), Halted::default()).map_err(|e| e.to_string())?;
    for command in commands(packs)? {
        door.submit(command).await.map_err(|e| e.to_string())?;
    }
    let state = door.snapshot().state.clone();
    door.stop().await;
    Ok(state)
}

/// Listens on a free port, prints the address and serves until it is killed.
///
/// # Errors
/// What is wrong with the packs or the socket.
pub fn serve(packs: &Path) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let city = Yes { state: state(packs).await? };
        let reception = Reception::new(city, Arc::new(Shared::default()), Settings::default(), KEY);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
        let at = listener.local_addr().map_err(|e| e.to_string())?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "listening {at}").and_then(|()| out.flush()).map_err(|e| e.to_string())?;
        drop(out);
        let (_stop, stopping) = watch::channel(false);
        gateway::listen::hj212::serve(listener, reception, stopping).await;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway::Identity;

    #[test]
    fn the_baseline_knows_the_devices_of_the_seed() {
        let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs");
        let devices = devices(&packs).unwrap();
        assert!(devices.len() >= 50);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let state = runtime.block_on(state(&packs)).unwrap();
        let reception = Reception::new(Yes { state }, Arc::default(), Settings::default(), KEY);
        let login = devices[0]["login"].as_str().unwrap();
        let Identity::Known(known) = reception.identify("hj212", login, PASSWORD.as_bytes()) else {
            panic!("not known");
        };
        assert!(known.thing.is_some(), "its words are mapped as in the city");
        assert!(matches!(reception.identify("hj212", login, b"654321"), Identity::WrongSecret));
    }
}
