//! `PATCH /ngsi-ld/v1/entities/{id}`.

use super::ask::Ask;
use super::failure::Answered;
use super::write::change;
use crate::City;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;

/// Merges a fragment into an entity: attributes and their parts one by one, `urn:ngsi-ld:null` removing (6.5.3.4).
///
/// # Errors
/// `BadRequestData`, `ResourceNotFound`, or 403 that names the flow of a type that another engine writes.
#[utoipa::path(patch, path = "/ngsi-ld/v1/entities/{id}", tag = "ngsi-ld", operation_id = "ngsi_ld_entity_merge", request_body = Object,
    params(("id" = String, Path, description = "id of the entity")),
    responses((status = 204, description = "done"), (status = 400), (status = 403), (status = 404)))]
pub async fn merge(State(city): State<City>, Path(id): Path<String>, ask: Ask) -> Answered {
    ask.params.only(&["type", "options"])?;
    let entity = ask.expanded()?;
    change(&city, &ask, &id, "broker.merge", json!({ "id": id, "entity": entity })).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
