//! Refused frames of each device, in bounded rings: what came, from where, and why it was refused.

use crate::protocol::hj212::Checks;
use crate::reading::UnixMs;
use crate::words::Words;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Version of the saved form.
const VERSION: u32 = 1;

/// Limits of the quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Most entries of one device.
    pub entries_max: usize,
    /// Most bytes of frames that one device's entries hold.
    pub bytes_max: usize,
    /// Most bytes kept of one frame.
    pub entry_bytes_max: usize,
    /// Most devices, known and unknown; the one that was quiet longest gives way.
    pub devices_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { entries_max: 100, bytes_max: 64 * 1024, entry_bytes_max: 4200, devices_max: 2000 }
    }
}

/// One refused frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it came.
    pub at_ms: UnixMs,
    /// The remote address, as text.
    pub remote: String,
    /// Why, in words.
    pub reason: Words,
    /// The bytes, passwords replaced by their digest, cut to the limit.
    pub bytes: Vec<u8>,
    /// How many bytes there were.
    pub bytes_total: u64,
    /// What the checks said.
    pub checks: Checks,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Ring {
    entries: VecDeque<Entry>,
    bytes: usize,
    last_ms: UnixMs,
    refused_total: u64,
}

/// The rings of all devices, by the device's number or, for a sender without one, its address.
#[derive(Debug)]
pub struct Quarantine {
    config: Config,
    rings: BTreeMap<String, Ring>,
}

impl Quarantine {
    /// An empty quarantine.
    pub fn new(config: Config) -> Self {
        Self { config, rings: BTreeMap::new() }
    }

    /// Keeps a refused frame; the oldest of the same device give way.
    pub fn keep(&mut self, device: &str, mut entry: Entry) {
        if !self.rings.contains_key(device) && self.rings.len() >= self.config.devices_max.max(1) {
            let quiet = self.rings.iter().min_by_key(|(_, ring)| ring.last_ms).map(|(name, _)| name.clone());
            if let Some(quiet) = quiet {
                self.rings.remove(&quiet);
            }
        }
        entry.bytes.truncate(self.config.entry_bytes_max.min(self.config.bytes_max));
        let ring = self.rings.entry(device.to_owned()).or_default();
        ring.last_ms = entry.at_ms;
        ring.refused_total += 1;
        ring.bytes += entry.bytes.len();
        ring.entries.push_back(entry);
        while ring.entries.len() > self.config.entries_max.max(1) || ring.bytes > self.config.bytes_max {
            let Some(old) = ring.entries.pop_front() else { break };
            ring.bytes -= old.bytes.len();
        }
    }

    /// The newest entries of a device, newest first.
    pub fn newest(&self, device: &str, count_max: usize) -> Vec<Entry> {
        self.rings
            .get(device)
            .map(|ring| ring.entries.iter().rev().take(count_max).cloned().collect())
            .unwrap_or_default()
    }

    /// How many frames of a device were refused since the start, those that gave way included.
    pub fn refused_total(&self, device: &str) -> u64 {
        self.rings.get(device).map_or(0, |ring| ring.refused_total)
    }

    /// All rings as bytes (JSON with a version), to be kept outside the log.
    pub fn save(&self) -> Vec<u8> {
        serde_json::to_vec(&(VERSION, &self.rings)).unwrap_or_default()
    }

    /// Takes back what [`Quarantine::save`] wrote; what goes beyond the limits of now gives way.
    ///
    /// # Errors
    /// What is wrong with the bytes; the quarantine is empty then.
    pub fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.rings.clear();
        let (version, rings): (u32, BTreeMap<String, Ring>) =
            serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        if version != VERSION {
            return Err(format!("quarantine of version {version}, this program reads {VERSION}"));
        }
        for (device, ring) in rings {
            let total = ring.refused_total;
            for entry in ring.entries {
                self.keep(&device, entry);
            }
            if let Some(kept) = self.rings.get_mut(&device) {
                kept.refused_total = total;
            }
        }
        Ok(())
    }

    /// Bytes of frames held in all.
    pub fn bytes(&self) -> usize {
        self.rings.values().map(|ring| ring.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at_ms: UnixMs, bytes: usize) -> Entry {
        Entry {
            at_ms,
            remote: "192.0.2.1:7000".into(),
            reason: Words::new("校验不对。", "wrong checksum."),
            bytes: vec![b'x'; bytes],
            bytes_total: bytes as u64,
            checks: Checks::default(),
        }
    }

    #[test]
    fn a_ring_is_bounded_in_count_and_bytes_and_counts_all() {
        let config = Config { entries_max: 3, bytes_max: 100, entry_bytes_max: 60, devices_max: 2 };
        let mut quarantine = Quarantine::new(config);
        for at in 0..10 {
            quarantine.keep("a", entry(at, 10));
        }
        let ats: Vec<_> = quarantine.newest("a", 10).iter().map(|e| e.at_ms).collect();
        assert_eq!(ats, [9, 8, 7]);
        assert_eq!(quarantine.refused_total("a"), 10);
        quarantine.keep("a", entry(10, 1000));
        quarantine.keep("a", entry(11, 1000));
        assert_eq!(quarantine.newest("a", 10).len(), 1);
        assert_eq!(quarantine.newest("a", 1)[0].bytes.len(), 60);
        assert_eq!(quarantine.newest("a", 1)[0].bytes_total, 1000);
        assert!(quarantine.bytes() <= 100);
    }

    #[test]
    fn the_quietest_device_gives_way() {
        let config = Config { devices_max: 2, ..Config::default() };
        let mut quarantine = Quarantine::new(config);
        quarantine.keep("a", entry(1, 1));
        quarantine.keep("b", entry(2, 1));
        quarantine.keep("a", entry(3, 1));
        quarantine.keep("c", entry(4, 1));
        assert_eq!(quarantine.newest("b", 1).len(), 0);
        assert_eq!((quarantine.newest("a", 9).len(), quarantine.newest("c", 9).len()), (2, 1));
    }

    #[test]
    fn saved_and_loaded_it_is_the_same() {
        let mut quarantine = Quarantine::new(Config { entries_max: 3, ..Config::default() });
        (0..5).for_each(|at| quarantine.keep("a", entry(at, 10)));
        let mut other = Quarantine::new(Config::default());
        other.load(&quarantine.save()).unwrap();
        assert_eq!(other.newest("a", 9), quarantine.newest("a", 9));
        assert_eq!((other.refused_total("a"), other.bytes()), (5, 30));
        assert!(other.load(b"[2,{}]").unwrap_err().contains("version 2"));
        assert!(other.load(b"x").is_err() && other.bytes() == 0);
    }

    #[test]
    fn a_device_without_refusals_has_none() {
        let quarantine = Quarantine::new(Config::default());
        assert!(quarantine.newest("a", 5).is_empty());
        assert_eq!(quarantine.refused_total("a"), 0);
    }
}
