//! The disk of a running city: a folder of the operating system.

use super::{Disk, DiskError, DiskErrorKind, check};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Files kept open for appending; the log, the keys and a savepoint need three.
const OPEN_MAX: usize = 16;

/// A folder that belongs to this process as long as a clone of the handle lives.
#[derive(Clone, Debug)]
pub struct FileDisk {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    open: Mutex<HashMap<String, Arc<File>>>,
    /// Its lock is held until the last handle is dropped.
    _lock: File,
}

impl FileDisk {
    /// Opens a folder, makes it when it is missing, and takes its lock file.
    ///
    /// # Errors
    /// `Exists` when another process has the lock; `Io` when the folder cannot be made.
    pub fn open(root: impl AsRef<Path>) -> Result<Self, DiskError> {
        let root = root.as_ref().to_path_buf();
        let shown = root.display().to_string();
        fs::create_dir_all(&root).map_err(|e| error("open", &shown, &e))?;
        let lock = OpenOptions::new().create(true).append(true).open(root.join("lock"));
        let lock = lock.map_err(|e| error("lock", &shown, &e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let reason = "in use by another process";
                return Err(DiskError::new("lock", &shown, DiskErrorKind::Exists, reason));
            }
            Err(TryLockError::Error(e)) => return Err(error("lock", &shown, &e)),
        }
        Ok(Self { inner: Arc::new(Inner { root, open: Mutex::default(), _lock: lock }) })
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.inner.root
    }

    fn at(&self, what: &'static str, path: &str) -> Result<PathBuf, DiskError> {
        check(what, path)?;
        Ok(self.inner.root.join(path))
    }

    /// The file opened for appending, from those kept open or anew.
    fn appender(&self, what: &'static str, path: &str) -> Result<Arc<File>, DiskError> {
        let full = self.at(what, path)?;
        let mut open = self.inner.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(path) {
            return Ok(file.clone());
        }
        let file = Arc::new(OpenOptions::new().append(true).open(full).map_err(|e| error(what, path, &e))?);
        if open.len() >= OPEN_MAX {
            open.clear();
        }
        open.insert(path.to_owned(), file.clone());
        Ok(file)
    }

    fn forget(&self, path: &str) {
        self.inner.open.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
    }

    /// Makes the names in the folder of a path durable.
    fn sync_folder(&self, what: &'static str, path: &str) -> Result<(), DiskError> {
        let full = self.inner.root.join(path);
        let folder = full.parent().unwrap_or(&self.inner.root);
        File::open(folder).and_then(|f| f.sync_all()).map_err(|e| error(what, path, &e))
    }

    /// Makes the folders of a path, each durable in the one above.
    fn make_folders(&self, path: &str) -> Result<(), DiskError> {
        let Some((folder, _)) = path.rsplit_once('/') else { return Ok(()) };
        let full = self.inner.root.join(folder);
        if full.is_dir() {
            return Ok(());
        }
        self.make_folders(folder)?;
        match fs::create_dir(&full) {
            Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(error("create", path, &e)),
            _ => self.sync_folder("create", folder),
        }
    }
}

impl Disk for FileDisk {
    fn create(&self, path: &str) -> Result<(), DiskError> {
        let full = self.at("create", path)?;
        self.make_folders(path)?;
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        // Keys and personal data are for the city's own account alone.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(full).map_err(|e| error("create", path, &e))?;
        self.forget(path);
        self.sync_folder("create", path)
    }

    fn append(&self, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let file = self.appender("append", path)?;
        file.as_ref().write_all(bytes).map_err(|e| error("append", path, &e))
    }

    fn sync(&self, path: &str) -> Result<(), DiskError> {
        self.appender("sync", path)?.sync_data().map_err(|e| error("sync", path, &e))
    }

    fn read(&self, path: &str, offset: u64, len: usize) -> Result<Vec<u8>, DiskError> {
        let full = self.at("read", path)?;
        let read = || {
            let mut file = File::open(full)?;
            let there = file.metadata()?.len().saturating_sub(offset);
            let len = usize::try_from(there).map_or(len, |there| there.min(len));
            let mut bytes = Vec::with_capacity(len);
            file.seek(SeekFrom::Start(offset))?;
            file.take(len as u64).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map_err(|e: std::io::Error| error("read", path, &e))
    }

    fn truncate(&self, path: &str, len: u64) -> Result<(), DiskError> {
        let full = self.at("truncate", path)?;
        let cut = || {
            let file = OpenOptions::new().write(true).open(full)?;
            if file.metadata()?.len() > len {
                file.set_len(len)?;
            }
            file.sync_all()
        };
        cut().map_err(|e| error("truncate", path, &e))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        let (source, target) = (self.at("rename", from)?, self.at("rename", to)?);
        self.make_folders(to)?;
        fs::rename(source, target).map_err(|e| error("rename", from, &e))?;
        self.forget(from);
        self.forget(to);
        self.sync_folder("rename", to)?;
        self.sync_folder("rename", from)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, DiskError> {
        let full = self.at("list", folder)?;
        let entries = match fs::read_dir(full) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(error("list", folder, &e)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|e| error("list", folder, &e))?;
            if entry.file_type().is_ok_and(|t| t.is_file()) {
                names.extend(entry.file_name().into_string());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        fs::remove_file(self.at("remove", path)?).map_err(|e| error("remove", path, &e))?;
        self.forget(path);
        self.sync_folder("remove", path)
    }

    fn size(&self, path: &str) -> Result<Option<u64>, DiskError> {
        match fs::metadata(self.at("size", path)?) {
            Ok(m) if m.is_file() => Ok(Some(m.len())),
            Ok(_) => Ok(None),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(e) => Err(error("size", path, &e)),
        }
    }
}

fn error(what: &'static str, path: &str, e: &std::io::Error) -> DiskError {
    let kind = match e.kind() {
        ErrorKind::NotFound => DiskErrorKind::NotFound,
        ErrorKind::AlreadyExists => DiskErrorKind::Exists,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => DiskErrorKind::Full,
        _ => DiskErrorKind::Io,
    };
    DiskError::new(what, path, kind, e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_has_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let first = FileDisk::open(dir.path()).unwrap();
        let clone = first.clone();
        drop(first);
        let second = FileDisk::open(dir.path()).unwrap_err();
        assert_eq!(second.kind, DiskErrorKind::Exists);
        assert!(second.to_string().ends_with("in use by another process"), "{second}");
        drop(clone);
        assert!(FileDisk::open(dir.path()).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn files_are_for_the_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let disk = FileDisk::open(dir.path()).unwrap();
        disk.create("keys/a").unwrap();
        let mode = fs::metadata(dir.path().join("keys/a")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
