//! The only place where the parts join: store, door, engines, listeners, history and the interface.

use crate::clock::{Clock, random, random_hex};
use crate::settings::Settings;
use crate::{assess, control, demo, follower, install, terminal, vault};
use door::{Engine, Handle};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::{FileDisk, LogOptions, savepoint};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How often the pen looks at its timers.
const TICK: Duration = Duration::from_millis(250);
/// How often points in memory are written to files.
const SEAL: Duration = Duration::from_secs(600);

/// Everything that one run needs to remember.
struct Running {
    door: Handle,
    disk: FileDisk,
    history: follower::Shared,
    clock: Clock,
    reception: gateway::Reception<gateway::Live>,
    duties: duty::Dirty,
    data: PathBuf,
}

/// Runs the city on a data directory until it is told to stop.
///
/// # Errors
/// What is wrong with the directory, the packs or an address.
pub async fn run(data: &Path, settings: &Settings, demonstration: bool) -> Result<(), String> {
    let clock = Clock::default();
    let packs = packs_dir(settings)?;
    let folders = install::read(&packs)?;
    let disk = open_disk(data)?;
    let vault = vault::Vault::open(disk.clone())?;
    let key = gateway::protocol::hj212::segment::DigestKey(vault.secret("device")?);
    let duties = duty::Duty::default();
    let dirty = duties.dirty();
    let halted = door::Halted::default();
    let instant = door::Instant { now: clock.now(), entropy: random() };
    let options = LogOptions { segment_bytes: settings.store.segment_bytes, ..LogOptions::default() };
    let (pen, found) = door::open(disk.clone(), options, engines(duties), Box::new(vault.clone()), &instant)
        .map_err(|e| e.to_string())?;
    tracing::info!(
        savepoint = found.savepoint,
        replayed = found.replayed,
        cut_bytes = found.cut_bytes,
        "log opened"
    );
    let (door, pen_thread) =
        door::start(pen, Box::new(clock.clone()), halted.clone()).map_err(|e| e.to_string())?;
    let history =
        follower::Shared::new(history::Store::open(&data.join("history")).map_err(|e| e.to_string())?);
    let now = {
        let clock = clock.clone();
        Arc::new(move || clock.now())
    };
    let live = gateway::Live { door: door.clone(), now: now.clone() };
    let shared = Arc::new(gateway::Shared::new(gateway::quarantine::Config::default()));
    if let Ok(bytes) = std::fs::read(data.join("quarantine.bin"))
        && let Err(reason) = shared.load_quarantine(&bytes)
    {
        tracing::warn!(reason, "refused frames of the last run are not readable");
    }
    let reception = gateway::Reception::new(live, shared, gateway::Settings::default(), key.clone());

    let http = listen("http", settings.listen.http).await?;
    let mqtt = listen("mqtt", settings.listen.mqtt).await?;
    let hj212 = listen("hj212", settings.listen.hj212).await?;
    let listening = api::Listening { http: address(&http)?, mqtt: address(&mqtt)?, hj212: address(&hj212)? };

    install::install(&door, &folders).await?;
    if demonstration {
        demo::prepare(&door, data, &packs, &key, &clock).await?;
    }
    let city = api::City::new(api::Ports {
        door: door.clone(),
        history: Arc::new(history.clone()),
        sql: crate::query::port(&history, settings, now.clone()),
        gateway: reception.clone(),
        blobs: Arc::new(vault),
        now,
        random: Arc::new(random::<32>),
        halted,
        listening,
        demo: demonstration,
    });
    let running = Running { door, disk, history, clock, reception, duties: dirty, data: data.to_owned() };
    running.serve(city, settings, Listeners { http, mqtt, hj212 }, demonstration).await?;
    drop(tokio::task::spawn_blocking(move || pen_thread.join()).await);
    Ok(())
}

struct Listeners {
    http: TcpListener,
    mqtt: TcpListener,
    hj212: TcpListener,
}

/// The engines, in the order in which they follow a commit.
fn engines(duties: duty::Duty) -> Vec<Box<dyn Engine>> {
    vec![
        Box::new(door::Packs),
        Box::new(door::Accounts),
        Box::new(gateway::Gateway),
        Box::new(broker::Broker::default()),
        Box::new(rules::Rules::default()),
        Box::new(flow::Flow::default()),
        Box::new(duties),
    ]
}

impl Running {
    async fn serve(
        self,
        city: api::City,
        settings: &Settings,
        listeners: Listeners,
        demonstration: bool,
    ) -> Result<(), String> {
        let (stop, stopping) = watch::channel(false);
        let mut tasks = tokio::task::JoinSet::new();
        let clock = self.clock.clone();
        tasks.spawn(self.history.clone().follow(self.door.clone()));
        tasks.spawn(tick(self.door.clone()));
        tasks.spawn(seal(self.history.clone()));
        tasks.spawn(savepoints(self.door.clone(), self.disk.clone(), settings.store.savepoint_seconds));
        tasks.spawn(assess::run(self.door.clone(), self.duties.clone(), move || clock.now()));
        tasks.spawn(control::serve(
            self.data.clone(),
            control::Desk { city: city.clone(), clock: self.clock.clone(), disk: self.disk.clone() },
        ));
        let mut sockets = tokio::task::JoinSet::new();
        sockets.spawn(gateway::listen::hj212::serve(
            listeners.hj212,
            self.reception.clone(),
            stopping.clone(),
        ));
        sockets.spawn(gateway::listen::mqtt::serve(listeners.mqtt, self.reception.clone(), stopping.clone()));
        sockets.spawn(gateway::listen::keep_connections(self.reception.clone(), stopping.clone()));
        let http = tokio::spawn(api::serve(listeners.http, city.clone(), stopped(stopping)));

        if demonstration {
            tell_people(&city);
        }
        let at = city.ports.listening;
        terminal::line(&format!(
            "jingwei {} is running; http={} mqtt={} hj212={}; stop it with Ctrl-C",
            env!("CARGO_PKG_VERSION"),
            at.http,
            at.mqtt,
            at.hj212
        ));
        crate::commands::serve::stopped().await;
        terminal::line("stopping");
        stop.send_replace(true);
        // Open live streams never end by themselves; three seconds is enough for everything else.
        drop(tokio::time::timeout(Duration::from_secs(3), http).await);
        drop(
            tokio::time::timeout(Duration::from_secs(5), async {
                while sockets.join_next().await.is_some() {}
            })
            .await,
        );
        tasks.shutdown().await;
        if let Some((state, engines)) = self.door.engines().await {
            savepoint::write(&self.disk, &state, &engines).map_err(|e| e.to_string())?;
        }
        self.history.seal();
        let refused = self.reception.shared.save_quarantine();
        std::fs::write(self.data.join("quarantine.bin"), refused).map_err(|e| e.to_string())?;
        self.door.stop().await;
        drop(std::fs::remove_file(control::path(&self.data)));
        Ok(())
    }
}

fn open_disk(data: &Path) -> Result<FileDisk, String> {
    use std::os::unix::fs::DirBuilderExt;
    let io = |e: std::io::Error| format!("{}: {e}", data.display());
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(io)?;
    FileDisk::open(data).map_err(|e| e.to_string())
}

/// The folder of packs: as set, else `packs` here, else beside the binary.
fn packs_dir(settings: &Settings) -> Result<PathBuf, String> {
    if let Some(dir) = &settings.packs.dir {
        return Ok(dir.clone());
    }
    let beside = std::env::current_exe().ok().and_then(|e| e.parent().map(|p| p.join("packs")));
    let candidates = [Some(PathBuf::from("packs")), beside];
    candidates
        .into_iter()
        .flatten()
        .find(|p| p.is_dir())
        .ok_or_else(|| "no folder of packs here; name it with --packs DIR".into())
}

async fn listen(what: &str, address: std::net::SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|e| {
        format!("cannot listen on {address} for {what}: {e}; choose another with --listen-{what}")
    })
}

fn address(listener: &TcpListener) -> Result<std::net::SocketAddr, String> {
    listener.local_addr().map_err(|e| e.to_string())
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    drop(stopping.wait_for(|s| *s).await);
}

async fn tick(door: Handle) {
    let mut every = tokio::time::interval(TICK);
    loop {
        every.tick().await;
        door.tick();
    }
}

async fn seal(history: follower::Shared) {
    loop {
        tokio::time::sleep(SEAL).await;
        let history = history.clone();
        drop(tokio::task::spawn_blocking(move || history.seal()).await);
    }
}

async fn savepoints(door: Handle, disk: FileDisk, seconds: u64) {
    let mut last = 0;
    loop {
        tokio::time::sleep(Duration::from_secs(seconds.max(10))).await;
        let Some((state, engines)) = door.engines().await else { return };
        if state.seq() == last {
            continue;
        }
        last = state.seq();
        let disk = disk.clone();
        let written = tokio::task::spawn_blocking(move || savepoint::write(&disk, &state, &engines)).await;
        match written {
            Ok(Ok(file)) => tracing::info!(file, seq = last, "savepoint written"),
            Ok(Err(e)) => tracing::error!(reason = %e, "savepoint not written"),
            Err(e) => tracing::error!(reason = %e, "savepoint not written"),
        }
    }
}

/// Prints where to go and a single-use link for each person of the demonstration.
fn tell_people(city: &api::City) {
    let port = city.ports.listening.http;
    terminal::line("");
    terminal::line(&format!("  演示城市鹰潭 · 模拟数据    http://{port}/"));
    terminal::line("  单次登录链接（15 分钟内有效；过期后用 jingwei link --data DIR --person P 再取）");
    terminal::line(
        "  single-use sign-in links, valid 15 minutes (again: jingwei link --data DIR --person P)",
    );
    for person in demo::PEOPLE {
        match link(city, person) {
            Ok(link) => terminal::line(&format!("    {person:<18}{link}")),
            Err(e) => terminal::line(&format!("    {person:<18}{e}")),
        }
    }
    let (mqtt, hj212) = (city.ports.listening.mqtt, city.ports.listening.hj212);
    terminal::line(&format!("  MQTT {mqtt} · HJ 212 {hj212} · NGSI-LD http://{port}/ngsi-ld/v1/"));
    terminal::line("");
}

/// A single-use sign-in link for a person.
///
/// # Errors
/// That there is no such person.
pub fn link(city: &api::City, person: &str) -> Result<String, String> {
    let id = model::EntityId::new(format!("urn:ngsi-ld:Person:{person}"));
    if city.snapshot().state.city(id.as_str()).is_none() {
        return Err(format!("there is no person {person}"));
    }
    let secret = random_hex::<24>();
    city.sessions.link(&secret, &id, city.now());
    Ok(format!("http://{}/sign-in/{secret}", city.ports.listening.http))
}
