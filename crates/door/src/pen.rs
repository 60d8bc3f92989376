//! The pen: one thread's worth of validating, appending, applying and reacting. No thread, clock or
//! randomness in here; the shell supplies all three, so that a simulation can.
//!
//! A command is applied to the working state at once and answered after the next `sync`: one fdatasync
//! serves all that queued during the last. Readers see only what is durable, because the snapshot is
//! published after it.

use crate::reactor::{Reaction, Reactor};
use crate::seal::{Vault, seal};
use crate::{Body, Command, Decision, Effect, Moment, Receipt, Refusal, RefusalKind, Schemas, packs};
use access::Access;
use model::{Actor, Cause, Class, Commit, EntityId, Epoch, Header, Name, Outcome, Seq, Time};
use serde_json::Value as Json;
use std::sync::Arc;
use store::{Disk, Log, LogError, State};

/// Most changes in one batch.
const CHANGES_MAX: usize = 20_000;

/// Where the shell's time and randomness enter.
pub struct Instant {
    /// Wall clock.
    pub now: Time,
    /// Fresh random bytes.
    pub entropy: [u8; 32],
}

/// The one writer of a city.
pub struct Pen<D: Disk> {
    log: Log<D>,
    state: State,
    schemas: Arc<Schemas>,
    access: Access,
    reactor: Reactor,
    vault: Box<dyn Vault>,
    epoch: Epoch,
    fresh: Vec<Arc<Commit>>,
}

impl<D: Disk> Pen<D> {
    /// A pen over a recovered log and state; see [`crate::open`].
    pub(crate) fn new(log: Log<D>, state: State, reactor: Reactor, vault: Box<dyn Vault>) -> Self {
        let schemas = Arc::new(Schemas::read(&state));
        let access = rights(&state);
        let epoch = state.epoch() + 1;
        Self { log, state, schemas, access, reactor, vault, epoch, fresh: Vec::new() }
    }

    /// State with everything accepted, durable or not yet.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The declared types.
    #[must_use]
    pub fn schemas(&self) -> &Arc<Schemas> {
        &self.schemas
    }

    /// The rights in force.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// The log, for reads.
    pub fn log(&mut self) -> &mut Log<D> {
        &mut self.log
    }

    /// Saved state of every engine, for a savepoint at the present position.
    #[must_use]
    pub fn save_engines(&self) -> Vec<(Name, Seq, Vec<u8>)> {
        self.reactor.save(self.state.seq())
    }

    /// Opens a sealed value; the caller has made the audit record durable.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn unseal(&self, sealed: &model::Sealed) -> Result<Vec<u8>, String> {
        self.vault.open(sealed)
    }

    /// Appends that the log was opened, with the seconds that it was closed.
    ///
    /// # Errors
    /// Why the log does not take it.
    pub fn start(&mut self, instant: &Instant) -> Result<(), Refusal> {
        let gap_s = match self.state.seq() {
            0 => 0,
            _ => u64::try_from(instant.now.secs_since(self.state.recorded_at())).unwrap_or(0),
        };
        self.system("door.start", Outcome::Started { gap_s }, instant)
    }

    /// Accepts or refuses a command. What it answers holds only after the next [`Pen::sync`].
    ///
    /// # Errors
    /// The reason in words; nothing is stored then.
    pub fn submit(&mut self, command: &Command, instant: &Instant) -> Result<Receipt, Refusal> {
        let leave = command.permit.action();
        // A read of personal attributes is asked for by the right to read.
        if leave != &command.name && !(command.name == "access.read" && *leave == "read") {
            return Err(Refusal::new(
                RefusalKind::Forbidden,
                "",
                "许可不适用于这条命令",
                "the permit is for another command",
            ));
        }
        if let Some(seq) = self.repeated(command) {
            return Ok(Receipt { seq, repeated: true, answer: self.created(seq) });
        }
        for e in &command.expected {
            let version = self.state.get(&e.key).map_or(0, |x| x.version);
            if version != e.version {
                return Err(Refusal::new(
                    RefusalKind::Conflict,
                    "version",
                    "别人刚改过，请看最新内容后再做",
                    "it has changed since it was read; look again",
                ));
            }
        }
        let decision = self.decide(command, instant)?;
        let answer = decision.answer.clone();
        if decision.changes.is_empty() && decision.frame.is_none() && decision.class != Class::Audit {
            return Ok(Receipt { seq: self.state.seq(), repeated: true, answer });
        }
        let seq = self.commit(command, decision, None, instant)?;
        self.react(instant);
        Ok(Receipt { seq, repeated: false, answer })
    }

    /// Appends a tick when a timer is due that no batch has passed yet.
    ///
    /// # Errors
    /// Why the log does not take it.
    pub fn tick(&mut self, instant: &Instant) -> Result<bool, Refusal> {
        let due = self.reactor.next_due().is_some_and(|d| d <= instant.now);
        if due {
            self.system("door.tick", Outcome::Tick, instant)?;
        }
        Ok(due)
    }

    /// Makes everything accepted durable with one fdatasync and hands out the new commits.
    ///
    /// # Errors
    /// Why the disk does not take it; from then on the pen accepts nothing.
    pub fn sync(&mut self) -> Result<Vec<Arc<Commit>>, Refusal> {
        self.log.sync().map_err(|e| disk(&e.to_string()))?;
        Ok(std::mem::take(&mut self.fresh))
    }

    fn repeated(&self, command: &Command) -> Option<Seq> {
        let key = command.idempotency_key.as_ref()?;
        self.state.receipt(&command.permit.principal().id, key)
    }

    fn created(&mut self, seq: Seq) -> Json {
        let commit = self.fresh.iter().find(|c| c.seq() == seq).map(|c| (**c).clone());
        let commit = commit.or_else(|| self.log.read(seq).ok().flatten());
        let ids = commit.iter().flat_map(|c| &c.changes).filter_map(|c| match c {
            model::Change::Create { key, .. } => Some(Json::String(key.id.to_string())),
            _ => None,
        });
        serde_json::json!({ "created": ids.collect::<Vec<_>>() })
    }

    fn decide(&mut self, command: &Command, instant: &Instant) -> Result<Decision, Refusal> {
        let engine = command.name.as_str().split_once('.').map_or("", |(e, _)| e).to_owned();
        let moment = Moment { state: &self.state, now: self.time(instant), entropy: instant.entropy };
        let mut decision = match self.reactor.engine(&engine) {
            Some(e) => e.decide(&moment, command)?,
            None => {
                return Err(Refusal::new(
                    RefusalKind::Missing,
                    "name",
                    format!("没有命令 {}", command.name),
                    format!("no command {}", command.name),
                ));
            }
        };
        if decision.changes.len() > CHANGES_MAX {
            return Err(Refusal::new(
                RefusalKind::Invalid,
                "",
                format!("一次最多 {CHANGES_MAX} 处改动"),
                format!("at most {CHANGES_MAX} changes at once"),
            ));
        }
        for change in &decision.changes {
            self.schemas.check(&self.state, &engine, change)?;
        }
        seal(&self.schemas, &self.state, self.vault.as_mut(), &mut decision.changes)?;
        Ok(decision)
    }

    fn time(&self, instant: &Instant) -> Time {
        instant.now.max(self.state.recorded_at())
    }

    fn commit(
        &mut self,
        command: &Command,
        decision: Decision,
        cause: Option<Cause>,
        instant: &Instant,
    ) -> Result<Seq, Refusal> {
        let header = Header {
            seq: self.state.seq() + 1,
            epoch: self.epoch,
            recorded_at: self.time(instant),
            class: decision.class,
            actor: command.permit.actor(),
            command: command.name.clone(),
            idempotency_key: command.idempotency_key.clone(),
            reacted_to: cause,
            pack: decision.pack,
            outcome: Outcome::Accepted,
        };
        self.append(Commit { header, changes: decision.changes, frame: decision.frame }, instant)
    }

    fn system(&mut self, command: &str, outcome: Outcome, instant: &Instant) -> Result<(), Refusal> {
        let header = Header {
            seq: self.state.seq() + 1,
            epoch: self.epoch,
            recorded_at: self.time(instant),
            class: Class::System,
            actor: Actor {
                principal: EntityId::new("urn:ngsi-ld:Engine:door"),
                right: None,
                via: Name::new("reactor"),
                remote: None,
            },
            command: Name::new(command),
            idempotency_key: None,
            reacted_to: None,
            pack: None,
            outcome,
        };
        self.append(Commit { header, changes: vec![], frame: None }, instant)?;
        self.react(instant);
        Ok(())
    }

    fn append(&mut self, commit: Commit, instant: &Instant) -> Result<Seq, Refusal> {
        if let Err(e) = self.log.append(&commit) {
            if !matches!(e, LogError::BufferFull { .. }) {
                return Err(disk(&e.to_string()));
            }
            self.log.sync().and_then(|()| self.log.append(&commit)).map_err(|e| disk(&e.to_string()))?;
        }
        self.state.apply(&commit);
        if packs::installs(&commit) {
            self.schemas = Arc::new(Schemas::read(&self.state));
            self.schemas.declare(&mut self.state);
            self.access = rights(&self.state);
        }
        self.reactor
            .step(&Moment { state: &self.state, now: commit.at(), entropy: instant.entropy }, &commit);
        let seq = commit.seq();
        self.fresh.push(Arc::new(commit));
        Ok(seq)
    }

    /// Turns what the engines asked for into batches, until nothing is left.
    pub(crate) fn react(&mut self, instant: &Instant) {
        while let Some(reaction) = self.reactor.pop() {
            if self.reacted(reaction, instant).is_err() {
                return;
            }
        }
    }

    /// One reaction batch per (cause, engine): its effects are decided in order on a state that holds the
    /// ones before, and a batch in which all are refused is logged with the reason.
    fn reacted(&mut self, reaction: Reaction, instant: &Instant) -> Result<(), Refusal> {
        let Reaction { cause, effects } = reaction;
        let mut whole: Option<(Command, Decision)> = None;
        let mut refused = None;
        let base = self.state.clone();
        for (n, effect) in effects.into_iter().enumerate() {
            let command = command_of(&cause, &effect);
            let mut entropy = instant.entropy;
            entropy[0] ^= u8::try_from(n % 256).unwrap_or(0);
            for (i, b) in cause.seq.to_le_bytes().iter().enumerate() {
                entropy[8 + i] ^= b;
            }
            let at = Instant { now: instant.now, entropy };
            match self.decide(&command, &at) {
                Ok(mut decision) => {
                    decision.pack = decision.pack.or(effect.pack);
                    if let Some((_, sum)) = &mut whole {
                        sum.changes.extend(decision.changes.iter().cloned());
                    } else {
                        whole = Some((command, decision.clone()));
                    }
                    self.provisional(&decision);
                }
                Err(r) => refused = refused.or(Some((command, r))),
            }
        }
        self.state = base;
        match (whole, refused) {
            (Some((command, decision)), _) => {
                self.commit(&command, decision, Some(cause), instant).map(|_| ())
            }
            (None, Some((command, r))) => self.refused(&command, cause, &r, instant),
            (None, None) => Ok(()),
        }
    }

    fn provisional(&mut self, decision: &Decision) {
        let header = Header {
            seq: self.state.seq() + 1,
            epoch: self.epoch,
            recorded_at: self.state.recorded_at(),
            class: decision.class,
            actor: Actor {
                principal: EntityId::new("urn:ngsi-ld:Engine:door"),
                right: None,
                via: Name::new("reactor"),
                remote: None,
            },
            command: Name::new("door.provisional"),
            idempotency_key: None,
            reacted_to: None,
            pack: None,
            outcome: Outcome::Accepted,
        };
        self.state.apply(&Commit { header, changes: decision.changes.clone(), frame: None });
    }

    fn refused(
        &mut self,
        command: &Command,
        cause: Cause,
        refusal: &Refusal,
        instant: &Instant,
    ) -> Result<(), Refusal> {
        tracing::warn!(command = %command.name, cause = cause.seq, reason = %refusal.reason, "effect refused");
        let header = Header {
            seq: self.state.seq() + 1,
            epoch: self.epoch,
            recorded_at: self.time(instant),
            class: Class::System,
            actor: command.permit.actor(),
            command: command.name.clone(),
            idempotency_key: None,
            reacted_to: Some(cause),
            pack: None,
            outcome: Outcome::Refused(Name::new(&refusal.reason)),
        };
        self.append(Commit { header, changes: vec![], frame: None }, instant).map(|_| ())
    }
}

fn command_of(cause: &Cause, effect: &Effect) -> Command {
    Command {
        name: effect.command.clone(),
        version: 1,
        body: effect.body.clone(),
        permit: Access::city(cause.engine.as_str(), effect.command.as_str()),
        idempotency_key: None,
        expected: vec![],
    }
}

fn disk(reason: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Unavailable,
        "",
        format!("磁盘不接受写入，已停止受理：{reason}"),
        format!("the disk does not accept writes, nothing is accepted any more: {reason}"),
    )
}

/// The rows of rights that the installed packs declare.
fn rights(state: &State) -> Access {
    let mut rows = Vec::new();
    for file in packs::section(state, "access") {
        match serde_yaml_ng::from_str::<Vec<access::Right>>(&file.text) {
            Ok(rights) => rows.extend(rights),
            Err(e) => tracing::error!(file = %file.path, reason = %e, "rights not readable"),
        }
    }
    Access::new(rows)
}

/// A command with a JSON body by the city's own leave; for installing and for the control socket.
#[must_use]
pub fn city_command(engine: &str, name: &str, body: Json) -> Command {
    Command {
        name: Name::new(name),
        version: 1,
        body: Body::Json(body),
        permit: Access::city(engine, name),
        idempotency_key: None,
        expected: vec![],
    }
}
