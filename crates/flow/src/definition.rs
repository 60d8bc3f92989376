//! A case flow as a pack declares it: states, events, deadlines, reasons, ratings, and the list of matters.

use crate::matters::{Matter, read_matters};
use door::{Text, packs};
use model::{Commit, Name, Time};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::State;

/// Longest deadline that a pack may declare, in hours (ten years).
const HOURS_MAX: f64 = 87_600.0;
/// State of a case that was merged into another; every flow declares it.
pub(crate) const MERGED: &str = "merged_into";

/// One flow of cases and tasks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its id; stands on every case.
    pub id: Name,
    /// The article it serves.
    pub article: String,
    /// Its title.
    pub title: Text,
    /// The entity types it writes.
    pub types: Types,
    /// Types whose new entities open a case, beside the report.
    pub signals: Vec<Name>,
    /// Where its code lists are.
    pub codes: Codes,
    /// Form of the codes by which a resident follows a case.
    pub follow_code: FollowCode,
    /// Elapsed hours for the whole, from opening.
    pub deadline_hours: f64,
    /// Whether the deadline has been checked against a source.
    #[serde(default)]
    pub deadline_verified: bool,
    /// Where the deadline comes from.
    #[serde(default)]
    pub deadline_source: Text,
    /// When two cases are suggested for merging.
    pub merge: Nearness,
    /// Level of a case whose signal and matter name none; 1 is the highest, 4 the lowest.
    #[serde(default = "lowest")]
    pub level: u8,
    /// Role that is found by the body of the case's area, not by a binding alone.
    #[serde(default)]
    pub by_area: Vec<Name>,
    /// State in which a case opens.
    pub initial: Name,
    /// States of a case.
    pub states: Vec<StateDef>,
    /// Events of a case.
    pub events: Vec<EventDef>,
    /// The machine of a task.
    pub task: TaskFlow,
    /// Why a task may be returned.
    pub return_reasons: Vec<Reason>,
    /// What a checker looks at.
    #[serde(default)]
    pub checks: Vec<Choice>,
    /// What a resident may answer.
    pub ratings: Vec<Choice>,
    /// Words of its screens.
    #[serde(default)]
    pub words: BTreeMap<Name, Text>,
    /// The matters, read from the code list.
    #[serde(skip)]
    pub matters: BTreeMap<String, Matter>,
    /// `name@version` of the pack.
    #[serde(skip, default = "no_name")]
    pub pack: Name,
}

fn no_name() -> Name {
    Name::new("")
}

fn lowest() -> u8 {
    4
}

/// The entity types of a flow.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Types {
    /// A case.
    pub case: Name,
    /// A body's part of a case.
    pub task: Name,
    /// One line of a case's log.
    pub event: Name,
    /// A resident's report.
    pub report: Name,
}

/// Code lists of a flow, as paths inside its pack.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Codes {
    /// The matters (CSV).
    pub matters: String,
}

/// Form of a code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowCode {
    /// Number of signs, 6 to 16.
    pub length: usize,
    /// The signs.
    pub alphabet: String,
}

/// What counts as near.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nearness {
    /// Metres between the places.
    pub distance_m: f64,
    /// Minutes between the openings.
    pub minutes: f64,
}

/// A state of a case or a task.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateDef {
    /// Its id.
    pub id: Name,
    /// Role that acts in it.
    pub owner: Name,
    /// Elapsed hours within which it should be left.
    #[serde(default)]
    pub deadline_hours: Option<f64>,
    /// Whether nothing is owed any more: deadlines stop and the case leaves the desk.
    #[serde(default, rename = "final")]
    pub ended: bool,
    /// Its title.
    pub title: Text,
}

/// An event: who may do it in which states, and where it leads.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventDef {
    /// Its id; with `flow.` before it the name of the command.
    pub id: Name,
    /// States in which it is allowed.
    pub from: Vec<Name>,
    /// The state after it; `same` leaves the state.
    pub to: Name,
    /// Roles that may do it; `system` is the city itself, `public` everybody. Empty: whoever has the right.
    #[serde(default)]
    pub by: Vec<Name>,
    /// Fields that its form asks for.
    #[serde(default)]
    pub requires: Vec<Name>,
    /// Fields that its form takes.
    #[serde(default)]
    pub accepts: Vec<Name>,
    /// `replier`: a person who has replied in this case may not do it.
    #[serde(default)]
    pub not_by: Option<NotBy>,
    /// Its verb.
    pub verb: Text,
}

/// Who is kept from an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotBy {
    /// A person who replied to a task of the case.
    Replier,
}

/// The machine of a task.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskFlow {
    /// State in which a task begins.
    pub initial: Name,
    /// Its states.
    pub states: Vec<StateDef>,
    /// Its events.
    pub events: Vec<EventDef>,
}

/// A reason for returning a task.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Its id.
    pub id: Name,
    /// Item of the duty list that it names.
    #[serde(default)]
    pub item: Option<String>,
    /// The article.
    #[serde(default)]
    pub article: Option<String>,
    /// What the handler should name beside (`body`, `area`, `case`).
    #[serde(default)]
    pub requires: Vec<Name>,
    /// Its words.
    pub title: Text,
}

/// One answer of a choice.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its id.
    pub id: Name,
    /// Its value as a number.
    #[serde(default)]
    pub value: Option<f64>,
    /// Its words.
    pub title: Text,
    /// Its words for a resident.
    #[serde(default)]
    pub plain: Option<Text>,
}

impl Definition {
    /// Reads a flow and its matters, and checks that they fit together.
    ///
    /// # Errors
    /// What is wrong, in words, with the name of the field.
    pub fn read(flow: &str, matters: &str, pack: &Name) -> Result<Self, String> {
        let mut definition: Self = serde_yaml_ng::from_str(flow).map_err(|e| e.to_string())?;
        definition.matters = read_matters(matters)?;
        definition.pack = pack.clone();
        definition.check()?;
        Ok(definition)
    }

    fn check(&self) -> Result<(), String> {
        check_machine("states", &self.initial, &self.states, &self.events)?;
        check_machine("task.states", &self.task.initial, &self.task.states, &self.task.events)?;
        if self.state(MERGED).is_none() {
            return Err(format!("states: {MERGED} is missing"));
        }
        let events = ["open", "acknowledge", "file", "merge", "unmerge", "dispatch", "all_replied", "check"];
        let more = ["rework", "close", "rate", "note", "late"];
        for id in events.iter().chain(&more) {
            self.event(id).ok_or_else(|| format!("events: {id} is missing"))?;
        }
        for id in ["accept", "return", "start", "reply", "redo"] {
            self.task_event(id).ok_or_else(|| format!("task.events: {id} is missing"))?;
        }
        let signs: std::collections::BTreeSet<char> = self.follow_code.alphabet.chars().collect();
        let plain = signs.iter().all(char::is_ascii_alphanumeric);
        if !(6..=16).contains(&self.follow_code.length) || signs.len() != 32 || !plain {
            return Err("follow_code: 6 to 16 signs out of 32 letters and figures".into());
        }
        if !(1..=4).contains(&self.level) {
            return Err(format!("level: {} is not 1 to 4", self.level));
        }
        hours("deadline_hours", self.deadline_hours)
    }

    /// A state of a case.
    #[must_use]
    pub fn state(&self, id: &str) -> Option<&StateDef> {
        self.states.iter().find(|s| s.id == id)
    }

    /// A state of a task.
    #[must_use]
    pub fn task_state(&self, id: &str) -> Option<&StateDef> {
        self.task.states.iter().find(|s| s.id == id)
    }

    /// An event of a case.
    #[must_use]
    pub fn event(&self, id: &str) -> Option<&EventDef> {
        self.events.iter().find(|e| e.id == id)
    }

    /// An event of a task.
    #[must_use]
    pub fn task_event(&self, id: &str) -> Option<&EventDef> {
        self.task.events.iter().find(|e| e.id == id)
    }

    /// Whether a case in this state is still somebody's work.
    #[must_use]
    pub fn is_open(&self, state: &str) -> bool {
        self.state(state).is_some_and(|s| !s.ended)
    }

    /// The state to which an event leads, or none when it leaves the state.
    #[must_use]
    pub fn target(event: &EventDef) -> Option<&Name> {
        Some(&event.to).filter(|to| **to != "same")
    }
}

fn check_machine(path: &str, initial: &Name, states: &[StateDef], events: &[EventDef]) -> Result<(), String> {
    let known = |id: &Name| states.iter().any(|s| s.id == *id);
    if !known(initial) {
        return Err(format!("{path}: the initial state {initial} is missing"));
    }
    for state in states {
        hours(&format!("{path}.{}.deadline_hours", state.id), state.deadline_hours.unwrap_or(1.0))?;
    }
    for event in events {
        let to = Definition::target(event);
        if let Some(missing) = event.from.iter().chain(to).find(|s| !known(s)) {
            return Err(format!("events.{}: {missing} is no state", event.id));
        }
    }
    Ok(())
}

fn hours(path: &str, hours: f64) -> Result<(), String> {
    if hours > 0.0 && hours <= HOURS_MAX {
        return Ok(());
    }
    Err(format!("{path}: {hours} is not within 0 to {HOURS_MAX} hours"))
}

/// The time `hours` elapsed hours after another.
pub(crate) fn after(at: Time, hours: f64) -> Time {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be at most ten years")]
    at.plus_secs((hours * 3_600.0).round() as i64)
}

/// All flows of the installed packs.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    flows: BTreeMap<Name, Arc<Definition>>,
    /// Files that could not be read, with the reason.
    pub faults: Vec<(Name, String)>,
}

impl Definitions {
    /// Reads the sections `flows` and `codes` of the installed packs.
    #[must_use]
    pub fn read(state: &State) -> Self {
        let codes = packs::section(state, "codes");
        let mut all = Self::default();
        for file in packs::section(state, "flows") {
            let own = |path: &str| codes.iter().find(|c| c.pack == file.pack && c.path == *path);
            let path = serde_yaml_ng::from_str::<Definition>(&file.text).map(|d| d.codes.matters);
            let matters = path.ok().and_then(|p| own(&p)).map_or("", |c| &*c.text);
            match Definition::read(&file.text, matters, &file.pack) {
                Ok(definition) => {
                    all.flows.insert(definition.id.clone(), Arc::new(definition));
                }
                Err(reason) => all.faults.push((file.path, reason)),
            }
        }
        all
    }

    /// Whether a commit can change them.
    #[must_use]
    pub fn changed_by(commit: &Commit) -> bool {
        packs::installs(commit)
    }

    /// A flow by its id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Definition>> {
        self.flows.get(id)
    }

    /// All flows, by id.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.flows.values()
    }

    /// The first flow; a report that names none goes there.
    #[must_use]
    pub fn first(&self) -> Option<&Arc<Definition>> {
        self.flows.values().next()
    }

    /// The flow that a new entity of this type opens a case of.
    #[must_use]
    pub fn of_signal(&self, kind: &str) -> Option<&Arc<Definition>> {
        self.all().find(|d| d.types.report == kind || d.signals.iter().any(|s| *s == kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{FLOW, MATTERS};

    fn read(flow: &str) -> Result<Definition, String> {
        Definition::read(flow, MATTERS, &Name::new("case@0.1.0"))
    }

    #[test]
    fn the_pack_s_own_flow_is_read() {
        let d = read(FLOW).unwrap();
        assert_eq!((d.initial.as_str(), d.deadline_hours), ("received", 48.0));
        assert!(d.matters.len() > 20 && d.matters["water_pollution"].bodies.len() == 2);
        for (state, open) in [
            ("received", true),
            ("checked", true),
            ("closed", false),
            ("rated", false),
            ("merged_into", false),
            ("lost", false),
        ] {
            assert_eq!(d.is_open(state), open, "{state}");
        }
        assert_eq!(d.event("rework").unwrap().not_by, Some(NotBy::Replier));
        assert_eq!(Definition::target(d.event("note").unwrap()), None);
    }

    #[test]
    fn a_flow_that_does_not_hold_together_is_refused_in_words() {
        let cases = [
            ("initial: received", "initial: nowhere", "nowhere"),
            ("deadline_hours: 48", "deadline_hours: -1", "deadline_hours"),
            ("length: 8", "length: 3", "follow_code"),
            ("id: rework", "id: redo_all", "rework is missing"),
            ("id: merged_into", "id: gone", "merged_into"),
            ("article: \"31\"", "colour: red", "colour"),
            ("id: accept,", "id: take,", "accept is missing"),
        ];
        for (from, to, want) in cases {
            assert!(FLOW.contains(from), "{from}");
            let reason = read(&FLOW.replacen(from, to, 1)).unwrap_err();
            assert!(reason.contains(want), "{to}: {reason}");
        }
        assert!(Definition::read(FLOW, "matter,zh\nx", &Name::new("p")).is_err());
    }

    #[test]
    fn hours_are_elapsed_seconds() {
        assert_eq!(after(Time::from_secs(10), 0.25), Time::from_secs(910));
    }

    #[test]
    fn installed_packs_give_flows_and_faults() {
        let pen = crate::pen::Pen::new();
        let all = Definitions::read(pen.state());
        assert_eq!(all.of_signal("Alert").unwrap().id, "case");
        assert_eq!(all.of_signal("Report").unwrap().pack, "case@0.1.0");
        assert!(all.of_signal("Other").is_none() && all.get("other").is_none());
        assert!(all.faults.is_empty(), "{:?}", all.faults);
    }
}
