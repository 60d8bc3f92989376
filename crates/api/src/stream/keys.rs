//! Which views a commit changes.

use model::{Change, Commit};
use std::collections::BTreeSet;

/// Most keys in one event; a client that finds none of its own still polls nothing.
const KEYS_MAX: usize = 500;

/// Views by the type in an entity's id, and whether the public may know.
const VIEWS: [(&str, &[(&str, bool)]); 10] = [
    ("Case", &[("desk", false), ("inbox", false), ("checks", false), ("front", true), ("follow", true)]),
    ("Task", &[("inbox", false), ("desk", false), ("checks", false), ("follow", true)]),
    ("CaseEvent", &[("desk", false)]),
    ("Report", &[("desk", false), ("front", true), ("follow", true)]),
    ("Alert", &[("desk", false), ("front", true), ("firm", false)]),
    ("LedgerRow", &[("law", true), ("front", true)]),
    ("HeldDevice", &[("holds", false), ("connect", false)]),
    ("Device", &[("devices", false), ("connect", false)]),
    ("Pack", &[("law", true)]),
    ("Binding", &[("law", true)]),
];

/// Adds the keys of the views that a commit changes.
pub fn keys_of(commit: &Commit, staff: bool, keys: &mut BTreeSet<String>) {
    if let (Some(frame), true) = (&commit.frame, staff)
        && keys.len() < KEYS_MAX
    {
        keys.insert(format!("device:{}", frame.device));
    }
    for change in &commit.changes {
        add(change, staff, keys);
    }
}

fn add(change: &Change, staff: bool, keys: &mut BTreeSet<String>) {
    let id = change.key().id.as_str();
    let kind = id.strip_prefix("urn:ngsi-ld:").and_then(|rest| rest.split(':').next()).unwrap_or_default();
    let Some((_, views)) = VIEWS.iter().find(|(k, _)| *k == kind) else { return };
    for (view, public) in *views {
        if staff || *public {
            keys.insert((*view).to_owned());
        }
    }
    if staff && keys.len() < KEYS_MAX && matches!(kind, "Case" | "Task" | "Device") {
        keys.insert(format!("{}:{id}", kind.to_lowercase()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Actor, Class, EntityId, EntityKey, Header, Name, Outcome, Time};

    fn commit(id: &str) -> Commit {
        let header = Header {
            seq: 1,
            epoch: 1,
            recorded_at: Time(0),
            class: Class::Governed,
            actor: Actor {
                principal: EntityId::new("urn:p:1"),
                right: None,
                via: Name::new("session"),
                remote: None,
            },
            command: Name::new("flow.note"),
            idempotency_key: None,
            reacted_to: None,
            pack: None,
            outcome: Outcome::Accepted,
        };
        Commit { header, changes: vec![Change::Delete { key: EntityKey::city(id) }], frame: None }
    }

    #[test]
    fn staff_hear_of_the_case_and_the_public_only_that_the_front_changed() {
        let mut staff = BTreeSet::new();
        keys_of(&commit("urn:ngsi-ld:Case:1"), true, &mut staff);
        assert!(staff.contains("desk") && staff.contains("case:urn:ngsi-ld:Case:1"));
        let mut public = BTreeSet::new();
        keys_of(&commit("urn:ngsi-ld:Case:1"), false, &mut public);
        assert_eq!(public.into_iter().collect::<Vec<_>>(), ["follow", "front"]);
    }
}
