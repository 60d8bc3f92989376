//! The running system itself: health, readiness, metrics, the OpenAPI document, the portal's files.

mod files;
mod metrics;

use crate::City;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::PoisonError;

pub use files::file;
pub use metrics::metrics;

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the pen accepts; else 503 with the reason.
pub async fn readyz(State(city): State<City>) -> Response {
    match city.ports.halted.lock().unwrap_or_else(PoisonError::into_inner).clone() {
        None => "ready\n".into_response(),
        Some(reason) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("not accepting: {reason}\n")).into_response()
        }
    }
}

/// `GET /openapi.json`.
pub async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], crate::openapi_json()).into_response()
}
