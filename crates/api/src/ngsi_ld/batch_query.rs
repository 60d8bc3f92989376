//! `POST /ngsi-ld/v1/entityOperations/query`.

use super::ask::Ask;
use super::failure::Answered;
use super::search::{PAGE, answer, by_body};
use crate::City;
use axum::extract::State;

/// Queries entities by the query in the body (6.23.3.1).
///
/// # Errors
/// What is wrong with a member; 401 or 403 without the right to read.
#[utoipa::path(post, path = "/ngsi-ld/v1/entityOperations/query", tag = "ngsi-ld", operation_id = "ngsi_ld_batch_query", request_body = Object,
    responses((status = 200, description = "entities"), (status = 400), (status = 403)))]
pub async fn query(State(city): State<City>, ask: Ask) -> Answered {
    ask.params.only(&PAGE)?;
    let search = by_body(&ask)?;
    answer(&city, &ask, search, "/ngsi-ld/v1/entityOperations/query").await
}
