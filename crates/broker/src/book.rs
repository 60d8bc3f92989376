//! The changes that one command makes, checked one after the other against what stands after those before.

use crate::owners::Owners;
use crate::problem::{no_entity, refusal};
use access::Permit;
use door::{Decision, Moment, Refusal, RefusalKind};
use model::{Actor, Change, Class, Commit, Entity, EntityKey, Header, Name, Outcome, Time};
use ngsild::{Context, TypeSelection};
use serde_json::Value as Json;
use std::sync::Arc;
use store::State;

pub(crate) struct Book<'a> {
    state: State,
    pub owners: &'a Owners,
    permit: &'a Permit,
    now: Time,
    changes: Vec<Change>,
    types: Option<TypeSelection>,
}

impl<'a> Book<'a> {
    /// A book over a snapshot, which costs a few reference counts.
    pub fn new(at: &Moment<'_>, owners: &'a Owners, permit: &'a Permit) -> Self {
        Self { state: at.state.clone(), owners, permit, now: at.now, changes: Vec::new(), types: None }
    }

    /// From now on only entities of these types are found (the request's `type`).
    pub fn only(&mut self, types: Option<&str>) -> Result<(), Refusal> {
        let parsed = types.map(|t| TypeSelection::parse(t, &Context::default())).transpose();
        self.types = parsed.map_err(|e| refusal(&e))?;
        Ok(())
    }

    /// Whether there is an entity, seen or not.
    pub fn exists(&self, key: &EntityKey) -> bool {
        self.state.get(key).is_some()
    }

    /// The entity, when the caller may see it and the broker may write it.
    pub fn writable(&self, key: &EntityKey) -> Result<Arc<Entity>, Refusal> {
        let typed = |e: &Entity| self.types.as_ref().is_none_or(|t| t.matches(&e.types));
        let seen = self.state.get(key).filter(|e| typed(e) && self.permit.sees(e));
        let entity = seen.ok_or_else(|| no_entity(key.id.as_str()))?;
        self.owners.may_write(&entity.types)?;
        Ok(entity.clone())
    }

    /// Takes changes of one entity, all or none.
    pub fn put(&mut self, changes: Vec<Change>) -> Result<(), Refusal> {
        for change in &changes {
            self.check(change)?;
        }
        for change in &changes {
            self.apply(change.clone());
        }
        self.changes.extend(changes);
        Ok(())
    }

    fn check(&self, change: &Change) -> Result<(), Refusal> {
        let present = self.state.get(change.key());
        match change {
            Change::Create { key, types, attributes } => {
                let entity = self.made(key, types, attributes);
                self.owners.may_write(&entity.types)?;
                self.owners.fits(entity.kind(), attributes, true)?;
                let names = attributes.iter().map(|a| &a.name);
                let gone = present.iter().flat_map(|e| e.attributes.iter().map(|a| &a.name));
                self.columns(&entity, names.chain(gone))
            }
            Change::Set { attributes, .. } => {
                let entity = present.ok_or_else(|| no_entity(change.key().id.as_str()))?;
                self.owners.fits(entity.kind(), attributes, false)?;
                self.columns(entity, attributes.iter().map(|a| &a.name))
            }
            Change::Unset { attributes, .. } => {
                let entity = present.ok_or_else(|| no_entity(change.key().id.as_str()))?;
                if let Some((name, _)) = attributes
                    .iter()
                    .find(|(n, d)| d.is_none() && self.owners.requires(entity.kind(), n.as_str()))
                {
                    return Err(Refusal::new(
                        RefusalKind::Invalid,
                        name.as_str(),
                        "这一项必须有，不能删除",
                        "is required and cannot be removed",
                    ));
                }
                self.columns(entity, attributes.iter().map(|(n, _)| n))
            }
            Change::Delete { .. } => Ok(()),
        }
    }

    /// The permit must open the row and every column that is touched.
    fn columns<'n>(&self, entity: &Entity, mut names: impl Iterator<Item = &'n Name>) -> Result<(), Refusal> {
        let scope = self.permit.scope(entity.kind());
        if !scope.sees(entity) {
            let (zh, en) = ("没有改动这一条的权限", "no right to change this entity");
            return Err(Refusal::new(RefusalKind::Forbidden, "id", zh, en));
        }
        match names.find(|n| !scope.column(entity, n.as_str())) {
            None => Ok(()),
            Some(name) => {
                let (zh, en) = ("没有改动这个属性的权限", "no right to change this attribute");
                Err(Refusal::new(RefusalKind::Forbidden, name.as_str(), zh, en))
            }
        }
    }

    fn made(&self, key: &EntityKey, types: &[Name], attributes: &[model::Attribute]) -> Entity {
        Entity {
            key: key.clone(),
            types: types.to_vec(),
            attributes: attributes.to_vec(),
            created_at: self.now,
            modified_at: self.now,
            version: 0,
        }
    }

    /// What comes later in the command sees what came before.
    fn apply(&mut self, change: Change) {
        let header = Header {
            seq: self.state.seq() + 1,
            epoch: self.state.epoch(),
            recorded_at: self.now,
            class: Class::Governed,
            actor: Actor { via: Name::new("book"), ..self.permit.actor() },
            command: self.permit.action().clone(),
            idempotency_key: None,
            reacted_to: None,
            pack: None,
            outcome: Outcome::Accepted,
        };
        self.state.apply(&Commit { header, changes: vec![change], frame: None });
    }

    /// What was decided. Values that all carry their time of observation are telemetry, all else is kept.
    pub fn decision(self, answer: Json) -> Decision {
        let timed = |c: &Change| match c {
            Change::Set { attributes, .. } => attributes.iter().all(|a| a.observed_at.is_some()),
            _ => false,
        };
        let class = if self.changes.iter().all(timed) { Class::Telemetry } else { Class::Governed };
        Decision { class, answer, ..Decision::governed(self.changes) }
    }
}
