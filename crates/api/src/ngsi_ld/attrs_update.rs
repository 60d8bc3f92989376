//! `PATCH /ngsi-ld/v1/entities/{id}/attrs`.

use super::ask::Ask;
use super::failure::Answered;
use super::updated::answer;
use super::write::change;
use crate::City;
use axum::extract::{Path, State};
use serde_json::json;

/// Sets attributes (6.6.3.2), adding those that are not there and removing those that are `urn:ngsi-ld:null`.
///
/// # Errors
/// `BadRequestData`, `ResourceNotFound`, or 403 that names the flow of a type that another engine writes.
#[utoipa::path(patch, path = "/ngsi-ld/v1/entities/{id}/attrs", tag = "ngsi-ld", operation_id = "ngsi_ld_attrs_update", request_body = Object,
    params(("id" = String, Path, description = "id of the entity")),
    responses((status = 204, description = "all done"), (status = 207, description = "some done"), (status = 400), (status = 403), (status = 404)))]
pub async fn update(State(city): State<City>, Path(id): Path<String>, ask: Ask) -> Answered {
    ask.params.only(&["type", "options"])?;
    let attributes = ask.expanded()?;
    let receipt =
        change(&city, &ask, &id, "broker.update", json!({ "id": id, "attributes": attributes })).await?;
    Ok(answer(&ask, &receipt.answer))
}
