use super::*;
use crate::listen::test_city::{MN, MONITOR, NOW_MS, TestCity};
use crate::reception::Settings;
use access::{Access, Columns, Principal, Right, Rows};
use door::{Receipt, city_command};
use model::{EntityId, Name, Observation, Quality, RawFrame, Time, Value};
use serde_json::json;
use std::sync::Arc;

const GAUGE: &str = "urn:ngsi-ld:Gauge:1";

async fn city() -> TestCity {
    TestCity::start(Settings::default()).await
}

fn observation(entity: &str, value: f64, at_ms: i64, quality: Quality) -> Observation {
    Observation {
        entity: EntityId::new(entity),
        attribute: Name::new("cod"),
        value: Value::Number(value),
        unit_code: None,
        observed_at: Time::from_millis(at_ms),
        quality,
        mark: Some(Name::new("D")),
    }
}

fn frame(device: &str) -> Option<RawFrame> {
    Some(RawFrame {
        device: EntityId::new(device),
        protocol: Name::new("hj212"),
        bytes: Arc::from(b"##".as_slice()),
        checks: Name::new("ok"),
    })
}

async fn observe(
    city: &TestCity,
    device: &str,
    observations: Vec<Observation>,
    frame: Option<RawFrame>,
) -> Result<Receipt, Refusal> {
    let command = Command {
        name: Name::new("gateway.observe"),
        version: 1,
        body: Body::Observed { observations, frame },
        permit: Access::device(&EntityId::new(device), None),
        idempotency_key: None,
        expected: vec![],
    };
    city.reception.city.door.submit(command).await
}

/// A command by a person with the rights named.
async fn person(
    city: &TestCity,
    actions: &[&str],
    types: &[&str],
    name: &str,
    body: serde_json::Value,
) -> Result<Receipt, Refusal> {
    let right = Right {
        id: Name::new("r"),
        role: Name::new("clerk"),
        actions: actions.iter().map(Name::new).collect(),
        types: types.iter().map(Name::new).collect(),
        columns: Columns::All,
        rows: Rows::All,
        attribute: None,
        purpose: None,
        from: None,
        to: None,
        article: None,
    };
    let who = Arc::new(Principal { roles: vec![Name::new("clerk")], ..Principal::public(None) });
    let permit = Access::new(vec![right]).permit(&who, name, Time(0)).unwrap();
    let command = Command {
        name: Name::new(name),
        version: 1,
        body: Body::Json(body),
        permit,
        idempotency_key: None,
        expected: vec![],
    };
    city.reception.city.door.submit(command).await
}

fn kind<T: std::fmt::Debug>(result: Result<T, Refusal>) -> (RefusalKind, String) {
    let refusal = result.unwrap_err();
    (refusal.kind, refusal.field)
}

#[tokio::test]
async fn a_device_observes_its_own_subject_only() {
    let city = city().await;
    let good = observation(GAUGE, 5.0, NOW_MS, Quality::Valid);
    assert!(observe(&city, MONITOR, vec![good.clone()], frame(MONITOR)).await.is_ok());
    let foreign = observation("urn:ngsi-ld:Gauge:2", 5.0, NOW_MS, Quality::Valid);
    assert_eq!(kind(observe(&city, MONITOR, vec![foreign], None).await).0, RefusalKind::Forbidden);
    assert_eq!(kind(observe(&city, MONITOR, vec![good.clone()], frame("urn:x:y")).await).1, "frame");
    assert_eq!(
        kind(observe(&city, "urn:ngsi-ld:Device:none", vec![good], None).await).0,
        RefusalKind::Missing
    );
    let many = vec![observation(GAUGE, 1.0, NOW_MS, Quality::Valid); 513];
    assert_eq!(kind(observe(&city, MONITOR, many, None).await).1, "observations");
    let nan = observation(GAUGE, f64::NAN, NOW_MS, Quality::Valid);
    assert_eq!(kind(observe(&city, MONITOR, vec![nan], None).await), (RefusalKind::Invalid, "cod".into()));
}

#[tokio::test]
async fn quality_and_mark_stand_beside_a_value_only_when_they_say_something() {
    let city = city().await;
    observe(&city, MONITOR, vec![observation(GAUGE, 5.0, NOW_MS, Quality::Valid)], None).await.unwrap();
    assert!(city.entity(GAUGE).unwrap().attribute("cod").unwrap().sub.is_none());
    observe(&city, MONITOR, vec![observation(GAUGE, 6.0, NOW_MS + 1, Quality::Invalid)], None).await.unwrap();
    let gauge = city.entity(GAUGE).unwrap();
    let sub = gauge.attribute("cod").unwrap().sub.clone().unwrap();
    assert_eq!(
        (sub.get("quality"), sub.get("mark")),
        (Some(&Value::text("invalid")), Some(&Value::text("D")))
    );
}

#[tokio::test]
async fn a_late_reading_leaves_the_current_value_and_the_last_report() {
    let city = city().await;
    observe(&city, MONITOR, vec![observation(GAUGE, 5.0, NOW_MS, Quality::Valid)], None).await.unwrap();
    observe(&city, MONITOR, vec![observation(GAUGE, 4.0, NOW_MS - 60_000, Quality::Valid)], None)
        .await
        .unwrap();
    let gauge = city.entity(GAUGE).unwrap();
    assert_eq!(gauge.number("cod"), Some(5.0));
    assert_eq!(gauge.time("last_report_at"), Some(Time::from_millis(NOW_MS)));
    assert_eq!(city.entity(MONITOR).unwrap().time("last_report_at"), Some(Time::from_millis(NOW_MS)));
    observe(&city, MONITOR, vec![observation(GAUGE, 6.0, NOW_MS + 200_000, Quality::Valid)], None)
        .await
        .unwrap();
    let report = city.entity(GAUGE).unwrap().time("last_report_at").unwrap();
    assert!(report <= Time::from_millis(NOW_MS), "a clock that is ahead does not report from the future");
}

#[tokio::test]
async fn the_city_s_own_parts_observe_any_entity() {
    let city = city().await;
    let rows: Vec<Observation> = (0..6_u8)
        .map(|n| {
            observation(
                &format!("urn:ngsi-ld:Gauge:{}", 1 + n / 3),
                f64::from(n),
                NOW_MS + i64::from(n),
                Quality::Valid,
            )
        })
        .collect();
    let mut command = city_command("gateway", "gateway.observe", json!({}));
    command.body = Body::Observed { observations: rows, frame: None };
    let receipt = city.reception.city.door.submit(command).await.unwrap();
    assert_eq!(city.entity(GAUGE).unwrap().number("cod"), Some(2.0));
    assert_eq!(city.entity("urn:ngsi-ld:Gauge:2").unwrap().number("cod"), Some(5.0));
    let commit = city.reception.city.door.read(receipt.seq).await.unwrap();
    let points: usize =
        commit.changes.iter().map(|c| c.attributes().iter().filter(|a| a.name == "cod").count()).sum();
    assert_eq!(points, 6, "every point is in the log");
    assert_eq!(city.entity(MONITOR).unwrap().time("last_report_at"), None);
}

#[tokio::test]
async fn a_frame_without_readings_is_kept() {
    let city = city().await;
    let receipt = observe(&city, MONITOR, vec![], frame(MONITOR)).await.unwrap();
    assert!(!receipt.repeated);
    let commit = city.reception.city.door.read(receipt.seq).await.unwrap();
    assert!(commit.changes.is_empty() && commit.frame.is_some());
    assert_eq!(commit.header.class, model::Class::Telemetry);
}

#[tokio::test]
async fn only_the_city_holds_sets_secrets_and_writes_connections() {
    let city = city().await;
    let held = json!({ "login": "x", "protocol": "hj212", "reason": "unknown" });
    for (name, body) in [
        ("gateway.hold", held.clone()),
        ("gateway.secrets", json!({ "secrets": [] })),
        ("gateway.connections", json!({ "all": "connected" })),
    ] {
        let refused = person(&city, &["gateway.*"], &["*"], name, body).await;
        assert_eq!(kind(refused).0, RefusalKind::Forbidden, "{name}");
    }
    assert!(city.reception.command("gateway.hold", held).await.is_ok());
}

#[tokio::test]
async fn holding_counts_and_a_refused_sender_stays_refused() {
    let city = city().await;
    let body = |frames: u32| json!({ "login": "x", "protocol": "hj212", "reason": "unknown", "peer": "192.0.2.1", "frames": frames });
    city.reception.command("gateway.hold", body(1)).await.unwrap();
    city.advance(60_000);
    city.reception.command("gateway.hold", body(4)).await.unwrap();
    let id = held_id("hj212", "x").to_string();
    let held = city.entity(&id).unwrap();
    assert_eq!(
        (held.number("frames"), held.text("state"), held.text("peer")),
        (Some(5.0), Some("held"), Some("192.0.2.1"))
    );
    assert!(held.time("first_seen") < held.time("last_seen"));
    person(&city, &["gateway.refuse"], &["HeldDevice"], "gateway.refuse", json!({ "held": id }))
        .await
        .unwrap();
    city.reception.command("gateway.hold", body(1)).await.unwrap();
    assert_eq!(city.entity(&id).unwrap().text("state"), Some("refused"));
    assert_eq!(
        kind(
            city.reception
                .command("gateway.hold", json!({ "login": "x", "protocol": "hj212", "reason": "else" }))
                .await
        )
        .1,
        "reason"
    );
}

#[tokio::test]
async fn approving_needs_the_right_type_a_model_and_a_secret() {
    let city = city().await;
    let digest = crate::secret::digest("hj212", "x", b"1", city.reception.key());
    city.reception
        .command(
            "gateway.hold",
            json!({ "login": "x", "protocol": "hj212", "reason": "unknown", "digest": digest }),
        )
        .await
        .unwrap();
    let id = held_id("hj212", "x").to_string();
    let approve =
        |thing: &str, subject: &str| json!({ "held": id, "thing_model": thing, "subject": subject });
    let clerk = |body| person(&city, &["gateway.approve"], &["HeldDevice"], "gateway.approve", body);
    assert_eq!(
        kind(
            person(&city, &["gateway.approve"], &["Case"], "gateway.approve", approve("gauge-line", GAUGE))
                .await
        )
        .1,
        "held"
    );
    assert_eq!(kind(clerk(approve("none", GAUGE)).await).1, "thing_model");
    assert_eq!(kind(clerk(approve("gauge-topic", GAUGE)).await).1, "thing_model");
    assert_eq!(kind(clerk(approve("gauge-line", "urn:ngsi-ld:Gauge:none")).await).1, "subject");
    assert_eq!(kind(clerk(approve("gauge-line", MONITOR)).await).1, "subject");
    let receipt = clerk(approve("gauge-line", GAUGE)).await.unwrap();
    let device = city.entity(receipt.answer["id"].as_str().unwrap()).unwrap();
    assert_eq!(
        (device.text("state"), device.text("login"), device.text("protocol")),
        (Some("registered"), Some("x"), Some("hj212"))
    );
    assert!(device.value("name").is_some(), "the name follows what is measured");
    assert_eq!(kind(clerk(approve("gauge-line", GAUGE)).await).0, RefusalKind::Conflict);
    let identity = city.reception.identify("hj212", "x", b"1");
    assert!(matches!(identity, crate::directory::Identity::Known(_)), "{identity:?}");
}

#[tokio::test]
async fn approving_a_wrong_password_keeps_the_device() {
    let city = city().await;
    let digest = crate::secret::digest("hj212", MN, b"new", city.reception.key());
    city.reception
        .command(
            "gateway.hold",
            json!({ "login": MN, "protocol": "hj212", "reason": "wrong_password", "digest": digest }),
        )
        .await
        .unwrap();
    let body = json!({ "held": held_id("hj212", MN) });
    let receipt = person(&city, &["gateway.*"], &["*"], "gateway.approve", body).await.unwrap();
    assert_eq!(receipt.answer["id"], MONITOR);
    assert!(matches!(city.reception.identify("hj212", MN, b"new"), crate::directory::Identity::Known(_)));
    assert!(matches!(
        city.reception.identify("hj212", MN, b"123456"),
        crate::directory::Identity::WrongSecret
    ));
}

#[tokio::test]
async fn a_held_sender_without_a_password_needs_one() {
    let city = city().await;
    city.reception
        .command("gateway.hold", json!({ "login": "x", "protocol": "hj212", "reason": "unknown" }))
        .await
        .unwrap();
    let body = json!({ "held": held_id("hj212", "x"), "thing_model": "gauge-line", "subject": GAUGE });
    assert_eq!(kind(person(&city, &["gateway.*"], &["*"], "gateway.approve", body).await).1, "digest");
}

#[tokio::test]
async fn registering_retiring_and_registering_again() {
    let city = city().await;
    let digest = crate::secret::digest("mqtt", "n1", b"s", city.reception.key());
    let body = json!({ "login": "n1", "protocol": "mqtt", "thing_model": "gauge-topic", "subject": GAUGE, "digest": digest });
    let register = |body| person(&city, &["gateway.*"], &["*"], "gateway.register", body);
    let receipt = register(body.clone()).await.unwrap();
    let id = receipt.answer["id"].as_str().unwrap().to_owned();
    assert_eq!(kind(register(body.clone()).await).0, RefusalKind::Conflict);
    for (field, value) in [("login", "a/b"), ("protocol", "smoke"), ("digest", "short")] {
        let mut bad = body.clone();
        bad[field] = json!(value);
        assert_eq!(kind(register(bad).await).1, field);
    }
    assert!(matches!(city.reception.identify("mqtt", "n1", b"s"), crate::directory::Identity::Known(_)));
    person(&city, &["gateway.*"], &["*"], "gateway.retire", json!({ "device": id })).await.unwrap();
    assert!(matches!(city.reception.identify("mqtt", "n1", b"s"), crate::directory::Identity::Refused));
    register(body).await.unwrap();
    assert_eq!(city.entity(&id).unwrap().text("state"), Some("registered"));
}

#[tokio::test]
async fn a_start_disconnects_everybody() {
    let city = city().await;
    let state = |word: &str| json!({ "devices": { MONITOR: word, "urn:ngsi-ld:Device:none": word } });
    city.reception.command("gateway.connections", state("connected")).await.unwrap();
    assert_eq!(city.entity(MONITOR).unwrap().text("connection"), Some("connected"));
    assert_eq!(kind(city.reception.command("gateway.connections", state("asleep")).await).1, "devices");
    let seq = city.seq();
    city.reception.command("gateway.connections", state("connected")).await.unwrap();
    assert_eq!(city.seq(), seq, "no change, no commit");
    let snapshot = city.reception.city.door.snapshot();
    let at = Moment { state: &snapshot.state, now: Time::from_millis(NOW_MS), entropy: [0; 32] };
    let mut commit = city.reception.city.door.read(1).await.unwrap();
    commit.header.outcome = Outcome::Started { gap_s: 9 };
    let effects = Gateway.step(&at, &commit);
    assert_eq!(effects.len(), 1);
    let Body::Json(body) = &effects[0].body else { panic!("json") };
    city.reception.command(effects[0].command.as_str(), body.clone()).await.unwrap();
    assert_eq!(city.entity(MONITOR).unwrap().text("connection"), Some("disconnected"));
}
