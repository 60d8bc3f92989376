//! Devices: declared lists, one device with its frames, the hold list, registration, what a firm sees of its
//! own, and readings over HTTP.

mod approve;
mod cells;
mod collection;
mod connect;
mod connect_status;
mod csv;
mod declaration;
mod detail;
mod fields;
mod firm;
mod frame;
mod holds;
mod kept;
mod readings;
mod refused;
mod register;
mod series;
mod subject;
#[cfg(test)]
pub(crate) mod testing;
mod thinned;
mod values;
mod view;
pub mod wire;

use crate::City;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

/// Largest body of readings, in bytes; the reader of JSON has a smaller limit of its own and says so in words.
const READINGS_MAX: usize = 256 << 10;

/// The routes of this folder. The two commands stand before the general route of commands: a registration makes
/// a password, and both may need what the device measures to be made first.
pub fn routes() -> Router<City> {
    Router::new()
        .route("/api/views/{id}", get(view::view))
        .route("/api/devices/register", post(register::register))
        .route("/api/commands/gateway.register", post(register::register))
        .route("/api/commands/gateway.approve", post(approve::approve))
        .route("/api/devices/{id}", get(detail::device))
        .route("/api/devices/{id}/series", get(series::series))
        .route("/api/devices/{id}/frames/{seq}", get(frame::frame))
        .route("/api/holds", get(holds::holds))
        .route("/api/firm", get(firm::firm))
        .route("/api/connect", get(connect::connect))
        .route("/api/connect/{device}/status", get(connect_status::status))
        .route("/api/readings", post(readings::readings).layer(DefaultBodyLimit::max(READINGS_MAX)))
}

/// What this folder adds to the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    view::view,
    register::register,
    approve::approve,
    detail::device,
    series::series,
    frame::frame,
    holds::holds,
    firm::firm,
    connect::connect,
    connect_status::status,
    readings::readings,
))]
pub struct Document;

/// A text as one segment of a path: all but letters, figures and `-_.~` as `%XX`.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            use std::fmt::Write;
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Bytes as hexadecimal figures.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut s, b| {
        use std::fmt::Write;
        let _ = write!(s, "{b:02x}");
        s
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stand_in_paths_and_bytes_in_hex() {
        assert_eq!(escape("urn:x:罐/1 a"), "urn%3Ax%3A%E7%BD%90%2F1%20a");
        assert_eq!(hex(&[0, 255, 16]), "00ff10");
    }
}
