//! Real sockets, the real pen; packets written byte by byte.

use super::super::test_city::{METER, TestCity};
use super::serve;
use crate::limit::Rate;
use crate::reception::Settings;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

const GAUGE: &str = "urn:ngsi-ld:Gauge:2";

async fn city(settings: Settings) -> (TestCity, SocketAddr, JoinHandle<()>) {
    let city = TestCity::start(settings).await;
    let (listener, address) = TestCity::listener().await;
    let served = tokio::spawn(serve(listener, city.reception.clone(), city.stopping()));
    (city, address, served)
}

fn text(s: &str) -> Vec<u8> {
    let mut out = u16::try_from(s.len()).unwrap().to_be_bytes().to_vec();
    out.extend_from_slice(s.as_bytes());
    out
}

fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    let length = body.len();
    if length < 128 {
        out.push(u8::try_from(length).unwrap());
    } else {
        out.push(u8::try_from(length % 128 + 128).unwrap());
        out.push(u8::try_from(length / 128).unwrap());
    }
    out.extend_from_slice(body);
    out
}

fn connect(login: &str, password: &str) -> Vec<u8> {
    let mut body = text("MQTT");
    body.extend_from_slice(&[4, 0xC2, 0, 60]);
    for part in ["client", login, password] {
        body.extend(text(part));
    }
    packet(0x10, &body)
}

fn publish(topic: &str, id: u16, payload: &str) -> Vec<u8> {
    let mut body = text(topic);
    body.extend_from_slice(&id.to_be_bytes());
    body.extend_from_slice(payload.as_bytes());
    packet(0x32, &body)
}

fn flow(value: u32) -> String {
    format!("{{\"t\":\"2026-07-06T20:42:{:02}+08:00\",\"flow\":{value}}}", value % 60)
}

async fn take(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    tokio::time::timeout(Duration::from_secs(10), stream.read_exact(&mut bytes)).await.unwrap().unwrap();
    bytes
}

async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await.unwrap();
    rest
}

async fn come_in(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&connect("m1", "secret")).await.unwrap();
    assert_eq!(take(&mut stream, 4).await, [0x20, 2, 0, 0]);
    stream
}

#[tokio::test]
async fn a_message_is_durable_before_its_puback() {
    let (city, address, _served) = city(Settings::default()).await;
    let mut stream = come_in(address).await;
    stream.write_all(&publish("up/m1", 7, &flow(5))).await.unwrap();
    assert_eq!(take(&mut stream, 4).await, [0x40, 2, 0, 7]);
    let gauge = city.entity(GAUGE).unwrap();
    assert_eq!(gauge.number("flow"), Some(5.0));
    let commit = city.reception.city.door.read(city.seq()).await.unwrap();
    assert_eq!(commit.frame.unwrap().bytes.as_ref(), flow(5).as_bytes());
    let seq = city.seq();
    stream.write_all(&publish("up/m1", 8, &flow(5))).await.unwrap();
    assert_eq!(take(&mut stream, 4).await, [0x40, 2, 0, 8]);
    assert_eq!(city.seq(), seq, "the same payload again is acknowledged and not stored");
    assert_eq!(city.reception.shared.counters.frames_resent.get(), 1);
}

#[tokio::test]
async fn a_window_of_messages_is_acknowledged_each() {
    let (city, address, _served) = city(Settings::default()).await;
    let mut stream = come_in(address).await;
    let bytes: Vec<u8> = (1..=150).flat_map(|id| publish("up/m1", id, &flow(u32::from(id)))).collect();
    stream.write_all(&bytes).await.unwrap();
    let acks = take(&mut stream, 600).await;
    let mut ids: Vec<u16> = acks.chunks(4).map(|a| u16::from_be_bytes([a[2], a[3]])).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=150).collect::<Vec<u16>>());
    assert_eq!(city.reception.shared.tally(&METER.into()).accepted, 150);
}

#[tokio::test]
async fn strangers_and_wrong_secrets_are_held() {
    let (city, address, _served) = city(Settings::default()).await;
    for (login, code, reason) in [("nobody", 5, "unknown"), ("m1", 4, "wrong_password")] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&connect(login, "guess")).await.unwrap();
        assert_eq!(rest(&mut stream).await, [0x20, 2, 0, code], "{login}");
        let held = city.entity(&format!("urn:ngsi-ld:HeldDevice:mqtt:{login}")).unwrap();
        assert_eq!(held.text("reason"), Some(reason));
        assert_eq!(city.reception.shared.refused_total(login), 1, "noted once");
    }
    assert_eq!(city.reception.shared.refused_total("@127.0.0.1"), 0);
    assert_eq!(city.reception.shared.connected(), 0);
}

#[tokio::test]
async fn an_unreadable_payload_is_in_quarantine_and_not_acknowledged() {
    let (city, address, _served) = city(Settings::default()).await;
    let mut stream = come_in(address).await;
    stream.write_all(&publish("up/m1", 1, "{\"flow\":")).await.unwrap();
    assert!(rest(&mut stream).await.is_empty(), "3.1.1 has no word for it: closed");
    let entry = &city.reception.shared.refused("m1", 1)[0];
    assert_eq!((entry.bytes.as_slice(), entry.reason.zh.contains("JSON")), (b"{\"flow\":".as_slice(), true));
}

#[tokio::test]
async fn a_foreign_topic_ends_the_connection() {
    let (city, address, _served) = city(Settings::default()).await;
    let mut stream = come_in(address).await;
    let seq = city.seq();
    stream.write_all(&publish("up/m2", 1, &flow(1))).await.unwrap();
    assert!(rest(&mut stream).await.is_empty());
    assert!(city.reception.shared.refused("m1", 1)[0].reason.zh.contains("up/m2"));
    assert_eq!(city.seq(), seq);
}

#[tokio::test]
async fn a_second_connection_takes_over() {
    let (city, address, _served) = city(Settings::default()).await;
    let mut first = come_in(address).await;
    let mut second = come_in(address).await;
    assert!(rest(&mut first).await.is_empty(), "the first is closed");
    second.write_all(&publish("up/m1", 1, &flow(9))).await.unwrap();
    assert_eq!(take(&mut second, 4).await, [0x40, 2, 0, 1]);
    city.until("one link is left", |c| {
        c.reception.shared.link(&METER.into()).is_some_and(|l| l.connections == 1)
    })
    .await;
    city.reception.write_connections(10).await;
    assert_eq!(city.entity(METER).unwrap().text("connection"), Some("connected"));
}

#[tokio::test]
async fn a_connect_that_does_not_come_is_closed() {
    let mut settings = Settings::default();
    settings.listen.frame_s_max = 0;
    let (city, address, _served) = city(settings).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&connect("m1", "secret")[..5]).await.unwrap();
    assert!(rest(&mut stream).await.is_empty());
    assert_eq!(city.reception.shared.counters.idle_closed.get(), 1);
}

#[tokio::test]
async fn a_flood_is_slowed_and_every_message_answered_in_the_end() {
    let mut settings = Settings::default();
    settings.listen.rate = Rate { per_minute: 6_000, burst: 2 };
    let (city, address, _served) = city(settings).await;
    let mut stream = come_in(address).await;
    let bytes: Vec<u8> = (1..=40).flat_map(|id| publish("up/m1", id, &flow(u32::from(id)))).collect();
    stream.write_all(&bytes).await.unwrap();
    city.until("the flood is slowed", |c| c.reception.shared.counters.slowed.get() > 0).await;
    assert!(city.reception.shared.counters.answers.get() < 40);
    city.until("all are answered", |c| {
        c.advance(1);
        c.reception.shared.counters.answers.get() == 40
    })
    .await;
    assert_eq!(take(&mut stream, 160).await.len(), 160);
}

#[tokio::test]
async fn a_halted_city_acknowledges_nothing() {
    let (city, address, _served) = city(Settings::default()).await;
    let mut stream = come_in(address).await;
    *city.halted.lock().unwrap() = Some("disk gone".into());
    stream.write_all(&publish("up/m1", 1, &flow(1))).await.unwrap();
    assert!(rest(&mut stream).await.is_empty());
    assert_eq!(city.entity(GAUGE).unwrap().number("flow"), None);
}

#[tokio::test]
async fn a_stop_ends_all_connections() {
    let (city, address, served) = city(Settings::default()).await;
    let mut stream = come_in(address).await;
    city.stop();
    tokio::time::timeout(Duration::from_secs(10), served).await.unwrap().unwrap();
    assert!(rest(&mut stream).await.is_empty());
    assert_eq!(city.reception.shared.connected(), 0);
}
