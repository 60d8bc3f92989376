//! Types as the caller sees them (5.7.5 to 5.7.7): those of which it sees an entity, with the attributes it sees.

use access::Permit;
use model::{AttributeKind, Name};
use std::collections::{BTreeMap, BTreeSet};
use store::State;

/// Most entities of one type that are looked at for its attributes.
const LOOK_MAX: usize = 5_000;

/// The types of which the permit opens an entity.
pub(super) fn types(state: &State, permit: &Permit) -> Vec<Name> {
    let open = |kind: &Name| {
        let scope = permit.scope(kind.as_str());
        !scope.is_empty() && state.all(kind.as_str()).any(|e| scope.sees(e))
    };
    state.kinds().into_iter().map(|(kind, _)| kind).filter(open).collect()
}

/// What is seen of one type.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Seen {
    /// How many entities.
    pub(super) count: usize,
    /// Its attributes with the kinds that they have.
    pub(super) attributes: BTreeMap<Name, BTreeSet<String>>,
}

/// What the permit opens of a type; attributes are those of the first 5,000 entities.
pub(super) fn seen(state: &State, permit: &Permit, kind: &Name) -> Seen {
    let mut found = Seen::default();
    for entity in state.all(kind.as_str()) {
        let scope = permit.scope(entity.kind());
        if !scope.sees(entity) {
            continue;
        }
        found.count += 1;
        if found.count > LOOK_MAX {
            continue;
        }
        for a in entity.attributes.iter().filter(|a| scope.column(entity, a.name.as_str())) {
            let kinds = found.attributes.entry(a.name.clone()).or_default();
            if !kinds.contains(word(a.kind)) {
                kinds.insert(word(a.kind).to_owned());
            }
        }
    }
    found
}

fn word(kind: AttributeKind) -> &'static str {
    match kind {
        AttributeKind::Property => "Property",
        AttributeKind::GeoProperty => "GeoProperty",
        AttributeKind::Relationship => "Relationship",
        AttributeKind::LanguageProperty => "LanguageProperty",
        AttributeKind::VocabProperty => "VocabProperty",
        AttributeKind::JsonProperty => "JsonProperty",
        AttributeKind::ListProperty => "ListProperty",
        AttributeKind::ListRelationship => "ListRelationship",
    }
}
