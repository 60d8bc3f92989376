//! The engine: it only marks what a commit may have touched.

use crate::decide;
use crate::definitions::Definitions;
use crate::dirty::{Dirty, Taken};
use door::{Command, Decision, Effect, Engine, Moment, Refusal, packs};
use model::{Change, Commit, EntityKey, Outcome, Tenant, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Version of the saved form.
const VERSION: u32 = 1;
/// Entities that decide who bears a duty: a change of one concerns every cell.
const BEARING: [&str; 2] = ["urn:ngsi-ld:Binding:", "urn:ngsi-ld:Area:"];

/// The engine of duties.
#[derive(Debug)]
pub struct Duty {
    definitions: Option<Definitions>,
    dirty: Dirty,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    version: u32,
    up_since: i64,
    dirty: Taken,
}

impl Duty {
    /// An engine that has seen nothing yet; all cells are marked.
    #[must_use]
    pub fn new() -> Self {
        let dirty = Dirty::default();
        dirty.mark_all(0);
        Self { definitions: None, dirty }
    }

    /// The handle by which the shell takes the marks, also once the engine is in the pen.
    #[must_use]
    pub fn dirty(&self) -> Dirty {
        self.dirty.clone()
    }

    fn follow(&self, at: &Moment<'_>, definitions: &Definitions, change: &Change) {
        let EntityKey { tenant, id } = change.key();
        let seq = at.state.seq();
        if *tenant != Tenant::city() {
            return;
        }
        if BEARING.iter().any(|prefix| id.as_str().starts_with(prefix)) {
            return self.dirty.mark_all(seq);
        }
        match change {
            // Of a removed entity nothing is known any more; a mark without a row costs nothing.
            Change::Delete { .. } => definitions.all().for_each(|d| self.dirty.mark(&d.id, id, seq)),
            Change::Create { types, .. } => {
                let kind = types.first().map_or("", |t| t.as_str());
                definitions.of_type(kind).iter().for_each(|d| self.dirty.mark(&d.id, id, seq));
            }
            Change::Set { attributes, .. } => {
                let names = attributes.iter().map(|a| a.name.as_str());
                self.touched(at, definitions, change.key(), names);
            }
            Change::Unset { attributes, .. } => {
                let names = attributes.iter().map(|(n, _)| n.as_str());
                self.touched(at, definitions, change.key(), names);
            }
        }
    }

    fn touched<'a>(
        &self,
        at: &Moment<'_>,
        definitions: &Definitions,
        key: &EntityKey,
        names: impl Iterator<Item = &'a str>,
    ) {
        let mut kind = None;
        for name in names {
            for definition in definitions.watching(name) {
                let kind = *kind.get_or_insert_with(|| at.state.get(key).map_or("", |e| e.kind()));
                if definition.evidence.types.iter().any(|t| *t == kind) {
                    self.dirty.mark(&definition.id, &key.id, at.state.seq());
                }
            }
        }
    }
}

impl Default for Duty {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine for Duty {
    fn name(&self) -> &'static str {
        "duty"
    }

    fn decide(&self, at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
        let read;
        let definitions = match &self.definitions {
            Some(definitions) => definitions,
            None => {
                read = Definitions::read(at.state);
                &read
            }
        };
        decide::decide(at, command, definitions)
    }

    fn step(&mut self, at: &Moment<'_>, commit: &Commit) -> Vec<Effect> {
        if self.definitions.is_none() || packs::installs(commit) {
            self.definitions = Some(Definitions::read(at.state));
        }
        if packs::installs(commit) {
            self.dirty.mark_all(commit.seq());
        }
        if matches!(commit.header.outcome, Outcome::Started { .. }) {
            self.dirty.started(commit.at(), commit.seq());
        }
        if let Some(definitions) = &self.definitions {
            commit.changes.iter().for_each(|change| self.follow(at, definitions, change));
        }
        Vec::new()
    }

    fn save(&self) -> Vec<u8> {
        let saved =
            Saved { version: VERSION, up_since: self.dirty.up_since().micros(), dirty: self.dirty.peek() };
        serde_json::to_vec(&saved).unwrap_or_default()
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let saved: Saved =
            serde_json::from_slice(bytes).map_err(|e| format!("state of duty not readable: {e}"))?;
        if saved.version != VERSION {
            return Err(format!("state of duty has version {}, known is {VERSION}", saved.version));
        }
        self.dirty.put(saved.dirty, Time(saved.up_since));
        self.definitions = None;
        Ok(())
    }
}

/// The duties and subjects that are marked, for a test or a log line.
impl std::fmt::Display for Taken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let duties: BTreeSet<&str> = self.cells.iter().map(|c| c.duty.as_str()).collect();
        if self.all {
            f.write_str("all cells")
        } else {
            write!(f, "{} cells of {} duties", self.cells.len(), duties.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{FRESH, LINKED, Pen, num, text};
    use model::{Attribute, Name, Value};

    fn yard() -> Pen {
        let mut pen = Pen::new();
        pen.install(&[("a", FRESH), ("b", LINKED)]);
        pen.pump("1", "north");
        pen.pump("2", "north");
        let taken = pen.dirty.take();
        assert!(taken.all, "an installed pack marks everything");
        pen
    }

    fn marks(pen: &Pen) -> Vec<String> {
        let taken = pen.dirty.take();
        if taken.all {
            return vec!["all".into()];
        }
        taken
            .cells
            .iter()
            .map(|c| format!("{} {}", c.duty, c.subject.as_str().rsplit(':').next().unwrap()))
            .collect()
    }

    #[test]
    fn a_change_marks_only_what_it_can_touch() {
        let mut pen = yard();
        let now = pen.now;
        let cases: [(&str, Value, &[&str]); 6] = [
            ("last_report_at", Value::Time(now), &["YT.16.1.1 1"]),
            ("promise_minutes", num(5.0), &["YT.16.1.1 1"]),
            ("link", text("connected"), &["YT.17.1.1 1"]),
            ("name", text("泵"), &["YT.16.1.1 1", "YT.17.1.1 1"]),
            ("area", Value::Id("urn:ngsi-ld:Area:x".into()), &["YT.16.1.1 1", "YT.17.1.1 1"]),
            ("colour", text("red"), &[]),
        ];
        for (name, value, want) in cases {
            pen.set("1", vec![Attribute::new(name, value)]);
            assert_eq!(marks(&pen), want, "{name}");
        }
        let other = Attribute::new("last_report_at", Value::Time(now));
        pen.accept(vec![Change::Create {
            key: EntityKey::city("urn:ngsi-ld:Lamp:1"),
            types: vec![Name::new("Lamp")],
            attributes: vec![other.clone()],
        }]);
        pen.accept(vec![Change::Set { key: EntityKey::city("urn:ngsi-ld:Lamp:1"), attributes: vec![other] }]);
        assert!(marks(&pen).is_empty());
        pen.accept(vec![Change::Unset {
            key: crate::pen::pump("2"),
            attributes: vec![("link".into(), None)],
        }]);
        assert_eq!(marks(&pen), ["YT.17.1.1 2"]);
        pen.accept(vec![Change::Delete { key: crate::pen::pump("2") }]);
        assert_eq!(marks(&pen), ["YT.16.1.1 2", "YT.17.1.1 2"]);
    }

    #[test]
    fn who_bears_concerns_every_cell() {
        let mut pen = yard();
        pen.binding("1", "eco", "b", None, ["2020-01-01", ""]);
        assert_eq!(marks(&pen), ["all"]);
        pen.area("north", None);
        assert_eq!(marks(&pen), ["all"]);
    }

    #[test]
    fn a_restart_in_the_middle_gives_the_same_marks_and_the_same_ledger() {
        let play = |cut: Option<usize>| {
            let mut pen = yard();
            for step in 0..40_usize {
                if cut == Some(step) {
                    pen.restart();
                }
                pen.now = pen.now.plus_secs(200);
                let id = if step % 3 == 0 { "1" } else { "2" };
                if step % 5 != 4 {
                    pen.set(
                        id,
                        vec![
                            Attribute::new("last_report_at", Value::Time(pen.now)),
                            Attribute::new("link", text(if step % 4 == 0 { "connected" } else { "lost" })),
                        ],
                    );
                }
                if step % 3 == 1 {
                    pen.assess();
                }
            }
            let saved = pen.save();
            (pen.log, saved)
        };
        let whole = play(None);
        assert!(whole.0.iter().filter(|c| c.header.command == "duty.assess").count() > 5);
        for cut in 0..40 {
            assert_eq!(play(Some(cut)), whole, "restart before step {cut}");
        }
    }

    #[test]
    fn a_start_is_remembered_and_marks_everything() {
        let mut pen = yard();
        pen.start(600);
        assert_eq!(pen.dirty.up_since(), pen.now);
        let started = pen.now;
        pen.restart();
        assert_eq!(pen.dirty.up_since(), started);
        assert_eq!(pen.dirty.take().to_string(), "all cells");
    }

    #[test]
    fn the_first_saved_form_is_still_read() {
        let mut duty = Duty::new();
        duty.load(
            br#"{"version":1,"up_since":5,"dirty":{"all":false,"cells":[{"duty":"d","subject":"urn:a:1"}]}}"#,
        )
        .unwrap();
        assert_eq!(
            (duty.dirty().take().to_string().as_str(), duty.dirty().up_since()),
            ("1 cells of 1 duties", Time(5))
        );
        assert!(duty.load(b"{}").is_err());
        assert!(
            duty.load(br#"{"version":2,"up_since":5,"dirty":{"all":true,"cells":[]}}"#)
                .unwrap_err()
                .contains("version 2")
        );
    }

    #[test]
    fn nothing_is_asked_for_in_answer_to_a_commit() {
        let mut pen = yard();
        pen.set("1", vec![Attribute::new("link", text("lost"))]);
        assert_eq!(pen.effects, 0);
        assert_eq!(pen.log.iter().filter(|c| c.header.reacted_to.is_some()).count(), 0);
    }
}
