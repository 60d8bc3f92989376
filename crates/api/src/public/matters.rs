//! `GET /api/matters`: what a report can be about.

use super::declared::declared;
use super::wire::Choice;
use crate::{City, Problem};
use axum::Json;
use axum::extract::State;

/// The matters of the duty list, in its order.
///
/// # Errors
/// 404 while no flow is installed.
#[utoipa::path(get, path = "/api/matters", tag = "public", responses((status = 200, body = [Choice]), (status = 404, body = Problem)))]
pub async fn matters(State(city): State<City>) -> Result<Json<Vec<Choice>>, Problem> {
    let declared = declared(&city.snapshot().state);
    let flow = declared.flows.first().ok_or_else(|| Problem::missing("flow"))?;
    let choice = |m: &flow::Matter| Choice { id: m.id.clone(), title: (&m.title).into() };
    Ok(Json(flow.matters.values().map(choice).collect()))
}
