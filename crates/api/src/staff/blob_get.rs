//! `GET /api/blobs/{id}`: a photograph of a reply or note, for staff who see what names it and for the
//! reporter by the code.

use super::fresh;
use crate::flood::Rate;
use crate::public::declared::declared;
use crate::public::photo::Kind;
use crate::public::sight::{Sight, words};
use crate::session::Caller;
use crate::{City, Problem};
use access::Principal;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use flow::Definition;
use serde::Deserialize;
use std::sync::Arc;

/// Most tasks and lines that are looked through.
const LOOKED_MAX: usize = 100_000;
/// Longest id of a photograph.
const ID_MAX: usize = 200;
/// How often one address may ask by a code.
const RATE: Rate = Rate { burst: 60, every_s: 1 };

/// How somebody without an account is let in.
#[derive(Deserialize)]
pub struct ByCode {
    code: Option<String>,
}

/// One photograph.
///
/// # Errors
/// 404 when it is not there or nothing that the caller sees names it.
#[utoipa::path(get, path = "/api/blobs/{id}", tag = "staff",
    params(("id" = String, Path, description = "the photograph"), ("code" = Option<String>, Query, description = "code of the reporter")),
    responses((status = 200, content_type = "image/*", description = "the picture"), (status = 404, body = Problem)))]
pub async fn blob(
    State(city): State<City>,
    Caller(who): Caller,
    Path(id): Path<String>,
    Query(by): Query<ByCode>,
) -> Result<Response, Problem> {
    let snapshot = city.snapshot();
    let declared = declared(&snapshot.state);
    let flow = declared.flows.first().ok_or_else(|| Problem::missing("flow"))?;
    let open = id.len() <= ID_MAX
        && match &by.code {
            Some(code) => {
                let address = who.remote.as_ref().map_or("unknown", |r| r.as_str());
                city.floods.take(address, "blob-code", RATE, city.now())?;
                named_to_reporter(&snapshot, flow, code, &id)
            }
            None => who.via != "public" && named_to_staff(&city, flow, &who, &id)?,
        };
    if open { picture(&city, &id) } else { Err(Problem::missing("photo")) }
}

/// Whether a reply to the report with this code shows the photograph.
fn named_to_reporter(snapshot: &door::Snapshot, flow: &Definition, code: &str, id: &str) -> bool {
    let found = if code.len() <= 40 { flow::follow(&snapshot.state, flow, code) } else { None };
    found.is_some_and(|f| f.replies.iter().any(|r| r.photos.iter().any(|p| p == id)))
}

/// Whether a task or line that the caller sees names it, or the caller has just stored it.
fn named_to_staff(city: &City, flow: &Definition, who: &Arc<Principal>, id: &str) -> Result<bool, Problem> {
    if fresh::is_own(&who.id, id, city.now()) {
        return Ok(true);
    }
    let sight = Sight::of(city, who)?;
    let names = |kind: &model::Name, attribute: &str| {
        let all = sight.snapshot.state.all(kind.as_str()).take(LOOKED_MAX);
        let mut naming = all.filter(|e| words(e, attribute).iter().any(|w| w == id));
        naming.any(|e| sight.permit.sees(e) || e.object("case").is_some_and(|c| sight.see(c).is_some()))
    };
    Ok(names(&flow.types.task, "reply_photo") || names(&flow.types.event, "photo"))
}

/// The bytes of a photograph, never to be run as anything else.
pub(super) fn picture(city: &City, id: &str) -> Result<Response, Problem> {
    let bytes = city.ports.blobs.get(id).ok_or_else(|| Problem::missing("photo"))?;
    let kind = Kind::of(&bytes).ok_or_else(|| Problem::missing("photo"))?;
    let headers = [
        (header::CONTENT_TYPE, kind.media_type()),
        (header::CACHE_CONTROL, "private, max-age=3600"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CONTENT_DISPOSITION, "inline"),
    ];
    Ok((headers, bytes.to_vec()).into_response())
}
