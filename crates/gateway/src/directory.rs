//! Who a sender is: devices by protocol and login, with their Thing Models, read from the newest position.

use crate::engine::SECRET;
use crate::protocol::hj212::segment::DigestKey;
use crate::thing::ThingModel;
use door::packs;
use model::{Entity, EntityId, Name, Seq};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Condition, Select, State};

/// A registered device that has proved itself.
#[derive(Debug, Clone)]
pub struct Known {
    /// The device.
    pub id: EntityId,
    /// What it measures; itself when nothing else.
    pub subject: EntityId,
    /// How its words are read; none when its model is not installed.
    pub thing: Option<Arc<ThingModel>>,
}

/// What is known of a sender.
#[derive(Debug, Clone)]
pub enum Identity {
    /// A registered device with the right secret.
    Known(Known),
    /// A registered device with a wrong secret, or without one.
    WrongSecret,
    /// Nobody knows it.
    Unknown,
    /// A person refused it, or took it out of service.
    Refused,
}

type Models = Arc<BTreeMap<Name, Arc<ThingModel>>>;
type Versions = Vec<(EntityId, Seq)>;

/// Thing Models of the installed packs, parsed once per installation.
#[derive(Debug, Default)]
pub struct Directory {
    models: Mutex<(Versions, Models)>,
}

impl Directory {
    /// Who a sender is at this position.
    pub fn identify(
        &self,
        state: &State,
        protocol: &str,
        login: &str,
        secret: &[u8],
        key: &DigestKey,
    ) -> Identity {
        let Some(device) = find(state, protocol, login) else {
            let held = state.city(crate::engine::held_id(protocol, login).as_str());
            let refused = held.is_some_and(|e| e.text("state") == Some("refused"));
            return if refused { Identity::Refused } else { Identity::Unknown };
        };
        if device.text("state") != Some("registered") {
            return Identity::Refused;
        }
        let stored =
            state.city(crate::secret::secret_id(device.id()).as_str()).filter(|e| e.kind() == SECRET);
        let stored = stored.and_then(|e| e.text("digest")).unwrap_or_default();
        if !crate::secret::matches(protocol, login, secret, key, stored) {
            return Identity::WrongSecret;
        }
        let thing = device.text("thing_model").and_then(|name| self.models(state).get(name).cloned());
        let subject = device.object("subject").unwrap_or(device.id()).clone();
        Identity::Known(Known { id: device.id().clone(), subject, thing })
    }

    /// The Thing Models of this position by id. A file that cannot be read is left out and logged once.
    pub fn models(&self, state: &State) -> Models {
        let versions: Versions =
            state.all(packs::PACK).map(|pack| (pack.id().clone(), pack.version)).collect();
        let mut held = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        if held.0 != versions {
            *held = (versions, Arc::new(read(state)));
        }
        held.1.clone()
    }
}

fn read(state: &State) -> BTreeMap<Name, Arc<ThingModel>> {
    let mut models = BTreeMap::new();
    for file in packs::section(state, "things") {
        match ThingModel::parse(&file.text) {
            Ok(model) => {
                models.insert(model.id.clone(), Arc::new(model));
            }
            Err(reason) => {
                tracing::error!(pack = %file.pack, file = %file.path, reason, "thing model not readable")
            }
        }
    }
    models
}

/// The device of a protocol with a login; one in service before one that is retired.
pub fn find(state: &State, protocol: &str, login: &str) -> Option<Arc<Entity>> {
    let mut select = Select::city(crate::engine::DEVICE, 16);
    select.conditions = vec![Condition::Equals(Name::new("login"), model::Value::text(login))];
    let page = state.select(&select).ok()?;
    let mut found: Vec<_> =
        page.entities.into_iter().filter(|e| e.text("protocol") == Some(protocol)).collect();
    found.sort_by_key(|e| e.text("state") != Some("registered"));
    found.into_iter().next()
}
