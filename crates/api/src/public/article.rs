//! `GET /api/articles/{n}`: one article with the duties wired to it and the rows that the caller may see.

use super::declared::declared;
use super::law;
use super::sight::Sight;
use super::wire::Article;
use crate::session::Caller;
use crate::{City, Problem};
use axum::Json;
use axum::extract::{Path, State};

/// One article.
///
/// # Errors
/// 404 when the ordinance has no such article.
#[utoipa::path(get, path = "/api/articles/{n}", tag = "public", params(("n" = u32, Path, description = "number of the article")),
    responses((status = 200, body = Article), (status = 404, body = Problem)))]
pub async fn article(
    State(city): State<City>,
    Caller(who): Caller,
    Path(n): Path<String>,
) -> Result<Json<Article>, Problem> {
    let number: u32 = n
        .parse()
        .map_err(|_| Problem::invalid("n", "条号应是数字", "the number of an article is a whole number"))?;
    let sight = Sight::of(&city, &who)?;
    let state = &sight.snapshot.state;
    let detail = duty::article(state, &declared(state).duties, &sight.permit, sight.now, number);
    detail
        .map(|d| Json(law::detailed(&sight, &d)))
        .ok_or_else(|| Problem::missing(&format!("article {number}")))
}
