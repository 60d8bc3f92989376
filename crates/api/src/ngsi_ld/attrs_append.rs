//! `POST /ngsi-ld/v1/entities/{id}/attrs`.

use super::ask::Ask;
use super::failure::Answered;
use super::updated::answer;
use super::write::change;
use crate::City;
use axum::extract::{Path, State};
use serde_json::json;

/// Adds attributes (6.6.3.1); with `options=noOverwrite` those that are there stand.
///
/// # Errors
/// `BadRequestData`, `ResourceNotFound`, or 403 that names the flow of a type that another engine writes.
#[utoipa::path(post, path = "/ngsi-ld/v1/entities/{id}/attrs", tag = "ngsi-ld", operation_id = "ngsi_ld_attrs_append", request_body = Object,
    params(("id" = String, Path, description = "id of the entity"), ("options" = Option<String>, Query, description = "noOverwrite")),
    responses((status = 204, description = "all done"), (status = 207, description = "some done"), (status = 400), (status = 403), (status = 404)))]
pub async fn append(State(city): State<City>, Path(id): Path<String>, ask: Ask) -> Answered {
    ask.params.only(&["type", "options"])?;
    let attributes = ask.expanded()?;
    let body =
        json!({ "id": id, "attributes": attributes, "no_overwrite": ask.params.option("noOverwrite") });
    let receipt = change(&city, &ask, &id, "broker.append", body).await?;
    Ok(answer(&ask, &receipt.answer))
}
