//! `GET /metrics` in the text format of Prometheus.

use crate::City;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::fmt::Write;

/// Figures of the running city.
pub async fn metrics(State(city): State<City>) -> Response {
    let snapshot = city.snapshot();
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, value: u64| {
        drop(write!(text, "# HELP jingwei_{name} {help}\n# TYPE jingwei_{name} gauge\njingwei_{name} {value}\n"));
    };
    gauge("log_seq", "Sequence of the newest durable commit.", snapshot.state.seq());
    gauge("sessions", "Open sessions.", city.sessions.count() as u64);
    gauge("live_streams", "Open live streams.", crate::stream::open_streams() as u64);
    let halted = city.ports.halted.lock().is_ok_and(|h| h.is_some());
    gauge("halted", "1 when the pen accepts nothing any more.", u64::from(halted));
    drop(writeln!(text, "# HELP jingwei_entities Entities by type.\n# TYPE jingwei_entities gauge"));
    for (kind, count) in snapshot.state.kinds() {
        drop(writeln!(text, "jingwei_entities{{type=\"{kind}\"}} {count}"));
    }
    for (name, count) in city.ports.gateway.shared.counters.rows() {
        drop(write!(text, "# TYPE jingwei_gateway_{name}_total counter\njingwei_gateway_{name}_total {count}\n"));
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
