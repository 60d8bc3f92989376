//! Whole entities: create (5.6.1), merge (5.6.17), replace (5.6.18), delete (5.6.6).

use crate::book::Book;
use crate::problem::{no_entity, refusal};
use door::{Refusal, RefusalKind};
use model::{Change, Entity, EntityKey, Name, Tenant};
use ngsild::{Context, Fragment, LdError, Parsed, Patch, parse_entity, parse_fragment};
use serde_json::Value as Json;

/// A new entity; one that exists already is a conflict.
pub(crate) fn create(book: &mut Book<'_>, tenant: &str, entity: &Json) -> Result<EntityKey, Refusal> {
    let draft = parse_entity(entity, &Context::default()).map_err(|e| refusal(&e))?;
    let key = EntityKey { tenant: Tenant::new(tenant), id: draft.id };
    if book.exists(&key) {
        let (zh, en) = (format!("实体 {} 已经存在", key.id), format!("entity {} exists already", key.id));
        return Err(Refusal::new(RefusalKind::Conflict, "id", zh, en));
    }
    book.put(vec![Change::Create { key: key.clone(), types: draft.types, attributes: draft.attributes }])?;
    Ok(key)
}

/// Merges a fragment: attributes and their parts one by one, `urn:ngsi-ld:null` removing.
pub(crate) fn merge(book: &mut Book<'_>, key: &EntityKey, fragment: &Json) -> Result<(), Refusal> {
    let old = book.writable(key)?;
    let fragment = fragment_of(key, fragment, Patch::Part)?;
    let (mut set, mut unset) = (Vec::new(), Vec::new());
    for parsed in &fragment.attributes {
        let place = old.find(parsed.name.as_str(), parsed.dataset_id.as_ref());
        match (place, parsed.deletes()) {
            (Ok(_), true) => unset.push((parsed.name.clone(), parsed.dataset_id.clone())),
            (Err(_), true) => {}
            (Ok(i), false) => set.push(parsed.onto(&old.attributes[i], true).map_err(|e| refusal(&e))?),
            (Err(_), false) => set.push(needs_value(parsed)?),
        }
    }
    let mut changes = retyped(&old, &fragment);
    if !set.is_empty() {
        changes.push(Change::Set { key: key.clone(), attributes: set });
    }
    if !unset.is_empty() {
        changes.push(Change::Unset { key: key.clone(), attributes: unset });
    }
    book.put(changes)
}

/// Replaces the whole entity; without a type it keeps its own.
pub(crate) fn replace(book: &mut Book<'_>, key: &EntityKey, entity: &Json) -> Result<(), Refusal> {
    let old = book.writable(key)?;
    let fragment = fragment_of(key, entity, Patch::Whole)?;
    let types = if fragment.types.is_empty() { old.types.clone() } else { fragment.types };
    let attributes = fragment.attributes.iter().filter_map(Parsed::whole).collect();
    book.put(vec![Change::Create { key: key.clone(), types, attributes }])
}

/// Removes an entity.
pub(crate) fn delete(book: &mut Book<'_>, key: &EntityKey) -> Result<(), Refusal> {
    book.writable(key)?;
    book.put(vec![Change::Delete { key: key.clone() }])
}

/// A fragment, whose id, when it has one, must be that of the entity.
pub(crate) fn fragment_of(key: &EntityKey, json: &Json, patch: Patch) -> Result<Fragment, Refusal> {
    let fragment = parse_fragment(json, &Context::default(), patch).map_err(|e| refusal(&e))?;
    match &fragment.id {
        Some(id) if *id != key.id => {
            Err(refusal(&LdError::bad("id", format!("not that of the entity {}", key.id))))
        }
        _ => Ok(fragment),
    }
}

pub(crate) fn needs_value(parsed: &Parsed) -> Result<model::Attribute, Refusal> {
    parsed.whole().ok_or_else(|| refusal(&LdError::bad(parsed.name.as_str(), "its value is missing")))
}

/// The change that adds types which an entity does not have yet; none when it has them all.
pub(crate) fn retyped(old: &Entity, fragment: &Fragment) -> Vec<Change> {
    let new: Vec<Name> = fragment.types.iter().filter(|t| !old.types.contains(t)).cloned().collect();
    if new.is_empty() {
        return vec![];
    }
    let types = old.types.iter().cloned().chain(new).collect();
    vec![Change::Create { key: old.key.clone(), types, attributes: old.attributes.clone() }]
}

/// The key in an entity of a batch.
pub(crate) fn key_in(tenant: &str, entity: &Json) -> Result<EntityKey, Refusal> {
    let id = entity.get("id").and_then(Json::as_str);
    id.map_or_else(|| Err(refusal(&LdError::bad("id", "missing"))), |id| crate::body::key(tenant, id))
}

/// Whether the entity of a batch is there; one that the caller may not see is answered as missing.
pub(crate) fn known(book: &Book<'_>, key: &EntityKey) -> Result<(), Refusal> {
    if book.exists(key) { Ok(()) } else { Err(no_entity(key.id.as_str())) }
}
