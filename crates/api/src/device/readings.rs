//! `POST /api/readings`: readings of a device over HTTP, answered once they are durable.

use super::wire::Taken;
use crate::flood::Rate;
use crate::{City, Problem};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gateway::protocol::mqtt::topic::valid_login;
use gateway::{Identity, Outcome};
use std::net::SocketAddr;

/// How often one device at one address may report.
const REPORT: Rate = Rate { burst: 120, every_s: 1 };
/// Bytes of a payload that are kept beside a sender that waits.
const SAMPLE_MAX: usize = 512;

/// Takes a JSON object of readings from a device that proves itself by HTTP Basic.
///
/// # Errors
/// 401 for a device that is not known or has the wrong password (it is held for approval), 403 for one that is out
/// of service, 400 for a payload that cannot be read, 429 for one that reports too often, 503 when the city does
/// not accept.
#[utoipa::path(post, path = "/api/readings", tag = "device", request_body = Object,
    responses((status = 200, body = Taken), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 429, body = Problem)))]
pub async fn readings(
    State(city): State<City>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    take(&city, peer, &headers, &body).await.map_or_else(challenged, |taken| Json(taken).into_response())
}

async fn take(city: &City, peer: SocketAddr, headers: &HeaderMap, body: &[u8]) -> Result<Taken, Problem> {
    let sent = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(basic);
    let Some((login, secret)) = sent.filter(|(login, _)| valid_login(login)) else {
        let (zh, en) =
            ("请用 HTTP Basic 带设备编号和口令", "send the device's login and password by HTTP Basic");
        return Err(Problem::new(StatusCode::UNAUTHORIZED, None, zh, en));
    };
    city.floods.take(&format!("{} {login}", peer.ip()), "readings", REPORT, city.now())?;
    let gateway = &city.ports.gateway;
    let device = match gateway.identify("http", &login, secret.as_bytes()) {
        Identity::Known(device) => device,
        who => {
            let sample = &body[..body.len().min(SAMPLE_MAX)];
            gateway.hold("http", &login, secret.as_bytes(), &who, peer, sample).await;
            return Err(refused(&who));
        }
    };
    match gateway.observe_json(&device, "http", &login, peer, body).await {
        Outcome::Durable(receipt) => Ok(Taken { seq: receipt.seq, repeated: receipt.repeated }),
        Outcome::Unreadable(words) => Err(Problem::invalid("body", words.zh, words.en)),
        Outcome::Refused(refusal) => Err(refusal.into()),
    }
}

fn refused(who: &Identity) -> Problem {
    let (status, zh, en) = match who {
        Identity::Refused => {
            (StatusCode::FORBIDDEN, "设备已被拒绝或停用", "the device was refused or is out of service")
        }
        Identity::WrongSecret => (
            StatusCode::UNAUTHORIZED,
            "口令不对，已列入待批",
            "the password is wrong; the sender waits for approval",
        ),
        _ => (
            StatusCode::UNAUTHORIZED,
            "设备未登记，已列入待批",
            "the device is not registered; it waits for approval",
        ),
    };
    Problem::new(status, None, zh, en)
}

fn challenged(problem: Problem) -> Response {
    let unknown = problem.status == StatusCode::UNAUTHORIZED.as_u16();
    let mut response = problem.into_response();
    if unknown {
        let challenge = HeaderValue::from_static("Basic realm=\"devices\", charset=\"UTF-8\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Login and password in an `Authorization: Basic` header.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, code) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || code.len() > 1_024 {
        return None;
    }
    let text = String::from_utf8(base64(code.trim())?).ok()?;
    let (login, secret) = text.split_once(':')?;
    Some((login.to_owned(), secret.to_owned()))
}

/// Bytes in base 64 (RFC 4648, 4), with or without the signs that fill the end.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut held, mut bits) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6 | u32::from(value)) & 0xff_ffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::testing::TestCity;
    use super::*;

    #[test]
    fn credentials_are_read_from_the_header() {
        assert_eq!(basic("Basic aDE6c2VjcmV0"), Some(("h1".into(), "secret".into())));
        assert_eq!(basic("basic aDE6YTpi"), Some(("h1".into(), "a:b".into())));
        for bad in ["Bearer aDE6c2VjcmV0", "Basic", "Basic !!", "Basic aDE="] {
            assert_eq!(basic(bad), None, "{bad}");
        }
        for (code, want) in
            [("", &b""[..]), ("QQ==", b"A"), ("QUI=", b"AB"), ("QUJD", b"ABC"), ("//8=", &[255, 255])]
        {
            assert_eq!(base64(code).unwrap(), want, "{code}");
        }
    }

    #[tokio::test]
    async fn readings_are_durable_when_they_are_answered() {
        let city = TestCity::start().await;
        let payload = r#"{"t": "2026-07-06T12:43:00Z", "flow": 3.25}"#;
        let taken = city.post_basic("/api/readings", "poster", "secret", payload).await;
        assert_eq!(
            (taken.status, taken.json()["repeated"].as_bool()),
            (200, Some(false)),
            "{}",
            taken.text()
        );
        assert_eq!(city.entity("urn:ngsi-ld:Gauge:2").unwrap().number("flow"), Some(3.25));
        let again = city.post_basic("/api/readings", "poster", "secret", payload).await.json();
        assert_eq!((again["repeated"].as_bool(), &again["seq"]), (Some(true), &taken.json()["seq"]));
    }

    #[tokio::test]
    async fn what_is_not_right_is_refused_in_words() {
        let city = TestCity::start().await;
        let unreadable = city.post_basic("/api/readings", "poster", "secret", "{").await;
        assert_eq!((unreadable.status, unreadable.json()["field"].as_str()), (400, Some("body")));
        assert_eq!(city.reception.shared.refused("poster", 9).len(), 1);
        let wrong = city.post_basic("/api/readings", "poster", "guess", "{}").await;
        assert_eq!(wrong.status, 401);
        assert!(
            wrong.head.to_lowercase().contains("www-authenticate: basic")
                && wrong.text().contains("口令不对")
        );
        assert_eq!(city.send("POST", "/api/readings", None, "{}").await.status, 401);
    }

    #[tokio::test]
    async fn a_device_that_reports_too_often_is_slowed() {
        let city = TestCity::start().await;
        let mut last = 0;
        for _ in 0..=REPORT.burst {
            last = city.post_basic("/api/readings", "poster", "secret", "{}").await.status;
        }
        assert_eq!(last, 429);
    }
}
