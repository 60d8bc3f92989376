//! Recovery: the newest savepoint, then the log since; every engine steps again, and what it asks for is
//! dropped when the log already holds that reaction.

use crate::reactor::Reactor;
use crate::seal::Vault;
use crate::{Engine, Moment, Pen, Schemas, packs, pen::Instant};
use std::ops::ControlFlow;
use store::savepoint::{self, SavepointError};
use store::{Disk, Log, LogError, LogOptions};

/// What recovery found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Position of the savepoint; 0 when there was none.
    pub savepoint: u64,
    /// Commits replayed after it.
    pub replayed: u64,
    /// Bytes of a torn tail that were cut.
    pub cut_bytes: u64,
}

/// Why a city cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The log.
    #[error("log: {0}")]
    Log(#[from] LogError),
    /// The savepoint.
    #[error("savepoint: {0}")]
    Savepoint(#[from] SavepointError),
    /// An engine's saved state.
    #[error("engine {0}: saved state not readable: {1}")]
    Engine(String, String),
    /// The first batches of this run.
    #[error("cannot start: {0}")]
    Start(#[from] crate::Refusal),
}

/// Opens the city on a disk: recovers, appends `Started`, and finishes the reactions that a crash cut off.
///
/// # Errors
/// What is damaged and where. Nothing is ever skipped in silence.
pub fn open<D: Disk + Clone>(
    disk: D,
    options: LogOptions,
    engines: Vec<Box<dyn Engine>>,
    vault: Box<dyn Vault>,
    instant: &Instant,
) -> Result<(Pen<D>, Recovered), OpenError> {
    let mut reactor = Reactor::new(engines);
    let loaded = savepoint::load(&disk)?;
    for refused in &loaded.refused {
        tracing::error!(reason = %refused, "savepoint passed over, the one before it is used");
    }
    let mut state = loaded.state;
    let mut found = Recovered { savepoint: state.seq(), ..Recovered::default() };
    for (name, _, bytes) in &loaded.engines {
        reactor.load(name.as_str(), bytes).map_err(|e| OpenError::Engine(name.to_string(), e))?;
    }
    Schemas::read(&state).declare(&mut state);
    let (log, opened) = Log::open(disk, options)?;
    found.cut_bytes = opened.cut_bytes;
    log.read_from(state.seq() + 1, &mut |commit| {
        if let Some(cause) = &commit.header.reacted_to {
            reactor.settle(cause);
        }
        state.apply(&commit);
        if packs::installs(&commit) {
            Schemas::read(&state).declare(&mut state);
        }
        reactor.step(&Moment { state: &state, now: commit.at(), entropy: [0; 32] }, &commit);
        found.replayed += 1;
        ControlFlow::Continue(())
    })?;
    let mut pen = Pen::new(log, state, reactor, vault);
    pen.react(instant);
    pen.start(instant)?;
    Ok((pen, found))
}
