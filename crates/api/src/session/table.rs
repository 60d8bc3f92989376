//! Sessions and links in memory: a restart signs everybody out, and nothing secret is on disk.

use model::{EntityId, Time};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How long a session lives without a request.
const IDLE_S: i64 = 12 * 3_600;
/// How long a link is valid.
const LINK_S: i64 = 15 * 60;
/// Most sessions, links and locked names at once.
const ENTRIES_MAX: usize = 20_000;
/// Failures after which a name is locked.
const FAILURES_MAX: u32 = 5;
/// How long it stays locked.
const LOCKED_S: i64 = 15 * 60;

/// Sessions, links and failures. Secrets are kept as digests.
#[derive(Default)]
pub struct Sessions {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    sessions: HashMap<[u8; 32], (EntityId, Time)>,
    links: HashMap<[u8; 32], (EntityId, Time)>,
    failures: HashMap<String, (u32, Time)>,
}

fn digest(secret: &str) -> [u8; 32] {
    *blake3::hash(secret.as_bytes()).as_bytes()
}

fn bound<K: Clone + Eq + std::hash::Hash, V>(map: &mut HashMap<K, V>, alive: impl Fn(&V) -> bool) {
    if map.len() >= ENTRIES_MAX {
        map.retain(|_, v| alive(v));
    }
    if map.len() >= ENTRIES_MAX
        && let Some(any) = map.keys().next().cloned()
    {
        map.remove(&any);
    }
}

impl Sessions {
    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a session under a fresh secret.
    pub fn open(&self, secret: &str, person: &EntityId, now: Time) {
        let mut inner = self.inner();
        bound(&mut inner.sessions, |(_, last)| now.secs_since(*last) < IDLE_S);
        inner.sessions.insert(digest(secret), (person.clone(), now));
    }

    /// Who the session belongs to; its life starts again.
    pub fn person(&self, secret: &str, now: Time) -> Option<EntityId> {
        let mut inner = self.inner();
        let key = digest(secret);
        let (person, last) = inner.sessions.get_mut(&key)?;
        if now.secs_since(*last) >= IDLE_S {
            inner.sessions.remove(&key);
            return None;
        }
        *last = now;
        Some(person.clone())
    }

    /// Ends a session.
    pub fn close(&self, secret: &str) {
        self.inner().sessions.remove(&digest(secret));
    }

    /// Makes a link usable once.
    pub fn link(&self, secret: &str, person: &EntityId, now: Time) {
        let mut inner = self.inner();
        bound(&mut inner.links, |(_, made)| now.secs_since(*made) < LINK_S);
        inner.links.insert(digest(secret), (person.clone(), now));
    }

    /// Uses a link up.
    pub fn use_link(&self, secret: &str, now: Time) -> Option<EntityId> {
        let (person, made) = self.inner().links.remove(&digest(secret))?;
        (now.secs_since(made) < LINK_S).then_some(person)
    }

    /// Seconds for which a name is still locked, if it is.
    pub fn locked(&self, name: &str, now: Time) -> Option<i64> {
        let (count, last) = *self.inner().failures.get(name)?;
        let left = LOCKED_S - now.secs_since(last);
        (count >= FAILURES_MAX && left > 0).then_some(left)
    }

    /// Counts a failure, or forgets them all after a success.
    pub fn tried(&self, name: &str, passed: bool, now: Time) {
        let mut inner = self.inner();
        if passed {
            inner.failures.remove(name);
            return;
        }
        bound(&mut inner.failures, |(_, last)| now.secs_since(*last) < LOCKED_S);
        let entry = inner.failures.entry(name.to_owned()).or_insert((0, now));
        let stale = now.secs_since(entry.1) >= LOCKED_S;
        *entry = (if stale { 1 } else { entry.0 + 1 }, now);
    }

    /// How many are signed in.
    pub fn count(&self) -> usize {
        self.inner().sessions.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Time {
        Time::from_secs(1_000_000 + s)
    }

    #[test]
    fn a_link_works_once_and_for_fifteen_minutes() {
        let (table, person) = (Sessions::default(), EntityId::new("urn:p:1"));
        table.link("s", &person, at(0));
        assert_eq!(table.use_link("s", at(899)), Some(person.clone()));
        assert_eq!(table.use_link("s", at(899)), None);
        table.link("t", &person, at(0));
        assert_eq!(table.use_link("t", at(900)), None);
    }

    #[test]
    fn a_session_ends_when_idle_or_closed() {
        let (table, person) = (Sessions::default(), EntityId::new("urn:p:1"));
        table.open("s", &person, at(0));
        assert!(table.person("s", at(IDLE_S - 1)).is_some());
        assert!(table.person("s", at(2 * IDLE_S - 2)).is_some());
        assert!(table.person("s", at(4 * IDLE_S)).is_none());
        table.open("s", &person, at(0));
        table.close("s");
        assert!(table.person("s", at(1)).is_none());
    }

    #[test]
    fn five_failures_lock_a_name_for_a_quarter_of_an_hour() {
        let table = Sessions::default();
        for n in 0..4 {
            table.tried("clerk", false, at(n));
        }
        assert_eq!(table.locked("clerk", at(4)), None);
        table.tried("clerk", false, at(4));
        assert_eq!(table.locked("clerk", at(4)), Some(LOCKED_S));
        assert_eq!(table.locked("other", at(4)), None);
        assert_eq!(table.locked("clerk", at(4 + LOCKED_S)), None);
        table.tried("clerk", false, at(5 + LOCKED_S));
        assert_eq!(table.locked("clerk", at(6 + LOCKED_S)), None);
        table.tried("clerk", true, at(7 + LOCKED_S));
    }
}
