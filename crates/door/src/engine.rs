//! The form of an engine: a step function and a decision function, without clock, I/O or randomness.

use crate::{Body, Command, Decision, Refusal};
use model::{Commit, Name, Time};
use store::State;

/// Where the city stands when an engine is asked.
pub struct Moment<'a> {
    /// State of everything accepted so far.
    pub state: &'a State,
    /// The time that a batch decided now will carry.
    pub now: Time,
    /// 32 random bytes for new ids and codes, given by the shell; unused on replay.
    pub entropy: [u8; 32],
}

/// What an engine asks for in answer to a commit. It becomes a command of its own, in a later batch.
#[derive(Clone, Debug)]
pub struct Effect {
    /// Name of the command, `engine.verb`.
    pub command: Name,
    /// Its body.
    pub body: Body,
    /// The pack and version whose rule asks for it (`case@0.1.0`).
    pub pack: Option<Name>,
}

/// An engine of layer 3.
///
/// The pen calls `step` once for every applied commit, in order, also again after a restart from its
/// saved state; what it returns then is dropped when the log already holds the reaction.
pub trait Engine: Send {
    /// The word before the dot in the names of its commands, and the `writer` of its types.
    fn name(&self) -> &'static str;

    /// Decides a command against the state. Pure.
    ///
    /// # Errors
    /// The reason in words, with the field at fault.
    fn decide(&self, at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal>;

    /// Follows one applied commit; `at.state` is the state right after it.
    fn step(&mut self, at: &Moment<'_>, commit: &Commit) -> Vec<Effect>;

    /// When its next timer is due; a `Tick` commit is appended once that time has come.
    fn next_due(&self) -> Option<Time> {
        None
    }

    /// Its own state, to be kept in a savepoint.
    fn save(&self) -> Vec<u8>;

    /// Takes back what `save` wrote.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    fn load(&mut self, bytes: &[u8]) -> Result<(), String>;
}
