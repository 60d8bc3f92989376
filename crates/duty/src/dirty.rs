//! The marks of what a commit may have touched: written by the engine, taken by the shell.

use model::{EntityId, Name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Most cells that are marked one by one; beyond that everything is assessed.
const CELLS_MAX: usize = 100_000;

/// One duty on one subject of the city's own tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cell {
    /// Id of the duty.
    pub duty: Name,
    /// The subject.
    pub subject: EntityId,
}

/// What was taken: everything, or some cells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taken {
    /// Everything is to be assessed.
    pub all: bool,
    /// The cells to be assessed; of no meaning when `all` is set.
    pub cells: BTreeSet<Cell>,
}

impl Taken {
    /// What [`crate::assess`] takes: none for everything.
    #[must_use]
    pub fn cells(&self) -> Option<&BTreeSet<Cell>> {
        (!self.all).then_some(&self.cells)
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.all && self.cells.is_empty()
    }
}

/// A handle on the marks, shared between the engine (in the pen) and the shell.
#[derive(Clone, Debug, Default)]
pub struct Dirty(Arc<Mutex<Taken>>);

impl Dirty {
    /// Takes all marks; the shell assesses them on a snapshot that is at least as new. When that fails it
    /// gives them back.
    #[must_use]
    pub fn take(&self) -> Taken {
        std::mem::take(&mut *self.lock())
    }

    /// Gives back marks that could not be assessed.
    pub fn give_back(&self, taken: Taken) {
        let mut marks = self.lock();
        marks.all |= taken.all;
        marks.cells.extend(taken.cells);
        limit(&mut marks);
    }

    pub(crate) fn mark(&self, duty: &Name, subject: &EntityId) {
        let mut marks = self.lock();
        if !marks.all {
            marks.cells.insert(Cell { duty: duty.clone(), subject: subject.clone() });
            limit(&mut marks);
        }
    }

    pub(crate) fn mark_all(&self) {
        *self.lock() = Taken { all: true, cells: BTreeSet::new() };
    }

    pub(crate) fn peek(&self) -> Taken {
        self.lock().clone()
    }

    pub(crate) fn put(&self, taken: Taken) {
        *self.lock() = taken;
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Marks stay whole even when a holder panicked: every operation on them is one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn limit(marks: &mut Taken) {
    if marks.all || marks.cells.len() > CELLS_MAX {
        *marks = Taken { all: true, cells: BTreeSet::new() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_once_and_may_be_given_back() {
        let dirty = Dirty::default();
        let duty = Name::new("d");
        dirty.mark(&duty, &"urn:a:1".into());
        dirty.mark(&duty, &"urn:a:1".into());
        let taken = dirty.take();
        assert_eq!(taken.cells().unwrap().len(), 1);
        assert!(dirty.take().is_empty());
        dirty.mark(&duty, &"urn:a:2".into());
        dirty.give_back(taken);
        assert_eq!(dirty.peek().cells.len(), 2);
    }

    #[test]
    fn too_many_marks_become_all() {
        let dirty = Dirty::default();
        for n in 0..=CELLS_MAX {
            dirty.mark(&Name::new("d"), &EntityId::new(format!("urn:a:{n}")));
        }
        let taken = dirty.take();
        assert!(taken.all && taken.cells().is_none() && taken.cells.is_empty());
    }
}
