//! The marks of what a commit may have touched: written by the engine, taken by the shell.

use model::{EntityId, Name, Seq, Time};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
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
pub struct Dirty(Arc<Mutex<Marks>>);

/// Each mark with the last commit that made it.
#[derive(Debug, Default)]
struct Marks {
    all: Option<Seq>,
    cells: BTreeMap<Cell, Seq>,
    up_since: Time,
}

impl Dirty {
    /// Takes all marks, also those of commits that no snapshot shows yet.
    #[must_use]
    pub fn take(&self) -> Taken {
        self.take_until(Seq::MAX)
    }

    /// Takes the marks that a snapshot at `seq` can answer; those of later commits stay. When assessing
    /// fails the shell gives them back.
    #[must_use]
    pub fn take_until(&self, seq: Seq) -> Taken {
        let marks = &mut *self.lock();
        let all = marks.all.is_some_and(|s| s <= seq);
        if all {
            marks.all = None;
        }
        let later = marks.cells.iter().filter(|(_, s)| **s > seq).map(|(c, s)| (c.clone(), *s)).collect();
        let mut taken = std::mem::replace(&mut marks.cells, later);
        taken.retain(|_, s| *s <= seq);
        let cells = if all { BTreeSet::new() } else { taken.into_keys().collect() };
        Taken { all, cells }
    }

    /// When the city last began to listen; what [`crate::assess`] takes for grace after downtime.
    #[must_use]
    pub fn up_since(&self) -> Time {
        self.lock().up_since
    }

    /// Gives back marks that could not be assessed.
    pub fn give_back(&self, taken: Taken) {
        let mut marks = self.lock();
        if taken.all {
            marks.mark_all(0);
        }
        for cell in taken.cells {
            marks.mark(cell, 0);
        }
    }

    pub(crate) fn mark(&self, duty: &Name, subject: &EntityId, seq: Seq) {
        self.lock().mark(Cell { duty: duty.clone(), subject: subject.clone() }, seq);
    }

    pub(crate) fn mark_all(&self, seq: Seq) {
        self.lock().mark_all(seq);
    }

    /// The city began to listen: time has passed, so every cell may have turned.
    pub(crate) fn started(&self, at: Time, seq: Seq) {
        let mut marks = self.lock();
        marks.up_since = at;
        marks.mark_all(seq);
    }

    /// The marks as they are to be saved.
    pub(crate) fn peek(&self) -> Taken {
        let marks = self.lock();
        Taken { all: marks.all.is_some(), cells: marks.cells.keys().cloned().collect() }
    }

    pub(crate) fn put(&self, taken: Taken, up_since: Time) {
        *self.lock() = Marks { up_since, ..Marks::default() };
        self.give_back(taken);
    }

    fn lock(&self) -> MutexGuard<'_, Marks> {
        // Marks stay whole even when a holder panicked: every operation on them is one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Marks {
    fn mark(&mut self, cell: Cell, seq: Seq) {
        if let Some(all) = &mut self.all {
            *all = seq.max(*all);
            return;
        }
        let last = self.cells.entry(cell).or_default();
        *last = seq.max(*last);
        if self.cells.len() > CELLS_MAX {
            let newest = self.cells.values().max().copied().unwrap_or(seq);
            self.mark_all(newest);
        }
    }

    fn mark_all(&mut self, seq: Seq) {
        let newest = self.cells.values().max().copied().unwrap_or(0);
        self.cells.clear();
        self.all = Some(seq.max(newest).max(self.all.unwrap_or(0)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_once_and_may_be_given_back() {
        let dirty = Dirty::default();
        let duty = Name::new("d");
        dirty.mark(&duty, &"urn:a:1".into(), 1);
        dirty.mark(&duty, &"urn:a:1".into(), 1);
        let taken = dirty.take();
        assert_eq!(taken.cells().unwrap().len(), 1);
        assert!(dirty.take().is_empty());
        dirty.mark(&duty, &"urn:a:2".into(), 2);
        dirty.give_back(taken);
        assert_eq!(dirty.peek().cells.len(), 2);
    }

    #[test]
    fn too_many_marks_become_all() {
        let dirty = Dirty::default();
        for n in 0..=CELLS_MAX {
            dirty.mark(&Name::new("d"), &EntityId::new(format!("urn:a:{n}")), 7);
        }
        let taken = dirty.take();
        assert!(taken.all && taken.cells().is_none() && taken.cells.is_empty());
    }

    #[test]
    fn a_mark_waits_for_a_snapshot_that_shows_its_commit() {
        let dirty = Dirty::default();
        let duty = Name::new("d");
        let subjects = |taken: Taken| taken.cells.iter().map(|c| c.subject.to_string()).collect::<Vec<_>>();
        for (subject, seq) in [("urn:a:1", 3), ("urn:a:2", 4), ("urn:a:3", 5), ("urn:a:1", 6)] {
            dirty.mark(&duty, &subject.into(), seq);
        }
        assert_eq!(subjects(dirty.take_until(4)), ["urn:a:2"]);
        assert_eq!(subjects(dirty.take_until(5)), ["urn:a:3"]);
        assert_eq!(subjects(dirty.take_until(6)), ["urn:a:1"]);
        dirty.mark_all(8);
        dirty.mark(&duty, &"urn:a:1".into(), 9);
        assert!(dirty.take_until(8).is_empty());
        let taken = dirty.take_until(9);
        assert!(taken.all && dirty.take().is_empty());
        dirty.give_back(taken);
        assert!(dirty.take_until(0).all);
    }
}
