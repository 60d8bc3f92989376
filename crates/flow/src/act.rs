//! One decision being made: the state, the flow, the person, and the draft of its changes.

use crate::definition::{Definition, EventDef, NotBy, StateDef, after};
use crate::dice::Dice;
use crate::draft::Draft;
use crate::words::{conflict, forbidden, ids, missing, name_of, tail, text_value};
use access::Permit;
use door::{Decision, Moment, Refusal, Text};
use model::{Class, Entity, EntityId, Name, Time, Value};
use serde_json::Value as Json;
use std::sync::Arc;
use store::{Condition, Select, State};

/// Type of a person with an account; its name stands in the log of a case.
const PERSON: &str = "Person";

/// A decision being made.
pub(crate) struct Act<'a> {
    pub(crate) state: &'a State,
    pub(crate) now: Time,
    pub(crate) flow: Arc<Definition>,
    pub(crate) permit: &'a Permit,
    pub(crate) draft: Draft<'a>,
    pub(crate) dice: Dice,
}

/// What a line of the log says beside who and when.
#[derive(Default)]
pub(crate) struct Line {
    pub(crate) from: Option<Name>,
    pub(crate) task: Option<EntityId>,
    pub(crate) body: Option<EntityId>,
    pub(crate) words: Option<String>,
    pub(crate) photos: Vec<Value>,
    pub(crate) title: Option<Text>,
    /// Another case that it is about.
    pub(crate) other: Option<EntityId>,
}

impl<'a> Act<'a> {
    /// A decision by a flow that has been found.
    pub(crate) fn new(at: &Moment<'a>, flow: &Arc<Definition>, permit: &'a Permit) -> Self {
        let (state, now) = (at.state, at.now);
        Self {
            state,
            now,
            flow: flow.clone(),
            permit,
            draft: Draft::new(state),
            dice: Dice::new(&at.entropy),
        }
    }

    /// The decision with its answer.
    pub(crate) fn finish(self, answer: Json) -> Decision {
        let pack = Some(self.flow.pack.clone());
        Decision { changes: self.draft.finish(), class: Class::Governed, pack, frame: None, answer }
    }

    /// Who decides.
    pub(crate) fn person(&self) -> &EntityId {
        &self.permit.principal().id
    }

    /// A text attribute as the draft leaves it; empty when it is not there.
    pub(crate) fn text(&self, id: &EntityId, name: &str) -> String {
        self.draft.read(id).and_then(|e| e.text(name)).unwrap_or_default().to_owned()
    }

    /// A list of ids as the draft leaves it.
    pub(crate) fn ids(&self, id: &EntityId, name: &str) -> Vec<EntityId> {
        self.draft.read(id).map(|e| ids(e, name)).unwrap_or_default()
    }

    /// A date-time as the draft leaves it.
    pub(crate) fn time(&self, id: &EntityId, name: &str) -> Option<Time> {
        self.draft.read(id).and_then(|e| e.time(name))
    }

    /// Checks that the case is there, belongs to this flow, and is open to the permit.
    pub(crate) fn see_case(&self, field: &str, id: &EntityId) -> Result<(), Refusal> {
        let seen = self.state.city(id.as_str()).filter(|e| e.kind() == self.flow.types.case.as_str());
        match seen.filter(|e| self.permit.sees(e)) {
            Some(_) => Ok(()),
            None => missing(field, "没有这件案子，或者不归您看", "no such case, or it is not open to you"),
        }
    }

    /// Checks that the task is there and open to the permit; gives its case.
    pub(crate) fn see_task(&self, field: &str, id: &EntityId) -> Result<EntityId, Refusal> {
        let seen = self.state.city(id.as_str()).filter(|e| e.kind() == self.flow.types.task.as_str());
        match seen.filter(|e| self.permit.sees(e)).and_then(|e| e.object("case")) {
            Some(case) => Ok(case.clone()),
            None => missing(field, "没有这项任务，或者不归您看", "no such task, or it is not open to you"),
        }
    }

    /// Checks that the event is allowed in the state that the entity is in, and to this person.
    pub(crate) fn guard(&self, event: &EventDef, field: &str, id: &EntityId) -> Result<(), Refusal> {
        may(&self.flow, event, self.permit)?;
        let Some(entity) = self.draft.read(id) else { return missing(field, "没有", "not there") };
        fits(&self.flow, event, entity).or_else(|t| conflict(field, t.zh, t.en))?;
        let replied = event.not_by == Some(NotBy::Replier) && ids(entity, "repliers").contains(self.person());
        if replied {
            return forbidden(field, REPLIER.0, REPLIER.1);
        }
        Ok(())
    }

    /// Moves a case or task to a state: its clock begins, and it is no longer late in the step before.
    pub(crate) fn enter(&mut self, id: &EntityId, to: &StateDef) {
        let now = self.now;
        let due = to.deadline_hours.filter(|_| !to.ended).map(|h| after(now, h));
        let whole_late = self.time(id, "late_deadline").is_some();
        self.draft.set(id, "state", to.id.as_str());
        self.draft.set(id, "state_since", now);
        self.draft.set(id, "step_deadline", due.map_or(Value::Null, Value::from));
        self.draft.set(id, "late", whole_late);
        if let (Some(due), Some(Value::Map(map))) =
            (due, self.draft.read(id).and_then(|e| e.value("deadlines")).cloned())
        {
            let mut map = (*map).clone();
            map.insert(to.id.clone(), due.into());
            self.draft.set(id, "deadlines", Value::Map(Arc::new(map)));
        }
    }

    /// Moves a case by an event, unless the event leaves the state; gives the state before.
    pub(crate) fn follow_event(&mut self, id: &EntityId, event: &EventDef) -> Name {
        let flow = self.flow.clone();
        let from = Name::new(self.text(id, "state"));
        let states = if self.draft.read(id).is_some_and(|e| e.kind() == flow.types.task.as_str()) {
            &flow.task.states
        } else {
            &flow.states
        };
        let to = Definition::target(event).and_then(|to| states.iter().find(|s| s.id == *to));
        if let Some(to) = to.filter(|to| to.id != from) {
            self.enter(id, to);
        }
        from
    }

    /// Writes one line of the case's log.
    pub(crate) fn log(&mut self, case: &EntityId, event: &str, line: Line) {
        let count = self.draft.read(case).and_then(|e| e.number("events")).unwrap_or(0.0) + 1.0;
        self.draft.set(case, "events", count);
        let kind = self.flow.types.event.clone();
        let id = EntityId::new(format!("urn:ngsi-ld:{kind}:{}-{count}", tail(case.as_str())));
        let principal = self.permit.principal().clone();
        let person = self.state.city(principal.id.as_str()).filter(|e| e.kind() == PERSON);
        let verb = self.flow.event(event).or_else(|| self.flow.task_event(event)).map(|e| e.verb.clone());
        let moved = line.task.as_ref().filter(|_| self.flow.event(event).is_none()).unwrap_or(case);
        let to = line.from.as_ref().map(|_| self.text(moved, "state"));
        let id_or_null = |id: Option<EntityId>| id.map_or(Value::Null, Value::Id);
        let attributes = vec![
            ("case", Value::from(case)),
            ("number", count.into()),
            ("at", self.now.into()),
            ("event", event.into()),
            ("title", line.title.or(verb).map_or(Value::Null, |t| text_value(&t))),
            ("by", Value::from(&principal.id)),
            ("by_name", person.map_or(Value::Null, |p| text_value(&name_of(p)))),
            ("by_body", id_or_null(principal.body.clone())),
            ("task", id_or_null(line.task)),
            ("body", id_or_null(line.body)),
            ("other", id_or_null(line.other)),
            ("words", line.words.map_or(Value::Null, Value::text)),
            ("photo", if line.photos.is_empty() { Value::Null } else { Value::list(line.photos) }),
            ("from", line.from.map_or(Value::Null, |f| Value::text(f.as_str()))),
            ("to", to.map_or(Value::Null, Value::text)),
        ];
        self.draft.create(&id, &kind, attributes, self.now);
    }

    /// A code that no case and no report has.
    pub(crate) fn fresh_code(&mut self) -> Result<String, Refusal> {
        for _ in 0..8 {
            let code = self.dice.code(&self.flow.follow_code);
            if find(self.state, &self.flow, &code).is_none() {
                return Ok(code);
            }
        }
        conflict("code", "查询码暂时用尽，请再试一次", "no free code was found, try again")
    }
}

/// Words of the refusal for a person who replied.
pub(crate) const REPLIER: (&str, &str) = (
    "答复过这件案子的人不能核查，请换一个人",
    "who replied in this case may not check it; another person must",
);

/// Checks that one of the principal's roles may do the event.
pub(crate) fn may(flow: &Definition, event: &EventDef, permit: &Permit) -> Result<(), Refusal> {
    let by = |role: &Name| match role.as_str() {
        "system" => permit.is_city(),
        "public" => true,
        role => permit.principal().has_role(role),
    };
    if event.by.is_empty() || permit.is_city() || event.by.iter().any(by) {
        return Ok(());
    }
    let roles = event.by.iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
    let title = &flow.title;
    forbidden(
        "",
        format!("{}：“{}”由 {roles} 来做", title.zh, event.verb.zh),
        format!("{}: {} is done by {roles}", title.en, event.verb.en),
    )
}

/// Checks that the event is allowed in the state of the entity; says in words why not.
pub(crate) fn fits(flow: &Definition, event: &EventDef, entity: &Entity) -> Result<(), Text> {
    let state = entity.text("state").unwrap_or_default();
    if event.from.iter().any(|s| *s == state) {
        return Ok(());
    }
    let is_task = entity.kind() == flow.types.task.as_str();
    let named = if is_task { flow.task_state(state) } else { flow.state(state) };
    let title = named.map_or_else(|| Text { zh: state.into(), en: state.into() }, |s| s.title.clone());
    Err(Text {
        zh: format!("现在是“{}”，不能{}", title.zh, event.verb.zh),
        en: format!("it is in state {}: {} is not possible", title.en, event.verb.en),
    })
}

/// The case or report with a code.
pub(crate) fn find(state: &State, flow: &Definition, code: &str) -> Option<Arc<Entity>> {
    let of = |kind: &Name| {
        let mut select = Select::city(kind.clone(), 1);
        select.conditions = vec![Condition::Equals(Name::new("code"), Value::text(code))];
        state.select(&select).ok().and_then(|p| p.entities.into_iter().next())
    };
    of(&flow.types.report).or_else(|| of(&flow.types.case))
}

/// The case that holds a signal now.
pub(crate) fn holder(state: &State, flow: &Definition, signal: &EntityId) -> Option<Arc<Entity>> {
    let mut select = Select::city(flow.types.case.clone(), 10);
    select.conditions = vec![Condition::Equals(Name::new("signals"), Value::from(signal))];
    let found = state.select(&select).map(|p| p.entities).unwrap_or_default();
    found.into_iter().find(|c| c.value("merged_into").is_none_or(|v| *v == Value::Null))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{Pen, person};

    #[test]
    fn roles_and_states_are_asked_of_the_declaration() {
        let pen = Pen::new();
        let flow = pen.flow();
        let permit = |who: &str| pen.permit(&person(who), "flow.file");
        let file = flow.event("file").unwrap();
        assert!(may(&flow, file, &permit("seat")).is_ok());
        assert!(may(&flow, file, &access::Access::city("flow", "flow.file")).is_ok());
        assert!(may(&flow, flow.event("rate").unwrap(), &permit("checker")).is_ok());
        let refusal = may(&flow, file, &permit("checker")).unwrap_err();
        assert!(refusal.reason.contains("duty_officer") && refusal.reason_zh.contains("立案"));
        assert!(may(&flow, flow.event("late").unwrap(), &permit("seat")).is_err());
    }

    #[test]
    fn codes_and_signals_lead_to_their_case() {
        let mut pen = Pen::new();
        let (case, report, code) = pen.reported("water_pollution");
        let flow = pen.flow();
        assert_eq!(find(pen.state(), &flow, &code).unwrap().id(), &report);
        let own = pen.text(&case, "code");
        assert_eq!(find(pen.state(), &flow, &own).unwrap().id(), &case);
        assert!(find(pen.state(), &flow, "ZZZZZZZZ").is_none());
        assert_eq!(holder(pen.state(), &flow, &report).unwrap().id(), &case);
    }
}
