//! HTTP PATCH of an entity, durable, against the server's own handler that does nothing.

use crate::empty::{absolute, folder, token};
use crate::load::{Done, Until, median, run};
use crate::table::{Row, thousands};
use crate::wire::{Http, connect, request};
use crate::{Setup, clock};
use std::io::Error;
use std::net::SocketAddr;
use std::time::Duration;
use testkit::City;

const CONNECTIONS: usize = 256;
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(4);
const WARM_UP: Duration = Duration::from_secs(1);
const BAR: f64 = 0.5;

/// The entity of a connection.
fn id(n: usize) -> String {
    format!("urn:ngsi-ld:BenchLamp:patch-{n}")
}

/// Measures both in turns and gives the middle rounds.
pub fn measure(setup: &Setup) -> Result<Vec<Row>, String> {
    let (binary, packs) = (absolute(&setup.binary)?, absolute(&setup.packs)?);
    let data = folder(&setup.dir)?;
    let city = City::start(&binary, &packs, data.path()).map_err(|e| e.to_string())?;
    let token = token(&binary, data.path())?;
    create(city.http, &token)?;
    let io = |e: Error| e.to_string();
    let (mut nothing, mut durable) = (Vec::new(), Vec::new());
    healthz(city.http, WARM_UP).map_err(io)?;
    patches(city.http, &token, WARM_UP).map_err(io)?;
    for _ in 0..ROUNDS {
        nothing.push(healthz(city.http, ROUND).map_err(io)?);
        durable.push(patches(city.http, &token, ROUND).map_err(io)?);
    }
    let (nothing, durable) = (median(nothing), median(durable));
    let words = |d: &Done| {
        format!(
            "{}/s，p50 {:.1} ms，p99 {:.1} ms",
            thousands(d.rate()),
            d.latency_ms(0.5),
            d.latency_ms(0.99)
        )
    };
    Ok(vec![Row::rate(
        "HTTP PATCH 持久 durable，256 连接 connections",
        (durable.rate(), words(&durable)),
        (nothing.rate(), format!("/healthz {}", words(&nothing))),
        Some(BAR),
    )])
}

fn create(http: SocketAddr, token: &str) -> Result<(), String> {
    let entity = |n| {
        format!(
            r#"{{"id":"{}","type":"BenchLamp","power":{{"type":"Property","value":0}},"name":{{"type":"Property","value":"灯 {n}"}}}}"#,
            id(n)
        )
    };
    let body = format!("[{}]", (0..CONNECTIONS).map(entity).collect::<Vec<_>>().join(","));
    let mut line = Http::new(connect(http).map_err(|e| e.to_string())?);
    let ask = request("POST", "/ngsi-ld/v1/entityOperations/upsert", Some(token), &body);
    match line.exchange(&ask).map_err(|e| e.to_string())? {
        201 | 204 => Ok(()),
        status => Err(format!("the entities were not created: {status}")),
    }
}

fn lines(http: SocketAddr) -> std::io::Result<Vec<(usize, Http<std::net::TcpStream>)>> {
    (0..CONNECTIONS).map(|n| Ok((n, Http::new(connect(http)?)))).collect()
}

fn healthz(http: SocketAddr, time: Duration) -> std::io::Result<Done> {
    let ask = request("GET", "/healthz", None, "");
    run(lines(http)?, Until::Time(time), |(_, line), _| expect(line.exchange(&ask)?, 200))
}

fn patches(http: SocketAddr, token: &str, time: Duration) -> std::io::Result<Done> {
    run(lines(http)?, Until::Time(time), |(n, line), step| {
        let body = format!(
            r#"{{"power":{{"type":"Property","value":{},"unitCode":"WTT","observedAt":"{}"}}}}"#,
            step % 1_000,
            clock::now().rfc3339()
        );
        let path = format!("/ngsi-ld/v1/entities/{}/attrs", id(*n));
        expect(line.exchange(&request("PATCH", &path, Some(token), &body))?, 204)
    })
}

fn expect(status: u16, wanted: u16) -> std::io::Result<u64> {
    if status == wanted { Ok(1) } else { Err(Error::other(format!("status {status}, not {wanted}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[test]
    fn another_status_is_a_failure() {
        assert_eq!(expect(204, 204).unwrap(), 1);
        assert_eq!(expect(503, 204).unwrap_err().to_string(), "status 503, not 204");
    }

    #[test]
    fn a_server_that_does_not_create_is_told_of() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut bytes = [0; 65_536];
            let n = stream.read(&mut bytes).unwrap();
            stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").unwrap();
            String::from_utf8_lossy(&bytes[..n]).into_owned()
        });
        assert_eq!(create(at, "t").unwrap_err(), "the entities were not created: 403");
        assert!(server.join().unwrap().starts_with("POST /ngsi-ld/v1/entityOperations/upsert HTTP/1.1\r\n"));
    }
}
