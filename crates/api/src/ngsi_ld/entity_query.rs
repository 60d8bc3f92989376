//! `GET /ngsi-ld/v1/entities`: a query (6.4.3.2).

use super::ask::Ask;
use super::failure::Answered;
use super::search::{PAGE, WANTED, answer, by_params};
use crate::City;
use axum::extract::State;

/// Queries entities by `type`, `id`, `idPattern`, `q` and `attrs`, in pages.
///
/// # Errors
/// What is wrong with a parameter; 401 or 403 without the right to read.
#[utoipa::path(get, path = "/ngsi-ld/v1/entities", tag = "ngsi-ld", operation_id = "ngsi_ld_entity_query",
    params(("type" = Option<String>, Query, description = "types"), ("id" = Option<String>, Query, description = "ids"),
        ("idPattern" = Option<String>, Query, description = "regular expression"), ("q" = Option<String>, Query, description = "query"),
        ("attrs" = Option<String>, Query, description = "attributes"), ("limit" = Option<u32>, Query, description = "at most 1000"),
        ("offset" = Option<u32>, Query, description = "entities passed over"), ("count" = Option<bool>, Query, description = "NGSILD-Results-Count"),
        ("options" = Option<String>, Query, description = "keyValues, concise, sysAttrs, count")),
    responses((status = 200, description = "entities"), (status = 400), (status = 403)))]
pub async fn query(State(city): State<City>, ask: Ask) -> Answered {
    ask.params.only(&[&PAGE[..], &WANTED, &["type", "id", "idPattern", "q"]].concat())?;
    let search = by_params(&ask)?;
    answer(&city, &ask, search, "/ngsi-ld/v1/entities").await
}
