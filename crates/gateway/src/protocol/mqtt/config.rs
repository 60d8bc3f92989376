//! Limits of MQTT reception.

use serde::{Deserialize, Serialize};

/// Limits of one connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Largest packet in bytes, header included.
    pub packet_bytes_max: u32,
    /// Most QoS 1 messages that wait for their commit; reading pauses at this number.
    pub receive_max: u16,
    /// Most subscriptions.
    pub subscriptions_max: usize,
    /// Longest topic or filter in bytes.
    pub topic_bytes_max: usize,
    /// Longest keep-alive in seconds; a client that asks for more or for none gets this.
    pub keep_alive_s_max: u16,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            packet_bytes_max: 32 * 1024,
            receive_max: 64,
            subscriptions_max: 8,
            topic_bytes_max: 256,
            keep_alive_s_max: 3600,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(serde_json::from_str::<Config>(r#"{"packet_max": 1}"#).is_err());
        assert_eq!(serde_json::from_str::<Config>("{}").unwrap(), Config::default());
    }
}
