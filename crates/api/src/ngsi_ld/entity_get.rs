//! `GET /ngsi-ld/v1/entities/{id}`: one entity (6.5.3.1).

use super::ask::{Ask, key};
use super::failure::Answered;
use super::search::{WANTED, wanted};
use crate::City;
use axum::extract::{Path, State};
use ngsild::render_entity;

/// One entity with what the caller may see of it.
///
/// # Errors
/// `ResourceNotFound`, the same whether it is not there or closed.
#[utoipa::path(get, path = "/ngsi-ld/v1/entities/{id}", tag = "ngsi-ld", operation_id = "ngsi_ld_entity_get",
    params(("id" = String, Path, description = "id of the entity"), ("options" = Option<String>, Query, description = "keyValues, concise, sysAttrs")),
    responses((status = 200, description = "the entity"), (status = 404)))]
pub async fn get(State(city): State<City>, Path(id): Path<String>, ask: Ask) -> Answered {
    ask.params.only(&[&WANTED[..], &["options", "format", "lang", "sysAttrs", "type"]].concat())?;
    let shape = ask.params.shape()?;
    let permit = ask.may_read(&city)?;
    let entity = broker::retrieve(&ask.snapshot.state, &permit, &key(&id)?, &wanted(&ask)?)?;
    Ok(ask.answer(render_entity(&entity, &ask.context, &shape)))
}
