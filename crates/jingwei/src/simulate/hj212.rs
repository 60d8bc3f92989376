//! Monitors that speak HJ 212-2017 over TCP: one connection each, real-time data with an
//! acknowledgement wanted, sent again after ten seconds without one.

use super::day::Event;
use super::{Play, Station};
use gateway::protocol::hj212::crc;
use model::Time;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long a device waits for an acknowledgement.
const ANSWER: Duration = Duration::from_secs(10);

/// `yyyyMMddHHmmssSSS` in Beijing time.
fn stamp(at: Time) -> String {
    let beijing = at.plus_secs(8 * 3_600).rfc3339();
    let figures: String = beijing.chars().filter(char::is_ascii_digit).collect();
    format!("{:0<17.17}", figures)
}

/// A whole packet around a data segment.
pub fn packet(segment: &str) -> String {
    format!("##{:04}{segment}{:04X}\r\n", segment.len(), crc::crc(segment.as_bytes()))
}

/// The data segment of a real-time report (CN 2011) with an acknowledgement wanted.
pub fn segment(
    system: &str,
    login: &str,
    password: &str,
    at: Time,
    values: &[(String, String)],
    flag: &str,
) -> String {
    let time = stamp(at);
    let values: String =
        values.iter().map(|(word, v)| format!(";{word}-Rtd={v},{word}-Flag={flag}")).collect();
    format!(
        "QN={time};ST={system};CN=2011;PW={password};MN={login};Flag=5;CP=&&DataTime={}{values}&&",
        &time[..14]
    )
}

/// Plays one monitor.
pub async fn station(play: Arc<Play>, station: Station, offset_ms: u64) {
    tokio::time::sleep(Duration::from_millis(offset_ms)).await;
    let id = station.subject.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let mut strange = strange(&play, &id);
    let mut connection = None;
    loop {
        if play.day.silent(&id, play.since()) {
            connection = None;
        } else {
            let ahead = strange.due(play.since());
            let at = play.clock.now().plus_secs(ahead.ahead_s);
            let c = &station.credential;
            let mut text =
                packet(&segment(&station.system, &c.login, &c.password, at, &play.report(&station), "N"));
            if ahead.bad_crc {
                let end = text.len() - 6;
                let other = if text.as_bytes()[end] == b'0' { "1" } else { "0" };
                text.replace_range(end..=end, other);
            }
            connection = send(&play, connection, &text, !ahead.bad_crc).await;
        }
        tokio::time::sleep(Duration::from_secs(play.wait(&station))).await;
    }
}

/// Plays a monitor that nobody registered.
pub async fn stranger(play: Arc<Play>, event: Event) {
    let Event::UnknownDevice { login, at_seconds, interval_seconds, seconds } = event else { return };
    tokio::time::sleep(Duration::from_secs(u64::try_from(at_seconds).unwrap_or(0))).await;
    let mut connection = None;
    while play.since() < at_seconds + seconds {
        let values = [("w01018".to_owned(), "21.3".to_owned())];
        let text = packet(&segment("32", &login, "000000", play.clock.now(), &values, "N"));
        connection = send(&play, connection, &text, false).await;
        tokio::time::sleep(Duration::from_secs(interval_seconds.max(1))).await;
    }
}

/// Sends a packet on the connection, or on a new one, and waits for the acknowledgement; gives the
/// connection back when it is still good.
async fn send(
    play: &Play,
    connection: Option<TcpStream>,
    text: &str,
    wants_answer: bool,
) -> Option<TcpStream> {
    let address = (play.target.host.as_str(), play.target.hj212);
    let mut stream = match connection {
        Some(stream) => stream,
        None => match TcpStream::connect(address).await {
            Ok(stream) => stream,
            Err(_) => {
                play.counts.failed.fetch_add(1, Ordering::Relaxed);
                return None;
            }
        },
    };
    if stream.write_all(text.as_bytes()).await.is_err() {
        play.counts.failed.fetch_add(1, Ordering::Relaxed);
        return None;
    }
    if !wants_answer {
        return Some(stream);
    }
    let mut answer = [0; 1_024];
    match tokio::time::timeout(ANSWER, stream.read(&mut answer)).await {
        Ok(Ok(n)) if n > 0 && String::from_utf8_lossy(&answer[..n]).contains("CN=9014") => {
            play.counts.acknowledged.fetch_add(1, Ordering::Relaxed);
            Some(stream)
        }
        _ => {
            play.counts.failed.fetch_add(1, Ordering::Relaxed);
            None
        }
    }
}

/// What a station's next frame has of its own.
#[derive(Default)]
struct Oddity {
    bad_crc: bool,
    ahead_s: i64,
}

struct Strange {
    bad_crc_at: Option<i64>,
    future: Option<(i64, i64)>,
}

fn strange(play: &Play, id: &str) -> Strange {
    let mut found = Strange { bad_crc_at: None, future: None };
    for event in &play.day.events {
        match event {
            Event::BadCrc { entity, at_seconds } if entity == id => found.bad_crc_at = Some(*at_seconds),
            Event::FutureTime { entity, at_seconds, ahead_seconds } if entity == id => {
                found.future = Some((*at_seconds, *ahead_seconds));
            }
            _ => {}
        }
    }
    found
}

impl Strange {
    /// What is due by now; each happens once.
    fn due(&mut self, since: i64) -> Oddity {
        let bad_crc = self.bad_crc_at.take_if(|at| *at <= since).is_some();
        let ahead_s = self.future.take_if(|(at, _)| *at <= since).map_or(0, |(_, ahead)| ahead);
        Oddity { bad_crc, ahead_s }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packet_is_the_one_of_the_facts() {
        let at = Time::parse("2026-07-06T20:42:18+08:00").unwrap();
        let values = [("w01018", "82.4"), ("w21003", "3.12"), ("w01001", "7.21"), ("w00000", "41.6")];
        let values: Vec<_> = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let text = segment("32", "360681000000000000000101", "123456", at, &values, "N");
        let text = text.replace("DataTime=20260706204218", "DataTime=20260706204200");
        assert!(
            packet(&text).starts_with("##0230QN=20260706204218000;ST=32;CN=2011;")
                && packet(&text).ends_with("&&3840\r\n")
        );
    }

    #[test]
    fn an_oddity_happens_once() {
        let mut strange = Strange { bad_crc_at: Some(10), future: Some((20, 7_920)) };
        assert!(!strange.due(9).bad_crc);
        assert!(strange.due(10).bad_crc);
        assert!(!strange.due(11).bad_crc);
        assert_eq!((strange.due(25).ahead_s, strange.due(26).ahead_s), (7_920, 0));
    }
}
