//! The reactor: engines follow applied commits in order; what they ask for waits here until it becomes
//! a batch of its own.

use crate::{Effect, Engine, Moment};
use model::{Cause, Commit, Name, Seq, Time};
use std::collections::VecDeque;

/// Most reactions that may wait; a rule that feeds itself is stopped here.
const WAITING_MAX: usize = 100_000;

/// What one engine asked for in answer to one commit.
pub(crate) struct Reaction {
    pub(crate) cause: Cause,
    pub(crate) effects: Vec<Effect>,
}

/// The engines and what waits.
pub struct Reactor {
    engines: Vec<Box<dyn Engine>>,
    waiting: VecDeque<Reaction>,
}

impl Reactor {
    /// A reactor over these engines; they step in this order.
    #[must_use]
    pub fn new(engines: Vec<Box<dyn Engine>>) -> Self {
        Self { engines, waiting: VecDeque::new() }
    }

    pub(crate) fn engine(&self, name: &str) -> Option<&dyn Engine> {
        self.engines.iter().find(|e| e.name() == name).map(|e| &**e)
    }

    pub(crate) fn step(&mut self, moment: &Moment<'_>, commit: &Commit) {
        for engine in &mut self.engines {
            let effects = engine.step(moment, commit);
            if effects.is_empty() {
                continue;
            }
            if self.waiting.len() >= WAITING_MAX {
                tracing::error!(engine = engine.name(), "too many reactions wait, this one is dropped");
                continue;
            }
            let cause = Cause { seq: commit.seq(), engine: Name::new(engine.name()) };
            self.waiting.push_back(Reaction { cause, effects });
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Reaction> {
        self.waiting.pop_front()
    }

    /// Drops the reactions that a log already holds; used while replaying.
    pub(crate) fn settle(&mut self, cause: &Cause) {
        self.waiting.retain(|r| r.cause != *cause);
    }

    pub(crate) fn next_due(&self) -> Option<Time> {
        self.engines.iter().filter_map(|e| e.next_due()).min()
    }

    pub(crate) fn save(&self, at: Seq) -> Vec<(Name, Seq, Vec<u8>)> {
        self.engines.iter().map(|e| (Name::new(e.name()), at, e.save())).collect()
    }

    pub(crate) fn load(&mut self, name: &str, bytes: &[u8]) -> Result<(), String> {
        self.engines.iter_mut().find(|e| e.name() == name).map_or(Ok(()), |e| e.load(bytes))
    }
}
