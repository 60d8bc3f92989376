//! Limits of the protocol; every one has a default that a city can run with.

use serde::{Deserialize, Serialize};

/// Limits of HJ 212 reception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Longest data segment in bytes. The 2017 text allows 1,024; devices in use exceed it. At most 9,999.
    pub segment_bytes_max: usize,
    /// How far ahead of the city's clock a reading's time may be, in milliseconds.
    pub ahead_ms_max: i64,
    /// Most packets of one split message.
    pub split_parts_max: u32,
    /// Most split messages of one connection that wait for a part.
    pub split_messages_max: usize,
    /// Most bytes that the waiting parts of one connection may hold.
    pub split_bytes_max: usize,
    /// How long a split message may wait for a part, in milliseconds.
    pub split_age_ms_max: i64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            segment_bytes_max: 4096,
            ahead_ms_max: 300_000,
            split_parts_max: 64,
            split_messages_max: 8,
            split_bytes_max: 64 * 1024,
            split_age_ms_max: 600_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_refused_and_a_missing_one_has_its_default() {
        let config: Config = serde_json::from_str(r#"{"segment_bytes_max": 1024}"#).unwrap();
        assert_eq!(config, Config { segment_bytes_max: 1024, ..Config::default() });
        assert!(serde_json::from_str::<Config>(r#"{"segment_max": 1}"#).is_err());
    }
}
