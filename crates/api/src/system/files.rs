//! The portal's files, carried in the binary; a path that is no file is a page of the portal.

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../portal/dist"]
#[allow_missing = true]
struct Portal;

/// Headers that keep a page from loading anything from elsewhere.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Serves a file of the portal, or its first page for any other path.
pub async fn file(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let (name, found) = match Portal::get(path) {
        Some(f) if !path.is_empty() => (path, Some(f)),
        _ if path.starts_with("api/") || path.starts_with("assets/") || path.starts_with("ngsi-ld/") => {
            (path, None)
        }
        _ => ("index.html", Portal::get("index.html")),
    };
    let Some(found) = found else {
        return crate::Problem::new(StatusCode::NOT_FOUND, None, "没有这个地址", "no such address")
            .into_response();
    };
    // Built names carry a digest of the content, so they never change under a browser.
    let cache = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [
        (header::CONTENT_TYPE, kind_of(name)),
        (header::CACHE_CONTROL, cache),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, found.data.into_owned()).into_response()
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" | "map" => "application/json",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
