//! NGSI-LD over HTTP (ETSI GS CIM 009 v1.9.1, clause 6) under `/ngsi-ld/v1`.

mod ask;
mod attr_delete;
mod attr_partial;
mod attr_replace;
mod attrs_append;
mod attrs_update;
mod batch;
mod batch_create;
mod batch_delete;
mod batch_merge;
mod batch_query;
mod batch_update;
mod batch_upsert;
mod context_get;
mod context_list;
mod contexts;
mod entity_create;
mod entity_delete;
mod entity_get;
mod entity_merge;
mod entity_query;
mod entity_replace;
mod failure;
mod kinds;
mod params;
mod search;
#[cfg(test)]
mod tests;
mod type_get;
mod type_list;
mod updated;
mod write;

use crate::City;
use axum::Router;
use axum::routing::{MethodRouter, delete, get, patch, post};

/// The routes of this folder, each with and without a slash at its end.
pub fn routes() -> Router<City> {
    let entity = get(entity_get::get)
        .patch(entity_merge::merge)
        .put(entity_replace::replace)
        .delete(entity_delete::delete);
    let attr = patch(attr_partial::partial).put(attr_replace::replace).merge(delete(attr_delete::delete));
    let all: [(&str, MethodRouter<City>); 14] = [
        ("/entities", post(entity_create::create).get(entity_query::query)),
        ("/entities/{id}", entity),
        ("/entities/{id}/attrs", post(attrs_append::append).patch(attrs_update::update)),
        ("/entities/{id}/attrs/{attr}", attr),
        ("/entityOperations/create", post(batch_create::create)),
        ("/entityOperations/upsert", post(batch_upsert::upsert)),
        ("/entityOperations/update", post(batch_update::update)),
        ("/entityOperations/merge", post(batch_merge::merge)),
        ("/entityOperations/delete", post(batch_delete::delete)),
        ("/entityOperations/query", post(batch_query::query)),
        ("/types", get(type_list::list)),
        ("/types/{type}", get(type_get::get)),
        ("/jsonldContexts", get(context_list::list)),
        ("/jsonldContexts/{id}", get(context_get::get)),
    ];
    all.into_iter().fold(Router::new(), |router, (path, methods)| {
        let path = format!("/ngsi-ld/v1{path}");
        router.route(&path, methods.clone()).route(&format!("{path}/"), methods)
    })
}

/// What this folder adds to the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    entity_create::create,
    entity_query::query,
    entity_get::get,
    entity_merge::merge,
    entity_replace::replace,
    entity_delete::delete,
    attrs_append::append,
    attrs_update::update,
    attr_partial::partial,
    attr_replace::replace,
    attr_delete::delete,
    batch_create::create,
    batch_upsert::upsert,
    batch_update::update,
    batch_merge::merge,
    batch_delete::delete,
    batch_query::query,
    type_list::list,
    type_get::get,
    context_list::list,
    context_get::get,
))]
pub struct Document;
