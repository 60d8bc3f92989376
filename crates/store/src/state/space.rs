//! The entities of one tenant, by id and by type, with indexes and versions.

use super::entities::Entities;
use super::index::{Index, enter, leave, projections};
use imbl::{OrdMap, OrdSet};
use model::{Entity, EntityId, Name, Seq, Time};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is declared of a type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Declared {
    pub(crate) indexes: BTreeSet<Name>,
    pub(crate) versioned: bool,
}

/// Declarations by type.
pub(crate) type Declarations = BTreeMap<Name, Declared>;

/// Entities of one type: their ids, and an index per declared attribute.
#[derive(Clone, Default)]
pub(crate) struct TypeTable {
    pub(crate) ids: OrdSet<EntityId>,
    pub(crate) indexes: OrdMap<Name, Index>,
}

/// Id, time and number of the commit that made a version; the order of time.
pub(crate) type VersionKey = (EntityId, Time, Seq);

/// The entities of one tenant.
#[derive(Clone, Default)]
pub(crate) struct Space {
    pub(crate) entities: Entities,
    pub(crate) types: OrdMap<Name, TypeTable>,
    /// Versions of versioned types; none marks a deletion.
    pub(crate) versions: OrdMap<VersionKey, Option<Arc<Entity>>>,
}

impl Space {
    /// Puts an entity in place of what was there, and keeps lists and indexes true.
    pub(crate) fn put(&mut self, entity: Arc<Entity>, declared: &Declarations) {
        if let Some(old) = self.entities.get(entity.key.id.as_str()).cloned() {
            self.unlist(&old);
        }
        self.keep_version(&entity, declared);
        self.enlist(&entity, declared);
        self.entities.insert(entity);
    }

    /// Puts entities of which nothing is there, and keeps no versions.
    pub(crate) fn put_many(&mut self, entities: &[Arc<Entity>], declared: &Declarations) {
        self.entities.insert_many(entities);
        entities.iter().for_each(|e| self.enlist(e, declared));
    }

    fn enlist(&mut self, entity: &Entity, declared: &Declarations) {
        for kind in kinds_of(entity) {
            let table = self.table(kind, declared);
            table.ids.insert(entity.key.id.clone());
            let names: Vec<Name> = table.indexes.keys().cloned().collect();
            for name in names {
                if let Some(index) = table.indexes.get_mut(&name) {
                    enter(index, entity, &name);
                }
            }
        }
    }

    /// Removes an entity; a versioned one leaves a mark at `at`.
    pub(crate) fn delete(&mut self, id: &EntityId, at: Time, seq: Seq, declared: &Declarations) {
        let Some(old) = self.entities.remove(id.as_str()) else { return };
        self.unlist(&old);
        if is_versioned(&old, declared) {
            self.versions.insert((old.key.id.clone(), at, seq), None);
        }
    }

    /// Keeps the entity as a version when its leading type is versioned.
    pub(crate) fn keep_version(&mut self, entity: &Arc<Entity>, declared: &Declarations) {
        if is_versioned(entity, declared) {
            let key = (entity.key.id.clone(), entity.modified_at, entity.version);
            self.versions.insert(key, Some(entity.clone()));
        }
    }

    /// Moves the index entries of an entity of which only some attributes changed.
    pub(crate) fn reindex(&mut self, old: &Entity, new: &Entity, touched: &[(Name, Name)]) {
        for (kind, attribute) in touched {
            let Some(index) = self.types.get_mut(kind).and_then(|t| t.indexes.get_mut(attribute)) else {
                continue;
            };
            if projections(old, attribute.as_str()) != projections(new, attribute.as_str()) {
                leave(index, old, attribute);
                enter(index, new, attribute);
            }
        }
    }

    /// Adds an index of a type from the entities that are there; nothing when there is one.
    pub(crate) fn build_index(&mut self, kind: &Name, attribute: &Name) {
        let Some(table) = self.types.get_mut(kind).filter(|t| !t.indexes.contains_key(attribute)) else {
            return;
        };
        let mut index = Index::new();
        for entity in table.ids.iter().filter_map(|id| self.entities.get(id.as_str())) {
            enter(&mut index, entity, attribute);
        }
        table.indexes.insert(attribute.clone(), index);
    }

    /// Keeps what is there now as the first version of each entity of the type.
    pub(crate) fn begin_versions(&mut self, kind: &Name, declared: &Declarations) {
        let Some(table) = self.types.get(kind) else { return };
        let present: Vec<_> =
            table.ids.iter().filter_map(|id| self.entities.get(id.as_str())).cloned().collect();
        for entity in &present {
            self.keep_version(entity, declared);
        }
    }

    /// The version that stood at `at`; for a type without versions the current one, when it is as old as that.
    pub(crate) fn version_at(&self, id: &EntityId, at: Time) -> Option<&Arc<Entity>> {
        if let Some(now) = self.entities.get(id.as_str()).filter(|e| e.modified_at <= at) {
            return Some(now);
        }
        let (key, version) = self.versions.get_prev(&(id.clone(), at, Seq::MAX))?;
        version.as_ref().filter(|_| key.0 == *id)
    }

    fn table(&mut self, kind: &Name, declared: &Declarations) -> &mut TypeTable {
        self.types.entry(kind.clone()).or_insert_with(|| {
            let names = declared.get(kind).into_iter().flat_map(|d| &d.indexes);
            TypeTable { ids: OrdSet::new(), indexes: names.map(|n| (n.clone(), Index::new())).collect() }
        })
    }

    fn unlist(&mut self, old: &Entity) {
        for kind in kinds_of(old) {
            let Some(table) = self.types.get_mut(kind) else { continue };
            table.ids.remove(&old.key.id);
            let names: Vec<Name> = table.indexes.keys().cloned().collect();
            for name in names {
                if let Some(index) = table.indexes.get_mut(&name) {
                    leave(index, old, &name);
                }
            }
        }
    }
}

/// Whether every version of the entity is kept: its leading type says so.
pub(crate) fn is_versioned(entity: &Entity, declared: &Declarations) -> bool {
    declared.get(entity.kind()).is_some_and(|d| d.versioned)
}

/// The types in whose lists an entity stands; one without a type stands in the list of the empty name, so
/// that the lists together hold every entity.
pub(crate) fn kinds_of(entity: &Entity) -> &[Name] {
    static NONE: std::sync::LazyLock<[Name; 1]> = std::sync::LazyLock::new(|| [Name::new("")]);
    if entity.types.is_empty() { &*NONE } else { &entity.types }
}
