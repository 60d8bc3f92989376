//! Photographs that somebody has just stored and no command names yet: only that person sees them.

use model::{EntityId, Time};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Most that are remembered.
const FRESH_MAX: usize = 5_000;
/// How long, in seconds.
const FRESH_S: i64 = 3_600;

type Table = HashMap<(EntityId, String), Time>;
static FRESH: Mutex<Option<Table>> = Mutex::new(None);

/// Remembers who stored a photograph.
pub(super) fn keep(who: &EntityId, id: &str, now: Time) {
    let mut table = FRESH.lock().unwrap_or_else(PoisonError::into_inner);
    let table = table.get_or_insert_default();
    if table.len() >= FRESH_MAX {
        table.retain(|_, stored| now.secs_since(*stored) < FRESH_S);
    }
    if table.len() < FRESH_MAX {
        table.insert((who.clone(), id.to_owned()), now);
    }
}

/// Whether this person stored the photograph within the last hour.
pub(super) fn is_own(who: &EntityId, id: &str, now: Time) -> bool {
    let table = FRESH.lock().unwrap_or_else(PoisonError::into_inner);
    let stored = table.as_ref().and_then(|t| t.get(&(who.clone(), id.to_owned())));
    stored.is_some_and(|stored| now.secs_since(*stored) < FRESH_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_photo_is_seen_by_whoever_stored_it_for_an_hour() {
        let (a, b) = (EntityId::new("urn:fresh:a"), EntityId::new("urn:fresh:b"));
        keep(&a, "b3-fresh", Time::from_secs(0));
        assert!(is_own(&a, "b3-fresh", Time::from_secs(3_599)));
        assert!(!is_own(&a, "b3-fresh", Time::from_secs(3_600)));
        assert!(!is_own(&b, "b3-fresh", Time::from_secs(1)) && !is_own(&a, "b3-other", Time::from_secs(1)));
    }
}
