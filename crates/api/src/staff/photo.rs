//! `GET /api/cases/{id}/signals/{sid}/photo`: a reporter's photograph; reading it is recorded first.

use super::blob_get::picture;
use super::held_signal;
use crate::public::declared::declared;
use crate::public::sight::Sight;
use crate::session::Staff;
use crate::{City, Problem};
use axum::extract::{Path, State};
use axum::response::Response;
use model::Value;

/// The first photograph of one report of a case.
///
/// # Errors
/// 403 when no right names a purpose for it, 404 when there is no such report or photograph.
#[utoipa::path(get, path = "/api/cases/{id}/signals/{sid}/photo", tag = "staff",
    params(("id" = String, Path, description = "the case"), ("sid" = String, Path, description = "the report")),
    responses((status = 200, content_type = "image/*", description = "the picture"), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn photo(
    State(city): State<City>,
    Staff(who): Staff,
    Path((id, sid)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let sight = Sight::of(&city, &who)?;
    let declared = declared(&sight.snapshot.state);
    let flow = declared.flows.first().ok_or_else(|| Problem::missing("flow"))?;
    let report = held_signal(&sight, flow, &id, &sid)?;
    if report.value("photo").is_none_or(|v| *v == Value::Null) {
        return Err(Problem::missing("photo"));
    }
    let values = city.ports.door.read_personal(sight.permit.clone(), &report.key, &["photo"]).await?;
    let first = values.get("photo").and_then(|v| v.items().first()).and_then(Value::as_str);
    picture(&city, first.ok_or_else(|| Problem::missing("photo"))?)
}
