//! The folder of the files: the only place of this crate that touches the disk.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A folder in which a file appears whole or not at all.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    dir: PathBuf,
}

impl Folder {
    /// Makes the folder when it is not there.
    pub fn open(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        Ok(Self { dir: dir.to_owned() })
    }

    /// Names of the files in it.
    pub fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            names.extend(entry?.file_name().into_string().ok());
        }
        Ok(names)
    }

    /// Opens a file for reading.
    pub fn read(&self, name: &str) -> io::Result<File> {
        File::open(self.dir.join(name))
    }

    /// Text of a file; none when it is not there.
    pub fn text(&self, name: &str) -> io::Result<Option<String>> {
        match fs::read_to_string(self.dir.join(name)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        }
    }

    /// Begins a file under a passing name.
    pub fn begin(&self, name: &str) -> io::Result<File> {
        File::create(self.dir.join(passing(name)))
    }

    /// Gives a begun and synced file its name, durably.
    pub fn finish(&self, name: &str) -> io::Result<()> {
        fs::rename(self.dir.join(passing(name)), self.dir.join(name))?;
        File::open(&self.dir)?.sync_all()
    }

    /// Writes a small file whole and durably.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.begin(name)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        self.finish(name)
    }

    /// Removes a file; one that is not there is no error.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.dir.join(name)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// Bytes of a file.
    pub fn size(&self, name: &str) -> io::Result<u64> {
        Ok(fs::metadata(self.dir.join(name))?.len())
    }
}

fn passing(name: &str) -> String {
    format!("{name}.part")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_only_when_finished() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(&dir.path().join("deep/er")).unwrap();
        folder.begin("a").unwrap().write_all(b"half").unwrap();
        assert_eq!(folder.text("a").unwrap(), None);
        folder.write("a", b"whole").unwrap();
        assert_eq!(folder.text("a").unwrap().as_deref(), Some("whole"));
        assert_eq!((folder.list().unwrap(), folder.size("a").unwrap()), (vec!["a".to_owned()], 5));
        folder.remove("a").unwrap();
        folder.remove("a").unwrap();
        assert!(folder.read("a").is_err());
    }
}
