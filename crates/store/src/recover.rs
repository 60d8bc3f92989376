//! Opening a city: the newest savepoint, then the log since.

use crate::disk::Disk;
use crate::log::{Log, LogError, LogOptions, Opened};
use crate::savepoint::{self, EngineState, SavepointError};
use crate::state::{Declaration, State};
use model::Seq;
use std::ops::ControlFlow;

/// How a city is opened.
#[derive(Clone, Debug, Default)]
pub struct CityOptions {
    /// Sizes of the log.
    pub log: LogOptions,
    /// What the schemas declare. Given here it holds for the replay too, so that versions and indexes are whole
    /// from the first commit on.
    pub declarations: Vec<Declaration>,
}

/// What opening a city did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Position of the savepoint that was used; 0 without one.
    pub savepoint_seq: Seq,
    /// Newer savepoints that could not be read, and why.
    pub savepoints_refused: Vec<SavepointError>,
    /// Commits applied from the log.
    pub replayed: u64,
    /// What opening the log found, with the bytes of a torn tail that were cut.
    pub log: Opened,
}

/// Why a city cannot be opened. Nothing has been changed except a torn tail that was cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoverError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The savepoints cannot be listed.
    #[error(transparent)]
    Savepoint(#[from] SavepointError),
    /// The log ends before the savepoint that was made from it: a part of it is lost.
    #[error("log ends at {last} before the savepoint at {savepoint}: restore the log from a backup")]
    LogBehind {
        /// Last commit of the log.
        last: Seq,
        /// Position of the savepoint.
        savepoint: Seq,
    },
    /// Commits between the savepoint and the log are missing.
    #[error("log begins at {first} after the savepoint at {savepoint}: commits between them are missing")]
    Gap {
        /// First commit of the log.
        first: Seq,
        /// Position of the savepoint, 0 when none could be read.
        savepoint: Seq,
    },
}

/// A city as it was left: state, engine states of the savepoint, the log, and what was done.
pub type Recovered<D> = (State, Vec<EngineState>, Log<D>, Recovery);

/// Short for what opening gives.
pub type Opening<D> = Result<Recovered<D>, RecoverError>;

/// Opens a city with the usual sizes and the declarations that its savepoint has.
///
/// An engine's state is as old as its cursor: step it over the log from there
/// (`log.read_from(cursor + 1, …)`), without letting it act on what `State::reaction` already answers.
///
/// # Errors
/// `RecoverError`: nothing is opened beyond damage.
pub fn open_city<D: Disk>(disk: D) -> Opening<D> {
    open_city_with(disk, &CityOptions::default())
}

/// Opens a city with declarations and sizes.
///
/// # Errors
/// As `open_city`.
pub fn open_city_with<D: Disk>(disk: D, options: &CityOptions) -> Opening<D> {
    let loaded = savepoint::load(&disk)?;
    let mut state = loaded.state;
    options.declarations.iter().for_each(|d| state.declare(d));
    let (log, opened) = Log::open(disk, options.log)?;
    let savepoint = state.seq();
    if opened.last_seq < savepoint {
        return Err(RecoverError::LogBehind { last: opened.last_seq, savepoint });
    }
    let lacks_savepoint = savepoint == 0 && loaded.refused.is_empty();
    if !lacks_savepoint && opened.last_seq > savepoint && opened.first_seq > savepoint + 1 {
        return Err(RecoverError::Gap { first: opened.first_seq, savepoint });
    }
    let mut replayed = 0;
    log.read_from(savepoint + 1, &mut |commit| {
        state.apply(&commit);
        replayed += 1;
        ControlFlow::Continue(())
    })?;
    let report =
        Recovery { savepoint_seq: savepoint, savepoints_refused: loaded.refused, replayed, log: opened };
    Ok((state, loaded.engines, log, report))
}

#[cfg(test)]
#[path = "recover_tests.rs"]
mod tests;
