//! Deadlines: when the next one of a case or task is due, and what happens when it has passed.

use crate::act::{Act, Line};
use crate::definition::Definition;
use door::{Decision, Refusal, Text};
use model::{Entity, EntityId, Name, Time};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Most deadlines in one batch; what is left follows in the next.
pub(crate) const BATCH_MAX: usize = 500;

/// Which deadline of a case or task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Of the whole.
    Whole,
    /// Of the present state.
    Step,
}

/// The deadlines of a case or task that run and have not been found late yet.
pub(crate) fn running(flow: &Definition, entity: &Entity) -> Vec<(Time, Which)> {
    let is_case = entity.kind() == flow.types.case.as_str();
    let state = entity.text("state").unwrap_or_default();
    let named = if is_case { flow.state(state) } else { flow.task_state(state) };
    if named.is_none_or(|s| s.ended) {
        return vec![];
    }
    let pending = |name: &str, mark: &str| entity.time(name).filter(|due| entity.time(mark) != Some(*due));
    let whole = pending("deadline", "late_deadline").filter(|_| is_case).map(|t| (t, Which::Whole));
    whole.into_iter().chain(pending("step_deadline", "late_step").map(|t| (t, Which::Step))).collect()
}

/// The next deadline of every open case and task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timers {
    due: BTreeSet<(Time, EntityId)>,
    of: BTreeMap<EntityId, Time>,
}

impl Timers {
    /// Takes the next deadline of an entity in place of the one before.
    pub(crate) fn set(&mut self, id: &EntityId, due: Option<Time>) {
        if let Some(old) = self.of.remove(id) {
            self.due.remove(&(old, id.clone()));
        }
        if let Some(due) = due {
            self.of.insert(id.clone(), due);
            self.due.insert((due, id.clone()));
        }
    }

    /// The first deadline.
    pub(crate) fn next(&self) -> Option<Time> {
        self.due.first().map(|(t, _)| *t)
    }

    /// Takes out those that have passed, at most 500.
    pub(crate) fn take(&mut self, now: Time) -> Vec<EntityId> {
        let passed: Vec<EntityId> = self
            .due
            .iter()
            .take_while(|(t, _)| *t <= now)
            .take(BATCH_MAX)
            .map(|(_, id)| id.clone())
            .collect();
        passed.iter().for_each(|id| self.set(id, None));
        passed
    }

    /// Every entity with its deadline, for a savepoint.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&EntityId, Time)> {
        self.of.iter().map(|(id, t)| (id, *t))
    }
}

/// `flow.late {items}`: marks cases and tasks whose deadline has passed, each deadline once.
pub(crate) fn late(mut act: Act<'_>, items: &[EntityId]) -> Result<Decision, Refusal> {
    crate::act::may(&act.flow, &*act.event("late")?, act.permit)?;
    let mut found = Vec::new();
    for id in items {
        let Some(entity) = act.draft.read(id).cloned() else { continue };
        let passed: Vec<(Time, Which)> =
            running(&act.flow, &entity).into_iter().filter(|(t, _)| *t <= act.now).collect();
        for (due, which) in passed {
            mark(&mut act, &entity, due, which);
            found.push(Json::String(id.to_string()));
        }
    }
    Ok(act.finish(json!({ "late": found })))
}

fn mark(act: &mut Act<'_>, entity: &Entity, due: Time, which: Which) {
    let id = entity.id();
    let is_task = entity.kind() == act.flow.types.task.as_str();
    let case = if is_task { entity.object("case").cloned() } else { Some(id.clone()) };
    let Some(case) = case else { return };
    act.draft.set(id, if which == Which::Whole { "late_deadline" } else { "late_step" }, due);
    act.draft.set(id, "late", true);
    act.draft.set(&case, "supervised", true);
    let title = title(&act.flow, entity, is_task, which);
    let task = is_task.then(|| id.clone());
    let body = entity.object("body").filter(|_| is_task).cloned();
    act.log(&case, "late", Line { task, body, title: Some(title), ..Line::default() });
}

/// What was late, in words: the whole, or the step that the state's owner owes.
fn title(flow: &Definition, entity: &Entity, is_task: bool, which: Which) -> Text {
    let state = entity.text("state").unwrap_or_default();
    let named = if is_task { flow.task_state(state) } else { flow.state(state) };
    let step = named.map(|s| s.title.clone()).unwrap_or_default();
    let of = if which == Which::Whole { Text { zh: "整件".into(), en: "the whole".into() } } else { step };
    let late = flow.words.get(&Name::new("late")).cloned();
    let late = late.unwrap_or_else(|| Text { zh: "超过期限".into(), en: "Past the deadline".into() });
    Text { zh: format!("督办：{} {}", of.zh, late.zh), en: format!("Supervised: {}: {}", late.en, of.en) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{Pen, person};
    use model::Value;

    #[test]
    fn a_step_left_too_long_is_found_once_by_a_tick() {
        let mut pen = Pen::new();
        let (case, ..) = pen.reported("other");
        assert_eq!(pen.next_due(), Some(pen.now().plus_secs(900)));
        pen.pass(899);
        pen.tick();
        assert_eq!(pen.flag(&case, "late"), Some(false));
        pen.pass(1);
        pen.tick();
        let entity = pen.entity(&case);
        assert_eq!((pen.flag(&case, "late"), pen.flag(&case, "supervised")), (Some(true), Some(true)));
        assert_eq!(entity.time("late_step"), entity.time("step_deadline"));
        pen.pass(60);
        pen.tick();
        assert_eq!(pen.log(&case), ["open", "late"]);
        assert_eq!(pen.next_due(), entity.time("deadline"));
    }

    #[test]
    fn the_whole_is_late_once_and_stays_late_over_steps() {
        let mut pen = Pen::new();
        let (case, ..) = pen.reported("other");
        pen.pass(48 * 3_600);
        pen.tick();
        assert_eq!(pen.log(&case), ["open", "late", "late"], "the step and the whole");
        assert_eq!(pen.next_due(), None);
        pen.tell(&person("seat"), "flow.file", json!({"case": case.as_str()})).unwrap();
        assert_eq!(pen.flag(&case, "late"), Some(true));
        let line =
            pen.entity(&format!("{}-3", case.as_str().replace(":Case:", ":CaseEvent:")).as_str().into());
        assert!(line.value("title").unwrap().get("zh").unwrap().as_str().unwrap().starts_with("督办"));
    }

    #[test]
    fn a_step_in_time_is_not_late_and_a_task_has_its_own_clock() {
        let mut pen = Pen::new();
        let (case, eco, town) = pen.dispatched();
        pen.tell(&person("handler"), "flow.accept", json!({"task": eco.as_str()})).unwrap();
        pen.pass(1_000);
        pen.tick();
        assert_eq!(
            (pen.flag(&eco, "late"), pen.flag(&town, "late"), pen.flag(&case, "late")),
            (Some(false), Some(true), Some(false))
        );
        assert_eq!(pen.flag(&case, "supervised"), Some(true));
        pen.tell(&person("town"), "flow.accept", json!({"task": town.as_str()})).unwrap();
        assert_eq!(pen.flag(&town, "late"), Some(false), "the next step has its own clock");
        assert_eq!(pen.log(&case).last().map(String::as_str), Some("accept"));
    }

    #[test]
    fn a_closed_case_owes_nothing() {
        let mut pen = Pen::new();
        let (case, _) = pen.replied();
        for (name, body) in [
            ("flow.check", json!({"case": case.as_str(), "pass": true})),
            ("flow.close", json!({"case": case.as_str()})),
        ] {
            pen.tell(&person("checker"), name, body).unwrap();
        }
        assert_eq!(pen.next_due(), None);
        assert!(running(&pen.flow(), &pen.entity(&case)).is_empty());
    }

    #[test]
    fn timers_keep_one_deadline_an_entity_and_a_bound_a_batch() {
        let mut timers = Timers::default();
        let id = |n: usize| EntityId::new(format!("urn:a:{n}"));
        for n in 0..BATCH_MAX + 5 {
            timers.set(&id(n), Some(Time(9)));
            timers.set(&id(n), Some(Time(10)));
        }
        timers.set(&id(0), None);
        assert_eq!((timers.next(), timers.all().count()), (Some(Time(10)), BATCH_MAX + 4));
        assert!(timers.take(Time(9)).is_empty());
        assert_eq!((timers.take(Time(10)).len(), timers.take(Time(10)).len()), (BATCH_MAX, 4));
        assert_eq!(timers, Timers::default());
    }

    #[test]
    fn only_the_city_finds_lateness_and_only_what_is_late() {
        let mut pen = Pen::new();
        let (case, ..) = pen.reported("other");
        assert!(pen.tell(&person("seat"), "flow.late", json!({"items": [case.as_str()]})).is_err());
        let before = pen.state().seq();
        assert_eq!(
            pen.city("flow.late", json!({"items": [case.as_str(), "urn:none:1"]})).unwrap()["late"],
            json!([])
        );
        assert_eq!(pen.state().seq(), before);
        assert_eq!(pen.entity(&case).value("late_step"), None::<&Value>);
    }
}
