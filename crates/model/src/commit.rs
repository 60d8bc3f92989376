//! A commit: one accepted batch in the log, with the header that is its audit.

use crate::{Change, EntityId, Epoch, Name, RawFrame, Seq, Time};
use serde::{Deserialize, Serialize};

/// How long a record is kept (house decision 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Class {
    /// Device readings: kept until history has sealed them.
    Telemetry = 1,
    /// Decisions, cases, grants, registers: kept for ever.
    Governed = 2,
    /// Reads of personal attributes: kept for ever.
    Audit = 3,
    /// Ticks, starts, outcomes of refused effects.
    System = 4,
}

/// Who did it, by which right, from where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The person, device or engine.
    pub principal: EntityId,
    /// The row of rights that allowed it; none for the city's own engines.
    pub right: Option<Name>,
    /// `session`, `token`, `device`, `reactor`, `console`, `public`.
    pub via: Name,
    /// Address of the other side, when there is one.
    pub remote: Option<Name>,
}

/// The commit and engine that a batch is a reaction to; with that pair a batch is unique.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cause {
    /// The commit reacted to.
    pub seq: Seq,
    /// The engine that reacted.
    pub engine: Name,
}

/// What became of the command, when not plainly accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Its changes stand in the batch.
    Accepted,
    /// A reaction's effect was refused, with the reason; the batch changes nothing.
    Refused(Name),
    /// The log was opened again; seconds since the last batch.
    Started {
        /// Seconds between the last batch and this start.
        gap_s: u64,
    },
    /// Time passed with a timer due.
    Tick,
}

/// The header of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Its number.
    pub seq: Seq,
    /// Epoch of the pen.
    pub epoch: Epoch,
    /// When the pen accepted it; never decreases.
    pub recorded_at: Time,
    /// How long it is kept.
    pub class: Class,
    /// Who did it.
    pub actor: Actor,
    /// Name of the command.
    pub command: Name,
    /// Key under which a repeated command is recognised.
    pub idempotency_key: Option<Name>,
    /// What it reacts to.
    pub reacted_to: Option<Cause>,
    /// Pack and version whose rule, flow or duty made it (`case@0.1.0`).
    pub pack: Option<Name>,
    /// What became of it.
    pub outcome: Outcome,
}

/// One accepted batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Commit {
    /// Its header.
    pub header: Header,
    /// What it changes, in order.
    pub changes: Vec<Change>,
    /// The frame that brought it, when a device did.
    pub frame: Option<RawFrame>,
}

impl Commit {
    /// Its number.
    #[must_use]
    pub fn seq(&self) -> Seq {
        self.header.seq
    }

    /// When it was accepted.
    #[must_use]
    pub fn at(&self) -> Time {
        self.header.recorded_at
    }
}
