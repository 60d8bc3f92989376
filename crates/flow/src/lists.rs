//! The lists of the thread: the desk's queue, a body's inbox, what waits for a check, a case's log.

use crate::definition::{Definition, StateDef};
use crate::follow::lines;
use crate::suggest::in_states;
use access::Permit;
use model::{Entity, Name, Time, Value};
use std::sync::Arc;
use store::{Condition, Select, State};

/// Most tasks in one inbox.
const TASKS_MAX: usize = 10_000;
/// A time after all others, for what has no deadline.
const NEVER: Time = Time(i64::MAX);

/// The open cases that the permit sees: the highest level first, then the oldest.
#[must_use]
pub fn queue(state: &State, flow: &Definition, permit: &Permit) -> Vec<Arc<Entity>> {
    let open: Vec<Name> = flow.states.iter().filter(|s| !s.ended).map(|s| s.id.clone()).collect();
    let mut cases = in_states(state, flow, &open);
    cases.retain(|c| permit.sees(c));
    let level = |c: &Entity| c.number("level").unwrap_or(f64::INFINITY);
    cases.sort_by(|a, b| {
        level(a).total_cmp(&level(b)).then_with(|| a.time("opened_at").cmp(&b.time("opened_at")))
    });
    cases
}

/// The cases that wait for a check or for closing, the nearest deadline first.
#[must_use]
pub fn checks(state: &State, flow: &Definition, permit: &Permit) -> Vec<Arc<Entity>> {
    let from = ["check", "close"]
        .iter()
        .filter_map(|e| flow.event(e))
        .flat_map(|e| e.from.clone())
        .collect::<Vec<_>>();
    let mut cases = in_states(state, flow, &from);
    cases.retain(|c| permit.sees(c));
    cases.sort_by_key(|c| due(c));
    cases
}

/// The tasks that wait for the principal's body (for every body that it sees when it has none), the nearest
/// deadline first.
#[must_use]
pub fn inbox(state: &State, flow: &Definition, permit: &Permit) -> Vec<Arc<Entity>> {
    tasks(state, flow, permit, |s| !s.ended)
}

/// The tasks that have been replied to while their case is still open, the newest reply first.
#[must_use]
pub fn replied(state: &State, flow: &Definition, permit: &Permit) -> Vec<Arc<Entity>> {
    let done = flow.task_event("reply").map(|e| &e.to);
    let mut tasks = tasks(state, flow, permit, |s| Some(&s.id) == done);
    let open = |t: &Arc<Entity>| {
        let case = t.object("case").and_then(|id| state.city(id.as_str()));
        case.and_then(|c| c.text("state")).is_some_and(|s| flow.is_open(s))
    };
    tasks.retain(open);
    tasks.sort_by_key(|t| std::cmp::Reverse(t.time("replied_at")));
    tasks
}

fn tasks(
    state: &State,
    flow: &Definition,
    permit: &Permit,
    wanted: impl Fn(&StateDef) -> bool,
) -> Vec<Arc<Entity>> {
    let states = flow.task.states.iter().filter(|s| wanted(s)).map(|s| Value::text(s.id.as_str())).collect();
    let mut select = Select::city(flow.types.task.clone(), TASKS_MAX);
    select.conditions = vec![Condition::OneOf(Name::new("state"), states)];
    if let Some(body) = &permit.principal().body {
        select.conditions.push(Condition::Equals(Name::new("body"), Value::from(body)));
    }
    let mut tasks = state.select(&select).map(|p| p.entities).unwrap_or_default();
    tasks.retain(|t| permit.sees(t));
    tasks.sort_by_key(|t| due(t));
    tasks
}

/// The lines of a case's log, in order; nothing when the permit does not see the case.
#[must_use]
pub fn log(state: &State, flow: &Definition, permit: &Permit, case: &Entity) -> Vec<Arc<Entity>> {
    if !permit.sees(case) {
        return vec![];
    }
    lines(state, flow, case).cloned().collect()
}

/// The next deadline of a case or task: of its step, or of the whole.
fn due(entity: &Entity) -> Time {
    let times = ["step_deadline", "deadline"].iter().filter_map(|n| entity.time(n));
    times.min().unwrap_or(NEVER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{ECO, Pen, person};
    use model::EntityId;
    use serde_json::json;

    fn id_of(list: Vec<Arc<Entity>>) -> Vec<EntityId> {
        list.iter().map(|e| e.id().clone()).collect()
    }

    #[test]
    fn the_queue_is_sorted_by_level_and_then_by_time() {
        let mut pen = Pen::new();
        let (low, ..) = pen.reported("noise");
        pen.pass(10);
        let (mid, ..) = pen.reported("dead_fish");
        pen.pass(10);
        let (mid_later, ..) = pen.reported("monitor_silent");
        pen.pass(10);
        let (high, _) = pen.alerted(0.0);
        let read = |who: &str| pen.permit(&person(who), "read");
        let flow = pen.flow();
        assert_eq!(id_of(queue(pen.state(), &flow, &read("seat"))), [high, mid, mid_later, low]);
        assert!(queue(pen.state(), &flow, &read("handler")).is_empty());
    }

    #[test]
    fn an_inbox_holds_the_tasks_of_its_body_until_they_are_replied() {
        let mut pen = Pen::new();
        let (case, eco, town) = pen.dispatched();
        let flow = pen.flow();
        let lists = |pen: &Pen, who: &str| {
            let permit = pen.permit(&person(who), "read");
            (id_of(inbox(pen.state(), &flow, &permit)), id_of(replied(pen.state(), &flow, &permit)))
        };
        assert_eq!(lists(&pen, "handler"), (vec![eco.clone()], vec![]));
        assert_eq!(lists(&pen, "town"), (vec![town.clone()], vec![]));
        let mut both = vec![eco.clone(), town];
        both.sort();
        let mut seen = lists(&pen, "supervisor").0;
        seen.sort();
        assert_eq!(seen, both);
        pen.tell(&person("handler"), "flow.accept", json!({"task": eco.as_str()})).unwrap();
        pen.tell(&person("handler"), "flow.reply", json!({"task": eco.as_str(), "words": "好"})).unwrap();
        assert_eq!(lists(&pen, "handler"), (vec![], vec![eco]));
        assert_eq!(
            queue(pen.state(), &flow, &pen.permit(&person("handler"), "read")).len(),
            1,
            "the case of its task"
        );
        assert_eq!(pen.text(&case, "state"), "dispatched");
    }

    #[test]
    fn the_nearest_deadline_stands_first_in_the_inbox() {
        let mut pen = Pen::new();
        let mut tasks = Vec::new();
        for _ in 0..2 {
            let (case, ..) = pen.reported("water_pollution");
            pen.tell(&person("seat"), "flow.dispatch", json!({"case": case.as_str(), "bodies": [ECO]}))
                .unwrap();
            tasks.extend(pen.ids(&case, "tasks"));
            pen.pass(60);
        }
        pen.tell(&person("handler"), "flow.accept", json!({"task": tasks[0].as_str()})).unwrap();
        tasks.reverse();
        assert_eq!(id_of(inbox(pen.state(), &pen.flow(), &pen.permit(&person("handler"), "read"))), tasks);
    }

    #[test]
    fn what_waits_for_a_check_and_its_log_are_under_the_permit() {
        let mut pen = Pen::new();
        pen.reported("noise");
        let (case, _) = pen.replied();
        let flow = pen.flow();
        let permit = |who: &str| pen.permit(&person(who), "read");
        assert_eq!(id_of(checks(pen.state(), &flow, &permit("checker"))), vec![case.clone()]);
        let lines = |who: &str| log(pen.state(), &flow, &permit(who), &pen.entity(&case)).len();
        assert_eq!((lines("checker"), lines("public")), (9, 0));
    }
}
