//! `PUT /ngsi-ld/v1/entities/{id}`.

use super::ask::Ask;
use super::failure::Answered;
use super::write::change;
use crate::City;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;

/// Replaces an entity (6.5.3.3).
///
/// # Errors
/// `BadRequestData`, `ResourceNotFound`, or 403 that names the flow of a type that another engine writes.
#[utoipa::path(put, path = "/ngsi-ld/v1/entities/{id}", tag = "ngsi-ld", operation_id = "ngsi_ld_entity_replace", request_body = Object,
    params(("id" = String, Path, description = "id of the entity")),
    responses((status = 204, description = "done"), (status = 400), (status = 403), (status = 404)))]
pub async fn replace(State(city): State<City>, Path(id): Path<String>, ask: Ask) -> Answered {
    ask.params.only(&["type", "options"])?;
    let entity = ask.expanded()?;
    change(&city, &ask, &id, "broker.replace", json!({ "id": id, "entity": entity })).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
