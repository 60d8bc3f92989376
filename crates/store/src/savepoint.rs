//! Savepoints: the whole state and the engines' states at one position, in one file.
//!
//! `savepoints/savepoint-<seq>`: 8 bytes of name and version, then blocks `len u32 | crc32c u32 | payload`,
//! little endian. A payload begins with its kind: head, declarations, entities, versions, receipts,
//! reactions, engine, end. The file is written beside its place, synced and renamed, so it is whole or not
//! there; the two newest are kept. It is written from a clone of the state while the city serves.

use crate::disk::{Disk, DiskError};
use crate::log::{CodecError, Decoder, Encoder, put_entity, take_entity};
use crate::state::{Names, SavedVersion, State};
use model::{Cause, Entity, EntityKey, Name, Seq, Time};

const FOLDER: &str = "savepoints";
const MAGIC: [u8; 8] = *b"jwsave\x01\0";
/// A block is closed when it has reached this size.
const BLOCK: usize = 256 * 1024;
/// Largest block that is read: an engine's state is one block.
const BLOCK_MAX: usize = 256 * 1024 * 1024;
/// Bytes read and written at a time.
const CHUNK: usize = 4 * 1024 * 1024;
/// Savepoints kept.
const KEPT: usize = 2;

const HEAD: u8 = 0;
const DECLARED: u8 = 1;
const ENTITIES: u8 = 2;
const VERSIONS: u8 = 3;
const RECEIPTS: u8 = 4;
const REACTIONS: u8 = 5;
const ENGINE: u8 = 6;
const END: u8 = 255;

/// An engine's name, the last commit it has stepped over, and its state in its own format.
pub type EngineState = (Name, Seq, Vec<u8>);

/// A savepoint that cannot be written or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SavepointError {
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The file is no whole savepoint of a known version.
    #[error("savepoint {file} at byte {offset}: {reason}")]
    Invalid {
        /// Path of the file.
        file: String,
        /// Where it stops being one.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// An engine's state is larger than a block.
    #[error("state of engine {0} is larger than 256 MiB")]
    EngineTooLarge(Name),
    /// An entity cannot be written.
    #[error("savepoint cannot hold an entity: {0}")]
    Unfit(#[from] CodecError),
}

/// Writes the savepoint of a state and removes all but the two newest. Gives the path.
///
/// # Errors
/// `Disk`, `EngineTooLarge`; the savepoints of before stay.
pub fn write<D: Disk>(disk: &D, state: &State, engines: &[EngineState]) -> Result<String, SavepointError> {
    let path = format!("{FOLDER}/savepoint-{:020}", state.seq());
    let part = format!("{path}.part");
    if disk.size(&part)?.is_some() {
        disk.remove(&part)?;
    }
    disk.create(&part)?;
    let mut w = Writer { disk, path: &part, out: MAGIC.to_vec(), blocks: 0 };
    write_all(&mut w, state, engines)?;
    w.flush()?;
    disk.sync(&part)?;
    disk.rename(&part, &path)?;
    let names = disk.list(FOLDER)?;
    let (whole, parts): (Vec<_>, Vec<_>) = names.iter().partition(|n| seq_of(n).is_some());
    let old = whole.iter().rev().skip(KEPT).chain(parts.iter());
    for name in old {
        disk.remove(&format!("{FOLDER}/{name}"))?;
    }
    Ok(path)
}

fn seq_of(name: &str) -> Option<Seq> {
    name.strip_prefix("savepoint-").filter(|n| n.len() == 20)?.parse().ok()
}

struct Writer<'d, D> {
    disk: &'d D,
    path: &'d str,
    out: Vec<u8>,
    blocks: u64,
}

impl<D: Disk> Writer<'_, D> {
    /// Writes one block; `fill` adds its payload after the kind.
    fn block<'a>(
        &mut self,
        kind: u8,
        fill: impl FnOnce(&mut Encoder<'a>) -> Result<(), CodecError>,
    ) -> Result<(), SavepointError> {
        let mut e = Encoder::new(Vec::with_capacity(1024));
        e.byte(kind);
        fill(&mut e)?;
        let mut payload = e.done();
        let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        self.out.extend_from_slice(&len.to_le_bytes());
        self.out.extend_from_slice(&crc32c::crc32c(&payload).to_le_bytes());
        self.out.append(&mut payload);
        self.blocks += 1;
        if self.out.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    /// Writes things into as many blocks as they need.
    fn blocks<'a, T>(
        &mut self,
        kind: u8,
        things: impl Iterator<Item = T>,
        mut put: impl FnMut(&mut Encoder<'a>, T) -> Result<(), CodecError>,
    ) -> Result<(), SavepointError> {
        let mut things = things.peekable();
        while things.peek().is_some() {
            self.block(kind, |e| {
                while e.size() < BLOCK {
                    let Some(thing) = things.next() else { break };
                    put(e, thing)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SavepointError> {
        self.disk.append(self.path, &self.out)?;
        self.out.clear();
        Ok(())
    }
}

fn write_all<D: Disk>(
    w: &mut Writer<'_, D>,
    state: &State,
    engines: &[EngineState],
) -> Result<(), SavepointError> {
    let at = state.recorded_at();
    w.block(HEAD, |e| {
        e.varint(state.seq());
        e.varint(state.epoch());
        e.signed(at.0);
        Ok(())
    })?;
    w.blocks(DECLARED, state.saved_declarations(), |e, (kind, declared)| {
        e.word(kind.as_str());
        e.byte(u8::from(declared.versioned));
        e.len(declared.indexes.len());
        declared.indexes.iter().for_each(|n| e.word(n.as_str()));
        Ok(())
    })?;
    w.blocks(ENTITIES, state.saved_entities(), |e, entity| put_entity(e, entity, at))?;
    w.blocks(VERSIONS, state.saved_versions(), |e, (tenant, (id, time, seq), version)| {
        e.word(tenant.as_str());
        e.word(id.as_str());
        e.signed(time.0);
        e.varint(*seq);
        match version {
            SavedVersion::Gone => e.byte(0),
            SavedVersion::Current => e.byte(1),
            SavedVersion::Older(entity) => {
                e.byte(2);
                put_entity(e, entity, at)?;
            }
        }
        Ok(())
    })?;
    w.blocks(RECEIPTS, state.saved_receipts(), |e, (seq, (principal, key))| {
        e.varint(seq);
        e.word(principal.as_str());
        e.word(key.as_str());
        Ok(())
    })?;
    w.blocks(REACTIONS, state.saved_reactions(), |e, (seq, cause)| {
        e.varint(seq);
        e.varint(cause.seq);
        e.word(cause.engine.as_str());
        Ok(())
    })?;
    for (name, cursor, bytes) in engines {
        if bytes.len() > BLOCK_MAX - 1024 {
            return Err(SavepointError::EngineTooLarge(name.clone()));
        }
        w.block(ENGINE, |e| {
            e.word(name.as_str());
            e.varint(*cursor);
            e.bytes(bytes);
            Ok(())
        })?;
    }
    let blocks = w.blocks;
    w.block(END, |e| {
        e.varint(blocks);
        Ok(())
    })
}

/// What the newest valid savepoint gave.
#[derive(Clone, Default)]
pub struct Loaded {
    /// The state; empty when there is no savepoint.
    pub state: State,
    /// The engines' states.
    pub engines: Vec<EngineState>,
    /// Newer files that could not be read, and why.
    pub refused: Vec<SavepointError>,
}

/// Loads the newest savepoint that is valid.
///
/// # Errors
/// `Disk` when the folder cannot be listed. A file that cannot be read is passed over and named in `refused`.
pub fn load<D: Disk>(disk: &D) -> Result<Loaded, SavepointError> {
    let mut refused = Vec::new();
    for name in disk.list(FOLDER)?.iter().rev().filter(|n| seq_of(n).is_some()) {
        match read(disk, &format!("{FOLDER}/{name}")) {
            Ok((state, engines)) => return Ok(Loaded { state, engines, refused }),
            Err(e) => refused.push(e),
        }
    }
    Ok(Loaded { refused, ..Loaded::default() })
}

fn read<D: Disk>(disk: &D, path: &str) -> Result<(State, Vec<EngineState>), SavepointError> {
    let mut r = Reader { disk, path, buffer: Vec::new(), start: 0, at: 0 };
    if r.take(MAGIC.len())? != MAGIC {
        return Err(r.invalid("not a savepoint of a known version"));
    }
    let mut load = Load::default();
    loop {
        let prefix = r.take(8)?;
        let len = u32::from_le_bytes([prefix[0], prefix[1], prefix[2], prefix[3]]);
        let sum = u32::from_le_bytes([prefix[4], prefix[5], prefix[6], prefix[7]]);
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if len > BLOCK_MAX {
            return Err(r.invalid("block too large"));
        }
        let at = r.at;
        let payload = r.take(len)?;
        let broken = |reason: String| SavepointError::Invalid { file: path.to_owned(), offset: at, reason };
        if crc32c::crc32c(payload) != sum {
            return Err(broken("checksum does not match".into()));
        }
        if !load.block(payload).map_err(|e| broken(e.to_string()))? {
            load.state.names = load.names;
            return Ok((load.state, load.engines));
        }
    }
}

/// A savepoint being loaded.
#[derive(Default)]
struct Load {
    state: State,
    engines: Vec<EngineState>,
    /// Entities of the blocks so far; put into the state together, which is faster.
    entities: Vec<Entity>,
    names: Names,
    blocks: u64,
}

impl Load {
    /// Reads one block; no more follow after the end.
    fn block(&mut self, payload: &[u8]) -> Result<bool, CodecError> {
        let mut names = std::mem::take(&mut self.names);
        let mut d = Decoder::sharing(payload, &mut names);
        let more = self.read(&mut d)?;
        self.names = names;
        self.blocks += 1;
        Ok(more)
    }

    fn read(&mut self, d: &mut Decoder<'_>) -> Result<bool, CodecError> {
        let kind = d.byte()?;
        if (kind == HEAD) != (self.blocks == 0) {
            return d.fail("head is not the first block");
        }
        if kind != ENTITIES {
            self.state.restore_entities(std::mem::take(&mut self.entities));
        }
        match kind {
            HEAD => {
                self.state.seq = d.varint()?;
                self.state.epoch = d.varint()?;
                self.state.recorded_at = Time(d.signed()?);
            }
            END if d.varint()? == self.blocks => return Ok(false),
            END => return d.fail("a block is missing"),
            _ => {
                while d.left() > 0 {
                    self.thing(kind, d)?;
                }
            }
        }
        d.end()?;
        Ok(true)
    }

    fn thing(&mut self, kind: u8, d: &mut Decoder<'_>) -> Result<(), CodecError> {
        let at = self.state.recorded_at;
        let state = &mut self.state;
        match kind {
            DECLARED => {
                let kind = d.name()?;
                if d.byte()? == 1 {
                    state.declare_versioned(&kind);
                }
                for _ in 0..d.len()? {
                    state.declare_index(&kind, &d.name()?);
                }
            }
            ENTITIES => self.entities.push(take_entity(d, at)?),
            VERSIONS => {
                let key = EntityKey { tenant: d.tenant()?, id: d.id()? };
                let (time, seq) = (Time(d.signed()?), d.varint()?);
                let version = match d.byte()? {
                    0 => None,
                    1 => Some(None),
                    _ => Some(Some(take_entity(d, at)?)),
                };
                state.restore_version(key, time, seq, version);
            }
            RECEIPTS => {
                let seq = d.varint()?;
                state.receipts.insert((d.id()?, d.name()?), seq);
            }
            REACTIONS => {
                let seq = d.varint()?;
                let cause = Cause { seq: d.varint()?, engine: d.name()? };
                state.reactions.insert(cause, seq);
            }
            ENGINE => self.engines.push((d.name()?, d.varint()?, d.bytes()?.to_vec())),
            _ => return d.fail("unknown block"),
        }
        Ok(())
    }
}

/// Reads a file in chunks.
struct Reader<'d, D> {
    disk: &'d D,
    path: &'d str,
    buffer: Vec<u8>,
    /// First byte of the buffer not yet taken.
    start: usize,
    /// Offset of that byte in the file.
    at: u64,
}

impl<D: Disk> Reader<'_, D> {
    fn invalid(&self, reason: &str) -> SavepointError {
        SavepointError::Invalid { file: self.path.to_owned(), offset: self.at, reason: reason.to_owned() }
    }

    fn take(&mut self, n: usize) -> Result<&[u8], SavepointError> {
        if self.buffer.len() - self.start < n {
            self.buffer = self.disk.read(self.path, self.at, n.max(CHUNK))?;
            self.start = 0;
        }
        if self.buffer.len() < n {
            return Err(self.invalid("cut off"));
        }
        self.start += n;
        self.at += n as u64;
        Ok(&self.buffer[self.start - n..self.start])
    }
}

#[cfg(test)]
#[path = "savepoint_tests.rs"]
mod tests;
