//! The state of the city: what all commits so far make of it, in persistent maps.
//!
//! A clone is a snapshot and costs a few reference counts, whatever the size. Everything that a reader takes
//! out is shared (`Arc`), so a reader keeps one consistent position and never waits for the writer.

mod apply;
mod entities;
mod index;
mod names;
mod recent;
#[cfg(test)]
mod replay_tests;
mod saved;
mod space;
#[cfg(test)]
mod tests;

pub use index::IndexValue;
pub(crate) use index::{Index, sort_key};
pub(crate) use names::Names;
pub(crate) use saved::SavedVersion;
pub(crate) use space::{Space, TypeTable};

use imbl::OrdMap;
use model::{Cause, Entity, EntityId, EntityKey, Epoch, Name, Seq, Tenant, Time};
use recent::Recent;
use space::Declarations;
use std::ops::Bound;
use std::sync::Arc;

/// What a schema asks of the state for one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The type.
    pub kind: Name,
    /// Attributes with an index, for equality, ranges and sorting.
    pub indexes: Vec<Name>,
    /// Whether every version is kept (house decision 7.5).
    pub versioned: bool,
}

/// The state of the city at one position. `clone` is a snapshot.
#[derive(Clone, Default)]
pub struct State {
    pub(crate) seq: Seq,
    pub(crate) epoch: Epoch,
    pub(crate) recorded_at: Time,
    pub(crate) declared: Arc<Declarations>,
    pub(crate) tenants: OrdMap<Tenant, Space>,
    pub(crate) names: Names,
    pub(crate) receipts: Recent<(EntityId, Name)>,
    pub(crate) reactions: Recent<Cause>,
}

impl State {
    /// An empty state with what the schemas declare. `State::default()` is one without declarations.
    #[must_use]
    pub fn new(declarations: impl IntoIterator<Item = Declaration>) -> Self {
        let mut state = Self::default();
        for d in declarations {
            state.declare(&d);
        }
        state
    }

    /// Declares all that a schema asks for one type; what is declared already stays.
    pub fn declare(&mut self, declaration: &Declaration) {
        for attribute in &declaration.indexes {
            self.declare_index(&declaration.kind, attribute);
        }
        if declaration.versioned {
            self.declare_versioned(&declaration.kind);
        }
    }

    /// Declares an index of an attribute and builds it from the entities that are there. Doing it again
    /// changes nothing.
    pub fn declare_index(&mut self, kind: &Name, attribute: &Name) {
        let (kind, attribute) = (self.names.share(kind), self.names.share(attribute));
        let entry = Arc::make_mut(&mut self.declared).entry(kind.clone()).or_default();
        if !entry.indexes.insert(attribute.clone()) {
            return;
        }
        for tenant in self.tenants.keys().cloned().collect::<Vec<_>>() {
            if let Some(space) = self.tenants.get_mut(&tenant) {
                space.build_index(&kind, &attribute);
            }
        }
    }

    /// Declares that every version of this type (as the leading one of an entity) is kept from now on; the
    /// current entities become their first known version.
    pub fn declare_versioned(&mut self, kind: &Name) {
        let kind = self.names.share(kind);
        let entry = Arc::make_mut(&mut self.declared).entry(kind.clone()).or_default();
        if std::mem::replace(&mut entry.versioned, true) {
            return;
        }
        let declared = self.declared.clone();
        for tenant in self.tenants.keys().cloned().collect::<Vec<_>>() {
            if let Some(space) = self.tenants.get_mut(&tenant) {
                space.begin_versions(&kind, &declared);
            }
        }
    }

    /// Number of the last commit applied; 0 before the first.
    #[must_use]
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// The greatest epoch applied.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// When the last commit was accepted: the city's own time.
    #[must_use]
    pub fn recorded_at(&self) -> Time {
        self.recorded_at
    }

    /// An entity by tenant and id.
    #[must_use]
    pub fn get(&self, key: &EntityKey) -> Option<&Arc<Entity>> {
        self.tenants.get(&key.tenant)?.entities.get(key.id.as_str())
    }

    /// An entity of the city's own tenant by id.
    #[must_use]
    pub fn city(&self, id: &str) -> Option<&Arc<Entity>> {
        self.tenants.get("")?.entities.get(id)
    }

    /// The entity as it stood at a recorded time. Of a type without versions only the current one is known,
    /// and nothing is answered for a time before it.
    #[must_use]
    pub fn version_at(&self, key: &EntityKey, at: Time) -> Option<&Arc<Entity>> {
        self.tenants.get(&key.tenant)?.version_at(&key.id, at)
    }

    /// The commit that a principal's idempotency key was accepted with, among the newest 200,000.
    #[must_use]
    pub fn receipt(&self, principal: &EntityId, key: &Name) -> Option<Seq> {
        self.receipts.get(&(principal.clone(), key.clone()))
    }

    /// The commit in which an engine reacted to a cause, among the newest 200,000.
    #[must_use]
    pub fn reaction(&self, cause: &Cause) -> Option<Seq> {
        self.reactions.get(cause)
    }

    /// How many entities of the type the city's own tenant has.
    #[must_use]
    pub fn count(&self, kind: &str) -> usize {
        self.table(&Tenant::city(), kind).map_or(0, |t| t.ids.len())
    }

    /// All entities of the type in the city's own tenant, in the order of ids.
    pub fn all(&self, kind: &str) -> impl Iterator<Item = &Arc<Entity>> {
        let space = self.tenants.get("");
        let ids = space.and_then(|s| s.types.get(kind)).map(|t| t.ids.iter());
        ids.into_iter().flatten().filter_map(move |id| space?.entities.get(id.as_str()))
    }

    /// The same from the id after `after` on, so that a long list can be read in pages.
    pub fn all_after<'s>(
        &'s self,
        kind: &str,
        after: Option<&EntityId>,
    ) -> impl Iterator<Item = &'s Arc<Entity>> + use<'s> {
        let space = self.tenants.get("");
        let from = after.map_or(Bound::Unbounded, |id| Bound::Excluded(id.clone()));
        let ids = space.and_then(|s| s.types.get(kind)).map(|t| t.ids.range((from, Bound::Unbounded)));
        ids.into_iter().flatten().filter_map(move |id| space?.entities.get(id.as_str()))
    }

    /// The types of the city's own tenant that have entities, with their numbers.
    #[must_use]
    pub fn kinds(&self) -> Vec<(Name, usize)> {
        let types = self.tenants.get("").into_iter().flat_map(|s| s.types.iter());
        types.filter(|(n, t)| !t.ids.is_empty() && *n != "").map(|(n, t)| (n.clone(), t.ids.len())).collect()
    }

    pub(crate) fn table(&self, tenant: &Tenant, kind: &str) -> Option<&TypeTable> {
        self.tenants.get(tenant)?.types.get(kind)
    }

    pub(crate) fn in_space(&self, tenant: &Tenant) -> Option<&Space> {
        self.tenants.get(tenant)
    }
}
