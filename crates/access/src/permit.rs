//! The permit: proof that rights were asked for, made only here.

use crate::{Principal, Right, Scope};
use model::{Actor, Entity, EntityId, Name, Time};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A principal has no right for an action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no right for {action}")]
pub struct Denied {
    /// The action that was asked for.
    pub action: Name,
}

/// All rows of rights that are in force, and the only maker of permits.
#[derive(Clone, Debug, Default)]
pub struct Access {
    rights: Arc<[Right]>,
}

/// Leave for one principal to do one action, with what it may touch.
/// It carries the rights that matched, so scopes fold on demand and the permit can travel to the pen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Permit {
    principal: Arc<Principal>,
    action: Name,
    rights: Arc<[Right]>,
    whole: bool,
}

impl Access {
    /// An access over these rows.
    #[must_use]
    pub fn new(rights: Vec<Right>) -> Self {
        Self { rights: rights.into() }
    }

    /// The rows in force.
    #[must_use]
    pub fn rights(&self) -> &[Right] {
        &self.rights
    }

    /// Asks for leave to do an action (`read`, or a command's name) at a time.
    ///
    /// # Errors
    /// `Denied` when no row of the principal's roles allows it.
    pub fn permit(&self, principal: &Arc<Principal>, action: &str, at: Time) -> Result<Permit, Denied> {
        let rights: Vec<Right> = self
            .rights
            .iter()
            .filter(|r| principal.has_role(r.role.as_str()) && r.allows(action, at))
            .cloned()
            .collect();
        let action = Name::new(action);
        if rights.is_empty() {
            return Err(Denied { action });
        }
        Ok(Permit { principal: principal.clone(), action, rights: rights.into(), whole: false })
    }

    /// Leave for one of the city's own engines (the reactor, installing packs, the control socket).
    #[must_use]
    pub fn city(engine: &str, action: &str) -> Permit {
        let principal = Principal {
            id: EntityId::new(format!("urn:ngsi-ld:Engine:{engine}")),
            via: Name::new("reactor"),
            roles: vec![],
            ..Principal::public(None)
        };
        Permit {
            principal: Arc::new(principal),
            action: Name::new(action),
            rights: Arc::new([]),
            whole: true,
        }
    }

    /// Leave for a device that has proved itself: it may only observe.
    #[must_use]
    pub fn device(device: &EntityId, remote: Option<Name>) -> Permit {
        let principal = Principal {
            id: device.clone(),
            roles: vec![Name::new("device")],
            via: Name::new("device"),
            ..Principal::public(remote)
        };
        Permit {
            principal: Arc::new(principal),
            action: Name::new("gateway.observe"),
            rights: Arc::new([]),
            whole: true,
        }
    }
}

impl Permit {
    /// Who has it.
    #[must_use]
    pub fn principal(&self) -> &Arc<Principal> {
        &self.principal
    }

    /// For what.
    #[must_use]
    pub fn action(&self) -> &Name {
        &self.action
    }

    /// What it opens of a type.
    #[must_use]
    pub fn scope(&self, kind: &str) -> Scope {
        if self.whole {
            return Scope::whole();
        }
        Scope::fold(&self.principal, self.rights.iter().filter(|r| r.covers_type(kind)))
    }

    /// Whether it opens this row.
    #[must_use]
    pub fn sees(&self, entity: &Entity) -> bool {
        self.whole || self.scope(entity.kind()).sees(entity)
    }

    /// The actor that a batch names.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.principal.actor(self.rights.first().map(|r| r.id.clone()))
    }

    /// Whether it is the city's own.
    #[must_use]
    pub fn is_city(&self) -> bool {
        self.whole && self.principal.via == "reactor"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Columns, Rows};
    use model::{Attribute, EntityKey, Value};

    fn right(id: &str, role: &str, action: &str, rows: Rows) -> Right {
        Right {
            id: Name::new(id),
            role: Name::new(role),
            actions: vec![Name::new(action)],
            types: vec![Name::new("Task")],
            columns: Columns::All,
            rows,
            attribute: None,
            purpose: None,
            from: None,
            to: None,
            article: None,
        }
    }

    fn handler(body: &str) -> Arc<Principal> {
        Arc::new(Principal {
            id: EntityId::new("urn:p:1"),
            roles: vec![Name::new("handler")],
            body: Some(EntityId::new(body)),
            ..Principal::public(None)
        })
    }

    fn task(body: &str) -> Entity {
        let mut attributes = vec![
            Attribute::new("body", Value::Id(EntityId::new(body))),
            Attribute::new("phone", Value::text("1")),
        ];
        attributes.sort_by(|a, b| a.name.cmp(&b.name));
        Entity {
            key: EntityKey::city("urn:t:1"),
            types: vec![Name::new("Task")],
            attributes,
            created_at: Time(0),
            modified_at: Time(0),
            version: 1,
        }
    }

    #[test]
    fn a_handler_sees_the_tasks_of_its_body_only() {
        let access = Access::new(vec![right("r1", "handler", "flow.*", Rows::OwnBody)]);
        let permit = access.permit(&handler("urn:b:1"), "flow.reply", Time(0)).unwrap();
        assert!(permit.sees(&task("urn:b:1")));
        assert!(!permit.sees(&task("urn:b:2")));
        assert_eq!(permit.actor().right, Some(Name::new("r1")));
        assert!(access.permit(&handler("urn:b:1"), "read", Time(0)).is_err());
        assert!(access.permit(&Arc::new(Principal::public(None)), "flow.reply", Time(0)).is_err());
    }

    #[test]
    fn a_right_ends_with_its_date_and_another_role_adds_nothing() {
        let mut r = right("r1", "handler", "read", Rows::All);
        r.to = Some(Time(100));
        let access = Access::new(vec![r, right("r2", "auditor", "read", Rows::All)]);
        assert!(access.permit(&handler("urn:b:1"), "read", Time(99)).is_ok());
        assert!(access.permit(&handler("urn:b:1"), "read", Time(100)).is_err());
    }

    #[test]
    fn columns_and_purposes_fold_by_row() {
        let mut narrow = right("all", "handler", "read", Rows::All);
        narrow.columns = Columns::Only(vec![Name::new("body")]);
        let mut own = right("own", "handler", "read", Rows::OwnBody);
        own.purpose = Some(Name::new("case_handling"));
        let permit = Access::new(vec![narrow, own]).permit(&handler("urn:b:1"), "read", Time(0)).unwrap();
        let scope = permit.scope("Task");
        assert_eq!(scope.project(&task("urn:b:2")).unwrap().attributes.len(), 1);
        assert_eq!(scope.project(&task("urn:b:1")).unwrap().attributes.len(), 2);
        assert_eq!(scope.purpose(&task("urn:b:1"), "phone"), Some(&Name::new("case_handling")));
        assert_eq!(scope.purpose(&task("urn:b:2"), "phone"), None);
        assert!(permit.scope("Other").is_empty());
    }

    #[test]
    fn the_city_s_own_permit_opens_everything() {
        let permit = Access::city("flow", "flow.open");
        assert!(permit.sees(&task("urn:b:9")) && permit.is_city());
        assert!(!Access::device(&EntityId::new("urn:d:1"), None).is_city());
    }
}
