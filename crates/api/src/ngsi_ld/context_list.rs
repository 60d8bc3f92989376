//! `GET /ngsi-ld/v1/jsonldContexts`.

use super::ask::Ask;
use super::contexts::{PATH, document};
use super::failure::Answered;
use axum::Json;
use axum::response::IntoResponse;
use door::packs;

/// The addresses of the contexts that are carried inside (6.29.3.2).
///
/// # Errors
/// `InvalidRequest` for a parameter that is not known.
#[utoipa::path(get, path = "/ngsi-ld/v1/jsonldContexts", tag = "ngsi-ld", operation_id = "ngsi_ld_context_list", responses((status = 200, body = Vec<String>)))]
pub async fn list(ask: Ask) -> Answered {
    ask.params.only(&[])?;
    let packs = ask.snapshot.state.all(packs::PACK).filter(|p| document(p).is_some());
    let own = packs.map(|p| format!("{PATH}{}", p.text("name").unwrap_or_default()));
    let all: Vec<String> = [format!("{PATH}core")].into_iter().chain(own).collect();
    Ok(Json(all).into_response())
}
