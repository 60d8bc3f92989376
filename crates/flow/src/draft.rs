//! A working copy over the state: a decision of several steps reads what it has written.

use model::{Attribute, Change, Entity, EntityId, EntityKey, Name, Time, Value};
use std::collections::{BTreeMap, BTreeSet};
use store::State;

/// One entity being written.
struct Work {
    entity: Entity,
    new: bool,
    touched: BTreeSet<Name>,
}

/// The changes of one decision.
pub(crate) struct Draft<'a> {
    state: &'a State,
    works: BTreeMap<EntityId, Work>,
    order: Vec<EntityId>,
}

impl<'a> Draft<'a> {
    /// A draft without changes.
    pub(crate) fn new(state: &'a State) -> Self {
        Self { state, works: BTreeMap::new(), order: Vec::new() }
    }

    /// The entity as the draft leaves it.
    pub(crate) fn read(&self, id: &EntityId) -> Option<&Entity> {
        let work = self.works.get(id).map(|w| &w.entity);
        work.or_else(|| self.state.city(id.as_str()).map(|e| &**e))
    }

    /// A new entity with these attributes; null ones are left out.
    pub(crate) fn create(&mut self, id: &EntityId, kind: &Name, attributes: Vec<(&str, Value)>, now: Time) {
        let mut attributes: Vec<_> = attributes
            .into_iter()
            .filter(|(_, v)| *v != Value::Null)
            .map(|(n, v)| Attribute::new(n, v))
            .collect();
        attributes.sort_by(|a, b| a.name.cmp(&b.name));
        let key = EntityKey::city(id.clone());
        let entity = Entity {
            key,
            types: vec![kind.clone()],
            attributes,
            created_at: now,
            modified_at: now,
            version: 0,
        };
        self.works.insert(id.clone(), Work { entity, new: true, touched: BTreeSet::new() });
        self.order.push(id.clone());
    }

    /// Sets an attribute; an equal value changes nothing, and so does null for one that is not there.
    pub(crate) fn set(&mut self, id: &EntityId, name: &str, value: impl Into<Value>) {
        let value = value.into();
        let Some(present) = self.read(id) else { return };
        if present.value(name).unwrap_or(&Value::Null) == &value {
            return;
        }
        if !self.works.contains_key(id) {
            let entity = present.clone();
            self.works.insert(id.clone(), Work { entity, new: false, touched: BTreeSet::new() });
            self.order.push(id.clone());
        }
        let Some(work) = self.works.get_mut(id) else { return };
        work.touched.insert(Name::new(name));
        match work.entity.find(name, None) {
            Ok(i) => work.entity.attributes[i] = Attribute::new(name, value),
            Err(i) => work.entity.attributes.insert(i, Attribute::new(name, value)),
        }
    }

    /// The changes, in the order in which the entities were first touched.
    pub(crate) fn finish(mut self) -> Vec<Change> {
        let mut changes = Vec::with_capacity(self.order.len());
        for id in &self.order {
            let Some(Work { entity, new, touched }) = self.works.remove(id) else { continue };
            let Entity { key, types, mut attributes, .. } = entity;
            if new {
                attributes.retain(|a| a.value != Value::Null);
                changes.push(Change::Create { key, types, attributes });
            } else if !touched.is_empty() {
                attributes.retain(|a| a.dataset_id.is_none() && touched.contains(&a.name));
                changes.push(Change::Set { key, attributes });
            }
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_is_written() {
        let pen = crate::pen::Pen::new();
        let mut draft = Draft::new(pen.state());
        let (body, new) = (EntityId::new(crate::pen::ECO), EntityId::new("urn:ngsi-ld:Case:1"));
        draft.set(&body, "kind", "department");
        draft.set(&body, "extra", Value::Null);
        draft.set(&EntityId::new("urn:no:1"), "a", 1.0);
        assert!(draft.order.is_empty());
        draft.create(&new, &Name::new("Case"), vec![("b", 1.0.into()), ("a", Value::Null)], Time(5));
        draft.set(&new, "a", "x");
        draft.set(&body, "kind", "bureau");
        assert_eq!(draft.read(&body).unwrap().text("kind"), Some("bureau"));
        let changes = draft.finish();
        let names = |c: &Change| c.attributes().iter().map(|a| a.name.to_string()).collect::<Vec<_>>();
        assert!(matches!(&changes[..], [Change::Create { .. }, Change::Set { .. }]));
        assert_eq!(
            (names(&changes[0]), names(&changes[1])),
            (vec!["a".to_owned(), "b".into()], vec!["kind".into()])
        );
    }
}
