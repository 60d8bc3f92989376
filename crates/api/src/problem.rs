//! Problems as RFC 7807 documents, with the field at fault and the reason in both languages.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use door::{Refusal, RefusalKind};
use serde::Serialize;
use utoipa::ToSchema;

/// An answer that is no success.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Kind of problem, a URI.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened, English.
    pub detail: String,
    /// What happened, Chinese.
    pub detail_zh: String,
    /// Path of the field at fault, dotted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub field: Option<Box<str>>,
}

impl Problem {
    /// A problem of a status with its words.
    #[must_use]
    pub fn new(
        status: StatusCode,
        field: Option<&str>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        let title = status.canonical_reason().unwrap_or("problem").to_lowercase();
        Self {
            kind: format!("urn:jingwei:problem:{}", title.replace(' ', "-")),
            title,
            status: status.as_u16(),
            detail: en.into(),
            detail_zh: zh.into(),
            field: field.filter(|f| !f.is_empty()).map(Box::from),
        }
    }

    /// 404.
    #[must_use]
    pub fn missing(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, None, format!("没有找到 {what}"), format!("no such {what}"))
    }

    /// 401.
    #[must_use]
    pub fn unknown() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, None, "请先登录", "sign in first")
    }

    /// 403 for an action.
    #[must_use]
    pub fn forbidden(action: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            None,
            format!("没有权限：{action}"),
            format!("no right for {action}"),
        )
    }

    /// 400 for a field.
    #[must_use]
    pub fn invalid(field: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some(field), zh, en)
    }

    /// 429.
    #[must_use]
    pub fn slow(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, None, zh, en)
    }
}

impl From<Refusal> for Problem {
    fn from(r: Refusal) -> Self {
        let status = match r.kind {
            RefusalKind::Invalid => StatusCode::BAD_REQUEST,
            RefusalKind::Forbidden => StatusCode::FORBIDDEN,
            RefusalKind::Missing => StatusCode::NOT_FOUND,
            RefusalKind::Conflict => StatusCode::CONFLICT,
            RefusalKind::Slow => StatusCode::TOO_MANY_REQUESTS,
            RefusalKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, Some(&r.field), r.reason_zh, r.reason)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
    }
}
