//! A little pen for the tests: decide → commit → apply → step, and the shell's round of assessing.

use crate::{Definitions, Dirty, Duty, assess, bodies, news};
use access::{Access, Columns, Permit, Principal, Right, Rows};
use door::{Body, Command, Engine, Moment, Refusal};
use model::{
    Actor, Attribute, Change, Class, Commit, Entity, EntityId, EntityKey, Header, Name, Outcome, Time, Value,
};
use serde_json::Value as Json;
use std::sync::Arc;
use store::State;

pub(crate) const FRESH: &str = r#"
id: YT.16.1.1
article: 16
paragraph: 1
bearer_role: eco
title: { zh: 泵站按承诺报数, en: Pumps report within their promise }
evidence:
  types: [Pump, Valve]
  watches: [last_report_at, promise_minutes]
  test: fresh
  at_attr: last_report_at
  promise_attr: promise_minutes
  area_attr: area
legal_basis:
  - { text: { zh: 条例, en: Ordinance }, verified: true }
limits:
  - { id: promise_minutes, title: { zh: 承诺, en: Promise }, source: { zh: 约定, en: Agreed }, verified: false }
words:
  met: { zh: 按时, en: reports in time }
"#;

pub(crate) const LINKED: &str = r#"
id: YT.17.1.1
article: 17
paragraph: 1
bearer_role: eco
title: { zh: 泵站已接通, en: Pumps are connected }
evidence:
  types: [Pump]
  where: { in_use: true }
  watches: [link, in_use]
  test: equals
  attr: link
  value: connected
"#;

pub(crate) fn num(n: f64) -> Value {
    Value::Number(n)
}

pub(crate) fn text(t: &str) -> Value {
    Value::text(t)
}

pub(crate) fn pump(id: &str) -> EntityKey {
    EntityKey::city(urn("Pump", id))
}

fn urn(kind: &str, id: &str) -> EntityId {
    EntityId::new(format!("urn:ngsi-ld:{kind}:{id}"))
}

/// A ledger row by itself.
pub(crate) fn row(met: bool, more: &[(&str, Value)]) -> Entity {
    let mut attributes = vec![Attribute::new("met", Value::Bool(met))];
    attributes.extend(more.iter().map(|(n, v)| Attribute::new(*n, v.clone())));
    attributes.sort_by(|a, b| a.name.cmp(&b.name));
    let key = EntityKey::city("urn:ngsi-ld:LedgerRow:1");
    Entity {
        key,
        types: vec![Name::new("LedgerRow")],
        attributes,
        created_at: Time(0),
        modified_at: Time(0),
        version: 1,
    }
}

/// Whether a row says met, and its word of the machine.
pub(crate) fn row_of(row: &Entity) -> (bool, String) {
    (row.value("met").and_then(Value::as_bool).unwrap(), row.text("machine").unwrap().to_owned())
}

/// A law of three articles: one soft, one with a wired and an unwired paragraph, one wired; an article that
/// is no longer in force; two areas with a bearer each.
pub(crate) fn law() -> Pen {
    let mut pen = Pen::new();
    pen.install(&[("a", FRESH), ("b", LINKED)]);
    for (article, paragraphs, soft, valid_to) in
        [(2, 1, true, None), (16, 2, false, None), (17, 1, false, None), (1, 1, false, Some("2021-01-01"))]
    {
        pen.article(article, paragraphs, soft, valid_to);
    }
    pen.area("north", None);
    pen.area("south", None);
    pen.body("city_eco");
    pen.body("north_eco");
    pen.binding("1", "eco", "city_eco", None, ["2020-01-01", ""]);
    pen.binding("2", "eco", "north_eco", Some("north"), ["2020-01-01", ""]);
    pen
}

pub(crate) struct Pen {
    pub(crate) state: State,
    pub(crate) now: Time,
    pub(crate) log: Vec<Commit>,
    pub(crate) dirty: Dirty,
    /// How many effects the engine has asked for.
    pub(crate) effects: usize,
    engine: Duty,
}

impl Pen {
    pub(crate) fn new() -> Self {
        let now = Time::parse("2026-07-06T12:00:00Z").unwrap();
        let engine = Duty::new();
        Self { state: State::default(), now, log: vec![], dirty: engine.dirty(), effects: 0, engine }
    }

    pub(crate) fn definitions(&self) -> Definitions {
        Definitions::read(&self.state)
    }

    pub(crate) fn install(&mut self, duties: &[(&str, &str)]) {
        let files =
            duties.iter().map(|(name, text)| (Name::new(format!("duties/{name}.yaml")), Value::text(text)));
        let attributes = vec![
            Attribute::new("name", text("law")),
            Attribute::new("version", text("0.1.0")),
            Attribute::new("files", Value::map(files)),
        ];
        self.create(urn("Pack", "law"), "Pack", attributes);
    }

    fn article(&mut self, number: u32, paragraphs: u32, soft: bool, valid_to: Option<&str>) {
        let chapter = Value::map([("number", num(3.0)), ("zh", text("基础")), ("en", text("Basics"))]);
        let dated = |mut set: Vec<Attribute>| {
            set.push(Attribute::new("valid_from", text("2020-09-01")));
            set.extend(valid_to.map(|to| Attribute::new("valid_to", text(to))));
            set
        };
        let set = vec![Attribute::new("number", num(number.into())), Attribute::new("chapter", chapter)];
        self.create(urn("Article", &number.to_string()), "Article", dated(set));
        for p in (1..=paragraphs).rev() {
            let set = vec![
                Attribute::new("article", num(number.into())),
                Attribute::new("paragraph", num(p.into())),
                Attribute::new("text", text(&format!("第{number}条第{p}款"))),
                Attribute::new("text_en", text(&format!("Article {number} paragraph {p}"))),
                Attribute::new("soft", Value::Bool(soft)),
                Attribute::new("bearers", Value::list([Value::Id(urn("Role", "eco"))])),
            ];
            self.create(urn("Paragraph", &format!("{number}.{p}")), "Paragraph", dated(set));
        }
    }

    pub(crate) fn area(&mut self, id: &str, parent: Option<&str>) {
        let mut set = vec![Attribute::new("name", text(id))];
        set.extend(parent.map(|p| Attribute::new("parent", Value::Id(urn("Area", p)))));
        self.create(urn("Area", id), "Area", set);
    }

    fn body(&mut self, id: &str) {
        self.create(urn("Body", id), "Body", vec![Attribute::new("name", text(id))]);
    }

    pub(crate) fn binding(
        &mut self,
        id: &str,
        role: &str,
        body: &str,
        area: Option<&str>,
        [from, to]: [&str; 2],
    ) {
        let mut set = vec![
            Attribute::new("role", Value::Id(urn("Role", role))),
            Attribute::new("body", Value::Id(urn("Body", body))),
            Attribute::new("from", text(from)),
        ];
        set.extend(area.map(|a| Attribute::new("area", Value::Id(urn("Area", a)))));
        if !to.is_empty() {
            set.push(Attribute::new("to", text(to)));
        }
        self.create(urn("Binding", id), "Binding", set);
    }

    pub(crate) fn pump(&mut self, id: &str, area: &str) {
        let set = vec![
            Attribute::new("name", text(&format!("泵{id}"))),
            Attribute::new("area", Value::Id(urn("Area", area))),
            Attribute::new("promise_minutes", num(10.0)),
            Attribute::new("in_use", Value::Bool(true)),
        ];
        self.create(pump(id).id, "Pump", set);
    }

    pub(crate) fn report(&mut self, id: &str) {
        self.set(id, vec![Attribute::new("last_report_at", Value::Time(self.now))]);
    }

    pub(crate) fn set(&mut self, id: &str, attributes: Vec<Attribute>) {
        self.accept(vec![Change::Set { key: pump(id), attributes }]);
    }

    fn create(&mut self, id: EntityId, kind: &str, attributes: Vec<Attribute>) {
        self.accept(vec![Change::Create {
            key: EntityKey::city(id),
            types: vec![Name::new(kind)],
            attributes,
        }]);
    }

    pub(crate) fn accept(&mut self, changes: Vec<Change>) {
        self.append("other.write", changes, Outcome::Accepted, None);
    }

    pub(crate) fn start(&mut self, gap_s: u64) {
        self.append("door.start", vec![], Outcome::Started { gap_s }, None);
    }

    /// One round of the shell over everything; gives how many cells turned.
    pub(crate) fn assess(&mut self) -> usize {
        let definitions = self.definitions();
        let taken = self.dirty.take();
        let (as_of, up_since) = (self.now, self.dirty.up_since());
        // Marked cells alone first: whatever they say must stand in the full round too.
        let marked = assess(&self.state, &definitions, taken.cells(), as_of, up_since);
        let whole = assess(&self.state, &definitions, None, as_of, up_since);
        assert!(marked.iter().all(|a| a.gone || whole.contains(a)));
        let found = news(&self.state, &definitions, whole, as_of);
        for body in bodies(&found, as_of) {
            self.submit(&body, Access::city("duty", "duty.assess")).unwrap();
        }
        found.len()
    }

    pub(crate) fn submit(&mut self, body: &Json, permit: Permit) -> Result<(), Refusal> {
        self.submit_as("duty.assess", body, permit)
    }

    /// A decision without changes is not stored, as at the door.
    pub(crate) fn submit_as(&mut self, name: &str, body: &Json, permit: Permit) -> Result<(), Refusal> {
        let command = Command {
            name: Name::new(name),
            version: 1,
            body: Body::Json(body.clone()),
            permit,
            idempotency_key: None,
            expected: vec![],
        };
        let decision =
            self.engine.decide(&Moment { state: &self.state, now: self.now, entropy: [0; 32] }, &command)?;
        if !decision.changes.is_empty() {
            self.append(name, decision.changes, Outcome::Accepted, decision.pack);
        }
        Ok(())
    }

    pub(crate) fn rows(&self) -> Vec<Arc<Entity>> {
        self.state.all("LedgerRow").cloned().collect()
    }

    pub(crate) fn row(&self, duty: &str, subject: &str) -> Arc<Entity> {
        let subject = pump(subject).id;
        self.rows()
            .into_iter()
            .find(|r| r.text("duty") == Some(duty) && r.object("subject") == Some(&subject))
            .unwrap()
    }

    pub(crate) fn public(&self) -> Permit {
        let mut right = self.right("read", Rows::Public);
        right.role = Name::new("public");
        Access::new(vec![right]).permit(&Arc::new(Principal::public(None)), "read", self.now).unwrap()
    }

    pub(crate) fn right(&self, action: &str, rows: Rows) -> Right {
        Right {
            id: Name::new("r"),
            role: Name::new("officer"),
            actions: vec![Name::new(action)],
            types: vec![Name::new("*")],
            columns: Columns::All,
            rows,
            attribute: None,
            purpose: None,
            from: None,
            to: None,
            article: None,
        }
    }

    pub(crate) fn permit(&self, action: &str, rows: Rows) -> Permit {
        self.permit_of(action, self.right(action, rows))
    }

    pub(crate) fn permit_of(&self, action: &str, right: Right) -> Permit {
        let person = Principal {
            id: urn("Person", "1"),
            roles: vec![Name::new("officer")],
            body: Some(urn("Body", "north_eco")),
            ..Principal::public(None)
        };
        Access::new(vec![right]).permit(&Arc::new(person), action, self.now).unwrap()
    }

    pub(crate) fn save(&self) -> Vec<u8> {
        self.engine.save()
    }

    /// A new engine that takes back the saved state of the old one.
    pub(crate) fn restart(&mut self) {
        let mut engine = Duty::new();
        engine.load(&self.engine.save()).unwrap();
        self.dirty = engine.dirty();
        self.engine = engine;
    }

    fn append(&mut self, command: &str, changes: Vec<Change>, outcome: Outcome, pack: Option<Name>) {
        let actor =
            Actor { principal: urn("Engine", "test"), right: None, via: Name::new("reactor"), remote: None };
        let header = Header {
            seq: self.state.seq() + 1,
            epoch: 1,
            recorded_at: self.now,
            class: Class::Governed,
            actor,
            command: Name::new(command),
            idempotency_key: None,
            reacted_to: None,
            pack,
            outcome,
        };
        let commit = Commit { header, changes, frame: None };
        self.state.apply(&commit);
        let moment = Moment { state: &self.state, now: self.now, entropy: [0; 32] };
        self.effects += self.engine.step(&moment, &commit).len();
        self.log.push(commit);
    }
}
