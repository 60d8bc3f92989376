//! Installed packs as engines see them: an entity of type `Pack` whose `files` hold every section.
//!
//! Installing is a commit, so an engine that steps again after a restart uses the version that was
//! valid at that position.

use model::{Commit, Name, Value};
use std::sync::Arc;
use store::State;

/// Type of the entity that an installed pack is.
pub const PACK: &str = "Pack";

/// One file of a section of an installed pack.
#[derive(Clone, Debug)]
pub struct SectionFile {
    /// `name@version` of the pack; stands in what its rules make.
    pub pack: Name,
    /// Path inside the pack, `rules/cod.yaml`.
    pub path: Name,
    /// Its text.
    pub text: Arc<str>,
}

/// Whether a commit installs, changes or removes a pack.
#[must_use]
pub fn installs(commit: &Commit) -> bool {
    let prefix = "urn:ngsi-ld:Pack:";
    commit.changes.iter().any(|c| c.key().id.as_str().starts_with(prefix))
}

/// All files of a section (`rules`, `flows`, `duties`, `things`, `codes`, `access`, `entities`, `views`)
/// of all installed packs, by pack and path.
#[must_use]
pub fn section(state: &State, section: &str) -> Vec<SectionFile> {
    let mut files = Vec::new();
    for entity in state.all(PACK) {
        let word = |name: &str| entity.text(name).unwrap_or_default().to_owned();
        let pack = Name::new(format!("{}@{}", word("name"), word("version")));
        let Some(Value::Map(map)) = entity.value("files") else { continue };
        for (path, text) in map.iter() {
            let inside = path.as_str().strip_prefix(section).is_some_and(|rest| rest.starts_with('/'));
            if let (true, Value::Text(text)) = (inside, text) {
                files.push(SectionFile { pack: pack.clone(), path: path.clone(), text: text.clone() });
            }
        }
    }
    files
}
