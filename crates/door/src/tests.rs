//! The pen, the log and the reactor in one thread, on a simulated disk that fails and crashes.
//!
//! A small engine answers every `Ping` with exactly one `Echo`. Whatever the disk does, after recovery every
//! acknowledged ping is there once, with one echo, in the order in which they were accepted.

use crate::{
    Accounts, Body, Command, Decision, Effect, Engine, Moment, Packs, Pen, Refusal, RefusalKind, Vault,
    city_command, open, pen::Instant,
};
use access::Access;
use model::{Attribute, Change, Commit, EntityId, EntityKey, Name, Time, Value};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{Faults, LogOptions, SimDisk};

/// Answers each new ping with an echo, and counts the pings that it has seen.
#[derive(Default)]
struct Echo {
    seen: u64,
}

fn key(id: &str) -> EntityKey {
    EntityKey::city(id)
}

impl Engine for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn decide(&self, _: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
        let Body::Json(body) = &command.body else { unreachable!() };
        let n = body["n"].as_u64().unwrap();
        let kind = if command.name == "echo.ping" { "Ping" } else { "Echo" };
        if n == 13 {
            return Err(Refusal::new(RefusalKind::Invalid, "n", "不吉利", "unlucky"));
        }
        let id = format!("urn:ngsi-ld:{kind}:{n}");
        let attributes = vec![Attribute::new("n", Value::Number(n as f64))];
        Ok(Decision::governed(vec![Change::Create {
            key: key(&id),
            types: vec![Name::new(kind)],
            attributes,
        }]))
    }

    fn step(&mut self, _: &Moment<'_>, commit: &Commit) -> Vec<Effect> {
        let pings =
            commit.changes.iter().filter_map(|c| c.key().id.as_str().strip_prefix("urn:ngsi-ld:Ping:"));
        let effects: Vec<Effect> = pings
            .map(|n| Effect {
                command: Name::new("echo.answer"),
                body: Body::Json(json!({"n": n.parse::<u64>().unwrap()})),
                pack: Some(Name::new("echo@1")),
            })
            .collect();
        self.seen += effects.len() as u64;
        effects
    }

    fn save(&self) -> Vec<u8> {
        self.seen.to_le_bytes().to_vec()
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.seen = u64::from_le_bytes(bytes.try_into().map_err(|_| "eight bytes wanted")?);
        Ok(())
    }
}

/// Seals by turning the bytes round; enough to see that nothing plain reaches the log.
struct Mirror;

impl Vault for Mirror {
    fn seal(&mut self, subject: &EntityId, plain: &[u8]) -> Result<model::Sealed, String> {
        let bytes: Vec<u8> = plain.iter().rev().copied().collect();
        Ok(model::Sealed { subject: subject.clone(), key_version: 1, bytes: bytes.into() })
    }

    fn open(&self, sealed: &model::Sealed) -> Result<Vec<u8>, String> {
        Ok(sealed.bytes.iter().rev().copied().collect())
    }
}

fn instant(s: i64) -> Instant {
    Instant { now: Time::from_secs(1_800_000_000 + s), entropy: [3; 32] }
}

fn engines() -> Vec<Box<dyn Engine>> {
    vec![Box::new(Packs), Box::new(Accounts), Box::new(Echo::default())]
}

fn opened(disk: &SimDisk, s: i64) -> Result<Pen<SimDisk>, crate::OpenError> {
    open(
        disk.clone(),
        LogOptions { segment_bytes: 4_096, ..LogOptions::default() },
        engines(),
        Box::new(Mirror),
        &instant(s),
    )
    .map(|(pen, _)| pen)
}

const SCHEMAS: &str = "{type: Ping, writer: echo, open: true}";

fn install(pen: &mut Pen<SimDisk>) {
    let files = json!({
        "entities/ping.yaml": SCHEMAS,
        "entities/echo.yaml": "{type: Echo, writer: echo, open: true}",
        "entities/card.yaml": "{type: Card, writer: broker, attributes: {phone: {type: text, personal: true, subject: id}, name: {type: text}}}",
        "access/all.yaml": "[{id: look, role: clerk, actions: [read], types: [Card], rows: all, purpose: calling}, {id: see, role: guest, actions: [read], types: [Card], rows: all}]",
    });
    let body = json!({"name": "echo", "version": "1", "digest": "d", "title": {"zh": "回", "en": "echo"}, "articles": [], "files": files});
    pen.submit(&city_command("pack", "pack.install", body), &instant(0)).unwrap();
}

fn ping(n: u64) -> Command {
    let mut command = city_command("test", "echo.ping", json!({ "n": n }));
    command.idempotency_key = Some(Name::new(format!("ping-{n}")));
    command
}

fn numbers(pen: &Pen<SimDisk>, kind: &str) -> BTreeSet<u64> {
    pen.state().all(kind).map(|e| e.number("n").unwrap() as u64).collect()
}

/// How often each ping and echo stands in the log, and the order of the pings.
fn in_log(pen: &mut Pen<SimDisk>) -> (BTreeMap<String, u32>, Vec<u64>) {
    let (mut counts, mut order) = (BTreeMap::new(), Vec::new());
    pen.log()
        .read_from(1, &mut |commit: Commit| {
            for change in &commit.changes {
                let id = change.key().id.as_str();
                *counts.entry(id.to_owned()).or_insert(0) += 1;
                order.extend(id.strip_prefix("urn:ngsi-ld:Ping:").and_then(|n| n.parse::<u64>().ok()));
            }
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    (counts, order)
}

/// One life after another on a failing disk; gives the pings that were acknowledged, in order.
fn lives(seed: u64) -> (Vec<u64>, SimDisk) {
    let mut disk = SimDisk::new(seed);
    let (mut acknowledged, mut n, mut dice) = (Vec::new(), 100, seed | 1);
    for life in 0..4 {
        let Ok(mut pen) = opened(&disk, life * 1_000) else {
            panic!("seed {seed}: not opened in life {life}")
        };
        if life == 0 {
            install(&mut pen);
        }
        pen.sync().unwrap();
        if life > 0 {
            disk.set_faults(faults(seed, life));
        }
        for _ in 0..30 {
            let mut waiting = Vec::new();
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            for _ in 0..=(dice >> 60) % 4 {
                n += 1;
                if pen.submit(&ping(n), &instant(life * 1_000 + 1)).is_ok() {
                    waiting.push(n);
                }
            }
            match pen.sync() {
                Ok(_) => acknowledged.extend(waiting),
                Err(_) => {
                    assert!(
                        pen.submit(&ping(999_999), &instant(0)).is_err() || pen.sync().is_err(),
                        "seed {seed}: a broken disk is still trusted"
                    );
                    break;
                }
            }
        }
        disk = disk.crash();
    }
    (acknowledged, disk)
}

fn faults(seed: u64, life: i64) -> Faults {
    let often = u32::try_from(10 + (seed * 7 + life.unsigned_abs()) % 60).unwrap();
    match (seed + life.unsigned_abs()) % 4 {
        0 => Faults { sync_error: often, ..Faults::default() },
        1 => Faults { short_write: often, ..Faults::default() },
        2 => Faults { capacity: usize::try_from(9_000 + seed * 150).unwrap(), ..Faults::default() },
        _ => Faults::default(),
    }
}

#[test]
fn nothing_acknowledged_is_lost_or_doubled_over_a_hundred_seeds() {
    for seed in 1..=100 {
        let (acknowledged, disk) = lives(seed);
        let mut pen = opened(&disk, 9_000).unwrap();
        pen.sync().unwrap();
        let (counts, order) = in_log(&mut pen);
        for n in &acknowledged {
            for kind in ["Ping", "Echo"] {
                assert_eq!(
                    counts.get(&format!("urn:ngsi-ld:{kind}:{n}")),
                    Some(&1),
                    "seed {seed}: {kind} {n}"
                );
            }
        }
        assert!(counts.values().all(|c| *c == 1), "seed {seed}: something stands twice");
        let found: Vec<u64> = order.iter().copied().filter(|n| acknowledged.contains(n)).collect();
        assert_eq!(found, acknowledged, "seed {seed}: order");
        assert_eq!(numbers(&pen, "Ping"), numbers(&pen, "Echo"), "seed {seed}: a reaction is missing");
        assert!(acknowledged.len() > 20, "seed {seed}: the test did nothing");
    }
}

fn fresh() -> Pen<SimDisk> {
    let disk = SimDisk::new(1);
    let mut pen = opened(&disk, 0).unwrap();
    install(&mut pen);
    pen
}

#[test]
fn a_repeated_command_is_answered_and_not_stored_again() {
    let mut pen = fresh();
    let first = pen.submit(&ping(1), &instant(1)).unwrap();
    let again = pen.submit(&ping(1), &instant(2)).unwrap();
    assert!(!first.repeated && again.repeated);
    assert_eq!(first.seq, again.seq);
    assert_eq!(again.answer, json!({"created": ["urn:ngsi-ld:Ping:1"]}));
}

#[test]
fn a_refused_effect_is_logged_with_its_reason() {
    let mut pen = fresh();
    let mut command = ping(13);
    command.name = Name::new("pack.seed");
    command.permit = Access::city("test", "pack.seed");
    command.body = Body::Json(json!({"entities": [{"id": "urn:ngsi-ld:Ping:13", "type": "Ping", "n": 13}]}));
    pen.submit(&command, &instant(1)).unwrap();
    let commits = pen.sync().unwrap();
    let last = commits.last().unwrap();
    assert_eq!(last.header.outcome, model::Outcome::Refused(Name::new("unlucky")));
    assert_eq!(last.header.reacted_to.as_ref().unwrap().engine, "echo");
}

#[test]
fn a_type_is_written_by_its_engine_only() {
    let mut pen = fresh();
    let steal =
        Change::Create { key: key("urn:ngsi-ld:Ping:7"), types: vec![Name::new("Ping")], attributes: vec![] };
    let refusal = pen.schemas().check(pen.state(), "broker", &steal).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Forbidden);
    assert!(refusal.reason.contains("echo"), "{}", refusal.reason);
    pen.submit(&ping(7), &instant(1)).unwrap();
    let patch = Change::Set {
        key: key("urn:ngsi-ld:Ping:7"),
        attributes: vec![Attribute::new("n", Value::Number(8.0))],
    };
    assert!(pen.schemas().check(pen.state(), "broker", &patch).is_err());
    assert!(pen.schemas().check(pen.state(), "echo", &patch).is_ok());
}

#[test]
fn a_second_type_does_not_open_a_door() {
    let pen = fresh();
    let types = vec![Name::new("Card"), Name::new("Ping")];
    let smuggle = Change::Create { key: key("urn:ngsi-ld:Card:9"), types, attributes: vec![] };
    assert_eq!(
        pen.schemas().check(pen.state(), "broker", &smuggle).unwrap_err().kind,
        RefusalKind::Forbidden
    );
}

#[test]
fn a_stale_version_and_a_foreign_permit_are_refused() {
    let mut pen = fresh();
    let mut command = ping(5);
    command.expected = vec![crate::Expected { key: key("urn:ngsi-ld:Ping:5"), version: 4 }];
    assert_eq!(pen.submit(&command, &instant(1)).unwrap_err().kind, RefusalKind::Conflict);
    command.expected = vec![crate::Expected { key: key("urn:ngsi-ld:Ping:5"), version: 0 }];
    command.permit = Access::city("test", "echo.answer");
    assert_eq!(pen.submit(&command, &instant(1)).unwrap_err().kind, RefusalKind::Forbidden);
    command.permit = Access::city("test", "echo.ping");
    assert!(pen.submit(&command, &instant(1)).is_ok());
}

#[test]
fn a_personal_value_rests_sealed_and_its_reading_is_audited() {
    let mut pen = fresh();
    let seed = json!({"entities": [{"id": "urn:ngsi-ld:Card:1", "type": "Card", "phone": "13800000000", "name": "甲"}]});
    pen.submit(&city_command("pack", "pack.seed", seed), &instant(1)).unwrap();
    let card = pen.state().city("urn:ngsi-ld:Card:1").unwrap().clone();
    let Some(Value::Sealed(sealed)) = card.value("phone") else { panic!("not sealed") };
    assert_eq!(sealed.subject, *card.id());
    assert_eq!(pen.unseal(sealed).unwrap(), b"\"13800000000\"");
    assert_eq!(card.text("name"), Some("甲"));

    let reader = |role: &str| {
        let who = access::Principal {
            id: EntityId::new("urn:ngsi-ld:Person:a"),
            roles: vec![Name::new(role)],
            ..access::Principal::public(None)
        };
        pen.access().permit(&std::sync::Arc::new(who), "read", instant(1).now).unwrap()
    };
    let (clerk, guest) = (reader("clerk"), reader("guest"));
    let ask = |permit| Command {
        name: Name::new("access.read"),
        version: 1,
        body: Body::Json(json!({"tenant": "", "id": "urn:ngsi-ld:Card:1", "attributes": ["phone"]})),
        permit,
        idempotency_key: None,
        expected: vec![],
    };
    assert_eq!(pen.submit(&ask(guest), &instant(2)).unwrap_err().kind, RefusalKind::Forbidden);
    pen.submit(&ask(clerk), &instant(2)).unwrap();
    let audit = pen.sync().unwrap().last().unwrap().clone();
    assert_eq!(
        (audit.header.class, audit.header.actor.right.clone()),
        (model::Class::Audit, Some(Name::new("look")))
    );
    assert_eq!(pen.state().count("ReadAudit"), 1);
}

#[test]
fn time_never_runs_backwards_in_the_log() {
    let mut pen = fresh();
    pen.submit(&ping(1), &instant(100)).unwrap();
    pen.submit(&ping(2), &instant(50)).unwrap();
    let commits = pen.sync().unwrap();
    assert!(commits.windows(2).all(|w| w[0].at() <= w[1].at()));
}
