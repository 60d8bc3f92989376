//! What people who are signed in see and do: the desk, cases, the inbox, checks, commands, photographs, the
//! audit. Every answer follows the caller's rights.

mod asked;
mod audit;
mod blob_get;
mod blob_put;
mod case;
mod checks;
mod command;
mod desk;
mod fresh;
mod inbox;
mod phone;
mod photo;
mod shape;
mod task;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod wire;

pub(crate) use asked::Asked;

use crate::public::sight::{Sight, ids};
use crate::{City, Problem};
use axum::Router;
use axum::routing::{get, post};
use flow::Definition;
use model::{Entity, EntityId};
use std::sync::Arc;

/// The routes of this folder.
pub fn routes() -> Router<City> {
    Router::new()
        .route("/api/desk", get(desk::desk))
        .route("/api/cases/{id}", get(case::case))
        .route("/api/cases/{id}/signals/{sid}/phone", post(phone::phone))
        .route("/api/cases/{id}/signals/{sid}/photo", get(photo::photo))
        .route("/api/inbox", get(inbox::inbox))
        .route("/api/tasks/{id}", get(task::task))
        .route("/api/checks", get(checks::checks))
        .route("/api/commands/{name}", post(command::command))
        .route("/api/blobs", post(blob_put::put))
        .route("/api/blobs/{id}", get(blob_get::blob))
        .route("/api/views/audit", get(audit::audit))
}

/// What this folder adds to the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    desk::desk,
    case::case,
    phone::phone,
    photo::photo,
    inbox::inbox,
    task::task,
    checks::checks,
    command::command,
    blob_put::put,
    blob_get::blob,
    audit::audit,
))]
pub struct Document;

/// A report that a case holds, whole; its personal columns are still sealed.
///
/// # Errors
/// 404 when the case is not open to the caller, does not hold it, or it is no report.
fn held_signal(sight: &Sight, flow: &Definition, case: &str, signal: &str) -> Result<Arc<Entity>, Problem> {
    let case = sight.must(case, &flow.types.case)?;
    let id = EntityId::new(signal);
    let held = ids(&case, "signals").contains(&id);
    let report = sight.snapshot.state.city(signal).filter(|e| held && e.kind() == flow.types.report.as_str());
    report.filter(|e| sight.permit.sees(e)).cloned().ok_or_else(|| Problem::missing("report"))
}
