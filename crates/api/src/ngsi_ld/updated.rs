//! The answer to a change of several attributes (5.2.18).

use super::ask::Ask;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use model::Name;
use serde_json::{Value as Json, json};

/// 204 when all were changed, else 207 with those that were and those that were not.
pub(super) fn answer(ask: &Ask, done: &Json) -> Response {
    let list = |member: &str| done.get(member).and_then(Json::as_array).cloned().unwrap_or_default();
    let not = list("notUpdated");
    if not.is_empty() {
        return StatusCode::NO_CONTENT.into_response();
    }
    let short = |name: &Json| ask.context.compact(&Name::new(name.as_str().unwrap_or_default()));
    let updated: Vec<String> = list("updated").iter().map(short).collect();
    let not =
        not.iter().map(|n| json!({ "attributeName": short(&n["attributeName"]), "reason": n["reason"] }));
    let body = json!({ "updated": updated, "notUpdated": not.collect::<Vec<_>>() });
    let mut response = ask.answer(body);
    *response.status_mut() = StatusCode::MULTI_STATUS;
    response
}
