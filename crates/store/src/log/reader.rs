//! Reading the log from any thread: only what is durable is seen.

use super::record::decode;
use super::segment::{CHUNK, HEADER, SPARSE, Scanner, Sparse};
use super::{LogError, RecordHeader};
use crate::disk::Disk;
use model::{Commit, Seq};
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError, RwLock};

/// One segment as readers see it.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) first: Seq,
    pub(super) path: String,
    /// Durable bytes.
    pub(super) len: u64,
    /// Built when first needed.
    pub(super) sparse: Option<Arc<Sparse>>,
}

/// A handle that reads the log; cheap to clone, for other threads than the pen's.
#[derive(Clone, Debug)]
pub struct LogReader<D> {
    disk: D,
    segments: Arc<RwLock<Vec<Segment>>>,
}

impl<D: Disk> LogReader<D> {
    pub(super) fn new(disk: D, segments: Vec<Segment>) -> Self {
        Self { disk, segments: Arc::new(RwLock::new(segments)) }
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut Vec<Segment>)) {
        change(&mut self.segments.write().unwrap_or_else(PoisonError::into_inner));
    }

    fn snapshot(&self) -> Vec<Segment> {
        self.segments.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gives every durable commit from `seq` on, in order, until `f` breaks.
    ///
    /// # Errors
    /// `Damaged` at a record that cannot be read, after all before it were given; `Disk`.
    pub fn read_from(&self, seq: Seq, f: &mut impl FnMut(Commit) -> ControlFlow<()>) -> Result<(), LogError> {
        self.each(seq, &mut |_, header, bytes| {
            if header.seq < seq { Ok(ControlFlow::Continue(())) } else { Ok(f(decode(bytes)?)) }
        })
    }

    /// The fixed headers of all durable records from `seq` on, without decoding bodies.
    ///
    /// # Errors
    /// As `read_from`.
    pub fn headers_from(
        &self,
        seq: Seq,
        f: &mut impl FnMut(&RecordHeader) -> ControlFlow<()>,
    ) -> Result<(), LogError> {
        self.each(seq, &mut |_, h, _| if h.seq < seq { Ok(ControlFlow::Continue(())) } else { Ok(f(h)) })
    }

    /// One commit by its number; none when it was never written or has been thinned.
    ///
    /// # Errors
    /// `Damaged` when a record on the way to it cannot be read; `Disk`.
    pub fn read(&self, seq: Seq) -> Result<Option<Commit>, LogError> {
        let mut found = None;
        self.scan(seq, SPARSE_READ, &mut |_, header, bytes| {
            if header.seq < seq {
                return Ok(ControlFlow::Continue(()));
            }
            if header.seq == seq {
                found = Some(decode(bytes)?);
            }
            Ok(ControlFlow::Break(()))
        })?;
        Ok(found)
    }

    fn each(&self, seq: Seq, f: &mut OnRecord<'_>) -> Result<(), LogError> {
        self.scan(seq, CHUNK, f)
    }

    /// Gives records from the sparse place before `seq` on; an error of `f` is damage at that record.
    fn scan(&self, seq: Seq, chunk: usize, f: &mut OnRecord<'_>) -> Result<(), LogError> {
        let segments = self.snapshot();
        let start = segments.partition_point(|s| s.first <= seq).saturating_sub(1);
        for (i, segment) in segments.iter().enumerate().skip(start) {
            let from = if i == start { self.place(segment, seq)? } else { HEADER };
            let mut scanner = if from == HEADER {
                Scanner::open(&self.disk, &segment.path, segment.first, segment.len)
                    .map_err(|s| s.into_error(&segment.path))?
            } else {
                Scanner::at(&self.disk, &segment.path, from, segment.len, chunk)
            };
            loop {
                let offset = scanner.offset();
                let Some((header, bytes)) = scanner.next().map_err(|s| s.into_error(&segment.path))? else {
                    break;
                };
                let damaged = |e: super::CodecError| LogError::Damaged {
                    segment: segment.path.clone(),
                    offset,
                    reason: e.to_string(),
                };
                if f(offset, &header, bytes).map_err(damaged)?.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Where to begin in a segment so that `seq` lies ahead; builds the sparse index of a closed segment.
    fn place(&self, segment: &Segment, seq: Seq) -> Result<u64, LogError> {
        if seq <= segment.first {
            return Ok(HEADER);
        }
        let sparse = match &segment.sparse {
            Some(sparse) => sparse.clone(),
            None => self.index(segment)?,
        };
        let i = sparse.partition_point(|(s, _)| *s <= seq);
        Ok(i.checked_sub(1).and_then(|i| sparse.get(i)).map_or(HEADER, |(_, offset)| *offset))
    }

    fn index(&self, segment: &Segment) -> Result<Arc<Sparse>, LogError> {
        let stop = |s: super::segment::Stop| s.into_error(&segment.path);
        let mut scanner =
            Scanner::open(&self.disk, &segment.path, segment.first, segment.len).map_err(stop)?;
        let mut sparse = Sparse::new();
        loop {
            let offset = scanner.offset();
            let Some((header, _)) = scanner.next().map_err(stop)? else { break };
            note(&mut sparse, header.seq, offset);
        }
        let sparse = Arc::new(sparse);
        self.update(|segments| {
            if let Some(s) = segments.iter_mut().find(|s| s.first == segment.first) {
                s.sparse = Some(sparse.clone());
            }
        });
        Ok(sparse)
    }
}

/// Bytes read at a time when one commit is looked for.
const SPARSE_READ: usize = 128 * 1024;

type OnRecord<'a> = dyn FnMut(u64, &RecordHeader, &[u8]) -> Result<ControlFlow<()>, super::CodecError> + 'a;

/// Adds a record to a sparse index when it is far enough from the last one there.
pub(super) fn note(sparse: &mut Sparse, seq: Seq, offset: u64) {
    if sparse.last().is_none_or(|(_, last)| offset >= last + SPARSE) {
        sparse.push((seq, offset));
    }
}
