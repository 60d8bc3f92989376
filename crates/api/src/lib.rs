//! HTTP: one folder per surface or standard; the OpenAPI document; the live stream. The only crate that
//! names axum. Wire types live here, engines speak `model` values.

mod city;
pub mod device;
pub mod flood;
pub mod ngsi_ld;
mod ports;
mod problem;
pub mod public;
pub mod session;
pub mod shape;
pub mod sql;
pub mod staff;
pub mod stream;
mod system;

pub use city::{City, Listening, Now, Ports, Random};
pub use ports::{Photos, Point, Points, Sql, SqlAnswer, SqlFailure, SqlFuture};
pub use problem::Problem;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

/// Largest body of a request, in bytes; photographs have a limit of their own below it.
const BODY_MAX: usize = 12 << 20;

/// The whole interface over a city.
pub fn router(city: City) -> Router {
    Router::new()
        .route("/healthz", get(system::healthz))
        .route("/readyz", get(system::readyz))
        .route("/metrics", get(system::metrics))
        .route("/openapi.json", get(system::openapi))
        .route("/sign-in/{token}", get(session::follow_link))
        .route("/api/session", post(session::sign_in).delete(session::sign_out))
        .route("/api/me", get(session::me))
        .route("/api/live", get(stream::live))
        .merge(public::routes())
        .merge(staff::routes())
        .merge(device::routes())
        .merge(sql::routes())
        .merge(ngsi_ld::routes())
        .fallback(get(system::file))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(city)
}

/// Serves the interface on a listener until `stop` resolves.
///
/// # Errors
/// What the listener reports.
pub async fn serve(
    listener: tokio::net::TcpListener,
    city: City,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let app = router(city).into_make_service_with_connect_info::<std::net::SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(stop).await
}

/// The OpenAPI document.
#[must_use]
pub fn openapi_json() -> String {
    use utoipa::OpenApi;
    #[derive(OpenApi)]
    #[openapi(
        info(title = "jingwei"),
        paths(session::sign_in::me),
        components(schemas(Problem, session::Me))
    )]
    struct Document;
    let mut document = Document::openapi();
    document.merge(public::Document::openapi());
    document.merge(staff::Document::openapi());
    document.merge(device::Document::openapi());
    document.merge(sql::Document::openapi());
    document.merge(ngsi_ld::Document::openapi());
    document.to_pretty_json().unwrap_or_default()
}
