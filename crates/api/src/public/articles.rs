//! `GET /api/articles`: all articles with their paragraphs, words and counts.

use super::law;
use super::sight::Sight;
use super::wire::{Articles, at};
use crate::session::Caller;
use crate::{City, Problem};
use axum::Json;
use axum::extract::State;

/// The whole ordinance with its pulse.
///
/// # Errors
/// 403 when the caller may read nothing.
#[utoipa::path(get, path = "/api/articles", tag = "public", responses((status = 200, body = Articles)))]
pub async fn articles(State(city): State<City>, Caller(who): Caller) -> Result<Json<Articles>, Problem> {
    let sight = Sight::of(&city, &who)?;
    let articles = law::views(&sight).iter().map(|a| law::article(&sight, a)).collect();
    Ok(Json(Articles { now: at(sight.now), articles }))
}
