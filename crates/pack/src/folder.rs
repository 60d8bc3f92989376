//! Reading a pack's folder, with a limit on everything.

use crate::Manifest;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Sections that a pack may have (house §4).
const SECTIONS: [&str; 14] = [
    "entities",
    "things",
    "rules",
    "flows",
    "services",
    "duties",
    "datasets",
    "indicators",
    "views",
    "access",
    "codes",
    "seed",
    "tests",
    "icons",
];
/// Largest single file of a section, in bytes.
const FILE_MAX: u64 = 8 << 20;
/// Most files in a pack.
const FILES_MAX: usize = 2_000;

/// What is wrong with a folder.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A file or folder could not be read.
    #[error("{path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is there but wrong.
    #[error("{path}: {reason}")]
    Wrong {
        /// Which.
        path: PathBuf,
        /// Why, in words.
        reason: String,
    },
}

/// A pack's folder as read: the manifest and the text of every file by its path inside the pack.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The manifest.
    pub manifest: Manifest,
    /// Files by path (`rules/cod.yaml`); seeds are among them.
    pub files: BTreeMap<String, String>,
    /// blake3 over paths and texts, in hexadecimal: two folders with the same digest are the same pack.
    pub digest: String,
}

impl Folder {
    /// Paths and texts of one section, in order of path.
    pub fn section<'a>(&'a self, section: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files.iter().filter_map(move |(path, text)| {
            let inside = path.strip_prefix(section).is_some_and(|rest| rest.starts_with('/'));
            inside.then_some((path.as_str(), text.as_str()))
        })
    }
}

/// Reads the folder of a pack.
///
/// # Errors
/// The path and the reason: no or a wrong manifest, an unknown section, a file that is too large or no text.
pub fn read_folder(dir: &Path) -> Result<Folder, PackError> {
    let path = dir.join("pack.toml");
    let text = read(&path)?;
    let manifest: Manifest = toml::from_str(&text).map_err(|e| wrong(&path, e.to_string()))?;
    let folder_name = dir.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    if manifest.name != folder_name {
        return Err(wrong(&path, format!("name is {}, the folder is {folder_name}", manifest.name)));
    }
    let mut files = BTreeMap::new();
    for section in list(dir)? {
        let name = section.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        if section.is_dir() && SECTIONS.contains(&name.as_str()) {
            gather(&section, &name, &mut files)?;
        } else if section.is_dir() {
            return Err(wrong(&section, format!("no such section; there are {}", SECTIONS.join(", "))));
        }
    }
    if let Ok(context) = std::fs::read_to_string(dir.join("context.jsonld")) {
        files.insert("context.jsonld".into(), context);
    }
    let mut hash = blake3::Hasher::new();
    hash.update(text.as_bytes());
    for (path, text) in &files {
        hash.update(path.as_bytes()).update(&[0]).update(text.as_bytes()).update(&[0]);
    }
    Ok(Folder { manifest, files, digest: hash.finalize().to_hex().to_string() })
}

fn gather(dir: &Path, section: &str, files: &mut BTreeMap<String, String>) -> Result<(), PackError> {
    for path in list(dir)? {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let data = [".yaml", ".yml", ".csv", ".json", ".jsonl", ".geojson", ".svg"]
            .iter()
            .any(|e| name.ends_with(e));
        if !data {
            continue;
        }
        if files.len() >= FILES_MAX {
            return Err(wrong(dir, format!("more than {FILES_MAX} files")));
        }
        files.insert(format!("{section}/{name}"), read(&path)?);
    }
    Ok(())
}

fn list(dir: &Path) -> Result<Vec<PathBuf>, PackError> {
    let entries = std::fs::read_dir(dir).map_err(|source| PackError::Read { path: dir.into(), source })?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<String, PackError> {
    let as_read = |source| PackError::Read { path: path.into(), source };
    let size = std::fs::metadata(path).map_err(as_read)?.len();
    if size > FILE_MAX {
        return Err(wrong(path, format!("{size} bytes; at most {FILE_MAX}")));
    }
    std::fs::read_to_string(path).map_err(as_read)
}

fn wrong(path: &Path, reason: String) -> PackError {
    PackError::Wrong { path: path.into(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &Path, path: &str, text: &str) {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    const MANIFEST: &str = "name='air'\nversion='0.1.0'\nlicence='Apache-2.0'\ntitle={zh='空气',en='Air'}\n";

    #[test]
    fn a_folder_is_read_by_section_and_its_digest_follows_its_content() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("air");
        write(&dir, "pack.toml", MANIFEST);
        write(&dir, "rules/b.yaml", "b");
        write(&dir, "rules/a.yaml", "a");
        write(&dir, "README.md", "not a section");
        let one = read_folder(&dir).unwrap();
        assert_eq!(one.section("rules").collect::<Vec<_>>(), [("rules/a.yaml", "a"), ("rules/b.yaml", "b")]);
        write(&dir, "rules/a.yaml", "c");
        assert_ne!(read_folder(&dir).unwrap().digest, one.digest);
    }

    #[test]
    fn errors_name_the_file_and_the_reason() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("air");
        assert!(matches!(read_folder(&dir), Err(PackError::Read { .. })));
        write(&dir, "pack.toml", &format!("{MANIFEST}colour='red'\n"));
        assert!(read_folder(&dir).unwrap_err().to_string().contains("colour"));
        write(&dir, "pack.toml", &MANIFEST.replace("air", "sea"));
        assert!(read_folder(&dir).unwrap_err().to_string().contains("the folder is air"));
        write(&dir, "pack.toml", MANIFEST);
        write(&dir, "ruls/a.yaml", "");
        assert!(read_folder(&dir).unwrap_err().to_string().contains("no such section"));
    }
}
