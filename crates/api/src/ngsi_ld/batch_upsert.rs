//! `POST /ngsi-ld/v1/entityOperations/upsert`.

use super::ask::Ask;
use super::batch::run;
use super::failure::Answered;
use crate::City;
use axum::extract::State;
use serde_json::json;

/// Creates entities or replaces those that are there, with `options=update` adding to them (6.15.3.1).
///
/// # Errors
/// `BadRequestData` when the body is no list of at most 1,000; 401 or 403 without the right.
#[utoipa::path(post, path = "/ngsi-ld/v1/entityOperations/upsert", tag = "ngsi-ld", operation_id = "ngsi_ld_batch_upsert", request_body = Vec<Object>,
    responses((status = 201, description = "new entities"), (status = 204, description = "all done"),
        (status = 207, description = "some done"), (status = 400), (status = 403)))]
pub async fn upsert(State(city): State<City>, ask: Ask) -> Answered {
    ask.params.only(&["options"])?;
    Ok(run(&city, &ask, "broker.upsert", json!({ "update": ask.params.option("update") }))
        .await?
        .answer(&ask))
}
