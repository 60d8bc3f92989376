//! `GET /api/tasks/{id}`: one task, with what its body may see of the case.

use super::case::{open_words, view};
use super::shape::{events, log, task as shape_task};
use super::wire::{ReturnReason, TaskView};
use crate::public::declared::declared;
use crate::public::sight::Sight;
use crate::public::wire::T;
use crate::session::Staff;
use crate::{City, Problem};
use axum::Json;
use axum::extract::{Path, State};
use flow::{Definition, Reason};

/// One task.
///
/// # Errors
/// 401 without a session, 404 when it is not there or not open to the caller.
#[utoipa::path(get, path = "/api/tasks/{id}", tag = "staff", params(("id" = String, Path, description = "the task")),
    responses((status = 200, body = TaskView), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn task(
    State(city): State<City>,
    Staff(who): Staff,
    Path(id): Path<String>,
) -> Result<Json<TaskView>, Problem> {
    let sight = Sight::of(&city, &who)?;
    let declared = declared(&sight.snapshot.state);
    let flow = declared.flows.first().ok_or_else(|| Problem::missing("flow"))?;
    let task = sight.must(&id, &flow.types.task)?;
    let of = task.object("case").and_then(|c| sight.see(c)).ok_or_else(|| Problem::missing("case"))?;
    let said = open_words(&city, &sight, flow, &of).await?;
    let state = &sight.snapshot.state;
    let mut case = view(&sight, flow, &of, said);
    let mut offered = events(&flow::events_for(
        state,
        flow,
        &sight.permit,
        state.city(task.id().as_str()).map_or(&task, |t| t),
    ));
    // Of the case itself a body may only add to the log.
    offered.extend(case.events.drain(..).filter(|e| e.name == "flow.note"));
    case.events = offered;
    case.log = log(&sight, flow, &of, Some(task.id()));
    case.version = task.version;
    case.suggestions.clear();
    case.suggested_bodies.clear();
    case.tasks.clear();
    Ok(Json(TaskView { case, task: shape_task(&sight, flow, &task), return_reasons: reasons(flow) }))
}

fn reasons(flow: &Definition) -> Vec<ReturnReason> {
    let reason = |r: &Reason| ReturnReason {
        id: r.id.to_string(),
        title: (&r.title).into(),
        item: r
            .item
            .as_ref()
            .map(|i| T::of(format!("责任清单第 {i} 项"), format!("duty list, item {i}")))
            .unwrap_or_default(),
        article: r.article.clone().unwrap_or_default(),
    };
    flow.return_reasons.iter().map(reason).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_names_its_item_and_article() {
        let reasons = reasons(&crate::staff::shape::tests::flow());
        assert!(reasons.len() >= 4);
        assert!(
            reasons
                .iter()
                .all(|r| r.item.zh.contains('第') && !r.article.is_empty() && !r.title.en.is_empty())
        );
    }
}
