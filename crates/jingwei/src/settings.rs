//! Settings from one TOML file, the environment (`JINGWEI_…`) and flags; a later one wins.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Everything that can be set.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Addresses to listen on.
    pub listen: Listen,
    /// The store.
    pub store: Store,
    /// Statements of SQL.
    pub sql: Sql,
    /// Folders of packs.
    pub packs: Packs,
    /// Logs.
    pub log: Log,
}

/// Addresses to listen on.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// Screens and interfaces.
    pub http: SocketAddr,
    /// Devices by MQTT.
    pub mqtt: SocketAddr,
    /// Devices by HJ 212.
    pub hj212: SocketAddr,
}

/// The store.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// Size at which a segment of the log is closed.
    pub segment_bytes: u64,
    /// Seconds between savepoints.
    pub savepoint_seconds: u64,
}

/// Statements of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sql {
    /// Longest time of one statement, in seconds.
    pub seconds: u64,
    /// Memory of one statement for joins, groups and sorts, in MiB.
    pub memory_mb: usize,
    /// Statements at once.
    pub at_once: usize,
}

/// Folders of packs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Packs {
    /// The folder that holds them.
    pub dir: Option<PathBuf>,
}

/// Logs.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, or a filter by module.
    pub filter: String,
    /// Whether each line is a JSON object.
    pub json: bool,
}

impl Default for Listen {
    fn default() -> Self {
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Self { http: local(8080), mqtt: local(1883), hj212: local(9212) }
    }
}

impl Default for Store {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, savepoint_seconds: 300 }
    }
}

impl Default for Sql {
    fn default() -> Self {
        Self { seconds: 10, memory_mb: 256, at_once: 2 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".into(), json: false }
    }
}

/// Every key with its environment variable (`listen.http` is `JINGWEI_LISTEN_HTTP`).
const KEYS: [&str; 11] = [
    "listen.http",
    "listen.mqtt",
    "listen.hj212",
    "store.segment_bytes",
    "store.savepoint_seconds",
    "sql.seconds",
    "sql.memory_mb",
    "sql.at_once",
    "packs.dir",
    "log.filter",
    "log.json",
];

/// Reads the file (if any) and lays the environment over it.
///
/// # Errors
/// The full path of an unknown key, or the key and what is wrong with its value.
pub fn read(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Settings, String> {
    let mut table = match file {
        None => toml::Table::new(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
            toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?
        }
    };
    for key in paths("", &table) {
        if !KEYS.contains(&key.as_str()) {
            return Err(format!("unknown setting {key}; there are {}", KEYS.join(", ")));
        }
    }
    for (variable, value) in environment.filter(|(k, _)| k.starts_with("JINGWEI_")) {
        let Some(key) = KEYS.iter().find(|k| variable_of(k) == variable) else {
            return Err(format!(
                "unknown variable {variable}; there are {}",
                KEYS.map(variable_of).join(", ")
            ));
        };
        set(&mut table, key, &value);
    }
    toml::Value::Table(table).try_into().map_err(|e: toml::de::Error| e.to_string().trim().replace('\n', " "))
}

fn variable_of(key: &str) -> String {
    format!("JINGWEI_{}", key.to_uppercase().replace('.', "_"))
}

fn paths(prefix: &str, table: &toml::Table) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for (key, value) in table {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(inner) if !inner.is_empty() => keys.extend(paths(&path, inner)),
            _ => drop(keys.insert(path)),
        }
    }
    keys
}

fn set(table: &mut toml::Table, key: &str, value: &str) {
    let Some((section, name)) = key.split_once('.') else { return };
    let typed = value
        .parse::<i64>()
        .map(toml::Value::Integer)
        .or_else(|_| value.parse::<bool>().map(toml::Value::Boolean));
    let entry = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let toml::Value::Table(inner) = entry {
        inner.insert(name.into(), typed.unwrap_or_else(|_| toml::Value::String(value.into())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<Settings, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        read(Some(file.path()), std::iter::empty())
    }

    #[test]
    fn an_unknown_key_is_named_with_its_full_path() {
        assert!(
            file("[listen]\nhttps='127.0.0.1:1'\n").unwrap_err().starts_with("unknown setting listen.https;")
        );
        assert!(file("colour = 'red'\n").unwrap_err().starts_with("unknown setting colour;"));
        assert!(
            file("[store.disk]\nkind='fast'\n").unwrap_err().starts_with("unknown setting store.disk.kind;")
        );
        let unknown = read(None, [("JINGWEI_COLOUR".to_owned(), "red".to_owned())].into_iter()).unwrap_err();
        assert!(unknown.starts_with("unknown variable JINGWEI_COLOUR;"), "{unknown}");
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "[listen]\nhttp='127.0.0.1:1'\nmqtt='127.0.0.1:2'\n[log]\njson=true\n")
            .unwrap();
        let environment =
            [("JINGWEI_LISTEN_HTTP", "127.0.0.1:9"), ("JINGWEI_STORE_SEGMENT_BYTES", "4096"), ("HOME", "/")];
        let s = read(Some(file.path()), environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
            .unwrap();
        assert_eq!(
            (s.listen.http.port(), s.listen.mqtt.port(), s.store.segment_bytes, s.log.json),
            (9, 2, 4096, true)
        );
    }

    #[test]
    fn a_wrong_value_is_an_error() {
        assert!(file("[listen]\nhttp='nowhere'\n").is_err());
        assert!(file("[store]\nsegment_bytes='many'\n").is_err());
    }
}
