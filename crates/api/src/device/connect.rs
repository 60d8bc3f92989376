//! `GET /api/connect`: where devices connect, and as what.

use super::wire::{Connect, Endpoint, Thing};
use crate::public::sight::Sight;
use crate::public::wire::T;
use crate::session::Staff;
use crate::{City, Problem};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use gateway::directory::Directory;
use std::net::SocketAddr;

/// Addresses and Thing Models for whoever may register a device.
///
/// # Errors
/// 401 for nobody; 403 without the right to register.
#[utoipa::path(get, path = "/api/connect", tag = "device",
    responses((status = 200, body = Connect), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn connect(
    State(city): State<City>,
    Staff(who): Staff,
    headers: HeaderMap,
) -> Result<Json<Connect>, Problem> {
    let sight = Sight::of(&city, &who)?;
    city.permit(&sight.snapshot.access, &who, "gateway.register")?;
    let asked = headers.get(header::HOST).and_then(|v| v.to_str().ok()).and_then(host);
    let at = city.ports.listening;
    let endpoint = |address: SocketAddr| endpoint(address, asked);
    let (hj212, mqtt, http) = (endpoint(at.hj212), endpoint(at.mqtt), endpoint(at.http));
    Ok(Json(Connect { hj212, mqtt, http, things: things(&sight.snapshot.state) }))
}

/// The Thing Models that are installed.
pub(crate) fn things(state: &store::State) -> Vec<Thing> {
    let models = Directory::default().models(state);
    let thing = |m: &gateway::thing::ThingModel| Thing {
        id: m.id.to_string(),
        title: if m.title.zh.is_empty() {
            T::of(m.id.as_str(), m.id.as_str())
        } else {
            T::of(&m.title.zh, &m.title.en)
        },
        protocol: m.protocol.word().to_owned(),
        system: m.system.clone(),
        sample: m.readings.first().map(|r| (r.from.clone(), sample(r.min, r.max))).into_iter().collect(),
    };
    models.values().map(|m| thing(m)).collect()
}

/// A value within the model's range, small enough to look like a reading.
fn sample(min: Option<f64>, max: Option<f64>) -> f64 {
    let (min, max) = (min.unwrap_or(0.0), max.unwrap_or(20.0));
    f64::midpoint(min, max).min(min.max(20.0)).round().clamp(min, max)
}

/// A listener on every address is reached by the name under which the page was.
fn endpoint(address: SocketAddr, asked: Option<&str>) -> Endpoint {
    let host = if address.ip().is_unspecified() { asked.map(str::to_owned) } else { None };
    Endpoint { host: host.unwrap_or_else(|| address.ip().to_string()), port: address.port() }
}

/// The host in a `Host` header, without its port.
fn host(header: &str) -> Option<&str> {
    let host = match header.strip_prefix('[') {
        Some(v6) => v6.split_once(']')?.0,
        None => header.split(':').next()?,
    };
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'));
    (plain && !host.is_empty() && host.len() <= 253).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestCity, person, token};
    use super::*;

    #[test]
    fn a_sample_is_within_the_range() {
        for (min, max, want) in [
            (0.0, 10_000.0, 20.0),
            (0.0, 14.0, 7.0),
            (-160.0, 0.0, -80.0),
            (30.0, 900.0, 30.0),
            (0.1, 0.3, 0.1),
        ] {
            let got = sample(Some(min), Some(max));
            assert!((min..=max).contains(&got));
            assert!((got - want).abs() < 1e-9, "{min}–{max}: {got}");
        }
    }

    #[test]
    fn a_listener_on_every_address_has_the_name_of_the_page() {
        let of = |address: &str, asked| endpoint(address.parse().unwrap(), asked).host;
        assert_eq!(of("0.0.0.0:1883", Some("city.example")), "city.example");
        assert_eq!(of("[::]:1883", None), "::");
        assert_eq!(of("127.0.0.1:1883", Some("city.example")), "127.0.0.1");
        for (header, want) in [
            ("city.example:80", Some("city.example")),
            ("[::1]:80", Some("::1")),
            ("a b", None),
            ("'x':1", None),
            ("", None),
        ] {
            assert_eq!(host(header), want, "{header}");
        }
    }

    #[tokio::test]
    async fn whoever_registers_is_told_where_to_connect() {
        let city = TestCity::start().await;
        let json = city.get("/api/connect", Some(token("clerk"))).await.json();
        assert_eq!(
            (json["mqtt"]["port"].as_u64(), json["mqtt"]["host"].as_str()),
            (Some(1883), Some("127.0.0.1")),
            "{json}"
        );
        let line = json["things"].as_array().unwrap().iter().find(|t| t["id"] == "gauge-line").unwrap();
        assert_eq!(
            (line["protocol"].as_str(), line["title"]["zh"].as_str()),
            (Some("hj212"), Some("线上仪"))
        );
        assert_eq!(city.get("/api/connect", Some(person("firm"))).await.status, 403);
    }
}
