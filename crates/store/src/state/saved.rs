//! The state's parts as a savepoint keeps them, and a state put together from them again.

use super::State;
use super::space::{Declared, VersionKey};
use model::{Cause, Entity, EntityId, EntityKey, Name, Seq, Tenant, Time};
use std::sync::Arc;

/// A version as a savepoint keeps it.
pub(crate) enum SavedVersion<'a> {
    /// The entity was removed.
    Gone,
    /// It is the current entity.
    Current,
    /// An older one.
    Older(&'a Arc<Entity>),
}

impl State {
    /// What is declared, by type.
    pub(crate) fn saved_declarations(&self) -> impl Iterator<Item = (&Name, &Declared)> {
        self.declared.iter()
    }

    /// All entities of all tenants, by leading type and id.
    pub(crate) fn saved_entities(&self) -> impl Iterator<Item = &Arc<Entity>> {
        self.tenants.values().flat_map(|space| {
            space.types.iter().flat_map(move |(kind, table)| {
                let entities = table.ids.iter().filter_map(|id| space.entities.get(id.as_str()));
                entities.filter(move |e| e.kind() == kind.as_str())
            })
        })
    }

    /// All versions of all tenants, in the order of time for each entity.
    pub(crate) fn saved_versions(&self) -> impl Iterator<Item = (&Tenant, &VersionKey, SavedVersion<'_>)> {
        self.tenants.iter().flat_map(|(tenant, space)| {
            space.versions.iter().map(move |(key, version)| {
                let current = space.entities.get(key.0.as_str());
                let saved = match version {
                    None => SavedVersion::Gone,
                    Some(v) if current.is_some_and(|c| Arc::ptr_eq(c, v)) => SavedVersion::Current,
                    Some(v) => SavedVersion::Older(v),
                };
                (tenant, key, saved)
            })
        })
    }

    pub(crate) fn saved_receipts(&self) -> impl Iterator<Item = (Seq, &(EntityId, Name))> {
        self.receipts.iter()
    }

    pub(crate) fn saved_reactions(&self) -> impl Iterator<Item = (Seq, &Cause)> {
        self.reactions.iter()
    }

    /// Puts an entity back as it was, its names shared.
    pub(crate) fn restore_entity(&mut self, mut entity: Entity) {
        self.share_names(&mut entity);
        entity.key = self.share_key(&entity.key);
        let declared = self.declared.clone();
        self.space(&entity.key.clone()).put_new(Arc::new(entity), &declared);
    }

    /// Puts a version back; `Some(None)` is the current entity, `None` a deletion.
    pub(crate) fn restore_version(&mut self, key: EntityKey, at: Time, seq: Seq, version: Option<Option<Entity>>) {
        let version = match version {
            None => None,
            Some(None) => self.get(&key).cloned(),
            Some(Some(mut entity)) => {
                self.share_names(&mut entity);
                entity.key = self.share_key(&entity.key);
                Some(Arc::new(entity))
            }
        };
        self.space(&key).versions.insert((key.id, at, seq), version);
    }

    fn share_names(&mut self, entity: &mut Entity) {
        for kind in &mut entity.types {
            *kind = self.names.share(kind);
        }
        for a in &mut entity.attributes {
            a.name = self.names.share(&a.name);
            if let Some(unit) = &mut a.unit_code {
                *unit = self.names.share(unit);
            }
        }
    }
}
