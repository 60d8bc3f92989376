//! `POST /api/reports`: a resident reports something; no account, a code in return.

use super::form::{self, field_of_form};
use super::wire::{ReportForm, ReportReceipt};
use crate::flood::Rate;
use crate::session::Caller;
use crate::{City, Problem};
use access::Principal;
use axum::Json;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode};
use model::{EntityId, Name, Value};
use serde_json::{Value as Tree, json};
use std::sync::Arc;

/// How often one address may report.
const RATE: Rate = Rate { burst: 6, every_s: 30 };

/// Takes a report. The photograph is durable before the report that names it.
///
/// # Errors
/// 400 with the field at fault, 429 when too many come from one address.
#[utoipa::path(post, path = "/api/reports", tag = "public",
    request_body(content = ReportForm, content_type = "multipart/form-data"),
    responses((status = 201, body = ReportReceipt), (status = 400, body = Problem), (status = 429, body = Problem)))]
pub async fn report(
    State(city): State<City>,
    Caller(who): Caller,
    headers: HeaderMap,
    parts: Result<Multipart, MultipartRejection>,
) -> Result<(StatusCode, Json<ReportReceipt>), Problem> {
    let address = address(&who);
    city.floods.take(&address, "report", RATE, city.now())?;
    let parts = parts.map_err(|e| {
        Problem::invalid(
            "",
            "请用表单提交（multipart/form-data）",
            format!("send a form: {}", e.body_text().to_lowercase()),
        )
    })?;
    let mut form = form::read(parts).await?;
    if let Some(photo) = form.photo.take() {
        let id = keep(&city, photo)?;
        form.body.insert("photo".into(), json!([id]));
    }
    let key = idempotency_key(&headers)?
        .map(|k| Name::new(blake3::hash(format!("{address}\n{k}").as_bytes()).to_hex().as_str()));
    let public = Arc::new(Principal::public(who.remote.clone()));
    let receipt = city
        .submit(&public, "flow.report", Tree::Object(form.body), key, vec![])
        .await
        .map_err(field_of_form)?;
    let answer = if receipt.repeated { again(&city, &receipt.answer) } else { first(&receipt.answer) };
    let answer = answer.ok_or_else(|| {
        Problem::new(StatusCode::CONFLICT, None, "这份报告已经收到过", "this report has been received before")
    })?;
    Ok((StatusCode::CREATED, Json(answer)))
}

/// The address that floods are counted by.
pub(super) fn address(who: &Principal) -> String {
    who.remote.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string)
}

/// The key by which a repetition is recognised.
///
/// # Errors
/// 400 when it is no plain text of at most 100 characters.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value
        .to_str()
        .ok()
        .filter(|t| !t.is_empty() && t.len() <= 100 && t.bytes().all(|b| b.is_ascii_graphic()));
    match text {
        Some(text) => Ok(Some(text.to_owned())),
        None => Err(Problem::invalid(
            "Idempotency-Key",
            "应是 100 个以内的可见字符",
            "must be at most 100 visible characters",
        )),
    }
}

/// Seals a photograph under a key of its own, so that it can be destroyed without any other.
fn keep(city: &City, photo: Vec<u8>) -> Result<String, Problem> {
    let subject = EntityId::new(format!("urn:ngsi-ld:ReportPhoto:{}", &city.secret()[..24]));
    city.ports.blobs.put(Some(&subject), &photo).map_err(|e| not_kept(&e))
}

/// A photograph that the disk did not take.
pub(crate) fn not_kept(reason: &str) -> Problem {
    tracing::error!(reason, "photo not stored");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        Some("photo"),
        "照片没有存下来，请再试一次",
        "the photo could not be stored, try again",
    )
}

fn first(answer: &Tree) -> Option<ReportReceipt> {
    let text = |name: &str| answer.get(name).and_then(Tree::as_str).map(str::to_owned);
    Some(ReportReceipt { code: text("code")?, received_at: text("received_at")? })
}

/// The receipt of a report that was received before, from the report itself.
fn again(city: &City, answer: &Tree) -> Option<ReportReceipt> {
    let snapshot = city.snapshot();
    let created = answer.get("created")?.as_array()?.iter().filter_map(Tree::as_str);
    created.filter_map(|id| snapshot.state.city(id)).find_map(|e| {
        let received = e.value("received_at").and_then(Value::as_time)?;
        Some(ReportReceipt { code: e.text("code")?.to_owned(), received_at: received.rfc3339() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_key_is_short_and_plain() {
        let read = |value: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert("idempotency-key", HeaderValue::from_bytes(value).unwrap());
            idempotency_key(&headers)
        };
        assert_eq!(read(b"8f0c-1").unwrap().as_deref(), Some("8f0c-1"));
        for bad in [&b""[..], b"a b", &[b'x'; 101], b"\xe6\xb0\xb4"] {
            assert_eq!(read(bad).unwrap_err().field.as_deref(), Some("Idempotency-Key"));
        }
        assert_eq!(idempotency_key(&HeaderMap::new()).unwrap(), None);
    }

    #[test]
    fn a_receipt_needs_code_and_time() {
        assert_eq!(
            first(&json!({"code": "K7M39QXA", "received_at": "2026-07-06T12:00:00Z"})).unwrap().code,
            "K7M39QXA"
        );
        assert!(first(&json!({"created": ["urn:a:1"]})).is_none());
    }
}
