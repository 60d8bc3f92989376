//! A JSON body, bounded, whose faults are problems in words.

use crate::{City, Problem};
use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

/// Largest body, in bytes.
const BODY_MAX: usize = 64 << 10;

/// The body of a request as a value; an empty one is an empty object.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<City> for Asked<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &City) -> Result<Self, Problem> {
        let bytes = to_bytes(request.into_body(), BODY_MAX).await.map_err(|_| {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                None,
                "请求体超过 64 KB",
                "the body is larger than 64 KB",
            )
        })?;
        read(&bytes).map(Self)
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(text).map_err(|e| {
        let field = named(&e.to_string()).unwrap_or_default();
        Problem::invalid(&field, format!("内容不对：{e}"), format!("the body does not fit: {e}"))
    })
}

/// The field that a message of the reader names between back quotes.
fn named(message: &str) -> Option<String> {
    let field = message.split_once(" field `")?.1.split_once('`')?.0;
    Some(field.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staff::wire::PhoneAsked;

    #[test]
    fn a_fault_names_its_field() {
        let fault = |body: &str| read::<PhoneAsked>(body.as_bytes()).map(|p| p.purpose).unwrap_err();
        assert_eq!(read::<PhoneAsked>(br#"{"purpose":"x"}"#).unwrap().purpose, "x");
        assert_eq!(fault("").field.as_deref(), Some("purpose"));
        assert_eq!(fault(r#"{"purpose":"x","why":"y"}"#).field.as_deref(), Some("why"));
        assert_eq!(fault("[1").status, 400);
        let deep = "[".repeat(10_000);
        assert_eq!(read::<serde_json::Value>(deep.as_bytes()).unwrap_err().status, 400);
    }
}
