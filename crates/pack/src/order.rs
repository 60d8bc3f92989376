//! The order in which packs are installed: what is needed comes first.

use crate::{Folder, PackError};
use std::collections::BTreeSet;

/// Sorts the folders so that every pack stands after those that it needs; else by name.
///
/// # Errors
/// The pack that needs one which is not there, or packs that need each other in a circle.
pub fn in_order(mut folders: Vec<Folder>) -> Result<Vec<Folder>, PackError> {
    folders.sort_by(|a, b| a.manifest.name.cmp(&b.manifest.name));
    let known: BTreeSet<String> = folders.iter().map(|f| f.manifest.name.clone()).collect();
    let wrong =
        |name: &str, reason: String| PackError::Wrong { path: format!("{name}/pack.toml").into(), reason };
    for f in &folders {
        if let Some(missing) = f.manifest.needs.iter().find(|n| !known.contains(*n)) {
            return Err(wrong(&f.manifest.name, format!("needs {missing}, which is not there")));
        }
    }
    let mut done = BTreeSet::new();
    let mut sorted = Vec::with_capacity(folders.len());
    while !folders.is_empty() {
        let Some(i) = folders.iter().position(|f| f.manifest.needs.iter().all(|n| done.contains(n))) else {
            return Err(wrong(&folders[0].manifest.name, "packs need each other in a circle".into()));
        };
        let folder = folders.remove(i);
        done.insert(folder.manifest.name.clone());
        sorted.push(folder);
    }
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Manifest, Words};

    fn folder(name: &str, needs: &[&str]) -> Folder {
        let manifest = Manifest {
            name: name.into(),
            version: "0.1.0".into(),
            title: Words::default(),
            needs: needs.iter().map(|n| (*n).to_owned()).collect(),
            articles: vec![],
            licence: "Apache-2.0".into(),
        };
        Folder { manifest, files: std::collections::BTreeMap::new(), digest: String::new() }
    }

    fn names(folders: Vec<Folder>) -> Result<Vec<String>, String> {
        in_order(folders).map(|f| f.into_iter().map(|f| f.manifest.name).collect()).map_err(|e| e.to_string())
    }

    #[test]
    fn what_is_needed_comes_first() {
        let all = vec![folder("a", &["c"]), folder("b", &[]), folder("c", &["b"])];
        assert_eq!(names(all).unwrap(), ["b", "c", "a"]);
    }

    #[test]
    fn a_missing_need_and_a_circle_are_named() {
        assert!(names(vec![folder("a", &["x"])]).unwrap_err().contains("needs x"));
        assert!(names(vec![folder("a", &["b"]), folder("b", &["a"])]).unwrap_err().contains("circle"));
    }
}
