//! The demonstration city: credentials for its simulated devices, the 24 hours before, and the people.

use crate::clock::{Clock, random_hex};
use crate::simulate::{self, day::Generator};
use access::Access;
use door::{Body, Command, Handle, city_command};
use gateway::protocol::hj212::segment::DigestKey;
use model::{EntityId, Name, Observation, Quality, Time, Value};
use serde_json::{Value as Json, json};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The people of the demonstration, in the order in which their links are printed.
pub const PEOPLE: [&str; 10] = [
    "administrator",
    "seat1",
    "seat2",
    "eco_handler",
    "township_handler",
    "checker",
    "firm",
    "supervisor",
    "auditor",
    "clerk",
];
/// Secrets in one command.
const CHUNK: usize = 1_000;
/// Observations in one commit of the hours before.
const POINTS: usize = 500;
/// Commands that wait for the pen at once.
const WAITING: usize = 256;

/// Makes what a first start needs; a later start finds it there.
///
/// # Errors
/// Which file or command failed.
pub async fn prepare(
    door: &Handle,
    data: &Path,
    packs: &Path,
    key: &DigestKey,
    clock: &Clock,
) -> Result<(), String> {
    let file = data.join("demo/credentials.jsonl");
    if file.is_file() {
        return Ok(());
    }
    before(door, packs, clock).await?;
    credentials(door, data, &file, key).await
}

/// A random password for every registered device: the city keeps a keyed digest, the file the password.
async fn credentials(door: &Handle, data: &Path, file: &Path, key: &DigestKey) -> Result<(), String> {
    let snapshot = door.snapshot();
    let (mut lines, mut secrets) = (Vec::new(), Vec::new());
    for device in snapshot.state.all(gateway::engine::DEVICE) {
        let (Some(login), Some(protocol)) = (device.text("login"), device.text("protocol")) else { continue };
        // HJ 212 gives a password six characters; MQTT and HTTP have room for more.
        let password = if protocol == "hj212" { random_hex::<3>() } else { random_hex::<16>() };
        let digest = gateway::secret::digest(protocol, login, password.as_bytes(), key);
        lines.push(
            json!({"device": device.id(), "protocol": protocol, "login": login, "password": password})
                .to_string(),
        );
        secrets.push(json!({"device": device.id(), "digest": digest}));
    }
    for chunk in secrets.chunks(CHUNK) {
        door.submit(city_command("gateway", "gateway.secrets", json!({ "secrets": chunk })))
            .await
            .map_err(|e| e.to_string())?;
    }
    let io = |e: std::io::Error| format!("{}: {e}", file.display());
    fs::create_dir_all(data.join("demo")).map_err(io)?;
    fs::set_permissions(data.join("demo"), fs::Permissions::from_mode(0o700)).map_err(io)?;
    // Written beside and renamed, so that a file that is there is whole.
    let part = file.with_extension("part");
    let mut out =
        fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&part).map_err(io)?;
    out.write_all(lines.join("\n").as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.sync_all())
        .map_err(io)?;
    fs::rename(&part, file).map_err(io)
}

/// The 24 hours before the start, from the same waves that the simulator will send, as each device's own.
async fn before(door: &Handle, packs: &Path, clock: &Clock) -> Result<(), String> {
    let (seed, day) = (simulate::seed(packs)?, simulate::day(packs)?);
    let now_s = clock.now().millis() / 1_000;
    let snapshot = door.snapshot();
    let (mut newest, mut older) = (Vec::new(), Vec::new());
    for device in snapshot.state.all(gateway::engine::DEVICE) {
        let Some(subject) = device.object("subject").and_then(|id| seed.get(id.as_str())) else { continue };
        let kind = subject.get("type").and_then(Json::as_str).unwrap_or_default();
        let Some(generator) = day.generator(kind) else { continue };
        let mut chunks = points(&day, generator, subject, now_s)
            .rchunks(POINTS)
            .map(<[_]>::to_vec)
            .collect::<Vec<_>>()
            .into_iter();
        newest.extend(chunks.next().map(|c| observe(device.id(), c)));
        older.extend(chunks.map(|c| observe(device.id(), c)));
    }
    // The newest first: a device that had reported only hours ago would be silent for a moment.
    submit_all(door, newest).await?;
    submit_all(door, older).await
}

async fn submit_all(door: &Handle, commands: Vec<Command>) -> Result<(), String> {
    let mut waiting = tokio::task::JoinSet::new();
    for command in commands {
        let door = door.clone();
        waiting.spawn(async move { door.submit(command).await.map(|_| ()).map_err(|e| e.to_string()) });
        if waiting.len() >= WAITING
            && let Some(done) = waiting.join_next().await
        {
            done.map_err(|e| e.to_string())??;
        }
    }
    while let Some(done) = waiting.join_next().await {
        done.map_err(|e| e.to_string())??;
    }
    Ok(())
}

fn points(day: &simulate::day::Day, generator: &Generator, entity: &Json, now_s: i64) -> Vec<Observation> {
    let Some(id) = entity.get("id").and_then(Json::as_str) else { return vec![] };
    let step = generator.history_step_seconds.max(60);
    let mut out = Vec::new();
    // Whole steps, and one last report just now: the live device goes on from there within its promise.
    let first = (now_s - day.history.hours * 3_600) / step * step;
    let whole = (0..).map(|n| first + n * step).take_while(|at| *at < now_s - 60);
    for at in whole.chain([now_s]) {
        let attributes = generator.attributes.keys().filter(|_| !day.silent(id, at - now_s));
        out.extend(attributes.filter_map(|attribute| {
            Some(Observation {
                entity: EntityId::new(id),
                attribute: Name::new(attribute),
                value: Value::Number(day.value(generator, entity, attribute, at)?),
                unit_code: None,
                observed_at: Time::from_secs(at),
                quality: Quality::Valid,
                mark: None,
            })
        }));
    }
    out
}

fn observe(device: &EntityId, observations: Vec<Observation>) -> Command {
    Command {
        name: Name::new("gateway.observe"),
        version: 1,
        body: Body::Observed { observations, frame: None },
        permit: Access::device(device, None),
        idempotency_key: None,
        expected: vec![],
    }
}
