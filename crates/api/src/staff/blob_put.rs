//! `POST /api/blobs`: a photograph of a reply or note, cleaned and durable before a command names it.

use super::fresh;
use super::shape::blob;
use super::wire::Blob;
use crate::flood::Rate;
use crate::public::not_kept;
use crate::public::photo::{self, Fault, PHOTO_MAX};
use crate::session::Staff;
use crate::{City, Problem};
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::StatusCode;

/// How often one person may store a photograph.
const RATE: Rate = Rate { burst: 30, every_s: 5 };

/// Stores a photograph: the bytes of a JPEG, PNG or WebP of at most 8 MiB as the body.
///
/// # Errors
/// 400 in words when it is no photograph, 429 when too many come, 503 when the disk does not take it.
#[utoipa::path(post, path = "/api/blobs", tag = "staff",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Blob), (status = 400, body = Problem), (status = 429, body = Problem)))]
pub async fn put(
    State(city): State<City>,
    Staff(who): Staff,
    body: Body,
) -> Result<(StatusCode, Json<Blob>), Problem> {
    city.floods.take(who.id.as_str(), "blob", RATE, city.now())?;
    let bytes = to_bytes(body, PHOTO_MAX).await.map_err(|_| Fault::Large.problem("photo"))?;
    let picture = photo::clean(&bytes).map_err(|f| f.problem("photo"))?;
    let id = city.ports.blobs.put(None, &picture).map_err(|e| not_kept(&e))?;
    fresh::keep(&who.id, &id, city.now());
    Ok((StatusCode::CREATED, Json(Blob { url: blob(&id), id })))
}
