//! `GET /ngsi-ld/v1/jsonldContexts/{id}`.

use super::ask::Ask;
use super::contexts::document;
use super::failure::Answered;
use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse;
use door::packs;
use ngsild::{CORE_CONTEXT, ErrorKind, LdError};
use serde_json::json;

/// A context that is carried inside (6.30.3.1): `core`, which is the published core context by its address, or the
/// one of an installed pack.
///
/// # Errors
/// `ResourceNotFound` for another one.
#[utoipa::path(get, path = "/ngsi-ld/v1/jsonldContexts/{id}", tag = "ngsi-ld", operation_id = "ngsi_ld_context_get", params(("id" = String, Path, description = "core, or a pack")),
    responses((status = 200, body = Object), (status = 404)))]
pub async fn get(Path(id): Path<String>, ask: Ask) -> Answered {
    ask.params.only(&[])?;
    let own = || {
        ask.snapshot.state.all(packs::PACK).find(|p| p.text("name") == Some(&id)).and_then(|p| document(p))
    };
    let found = if id == "core" { Some(json!({ "@context": CORE_CONTEXT })) } else { own() };
    let found = found.ok_or_else(|| LdError::new(ErrorKind::ResourceNotFound, format!("no context {id}")))?;
    Ok(([(header::CONTENT_TYPE, "application/ld+json")], found.to_string()).into_response())
}
