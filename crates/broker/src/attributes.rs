//! Attributes of an entity: append (5.6.3), update (5.6.2), partial update (5.6.4), replace (5.6.19),
//! delete (5.6.5).

use crate::body;
use crate::book::Book;
use crate::entities::{fragment_of, needs_value, retyped};
use crate::problem::{no_attribute, refusal};
use door::Refusal;
use model::{Attribute, Change, Entity, EntityId, EntityKey, Name};
use ngsild::{Context, Fragment, LdError, Parsed, Patch, SCOPE, joined_scopes, parse_instances};
use serde_json::{Value as Json, json};

/// Names that were set and names that were not, with the reason (5.2.18).
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Updated {
    pub updated: Vec<Name>,
    pub not_updated: Vec<(Name, &'static str)>,
}

impl Updated {
    pub fn to_json(&self) -> Json {
        let names: Vec<&str> = self.updated.iter().map(Name::as_str).collect();
        let not =
            self.not_updated.iter().map(|(n, why)| json!({ "attributeName": n.as_str(), "reason": why }));
        json!({ "updated": names, "notUpdated": not.collect::<Vec<_>>() })
    }

    fn did(&mut self, name: &Name) {
        if !self.updated.contains(name) {
            self.updated.push(name.clone());
        }
    }
}

/// Adds attributes; with `no_overwrite` those that are there stand, and scopes are joined (4.18).
pub(crate) fn append(
    book: &mut Book<'_>,
    key: &EntityKey,
    json: &Json,
    no_overwrite: bool,
) -> Result<Updated, Refusal> {
    let old = book.writable(key)?;
    let fragment = fragment_of(key, json, Patch::Whole)?;
    let mut done = Updated::default();
    let mut edit = Edit::default();
    for parsed in &fragment.attributes {
        let there = old.find(parsed.name.as_str(), parsed.dataset_id.as_ref());
        let new = needs_value(parsed)?;
        match there {
            Ok(place) if no_overwrite && new.name == *SCOPE => {
                edit.set.push(joined_scopes(&old.attributes[place], &new));
            }
            Ok(_) if no_overwrite => {
                done.not_updated.push((new.name, "exists already and noOverwrite was asked for"));
                continue;
            }
            _ => edit.set.push(new),
        }
        done.did(&parsed.name);
    }
    edit.put(book, &old, &fragment)?;
    Ok(done)
}

/// Sets attributes, adding those that are not there; a scope is only replaced (5.6.2).
pub(crate) fn update(book: &mut Book<'_>, key: &EntityKey, json: &Json) -> Result<Updated, Refusal> {
    let old = book.writable(key)?;
    let fragment = fragment_of(key, json, Patch::Update)?;
    let mut done = Updated::default();
    let mut edit = Edit::default();
    for parsed in &fragment.attributes {
        let there = old.find(parsed.name.as_str(), parsed.dataset_id.as_ref()).is_ok();
        if !there && (parsed.deletes() || parsed.name == *SCOPE) {
            done.not_updated.push((parsed.name.clone(), "the entity has no such attribute"));
            continue;
        }
        edit.take(parsed)?;
        done.did(&parsed.name);
    }
    edit.put(book, &old, &fragment)?;
    Ok(done)
}

/// Attributes to set and to remove.
#[derive(Default)]
struct Edit {
    set: Vec<Attribute>,
    unset: Vec<(Name, Option<EntityId>)>,
}

impl Edit {
    fn take(&mut self, parsed: &Parsed) -> Result<(), Refusal> {
        match parsed.deletes() {
            true => self.unset.push((parsed.name.clone(), parsed.dataset_id.clone())),
            false => self.set.push(needs_value(parsed)?),
        }
        Ok(())
    }

    fn put(self, book: &mut Book<'_>, old: &Entity, fragment: &Fragment) -> Result<(), Refusal> {
        let key = &old.key;
        let mut changes = retyped(old, fragment);
        if !self.set.is_empty() {
            changes.push(Change::Set { key: key.clone(), attributes: self.set });
        }
        if !self.unset.is_empty() {
            changes.push(Change::Unset { key: key.clone(), attributes: self.unset });
        }
        book.put(changes)
    }
}

/// Changes parts of one attribute, or with `whole` replaces it.
pub(crate) fn partial(
    book: &mut Book<'_>,
    key: &EntityKey,
    name: &str,
    json: &Json,
    whole: bool,
) -> Result<(), Refusal> {
    let old = book.writable(key)?;
    let name = body::attribute(name)?;
    let patch = if whole { Patch::Whole } else { Patch::Part };
    let instances =
        parse_instances(name.as_str(), json, &Context::default(), patch).map_err(|e| refusal(&e))?;
    let empty = json.as_object().is_some_and(serde_json::Map::is_empty);
    if instances.is_empty() || empty {
        return Err(refusal(&LdError::bad(name.as_str(), "nothing to change")));
    }
    if name == *SCOPE {
        return Err(refusal(&LdError::bad(SCOPE, "is changed with the entity and not as an attribute")));
    }
    let mut edit = Edit::default();
    for parsed in &instances {
        let place =
            old.find(name.as_str(), parsed.dataset_id.as_ref()).map_err(|_| no_attribute(name.as_str()))?;
        if whole || parsed.deletes() {
            edit.take(parsed)?;
        } else {
            edit.set.push(onto(parsed, &old.attributes[place])?);
        }
    }
    edit.put(book, &old, &Fragment { id: None, types: vec![], attributes: vec![] })
}

fn onto(parsed: &Parsed, old: &Attribute) -> Result<Attribute, Refusal> {
    parsed.onto(old, false).map_err(|e| refusal(&e))
}

/// Removes one instance, or all of them.
pub(crate) fn delete(
    book: &mut Book<'_>,
    key: &EntityKey,
    name: &str,
    dataset_id: Option<EntityId>,
    all: bool,
) -> Result<(), Refusal> {
    let old = book.writable(key)?;
    let name = body::attribute(name)?;
    let instances = old.attributes.iter().filter(|a| a.name == name && (all || a.dataset_id == dataset_id));
    let attributes: Vec<(Name, Option<EntityId>)> =
        instances.map(|a| (a.name.clone(), a.dataset_id.clone())).collect();
    if attributes.is_empty() {
        return Err(no_attribute(name.as_str()));
    }
    book.put(vec![Change::Unset { key: key.clone(), attributes }])
}
