//! `GET /ngsi-ld/v1/types/{type}`.

use super::ask::Ask;
use super::failure::Answered;
use super::kinds::seen;
use crate::City;
use axum::extract::{Path, State};
use ngsild::{ErrorKind, LdError};
use serde_json::json;

/// One type with its attributes and the number of entities that the caller sees (6.26.3.1).
///
/// # Errors
/// `ResourceNotFound` when it sees none.
#[utoipa::path(get, path = "/ngsi-ld/v1/types/{type}", tag = "ngsi-ld", operation_id = "ngsi_ld_type_get", params(("type" = String, Path, description = "the type")),
    responses((status = 200, description = "the type"), (status = 404)))]
pub async fn get(State(city): State<City>, Path(kind): Path<String>, ask: Ask) -> Answered {
    ask.params.only(&[])?;
    let permit = ask.may_read(&city)?;
    let name = ask.context.expand(&kind)?;
    let found = seen(&ask.snapshot.state, &permit, &name);
    if found.count == 0 {
        return Err(LdError::new(ErrorKind::ResourceNotFound, format!("no entity of type {kind}")).into());
    }
    let attributes = found.attributes.iter().map(|(attribute, kinds)| {
        let short = ask.context.compact(attribute);
        json!({ "id": short, "type": "Attribute", "attributeName": short, "attributeTypes": kinds })
    });
    let details: Vec<_> = attributes.collect();
    let short = ask.context.compact(&name);
    Ok(ask.answer(json!({
        "id": short, "type": "EntityTypeInfo", "typeName": short, "entityCount": found.count, "attributeDetails": details,
    })))
}
