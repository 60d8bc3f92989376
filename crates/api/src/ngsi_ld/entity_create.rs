//! `POST /ngsi-ld/v1/entities`: a new entity (6.4.3.1).

use super::ask::Ask;
use super::failure::Answered;
use super::write::submit;
use crate::City;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Value as Json, json};

/// Creates an entity.
///
/// # Errors
/// `BadRequestData`, `AlreadyExists`, or 403 for a type that another engine writes.
#[utoipa::path(post, path = "/ngsi-ld/v1/entities", tag = "ngsi-ld", operation_id = "ngsi_ld_entity_create", request_body = Object,
    responses((status = 201, description = "created, its address in Location"), (status = 400), (status = 403), (status = 409)))]
pub async fn create(State(city): State<City>, ask: Ask) -> Answered {
    ask.params.only(&[])?;
    let entity = ask.expanded()?;
    let id = entity.get("id").and_then(Json::as_str).unwrap_or_default().to_owned();
    submit(&city, &ask, "broker.create", json!({ "entity": entity })).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location(&id))]).into_response())
}

fn location(id: &str) -> String {
    format!("/ngsi-ld/v1/entities/{}", crate::device::escape(id).replace("%3A", ":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_path() {
        assert_eq!(location("urn:ngsi-ld:罐:1"), "/ngsi-ld/v1/entities/urn:ngsi-ld:%E7%BD%90:1");
    }
}
