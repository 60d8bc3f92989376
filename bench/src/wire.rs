//! What goes over the sockets: HTTP/1.1 with kept connections, and MQTT 3.1.1 packets.

use std::io::{Error, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longest wait for an answer.
const ANSWER: Duration = Duration::from_secs(30);
/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Connects; a small packet leaves at once.
///
/// # Errors
/// When nobody listens.
pub fn connect(at: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(at)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.set_write_timeout(Some(ANSWER))?;
    Ok(stream)
}

/// A request with a kept connection.
pub fn request(method: &str, path: &str, token: Option<&str>, body: &str) -> Vec<u8> {
    let token = token.map(|t| format!("Authorization: Bearer {t}\r\n")).unwrap_or_default();
    let kind = if body.is_empty() {
        String::new()
    } else {
        format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
    };
    format!("{method} {path} HTTP/1.1\r\nHost: city\r\n{token}{kind}\r\n{body}").into_bytes()
}

/// One kept HTTP connection.
pub struct Http<S> {
    stream: S,
    buffer: Vec<u8>,
}

impl<S: Read + Write> Http<S> {
    /// Over a connected stream.
    pub fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// Sends a request and reads its whole answer; gives its status.
    ///
    /// # Errors
    /// When the connection breaks or the answer is none.
    pub fn exchange(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.write_all(request)?;
        loop {
            if let Some((status, length)) = whole(&self.buffer)? {
                self.buffer.drain(..length);
                return Ok(status);
            }
            let mut bytes = [0; 4_096];
            let n = self.stream.read(&mut bytes)?;
            if n == 0 || self.buffer.len() > ANSWER_BYTES_MAX {
                return Err(Error::other("no whole answer"));
            }
            self.buffer.extend(&bytes[..n]);
        }
    }
}

/// Status and length of an answer that is whole.
fn whole(bytes: &[u8]) -> Result<Option<(u16, usize)>> {
    let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok());
    let status = status.ok_or_else(|| Error::other("no status"))?;
    if head.contains("transfer-encoding") {
        return Err(Error::other("an answer in chunks"));
    }
    let length = head.lines().find_map(|l| l.strip_prefix("content-length:")?.trim().parse().ok());
    let length = end + 4 + length.unwrap_or(0_usize);
    Ok((bytes.len() >= length).then_some((status, length)))
}

/// A packet of MQTT around a body (3.1.1, 2.2).
fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind];
    let mut left = body.len();
    while left >= 128 {
        bytes.push(u8::try_from(left % 128).unwrap_or(0) | 0x80);
        left /= 128;
    }
    bytes.push(u8::try_from(left).unwrap_or(0));
    bytes.extend(body);
    bytes
}

fn string(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap_or(0).to_be_bytes();
    [&length, text.as_bytes()].concat()
}

/// CONNECT with a clean session, user name and password (3.1).
pub fn mqtt_connect(login: &str, password: &str) -> Vec<u8> {
    let fixed = [string("MQTT"), vec![4, 0b1100_0010, 0x0E, 0x10]].concat();
    packet(0x10, &[fixed, string(login), string(login), string(password)].concat())
}

/// PUBLISH with QoS 1 (3.3).
pub fn mqtt_publish(topic: &str, id: u16, payload: &str) -> Vec<u8> {
    packet(0x32, &[&string(topic)[..], &id.to_be_bytes(), payload.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers piece by piece, as a socket may.
    struct Pieces(Vec<Vec<u8>>, Vec<u8>);

    impl Read for Pieces {
        fn read(&mut self, into: &mut [u8]) -> Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            into[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    impl Write for Pieces {
        fn write(&mut self, bytes: &[u8]) -> Result<usize> {
            self.1.extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn answers_in_pieces_are_put_together() {
        let pieces =
            ["HTTP/1.1 200 OK\r\nContent-Le", "ngth: 2\r\n\r\no", "kHTTP/1.1 204 No Content\r\n\r\n"];
        let mut http = Http::new(Pieces(pieces.map(|p| p.as_bytes().to_vec()).to_vec(), vec![]));
        assert_eq!(http.exchange(b"a").unwrap(), 200);
        assert_eq!(http.exchange(b"b").unwrap(), 204);
        assert!(http.exchange(b"c").is_err(), "the other side has closed");
        assert_eq!(http.stream.1, b"abc");
    }

    #[test]
    fn an_answer_that_cannot_be_measured_is_refused() {
        assert!(whole(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
        assert!(whole(b"nonsense\r\n\r\n").is_err());
        assert!(whole(b"HTTP/1.1 200 OK\r\n").unwrap().is_none());
    }

    #[test]
    fn a_body_has_its_length() {
        let text = String::from_utf8(request("PATCH", "/x", Some("t"), "{}")).unwrap();
        assert!(text.contains("Authorization: Bearer t\r\n") && text.contains("Content-Length: 2\r\n"));
        assert!(text.ends_with("\r\n\r\n{}"));
        assert_eq!(request("GET", "/x", None, ""), b"GET /x HTTP/1.1\r\nHost: city\r\n\r\n");
    }

    #[test]
    fn packets_have_the_form_of_the_standard() {
        let c = mqtt_connect("m1", "pw");
        assert_eq!(&c[..12], &[0x10, 22, 0, 4, b'M', b'Q', b'T', b'T', 4, 0xC2, 0x0E, 0x10]);
        let p = mqtt_publish("up/m1", 7, &"x".repeat(200));
        assert_eq!((&p[..3], &p[10..12]), (&[0x32, 0xD1, 0x01][..], &[0, 7][..]));
    }
}
