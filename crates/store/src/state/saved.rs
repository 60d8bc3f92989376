//! The state's parts as a savepoint keeps them, and a state put together from them again.

use super::State;
use super::space::{Declared, VersionKey};
use model::{Cause, Entity, EntityId, EntityKey, Name, Seq, Tenant, Time};
use std::collections::BTreeMap;
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

    /// Puts entities back as they were; their names are shared already.
    pub(crate) fn restore_entities(&mut self, entities: Vec<Entity>) {
        let mut by_tenant: BTreeMap<Tenant, Vec<Arc<Entity>>> = BTreeMap::new();
        for mut entity in entities {
            let tenant = match by_tenant.get_key_value(&entity.key.tenant) {
                Some((tenant, _)) => tenant.clone(),
                None => entity.key.tenant.clone(),
            };
            entity.key.tenant = tenant.clone();
            by_tenant.entry(tenant).or_default().push(Arc::new(entity));
        }
        let declared = self.declared.clone();
        for (tenant, entities) in by_tenant {
            self.tenants.entry(tenant).or_default().put_many(&entities, &declared);
        }
    }

    /// Puts a version back; `Some(None)` is the current entity, `None` a deletion.
    pub(crate) fn restore_version(
        &mut self,
        key: EntityKey,
        at: Time,
        seq: Seq,
        version: Option<Option<Entity>>,
    ) {
        let version = match version {
            None => None,
            Some(None) => self.get(&key).cloned(),
            Some(Some(mut entity)) => {
                entity.key = self.share_key(&entity.key);
                Some(Arc::new(entity))
            }
        };
        self.space(&key).versions.insert((key.id, at, seq), version);
    }
}
