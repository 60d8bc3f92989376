//! `GET /metrics` in the text format of Prometheus.

use crate::City;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Figures of the running city.
pub async fn metrics(State(city): State<City>) -> Response {
    let snapshot = city.snapshot();
    let gauge = |name: &str, help: &str, value: u64| {
        format!("# HELP jingwei_{name} {help}\n# TYPE jingwei_{name} gauge\njingwei_{name} {value}\n")
    };
    let halted = city.ports.halted.lock().is_ok_and(|h| h.is_some());
    let mut text = [
        gauge("log_seq", "Sequence of the newest durable commit.", snapshot.state.seq()),
        gauge("sessions", "Open sessions.", city.sessions.count() as u64),
        gauge("live_streams", "Open live streams.", crate::stream::open_streams() as u64),
        gauge("halted", "1 when the pen accepts nothing any more.", u64::from(halted)),
    ]
    .concat();
    text.push_str("# HELP jingwei_entities Entities by type.\n# TYPE jingwei_entities gauge\n");
    for (kind, count) in snapshot.state.kinds() {
        text.push_str(&format!("jingwei_entities{{type=\"{kind}\"}} {count}\n"));
    }
    for (name, count) in city.ports.gateway.shared.counters.rows() {
        text.push_str(&format!(
            "# TYPE jingwei_gateway_{name}_total counter\njingwei_gateway_{name}_total {count}\n"
        ));
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
