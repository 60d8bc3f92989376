//! One file of the log: a header of 16 bytes, then records in order.

use super::record::{Flaw, Framed, RecordHeader, claimed_len, frame};
use super::{LogError, RECORD_MAX};
use crate::disk::Disk;
use model::Seq;

/// The folder of segments.
pub(super) const FOLDER: &str = "log";
/// First bytes of a segment: name and format version; the number of its first commit follows.
const MAGIC: [u8; 8] = *b"jwlog\0\x01\0";
/// Bytes before the first record.
pub(super) const HEADER: u64 = 16;
/// Bytes read at a time when a segment is read through.
pub(super) const CHUNK: usize = 1024 * 1024;
/// Distance between entries of the sparse index.
pub(super) const SPARSE: u64 = 64 * 1024;

/// Some commits of a segment and where their records begin.
pub(super) type Sparse = Vec<(Seq, u64)>;

/// Path of the segment that begins with a commit.
pub(super) fn path_of(first: Seq) -> String {
    format!("{FOLDER}/{first:020}.seg")
}

/// The first commit of a segment by its file name.
pub(super) fn first_of(name: &str) -> Option<Seq> {
    name.strip_suffix(".seg").filter(|n| n.len() == 20)?.parse().ok()
}

/// The header of a segment.
pub(super) fn header_of(first: Seq) -> [u8; 16] {
    let mut header = [0; 16];
    header[..8].copy_from_slice(&MAGIC);
    header[8..].copy_from_slice(&first.to_le_bytes());
    header
}

/// Why reading a segment stopped before its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// The disk failed.
    Disk(crate::DiskError),
    /// No whole record begins here. What is foreign is whole, and never a torn tail.
    Bad { offset: u64, reason: &'static str, foreign: bool },
}

impl Stop {
    pub(super) fn into_error(self, path: &str) -> LogError {
        match self {
            Self::Disk(e) => LogError::Disk(e),
            Self::Bad { offset, reason, .. } => {
                LogError::Damaged { segment: path.to_owned(), offset, reason: reason.to_owned() }
            }
        }
    }
}

/// Reads the records of a segment one after another, up to `end`.
pub(super) struct Scanner<'a, D> {
    disk: &'a D,
    path: &'a str,
    at: u64,
    end: u64,
    chunk: usize,
    buffer: Vec<u8>,
    /// Offset in the file of the buffer's first byte.
    base: u64,
}

impl<'a, D: Disk> Scanner<'a, D> {
    /// Begins at the first record and checks the segment's header.
    pub(super) fn open(disk: &'a D, path: &'a str, first: Seq, end: u64) -> Result<Self, Stop> {
        let header = disk.read(path, 0, header_of(first).len()).map_err(Stop::Disk)?;
        if header != header_of(first) {
            let foreign = header.starts_with(&MAGIC[..6]) && header.get(6).is_some_and(|v| *v > MAGIC[6]);
            let reason = if foreign { "written by a newer program" } else { "not the header of this segment" };
            return Err(Stop::Bad { offset: 0, reason, foreign });
        }
        Ok(Self::at(disk, path, HEADER, end, CHUNK))
    }

    /// Begins at a record, reading `chunk` bytes at a time.
    pub(super) fn at(disk: &'a D, path: &'a str, at: u64, end: u64, chunk: usize) -> Self {
        Self { disk, path, at, end, chunk, buffer: Vec::new(), base: at }
    }

    /// Where the next record begins.
    pub(super) fn offset(&self) -> u64 {
        self.at
    }

    /// The next record: its header and all its bytes. None at the end.
    pub(super) fn next(&mut self) -> Result<Option<(RecordHeader, &[u8])>, Stop> {
        let offset = self.at;
        let left = usize::try_from(self.end.saturating_sub(offset)).unwrap_or(usize::MAX);
        if left == 0 {
            return Ok(None);
        }
        let bad = |reason| Stop::Bad { offset, reason, foreign: false };
        self.fill(4.min(left))?;
        let len = claimed_len(self.ahead()).map_err(bad)?;
        if len > left {
            return Err(bad("cut off"));
        }
        self.fill(len)?;
        let Framed { header, len } = frame(self.ahead()).map_err(|flaw| {
            Stop::Bad { offset, reason: flaw.reason(), foreign: matches!(flaw, Flaw::Foreign(_)) }
        })?;
        let start = self.ahead_from();
        self.at += len as u64;
        Ok(Some((header, &self.buffer[start..start + len])))
    }

    /// All bytes from the next record to the end.
    pub(super) fn rest(&self) -> Result<Vec<u8>, Stop> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        self.disk.read(self.path, self.at, left).map_err(Stop::Disk)
    }

    fn ahead_from(&self) -> usize {
        usize::try_from(self.at - self.base).unwrap_or(usize::MAX).min(self.buffer.len())
    }

    fn ahead(&self) -> &[u8] {
        &self.buffer[self.ahead_from()..]
    }

    /// Makes at least `n` bytes ready, unless the file ends before.
    fn fill(&mut self, n: usize) -> Result<(), Stop> {
        if self.ahead().len() >= n {
            return Ok(());
        }
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        self.buffer = self.disk.read(self.path, self.at, n.max(self.chunk).min(left)).map_err(Stop::Disk)?;
        self.base = self.at;
        Ok(())
    }
}

/// Whether a whole record of a later write stands in bytes that begin at `offset` with something that is no
/// record. A later write only began after everything before it was durable, so what is unreadable at `offset`
/// was durable once: it is damage, not a torn tail.
pub(super) fn has_later_write(bytes: &[u8], offset: u64) -> bool {
    (1..bytes.len()).any(|i| {
        let here = &bytes[i..];
        // The length and the two fixed bytes after the checksum rule out nearly all places cheaply.
        let likely = matches!(claimed_len(here), Ok(len) if len <= here.len().min(RECORD_MAX)) && here[8] == super::FORMAT;
        likely
            && frame(here).is_ok_and(|f| {
                let (group, at) = (u64::from(f.header.group), offset + i as u64);
                group > offset && group <= at
            })
    })
}
