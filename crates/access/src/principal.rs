//! Who asks.

use model::{Actor, EntityId, Name};
use serde::{Deserialize, Serialize};

/// A person, device, token or engine that asks for something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The entity of the person or device, or `urn:ngsi-ld:Engine:name`.
    pub id: EntityId,
    /// Its roles (`duty_officer`, `handler`, `public`, …).
    pub roles: Vec<Name>,
    /// The body it belongs to.
    pub body: Option<EntityId>,
    /// The area it works for.
    pub area: Option<EntityId>,
    /// What it owns or stands for (a firm).
    pub owns: Option<EntityId>,
    /// `session`, `token`, `device`, `reactor`, `console`, `public`.
    pub via: Name,
    /// Address of the other side, when there is one.
    pub remote: Option<Name>,
}

impl Principal {
    /// Somebody without an account.
    #[must_use]
    pub fn public(remote: Option<Name>) -> Self {
        Self {
            id: EntityId::new("urn:ngsi-ld:Person:public"),
            roles: vec![Name::new("public")],
            body: None,
            area: None,
            owns: None,
            via: Name::new("public"),
            remote,
        }
    }

    /// Whether it has the role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|r| *r == role)
    }

    /// The actor of a batch that this principal's command makes.
    #[must_use]
    pub fn actor(&self, right: Option<Name>) -> Actor {
        Actor { principal: self.id.clone(), right, via: self.via.clone(), remote: self.remote.clone() }
    }
}
