//! The thread of one case through the real door: the packs' own schemas, rights and seeds, a disk that
//! crashes, and a small engine that raises an alert.

use crate::{Definitions, Flow, duty_list, follow, inbox, log, queue, suggest};
use access::Principal;
use door::{
    Body, Command, Decision, Effect, Engine, Instant, Moment, Packs, Pen, Refusal, RefusalKind, Vault,
    city_command, open,
};
use model::{
    Attribute, Change, Commit, Entity, EntityId, EntityKey, Name, Sealed, Tenant, Time, Value,
    entity_from_simple,
};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use store::{LogOptions, SimDisk};

macro_rules! pack_files {
    ($($path:literal),* $(,)?) => { [$(($path, include_str!(concat!("../../../packs/", $path)))),*] };
}

/// The files that the thread needs, by pack.
const FILES: [(&str, &str); 15] = pack_files![
    "case/flows/case.yaml",
    "case/codes/matters.csv",
    "case/entities/Case.schema.yaml",
    "case/entities/Task.schema.yaml",
    "case/entities/CaseEvent.schema.yaml",
    "case/entities/Report.schema.yaml",
    "case/entities/Alert.schema.yaml",
    "ordinance/entities/Area.schema.yaml",
    "ordinance/entities/Body.schema.yaml",
    "ordinance/entities/Binding.schema.yaml",
    "yingtan/access/duty_officer.yaml",
    "yingtan/access/handler.yaml",
    "yingtan/access/checker.yaml",
    "yingtan/access/public.yaml",
    "yingtan/access/supervisor.yaml",
];
const SEEDS: [(&str, &str); 3] =
    pack_files!["yingtan/seed/areas.jsonl", "yingtan/seed/bodies.jsonl", "yingtan/seed/bindings.jsonl"];
const PARK: &str = "urn:ngsi-ld:Area:360681407";
const TOWN: &str = "urn:ngsi-ld:Area:360681111";

/// Stands for the engine that raises alerts.
struct Raiser;

impl Engine for Raiser {
    fn name(&self) -> &'static str {
        "rules"
    }

    fn decide(&self, _: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
        let Body::Json(json) = &command.body else { return Ok(Decision::governed(vec![])) };
        let (key, types, attributes) = entity_from_simple(json, &Tenant::city()).unwrap();
        Ok(Decision::governed(vec![Change::Create { key, types, attributes }]))
    }

    fn step(&mut self, _: &Moment<'_>, _: &Commit) -> Vec<Effect> {
        vec![]
    }

    fn save(&self) -> Vec<u8> {
        vec![]
    }

    fn load(&mut self, _: &[u8]) -> Result<(), String> {
        Ok(())
    }
}

/// Seals by turning the bytes round.
struct Mirror;

impl Vault for Mirror {
    fn seal(&mut self, subject: &EntityId, plain: &[u8]) -> Result<Sealed, String> {
        Ok(Sealed { subject: subject.clone(), key_version: 1, bytes: plain.iter().rev().copied().collect() })
    }

    fn open(&self, sealed: &Sealed) -> Result<Vec<u8>, String> {
        Ok(sealed.bytes.iter().rev().copied().collect())
    }
}

/// A city on a simulated disk.
struct City {
    pen: Pen<SimDisk>,
    disk: SimDisk,
    seconds: i64,
}

fn instant(seconds: i64) -> Instant {
    let mut entropy = [9; 32];
    entropy[..8].copy_from_slice(&seconds.to_le_bytes());
    Instant { now: Time::from_secs(1_783_342_000 + seconds), entropy }
}

fn opened(disk: &SimDisk, seconds: i64) -> Pen<SimDisk> {
    let engines: Vec<Box<dyn Engine>> = vec![Box::new(Packs), Box::new(Raiser), Box::new(Flow::new())];
    open(disk.clone(), LogOptions::default(), engines, Box::new(Mirror), &instant(seconds)).unwrap().0
}

fn person(key: &str, role: &str, body: Option<&str>) -> Arc<Principal> {
    let id = EntityId::new(format!("urn:ngsi-ld:Person:{key}"));
    Arc::new(Principal {
        id,
        roles: vec![Name::new(role)],
        body: body.map(EntityId::new),
        ..Principal::public(None)
    })
}

fn seat() -> Arc<Principal> {
    person("seat1", "duty_officer", Some("urn:ngsi-ld:Body:ioc"))
}

fn eco() -> Arc<Principal> {
    person("eco_handler", "handler", Some("urn:ngsi-ld:Body:eco"))
}

fn town() -> Arc<Principal> {
    person("township_handler", "handler", Some("urn:ngsi-ld:Body:township-360681111"))
}

impl City {
    fn new() -> Self {
        let disk = SimDisk::new(7);
        let mut city = Self { pen: opened(&disk, 0), disk, seconds: 0 };
        for pack in ["case", "ordinance", "yingtan"] {
            let own = FILES.iter().filter_map(|(path, text)| {
                Some((path.strip_prefix(pack)?.strip_prefix('/')?.to_owned(), json!(text)))
            });
            let files: serde_json::Map<String, Json> = own.collect();
            let title = json!({"zh": pack, "en": pack});
            city.own("pack", "pack.install", json!({"name": pack, "version": "0.1.0", "digest": "d", "title": title, "articles": [], "files": files}));
        }
        for (_, text) in SEEDS {
            let entities: Vec<Json> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
            city.own("pack", "pack.seed", json!({ "entities": entities }));
        }
        city
    }

    fn own(&mut self, engine: &str, name: &str, body: Json) -> Json {
        let answer =
            self.pen.submit(&city_command(engine, name, body), &instant(self.seconds)).unwrap().answer;
        self.pen.sync().unwrap();
        answer
    }

    fn tell(&mut self, who: &Arc<Principal>, name: &str, body: Json) -> Result<Json, Refusal> {
        self.seconds += 5;
        let now = instant(self.seconds).now;
        let permit = self
            .pen
            .access()
            .permit(who, name, now)
            .map_err(|e| Refusal::new(RefusalKind::Forbidden, "", "无权", e.to_string()))?;
        let command = Command {
            name: Name::new(name),
            version: 1,
            body: Body::Json(body),
            permit,
            idempotency_key: None,
            expected: vec![],
        };
        let receipt = self.pen.submit(&command, &instant(self.seconds))?;
        self.pen.sync().unwrap();
        Ok(receipt.answer)
    }

    fn entity(&self, id: &str) -> Arc<Entity> {
        self.pen.state().city(id).unwrap().clone()
    }

    fn permit(&self, who: &Arc<Principal>, action: &str) -> access::Permit {
        self.pen.access().permit(who, action, instant(self.seconds).now).unwrap()
    }

    fn flow(&self) -> Arc<crate::Definition> {
        Definitions::read(self.pen.state()).get("case").unwrap().clone()
    }

    /// An alert in the park, and its case.
    fn alerted(&mut self) -> String {
        let place = json!({"type": "Point", "coordinates": [117.2, 28.29]});
        self.own("rules", "rules.raise", json!({"id": "urn:ngsi-ld:Alert:1", "type": "Alert", "level": 2, "matter": "water_pollution", "article": "38", "state": "active", "area": PARK, "location": place, "headline": {"zh": "疑似超标", "en": "suspected over limit"}, "simulated": true}));
        self.pen.state().all("Case").last().unwrap().id().to_string()
    }

    /// A report 200 m away, its id and code.
    fn reported(&mut self) -> (String, String) {
        let place = json!({"type": "Point", "coordinates": [117.202, 28.29]});
        let body = json!({"words": "河水发黑", "phone": "13870120000", "photo": ["b3-1"], "matter": "water_pollution", "area": TOWN, "location": place});
        let answer = self.tell(&Arc::new(Principal::public(None)), "flow.report", body).unwrap();
        (answer["report"].as_str().unwrap().to_owned(), answer["code"].as_str().unwrap().to_owned())
    }

    /// The machine stops; what was synced is found again.
    fn crash(&mut self) {
        self.disk = self.disk.crash();
        self.pen = opened(&self.disk, self.seconds);
        self.pen.sync().unwrap();
    }
}

/// Two signals, one case, two tasks: the case, the report, the code.
fn dispatched(city: &mut City) -> (String, String, String) {
    let alert_case = city.alerted();
    city.seconds += 480;
    let (report, code) = city.reported();
    let report_case = city.entity(&report).object("case").unwrap().to_string();
    assert!(matches!(city.entity(&report).value("phone"), Some(Value::Sealed(_))), "sealed at rest");
    let flow = city.flow();
    let cases = queue(city.pen.state(), &flow, &city.permit(&seat(), "read"));
    assert_eq!(
        cases.iter().map(|c| c.id().as_str()).collect::<Vec<_>>(),
        [alert_case.as_str(), report_case.as_str()]
    );
    let near = suggest(city.pen.state(), &flow, &cases[0]);
    assert_eq!((near[0].case.as_str(), near[0].minutes), (report_case.as_str(), 8.0));
    let duty = duty_list(city.pen.state(), &flow, &cases[0], instant(city.seconds).now);
    let bodies: Vec<&str> = duty.iter().map(|s| s.body.as_str()).collect();
    assert_eq!(bodies, ["urn:ngsi-ld:Body:eco", "urn:ngsi-ld:Body:township-360681111"]);
    city.tell(
        &seat(),
        "flow.dispatch",
        json!({"case": alert_case, "merge": [report_case], "bodies": bodies}),
    )
    .unwrap();
    city.crash();
    (alert_case, report, code)
}

#[test]
fn two_signals_become_one_case_that_is_answered_checked_closed_and_rated() {
    let mut city = City::new();
    let (alert_case, report, code) = dispatched(&mut city);
    let flow = city.flow();
    let task = |city: &City, who: &Arc<Principal>| {
        let tasks = inbox(city.pen.state(), &city.flow(), &city.permit(who, "read"));
        assert_eq!(tasks.len(), 1);
        tasks[0].id().to_string()
    };
    let (eco_task, town_task) = (task(&city, &eco()), task(&city, &town()));
    assert!(city.permit(&eco(), "read").sees(&city.entity(&report)), "who handles it may read the report");
    city.tell(
        &town(),
        "flow.return",
        json!({"task": town_task, "reason": "other_body", "words": "不归我们"}),
    )
    .unwrap();
    city.tell(&eco(), "flow.accept", json!({"task": eco_task})).unwrap();
    let absorbed =
        city.entity(&alert_case).value("absorbed").unwrap().items()[0].get("case").unwrap().to_json();
    let undo =
        city.tell(&seat(), "flow.unmerge", json!({"case": alert_case, "absorbed": absorbed})).unwrap_err();
    assert_eq!(undo.kind, RefusalKind::Conflict);
    city.tell(&eco(), "flow.start", json!({"task": eco_task})).unwrap();
    city.crash();
    city.tell(&eco(), "flow.reply", json!({"task": eco_task, "words": "已关闸", "photo": ["b3-2"]})).unwrap();
    let checker = person("checker", "checker", Some("urn:ngsi-ld:Body:ioc"));
    let same = person("eco_handler", "checker", None);
    assert_eq!(
        city.tell(&same, "flow.check", json!({"case": alert_case, "pass": true})).unwrap_err().kind,
        RefusalKind::Forbidden
    );
    city.tell(&checker, "flow.check", json!({"case": alert_case, "pass": true})).unwrap();
    city.tell(&checker, "flow.close", json!({"case": alert_case})).unwrap();
    let seen = follow(city.pen.state(), &flow, &code).unwrap();
    assert!(seen.can_rate && seen.case.id().as_str() == alert_case);
    city.tell(&Arc::new(Principal::public(None)), "flow.rate", json!({"code": code, "word": "satisfied"}))
        .unwrap();
    city.crash();
    let lines = log(city.pen.state(), &flow, &city.permit(&seat(), "read"), &city.entity(&alert_case));
    let events: Vec<&str> = lines.iter().filter_map(|l| l.text("event")).collect();
    assert_eq!(
        events,
        [
            "open",
            "merge",
            "file",
            "dispatch",
            "dispatch",
            "return",
            "accept",
            "start",
            "reply",
            "all_replied",
            "check",
            "close",
            "rate"
        ]
    );
    assert_eq!((city.entity(&alert_case).text("state"), city.pen.state().count("Case")), (Some("rated"), 2));
}

#[test]
fn every_matter_finds_a_body_in_every_area() {
    let city = City::new();
    let flow = city.flow();
    let areas: Vec<EntityId> = city
        .pen
        .state()
        .all("Area")
        .filter(|a| a.text("level") == Some("township"))
        .map(|a| a.id().clone())
        .collect();
    assert_eq!(areas.len(), 59);
    for (area, matter) in areas.iter().flat_map(|a| flow.matters.values().map(move |m| (a, m))) {
        let attributes = vec![
            Attribute::new("area", Value::from(area)),
            Attribute::new("matter", Value::text(&matter.id)),
        ];
        let (now, key) = (instant(0).now, EntityKey::city("urn:ngsi-ld:Case:1"));
        let case = Entity {
            key,
            types: vec![Name::new("Case")],
            attributes,
            created_at: now,
            modified_at: now,
            version: 1,
        };
        let found = duty_list(city.pen.state(), &flow, &case, now);
        assert_eq!(found.len(), matter.bodies.len(), "{} in {area}: {found:?}", matter.id);
    }
}

#[test]
fn a_deadline_that_passes_over_a_crash_is_found_once() {
    let mut city = City::new();
    let case = city.alerted();
    city.crash();
    city.seconds += 1_000;
    for _ in 0..3 {
        city.pen.tick(&instant(city.seconds)).unwrap();
        city.pen.sync().unwrap();
        city.crash();
    }
    let lines = log(city.pen.state(), &city.flow(), &city.permit(&seat(), "read"), &city.entity(&case));
    assert_eq!(lines.iter().filter_map(|l| l.text("event")).collect::<Vec<_>>(), ["open", "late"]);
    assert_eq!(city.entity(&case).value("supervised"), Some(&Value::Bool(true)));
}

#[test]
fn nobody_else_writes_a_case() {
    let mut city = City::new();
    let case = city.alerted();
    let mut command =
        city_command("rules", "rules.raise", json!({"id": case, "type": "Case", "state": "closed"}));
    let refusal = city.pen.submit(&command, &instant(9)).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Forbidden);
    assert!(refusal.reason.contains("flow"));
    command.name = Name::new("flow.close");
    assert!(city.pen.submit(&command, &instant(9)).is_err(), "the permit is for another command");
    assert_eq!(city.entity(&case).text("state"), Some("received"));
}
