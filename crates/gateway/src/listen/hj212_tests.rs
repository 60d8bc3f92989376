//! Real sockets, the real pen; only the disk and the clock are simulated.

use super::super::test_city::{MN, MONITOR, NOW_MS, TestCity};
use super::serve;
use crate::limit::Rate;
use crate::protocol::hj212::{beijing, codec::encode};
use crate::reception::Settings;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

const GAUGE: &str = "urn:ngsi-ld:Gauge:1";

async fn city(settings: Settings) -> (TestCity, SocketAddr, JoinHandle<()>) {
    let city = TestCity::start(settings).await;
    let (listener, address) = TestCity::listener().await;
    let served = tokio::spawn(serve(listener, city.reception.clone(), city.stopping()));
    (city, address, served)
}

fn segment(qn: u32, cp: &str) -> String {
    format!(
        "QN=202607062042{qn:05};ST=32;CN=2011;PW=123456;MN={MN};Flag=5;CP=&&DataTime=20260706204200;{cp}&&"
    )
}

fn reading(qn: u32, cod: f64) -> Vec<u8> {
    encode(&segment(qn, &format!("w01018-Rtd={cod},w01018-Flag=N")))
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 512];
    let count =
        tokio::time::timeout(Duration::from_secs(10), stream.read(&mut bytes)).await.unwrap().unwrap();
    String::from_utf8_lossy(&bytes[..count]).into_owned()
}

#[tokio::test]
async fn a_frame_becomes_an_attribute_before_it_is_answered() {
    let (city, address, _served) = city(Settings::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&reading(1, 82.4)).await.unwrap();
    let answer = answer(&mut stream).await;
    assert!(answer.contains("CN=9014") && answer.contains("QN=20260706204200001"), "{answer}");
    let gauge = city.entity(GAUGE).unwrap();
    assert_eq!(gauge.number("cod"), Some(82.4));
    let attribute = gauge.attribute("cod").unwrap();
    assert_eq!(attribute.observed_at.map(|t| t.rfc3339()).as_deref(), Some("2026-07-06T12:42:00Z"));
    assert_eq!(attribute.unit_code, Some("M1".into()));
    assert_eq!(gauge.time("last_report_at").map(|t| t.rfc3339()).as_deref(), Some("2026-07-06T12:42:00Z"));
    let commit = city.reception.city.door.read(city.seq()).await.unwrap();
    let frame = commit.frame.unwrap();
    let text = String::from_utf8(frame.bytes.to_vec()).unwrap();
    assert!(
        text.starts_with("##") && text.contains("w01018-Rtd=82.4") && !text.contains("PW=123456"),
        "{text}"
    );
    assert!(frame.checks.as_str().starts_with("crc ok"));
    assert_eq!(
        (commit.header.actor.principal.as_str(), commit.header.actor.via.as_str()),
        (MONITOR, "device")
    );
}

#[tokio::test]
async fn an_identical_resend_is_answered_counted_and_not_stored() {
    let (city, address, _served) = city(Settings::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&reading(1, 82.4)).await.unwrap();
    answer(&mut stream).await;
    let seq = city.seq();
    let mut again = TcpStream::connect(address).await.unwrap();
    again.write_all(&reading(1, 82.4)).await.unwrap();
    assert!(answer(&mut again).await.contains("CN=9014"));
    again.write_all(&reading(2, 82.4)).await.unwrap();
    assert!(answer(&mut again).await.contains("CN=9014"), "the same value under another QN");
    assert_eq!(city.seq(), seq);
    assert_eq!(city.reception.shared.counters.frames_resent.get(), 2);
    again.write_all(&reading(3, 83.0)).await.unwrap();
    answer(&mut again).await;
    assert_eq!(city.entity(GAUGE).unwrap().number("cod"), Some(83.0), "another value is a correction");
}

#[tokio::test]
async fn two_packets_are_answered_each_and_give_readings_when_whole() {
    let (city, address, _served) = city(Settings::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let part = |number: u8, cp: &str| {
        encode(&format!(
            "QN=20260706210000000;ST=32;CN=2061;PW=123456;MN={MN};Flag=7;PNUM=2;PNO={number};CP=&&DataTime=20260706200000;{cp}&&"
        ))
    };
    stream.write_all(&part(2, "w21003-Avg=3.18")).await.unwrap();
    assert!(answer(&mut stream).await.contains("CN=9014"));
    assert_eq!(city.entity(GAUGE).unwrap().number("ammonia_hour"), None);
    drop(stream);
    // The line broke: the device sends both again. The second was kept before, alone.
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&part(1, "w01018-Avg=46.3")).await.unwrap();
    answer(&mut stream).await;
    stream.write_all(&part(2, "w21003-Avg=3.18")).await.unwrap();
    answer(&mut stream).await;
    let gauge = city.entity(GAUGE).unwrap();
    assert_eq!((gauge.number("cod_hour"), gauge.number("ammonia_hour")), (Some(46.3), Some(3.18)));
}

#[tokio::test]
async fn bad_input_is_kept_with_its_reason_and_good_frames_go_on() {
    let (city, address, _served) = city(Settings::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let wrong = String::from_utf8(reading(1, 1.0)).unwrap().replace("w01018-Rtd=1,", "w01018-Rtd=2,");
    let future =
        encode(&segment(3, "w01018-Rtd=9").replace("DataTime=20260706204200", "DataTime=20260707204200"));
    let mut bytes = b"\x00\xFFnoise".to_vec();
    bytes.extend_from_slice(wrong.as_bytes());
    bytes.extend(encode(&segment(2, "w01018-Rtd=5,w01018-Flag=N;w99999-Rtd=7")));
    bytes.extend(future);
    stream.write_all(&bytes).await.unwrap();
    let mut answers = answer(&mut stream).await;
    while answers.matches("CN=9014").count() < 2 {
        answers.push_str(&answer(&mut stream).await);
    }
    let gauge = city.entity(GAUGE).unwrap();
    assert_eq!(gauge.number("cod"), Some(5.0));
    let reasons: Vec<String> =
        city.reception.shared.refused(MN, 9).into_iter().map(|e| e.reason.zh).collect();
    assert!(reasons.iter().any(|r| r.starts_with("校验不对")), "{reasons:?}");
    assert!(reasons.iter().any(|r| r.contains("w99999")), "{reasons:?}");
    assert!(reasons.iter().any(|r| r.contains("将来")), "{reasons:?}");
    assert_eq!(city.reception.shared.refused("@127.0.0.1", 9).len(), 1, "noise is kept under the address");
    assert_eq!(city.reception.shared.counters.factors_unknown.get(), 1);
    let stored: Vec<u8> = city.reception.shared.refused(MN, 9).into_iter().flat_map(|e| e.bytes).collect();
    assert!(!String::from_utf8_lossy(&stored).contains("PW=123456"));
}

#[tokio::test]
async fn a_value_that_the_schema_refuses_leaves_its_frame() {
    let (city, address, _served) = city(Settings::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&reading(1, 6000.0)).await.unwrap();
    assert!(answer(&mut stream).await.contains("CN=9014"));
    assert_eq!(city.entity(GAUGE).unwrap().number("cod"), None);
    assert!(city.reception.city.door.read(city.seq()).await.unwrap().frame.is_some());
    assert!(city.reception.shared.refused(MN, 1)[0].reason.zh.contains("6000"));
}

#[tokio::test]
async fn a_stranger_is_held_approved_and_let_in() {
    let (city, address, _served) = city(Settings::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let frame = |qn| String::from_utf8(reading(qn, 7.0)).unwrap();
    let stranger = |qn| encode(&segment(qn, "w01018-Rtd=7").replace(MN, "NEW_1"));
    stream.write_all(&stranger(1)).await.unwrap();
    stream.write_all(frame(2).as_bytes()).await.unwrap();
    assert!(answer(&mut stream).await.contains(MN), "only the known one is answered");
    let held = "urn:ngsi-ld:HeldDevice:hj212:NEW_1";
    let entity = city.entity(held).unwrap();
    assert_eq!(
        (entity.text("reason"), entity.text("state"), entity.text("login")),
        (Some("unknown"), Some("held"), Some("NEW_1"))
    );
    assert!(!entity.text("sample").unwrap().contains("123456;"));
    let body =
        serde_json::json!({ "held": held, "thing_model": "gauge-line", "subject": "urn:ngsi-ld:Gauge:3" });
    city.reception.command("gateway.approve", body).await.unwrap();
    stream.write_all(&stranger(3)).await.unwrap();
    assert!(answer(&mut stream).await.contains("MN=NEW_1"));
    assert_eq!(city.entity("urn:ngsi-ld:Gauge:3").unwrap().number("cod"), Some(7.0));
    assert_eq!(city.entity(held).unwrap().text("state"), Some("approved"));
}

#[tokio::test]
async fn a_wrong_password_is_held_and_not_answered() {
    let (city, address, _served) = city(Settings::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    for qn in 0..30 {
        let frame = encode(&segment(qn, "w01018-Rtd=7").replace("PW=123456", "PW=654321"));
        if stream.write_all(&frame).await.is_err() {
            break;
        }
    }
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    assert!(rest.is_empty(), "no answer, and closed after too many");
    let held = city.entity(&format!("urn:ngsi-ld:HeldDevice:hj212:{MN}")).unwrap();
    assert_eq!(held.text("reason"), Some("wrong_password"));
    assert_eq!(city.entity(GAUGE).unwrap().number("cod"), None);
    assert_eq!(city.reception.shared.counters.frames_held.get(), 20);
}

#[tokio::test]
async fn heartbeat_is_answered_without_a_commit() {
    let (city, address, _served) = city(Settings::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let seq = city.seq();
    stream
        .write_all(&encode(&format!("QN=20260706204200000;ST=91;CN=9015;PW=123456;MN={MN};Flag=9;CP=&&&&")))
        .await
        .unwrap();
    assert!(answer(&mut stream).await.contains("CN=9014"));
    assert_eq!(city.seq(), seq);
    let link = city.reception.shared.link(&MONITOR.into()).unwrap();
    assert_eq!((link.protocol, link.connections), ("hj212", 1));
}

#[tokio::test]
async fn connections_are_written_and_a_stop_ends_all() {
    let (city, address, served) = city(Settings::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&reading(1, 1.0)).await.unwrap();
    answer(&mut stream).await;
    city.reception.write_connections(100).await;
    assert_eq!(city.entity(MONITOR).unwrap().text("connection"), Some("connected"));
    city.stop();
    tokio::time::timeout(Duration::from_secs(10), served).await.unwrap().unwrap();
    city.reception.write_connections(100).await;
    assert_eq!(city.entity(MONITOR).unwrap().text("connection"), Some("disconnected"));
    assert_eq!(city.reception.shared.counters.connections_closed.get(), 1);
}

#[tokio::test]
async fn a_slow_sender_is_closed_and_what_it_sent_is_named() {
    let mut settings = Settings::default();
    settings.listen.frame_s_max = 0;
    let (city, address, _served) = city(settings).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&reading(1, 1.0)[..60]).await.unwrap();
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await.unwrap().unwrap();
    city.until("the cut frame is in quarantine", |c| !c.reception.shared.refused("@127.0.0.1", 1).is_empty())
        .await;
    assert_eq!(city.reception.shared.counters.idle_closed.get(), 1);
    assert!(city.reception.shared.refused("@127.0.0.1", 1)[0].reason.zh.starts_with("帧不完整"));
}

#[tokio::test]
async fn a_hundredfold_sender_is_slowed_and_the_others_are_unharmed() {
    let mut settings = Settings::default();
    settings.listen.rate = Rate { per_minute: 600, burst: 5 };
    let (city, address, _served) = city(settings).await;
    let mut flood = TcpStream::connect(address).await.unwrap();
    let bytes: Vec<u8> = (0..200).flat_map(|qn| reading(qn, f64::from(qn))).collect();
    flood.write_all(&bytes).await.unwrap();
    let mut calm = TcpStream::connect(address).await.unwrap();
    calm.write_all(&reading(999, 999.0)).await.unwrap();
    assert!(answer(&mut calm).await.contains("QN=20260706204200999"));
    city.until("the flood is slowed", |c| c.reception.shared.counters.slowed.get() > 0).await;
    assert!(city.reception.shared.counters.frames_accepted.get() < 100);
}

#[tokio::test]
async fn beyond_the_limit_of_connections_they_are_refused() {
    let mut settings = Settings::default();
    settings.listen.connections_max = 1;
    let (city, address, _served) = city(settings).await;
    let mut first = TcpStream::connect(address).await.unwrap();
    first.write_all(&reading(1, 1.0)).await.unwrap();
    answer(&mut first).await;
    let mut second = TcpStream::connect(address).await.unwrap();
    let mut rest = Vec::new();
    let _ = second.read_to_end(&mut rest).await;
    assert_eq!(city.reception.shared.counters.connections_refused.get(), 1);
}

#[tokio::test]
async fn what_is_not_durable_is_not_answered() {
    let (city, address, _served) = city(Settings::default()).await;
    *city.halted.lock().unwrap() = Some("disk gone".into());
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&reading(1, 1.0)).await.unwrap();
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert!(rest.is_empty(), "closed without an answer");
    assert_eq!(city.reception.shared.counters.answers.get(), 0);
}

#[tokio::test]
async fn a_split_that_waits_too_long_is_given_up() {
    let (city, address, _served) = city(Settings::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let part = format!(
        "QN=20260706210000000;CN=2061;PW=123456;MN={MN};Flag=7;PNUM=2;PNO=1;CP=&&DataTime={};&&",
        beijing::format(NOW_MS)
    );
    stream.write_all(&encode(&part)).await.unwrap();
    answer(&mut stream).await;
    city.advance(600_001);
    stream.write_all(&reading(9, 1.0)).await.unwrap();
    answer(&mut stream).await;
    city.until("given up", |c| c.reception.shared.counters.splits_given_up.get() == 1).await;
    assert!(city.reception.shared.refused(MN, 1)[0].reason.zh.contains("缺第 2 包"));
}
