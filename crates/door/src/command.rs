//! What is asked of the city, and what it answers.

use access::Permit;
use model::{Class, EntityKey, Name, Observation, RawFrame, Seq};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// A command on its way to the pen. Serializable, so that another node can forward it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Command {
    /// `engine.verb`, for example `flow.dispatch`; the part before the dot chooses the engine.
    pub name: Name,
    /// Version of the body's form.
    pub version: u16,
    /// What is asked.
    pub body: Body,
    /// By whose leave.
    pub permit: Permit,
    /// Key under which a repetition is recognised, unique per principal.
    pub idempotency_key: Option<Name>,
    /// Versions that the entities must still have.
    pub expected: Vec<Expected>,
}

/// The body of a command.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Body {
    /// An engine's own form, as JSON.
    Json(Json),
    /// What a device's frame said, and the frame.
    Observed {
        /// The observations, already mapped.
        observations: Vec<Observation>,
        /// The frame as it is to be kept.
        frame: Option<RawFrame>,
    },
}

/// An entity that must not have changed since the caller saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Which entity.
    pub key: EntityKey,
    /// The version seen; 0 when it must not exist.
    pub version: Seq,
}

/// The answer to an accepted command: it is durable and applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The batch that holds it.
    pub seq: Seq,
    /// Whether the same command had been accepted before; nothing new was stored then.
    pub repeated: bool,
    /// What the engine answers beside (the id of a new case, a code).
    pub answer: Json,
}

/// Why a command was refused. Nothing of it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{kind:?}: {reason}")]
pub struct Refusal {
    /// What sort of refusal it is.
    pub kind: RefusalKind,
    /// Path of the field at fault, dotted; empty when it is none.
    pub field: String,
    /// The reason in words, Chinese.
    pub reason_zh: String,
    /// The reason in words, English.
    pub reason: String,
}

/// The sorts of refusal; each has one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefusalKind {
    /// 400: the input is malformed.
    Invalid,
    /// 403: no right, or the type belongs to another engine.
    Forbidden,
    /// 404: what it speaks of is not there.
    Missing,
    /// 409: changed since it was seen, exists already, or the state does not allow it.
    Conflict,
    /// 429: too much at once.
    Slow,
    /// 503: the pen does not accept (queue full, disk error).
    Unavailable,
}

impl Refusal {
    /// A refusal with its words in both languages.
    #[must_use]
    pub fn new(kind: RefusalKind, field: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { kind, field: field.to_owned(), reason_zh: zh.into(), reason: en.into() }
    }
}

/// What an engine decided: the changes to log and what to answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The changes, in order. None at all is accepted and logged as such only when `frame` is there.
    pub changes: Vec<model::Change>,
    /// How long the batch is kept.
    pub class: Class,
    /// The pack and version whose definition decided it.
    pub pack: Option<Name>,
    /// The frame to keep with it.
    pub frame: Option<RawFrame>,
    /// What to answer beside the sequence.
    pub answer: Json,
}

impl Decision {
    /// A governed decision with these changes and no answer.
    #[must_use]
    pub fn governed(changes: Vec<model::Change>) -> Self {
        Self { changes, class: Class::Governed, pack: None, frame: None, answer: Json::Null }
    }
}
