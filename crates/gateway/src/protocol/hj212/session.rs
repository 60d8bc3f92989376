//! One connection of HJ 212 without its socket: bytes in; frames, refusals and answers out.
//!
//! The caller looks up the device between [`Session::next`] and [`Session::open`], and sends
//! [`Upload::answer`] only after what the frame led to is durable.

use super::codec::{Answer, Kind, decode, kind};
use super::config::Config;
use super::frame::{Checks, Decoder, Item};
use super::segment::{DigestKey, Segment, redact};
use super::split::{Assembler, GivenUp, Joined};
use crate::reading::{Readings, UnixMs};
use crate::words::Words;

/// A frame that was right in form; who sent it is not checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The fields.
    pub segment: Segment,
    /// The data segment as it may be stored: the password is replaced by its keyed digest.
    pub stored: String,
    /// The results of the length and checksum checks over the bytes as they came.
    pub checks: Checks,
    /// What the frame is for.
    pub kind: Kind,
    /// BLAKE3 of the data segment as it came, 64 hex digits.
    pub digest: String,
}

impl Received {
    /// The key under which an identical resend of a device is recognised.
    pub fn idempotency_key(&self, device: &str) -> String {
        format!("{device}|{}|{}", self.segment.qn.as_deref().unwrap_or("-"), self.digest)
    }
}

/// Bytes that were refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedFrame {
    /// Why, in words.
    pub reason: Words,
    /// The bytes, passwords replaced by their digest.
    pub bytes: Vec<u8>,
    /// Bytes passed over.
    pub consumed: u64,
    /// What the checks said.
    pub checks: Checks,
    /// The number that the bytes claim to come from; nobody has proved it.
    pub claimed_mn: Option<String>,
}

/// What a frame of a known device holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Upload {
    /// The readings; nothing when the frame carries none or other packets are awaited.
    pub readings: Option<Readings>,
    /// Why the whole frame gave no readings, for quarantine; the frame is still kept and answered.
    pub refused: Option<Words>,
    /// Packets held and packets in all, when others are awaited.
    pub waiting: Option<(u32, u32)>,
    /// What to send once the frame is durable.
    pub answer: Option<Vec<u8>>,
}

/// The state of one connection.
#[derive(Debug)]
pub struct Session {
    decoder: Decoder,
    assembler: Assembler,
    config: Config,
    key: DigestKey,
}

impl Session {
    /// A fresh connection; `key` digests passwords before anything is stored.
    pub fn new(config: Config, key: DigestKey) -> Self {
        Self { decoder: Decoder::new(&config), assembler: Assembler::default(), config, key }
    }

    /// Takes as many bytes as there is room for; see [`Decoder::push`].
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        self.decoder.push(bytes)
    }

    /// The next frame or refusal.
    #[expect(clippy::should_implement_trait, reason = "it is no iterator: more can come after None")]
    pub fn next(&mut self) -> Option<Result<Received, Box<RefusedFrame>>> {
        let item = self.decoder.next()?;
        Some(self.receive(item))
    }

    /// What is left at the end of the stream or after a long silence; call until it gives nothing.
    pub fn finish(&mut self) -> Option<Result<Received, Box<RefusedFrame>>> {
        let item = self.decoder.finish()?;
        Some(self.receive(item))
    }

    /// Bytes of an unfinished frame that are held; above zero a slow sender is at work.
    pub fn held(&self) -> usize {
        self.decoder.held()
    }

    /// Reads the values of a frame whose device is known, and prepares its answer.
    pub fn open(&mut self, received: &Received, now_ms: UnixMs) -> Upload {
        let segment = &received.segment;
        let answer = answer(received);
        let mut upload = Upload { readings: None, refused: None, waiting: None, answer };
        let Kind::Data(period) = received.kind else { return upload };
        match self.assembler.take(segment, &self.config, now_ms) {
            Joined::Waiting { have, of } => upload.waiting = Some((have, of)),
            Joined::Refused(reason) => upload.refused = Some(reason),
            Joined::Whole(cp) => match decode(&cp, period, now_ms, self.config.ahead_ms_max) {
                Ok(readings) => upload.readings = Some(readings),
                Err(reason) => upload.refused = Some(reason),
            },
        }
        upload
    }

    /// Split messages that waited too long.
    pub fn expire(&mut self, now_ms: UnixMs) -> Vec<GivenUp> {
        self.assembler.expire(&self.config, now_ms)
    }

    /// Split messages that the end of the connection leaves unfinished.
    pub fn give_up(&mut self) -> Vec<GivenUp> {
        self.assembler.finish()
    }

    fn receive(&self, item: Item) -> Result<Received, Box<RefusedFrame>> {
        let frame = match item {
            Item::Frame(frame) => frame,
            Item::Bad(bad) => {
                return Err(Box::new(RefusedFrame {
                    reason: bad.reason,
                    claimed_mn: claimed_mn(&bad.bytes),
                    bytes: redact(&bad.bytes, &self.key),
                    consumed: bad.consumed,
                    checks: bad.checks,
                }));
            }
        };
        let stored = redact(&frame.segment, &self.key);
        match Segment::parse(&frame.segment) {
            Ok(segment) => Ok(Received {
                kind: kind(segment.cn),
                segment,
                stored: String::from_utf8_lossy(&stored).into_owned(),
                checks: frame.checks,
                digest: blake3::hash(&frame.segment).to_hex().to_string(),
            }),
            Err(reason) => Err(Box::new(RefusedFrame {
                reason,
                claimed_mn: claimed_mn(&frame.segment),
                bytes: stored,
                consumed: frame.segment.len() as u64,
                checks: frame.checks,
            })),
        }
    }
}

fn answer(received: &Received) -> Option<Vec<u8>> {
    let segment = &received.segment;
    if !segment.wants_answer() {
        return None;
    }
    match received.kind {
        Kind::Data(_) | Kind::OtherData | Kind::Heartbeat => Some(Answer::Data.encode(segment)),
        Kind::Notice => Some(Answer::Notice.encode(segment)),
        Kind::Reply => None,
    }
}

/// A number counts only when it is whole: the `;` after it must be there.
fn claimed_mn(bytes: &[u8]) -> Option<String> {
    let at = bytes.windows(3).position(|window| window == b"MN=")? + 3;
    let length = bytes[at..].iter().position(|byte| *byte == b';')?;
    let value = &bytes[at..at + length];
    let fits = (1..=64).contains(&value.len()) && value.iter().all(u8::is_ascii_graphic);
    fits.then(|| String::from_utf8_lossy(value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::codec::encode;
    use super::*;

    const NOW: UnixMs = 1_783_341_800_000;
    const HEAD: &str = "QN=20260706204218000;ST=32;CN=2011;PW=123456;MN=36068101";

    fn session() -> Session {
        Session::new(Config::default(), DigestKey([1; 32]))
    }

    fn receive(session: &mut Session, segment: &str) -> Result<Received, Box<RefusedFrame>> {
        let bytes = encode(segment);
        assert_eq!(session.push(&bytes), bytes.len());
        session.next().unwrap()
    }

    #[test]
    fn a_reading_is_opened_and_its_answer_waits() {
        let mut session = session();
        let text = format!("{HEAD};Flag=5;CP=&&DataTime=20260706204200;w01018-Rtd=82.4&&");
        let received = receive(&mut session, &text).unwrap();
        assert!(!received.stored.contains("123456;"));
        assert!(received.checks.passed());
        let upload = session.open(&received, NOW);
        assert_eq!(upload.readings.unwrap().readings.len(), 1);
        let answer = String::from_utf8(upload.answer.unwrap()).unwrap();
        assert!(answer.contains("CN=9014") && answer.contains("QN=20260706204218000"));
    }

    #[test]
    fn no_answer_unless_it_is_asked_for() {
        let mut session = session();
        for (cn, flag, expected) in [
            ("2011", 4, None),
            ("2011", 5, Some("CN=9014")),
            ("9015", 5, Some("CN=9014")),
            ("2021", 9, Some("CN=9014")),
            ("3015", 5, Some("CN=9013")),
            ("9011", 5, None),
        ] {
            let text = format!("{};Flag={flag};CP=&&&&", HEAD.replace("2011", cn));
            let received = receive(&mut session, &text).unwrap();
            let answer = session.open(&received, NOW).answer.map(|a| String::from_utf8(a).unwrap());
            assert_eq!(answer.is_some(), expected.is_some(), "{cn} {flag}");
            assert!(answer.unwrap_or_default().contains(expected.unwrap_or_default()), "{cn}");
        }
    }

    #[test]
    fn every_packet_is_answered_and_the_last_gives_the_readings() {
        let mut session = session();
        let part = |number: u32, cp: &str| {
            format!(
                "{};Flag=7;PNUM=2;PNO={number};CP=&&DataTime=20260706200000;{cp}&&",
                HEAD.replace("2011", "2061")
            )
        };
        let second = receive(&mut session, &part(2, "w21003-Avg=3.18")).unwrap();
        let upload = session.open(&second, NOW);
        assert_eq!((upload.waiting, upload.readings.is_none()), (Some((1, 2)), true));
        assert!(upload.answer.is_some());
        let first = receive(&mut session, &part(1, "w01018-Avg=46.3")).unwrap();
        let upload = session.open(&first, NOW);
        assert_eq!(upload.readings.unwrap().readings.len(), 2);
        assert!(upload.answer.is_some());
        assert_ne!(first.idempotency_key("d"), second.idempotency_key("d"));
    }

    #[test]
    fn a_frame_without_usable_time_is_answered_and_refused_in_words() {
        let mut session = session();
        let text = format!("{HEAD};Flag=5;CP=&&DataTime=20990101000000;w01018-Rtd=1&&");
        let received = receive(&mut session, &text).unwrap();
        let upload = session.open(&received, NOW);
        assert!(upload.readings.is_none() && upload.answer.is_some());
        assert!(upload.refused.unwrap().zh.contains("将来"));
    }

    #[test]
    fn a_refused_frame_keeps_its_claim_and_loses_its_password() {
        let mut session = session();
        session.push(format!("##0020{HEAD};Flag=5;CP=&&&&0000\r\n").as_bytes());
        let refused = session.next().unwrap().unwrap_err();
        assert_eq!(refused.claimed_mn.as_deref(), Some("36068101"));
        assert!(!String::from_utf8_lossy(&refused.bytes).contains("123456"));
        session.push(format!("##0200{HEAD}\r\n").as_bytes());
        let refused = session.next().unwrap().unwrap_err();
        assert_eq!(refused.claimed_mn, None, "a number that is cut is none");
        let refused = receive(&mut session, "ST=32;PW=secret;CN=2011;CP=&&&&").unwrap_err();
        assert!(refused.reason.zh.contains("MN"));
        assert!(refused.checks.passed());
        assert!(!String::from_utf8_lossy(&refused.bytes).contains("secret"));
    }

    #[test]
    fn an_identical_resend_has_the_same_key_and_another_value_has_not() {
        let mut session = session();
        let text = |v: u8| format!("{HEAD};Flag=5;CP=&&DataTime=20260706204200;w01018-Rtd={v}&&");
        let a = receive(&mut session, &text(1)).unwrap().idempotency_key("urn:d");
        let b = receive(&mut session, &text(1)).unwrap().idempotency_key("urn:d");
        let c = receive(&mut session, &text(2)).unwrap().idempotency_key("urn:d");
        assert_eq!(a, b);
        assert_ne!(a, c);
        assert!(a.starts_with("urn:d|20260706204218000|"));
    }

    #[test]
    fn an_unfinished_split_is_given_up() {
        let mut session = session();
        let text = format!("{};Flag=7;PNUM=2;PNO=1;CP=&&x&&", HEAD.replace("2011", "2061"));
        let received = receive(&mut session, &text).unwrap();
        session.open(&received, NOW);
        assert!(session.expire(NOW).is_empty());
        assert_eq!(session.expire(NOW + 600_001).len(), 1);
        session.open(&received, NOW);
        assert_eq!(session.give_up()[0].mn, "36068101");
    }
}
