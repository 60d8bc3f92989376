//! `DELETE /ngsi-ld/v1/entities/{id}/attrs/{attr}`.

use super::ask::Ask;
use super::failure::Answered;
use super::write::change;
use crate::City;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;

/// Removes one instance of an attribute (`datasetId`), or with `deleteAll` all of them (6.7.3.2).
///
/// # Errors
/// `ResourceNotFound`, or 403 that names the flow of a type that another engine writes.
#[utoipa::path(delete, path = "/ngsi-ld/v1/entities/{id}/attrs/{attr}", tag = "ngsi-ld", operation_id = "ngsi_ld_attr_delete",
    params(("id" = String, Path, description = "id of the entity"), ("attr" = String, Path, description = "the attribute"),
        ("datasetId" = Option<String>, Query, description = "the instance"), ("deleteAll" = Option<bool>, Query, description = "all instances")),
    responses((status = 204, description = "done"), (status = 403), (status = 404)))]
pub async fn delete(
    State(city): State<City>,
    Path((id, attr)): Path<(String, String)>,
    ask: Ask,
) -> Answered {
    ask.params.only(&["type", "datasetId", "deleteAll"])?;
    let (attribute, all) = (ask.context.expand(&attr)?, ask.params.yes("deleteAll")?);
    let body = json!({ "id": id, "attribute": attribute, "dataset_id": ask.params.get("datasetId"), "delete_all": all });
    change(&city, &ask, &id, "broker.delete_attr", body).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
