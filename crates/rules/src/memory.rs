//! What the engine remembers between commits, and its saved form.

use model::{EntityId, EntityKey, Name, Seq, Time};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Version of the saved form.
const VERSION: u32 = 1;

/// One rule on one subject. Sorted by subject, so that all of a subject are found together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Cell {
    pub(crate) subject: EntityKey,
    pub(crate) rule: Name,
}

/// A span in which a value stands beyond its limit, kept until it is well within again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Episode {
    /// First reading beyond the limit.
    pub(crate) since: Time,
    /// Whether an alert was asked for; an episode asks once, also when a person has cleared its alert.
    pub(crate) raised: bool,
}

/// An alert that stands, or was asked for and waits for its batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// Id of the alert, in the subject's tenant.
    pub(crate) alert: EntityId,
    /// The commit for which it was asked.
    pub(crate) cause: Seq,
    /// Whether the alert was seen in the state.
    pub(crate) confirmed: bool,
    /// The commit for which its end was asked.
    pub(crate) clearing: Option<Seq>,
}

/// The engine's state.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Memory {
    /// Fingerprints of the rules that were in force last.
    pub(crate) known: BTreeMap<Name, u64>,
    /// Values beyond their limit.
    pub(crate) episodes: BTreeMap<Cell, Episode>,
    standing: BTreeMap<Cell, Standing>,
    due: BTreeMap<Cell, Time>,
    // Derived from the maps above.
    timers: BTreeSet<(Time, Cell)>,
    alerts: BTreeMap<EntityKey, Cell>,
    open: BTreeMap<Seq, BTreeSet<Cell>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    version: u32,
    known: BTreeMap<Name, u64>,
    episodes: Vec<(Cell, Episode)>,
    standing: Vec<(Cell, Standing)>,
    due: Vec<(Cell, i64)>,
}

impl Memory {
    // Timers of silence.

    pub(crate) fn arm(&mut self, cell: &Cell, due: Time) {
        if let Some(before) = self.due.insert(cell.clone(), due) {
            if before == due {
                return;
            }
            self.timers.remove(&(before, cell.clone()));
        }
        self.timers.insert((due, cell.clone()));
    }

    pub(crate) fn disarm(&mut self, cell: &Cell) {
        if let Some(due) = self.due.remove(cell) {
            self.timers.remove(&(due, cell.clone()));
        }
    }

    pub(crate) fn armed(&self, cell: &Cell) -> bool {
        self.due.contains_key(cell)
    }

    pub(crate) fn next_due(&self) -> Option<Time> {
        self.timers.first().map(|(t, _)| *t)
    }

    /// Takes out the earliest timer that is due.
    pub(crate) fn pop_due(&mut self, now: Time) -> Option<(Time, Cell)> {
        if self.next_due()? > now {
            return None;
        }
        let (due, cell) = self.timers.pop_first()?;
        self.due.remove(&cell);
        Some((due, cell))
    }

    pub(crate) fn armed_cells(&self) -> Vec<(Cell, Time)> {
        self.due.iter().map(|(c, t)| (c.clone(), *t)).collect()
    }

    // Alerts that stand.

    pub(crate) fn standing(&self, cell: &Cell) -> Option<&Standing> {
        self.standing.get(cell)
    }

    pub(crate) fn stand(&mut self, cell: &Cell, standing: Standing) {
        self.fall(cell);
        let key = EntityKey { tenant: cell.subject.tenant.clone(), id: standing.alert.clone() };
        self.alerts.insert(key, cell.clone());
        if !standing.confirmed {
            self.open.entry(standing.cause).or_default().insert(cell.clone());
        }
        if let Some(cause) = standing.clearing {
            self.open.entry(cause).or_default().insert(cell.clone());
        }
        self.standing.insert(cell.clone(), standing);
    }

    pub(crate) fn fall(&mut self, cell: &Cell) -> Option<Standing> {
        let before = self.standing.remove(cell)?;
        self.alerts.remove(&EntityKey { tenant: cell.subject.tenant.clone(), id: before.alert.clone() });
        Some(before)
    }

    /// The cell of an alert that stands.
    pub(crate) fn of_alert(&self, alert: &EntityKey) -> Option<&Cell> {
        self.alerts.get(alert)
    }

    /// Marks that the end of an alert was asked for.
    pub(crate) fn clearing(&mut self, cell: &Cell, cause: Seq) {
        if let Some(s) = self.standing.get_mut(cell) {
            s.clearing = Some(cause);
            self.open.entry(cause).or_default().insert(cell.clone());
        }
    }

    /// Takes note of the batch that answers a cause: what it did not do was refused. Gives the cells whose
    /// alert was refused.
    pub(crate) fn settle(&mut self, cause: Seq) -> Vec<Cell> {
        let mut refused = Vec::new();
        for cell in self.open.remove(&cause).unwrap_or_default() {
            let Some(s) = self.standing.get_mut(&cell) else { continue };
            if s.clearing == Some(cause) {
                s.clearing = None;
            }
            if s.cause == cause && !s.confirmed {
                self.fall(&cell);
                refused.push(cell);
            }
        }
        refused
    }

    /// The causes whose batch has not been seen.
    pub(crate) fn unanswered(&self) -> Vec<Seq> {
        self.open.keys().copied().collect()
    }

    pub(crate) fn standing_count(&self) -> usize {
        self.standing.len()
    }

    /// Every cell that anything is remembered of.
    pub(crate) fn cells(&self) -> BTreeSet<Cell> {
        self.episodes.keys().chain(self.standing.keys()).chain(self.due.keys()).cloned().collect()
    }

    /// Every cell of a subject that anything is remembered of.
    pub(crate) fn of_subject(&self, subject: &EntityKey) -> BTreeSet<Cell> {
        let from = Cell { subject: subject.clone(), rule: Name::new("") };
        let own = |c: &&Cell| c.subject == *subject;
        let episodes = self.episodes.range(from.clone()..).map(|(c, _)| c).take_while(own);
        let standing = self.standing.range(from.clone()..).map(|(c, _)| c).take_while(own);
        let due = self.due.range(from..).map(|(c, _)| c).take_while(own);
        episodes.chain(standing).chain(due).cloned().collect()
    }

    // The saved form.

    /// JSON with a version.
    pub(crate) fn save(&self) -> Vec<u8> {
        let saved = Saved {
            version: VERSION,
            known: self.known.clone(),
            episodes: self.episodes.iter().map(|(c, e)| (c.clone(), *e)).collect(),
            standing: self.standing.iter().map(|(c, s)| (c.clone(), s.clone())).collect(),
            due: self.due.iter().map(|(c, t)| (c.clone(), t.micros())).collect(),
        };
        serde_json::to_vec(&saved).unwrap_or_default()
    }

    pub(crate) fn load(bytes: &[u8]) -> Result<Self, String> {
        let saved: Saved =
            serde_json::from_slice(bytes).map_err(|e| format!("state of rules not readable: {e}"))?;
        if saved.version != VERSION {
            return Err(format!("state of rules has version {}, known is {VERSION}", saved.version));
        }
        let mut memory =
            Self { known: saved.known, episodes: saved.episodes.into_iter().collect(), ..Self::default() };
        for (cell, standing) in saved.standing {
            memory.stand(&cell, standing);
        }
        for (cell, due) in saved.due {
            memory.arm(&cell, Time(due));
        }
        Ok(memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(subject: &str, rule: &str) -> Cell {
        Cell { subject: EntityKey::city(subject), rule: Name::new(rule) }
    }

    fn asked(alert: &str, cause: Seq) -> Standing {
        Standing { alert: EntityId::new(alert), cause, confirmed: false, clearing: None }
    }

    #[test]
    fn timers_come_out_in_the_order_of_their_time() {
        let mut m = Memory::default();
        m.arm(&cell("urn:a:1", "q"), Time(30));
        m.arm(&cell("urn:a:2", "q"), Time(20));
        m.arm(&cell("urn:a:1", "q"), Time(10));
        m.arm(&cell("urn:a:3", "q"), Time(15));
        m.disarm(&cell("urn:a:3", "q"));
        assert_eq!(m.next_due(), Some(Time(10)));
        assert_eq!(m.pop_due(Time(9)), None);
        let out: Vec<_> = std::iter::from_fn(|| m.pop_due(Time(25))).map(|(t, _)| t.0).collect();
        assert_eq!(out, [10, 20]);
        assert!(!m.armed(&cell("urn:a:1", "q")) && m.next_due().is_none());
    }

    #[test]
    fn a_batch_settles_what_was_asked_for() {
        let mut m = Memory::default();
        m.stand(&cell("urn:a:1", "q"), asked("urn:x:1", 5));
        m.stand(&cell("urn:a:2", "q"), Standing { confirmed: true, ..asked("urn:x:2", 3) });
        m.clearing(&cell("urn:a:2", "q"), 5);
        assert_eq!(m.settle(4), []);
        assert_eq!(m.settle(5), [cell("urn:a:1", "q")]);
        assert_eq!(m.standing(&cell("urn:a:1", "q")), None);
        assert_eq!(m.standing(&cell("urn:a:2", "q")).unwrap().clearing, None);
        assert_eq!(m.of_alert(&EntityKey::city("urn:x:2")), Some(&cell("urn:a:2", "q")));
        assert_eq!(m.of_alert(&EntityKey::city("urn:x:1")), None);
    }

    #[test]
    fn all_of_a_subject_are_found_together() {
        let mut m = Memory::default();
        m.arm(&cell("urn:a:1", "q"), Time(1));
        m.arm(&cell("urn:a:11", "q"), Time(1));
        m.episodes.insert(cell("urn:a:1", "h"), Episode { since: Time(1), raised: false });
        m.stand(&cell("urn:a:1", "h"), asked("urn:x:1", 1));
        let found: Vec<_> =
            m.of_subject(&EntityKey::city("urn:a:1")).into_iter().map(|c| c.rule.to_string()).collect();
        assert_eq!(found, ["h", "q"]);
    }

    #[test]
    fn what_is_saved_comes_back_to_the_microsecond() {
        let mut m = Memory::default();
        m.known.insert(Name::new("q"), u64::MAX);
        m.arm(&cell("urn:a:1", "q"), Time(1_234_567));
        m.stand(&cell("urn:a:2", "h"), Standing { clearing: Some(9), ..asked("urn:x:1", 7) });
        m.episodes.insert(cell("urn:a:2", "h"), Episode { since: Time::from_millis(5), raised: true });
        assert_eq!(Memory::load(&m.save()).unwrap(), m);
        assert!(Memory::load(b"{}").is_err());
        let next = String::from_utf8(m.save()).unwrap().replace("\"version\":1", "\"version\":2");
        assert!(Memory::load(next.as_bytes()).unwrap_err().contains("version 2"));
    }

    #[test]
    fn the_first_saved_form_is_still_read() {
        let text = r#"{"version":1,"known":{"q":7},"episodes":[],"standing":[],"due":[[{"subject":{"tenant":"","id":"urn:a:1"},"rule":"q"},60000000]]}"#;
        let m = Memory::load(text.as_bytes()).unwrap();
        assert_eq!((m.next_due(), m.known.get("q")), (Some(Time::from_secs(60)), Some(&7)));
    }
}
