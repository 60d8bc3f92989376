//! The engine: commands are decided here, and applied commits followed.

use crate::act::Act;
use crate::ask::{Ask, verb};
use crate::definition::{Definition, Definitions};
use crate::late::{Timers, running};
use crate::words::{ids_of, invalid, missing};
use crate::{check, desk, dispatch, late, merge, open, task};
use door::{Body, Command, Decision, Effect, Engine, Moment, Refusal, packs};
use model::{Change, Commit, EntityId, Name, Time, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use store::State;

/// State of a signal that is over; it opens nothing.
const CLEARED: &str = "cleared";
/// Version of what `save` writes.
const SAVED: u16 = 1;

/// The engine of cases and tasks.
#[derive(Default)]
pub struct Flow {
    definitions: Option<Arc<Definitions>>,
    timers: Timers,
    /// Whether the timers stand for all that the state holds.
    primed: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    version: u16,
    timers: Vec<(EntityId, i64)>,
}

impl Flow {
    /// An engine that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The definitions as last read; read anew when none have been.
    fn definitions(&self, state: &State) -> Arc<Definitions> {
        self.definitions.clone().unwrap_or_else(|| Arc::new(Definitions::read(state)))
    }

    /// Reads what it does not know yet: definitions after a load or an installed pack, timers after a start.
    fn prime(&mut self, state: &State, commit: &Commit) -> Arc<Definitions> {
        let installed = packs::installs(commit);
        if installed {
            self.definitions = None;
        }
        let definitions = self.definitions(state);
        self.definitions = Some(definitions.clone());
        if !self.primed || installed {
            for flow in definitions.all() {
                for kind in [&flow.types.case, &flow.types.task] {
                    state.all(kind.as_str()).for_each(|e| self.watch(flow, e.id(), state));
                }
            }
            self.primed = true;
        }
        definitions
    }

    fn watch(&mut self, flow: &Definition, id: &EntityId, state: &State) {
        let due = state.city(id.as_str()).and_then(|e| running(flow, e).into_iter().map(|(t, _)| t).min());
        self.timers.set(id, due);
    }
}

impl Engine for Flow {
    fn name(&self) -> &'static str {
        "flow"
    }

    fn decide(&self, at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
        let definitions = self.definitions(at.state);
        let verb = verb(&command.name);
        let Some(fields) = fields(verb) else {
            return missing(
                "name",
                format!("没有命令 {}", command.name),
                format!("no command {}", command.name),
            );
        };
        let ask = Ask::new(command, fields)?;
        let flow = flow_of(at.state, &definitions, &ask, verb)?;
        let act = Act::new(at, &flow, &command.permit);
        match verb {
            "report" => open::report(act, &ask),
            "open" => open::open(act, &ask.id("signal")?),
            "acknowledge" => desk::acknowledge(act, &ask),
            "file" => desk::file(act, &ask),
            "note" => desk::note(act, &ask),
            "supervise" => desk::supervise(act, &ask),
            "keep_apart" => desk::keep_apart(act, &ask),
            "merge" => merge::merge(act, &ask),
            "unmerge" => merge::unmerge(act, &ask),
            "dispatch" => dispatch::dispatch(act, &ask),
            "accept" => task::accept(act, &ask),
            "return" => task::give_back(act, &ask),
            "start" => task::start(act, &ask),
            "reply" => task::reply(act, &ask),
            "check" => check::check(act, &ask),
            "close" => check::close(act, &ask),
            "rate" => check::rate(act, &ask),
            _ => late::late(act, &items(command)),
        }
    }

    fn step(&mut self, at: &Moment<'_>, commit: &Commit) -> Vec<Effect> {
        let definitions = self.prime(at.state, commit);
        let mut effects = Vec::new();
        for change in &commit.changes {
            let id = &change.key().id;
            if !change.key().tenant.as_str().is_empty() {
                continue;
            }
            let Some(entity) = at.state.city(id.as_str()) else {
                self.timers.set(id, None);
                continue;
            };
            let kind = entity.kind();
            if let Some(flow) = definitions.all().find(|d| d.types.case == kind || d.types.task == kind) {
                self.watch(flow, id, at.state);
            } else if let (Change::Create { .. }, Some(flow)) = (change, definitions.of_signal(kind))
                && entity.text("state") != Some(CLEARED)
            {
                effects.push(effect("flow.open", json!({ "signal": id.as_str() }), flow));
            }
        }
        effects.extend(self.lateness(at.state, &definitions, commit.at()));
        effects
    }

    fn next_due(&self) -> Option<Time> {
        self.timers.next()
    }

    fn save(&self) -> Vec<u8> {
        let timers = self.timers.all().map(|(id, t)| (id.clone(), t.micros())).collect();
        serde_json::to_vec(&Saved { version: SAVED, timers }).unwrap_or_default()
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let saved: Saved = serde_json::from_slice(bytes).map_err(|e| format!("flow: {e}"))?;
        if saved.version != SAVED {
            return Err(format!("flow: version {} cannot be read", saved.version));
        }
        *self = Self::default();
        saved.timers.iter().for_each(|(id, t)| self.timers.set(id, Some(Time(*t))));
        self.primed = true;
        Ok(())
    }
}

impl Flow {
    /// Deadlines that have passed, one effect a flow.
    fn lateness(&mut self, state: &State, definitions: &Definitions, now: Time) -> Vec<Effect> {
        let passed = self.timers.take(now);
        let mut effects = Vec::new();
        for flow in definitions.all().filter(|_| !passed.is_empty()) {
            let kind = |id: &EntityId| state.city(id.as_str()).map(|e| Name::new(e.kind()));
            let own = |id: &&EntityId| kind(id).is_some_and(|k| k == flow.types.case || k == flow.types.task);
            let items: Vec<&str> = passed.iter().filter(own).map(EntityId::as_str).collect();
            if !items.is_empty() {
                effects.push(effect("flow.late", json!({ "flow": flow.id.as_str(), "items": items }), flow));
            }
        }
        effects
    }
}

fn effect(command: &str, body: serde_json::Value, flow: &Definition) -> Effect {
    Effect { command: Name::new(command), body: Body::Json(body), pack: Some(flow.pack.clone()) }
}

/// The fields of each command's body.
fn fields(verb: &str) -> Option<&'static [&'static str]> {
    Some(match verb {
        "report" => &open::REPORT,
        "open" => &["signal"],
        "acknowledge" => &["case"],
        "file" => &["case", "matter", "level", "words"],
        "note" => &["case", "task", "words", "photo"],
        "supervise" => &["case", "words"],
        "keep_apart" => &["case", "other"],
        "merge" => &["case", "merge"],
        "unmerge" => &["case", "absorbed"],
        "dispatch" => &["case", "merge", "bodies", "matter", "level", "words"],
        "accept" => &["task"],
        "return" => &["task", "reason", "words", "refers"],
        "start" => &["task", "words"],
        "reply" => &["task", "words", "photo"],
        "check" => &["case", "pass", "words", "checks", "tasks"],
        "close" => &["case", "words"],
        "rate" => &["code", "word"],
        "late" => &["flow", "items"],
        _ => return None,
    })
}

/// The items of `flow.late`; more of them than a person's command may have.
fn items(command: &Command) -> Vec<EntityId> {
    let Body::Json(json) = &command.body else { return vec![] };
    let value = json.get("items").and_then(|v| Value::from_json(v).ok()).unwrap_or_default();
    ids_of(&value).into_iter().take(late::BATCH_MAX).collect()
}

/// The flow that a command belongs to: that of its case, of its task's case, of its signal, or the first.
fn flow_of(
    state: &State,
    definitions: &Definitions,
    ask: &Ask<'_>,
    verb: &str,
) -> Result<Arc<Definition>, Refusal> {
    let first = || match definitions.first() {
        Some(flow) => Ok(flow.clone()),
        None => missing("name", "还没有安装流程", "no flow is installed"),
    };
    if verb == "open" {
        let signal = ask.id("signal")?;
        let kind = state.city(signal.as_str()).map(|e| e.kind().to_owned()).unwrap_or_default();
        return match definitions.of_signal(&kind) {
            Some(flow) => Ok(flow.clone()),
            None => missing("signal", "没有这条线索", "no such signal"),
        };
    }
    if matches!(verb, "report" | "late") {
        return match ask.words_maybe("flow")? {
            None => first(),
            Some(id) => definitions
                .get(&id)
                .cloned()
                .map_or_else(|| invalid("flow", "没有这个流程", "no such flow"), Ok),
        };
    }
    if verb == "rate" {
        return first();
    }
    let of_task = match ask.id_maybe("task")? {
        Some(task) => state.city(task.as_str()).and_then(|t| t.object("case")).cloned(),
        None => None,
    };
    let case = match of_task {
        Some(case) => Some(case),
        None => ask.id_maybe("case")?,
    };
    let named = case.and_then(|id| state.city(id.as_str())?.text("flow").map(str::to_owned));
    named.and_then(|id| definitions.get(&id).cloned()).map_or_else(first, Ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{Pen, person};

    #[test]
    fn what_was_saved_is_taken_back_and_other_bytes_are_not() {
        let mut pen = Pen::new();
        pen.reported("other");
        let saved = pen.flow_engine().save();
        let mut other = Flow::new();
        other.load(&saved).unwrap();
        assert_eq!((other.next_due(), other.save()), (pen.next_due(), saved));
        for bad in [&b"{}"[..], br#"{"version":2,"timers":[]}"#, b"\xff"] {
            assert!(other.load(bad).is_err());
        }
    }

    #[test]
    fn a_saved_state_of_version_1_is_read() {
        let golden = br#"{"version":1,"timers":[["urn:ngsi-ld:Case:00000000000000aa",1780000000000000]]}"#;
        let mut flow = Flow::new();
        flow.load(golden).unwrap();
        assert_eq!((flow.next_due(), flow.save()), (Some(Time(1_780_000_000_000_000)), golden.to_vec()));
    }

    #[test]
    fn a_restart_without_saved_state_finds_its_timers_and_definitions_again() {
        let mut pen = Pen::new();
        let (case, ..) = pen.reported("other");
        let due = pen.next_due();
        pen.restart(None);
        pen.tick();
        assert_eq!(pen.next_due(), due);
        pen.restart(Some(pen.flow_engine().save()));
        pen.pass(900);
        pen.tick();
        assert_eq!(pen.log(&case), ["open", "late"]);
    }

    #[test]
    fn a_step_asks_for_nothing_when_nothing_concerns_it() {
        let mut pen = Pen::new();
        assert_eq!(pen.step_of("urn:ngsi-ld:Body:urban"), 0);
        let (case, ..) = pen.reported("other");
        assert_eq!(pen.step_of(case.as_str()), 0);
    }

    #[test]
    fn a_cleared_alert_and_a_changed_one_open_nothing() {
        let mut pen = Pen::new();
        let (_, alert) = pen.alerted(0.0);
        pen.change(alert.as_str(), "state", "cleared");
        pen.alert_with_state("cleared");
        assert_eq!(pen.state().count("Case"), 1);
    }

    #[test]
    fn a_command_without_a_flow_or_with_a_wrong_one_is_refused() {
        let mut pen = Pen::new();
        let body = json!({"flow": "other", "words": "x", "area": crate::pen::TOWN});
        assert_eq!(pen.tell(&person("public"), "flow.report", body).unwrap_err().field, "flow");
        assert!(
            Pen::bare()
                .tell(&person("public"), "flow.report", json!({"words": "x"}))
                .unwrap_err()
                .reason
                .contains("no flow")
        );
    }

    #[test]
    fn a_pack_installed_later_brings_the_flow_and_its_name_on_every_batch() {
        let mut pen = Pen::bare();
        pen.install();
        let (case, ..) = pen.reported("other");
        assert_eq!(pen.text(&case, "flow"), "case");
        assert_eq!(pen.last_pack(), Some(Name::new("case@0.1.0")));
    }
}
