//! Retrieves one entity (5.7.1).

use access::{Permit, Scope};
use model::{Entity, EntityKey, Name};
use ngsild::{ErrorKind, LdError};
use serde_json::Value as Json;
use store::State;

/// Which attributes are wanted; by default all that the permit opens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `attrs`: these only, and only entities that have one of them. Empty for no such wish.
    pub attrs: Vec<Name>,
    /// `pick`: these only, whether an entity has them or not. Empty for no such wish.
    pub pick: Vec<Name>,
    /// `omit`: not these.
    pub omit: Vec<Name>,
    /// `datasetId`: these instances only, `@none` for the default one. Empty for all.
    pub dataset_ids: Vec<String>,
}

impl Wanted {
    /// The entity as it is wanted; none when it has nothing of `attrs`.
    #[must_use]
    pub fn of(&self, mut entity: Entity) -> Option<Entity> {
        if !self.attrs.is_empty() && !entity.attributes.iter().any(|a| self.attrs.contains(&a.name)) {
            return None;
        }
        let within = |list: &[Name], name: &Name| list.is_empty() || list.contains(name);
        entity.attributes.retain(|a| {
            let instance = a.dataset_id.as_ref().map_or("@none", |d| d.as_str());
            within(&self.attrs, &a.name)
                && within(&self.pick, &a.name)
                && !self.omit.contains(&a.name)
                && (self.dataset_ids.is_empty() || self.dataset_ids.iter().any(|d| d == instance))
        });
        Some(entity)
    }

    /// Takes `id` and `type` out of a written entity when `pick` leaves them out or `omit` names them (7.3):
    /// they are no attributes, so `of` cannot.
    pub fn trim(&self, written: &mut Json) {
        let Json::Object(o) = written else { return };
        for name in ["id", "type"] {
            let picked = self.pick.is_empty() || self.pick.iter().any(|p| *p == name);
            if !picked || self.omit.iter().any(|p| *p == name) {
                o.remove(name);
            }
        }
    }
}

/// The entity as a scope opens it.
pub(crate) fn seen(scope: &Scope, entity: &Entity) -> Option<Entity> {
    scope.project(entity)
}

/// One entity with what the permit opens of it and the request wants.
///
/// # Errors
/// `ResourceNotFound` when it is not there, is not open to the permit, or has none of the wanted attributes.
pub fn retrieve(state: &State, permit: &Permit, key: &EntityKey, wanted: &Wanted) -> Result<Entity, LdError> {
    let entity = state.get(key).and_then(|e| seen(&permit.scope(e.kind()), e));
    let missing = || LdError::new(ErrorKind::ResourceNotFound, format!("no entity {}", key.id));
    let entity = entity.ok_or_else(missing)?;
    wanted.of(entity).ok_or_else(|| {
        LdError::new(
            ErrorKind::ResourceNotFound,
            format!("entity {} has none of the attributes asked for", key.id),
        )
    })
}
