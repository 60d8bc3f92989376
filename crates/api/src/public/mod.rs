//! What everybody may see and do without an account: the front page, the law, the map, reports.

mod alarms;
mod areas;
mod article;
mod articles;
mod day;
pub(crate) mod declared;
mod follow;
mod form;
mod front;
mod law;
mod map;
mod matters;
pub mod photo;
mod rate;
mod report;
pub(crate) mod sight;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod wire;

pub(crate) use report::{idempotency_key, not_kept};

use crate::City;
use axum::Router;
use axum::routing::{get, post};

/// The routes of this folder.
pub fn routes() -> Router<City> {
    Router::new()
        .route("/api/front", get(front::front))
        .route("/api/articles", get(articles::articles))
        .route("/api/articles/{n}", get(article::article))
        .route("/api/matters", get(matters::matters))
        .route("/api/areas", get(areas::areas))
        .route("/api/map", get(map::map))
        .route("/api/reports", post(report::report))
        .route("/api/reports/{code}", get(follow::follow))
        .route("/api/reports/{code}/rating", post(rate::rate))
}

/// What this folder adds to the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    front::front,
    articles::articles,
    article::article,
    matters::matters,
    areas::areas,
    map::map,
    report::report,
    follow::follow,
    rate::rate,
))]
pub struct Document;
