//! A little pen for the tests: decide → commit → apply → step, with reactions as the door makes them.

use crate::Rules;
use access::{Access, Columns, Permit, Principal, Right, Rows};
use door::{Body, Command, Decision, Effect, Engine, Moment, Refusal, RefusalKind};
use model::{
    Actor, Attribute, Cause, Change, Class, Commit, Entity, EntityId, EntityKey, Header, Name, Outcome,
    Point, Time, Value,
};
use std::sync::Arc;
use store::State;

pub(crate) const HIGH: &str = r#"
id: tank-high
kind: threshold
title: { zh: 液位过高, en: level too high }
article: "16"
type: Tank
attribute: level
above: { attr: level_limit }
clear_ratio: 0.9
level: 2
cap: { category: Infra, severity: Severe, urgency: Immediate, certainty: Observed }
matter: tank
unit: m
carry: [body, keeper]
headline: { zh: "{name} 液位 {value} {unit}，限值 {limit} {unit}", en: "{name}: level {value} {unit}, limit {limit} {unit}" }
"#;

pub(crate) const LOW: &str = r#"
id: tank-low
kind: threshold
title: { zh: 液位过低, en: level too low }
article: "16"
type: Tank
attribute: level
below: 5
clear_ratio: 1.2
for_seconds: 600
level: 3
cap: { category: Infra, severity: Minor, urgency: Expected, certainty: Likely }
matter: tank
headline: { zh: "{name} 液位 {value}", en: "{name}: level {value}" }
"#;

pub(crate) const QUIET: &str = r#"
id: tank-quiet
kind: silence
title: { zh: 没有报数, en: no report }
article: "16"
type: Tank
promise_attr: promise_minutes
promise_minutes: 60
level: 4
matter: silent
headline: { zh: "{name} 已 {value} 分钟没有报数，承诺 {limit} 分钟", en: "{name}: silent for {value} of {limit} {unit}" }
"#;

pub(crate) fn num(n: f64) -> Value {
    Value::Number(n)
}

pub(crate) fn right(action: &str, rows: Rows) -> Right {
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

pub(crate) struct Pen {
    pub(crate) state: State,
    pub(crate) now: Time,
    pub(crate) log: Vec<Commit>,
    /// Refuses the next effect, as a door does whose schema does not fit.
    pub(crate) refuse_next: bool,
    /// Loses the next reaction, as a door does whose queue is full.
    pub(crate) lose_next: bool,
    engine: Rules,
    waiting: Vec<(u64, Vec<Effect>)>,
}

impl Pen {
    pub(crate) fn new() -> Self {
        let now = Time::parse("2026-07-06T12:00:00Z").unwrap();
        Self {
            state: State::default(),
            now,
            log: vec![],
            refuse_next: false,
            lose_next: false,
            engine: Rules::new(),
            waiting: vec![],
        }
    }

    pub(crate) fn next_due(&self) -> Option<Time> {
        self.engine.next_due()
    }

    pub(crate) fn install(&mut self, rules: &[(&str, &str)]) {
        let files =
            rules.iter().map(|(name, text)| (Name::new(format!("rules/{name}.yaml")), Value::text(text)));
        let attributes = vec![
            Attribute::new("name", Value::text("yard")),
            Attribute::new("version", Value::text("0.1.0")),
            Attribute::new("files", Value::map(files)),
        ];
        let key = EntityKey::city("urn:ngsi-ld:Pack:yard");
        self.accept(vec![Change::Create { key, types: vec![Name::new("Pack")], attributes }]);
    }

    pub(crate) fn area(&mut self) {
        let name = Value::map([("zh", Value::text("东院")), ("en", Value::text("East yard"))]);
        let key = EntityKey::city("urn:ngsi-ld:Area:east");
        self.accept(vec![Change::Create {
            key,
            types: vec![Name::new("Area")],
            attributes: vec![Attribute::new("name", name)],
        }]);
    }

    pub(crate) fn tank(&mut self, id: &str) {
        let name = Value::map([("zh", Value::text("一号罐")), ("en", Value::text("Tank one"))]);
        let of = |kind: &str, id: &str| Value::Id(EntityId::new(format!("urn:ngsi-ld:{kind}:{id}")));
        let attributes = vec![
            Attribute::new("name", name),
            Attribute::new("level_limit", num(10.0)),
            Attribute::new("promise_minutes", num(10.0)),
            Attribute::new("area", of("Area", "east")),
            Attribute::new("body", of("Body", "yard")),
            Attribute::new("keeper", of("Body", "keeper")),
            Attribute::new("location", Value::from(Point { lon: 117.0, lat: 28.2 })),
            Attribute::new("simulated", Value::Bool(true)),
        ];
        self.accept(vec![Change::Create { key: tank(id), types: vec![Name::new("Tank")], attributes }]);
    }

    pub(crate) fn set(&mut self, id: &str, attributes: Vec<Attribute>) {
        self.accept(vec![Change::Set { key: tank(id), attributes }]);
    }

    /// Accepts changes of another engine and all that follows from them.
    pub(crate) fn accept(&mut self, changes: Vec<Change>) {
        self.append("other.write", changes, None, Outcome::Accepted, None);
        self.react();
    }

    /// Moves the time on; a tick is appended for every timer that is due on the way.
    pub(crate) fn advance(&mut self, now: Time) {
        while let Some(due) = self.engine.next_due().filter(|d| *d <= now) {
            self.now = self.now.max(due);
            self.append("door.tick", vec![], None, Outcome::Tick, None);
            self.react();
        }
        self.now = now;
    }

    pub(crate) fn start(&mut self, gap_s: u64) {
        self.append("door.start", vec![], None, Outcome::Started { gap_s }, None);
        self.react();
    }

    pub(crate) fn command(
        &mut self,
        name: &str,
        body: serde_json::Value,
        permit: Permit,
    ) -> Result<(), Refusal> {
        let decision = self.decide(name, Body::Json(body), permit)?;
        self.append(name, decision.changes, None, Outcome::Accepted, decision.pack);
        self.react();
        Ok(())
    }

    pub(crate) fn permit(&self, action: &str, rights: &[Right]) -> Permit {
        let person = Principal {
            id: EntityId::new("urn:ngsi-ld:Person:1"),
            roles: vec![Name::new("officer")],
            body: Some(EntityId::new("urn:ngsi-ld:Body:far")),
            ..Principal::public(None)
        };
        Access::new(rights.to_vec()).permit(&Arc::new(person), action, self.now).unwrap()
    }

    pub(crate) fn alerts(&self) -> Vec<Arc<Entity>> {
        let mut alerts: Vec<_> = self.state.all("Alert").cloned().collect();
        alerts.sort_by_key(|a| a.created_at);
        alerts
    }

    /// Rule and tank of every alert that stands, sorted.
    pub(crate) fn standing(&self) -> Vec<String> {
        let alerts = self.alerts();
        let mut all: Vec<_> = alerts
            .iter()
            .filter(|a| a.text("state") == Some("active"))
            .map(|a| {
                format!(
                    "{} {}",
                    a.text("rule").unwrap(),
                    a.text("subject").unwrap().rsplit(':').next().unwrap()
                )
            })
            .collect();
        all.sort();
        all
    }

    pub(crate) fn save(&self) -> Vec<u8> {
        self.engine.save()
    }

    /// A new engine that takes back the saved state of the old one.
    pub(crate) fn restart(&mut self) {
        let mut engine = Rules::new();
        engine.load(&self.engine.save()).unwrap();
        self.engine = engine;
    }

    /// Steps a saved engine over the rest of the log; counts what it asks for that the log does not answer.
    pub(crate) fn replay(&self, saved: &[u8], from: usize) -> usize {
        self.replayed(saved, from).1
    }

    pub(crate) fn replayed_save(&self, saved: &[u8], from: usize) -> Vec<u8> {
        self.replayed(saved, from).0
    }

    fn replayed(&self, saved: &[u8], from: usize) -> (Vec<u8>, usize) {
        let mut engine = Rules::new();
        engine.load(saved).unwrap();
        let mut state = State::default();
        let mut unanswered = 0;
        for (n, commit) in self.log.iter().enumerate() {
            state.apply(commit);
            if n < from {
                continue;
            }
            let effects = engine.step(&Moment { state: &state, now: commit.at(), entropy: [0; 32] }, commit);
            let answered = |c: &Commit| c.header.reacted_to.as_ref().is_some_and(|r| r.seq == commit.seq());
            if !effects.is_empty() && !self.log.iter().any(answered) {
                unanswered += 1;
            }
        }
        (engine.save(), unanswered)
    }

    fn decide(&self, name: &str, body: Body, permit: Permit) -> Result<Decision, Refusal> {
        let command = Command {
            name: Name::new(name),
            version: 1,
            body,
            permit,
            idempotency_key: None,
            expected: vec![],
        };
        self.engine.decide(&Moment { state: &self.state, now: self.now, entropy: [0; 32] }, &command)
    }

    /// One batch per cause, its effects decided in order, as the door does it.
    fn react(&mut self) {
        while !self.waiting.is_empty() {
            let (seq, effects) = self.waiting.remove(0);
            let cause = Some(Cause { seq, engine: Name::new("rules") });
            let (mut changes, mut pack, mut name, mut reason) = (vec![], None, Name::new(""), None);
            for effect in effects {
                name = effect.command.clone();
                let permit = Access::city("rules", name.as_str());
                let mut decided = self.decide(name.as_str(), effect.body, permit);
                if std::mem::take(&mut self.refuse_next) {
                    decided = Err(Refusal::new(RefusalKind::Invalid, "", "不行", "no"));
                }
                match decided {
                    Ok(d) => {
                        changes.extend(d.changes);
                        pack = d.pack.or(effect.pack);
                    }
                    Err(r) => reason = Some(r.reason),
                }
            }
            let outcome = match reason {
                Some(r) if changes.is_empty() => Outcome::Refused(Name::new(r)),
                _ => Outcome::Accepted,
            };
            self.append(name.as_str(), changes, cause, outcome, pack);
        }
    }

    fn append(
        &mut self,
        command: &str,
        changes: Vec<Change>,
        cause: Option<Cause>,
        outcome: Outcome,
        pack: Option<Name>,
    ) {
        let actor = Actor {
            principal: EntityId::new("urn:ngsi-ld:Engine:test"),
            right: None,
            via: Name::new("reactor"),
            remote: None,
        };
        let header = Header {
            seq: self.state.seq() + 1,
            epoch: 1,
            recorded_at: self.now,
            class: Class::Governed,
            actor,
            command: Name::new(command),
            idempotency_key: None,
            reacted_to: cause,
            pack,
            outcome,
        };
        let commit = Commit { header, changes, frame: None };
        self.state.apply(&commit);
        let moment = Moment { state: &self.state, now: self.now, entropy: [0; 32] };
        let effects = self.engine.step(&moment, &commit);
        if !effects.is_empty() && !std::mem::take(&mut self.lose_next) {
            self.waiting.push((commit.seq(), effects));
        }
        self.log.push(commit);
    }
}

fn tank(id: &str) -> EntityKey {
    EntityKey::city(format!("urn:ngsi-ld:Tank:{id}").as_str())
}
