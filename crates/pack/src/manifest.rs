//! `pack.toml`.

use serde::{Deserialize, Serialize};

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// What a pack says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Its name: lower-case letters, figures and hyphens; the folder has the same.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its title.
    pub title: Words,
    /// Packs that must be installed before it.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Articles of the ordinance that it serves.
    #[serde(default)]
    pub articles: Vec<u32>,
    /// Its licence.
    pub licence: String,
}
