//! Durable bytes and the state that they make: the log, the state with its declared indexes,
//! savepoints, keys and blobs, all over one trait `Disk`.
//!
//! Nothing here reads a clock or makes randomness: times stand in the commits, random bytes are a parameter.

pub mod blobs;
pub mod disk;
pub mod keys;
pub mod log;
pub mod recover;
pub mod savepoint;
pub mod select;
pub mod state;
#[cfg(test)]
mod testing;

pub use blobs::{BlobError, Blobs};
pub use disk::{Disk, DiskError, DiskErrorKind, Faults, FileDisk, SimDisk};
pub use keys::{KeyError, Keys, RandomBytes};
pub use log::{CodecError, Log, LogError, LogOptions, LogReader, Opened, RecordHeader};
pub use recover::{CityOptions, Opening, RecoverError, Recovered, Recovery, open_city, open_city_with};
pub use savepoint::{EngineState, SavepointError};
pub use select::{Condition, Cursor, CursorError, Page, Select, SelectError, Sort};
pub use state::{Declaration, IndexValue, State};
