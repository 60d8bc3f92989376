//! `GET /api/inbox`: the tasks of the caller's body, the nearest deadline first.

use super::shape::task_state_title;
use super::wire::{Inbox, InboxTask};
use crate::public::declared::declared;
use crate::public::sight::{Sight, flag, level, text};
use crate::public::wire::at;
use crate::session::Staff;
use crate::{City, Problem};
use axum::Json;
use axum::extract::State;
use flow::Definition;
use model::Entity;
use std::collections::BTreeMap;

/// Most tasks in one answer; the counts are of all.
const TASKS_MAX: usize = 500;

/// The inbox of the caller's body.
///
/// # Errors
/// 401 without a session, 403 without the right to read.
#[utoipa::path(get, path = "/api/inbox", tag = "staff", responses((status = 200, body = Inbox), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn inbox(State(city): State<City>, Staff(who): Staff) -> Result<Json<Inbox>, Problem> {
    let sight = Sight::of(&city, &who)?;
    let declared = declared(&sight.snapshot.state);
    let flow = declared.flows.first().ok_or_else(|| Problem::missing("flow"))?;
    let state = &sight.snapshot.state;
    let mut tasks = flow::inbox(state, flow, &sight.permit);
    tasks.extend(flow::replied(state, flow, &sight.permit));
    let seen: Vec<Entity> = tasks.iter().filter_map(|t| sight.project(t)).collect();
    let mut counts = BTreeMap::new();
    for task in &seen {
        *counts.entry(task.text("state").unwrap_or_default().to_owned()).or_insert(0) += 1;
    }
    Ok(Json(Inbox {
        now: at(sight.now),
        tasks: seen.iter().take(TASKS_MAX).map(|t| item(flow, t)).collect(),
        counts,
    }))
}

fn item(flow: &Definition, task: &Entity) -> InboxTask {
    let state = task.text("state").unwrap_or_default();
    InboxTask {
        id: task.id().to_string(),
        case: task.text("case").unwrap_or_default().to_owned(),
        code: task.text("code").unwrap_or_default().to_owned(),
        state: state.to_owned(),
        state_title: task_state_title(flow, state),
        headline: text(task, "headline").unwrap_or_default(),
        place: text(task, "place").unwrap_or_default(),
        level: level(task),
        received_at: at(task.time("dispatched_at").unwrap_or(task.created_at)),
        deadline_step: task.time("step_deadline").map(at),
        deadline_whole: task.time("deadline").map(at),
        late: flag(task, "late"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::public::sight::tests::entity;
    use crate::staff::shape::tests::flow;
    use model::{Time, Value};

    #[test]
    fn a_task_has_two_clocks() {
        let task = entity(
            "urn:t:1",
            "Task",
            vec![
                ("case", Value::Id("urn:c:1".into())),
                ("state", "accepted".into()),
                ("step_deadline", Time(0).into()),
                ("deadline", Time::from_secs(60).into()),
                ("late", true.into()),
            ],
        );
        let item = item(&flow(), &task);
        assert_eq!(
            (item.state_title.zh.as_str(), item.case.as_str(), item.late),
            ("已接下", "urn:c:1", true)
        );
        assert_eq!(
            (item.deadline_step.as_deref(), item.deadline_whole.as_deref()),
            (Some("1970-01-01T00:00:00Z"), Some("1970-01-01T00:01:00Z"))
        );
    }
}
