//! `POST /ngsi-ld/v1/entityOperations/merge`.

use super::ask::Ask;
use super::batch::run;
use super::failure::Answered;
use crate::City;
use axum::extract::State;
use serde_json::json;

/// Merges fragments into entities (6.31.3.1).
///
/// # Errors
/// `BadRequestData` when the body is no list of at most 1,000; 401 or 403 without the right.
#[utoipa::path(post, path = "/ngsi-ld/v1/entityOperations/merge", tag = "ngsi-ld", operation_id = "ngsi_ld_batch_merge", request_body = Vec<Object>,
    responses((status = 201, description = "new entities"), (status = 204, description = "all done"),
        (status = 207, description = "some done"), (status = 400), (status = 403)))]
pub async fn merge(State(city): State<City>, ask: Ask) -> Answered {
    ask.params.only(&["options"])?;
    Ok(run(&city, &ask, "broker.batch_merge", json!({})).await?.answer(&ask))
}
