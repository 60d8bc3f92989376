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
            let reason =
                if foreign { "written by a newer program" } else { "not the header of this segment" };
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
        let Framed { header, len } = frame(self.ahead()).map_err(|flaw| Stop::Bad {
            offset,
            reason: flaw.reason(),
            foreign: matches!(flaw, Flaw::Foreign(_)),
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
        let likely = matches!(claimed_len(here), Ok(len) if len <= here.len().min(RECORD_MAX))
            && here[8] == super::FORMAT;
        likely
            && frame(here).is_ok_and(|f| {
                let (group, at) = (u64::from(f.header.group), offset + i as u64);
                group > offset && group <= at
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::SimDisk;
    use crate::log::encode;
    use crate::testing::commit;

    fn record(seq: Seq, group: u32) -> Vec<u8> {
        let mut out = Vec::new();
        encode(&commit(seq, vec![]), group, &mut out).unwrap();
        out
    }

    #[test]
    fn names_of_segments_sort_as_their_numbers() {
        let seqs = [0, 1, 9, 10, 999_999, u64::MAX];
        let names: Vec<_> = seqs.iter().map(|s| path_of(*s)).collect();
        assert!(names.is_sorted());
        for (name, seq) in names.iter().zip(seqs) {
            assert_eq!(first_of(name.strip_prefix("log/").unwrap()), Some(seq));
        }
        for odd in
            ["", "1.seg", "00000000000000000001", "0000000000000000000x.seg", "99999999999999999999.seg"]
        {
            assert_eq!(first_of(odd), None, "{odd}");
        }
    }

    #[test]
    fn only_a_write_that_began_later_proves_damage() {
        let broken = vec![0xaa; 50];
        let cases = [
            (record(5, 1_000), false, "the write that the broken bytes are part of"),
            (record(5, 900), false, "a write before"),
            (record(5, 1_050), true, "a write that began here"),
            (record(5, 1_020), true, "a write that began between"),
            (record(5, 1_051), false, "a write that would begin after its own record"),
        ];
        for (later, want, what) in cases {
            let bytes = [broken.clone(), later].concat();
            assert_eq!(has_later_write(&bytes, 1_000), want, "{what}");
        }
        assert!(!has_later_write(&[0; 5_000], 0) && !has_later_write(&[], 0));
    }

    #[test]
    fn a_scanner_gives_the_same_records_whatever_it_reads_at_a_time() {
        let disk = SimDisk::new(1);
        let path = path_of(1);
        disk.create(&path).unwrap();
        disk.append(&path, &header_of(1)).unwrap();
        (1..=20).for_each(|seq| disk.append(&path, &record(seq, 16)).unwrap());
        let end = disk.size(&path).unwrap().unwrap();
        for chunk in [1, 7, 100, 101, 500, CHUNK] {
            let mut scanner = Scanner::at(&disk, &path, HEADER, end, chunk);
            let mut seqs = Vec::new();
            while let Some((header, bytes)) = scanner.next().unwrap() {
                assert_eq!(bytes, record(header.seq, 16));
                seqs.push(header.seq);
            }
            assert_eq!((seqs, scanner.offset()), ((1..=20).collect(), end), "{chunk}");
        }
        let mut short = Scanner::at(&disk, &path, HEADER, end - 1, CHUNK);
        let stop = (0..20).find_map(|_| short.next().err());
        assert!(matches!(stop, Some(Stop::Bad { reason: "cut off", foreign: false, .. })));
    }

    #[test]
    fn a_header_of_another_segment_is_no_header() {
        let disk = SimDisk::new(1);
        disk.create(&path_of(1)).unwrap();
        disk.append(&path_of(1), &header_of(2)).unwrap();
        assert!(matches!(
            Scanner::open(&disk, &path_of(1), 1, 16),
            Err(Stop::Bad { offset: 0, foreign: false, .. })
        ));
        assert!(Scanner::open(&disk, &path_of(1), 2, 16).is_ok());
    }
}
