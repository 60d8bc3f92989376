//! `POST /api/reports/{code}/rating`: whoever has the code says how it went, once.

use super::declared::declared;
use super::follow::{code_of, slowed};
use super::report::idempotency_key;
use super::wire::Rating;
use crate::session::Caller;
use crate::{City, Problem};
use access::Principal;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use model::Name;
use serde_json::json;
use std::sync::Arc;

/// Rates a closed case.
///
/// # Errors
/// 404 without such a code, 409 when it is not closed or has been rated, 429 when one address guesses.
#[utoipa::path(post, path = "/api/reports/{code}/rating", tag = "public", params(("code" = String, Path, description = "code of the receipt")),
    request_body = Rating,
    responses((status = 200, body = Rating), (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn rate(
    State(city): State<City>,
    Caller(who): Caller,
    Path(code): Path<String>,
    headers: HeaderMap,
    crate::staff::Asked(asked): crate::staff::Asked<Rating>,
) -> Result<Json<Rating>, Problem> {
    let snapshot = city.snapshot();
    let declared = declared(&snapshot.state);
    let flow = declared.flows.first().ok_or_else(|| Problem::missing("flow"))?;
    let found = slowed(&city, &who, || flow::follow(&snapshot.state, flow, &code), &code)?;
    let code = code_of(&found).to_owned();
    let key = idempotency_key(&headers)?
        .map(|k| Name::new(blake3::hash(format!("{code}\n{k}").as_bytes()).to_hex().as_str()));
    let public = Arc::new(Principal::public(who.remote.clone()));
    city.submit(&public, "flow.rate", json!({ "code": code, "word": asked.word }), key, vec![]).await?;
    Ok(Json(asked))
}
