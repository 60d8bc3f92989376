//! The table of walls, `xtask/layers.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Where the table lies.
pub const PATH: &str = "xtask/layers.toml";

/// The whole table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layers {
    pub crates: Crates,
    pub heavy: Vec<Heavy>,
    pub pure: Vec<Pure>,
    pub clock: Clock,
    pub sizes: Sizes,
    pub names: Names,
    pub domain: Domain,
    pub places: Places,
    pub map: File,
    pub dependencies: File,
}

/// Every crate with its layer.
#[derive(Debug, Deserialize)]
pub struct Crates {
    pub why: String,
    #[serde(flatten)]
    pub by_name: BTreeMap<String, Layer>,
}

/// The layer of one crate, and who may name it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    pub layer: u8,
    pub reason: String,
    #[serde(default)]
    pub only_from: Vec<String>,
    #[serde(default)]
    pub dev_only: bool,
}

/// Dependencies that only some crates may have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heavy {
    pub names: Vec<String>,
    pub only_in: Vec<String>,
    /// Whether dev-dependencies obey as well.
    pub tests_too: bool,
    pub why: String,
}

/// Words that some files must not contain outside their tests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pure {
    pub files: Vec<String>,
    #[serde(default)]
    pub except: Vec<String>,
    pub forbid: Vec<String>,
    pub why: String,
}

/// Calls that read a clock.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    pub forbid: Vec<String>,
    pub allowed: Vec<String>,
    pub why: String,
}

/// Limits of files, in lines before their tests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    pub lines_max: usize,
    pub median_max: usize,
    pub why: String,
}

/// Names that say nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    pub modules: Vec<String>,
    pub suffixes: Vec<String>,
    pub allowed: Vec<AllowedName>,
    pub why: String,
}

/// A name that a standard gives.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowedName {
    pub name: String,
    pub reason: String,
}

/// Where types of domains must not be named.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    pub roots: Vec<String>,
    pub exempt: Vec<Exempt>,
    pub generic: Vec<Generic>,
    pub why: String,
}

/// A folder that may name them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exempt {
    pub path: String,
    pub reason: String,
}

/// An entity type that engines know, because it is no domain's own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generic {
    pub word: String,
    pub reason: String,
}

/// Paths of one machine, each in parts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Places {
    pub forbid: Vec<Vec<String>>,
    pub why: String,
}

/// A document that must agree with the tree.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub file: String,
    pub why: String,
}

impl Layers {
    /// Reads the table; an unknown key or a rule without its reason is an error.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: Self = toml::from_str(text).map_err(|e| format!("{PATH}: {e}"))?;
        match table.unexplained() {
            Some(rule) => Err(format!("{PATH}: {rule} has no reason")),
            None => Ok(table),
        }
    }

    /// The first rule that says no reason.
    fn unexplained(&self) -> Option<String> {
        let mut reasons: Vec<(String, &str)> = vec![
            ("crates".into(), &self.crates.why),
            ("clock".into(), &self.clock.why),
            ("sizes".into(), &self.sizes.why),
            ("names".into(), &self.names.why),
            ("domain".into(), &self.domain.why),
            ("places".into(), &self.places.why),
            ("map".into(), &self.map.why),
            ("dependencies".into(), &self.dependencies.why),
        ];
        reasons.extend(self.heavy.iter().map(|h| (format!("heavy {:?}", h.names), h.why.as_str())));
        reasons.extend(self.pure.iter().map(|p| (format!("pure {:?}", p.files), p.why.as_str())));
        reasons.extend(self.crates.by_name.iter().map(|(n, l)| (format!("crate {n}"), l.reason.as_str())));
        reasons.extend(self.names.allowed.iter().map(|a| (format!("name {}", a.name), a.reason.as_str())));
        reasons.extend(self.domain.exempt.iter().map(|e| (format!("exempt {}", e.path), e.reason.as_str())));
        reasons.extend(self.domain.generic.iter().map(|g| (format!("word {}", g.word), g.reason.as_str())));
        reasons.into_iter().find(|(_, why)| why.trim().is_empty()).map(|(rule, _)| rule)
    }
}

#[cfg(test)]
pub fn real() -> Layers {
    Layers::parse(include_str!("../layers.toml")).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_table_reads() {
        let table = real();
        assert_eq!(table.crates.by_name["model"].layer, 0);
        assert!(table.crates.by_name["testkit"].dev_only);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let text = include_str!("../layers.toml").replace("lines_max", "lines_most");
        assert!(Layers::parse(&text).unwrap_err().contains("lines_most"));
    }

    #[test]
    fn a_rule_without_a_reason_is_refused() {
        let text = include_str!("../layers.toml").replace("CAP's word; made by rules", " ");
        assert!(Layers::parse(&text).unwrap_err().contains("word Alert has no reason"));
    }
}
