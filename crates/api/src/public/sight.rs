//! What one caller sees of the city at one position. Every reader of the pages looks through it.

use crate::shape;
use crate::{City, Problem};
use access::{Permit, Principal};
use door::Snapshot;
use model::{Entity, EntityId, Name, Time, Value};
use std::collections::HashMap;
use std::sync::Arc;
use store::{Condition, Select, Sort};

use super::wire::T;

/// A snapshot, the leave to read it, and the time.
pub(crate) struct Sight {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) permit: Permit,
    pub(crate) now: Time,
}

impl Sight {
    /// The sight of a caller.
    ///
    /// # Errors
    /// 403 when it may read nothing at all.
    pub(crate) fn of(city: &City, who: &Arc<Principal>) -> Result<Self, Problem> {
        let snapshot = city.snapshot();
        let permit = city.permit(&snapshot.access, who, "read")?;
        Ok(Self { snapshot, permit, now: city.now() })
    }

    /// The sight of anybody.
    ///
    /// # Errors
    /// 403 when no pack opens anything to the public.
    pub(crate) fn public(city: &City) -> Result<Self, Problem> {
        Self::of(city, &Arc::new(Principal::public(None)))
    }

    /// An entity with the columns that are open, or none when it is not there or closed.
    pub(crate) fn see(&self, id: &EntityId) -> Option<Entity> {
        self.project(self.snapshot.state.city(id.as_str())?)
    }

    /// The open columns of an entity.
    pub(crate) fn project(&self, entity: &Entity) -> Option<Entity> {
        self.permit.scope(entity.kind()).project(entity)
    }

    /// An entity of a type that must be there and open.
    ///
    /// # Errors
    /// 404, the same whether it is not there or closed.
    pub(crate) fn must(&self, id: &str, kind: &Name) -> Result<Entity, Problem> {
        let id = EntityId::checked(id).map_err(|e| Problem::invalid("id", "不是编号", e.to_string()))?;
        self.see(&id).filter(|e| e.kind() == kind.as_str()).ok_or_else(|| Problem::missing(id.as_str()))
    }

    /// Open entities of a type that fulfil a condition, newest by an attribute first, at most `limit`.
    pub(crate) fn list(
        &self,
        kind: &Name,
        conditions: Vec<Condition>,
        newest: Option<&str>,
        limit: usize,
    ) -> Vec<Entity> {
        let mut select = Select::city(kind.clone(), limit);
        select.conditions = conditions;
        select.sort = newest.map(|a| Sort { attribute: Name::new(a), descending: true });
        let scope = self.permit.scope(kind.as_str());
        match self.snapshot.state.select(&select) {
            Ok(page) => page.entities.iter().filter_map(|e| scope.project(e)).collect(),
            Err(e) => {
                tracing::warn!(kind = %kind, reason = %e, "list not answered");
                vec![]
            }
        }
    }

    /// The name of an entity. Names of bodies, areas, persons and things stand on what a caller sees.
    pub(crate) fn name(&self, id: &EntityId) -> T {
        shape::name_of(&self.snapshot.state, id).into()
    }

    /// The title of a type.
    pub(crate) fn type_title(&self, kind: &str) -> T {
        let title = self.snapshot.schemas.get(kind).map(|s| s.title.clone()).filter(|t| !t.zh.is_empty());
        title.map_or_else(|| T::of(kind, kind), T::from)
    }
}

/// A text attribute in both languages.
pub(crate) fn text(entity: &Entity, attribute: &str) -> Option<T> {
    shape::text_at(entity, attribute).map(T::from)
}

/// The ids of a list attribute; one id counts as a list of one.
pub(crate) fn ids(entity: &Entity, attribute: &str) -> Vec<EntityId> {
    match entity.value(attribute) {
        Some(Value::List(items)) => items.iter().filter_map(Value::as_str).map(EntityId::new).collect(),
        Some(one) => one.as_id().cloned().into_iter().collect(),
        None => vec![],
    }
}

/// The words of a list attribute; one word counts as a list of one.
pub(crate) fn words(entity: &Entity, attribute: &str) -> Vec<String> {
    match entity.value(attribute) {
        Some(Value::List(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(one) => one.as_str().map(str::to_owned).into_iter().collect(),
        None => vec![],
    }
}

/// Whether an attribute is true.
pub(crate) fn flag(entity: &Entity, attribute: &str) -> bool {
    entity.value(attribute).and_then(Value::as_bool) == Some(true)
}

/// The level of an alert or case; 4 when it has none.
pub(crate) fn level(entity: &Entity) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held within 1 and 4")]
    entity.number("level").map_or(4, |n| n.clamp(1.0, 4.0) as u8)
}

/// The gravest level of the active alarms about each subject.
pub(crate) fn gravest<'a>(alarms: impl Iterator<Item = &'a Entity>) -> HashMap<EntityId, u8> {
    let mut levels: HashMap<EntityId, u8> = HashMap::new();
    for alarm in alarms {
        if let Some(subject) = alarm.object("subject") {
            let own = level(alarm);
            levels.entry(subject.clone()).and_modify(|l| *l = own.min(*l)).or_insert(own);
        }
    }
    levels
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use model::{Attribute, EntityKey};

    /// An entity with these attributes.
    pub(crate) fn entity(id: &str, kind: &str, attributes: Vec<(&str, Value)>) -> Entity {
        let mut attributes: Vec<_> = attributes.into_iter().map(|(n, v)| Attribute::new(n, v)).collect();
        attributes.sort_by(|a, b| a.name.cmp(&b.name));
        Entity {
            key: EntityKey::city(id),
            types: vec![kind.into()],
            attributes,
            created_at: Time(0),
            modified_at: Time(0),
            version: 1,
        }
    }

    #[test]
    fn lists_and_single_values_read_alike() {
        let e = entity(
            "urn:a:1",
            "A",
            vec![
                ("one", Value::Id("urn:b:1".into())),
                ("many", Value::list([Value::Id("urn:b:1".into()), Value::text("urn:b:2")])),
                ("yes", true.into()),
            ],
        );
        assert_eq!((ids(&e, "one").len(), ids(&e, "many").len(), ids(&e, "none").len()), (1, 2, 0));
        assert_eq!(words(&e, "many"), ["urn:b:1", "urn:b:2"]);
        assert!(flag(&e, "yes") && !flag(&e, "one"));
    }

    #[test]
    fn the_gravest_alarm_of_a_subject_counts() {
        let alarm = |n: &str, subject: &str, level: f64| {
            entity(n, "Alert", vec![("subject", Value::Id(subject.into())), ("level", level.into())])
        };
        let alarms = [
            alarm("urn:x:1", "urn:s:1", 3.0),
            alarm("urn:x:2", "urn:s:1", 1.0),
            alarm("urn:x:3", "urn:s:2", 9.0),
        ];
        let levels = gravest(alarms.iter());
        assert_eq!((levels[&EntityId::new("urn:s:1")], levels[&EntityId::new("urn:s:2")]), (1, 4));
        assert_eq!(level(&entity("urn:x:4", "Alert", vec![])), 4);
    }
}
