//! What NGSI-LD answers when it cannot do what was asked (clause 6.3.2).

use crate::Problem;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use door::Refusal;
use ngsild::{ErrorKind, LdError};
use serde_json::{Value as Json, json};

/// An answer that is no success: an error of the standard, or a problem of the city that the standard does not
/// know (no right, too much at once, not available).
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    body: Json,
}

/// What a handler answers.
pub(super) type Answered = Result<Response, Failure>;

impl Failure {
    /// A request whose form is not supported: 406 or 415.
    pub(super) fn form(status: StatusCode, detail: &str) -> Self {
        let error = LdError::new(ErrorKind::InvalidRequest, detail);
        let mut failure = Self::from(error);
        failure.body["status"] = json!(status.as_u16());
        failure.status = status;
        failure
    }

    /// `InvalidRequest` with its detail.
    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        LdError::new(ErrorKind::InvalidRequest, detail).into()
    }

    /// The document of the problem.
    pub(super) fn body(self) -> Json {
        self.body
    }
}

impl From<LdError> for Failure {
    fn from(error: LdError) -> Self {
        let status = StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, body: error.to_json() }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, body: serde_json::to_value(&problem).unwrap_or_default() }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let Some(error) = broker::problem(&refusal) else { return Problem::from(refusal).into() };
        let mut failure = Self::from(error);
        failure.body["detail_zh"] = Json::String(refusal.reason_zh);
        if !refusal.field.is_empty() {
            failure.body["field"] = Json::String(refusal.field);
        }
        failure
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status, [(header::CONTENT_TYPE, "application/problem+json")], self.body.to_string())
            .into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use door::RefusalKind;

    #[test]
    fn refusals_keep_their_words_and_get_the_standard_s_type() {
        let of = |kind, field: &str| Failure::from(Refusal::new(kind, field, "因", "why"));
        let bad = of(RefusalKind::Invalid, "a.value");
        assert_eq!(
            (bad.status, bad.body["type"].as_str()),
            (StatusCode::BAD_REQUEST, Some("https://uri.etsi.org/ngsi-ld/errors/BadRequestData"))
        );
        assert_eq!(
            (bad.body["detail_zh"].as_str(), bad.body["field"].as_str()),
            (Some("因"), Some("a.value"))
        );
        assert_eq!(
            of(RefusalKind::Conflict, "id").body["type"],
            "https://uri.etsi.org/ngsi-ld/errors/AlreadyExists"
        );
        let no = of(RefusalKind::Forbidden, "type");
        assert_eq!((no.status, no.body["detail_zh"].as_str()), (StatusCode::FORBIDDEN, Some("因")));
        let form = Failure::form(StatusCode::NOT_ACCEPTABLE, "json only");
        assert_eq!((form.status, form.body["status"].as_u64()), (StatusCode::NOT_ACCEPTABLE, Some(406)));
    }
}
