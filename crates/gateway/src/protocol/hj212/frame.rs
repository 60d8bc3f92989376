//! Bytes to frames: `##`, four decimal digits, the data segment, four hex digits, an optional line end.
//!
//! A frame that is not whole yet is no error. A bad one is handed out with the reason in words, and
//! reading goes on at the next `##`. The decoder holds two frames at most; which frames it finds does not
//! depend on how the bytes were divided among reads.

use super::{config::Config, crc::crc};
use crate::words::{Words, quoted};
use serde::{Deserialize, Serialize};

const HEADER: usize = 6;
const CRC: usize = 4;
/// Bytes of a run of noise or of a damaged frame that are kept; the rest is only counted.
pub const SAMPLE_BYTES_MAX: usize = 512;

/// What the length and the checksum said; kept beside a stored frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Checks {
    /// The length that the header states, in bytes of the data segment.
    pub length_written: Option<u32>,
    /// The length found.
    pub length_found: Option<u32>,
    /// The four hex digits of the frame, as written.
    pub crc_written: Option<String>,
    /// The checksum computed over the data segment, four upper-case hex digits.
    pub crc_computed: Option<String>,
}

impl Checks {
    /// Whether both checks passed.
    pub fn passed(&self) -> bool {
        self.length_written.is_some()
            && self.length_written == self.length_found
            && match (&self.crc_written, &self.crc_computed) {
                (Some(written), Some(computed)) => written.eq_ignore_ascii_case(computed),
                _ => false,
            }
    }
}

/// A frame whose length and checksum are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The data segment, between the header and the checksum.
    pub segment: Vec<u8>,
    /// The checks, all passed.
    pub checks: Checks,
}

/// Bytes that are no frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad {
    /// Why, in words.
    pub reason: Words,
    /// The first [`SAMPLE_BYTES_MAX`] bytes of noise, or the whole damaged frame within the frame limit.
    pub bytes: Vec<u8>,
    /// How many bytes were passed over.
    pub consumed: u64,
    /// What the checks said as far as they could be made.
    pub checks: Checks,
}

/// What the decoder found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A good frame.
    Frame(Frame),
    /// Something that was passed over.
    Bad(Bad),
}

/// One look at the head of a buffer.
enum Look {
    /// More bytes are needed.
    Wait,
    /// These many bytes at the head belong to no frame.
    Noise(usize),
    /// A good frame of these many bytes.
    Frame(Frame, usize),
    /// A damaged frame of these many bytes.
    Bad(Words, Checks, usize),
}

/// Cuts frames out of a stream of bytes, in memory bounded by the limits of [`Config`].
#[derive(Debug)]
pub struct Decoder {
    buffer: Vec<u8>,
    noise: Vec<u8>,
    noise_bytes: u64,
    segment_bytes_max: usize,
}

impl Decoder {
    /// An empty decoder.
    pub fn new(config: &Config) -> Self {
        let segment_bytes_max = config.segment_bytes_max.clamp(64, 9999);
        Self { buffer: Vec::new(), noise: Vec::new(), noise_bytes: 0, segment_bytes_max }
    }

    /// Takes as many of the bytes as there is room for and returns how many. Call [`Decoder::next`] until it
    /// gives nothing, then hand in the rest; there is always room for at least one byte then.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(self.capacity().saturating_sub(self.buffer.len()));
        self.buffer.extend_from_slice(&bytes[..taken]);
        taken
    }

    /// Bytes held at present.
    pub fn held(&self) -> usize {
        self.buffer.len() + self.noise.len()
    }

    /// Most bytes that the buffer holds: two frames of the longest size.
    pub fn capacity(&self) -> usize {
        2 * (self.segment_bytes_max + HEADER + CRC + 2)
    }

    /// The next frame or refused piece, or nothing when more bytes are needed.
    #[expect(clippy::should_implement_trait, reason = "it is no iterator: more can come after None")]
    pub fn next(&mut self) -> Option<Item> {
        loop {
            let full = self.buffer.len() >= self.capacity();
            match look(&self.buffer, self.segment_bytes_max, full) {
                Look::Wait => return None,
                Look::Noise(count) => {
                    self.pass_noise(count);
                    if self.noise_bytes >= self.segment_bytes_max as u64 {
                        return self.take_noise();
                    }
                }
                Look::Frame(..) | Look::Bad(..) if self.noise_bytes > 0 => return self.take_noise(),
                Look::Frame(frame, count) => {
                    self.buffer.drain(..count);
                    return Some(Item::Frame(frame));
                }
                Look::Bad(reason, checks, count) => {
                    let bytes: Vec<u8> = self.buffer.drain(..count).collect();
                    return Some(Item::Bad(Bad { reason, bytes, consumed: count as u64, checks }));
                }
            }
        }
    }

    /// At the end of the stream or after a long silence: what is left is no frame any more. Call it until it
    /// gives nothing.
    pub fn finish(&mut self) -> Option<Item> {
        if !self.buffer.starts_with(b"##") {
            self.pass_noise(self.buffer.len());
            return self.take_noise();
        }
        if self.noise_bytes > 0 {
            return self.take_noise();
        }
        if let Look::Bad(reason, checks, count) = look(&self.buffer, self.segment_bytes_max, true) {
            let bytes: Vec<u8> = self.buffer.drain(..count).collect();
            return Some(Item::Bad(Bad { reason, bytes, consumed: count as u64, checks }));
        }
        let bytes = std::mem::take(&mut self.buffer);
        let length = written_length(&bytes);
        let (mut reason, checks) = wrong_length(&bytes, length.unwrap_or_default());
        if checks.length_found.is_none() {
            reason = Words::new(
                format!("帧不完整。收到 {} 字节后再没有数据。", bytes.len()),
                format!("The frame is not whole: nothing came after {} bytes.", bytes.len()),
            );
        }
        let checks = Checks { length_written: length, ..checks };
        Some(Item::Bad(Bad { reason, consumed: bytes.len() as u64, bytes, checks }))
    }

    /// White space before noise is the end of the line before it and counts for nothing.
    fn pass_noise(&mut self, count: usize) {
        let ends = self.buffer[..count].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let from = if self.noise_bytes == 0 { ends } else { 0 };
        let keep = SAMPLE_BYTES_MAX.saturating_sub(self.noise.len()).min(count - from);
        self.noise.extend_from_slice(&self.buffer[from..from + keep]);
        self.noise_bytes += (count - from) as u64;
        self.buffer.drain(..count);
    }

    fn take_noise(&mut self) -> Option<Item> {
        if self.noise_bytes == 0 {
            return None;
        }
        let consumed = std::mem::take(&mut self.noise_bytes);
        let bytes = std::mem::take(&mut self.noise);
        let reason = Words::new(
            format!("不是 HJ 212 报文。跳过 {consumed} 字节，直到下一个包头 ##。"),
            format!("Not an HJ 212 frame: {consumed} bytes were passed over up to the next ##."),
        );
        Some(Item::Bad(Bad { reason, bytes, consumed, checks: Checks::default() }))
    }
}

fn look(buffer: &[u8], segment_bytes_max: usize, full: bool) -> Look {
    let Some(start) = find(buffer, b"##", 0) else {
        // A single last # may be the first half of a header.
        let keep = usize::from(buffer.last() == Some(&b'#'));
        return if buffer.len() > keep { Look::Noise(buffer.len() - keep) } else { Look::Wait };
    };
    if start > 0 {
        return Look::Noise(start);
    }
    if buffer.len() < HEADER {
        return if digits(&buffer[2..]) { Look::Wait } else { damaged(buffer, full, length_no_number) };
    }
    let Some(length) = written_length(buffer) else { return damaged(buffer, full, length_no_number) };
    if length as usize > segment_bytes_max {
        return damaged(buffer, full, |_| too_long(length, segment_bytes_max));
    }
    let segment_end = HEADER + length as usize;
    let seen = &buffer[HEADER..buffer.len().min(segment_end + CRC)];
    if broken_off(seen) {
        return damaged(buffer, full, |bytes| wrong_length(bytes, length));
    }
    if buffer.len() < segment_end + CRC {
        return Look::Wait;
    }
    let segment = &buffer[HEADER..segment_end];
    let written = &buffer[segment_end..segment_end + CRC];
    if !written.iter().all(u8::is_ascii_hexdigit) || !segment.ends_with(b"&&") {
        return damaged(buffer, full, |bytes| wrong_length(bytes, length));
    }
    let checks = Checks {
        length_written: Some(length),
        length_found: Some(length),
        crc_written: Some(String::from_utf8_lossy(written).into_owned()),
        crc_computed: Some(format!("{:04X}", crc(segment))),
    };
    if !checks.passed() {
        return Look::Bad(wrong_crc(&checks), checks, segment_end + CRC);
    }
    Look::Frame(Frame { segment: segment.to_vec(), checks }, segment_end + CRC)
}

/// A damaged frame ends before the next `##` or after the next line feed; until one of them is seen the
/// decoder waits, as far as its buffer goes.
fn damaged(buffer: &[u8], full: bool, diagnose: impl FnOnce(&[u8]) -> (Words, Checks)) -> Look {
    let header = find(buffer, b"##", 1);
    let line = find(buffer, b"\n", 1).map(|at| at + 1);
    let end = match (header, line) {
        (Some(a), Some(b)) => a.min(b),
        (Some(a), None) | (None, Some(a)) => a,
        (None, None) if full => buffer.len(),
        (None, None) => return Look::Wait,
    };
    let (reason, checks) = diagnose(&buffer[..end]);
    Look::Bad(reason, checks, end)
}

/// Whether the bytes of a segment hold a line end or the header of another frame: neither is possible
/// inside a segment, so the frame was cut short.
fn broken_off(segment: &[u8]) -> bool {
    segment.contains(&b'\n')
        || (0..segment.len()).any(|at| {
            segment[at..].starts_with(b"##")
                && segment.len() >= at + HEADER
                && digits(&segment[at + 2..at + 6])
        })
}

fn digits(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_digit)
}

fn written_length(buffer: &[u8]) -> Option<u32> {
    let text = buffer.get(2..HEADER).filter(|text| digits(text))?;
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn find(bytes: &[u8], what: &[u8], from: usize) -> Option<usize> {
    bytes.get(from..)?.windows(what.len()).position(|window| window == what).map(|at| at + from)
}

fn length_no_number(bytes: &[u8]) -> (Words, Checks) {
    let text = quoted(&String::from_utf8_lossy(bytes.get(2..).unwrap_or_default()), 4);
    let reason = Words::new(
        format!("长度不对。包头 ## 之后应是 4 位十进制数字，帧里写的是“{text}”。"),
        format!("The length is wrong: four decimal digits must follow ##, the frame has \"{text}\"."),
    );
    (reason, Checks::default())
}

fn too_long(length: u32, segment_bytes_max: usize) -> (Words, Checks) {
    let reason = Words::new(
        format!("帧太长。帧头写数据段 {length} 字节，上限 {segment_bytes_max} 字节。"),
        format!("The frame is too long: the header states {length} bytes, the limit is {segment_bytes_max}."),
    );
    (reason, Checks { length_written: Some(length), ..Checks::default() })
}

fn wrong_length(bytes: &[u8], length: u32) -> (Words, Checks) {
    let body = bytes.get(HEADER..).unwrap_or_default();
    let tail = body.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
    let body = &body[..body.len() - tail];
    let mut checks = Checks { length_written: Some(length), ..Checks::default() };
    let split = body.len().saturating_sub(CRC);
    let (segment, written) = body.split_at(split);
    if !segment.ends_with(b"&&") || !written.iter().all(u8::is_ascii_hexdigit) {
        let reason = Words::new(
            format!("帧被截断或损坏。帧头写数据段 {length} 字节，找不到 && 和 4 位校验码。"),
            format!(
                "The frame is cut or damaged: the header states {length} bytes, && and a checksum are missing."
            ),
        );
        return (reason, checks);
    }
    let found = u32::try_from(segment.len()).unwrap_or(u32::MAX);
    checks.length_found = Some(found);
    checks.crc_written = Some(String::from_utf8_lossy(written).into_owned());
    checks.crc_computed = Some(format!("{:04X}", crc(segment)));
    let reason = Words::new(
        format!("长度不对。帧头写 {length:04}，数据段实为 {found:04} 字节。"),
        format!("The length is wrong: the header states {length:04}, the data segment has {found:04} bytes."),
    );
    (reason, checks)
}

fn wrong_crc(checks: &Checks) -> Words {
    let computed = checks.crc_computed.as_deref().unwrap_or_default();
    let written = checks.crc_written.as_deref().unwrap_or_default();
    Words::new(
        format!("校验不对。按原文算出 {computed}，帧里写的是 {written}。"),
        format!("The checksum is wrong: {computed} was computed, the frame has {written}."),
    )
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
