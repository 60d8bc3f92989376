//! A record: `len u32 | crc32c u32 | header | body`, little endian.
//!
//! The header has a fixed form, so that a closed segment can be thinned and searched without decoding:
//! format version u8, class u8, flags u16, group u32, seq u64, epoch u64, recorded_at i64, reacted_to u64.
//! `len` counts header and body; the checksum covers `len`, header and body. `group` is the offset in the
//! segment at which the write began that carried the record: everything before it was durable by then, which
//! tells a torn tail from damage.

use super::codec::{put_body, take_body};
use super::wire::{CodecError, Decoder, Encoder};
use model::{Class, Commit, Epoch, Seq, Time};

/// The format that this program writes.
pub const FORMAT: u8 = 1;
/// Largest record in bytes, with all its parts.
pub const RECORD_MAX: usize = 16 * 1024 * 1024;
/// Bytes of `len` and checksum.
const PREFIX: usize = 8;
/// Bytes of the fixed header.
const FIXED: usize = 40;

/// Flag: the commit carries a raw frame.
pub const HAS_FRAME: u16 = 1;
/// Flag: the commit is a reaction.
pub const HAS_CAUSE: u16 = 2;

/// The fixed header, readable without the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordHeader {
    /// Format version.
    pub format: u8,
    /// How long the record is kept.
    pub class: Class,
    /// `HAS_FRAME`, `HAS_CAUSE`.
    pub flags: u16,
    /// Offset in the segment at which the write of this record's group began.
    pub group: u32,
    /// Number of the commit.
    pub seq: Seq,
    /// Epoch of the pen.
    pub epoch: Epoch,
    /// When the commit was accepted.
    pub recorded_at: Time,
    /// Number of the commit reacted to; 0 when it is no reaction.
    pub reacted_to: Seq,
}

/// A record found whole and undamaged: its header and how many bytes it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Framed {
    pub(super) header: RecordHeader,
    pub(super) len: usize,
}

/// Why no record can be read at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The bytes are not what was written: cut off or changed.
    Broken(&'static str),
    /// The bytes are what was written, but not by a program that this one understands.
    Foreign(&'static str),
}

impl Flaw {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Broken(reason) | Self::Foreign(reason) => reason,
        }
    }
}

/// Adds a commit as one record to the end of `out`.
///
/// # Errors
/// When it is larger than 16 MiB or nested too deep; `out` is as before then.
pub fn encode(commit: &Commit, group: u32, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let start = out.len();
    let written = write(commit, group, out, start);
    if written.is_err() {
        out.truncate(start);
    }
    written
}

fn write(commit: &Commit, group: u32, out: &mut Vec<u8>, start: usize) -> Result<(), CodecError> {
    let h = &commit.header;
    let mut flags = 0;
    if commit.frame.is_some() {
        flags |= HAS_FRAME;
    }
    if h.reacted_to.is_some() {
        flags |= HAS_CAUSE;
    }
    let mut fixed = [0u8; PREFIX + FIXED];
    fixed[8] = FORMAT;
    fixed[9] = h.class as u8;
    fixed[10..12].copy_from_slice(&flags.to_le_bytes());
    fixed[12..16].copy_from_slice(&group.to_le_bytes());
    fixed[16..24].copy_from_slice(&h.seq.to_le_bytes());
    fixed[24..32].copy_from_slice(&h.epoch.to_le_bytes());
    fixed[32..40].copy_from_slice(&h.recorded_at.0.to_le_bytes());
    fixed[40..48].copy_from_slice(&h.reacted_to.as_ref().map_or(0, |c| c.seq).to_le_bytes());
    out.extend_from_slice(&fixed);
    let mut e = Encoder::new(std::mem::take(out));
    let put = put_body(&mut e, commit);
    *out = e.done();
    put?;
    let record = &mut out[start..];
    if record.len() > RECORD_MAX {
        return Err(CodecError { offset: RECORD_MAX, reason: "record larger than 16 MiB" });
    }
    let Ok(len) = u32::try_from(record.len() - PREFIX) else {
        return Err(CodecError { offset: RECORD_MAX, reason: "record larger than 16 MiB" });
    };
    record[..4].copy_from_slice(&len.to_le_bytes());
    let sum = checksum(record);
    record[4..8].copy_from_slice(&sum.to_le_bytes());
    Ok(())
}

/// Checksum of a record: its `len` and everything after the checksum itself.
fn checksum(record: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&record[..4]), &record[PREFIX..])
}

/// How many bytes the record at the beginning takes, as far as its `len` can be believed.
pub(super) fn claimed_len(bytes: &[u8]) -> Result<usize, &'static str> {
    let Some(len) = bytes.get(..4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes) else {
        return Err("cut off in its length");
    };
    match usize::try_from(len) {
        Ok(len) if len < FIXED => Err("length too small"),
        Ok(len) if len + PREFIX > RECORD_MAX => Err("length beyond 16 MiB"),
        Ok(len) => Ok(len + PREFIX),
        Err(_) => Err("length beyond 16 MiB"),
    }
}

/// Checks the record at the beginning of the bytes.
pub(super) fn frame(bytes: &[u8]) -> Result<Framed, Flaw> {
    let len = claimed_len(bytes).map_err(Flaw::Broken)?;
    let record = bytes.get(..len).ok_or(Flaw::Broken("cut off"))?;
    if record[4..8] != checksum(record).to_le_bytes() {
        return Err(Flaw::Broken("checksum does not match"));
    }
    let header = header(record).map_err(Flaw::Foreign)?;
    Ok(Framed { header, len })
}

/// Reads the fixed header of a record without checking the rest.
fn header(record: &[u8]) -> Result<RecordHeader, &'static str> {
    fn eight(record: &[u8], at: usize) -> [u8; 8] {
        let mut b = [0; 8];
        b.copy_from_slice(&record[at..at + 8]);
        b
    }
    if record.len() < PREFIX + FIXED {
        return Err("cut off in its header");
    }
    let class = match record[9] {
        1 => Class::Telemetry,
        2 => Class::Governed,
        3 => Class::Audit,
        4 => Class::System,
        _ => return Err("unknown class"),
    };
    if record[8] != FORMAT {
        return Err("unknown format version");
    }
    Ok(RecordHeader {
        format: record[8],
        class,
        flags: u16::from_le_bytes([record[10], record[11]]),
        group: u32::from_le_bytes([record[12], record[13], record[14], record[15]]),
        seq: u64::from_le_bytes(eight(record, 16)),
        epoch: u64::from_le_bytes(eight(record, 24)),
        recorded_at: Time(i64::from_le_bytes(eight(record, 32))),
        reacted_to: u64::from_le_bytes(eight(record, 40)),
    })
}

/// Reads one whole record back into its commit.
///
/// # Errors
/// When the bytes are not exactly one undamaged record of a known format.
pub fn decode(record: &[u8]) -> Result<Commit, CodecError> {
    let framed = frame(record).map_err(|flaw| CodecError { offset: 0, reason: flaw.reason() })?;
    let mut d = Decoder::new(&record[PREFIX + FIXED..framed.len]);
    let commit = take_body(&mut d, &framed.header)?;
    d.end()?;
    if record.len() > framed.len {
        return Err(CodecError { offset: framed.len, reason: "bytes after the record" });
    }
    Ok(commit)
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
