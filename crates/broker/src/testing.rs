//! A small city for the tests of this crate: installed packs, commands, rights.

use crate::Broker;
use access::{Access, Columns, Permit, Principal, Right, Rows};
use door::{Body, Command, Decision, Engine, Moment, Refusal};
use model::{
    Actor, Attribute, Change, Class, Commit, EntityId, EntityKey, Header, Name, Outcome, Time, Value,
};
use serde_json::Value as Json;
use std::sync::Arc;
use store::State;

const GAUGE: &str = "{type: Gauge, open: true, attributes: {level: {type: number, max: 9, required: true}}}";
const MATTER: &str = "{type: Matter, writer: flow, open: true}";
const SECRET: &str = "{type: Secret, writer: gateway, open: true}";
const FLOW: &str = "{id: matters, title: {zh: 事项办理, en: Matters}, types: {case: Matter}, states: []}";

pub struct City {
    pub state: State,
    pub broker: Broker,
}

pub fn commit(state: &State, changes: Vec<Change>) -> Commit {
    let actor =
        Actor { principal: EntityId::new("urn:p:1"), right: None, via: Name::new("token"), remote: None };
    let header = Header {
        seq: state.seq() + 1,
        epoch: 1,
        recorded_at: Time::from_secs(i64::try_from(state.seq()).unwrap()),
        class: Class::Governed,
        actor,
        command: Name::new("test.do"),
        idempotency_key: None,
        reacted_to: None,
        pack: None,
        outcome: Outcome::Accepted,
    };
    Commit { header, changes, frame: None }
}

impl City {
    pub fn new() -> Self {
        let mut city = Self { state: State::default(), broker: Broker::default() };
        let files = [
            ("entities/g.yaml", GAUGE),
            ("entities/m.yaml", MATTER),
            ("entities/s.yaml", SECRET),
            ("flows/f.yaml", FLOW),
        ];
        let attributes = vec![
            Attribute::new("name", Value::text("test")),
            Attribute::new("version", Value::text("0.1.0")),
            Attribute::new("files", Value::map(files.map(|(path, text)| (path, Value::text(text))))),
        ];
        let key = EntityKey::city("urn:ngsi-ld:Pack:test");
        city.take(vec![Change::Create { key, types: vec![Name::new("Pack")], attributes }]);
        for (id, kind) in [("urn:m:1", "Matter"), ("urn:s:1", "Secret")] {
            let attributes = vec![Attribute::new("state", Value::text("received"))];
            city.take(vec![Change::Create {
                key: EntityKey::city(id),
                types: vec![Name::new(kind)],
                attributes,
            }]);
        }
        city
    }

    pub fn take(&mut self, changes: Vec<Change>) {
        let commit = commit(&self.state, changes);
        self.state.apply(&commit);
        let at = Moment { state: &self.state, now: commit.at(), entropy: [0; 32] };
        self.broker.step(&at, &commit);
    }

    /// Decides by the city's own leave, and takes what was decided.
    pub fn run(&mut self, name: &str, body: Json) -> Result<Decision, Refusal> {
        self.run_by(Access::city("test", name), name, body)
    }

    pub fn run_by(&mut self, permit: Permit, name: &str, body: Json) -> Result<Decision, Refusal> {
        let (idempotency_key, expected) = (None, vec![]);
        let command = Command {
            name: Name::new(name),
            version: 1,
            body: Body::Json(body),
            permit,
            idempotency_key,
            expected,
        };
        let at = Moment { state: &self.state, now: Time::from_secs(100), entropy: [0; 32] };
        let decision = self.broker.decide(&at, &command)?;
        self.take(decision.changes.clone());
        Ok(decision)
    }

    /// An entity in simplified form.
    pub fn shown(&self, id: &str) -> Json {
        self.state.city(id).map_or(Json::Null, |e| model::entity_to_simple(e))
    }
}

/// Leave of a body's handler: own rows of the types, these columns.
pub fn own_body(action: &str, types: &[&str], columns: Columns) -> Permit {
    let right = Right {
        id: Name::new("own"),
        role: Name::new("handler"),
        actions: vec![Name::new(action)],
        types: types.iter().map(Name::new).collect(),
        columns,
        rows: Rows::OwnBody,
        attribute: None,
        purpose: None,
        from: None,
        to: None,
        article: None,
    };
    let principal = Principal {
        id: EntityId::new("urn:p:1"),
        roles: vec![Name::new("handler")],
        body: Some(EntityId::new("urn:b:1")),
        ..Principal::public(None)
    };
    Access::new(vec![right]).permit(&Arc::new(principal), action, Time(0)).unwrap()
}
