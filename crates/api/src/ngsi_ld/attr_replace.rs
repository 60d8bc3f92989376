//! `PUT /ngsi-ld/v1/entities/{id}/attrs/{attr}`.

use super::ask::Ask;
use super::failure::Answered;
use super::write::change;
use crate::City;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;

/// Replaces one attribute (6.7.3.3).
///
/// # Errors
/// `BadRequestData`, `ResourceNotFound`, or 403 that names the flow of a type that another engine writes.
#[utoipa::path(put, path = "/ngsi-ld/v1/entities/{id}/attrs/{attr}", tag = "ngsi-ld", operation_id = "ngsi_ld_attr_replace", request_body = Object,
    params(("id" = String, Path, description = "id of the entity"), ("attr" = String, Path, description = "the attribute")),
    responses((status = 204, description = "done"), (status = 400), (status = 403), (status = 404)))]
pub async fn replace(
    State(city): State<City>,
    Path((id, attr)): Path<(String, String)>,
    ask: Ask,
) -> Answered {
    ask.params.only(&["type", "options"])?;
    let (attribute, fragment) = (ask.context.expand(&attr)?, ask.fragment(&attr)?);
    let body = json!({ "id": id, "attribute": attribute, "fragment": fragment });
    change(&city, &ask, &id, "broker.replace_attr", body).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
