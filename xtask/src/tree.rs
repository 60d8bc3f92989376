//! The text files of the repository, read once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A larger file is data, not text that a person reads.
const BYTES_MAX: u64 = 1_000_000;
/// More files than this means that a folder of data was walked by mistake.
const FILES_MAX: usize = 20_000;
const SKIPPED: [&str; 7] = ["target", "node_modules", ".git", "data", "dist", ".setup", "test-results"];

/// Every text file by its path from the root, with `/` between parts.
#[derive(Debug, Default)]
pub struct Tree {
    pub files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads what git knows or would add; without git it walks the folders.
    /// Files that are not UTF-8 or are larger than 1 MB are left out.
    pub fn read(root: &Path) -> Result<Self, String> {
        let paths = match listed(root) {
            Some(paths) => paths,
            None => walked(root)?,
        };
        if paths.len() > FILES_MAX {
            return Err(format!("{} files: more than {FILES_MAX}", paths.len()));
        }
        let small = |p: &Path| std::fs::metadata(p).is_ok_and(|m| m.is_file() && m.len() <= BYTES_MAX);
        let files = paths
            .into_iter()
            .filter(|p| small(&root.join(p)))
            .filter_map(|p| Some((p.clone(), std::fs::read_to_string(root.join(&p)).ok()?)))
            .collect();
        Ok(Self { files })
    }

    /// The files below a folder (given with its closing `/`) whose name has the ending.
    pub fn below<'a>(&'a self, folder: &'a str, ending: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files
            .iter()
            .filter(move |(p, _)| p.starts_with(folder) && p.ends_with(ending))
            .map(|(p, t)| (p.as_str(), t.as_str()))
    }

    /// The text of one file.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The names of the folders of `crates/` that hold a manifest.
    pub fn crates(&self) -> Vec<&str> {
        let name = |p: &'_ str| -> Option<(usize, usize)> {
            let rest = p.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
            (!rest.contains('/')).then_some((7, 7 + rest.len()))
        };
        self.files.keys().filter_map(|p| name(p).map(|(from, to)| &p[from..to])).collect()
    }
}

/// What git tracks, and what it would add.
fn listed(root: &Path) -> Option<Vec<String>> {
    let args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").args(args).current_dir(root).output().ok()?;
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.split('\0').filter(|p| !p.is_empty()).map(String::from).collect())
}

/// Every file below the root that does not lie in a skipped folder.
fn walked(root: &Path) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![root.to_path_buf()];
    while let Some(dir) = open.pop() {
        let entries = std::fs::read_dir(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
        for path in entries.filter_map(|e| Some(e.ok()?.path())) {
            let skipped = path.file_name().is_none_or(|n| SKIPPED.iter().any(|s| n == *s));
            if path.is_dir() && !skipped && !path.is_symlink() {
                open.push(path);
            } else if path.is_file() && found.len() <= FILES_MAX {
                found.extend(path.strip_prefix(root).ok().and_then(|p| p.to_str()).map(String::from));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
impl Tree {
    /// A tree of the given files.
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(p, t)| ((*p).to_string(), (*t).to_string())).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_folders_with_a_manifest() {
        let tree = Tree::of(&[
            ("crates/model/Cargo.toml", ""),
            ("crates/model/fuzz/Cargo.toml", ""),
            ("crates/x.md", ""),
        ]);
        assert_eq!(tree.crates(), ["model"]);
    }

    #[test]
    fn below_takes_folder_and_ending() {
        let tree = Tree::of(&[("crates/a.rs", ""), ("crates/a.md", ""), ("xtask/b.rs", "")]);
        assert_eq!(tree.below("crates/", ".rs").map(|(p, _)| p).collect::<Vec<_>>(), ["crates/a.rs"]);
    }

    #[test]
    fn the_walk_finds_this_file_and_skips_build_output() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let found = walked(root).unwrap();
        assert!(found.iter().any(|p| p == "src/tree.rs"));
        assert!(!found.iter().any(|p| p.starts_with("target/")));
    }

    #[test]
    fn git_and_the_walk_agree_on_this_crate() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let Some(mut by_git) = listed(root) else { return };
        let mut by_walk = walked(root).unwrap();
        by_git.retain(|p| p.starts_with("src/"));
        by_walk.retain(|p| p.starts_with("src/"));
        by_git.sort();
        by_walk.sort();
        assert_eq!(by_git, by_walk);
    }
}
