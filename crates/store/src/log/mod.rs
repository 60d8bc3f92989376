//! The log: every accepted batch, in order, in segment files.
//!
//! `append` encodes into a buffer, `sync` writes the whole buffer and makes it durable with one fdatasync;
//! only then is a commit acknowledged or seen by a reader. After an error the log is poisoned: what the disk
//! holds is no longer known, so nothing more is accepted until the next start has read it again.

mod codec;
mod reader;
mod record;
mod segment;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod suite;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use codec::{put_entity, take_entity};
pub use reader::LogReader;
pub use record::{FORMAT, HAS_CAUSE, HAS_FRAME, RECORD_MAX, RecordHeader, decode, encode};
pub use wire::CodecError;
pub(crate) use wire::{Decoder, Encoder};

use crate::disk::{Disk, DiskError};
use model::{Commit, Seq};
use reader::{Segment, note};
use segment::{FOLDER, HEADER, Scanner, Sparse, Stop, first_of, has_later_write, header_of, path_of};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Sizes of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// A segment that has reached this many bytes is closed; at most 1 GiB.
    pub segment_bytes: u64,
    /// Most bytes encoded and not yet synced; `append` fails beyond.
    pub buffer_bytes: usize,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { segment_bytes: 64 * 1024 * 1024, buffer_bytes: 64 * 1024 * 1024 }
    }
}

/// Upper bound of `segment_bytes`: offsets in a segment are 32 bits in a record.
const SEGMENT_MAX: u64 = 1024 * 1024 * 1024;

/// What opening found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Number of the first commit that is there; 0 in an empty log.
    pub first_seq: Seq,
    /// Number of the last commit; 0 in an empty log.
    pub last_seq: Seq,
    /// Bytes of a torn tail that were cut off: nothing in them was ever acknowledged.
    pub cut_bytes: u64,
    /// Segment files.
    pub segments: usize,
}

/// Why the log does not do what it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A record that was durable cannot be read any more. The log is not opened beyond it.
    #[error("log damaged in {segment} at byte {offset}: {reason}")]
    Damaged {
        /// Path of the segment.
        segment: String,
        /// Where the record begins.
        offset: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// An earlier write or sync failed; the log accepts nothing more.
    #[error("log accepts nothing more: {0}")]
    Poisoned(String),
    /// The commit does not fit into a record.
    #[error("commit does not fit: {0}")]
    Unfit(CodecError),
    /// The number of a commit is not above the last one.
    #[error("commit {seq} does not follow {last}")]
    OutOfOrder {
        /// Number of the commit.
        seq: Seq,
        /// Number of the last one.
        last: Seq,
    },
    /// Too much is buffered; sync first.
    #[error("more than {0} bytes wait for sync")]
    BufferFull(usize),
}

/// The log of one city, held by the pen's thread. Others read through `reader`.
#[derive(Debug)]
pub struct Log<D> {
    disk: D,
    options: LogOptions,
    reader: LogReader<D>,
    /// Path and bytes of the segment that is written to.
    active: Option<(String, u64)>,
    /// Encoded and not yet written.
    buffer: Buffer,
    last_seq: Seq,
    poison: Option<String>,
    #[cfg(feature = "planted")]
    early: bool,
}

#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    /// Where the buffer will begin in its segment.
    group: u64,
    /// First commit of a segment to be made for it.
    opens: Option<Seq>,
    /// Commits in it and where their records begin in the segment.
    records: Sparse,
}

impl<D: Disk> Log<D> {
    /// Opens the log of a disk, an empty one when there is none. A torn tail (the remains of a write that was
    /// never acknowledged) is cut off and reported.
    ///
    /// # Errors
    /// `Damaged` when something that was durable cannot be read; `Disk`.
    pub fn open(disk: D, options: LogOptions) -> Result<(Self, Opened), LogError> {
        let options =
            LogOptions { segment_bytes: options.segment_bytes.clamp(HEADER, SEGMENT_MAX), ..options };
        let mut segments = Vec::new();
        for first in disk.list(FOLDER)?.iter().filter_map(|name| first_of(name)) {
            let path = path_of(first);
            let len = disk.size(&path)?.unwrap_or(0);
            segments.push(Segment { first, path, len, sparse: None });
        }
        let mut opened = Opened::default();
        let last_seq = recover_tail(&disk, &mut segments, &mut opened)?;
        opened.segments = segments.len();
        opened.first_seq = segments.first().map_or(0, |s| s.first);
        opened.last_seq = last_seq;
        let log = Self {
            active: segments.last().map(|s| (s.path.clone(), s.len)),
            reader: LogReader::new(disk.clone(), segments),
            disk,
            options,
            buffer: Buffer::default(),
            last_seq,
            poison: None,
            #[cfg(feature = "planted")]
            early: false,
        };
        Ok((log, opened))
    }

    /// Adds a commit to the buffer; it is neither durable nor acknowledged until `sync` succeeds.
    ///
    /// # Errors
    /// `OutOfOrder`, `Unfit`, `BufferFull` (nothing was added, the log goes on), `Poisoned`.
    pub fn append(&mut self, commit: &Commit) -> Result<(), LogError> {
        self.check()?;
        let seq = commit.header.seq;
        if seq <= self.last_seq {
            return Err(LogError::OutOfOrder { seq, last: self.last_seq });
        }
        if self.buffer.bytes.len() >= self.options.buffer_bytes {
            return Err(LogError::BufferFull(self.options.buffer_bytes));
        }
        if self.buffer.records.is_empty() {
            self.begin(seq);
        }
        let group = u32::try_from(self.buffer.group).unwrap_or(u32::MAX);
        let offset = self.buffer.group + self.buffer.bytes.len() as u64;
        encode(commit, group, &mut self.buffer.bytes).map_err(LogError::Unfit)?;
        self.buffer.records.push((seq, offset));
        self.last_seq = seq;
        Ok(())
    }

    /// Writes all that is buffered and makes it durable, with one fdatasync. With nothing buffered it does
    /// nothing.
    ///
    /// # Errors
    /// `Poisoned` with the reason, from the first failure on for ever.
    pub fn sync(&mut self) -> Result<(), LogError> {
        self.check()?;
        if self.buffer.records.is_empty() {
            return Ok(());
        }
        let written = self.write();
        if let Err(e) = written {
            // What a failed sync left in the cache must not look durable to a start without a crash.
            if let Some((path, len)) = &self.active {
                let _ = self.disk.truncate(path, *len);
            }
            self.poison = Some(e.to_string());
            return Err(LogError::Poisoned(e.to_string()));
        }
        Ok(())
    }

    /// Bytes that wait for `sync`.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.buffer.bytes.len()
    }

    /// Number of the last commit appended, durable or not.
    #[must_use]
    pub fn last_seq(&self) -> Seq {
        self.last_seq
    }

    /// A handle that reads what is durable, from any thread.
    #[must_use]
    pub fn reader(&self) -> LogReader<D> {
        self.reader.clone()
    }

    /// Gives every durable commit from `seq` on, in order, until `f` breaks.
    ///
    /// # Errors
    /// `Damaged`, `Disk`, `Poisoned`.
    pub fn read_from(&self, seq: Seq, f: &mut impl FnMut(Commit) -> ControlFlow<()>) -> Result<(), LogError> {
        self.check()?;
        self.reader.read_from(seq, f)
    }

    /// One durable commit by its number.
    ///
    /// # Errors
    /// `Damaged`, `Disk`, `Poisoned`.
    pub fn read(&self, seq: Seq) -> Result<Option<Commit>, LogError> {
        self.check()?;
        self.reader.read(seq)
    }

    /// Plants a defect: `sync` answers before the bytes are durable. A checker must find it.
    #[cfg(feature = "planted")]
    pub fn acknowledge_before_sync(&mut self) {
        self.early = true;
    }

    fn check(&self) -> Result<(), LogError> {
        self.poison.as_ref().map_or(Ok(()), |reason| Err(LogError::Poisoned(reason.clone())))
    }

    /// Decides which segment the buffer goes to.
    fn begin(&mut self, seq: Seq) {
        let fits = self.active.as_ref().filter(|(_, len)| *len < self.options.segment_bytes);
        if let Some((_, len)) = fits {
            self.buffer.group = *len;
            self.buffer.opens = None;
            self.buffer.bytes.clear();
        } else {
            self.buffer.group = 0;
            self.buffer.opens = Some(seq);
            self.buffer.bytes.clear();
            self.buffer.bytes.extend_from_slice(&header_of(seq));
        }
    }

    fn write(&mut self) -> Result<(), DiskError> {
        if let Some(first) = self.buffer.opens {
            let path = path_of(first);
            self.disk.create(&path)?;
            self.active = Some((path, 0));
        }
        let Some((path, len)) = &mut self.active else { return Ok(()) };
        self.disk.append(path, &self.buffer.bytes)?;
        #[cfg(feature = "planted")]
        let durable = if self.early { Ok(()) } else { self.disk.sync(path) };
        #[cfg(not(feature = "planted"))]
        let durable = self.disk.sync(path);
        durable?;
        *len += self.buffer.bytes.len() as u64;
        let (path, len, opens) = (path.clone(), *len, self.buffer.opens);
        let records = std::mem::take(&mut self.buffer.records);
        self.reader.update(|segments| {
            if let Some(first) = opens {
                segments.push(Segment { first, path, len: 0, sparse: Some(Arc::default()) });
            }
            let Some(segment) = segments.last_mut() else { return };
            segment.len = len;
            if let Some(sparse) = &mut segment.sparse {
                let sparse = Arc::make_mut(sparse);
                records.iter().for_each(|(seq, offset)| note(sparse, *seq, *offset));
            }
        });
        self.buffer.bytes.clear();
        Ok(())
    }
}

/// Reads the last segment through, cuts a torn tail, makes what is left durable, and gives the last number.
/// A segment of which nothing was ever durable is removed; the one before it then has to be whole.
fn recover_tail<D: Disk>(
    disk: &D,
    segments: &mut Vec<Segment>,
    opened: &mut Opened,
) -> Result<Seq, LogError> {
    let mut torn_allowed = true;
    while let Some(segment) = segments.last_mut() {
        let mut sparse = Sparse::new();
        let mut last_seq = 0;
        match read_through(disk, segment, &mut sparse, &mut last_seq) {
            Ok(()) => {}
            Err(Stop::Bad { offset, reason, foreign: false }) if torn_allowed => {
                let rest = Scanner::at(disk, &segment.path, offset, segment.len, 0);
                let rest = rest.rest().map_err(|s| s.into_error(&segment.path))?;
                if has_later_write(&rest, offset) {
                    return Err(Stop::Bad { offset, reason, foreign: false }.into_error(&segment.path));
                }
                opened.cut_bytes += rest.len() as u64;
                disk.truncate(&segment.path, offset)?;
                segment.len = offset;
            }
            Err(stop) => return Err(stop.into_error(&segment.path)),
        }
        if sparse.is_empty() {
            opened.cut_bytes += segment.len;
            disk.remove(&segment.path)?;
            segments.pop();
            torn_allowed = false;
            continue;
        }
        disk.sync(&segment.path)?;
        segment.sparse = Some(Arc::new(sparse));
        return Ok(last_seq);
    }
    Ok(0)
}

fn read_through<D: Disk>(
    disk: &D,
    segment: &Segment,
    sparse: &mut Sparse,
    last_seq: &mut Seq,
) -> Result<(), Stop> {
    let mut scanner = Scanner::open(disk, &segment.path, segment.first, segment.len)?;
    loop {
        let offset = scanner.offset();
        let Some((header, _)) = scanner.next()? else { return Ok(()) };
        if header.seq <= *last_seq || header.seq < segment.first {
            let reason = "number does not follow the one before";
            return Err(Stop::Bad { offset, reason, foreign: true });
        }
        *last_seq = header.seq;
        note(sparse, header.seq, offset);
    }
}
