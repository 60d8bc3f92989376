//! Applying a commit: deterministic, without a clock, never refusing.

use super::State;
use super::space::{Space, is_versioned};
use model::{Attribute, Change, Commit, Entity, EntityId, EntityKey, Name};
use std::sync::Arc;

impl State {
    /// Applies one commit. A commit of a stale epoch, or one whose number is not above the last, is dropped
    /// whole; every other is taken as it is.
    ///
    /// A `Set` or `Unset` of an entity that does not exist changes nothing. A value observed before the
    /// current one of its instance leaves the current one (only history keeps it). A `Create` of an entity
    /// that exists replaces it and keeps `created_at`.
    pub fn apply(&mut self, commit: &Commit) {
        let h = &commit.header;
        if h.epoch < self.epoch || h.seq <= self.seq {
            return;
        }
        self.seq = h.seq;
        self.epoch = h.epoch;
        self.recorded_at = self.recorded_at.max(h.recorded_at);
        for change in &commit.changes {
            match change {
                Change::Create { key, types, attributes } => self.create(key, types, attributes),
                Change::Set { key, attributes } => self.set(key, attributes),
                Change::Unset { key, attributes } => self.unset(key, attributes),
                Change::Delete { key } => self.delete(key),
            }
        }
        if let Some(key) = &h.idempotency_key {
            self.receipts.insert((h.actor.principal.clone(), key.clone()), h.seq);
        }
        if let Some(cause) = &h.reacted_to {
            let cause = model::Cause { seq: cause.seq, engine: self.names.share(&cause.engine) };
            self.reactions.insert(cause, h.seq);
        }
    }

    fn create(&mut self, key: &EntityKey, types: &[Name], attributes: &[Attribute]) {
        let before = self.get(key);
        let entity = Entity {
            key: before.map_or_else(|| self.share_key(key), |e| e.key.clone()),
            created_at: before.map_or(self.recorded_at, |e| e.created_at),
            types: types.iter().map(|t| self.names.share(t)).collect(),
            attributes: self.take_attributes(attributes),
            modified_at: self.recorded_at,
            version: self.seq,
        };
        let declared = self.declared.clone();
        self.space(key).put(Arc::new(entity), &declared);
    }

    /// Attributes of a new entity: in order, the last of several with one name and dataset id standing.
    fn take_attributes(&mut self, attributes: &[Attribute]) -> Vec<Attribute> {
        let mut out: Vec<Attribute> = Vec::with_capacity(attributes.len());
        for a in attributes {
            let mut a = a.clone();
            a.seq = self.seq;
            a.name = self.names.share(&a.name);
            a.unit_code = a.unit_code.map(|u| self.names.share(&u));
            match place(&out, &a.name, a.dataset_id.as_ref()) {
                Ok(i) => out[i] = a,
                Err(i) => out.insert(i, a),
            }
        }
        out.shrink_to_fit();
        out
    }

    fn set(&mut self, key: &EntityKey, attributes: &[Attribute]) {
        let Some(current) = self.get(key) else { return };
        if attributes.iter().all(|a| is_late(current, a)) {
            return;
        }
        let names = attributes.iter().map(|a| &a.name);
        let touched = self.touched(current, names);
        let (mut shared, stamp) = (self.names.clone(), (self.seq, self.recorded_at));
        self.edit(key, &touched, |entity| {
            for a in attributes.iter().filter(|a| !is_late(entity, a)).collect::<Vec<_>>() {
                let mut a = a.clone();
                a.seq = stamp.0;
                match place(&entity.attributes, &a.name, a.dataset_id.as_ref()) {
                    Ok(i) => {
                        let old = &mut entity.attributes[i];
                        a.name = old.name.clone();
                        a.dataset_id = old.dataset_id.take();
                        a.unit_code = match (&old.unit_code, a.unit_code) {
                            (Some(old), Some(new)) if *old == new => Some(old.clone()),
                            (_, new) => new.map(|u| shared.share(&u)),
                        };
                        *old = a;
                    }
                    Err(i) => {
                        a.name = shared.share(&a.name);
                        a.unit_code = a.unit_code.map(|u| shared.share(&u));
                        entity.attributes.reserve_exact(1);
                        entity.attributes.insert(i, a);
                    }
                }
            }
        });
        self.names = shared;
    }

    fn unset(&mut self, key: &EntityKey, attributes: &[(Name, Option<EntityId>)]) {
        let Some(current) = self.get(key) else { return };
        if attributes.iter().all(|(n, d)| place(&current.attributes, n, d.as_ref()).is_err()) {
            return;
        }
        let touched = self.touched(current, attributes.iter().map(|(n, _)| n));
        self.edit(key, &touched, |entity| {
            for (name, dataset_id) in attributes {
                if let Ok(i) = place(&entity.attributes, name, dataset_id.as_ref()) {
                    entity.attributes.remove(i);
                }
            }
            entity.attributes.shrink_to_fit();
        });
    }

    fn delete(&mut self, key: &EntityKey) {
        let (at, seq, declared) = (self.recorded_at, self.seq, self.declared.clone());
        if let Some(space) = self.tenants.get_mut(&key.tenant) {
            space.delete(&key.id, at, seq, &declared);
        }
    }

    /// The declared indexes (type, attribute) that a change of these attributes can move.
    fn touched<'a>(
        &self,
        entity: &Entity,
        names: impl Iterator<Item = &'a Name> + Clone,
    ) -> Vec<(Name, Name)> {
        let mut out = Vec::new();
        for kind in &entity.types {
            let Some(declared) = self.declared.get(kind).filter(|d| !d.indexes.is_empty()) else { continue };
            for name in names.clone().filter(|n| declared.indexes.contains(*n)) {
                if !out.iter().any(|(k, n)| k == kind && n == name) {
                    out.push((kind.clone(), name.clone()));
                }
            }
        }
        out
    }

    /// Changes an entity that exists, stamps it, and keeps versions and indexes true.
    fn edit(&mut self, key: &EntityKey, touched: &[(Name, Name)], change: impl FnOnce(&mut Entity)) {
        let (seq, at, declared) = (self.seq, self.recorded_at, self.declared.clone());
        let Some(space) = self.tenants.get_mut(&key.tenant) else { return };
        let Some(slot) = space.entities.get_mut(key.id.as_str()) else { return };
        let old = (!touched.is_empty()).then(|| slot.clone());
        let entity = Arc::make_mut(slot);
        change(entity);
        entity.version = seq;
        entity.modified_at = at;
        if old.is_none() && !is_versioned(slot, &declared) {
            return;
        }
        let new = slot.clone();
        space.keep_version(&new, &declared);
        if let Some(old) = old {
            space.reindex(&old, &new, touched);
        }
    }

    pub(super) fn space(&mut self, key: &EntityKey) -> &mut Space {
        self.tenants.entry(key.tenant.clone()).or_default()
    }

    /// The key with the tenant's text shared by all its entities.
    pub(super) fn share_key(&self, key: &EntityKey) -> EntityKey {
        let tenant = self.tenants.get_key_value(&key.tenant).map_or(&key.tenant, |(t, _)| t);
        EntityKey { tenant: tenant.clone(), id: key.id.clone() }
    }
}

/// Where the instance is among sorted attributes, or where it belongs.
fn place(attributes: &[Attribute], name: &Name, dataset_id: Option<&EntityId>) -> Result<usize, usize> {
    attributes.binary_search_by(|a| a.name.cmp(name).then_with(|| a.dataset_id.as_ref().cmp(&dataset_id)))
}

/// Whether a value was observed before the current one of its instance.
fn is_late(entity: &Entity, a: &Attribute) -> bool {
    let current = entity.find(a.name.as_str(), a.dataset_id.as_ref()).ok().map(|i| &entity.attributes[i]);
    match (a.observed_at, current.and_then(|c| c.observed_at)) {
        (Some(new), Some(now)) => new < now,
        _ => false,
    }
}
