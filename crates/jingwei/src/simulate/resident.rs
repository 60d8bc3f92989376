//! A resident who reports with a phone: one multipart form over HTTP.

use super::Play;
use super::day::Event;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const BOUNDARY: &str = "jingwei-simulated-report";

/// A small drawn picture of dark water under a bank.
const PHOTO: &[u8] = include_bytes!("photo.png");

/// Waits for the time of the event and sends the report.
pub async fn report(play: Arc<Play>, event: Event) {
    let Event::Report { at_seconds, .. } = &event else { return };
    tokio::time::sleep(Duration::from_secs(u64::try_from(*at_seconds).unwrap_or(0))).await;
    if send(&play, &event).await.is_some() {
        play.counts.reports.fetch_add(1, Ordering::Relaxed);
    } else {
        play.counts.failed.fetch_add(1, Ordering::Relaxed);
    }
}

fn form(event: &Event) -> Vec<u8> {
    let Event::Report { matter, area, location, place, words, photo, phone, .. } = event else {
        return vec![];
    };
    let mut fields = vec![
        ("matter", matter.clone()),
        ("place", area.clone()),
        ("lon", location[0].to_string()),
        ("lat", location[1].to_string()),
        ("place_words", place.clone()),
        ("words", words.clone()),
        ("simulated", "true".into()),
    ];
    fields.extend(phone.clone().map(|p| ("phone", p)));
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .bytes(),
        );
    }
    if *photo {
        let head = "Content-Disposition: form-data; name=\"photo\"; filename=\"photo.png\"\r\nContent-Type: image/png";
        body.extend(format!("--{BOUNDARY}\r\n{head}\r\n\r\n").bytes());
        body.extend(PHOTO);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    body
}

async fn send(play: &Play, event: &Event) -> Option<()> {
    let body = form(event);
    let target = &play.target;
    let head = format!(
        "POST /api/reports HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        target.host,
        target.http,
        body.len()
    );
    let mut stream = TcpStream::connect((target.host.as_str(), target.http)).await.ok()?;
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(&body).await.ok()?;
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(15), stream.take(65_536).read_to_end(&mut answer))
        .await
        .ok()?
        .ok()?;
    answer.starts_with(b"HTTP/1.1 201").then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_has_every_field_once() {
        let event = Event::Report {
            at_seconds: 1,
            matter: "water".into(),
            area: "urn:ngsi-ld:Area:1".into(),
            location: [117.1, 28.2],
            place: "桥边".into(),
            words: "水黑".into(),
            photo: true,
            phone: None,
        };
        let body = form(&event);
        let text = String::from_utf8_lossy(&body);
        assert_eq!(text.matches("name=\"words\"\r\n\r\n水黑\r\n").count(), 1);
        assert_eq!(text.matches("name=\"phone\"").count(), 0);
        assert!(text.contains("filename=\"photo.png\"") && text.ends_with(&format!("--{BOUNDARY}--\r\n")));
    }
}
