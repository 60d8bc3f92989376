//! Meters that speak MQTT 3.1.1: one connection each, QoS 1, clean session.

use super::{Play, Station};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long a meter waits for an answer.
const ANSWER: Duration = Duration::from_secs(15);
/// Keep-alive that a meter announces, in seconds; it reports more often than this.
const KEEP_ALIVE_S: u16 = 3_600;

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend(text.as_bytes());
}

fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind];
    let mut left = body.len();
    loop {
        let low = u8::try_from(left % 128).unwrap_or(0);
        left /= 128;
        bytes.push(if left > 0 { low | 0x80 } else { low });
        if left == 0 {
            break;
        }
    }
    bytes.extend(body);
    bytes
}

/// CONNECT with a clean session (MQTT 3.1.1, 3.1).
pub fn connect(login: &str, password: &str) -> Vec<u8> {
    let mut body = Vec::new();
    text(&mut body, "MQTT");
    body.extend([4, 0b1100_0010]);
    body.extend(KEEP_ALIVE_S.to_be_bytes());
    text(&mut body, login);
    text(&mut body, login);
    text(&mut body, password);
    packet(0x10, &body)
}

/// PUBLISH with QoS 1 (3.3).
pub fn publish(topic: &str, id: u16, payload: &str) -> Vec<u8> {
    let mut body = Vec::new();
    text(&mut body, topic);
    body.extend(id.to_be_bytes());
    body.extend(payload.as_bytes());
    packet(0x32, &body)
}

/// Plays one meter.
pub async fn station(play: Arc<Play>, station: Station, offset_ms: u64) {
    tokio::time::sleep(Duration::from_millis(offset_ms)).await;
    loop {
        if session(&play, &station).await.is_none() {
            play.counts.failed.fetch_add(1, Ordering::Relaxed);
        }
        tokio::time::sleep(Duration::from_secs(20)).await;
    }
}

/// One connection until it breaks.
async fn session(play: &Play, station: &Station) -> Option<()> {
    let c = &station.credential;
    let mut stream = TcpStream::connect((play.target.host.as_str(), play.target.mqtt)).await.ok()?;
    stream.write_all(&connect(&c.login, &c.password)).await.ok()?;
    let answer = read::<4>(&mut stream).await?;
    if answer[0] != 0x20 || answer[3] != 0 {
        return None;
    }
    let topic = format!("up/{}", c.login);
    let mut id = 0_u16;
    loop {
        let values: Vec<String> =
            play.report(station).iter().map(|(word, v)| format!("\"{word}\":{v}")).collect();
        let payload = format!("{{\"t\":{},{}}}", play.clock.now().millis(), values.join(","));
        id = id.checked_add(1).unwrap_or(1);
        stream.write_all(&publish(&topic, id, &payload)).await.ok()?;
        let answer = read::<4>(&mut stream).await?;
        if answer[0] != 0x40 {
            return None;
        }
        play.counts.acknowledged.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(play.wait(station))).await;
    }
}

async fn read<const N: usize>(stream: &mut TcpStream) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    tokio::time::timeout(ANSWER, stream.read_exact(&mut bytes)).await.ok()?.ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_have_the_form_of_the_standard() {
        let c = connect("m1", "pw");
        assert_eq!(&c[..12], &[0x10, 22, 0, 4, b'M', b'Q', b'T', b'T', 4, 0xC2, 0x0E, 0x10]);
        let p = publish("up/m1", 7, &"x".repeat(200));
        assert_eq!(&p[..3], &[0x32, 0xD1, 0x01]);
        assert_eq!(&p[10..12], &[0, 7]);
    }
}
