//! The pen on its own thread, and the handle by which everybody else reaches it.
//!
//! The queue is bounded: a full one slows the sender. One `sync` answers everything that had queued
//! while the last one ran, so the batch grows with the load and an idle city answers at once.

use crate::pen::Instant;
use crate::{Command, Pen, Receipt, Refusal, RefusalKind, Schemas};
use access::Access;
use model::{Commit, EntityKey, Name, Seq, Time, Value};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use store::EngineState;
use store::{Disk, State};
use tokio::sync::{mpsc, oneshot, watch};

/// Most commands that wait for the pen.
const QUEUE_MAX: usize = 8_192;
/// Most commands in one sync.
const GROUP_MAX: usize = 2_048;
/// Commits that readers can take without touching the disk.
const RING_MAX: usize = 65_536;

/// One consistent position of the city: what readers see.
#[derive(Clone)]
pub struct Snapshot {
    /// The state, durable.
    pub state: State,
    /// The rights in force.
    pub access: Access,
    /// The declared types.
    pub schemas: Arc<Schemas>,
}

/// Time and randomness, given by the shell.
pub trait Shell: Send {
    /// The wall clock.
    fn now(&mut self) -> Time;
    /// Fresh random bytes.
    fn entropy(&mut self) -> [u8; 32];
}

enum Ask {
    Command(Box<Command>, oneshot::Sender<Result<Receipt, Refusal>>),
    Read(Seq, oneshot::Sender<Option<Commit>>),
    Unseal(Arc<model::Sealed>, oneshot::Sender<Result<Vec<u8>, String>>),
    After(Seq, usize, oneshot::Sender<Vec<Arc<Commit>>>),
    Engines(oneshot::Sender<(State, Vec<EngineState>)>),
    Tick,
    Stop,
}

/// The way to the pen, cheap to clone.
#[derive(Clone)]
pub struct Handle {
    ask: mpsc::Sender<Ask>,
    snapshot: watch::Receiver<Arc<Snapshot>>,
    ring: Arc<Mutex<VecDeque<Arc<Commit>>>>,
}

/// Why the pen no longer accepts; readers go on.
pub type Halted = Arc<Mutex<Option<String>>>;

/// Starts the pen's thread. `halted` tells why it stopped accepting, when a disk error made it.
///
/// # Errors
/// When the thread cannot be started.
pub fn start<D: Disk + Send + 'static>(
    mut pen: Pen<D>,
    mut shell: Box<dyn Shell>,
    halted: Halted,
) -> std::io::Result<(Handle, std::thread::JoinHandle<()>)> {
    let (ask, asked) = mpsc::channel(QUEUE_MAX);
    let (publish, snapshot) = watch::channel(Arc::new(shot(&pen)));
    let ring = Arc::new(Mutex::new(VecDeque::new()));
    let handle = Handle { ask, snapshot, ring: ring.clone() };
    let thread = std::thread::Builder::new().name("pen".into()).spawn(move || {
        let mut desk = Desk { asked, publish, ring, halted, answers: Vec::new() };
        desk.run(&mut pen, shell.as_mut());
    })?;
    Ok((handle, thread))
}

fn shot<D: Disk>(pen: &Pen<D>) -> Snapshot {
    Snapshot { state: pen.state().clone(), access: pen.access().clone(), schemas: pen.schemas().clone() }
}

type Answer = (oneshot::Sender<Result<Receipt, Refusal>>, Result<Receipt, Refusal>);

struct Desk {
    asked: mpsc::Receiver<Ask>,
    publish: watch::Sender<Arc<Snapshot>>,
    ring: Arc<Mutex<VecDeque<Arc<Commit>>>>,
    halted: Halted,
    answers: Vec<Answer>,
}

impl Desk {
    fn run<D: Disk>(&mut self, pen: &mut Pen<D>, shell: &mut dyn Shell) {
        // What recovery still had to react to is made durable before anything is asked.
        self.flush(pen);
        while let Some(first) = self.asked.blocking_recv() {
            let mut next = Some(first);
            let mut taken = 0;
            while let Some(ask) = next {
                if !self.one(pen, shell, ask) {
                    self.flush(pen);
                    return;
                }
                taken += 1;
                next = if taken < GROUP_MAX { self.asked.try_recv().ok() } else { None };
            }
            self.flush(pen);
        }
    }

    fn one<D: Disk>(&mut self, pen: &mut Pen<D>, shell: &mut dyn Shell, ask: Ask) -> bool {
        match ask {
            Ask::Command(command, reply) => {
                let answer = match self.halt_reason() {
                    Some(reason) => Err(halted(&reason)),
                    None => pen.submit(&command, &Instant { now: shell.now(), entropy: shell.entropy() }),
                };
                self.answers.push((reply, answer));
            }
            Ask::Tick => {
                if self.halt_reason().is_none()
                    && let Err(e) = pen.tick(&Instant { now: shell.now(), entropy: shell.entropy() })
                {
                    self.halt(&e.reason);
                }
            }
            Ask::Read(seq, reply) => drop(reply.send(pen.log().read(seq).ok().flatten())),
            Ask::Unseal(sealed, reply) => drop(reply.send(pen.unseal(&sealed))),
            Ask::After(seq, most, reply) => drop(reply.send(from_log(pen, seq, most))),
            Ask::Engines(reply) => drop(reply.send((pen.state().clone(), pen.save_engines()))),
            Ask::Stop => return false,
        }
        true
    }

    fn flush<D: Disk>(&mut self, pen: &mut Pen<D>) {
        match if self.halt_reason().is_some() { Ok(vec![]) } else { pen.sync() } {
            Ok(commits) => {
                if !commits.is_empty() {
                    self.keep(commits);
                    self.publish.send_replace(Arc::new(shot(pen)));
                }
            }
            Err(e) => {
                self.halt(&e.reason);
                for (_, answer) in &mut self.answers {
                    *answer = Err(e.clone());
                }
            }
        }
        for (reply, answer) in self.answers.drain(..) {
            drop(reply.send(answer));
        }
    }

    fn keep(&self, commits: Vec<Arc<Commit>>) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.extend(commits);
        let over = ring.len().saturating_sub(RING_MAX);
        ring.drain(..over);
    }

    fn halt_reason(&self) -> Option<String> {
        self.halted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn halt(&self, reason: &str) {
        tracing::error!(reason, "the pen accepts nothing any more");
        *self.halted.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
    }
}

fn from_log<D: Disk>(pen: &mut Pen<D>, after: Seq, most: usize) -> Vec<Arc<Commit>> {
    let mut commits = Vec::new();
    let read = pen.log().read_from(after + 1, &mut |commit| {
        commits.push(Arc::new(commit));
        if commits.len() < most {
            std::ops::ControlFlow::Continue(())
        } else {
            std::ops::ControlFlow::Break(())
        }
    });
    if let Err(e) = read {
        tracing::error!(reason = %e, "log not readable");
    }
    commits
}

fn halted(reason: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Unavailable,
        "",
        format!("已停止受理：{reason}"),
        format!("nothing is accepted any more: {reason}"),
    )
}

fn gone<T>(_: T) -> Refusal {
    halted("the pen has stopped")
}

impl Handle {
    /// Submits a command and waits until it is durable and applied.
    ///
    /// # Errors
    /// The reason in words; nothing is stored then.
    pub async fn submit(&self, command: Command) -> Result<Receipt, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.ask.send(Ask::Command(Box::new(command), reply)).await.map_err(gone)?;
        answer.await.map_err(gone)?
    }

    /// The newest durable position.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.borrow().clone()
    }

    /// A receiver that wakes when a newer position is published.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshot.clone()
    }

    /// One commit of the log.
    pub async fn read(&self, seq: Seq) -> Option<Commit> {
        let in_ring = {
            let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
            ring.binary_search_by_key(&seq, |c| c.seq()).ok().map(|i| (*ring[i]).clone())
        };
        if in_ring.is_some() {
            return in_ring;
        }
        let (reply, answer) = oneshot::channel();
        self.ask.send(Ask::Read(seq, reply)).await.ok()?;
        answer.await.ok().flatten()
    }

    /// Commits after a position, oldest first, at most `most`: from memory, else from the log.
    pub async fn after(&self, seq: Seq, most: usize) -> Vec<Arc<Commit>> {
        {
            let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
            if ring.front().is_some_and(|c| c.seq() <= seq + 1) {
                let from = ring.partition_point(|c| c.seq() <= seq);
                return ring.iter().skip(from).take(most).cloned().collect();
            }
        }
        let (reply, answer) = oneshot::channel();
        if self.ask.send(Ask::After(seq, most, reply)).await.is_err() {
            return vec![];
        }
        answer.await.unwrap_or_default()
    }

    /// Reads personal attributes of one entity for a purpose: one audit record, durable before the answer.
    ///
    /// # Errors
    /// `Forbidden` when the permit opens no such column for a purpose, `Missing` when there is no entity.
    pub async fn read_personal(
        &self,
        permit: access::Permit,
        key: &EntityKey,
        attributes: &[&str],
    ) -> Result<BTreeMap<Name, Value>, Refusal> {
        let body = serde_json::json!({ "tenant": key.tenant, "id": key.id, "attributes": attributes });
        let command = Command {
            name: Name::new("access.read"),
            version: 1,
            body: crate::Body::Json(body),
            permit,
            idempotency_key: None,
            expected: vec![],
        };
        self.submit(command).await?;
        let snapshot = self.snapshot();
        let mut values = BTreeMap::new();
        for name in attributes {
            let Some(value) = snapshot.state.get(key).and_then(|e| e.value(name)) else { continue };
            let Value::Sealed(sealed) = value else {
                values.insert(Name::new(name), value.clone());
                continue;
            };
            let (reply, answer) = oneshot::channel();
            self.ask.send(Ask::Unseal(sealed.clone(), reply)).await.map_err(gone)?;
            let plain = answer.await.map_err(gone)?.map_err(|e| halted(&e))?;
            let json = serde_json::from_slice(&plain).map_err(|e| halted(&e.to_string()))?;
            values.insert(Name::new(name), Value::from_json(&json).unwrap_or_default());
        }
        Ok(values)
    }

    /// State and saved engines at one position, for a savepoint. Waits behind what is queued.
    pub async fn engines(&self) -> Option<(State, Vec<EngineState>)> {
        let (reply, answer) = oneshot::channel();
        self.ask.send(Ask::Engines(reply)).await.ok()?;
        answer.await.ok()
    }

    /// Lets the pen look at its timers. A tick that finds no room in the queue is not needed.
    pub fn tick(&self) {
        drop(self.ask.try_send(Ask::Tick));
    }

    /// Answers what is queued, makes it durable and ends the thread.
    pub async fn stop(&self) {
        drop(self.ask.send(Ask::Stop).await);
    }
}
