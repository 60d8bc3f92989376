//! What the listeners know and others read: counters, refused frames, who is connected, and who waits.

use crate::counters::Counters;
use crate::quarantine::{self, Entry, Quarantine};
use crate::reading::UnixMs;
use model::EntityId;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most unknown senders whose frames are counted between two commits of the hold list.
const HOLDS_MAX: usize = 2_000;
/// How often one held sender is written to the hold list, in milliseconds.
const HOLD_EVERY_MS: i64 = 60_000;

/// A device's present connections, as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// `hj212` or `mqtt`.
    pub protocol: &'static str,
    /// The remote address of the newest.
    pub remote: String,
    /// Since when.
    pub since_ms: UnixMs,
    /// When something came last.
    pub last_ms: UnixMs,
    /// How many connections.
    pub connections: u32,
}

/// What one device sent since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// Frames made durable.
    pub accepted: u64,
    /// Identical resends.
    pub resent: u64,
    /// When the last frame came; 0 when none did.
    pub last_ms: UnixMs,
}

#[derive(Debug, Default)]
struct Links {
    up: BTreeMap<EntityId, Link>,
    changed: BTreeSet<EntityId>,
}

#[derive(Debug)]
struct Hold {
    frames: u64,
    written_ms: UnixMs,
}

/// Shared by all connections and by the interface; cheap to read.
#[derive(Debug)]
pub struct Shared {
    /// Counters of the whole gateway.
    pub counters: Counters,
    quarantine: Mutex<Quarantine>,
    links: Mutex<Links>,
    tallies: Mutex<BTreeMap<EntityId, Tally>>,
    holds: Mutex<BTreeMap<(&'static str, String), Hold>>,
}

impl Default for Shared {
    fn default() -> Self {
        Self::new(quarantine::Config::default())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The name under which refused frames of a sender are kept: its number, or its address when it gave none.
pub fn sender(login: Option<&str>, remote: SocketAddr) -> String {
    login.map_or_else(|| format!("@{}", remote.ip()), str::to_owned)
}

impl Shared {
    /// Nothing known yet.
    pub fn new(config: quarantine::Config) -> Self {
        Self {
            counters: Counters::default(),
            quarantine: Mutex::new(Quarantine::new(config)),
            links: Mutex::default(),
            tallies: Mutex::default(),
            holds: Mutex::default(),
        }
    }

    /// Keeps a refused frame of a sender (see [`sender`]).
    pub fn refuse(&self, sender: &str, entry: Entry) {
        lock(&self.quarantine).keep(sender, entry);
    }

    /// The newest refused frames of a device by its number, newest first.
    pub fn refused(&self, login: &str, count_max: usize) -> Vec<Entry> {
        lock(&self.quarantine).newest(login, count_max)
    }

    /// How many frames that claim this number were refused since the start.
    pub fn refused_total(&self, login: &str) -> u64 {
        lock(&self.quarantine).refused_total(login)
    }

    /// The quarantine as bytes, for the shell to keep beside a savepoint.
    pub fn save_quarantine(&self) -> Vec<u8> {
        lock(&self.quarantine).save()
    }

    /// Takes back what [`Shared::save_quarantine`] wrote.
    ///
    /// # Errors
    /// What is wrong with the bytes; the quarantine is empty then.
    pub fn load_quarantine(&self, bytes: &[u8]) -> Result<(), String> {
        lock(&self.quarantine).load(bytes)
    }

    /// The present connection of a device.
    pub fn link(&self, device: &EntityId) -> Option<Link> {
        lock(&self.links).up.get(device).cloned()
    }

    /// How many devices are connected.
    pub fn connected(&self) -> usize {
        lock(&self.links).up.len()
    }

    /// What a device sent.
    pub fn tally(&self, device: &EntityId) -> Tally {
        lock(&self.tallies).get(device).copied().unwrap_or_default()
    }

    pub(crate) fn count(&self, device: &EntityId, repeated: bool, now_ms: UnixMs) {
        let mut tallies = lock(&self.tallies);
        let tally = tallies.entry(device.clone()).or_default();
        tally.last_ms = now_ms;
        if repeated {
            tally.resent += 1
        } else {
            tally.accepted += 1
        }
        drop(tallies);
        if let Some(link) = lock(&self.links).up.get_mut(device) {
            link.last_ms = now_ms;
        }
    }

    pub(crate) fn connect(
        &self,
        device: &EntityId,
        protocol: &'static str,
        remote: SocketAddr,
        now_ms: UnixMs,
    ) {
        let mut links = lock(&self.links);
        if let Some(link) = links.up.get_mut(device) {
            link.connections += 1;
            link.remote = remote.to_string();
            return;
        }
        let link =
            Link { protocol, remote: remote.to_string(), since_ms: now_ms, last_ms: now_ms, connections: 1 };
        links.up.insert(device.clone(), link);
        links.changed.insert(device.clone());
    }

    pub(crate) fn disconnect(&self, device: &EntityId) {
        let mut links = lock(&self.links);
        let Some(link) = links.up.get_mut(device) else { return };
        link.connections = link.connections.saturating_sub(1);
        if link.connections == 0 {
            links.up.remove(device);
            links.changed.insert(device.clone());
        }
    }

    /// Devices whose connection changed since the last call, at most `count_max`, with whether they are up.
    pub(crate) fn changed(&self, count_max: usize) -> Vec<(EntityId, bool)> {
        let mut links = lock(&self.links);
        let ids: Vec<EntityId> = links.changed.iter().take(count_max).cloned().collect();
        ids.into_iter()
            .map(|id| {
                links.changed.remove(&id);
                let up = links.up.contains_key(&id);
                (id, up)
            })
            .collect()
    }

    /// Counts a frame of a sender that nobody knows. Answers how many to write to the hold list now; nothing when it
    /// was written a short while ago, or too many senders wait.
    pub(crate) fn hold(&self, protocol: &'static str, login: &str, now_ms: UnixMs) -> Option<u64> {
        let mut holds = lock(&self.holds);
        let key = (protocol, login.to_owned());
        if !holds.contains_key(&key) && holds.len() >= HOLDS_MAX {
            // Those that were quiet for ten rounds make room.
            holds.retain(|_, hold| now_ms.saturating_sub(hold.written_ms) < 10 * HOLD_EVERY_MS);
            if holds.len() >= HOLDS_MAX {
                return None;
            }
        }
        let hold = holds.entry(key).or_insert(Hold { frames: 0, written_ms: i64::MIN });
        hold.frames += 1;
        if now_ms.saturating_sub(hold.written_ms) < HOLD_EVERY_MS {
            return None;
        }
        hold.written_ms = now_ms;
        Some(std::mem::take(&mut hold.frames))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote() -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], 7000))
    }

    #[test]
    fn two_connections_of_a_device_are_one_link() {
        let (shared, device) = (Shared::default(), EntityId::new("urn:ngsi-ld:Device:1"));
        shared.connect(&device, "hj212", remote(), 5);
        shared.connect(&device, "hj212", remote(), 6);
        assert_eq!(shared.link(&device).map(|l| (l.connections, l.since_ms)), Some((2, 5)));
        assert_eq!(shared.changed(10), [(device.clone(), true)]);
        shared.disconnect(&device);
        assert!(shared.changed(10).is_empty(), "one connection is left");
        shared.disconnect(&device);
        assert_eq!(shared.changed(10), [(device.clone(), false)]);
        shared.disconnect(&device);
        assert!(shared.link(&device).is_none() && shared.changed(10).is_empty());
    }

    #[test]
    fn a_quick_reconnect_is_no_change_in_the_end() {
        let (shared, device) = (Shared::default(), EntityId::new("urn:ngsi-ld:Device:1"));
        shared.connect(&device, "mqtt", remote(), 5);
        shared.disconnect(&device);
        shared.connect(&device, "mqtt", remote(), 6);
        assert_eq!(shared.changed(10), [(device, true)]);
    }

    #[test]
    fn frames_count_by_device() {
        let (shared, device) = (Shared::default(), EntityId::new("urn:ngsi-ld:Device:1"));
        shared.connect(&device, "mqtt", remote(), 5);
        shared.count(&device, false, 7);
        shared.count(&device, true, 8);
        assert_eq!(shared.tally(&device), Tally { accepted: 1, resent: 1, last_ms: 8 });
        assert_eq!(shared.link(&device).map(|l| l.last_ms), Some(8));
    }

    #[test]
    fn a_held_sender_is_written_at_once_and_then_once_a_minute() {
        let shared = Shared::default();
        assert_eq!(shared.hold("hj212", "m", 0), Some(1));
        assert_eq!(shared.hold("hj212", "m", 1_000), None);
        assert_eq!(shared.hold("hj212", "m", 59_999), None);
        assert_eq!(shared.hold("mqtt", "m", 59_999), Some(1));
        assert_eq!(shared.hold("hj212", "m", 60_000), Some(3));
    }

    #[test]
    fn a_flood_of_invented_numbers_is_bounded() {
        let shared = Shared::default();
        let written = (0..5_000).filter(|n| shared.hold("hj212", &n.to_string(), 0).is_some()).count();
        assert_eq!(written, HOLDS_MAX);
        assert_eq!(shared.hold("hj212", "later", 600_000), Some(1), "old ones make room");
    }

    #[test]
    fn senders_without_a_number_are_known_by_address() {
        assert_eq!(sender(None, remote()), "@192.0.2.1");
        assert_eq!(sender(Some("m1"), remote()), "m1");
    }
}
