//! A small pen for the tests: decides, checks schemas, applies, steps, and lets reactions follow.

use crate::{Definition, Definitions, Flow};
use access::{Access, Columns, Permit, Principal, Right, Rows};
use door::{Body, Command, Effect, Engine, Moment, Refusal, RefusalKind, TypeSchema, packs};
use model::{
    Actor, Attribute, Change, Class, Commit, Entity, EntityId, EntityKey, Header, Name, Outcome, Tenant,
    Time, Value, entity_from_simple,
};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use store::State;

pub(crate) const FLOW: &str = include_str!("../../../packs/case/flows/case.yaml");
pub(crate) const MATTERS: &str = include_str!("../../../packs/case/codes/matters.csv");
const SCHEMAS: [&str; 4] = [
    include_str!("../../../packs/case/entities/Case.schema.yaml"),
    include_str!("../../../packs/case/entities/Task.schema.yaml"),
    include_str!("../../../packs/case/entities/CaseEvent.schema.yaml"),
    include_str!("../../../packs/case/entities/Report.schema.yaml"),
];

pub(crate) const CITY: &str = "urn:ngsi-ld:Area:city";
pub(crate) const DISTRICT: &str = "urn:ngsi-ld:Area:district";
pub(crate) const TOWN: &str = "urn:ngsi-ld:Area:town";
pub(crate) const ECO: &str = "urn:ngsi-ld:Body:eco";
pub(crate) const TOWN_BODY: &str = "urn:ngsi-ld:Body:town";

/// A city in a test.
pub(crate) struct Pen {
    state: State,
    engine: Flow,
    now: Time,
    schemas: Vec<TypeSchema>,
    last: Option<Commit>,
    access: Access,
}

/// One of the people of the tests.
pub(crate) fn person(who: &str) -> Arc<Principal> {
    let (roles, body): (&[&str], Option<&str>) = match who {
        "seat" => (&["duty_officer"], None),
        "handler" => (&["handler"], Some(ECO)),
        "town" => (&["handler"], Some(TOWN_BODY)),
        "both" => (&["handler", "checker"], Some(ECO)),
        "checker" => (&["checker"], None),
        "supervisor" => (&["supervisor"], None),
        _ => return Arc::new(Principal::public(None)),
    };
    Arc::new(Principal {
        id: EntityId::new(format!("urn:ngsi-ld:Person:{who}")),
        roles: roles.iter().map(Name::new).collect(),
        body: body.map(EntityId::new),
        via: Name::new("session"),
        ..Principal::public(None)
    })
}

fn rights() -> Vec<Right> {
    let row = |role: &str, actions: &[&str], rows: Rows| Right {
        id: Name::new(role),
        role: Name::new(role),
        actions: actions.iter().map(Name::new).collect(),
        types: vec![Name::new("Case"), Name::new("Task"), Name::new("CaseEvent")],
        columns: Columns::All,
        rows,
        attribute: None,
        purpose: None,
        from: None,
        to: None,
        article: None,
    };
    let staff = ["read", "flow.*"];
    let mut rights = vec![
        row("handler", &staff, Rows::OwnBody),
        row("public", &["read", "flow.report", "flow.rate"], Rows::Public),
    ];
    rights.extend(["duty_officer", "checker", "supervisor"].map(|r| row(r, &staff, Rows::All)));
    rights
}

fn square(from: f64, side: f64) -> Json {
    let (a, b) = ((117.0 + from, 28.0 + from), (117.0 + from + side, 28.0 + from + side));
    json!({"type": "Polygon", "coordinates": [[[a.0, a.1], [b.0, a.1], [b.0, b.1], [a.0, b.1], [a.0, a.1]]]})
}

impl Pen {
    /// A city with areas, bodies, bindings, one person and no pack.
    pub(crate) fn bare() -> Self {
        let schemas =
            SCHEMAS.iter().map(|s| serde_yaml_ng::from_str(s).unwrap()).collect::<Vec<TypeSchema>>();
        let mut state = State::default();
        for schema in &schemas {
            schema.indexes.iter().for_each(|a| state.declare_index(&schema.kind, a));
        }
        let now = Time::parse("2026-07-06T12:42:00Z").unwrap();
        let mut pen =
            Self { state, engine: Flow::new(), now, schemas, last: None, access: Access::new(rights()) };
        let name = |zh: &str, en: &str| json!({"zh": zh, "en": en});
        pen.put(CITY, "Area", &json!({"name": name("市", "City")}));
        pen.put(
            DISTRICT,
            "Area",
            &json!({"name": name("甲区", "District A"), "parent": CITY, "boundary": square(0.0, 0.5)}),
        );
        pen.put(
            TOWN,
            "Area",
            &json!({"name": name("乙镇", "Town B"), "parent": DISTRICT, "boundary": square(0.0, 0.1)}),
        );
        pen.put(ECO, "Body", &json!({"name": name("生态局", "Ecology"), "kind": "department"}));
        pen.put(
            "urn:ngsi-ld:Body:urban",
            "Body",
            &json!({"name": name("城管局", "Urban"), "kind": "department"}),
        );
        pen.put(
            TOWN_BODY,
            "Body",
            &json!({"name": name("乙镇政府", "Town B government"), "kind": "township", "area": TOWN}),
        );
        let eco = json!({"role": "urn:ngsi-ld:Role:eco", "body": ECO, "from": "2024-01-01"});
        pen.put("urn:ngsi-ld:Binding:1", "Binding", &eco);
        pen.put("urn:ngsi-ld:Person:seat", "Person", &json!({"name": name("座席", "Seat")}));
        pen
    }

    /// The same with the pack installed.
    pub(crate) fn new() -> Self {
        let mut pen = Self::bare();
        pen.install();
        pen
    }

    pub(crate) fn install(&mut self) {
        let files =
            Value::map([("flows/case.yaml", Value::text(FLOW)), ("codes/matters.csv", Value::text(MATTERS))]);
        let attributes = [("files", files), ("name", Value::text("case")), ("version", Value::text("0.1.0"))];
        let attributes = attributes.into_iter().map(|(n, v)| Attribute::new(n, v)).collect();
        let key = EntityKey::city(format!("urn:ngsi-ld:{}:case", packs::PACK).as_str());
        self.react(
            "pack.install",
            vec![Change::Create { key, types: vec![Name::new(packs::PACK)], attributes }],
        );
    }

    pub(crate) fn put(&mut self, id: &str, kind: &str, attributes: &Json) {
        let mut json = json!({"id": id, "type": kind});
        json.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
        let (key, types, attributes) = entity_from_simple(&json, &Tenant::city()).unwrap();
        self.react("test.put", vec![Change::Create { key, types, attributes }]);
    }

    pub(crate) fn change(&mut self, id: &str, name: &str, value: &str) {
        let attributes = vec![Attribute::new(name, Value::text(value))];
        self.react("test.change", vec![Change::Set { key: EntityKey::city(id), attributes }]);
    }

    /// How many effects the engine asks for when an entity is touched.
    pub(crate) fn step_of(&mut self, id: &str) -> usize {
        let attributes = vec![Attribute::new("touched", Value::Bool(true))];
        self.commit(
            "test.touch",
            vec![Change::Set { key: EntityKey::city(id), attributes }],
            None,
            Outcome::Accepted,
        )
        .len()
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn now(&self) -> Time {
        self.now
    }

    pub(crate) fn flow(&self) -> Arc<Definition> {
        Definitions::read(&self.state).get("case").unwrap().clone()
    }

    pub(crate) fn flow_engine(&self) -> &Flow {
        &self.engine
    }

    pub(crate) fn next_due(&self) -> Option<Time> {
        self.engine.next_due()
    }

    pub(crate) fn last_pack(&self) -> Option<Name> {
        self.last.as_ref().and_then(|c| c.header.pack.clone())
    }

    pub(crate) fn entity(&self, id: &EntityId) -> Arc<Entity> {
        self.state.city(id.as_str()).unwrap().clone()
    }

    pub(crate) fn text(&self, id: &EntityId, name: &str) -> String {
        self.entity(id).text(name).unwrap_or_default().to_owned()
    }

    pub(crate) fn flag(&self, id: &EntityId, name: &str) -> Option<bool> {
        self.entity(id).value(name).and_then(Value::as_bool)
    }

    pub(crate) fn ids(&self, id: &EntityId, name: &str) -> Vec<EntityId> {
        crate::words::ids(&self.entity(id), name)
    }

    /// The events of a case's log.
    pub(crate) fn log(&self, case: &EntityId) -> Vec<String> {
        let lines = crate::log(&self.state, &self.flow(), &Access::city("test", "read"), &self.entity(case));
        lines.iter().map(|l| l.text("event").unwrap_or_default().to_owned()).collect()
    }

    pub(crate) fn permit(&self, person: &Arc<Principal>, action: &str) -> Permit {
        self.access.permit(person, action, self.now).unwrap()
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now = self.now.plus_secs(seconds);
    }

    pub(crate) fn tick(&mut self) {
        let effects = self.commit("door.tick", vec![], None, Outcome::Tick);
        self.follow(effects);
    }

    /// The engine starts again, with what was saved or with nothing.
    pub(crate) fn restart(&mut self, saved: Option<Vec<u8>>) {
        self.engine = Flow::new();
        if let Some(bytes) = saved {
            self.engine.load(&bytes).unwrap();
        }
    }

    /// A person's command, with the reactions to it.
    pub(crate) fn tell(&mut self, who: &Arc<Principal>, name: &str, body: Json) -> Result<Json, Refusal> {
        let permit = self
            .access
            .permit(who, name, self.now)
            .map_err(|e| Refusal::new(RefusalKind::Forbidden, "", "无权", e.to_string()))?;
        self.command(permit, name, body)
    }

    /// A command of the city itself.
    pub(crate) fn city(&mut self, name: &str, body: Json) -> Result<Json, Refusal> {
        self.command(Access::city("flow", name), name, body)
    }

    fn command(&mut self, permit: Permit, name: &str, body: Json) -> Result<Json, Refusal> {
        let command = Command {
            name: Name::new(name),
            version: 1,
            body: Body::Json(body),
            permit,
            idempotency_key: None,
            expected: vec![],
        };
        let mut entropy = [0; 32];
        entropy[..8].copy_from_slice(&self.state.seq().to_le_bytes());
        let decision =
            self.engine.decide(&Moment { state: &self.state, now: self.now, entropy }, &command)?;
        if !decision.changes.is_empty() {
            decision.changes.iter().for_each(|c| self.check(c));
            let effects = self.commit(name, decision.changes, decision.pack, Outcome::Accepted);
            self.follow(effects);
        }
        Ok(decision.answer)
    }

    /// Everything that the engine writes has a schema that takes it.
    fn check(&self, change: &Change) {
        let kind = match change {
            Change::Create { types, .. } => types[0].to_string(),
            other => self.entity(&other.key().id).kind().to_owned(),
        };
        let schema = self.schemas.iter().find(|s| s.kind == *kind.as_str()).unwrap();
        change.attributes().iter().for_each(|a| schema.check(a).unwrap());
    }

    fn react(&mut self, command: &str, changes: Vec<Change>) {
        let effects = self.commit(command, changes, None, Outcome::Accepted);
        self.follow(effects);
    }

    fn follow(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let Body::Json(body) = effect.body else { continue };
            self.city(effect.command.as_str(), body).unwrap();
        }
    }

    fn commit(
        &mut self,
        command: &str,
        changes: Vec<Change>,
        pack: Option<Name>,
        outcome: Outcome,
    ) -> Vec<Effect> {
        let header = Header {
            seq: self.state.seq() + 1,
            epoch: 1,
            recorded_at: self.now,
            class: Class::Governed,
            actor: Actor {
                principal: EntityId::new("urn:test:1"),
                right: None,
                via: Name::new("test"),
                remote: None,
            },
            command: Name::new(command),
            idempotency_key: None,
            reacted_to: None,
            pack,
            outcome,
        };
        let commit = Commit { header, changes, frame: None };
        self.state.apply(&commit);
        let effects =
            self.engine.step(&Moment { state: &self.state, now: self.now, entropy: [0; 32] }, &commit);
        self.last = Some(commit);
        effects
    }

    /// A resident's report about a matter: its case, itself, its code.
    pub(crate) fn reported(&mut self, matter: &str) -> (EntityId, EntityId, String) {
        let place = json!({"type": "Point", "coordinates": [117.052, 28.05]});
        let body = json!({"words": "河水发黑", "phone": "13870120000", "photo": "b3-1", "matter": matter, "area": TOWN, "location": place, "place": "石桥边"});
        let answer = self.tell(&person("public"), "flow.report", body).unwrap();
        let report = EntityId::new(answer["report"].as_str().unwrap());
        let case = self.entity(&report).object("case").unwrap().clone();
        (case, report, answer["code"].as_str().unwrap().to_owned())
    }

    /// An alert, moved east by some degrees: its case, itself.
    pub(crate) fn alerted(&mut self, shift: f64) -> (EntityId, EntityId) {
        let id = self.alert("active", shift);
        let case = crate::act::holder(&self.state, &self.flow(), &id).unwrap();
        (case.id().clone(), id)
    }

    pub(crate) fn alert_with_state(&mut self, state: &str) {
        self.alert(state, 0.0);
    }

    fn alert(&mut self, state: &str, shift: f64) -> EntityId {
        let id = format!("urn:ngsi-ld:Alert:{}", self.state.seq());
        let place = json!({"type": "Point", "coordinates": [117.05 + shift, 28.05]});
        let headline = json!({"zh": "超标", "en": "too high"});
        let body = json!({"level": 2, "headline": headline, "matter": "water_pollution", "article": "38", "location": place, "area": TOWN, "state": state, "simulated": true});
        self.put(&id, "Alert", &body);
        EntityId::new(id)
    }

    /// A reported case with the tasks of two bodies: the case and both tasks.
    pub(crate) fn dispatched(&mut self) -> (EntityId, EntityId, EntityId) {
        let (case, ..) = self.reported("water_pollution");
        self.tell(
            &person("seat"),
            "flow.dispatch",
            json!({"case": case.as_str(), "bodies": [ECO, TOWN_BODY]}),
        )
        .unwrap();
        let tasks = self.ids(&case, "tasks");
        (case, tasks[0].clone(), tasks[1].clone())
    }

    /// A case that two bodies have replied to: the case and the code of its report.
    pub(crate) fn replied(&mut self) -> (EntityId, String) {
        self.replied_with(&[])
    }

    /// The same, with other cases merged into it before.
    pub(crate) fn replied_with(&mut self, merge: &[EntityId]) -> (EntityId, String) {
        let (case, _, code) = self.reported("water_pollution");
        let merge: Vec<&str> = merge.iter().map(EntityId::as_str).collect();
        self.tell(
            &person("seat"),
            "flow.dispatch",
            json!({"case": case.as_str(), "merge": merge, "bodies": [ECO, TOWN_BODY]}),
        )
        .unwrap();
        for (task, who) in self.ids(&case, "tasks").iter().zip(["both", "town"]) {
            self.tell(&person(who), "flow.accept", json!({"task": task.as_str()})).unwrap();
            self.tell(
                &person(who),
                "flow.reply",
                json!({"task": task.as_str(), "words": "已办", "photo": ["b3-2"]}),
            )
            .unwrap();
        }
        (case, code)
    }
}
