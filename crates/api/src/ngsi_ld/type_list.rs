//! `GET /ngsi-ld/v1/types`.

use super::ask::Ask;
use super::failure::Answered;
use super::kinds::{seen, types};
use crate::City;
use axum::extract::State;
use model::Name;
use serde_json::{Value as Json, json};

/// The types of which the caller sees an entity (6.25.3.1); with `details=true` with their attributes.
///
/// # Errors
/// 401 or 403 without the right to read.
#[utoipa::path(get, path = "/ngsi-ld/v1/types", tag = "ngsi-ld", operation_id = "ngsi_ld_type_list",
    params(("details" = Option<bool>, Query, description = "with attributes")),
    responses((status = 200, description = "types"), (status = 403)))]
pub async fn list(State(city): State<City>, ask: Ask) -> Answered {
    ask.params.only(&["details"])?;
    let permit = ask.may_read(&city)?;
    let (state, types) = (&ask.snapshot.state, types(&ask.snapshot.state, &permit));
    let short = |name: &Name| ask.context.compact(name);
    if ask.params.yes("details")? {
        let each = types.iter().map(|kind| {
            let names: Vec<String> = seen(state, &permit, kind).attributes.keys().map(short).collect();
            json!({ "id": short(kind), "type": "EntityType", "typeName": short(kind), "attributeNames": names })
        });
        return Ok(ask.answer(Json::Array(each.collect())));
    }
    let names: Vec<String> = types.iter().map(short).collect();
    Ok(ask.answer(
        json!({ "id": "urn:ngsi-ld:EntityTypeList:city", "type": "EntityTypeList", "typeList": names }),
    ))
}
