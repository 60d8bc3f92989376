//! All durable bytes pass this trait: append-only files, made durable by `sync`, renamed atomically.
//!
//! A path is relative, parts divided by `/`, each of letters, figures, `.`, `_` and `-`. Creating, renaming,
//! removing and truncating are durable when they return; appended bytes are durable after `sync`.

mod file;
mod sim;
#[cfg(test)]
mod suite;

pub use file::FileDisk;
pub use sim::{Faults, SimDisk};

/// What went wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} {path}: {reason}")]
pub struct DiskError {
    /// The operation (`append`, `sync`, …).
    pub what: &'static str,
    /// The path, relative to the disk.
    pub path: String,
    /// What kind of trouble it is.
    pub kind: DiskErrorKind,
    /// The system's own words.
    pub reason: String,
}

/// Kinds of trouble that a caller tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskErrorKind {
    /// There is no such file.
    NotFound,
    /// There is one already, or the disk belongs to another process.
    Exists,
    /// The disk is full.
    Full,
    /// The path breaks the rule for paths.
    Path,
    /// Anything else.
    Io,
}

impl DiskError {
    pub(crate) fn new(
        what: &'static str,
        path: &str,
        kind: DiskErrorKind,
        reason: impl Into<String>,
    ) -> Self {
        Self { what, path: path.to_owned(), kind, reason: reason.into() }
    }
}

/// Files of one city. A clone is another handle on the same files.
pub trait Disk: Clone + Send + Sync + 'static {
    /// Makes an empty file and the folders that it needs.
    ///
    /// # Errors
    /// `Exists` when there is one.
    fn create(&self, path: &str) -> Result<(), DiskError>;

    /// Adds bytes at the end of a file. After an error any part of them may be there.
    ///
    /// # Errors
    /// `NotFound`, `Full`, `Io`.
    fn append(&self, path: &str, bytes: &[u8]) -> Result<(), DiskError>;

    /// Makes the bytes of a file durable (fdatasync). After an error nothing is known of bytes appended since
    /// the last success, and a later success says nothing about them.
    ///
    /// # Errors
    /// `NotFound`, `Full`, `Io`.
    fn sync(&self, path: &str) -> Result<(), DiskError>;

    /// Reads up to `len` bytes from `offset`; fewer only at the end of the file.
    ///
    /// # Errors
    /// `NotFound`, `Io`.
    fn read(&self, path: &str, offset: u64, len: usize) -> Result<Vec<u8>, DiskError>;

    /// Cuts a file to `len` bytes, durably. A file that is shorter stays.
    ///
    /// # Errors
    /// `NotFound`, `Io`.
    fn truncate(&self, path: &str, len: u64) -> Result<(), DiskError>;

    /// Puts a file in the place of another in one step, durably.
    ///
    /// # Errors
    /// `NotFound`, `Io`.
    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError>;

    /// Names of the files in a folder, sorted; folders in it are not named. Empty when there is no such folder.
    ///
    /// # Errors
    /// `Io`.
    fn list(&self, folder: &str) -> Result<Vec<String>, DiskError>;

    /// Removes a file, durably.
    ///
    /// # Errors
    /// `NotFound`, `Io`.
    fn remove(&self, path: &str) -> Result<(), DiskError>;

    /// Bytes in a file; none when there is no such file.
    ///
    /// # Errors
    /// `Io`.
    fn size(&self, path: &str) -> Result<Option<u64>, DiskError>;

    /// A whole file of at most `max` bytes.
    ///
    /// # Errors
    /// `NotFound`, `Io`; `Io` with a reason when it is longer than `max`.
    fn read_all(&self, path: &str, max: u64) -> Result<Vec<u8>, DiskError> {
        let Some(size) = self.size(path)? else {
            return Err(DiskError::new("read", path, DiskErrorKind::NotFound, "no such file"));
        };
        match usize::try_from(size) {
            Ok(len) if size <= max => self.read(path, 0, len),
            _ => Err(DiskError::new("read", path, DiskErrorKind::Io, format!("longer than {max} bytes"))),
        }
    }

    /// Writes a whole file that is either there complete and durable or not at all.
    ///
    /// # Errors
    /// Those of `create`, `append`, `sync` and `rename`.
    fn put(&self, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let part = format!("{path}.part");
        if self.size(&part)?.is_some() {
            self.remove(&part)?;
        }
        self.create(&part)?;
        self.append(&part, bytes)?;
        self.sync(&part)?;
        self.rename(&part, path)
    }
}

/// Checks a path against the rule.
fn check(what: &'static str, path: &str) -> Result<(), DiskError> {
    let fine = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    if path.len() <= 255 && path.split('/').all(fine) {
        Ok(())
    } else {
        Err(DiskError::new(what, path, DiskErrorKind::Path, "not a relative path of plain names"))
    }
}
