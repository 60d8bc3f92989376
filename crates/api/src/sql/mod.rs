//! `POST /api/sql`: one statement that reads, under the caller's scope.

mod query;
#[cfg(test)]
mod tests;
mod wire;

#[cfg(test)]
pub(crate) use tests::Echo;

use crate::City;
use axum::Router;
use axum::routing::post;

/// The routes of this folder.
pub(crate) fn routes() -> Router<City> {
    Router::new().route("/api/sql", post(query::query))
}

/// What the OpenAPI document says of them.
#[derive(utoipa::OpenApi)]
#[openapi(paths(query::query), components(schemas(wire::Statement, wire::Answer, wire::Column)))]
pub struct Document;
