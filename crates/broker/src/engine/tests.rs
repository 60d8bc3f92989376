use super::*;
use crate::testing::{City, own_body};
use access::{Access, Columns};
use model::{Class, Name};

fn gauge(id: &str, level: f64) -> Json {
    json!({"id": id, "type": "Gauge", "level": {"type": "Property", "value": level, "unitCode": "MTR"}, "name": "a"})
}

fn with_gauge() -> City {
    let mut city = City::new();
    city.run("broker.create", json!({"entity": gauge("urn:g:1", 1.0)})).unwrap();
    city
}

/// The gauge as it is created, with more members and without some.
fn but(more: Json, less: &[&str]) -> Json {
    let mut o =
        json!({"id": "urn:g:1", "type": "Gauge", "level": 1, "name": "a"}).as_object().unwrap().clone();
    o.extend(more.as_object().unwrap().clone());
    less.iter().for_each(|k| drop(o.remove(*k)));
    Json::Object(o)
}

/// Command, body, what the gauge is after it, what is answered.
type Case = (&'static str, Json, Json, Json);

fn leave(cases: impl IntoIterator<Item = Case>) {
    for (name, body, left, answer) in cases {
        let mut city = with_gauge();
        let decision = city.run(name, body.clone()).unwrap_or_else(|e| panic!("{name} {body}: {e}"));
        assert_eq!((city.shown("urn:g:1"), decision.answer), (left, answer), "{name} {body}");
    }
}

#[test]
fn append_and_update_by_what_they_leave() {
    let set = |a: Json| json!({"id": "urn:g:1", "attributes": a});
    let keep = |a: Json| json!({"id": "urn:g:1", "attributes": a, "no_overwrite": true});
    let done = |updated: &[&str], not: &[&str], reason: &str| {
        let not: Vec<Json> = not.iter().map(|n| json!({"attributeName": n, "reason": reason})).collect();
        json!({"updated": updated, "notUpdated": not})
    };
    let (there, absent) =
        ("exists already and noOverwrite was asked for", "the entity has no such attribute");
    let gone = "urn:ngsi-ld:null";
    let both = json!({"x": 1, "name": "b"});
    let typed = json!({"id": "urn:g:1", "type": "Gauge|Other", "attributes": {"name": "b"}});
    leave([
        ("broker.append", set(both.clone()), but(both.clone(), &[]), done(&["name", "x"], &[], "")),
        ("broker.append", keep(both), but(json!({"x": 1}), &[]), done(&["x"], &["name"], there)),
        (
            "broker.append",
            set(json!({"type": "T"})),
            but(json!({"type": ["Gauge", "T"]}), &[]),
            done(&[], &[], ""),
        ),
        ("broker.update", set(json!({"x": 1})), but(json!({"x": 1}), &[]), done(&["x"], &[], "")),
        (
            "broker.update",
            set(json!({"level": {"value": 2}})),
            but(json!({"level": 2}), &[]),
            done(&["level"], &[], ""),
        ),
        ("broker.update", set(json!({"name": gone})), but(json!({}), &["name"]), done(&["name"], &[], "")),
        (
            "broker.update",
            set(json!({"scope": "/a", "x": gone})),
            but(json!({}), &[]),
            done(&[], &["scope", "x"], absent),
        ),
        ("broker.update", typed, but(json!({"name": "b"}), &[]), done(&["name"], &[], "")),
    ]);
}

#[test]
fn other_commands_by_what_they_leave() {
    let attr = |name: &str, f: Json| json!({"id": "urn:g:1", "attribute": name, "fragment": f});
    let whole = |e: Json| json!({"id": "urn:g:1", "entity": e});
    let none = Json::Null;
    let merge = json!({"name": "urn:ngsi-ld:null", "y": {"value": {"k": 1}}, "none": "urn:ngsi-ld:null"});
    let other = json!({"id": "urn:g:1", "type": "Other", "z": 5});
    let name = json!({"id": "urn:g:1", "attribute": "name"});
    leave([
        ("broker.partial", attr("level", json!({"value": 3})), but(json!({"level": 3}), &[]), none.clone()),
        ("broker.partial", attr("level", json!({"unitCode": "CMT"})), but(json!({}), &[]), none.clone()),
        (
            "broker.replace_attr",
            attr("level", json!({"value": 4})),
            but(json!({"level": 4}), &[]),
            none.clone(),
        ),
        ("broker.merge", whole(merge), but(json!({"y": {"k": 1}}), &["name"]), none.clone()),
        ("broker.replace", whole(json!({"level": 5})), but(json!({"level": 5}), &["name"]), none.clone()),
        ("broker.replace", whole(other.clone()), other, none.clone()),
        ("broker.delete_attr", name, but(json!({}), &["name"]), none.clone()),
        ("broker.delete", json!({"id": "urn:g:1"}), none.clone(), none),
    ]);
}

#[test]
fn commands_by_why_they_are_refused() {
    use RefusalKind::*;
    let attr = |id: &str, name: &str, f: Json| json!({"id": id, "attribute": name, "fragment": f});
    let cases = [
        ("broker.create", json!({"entity": gauge("urn:g:1", 2.0)}), Conflict, "id"),
        ("broker.create", json!({"entity": {"id": "plain", "type": "Gauge"}}), Invalid, "id"),
        ("broker.create", json!({"entity": {"id": "urn:g:2"}}), Invalid, "type"),
        ("broker.create", json!({"entity": gauge("urn:g:2", 99.0)}), Invalid, "level"),
        ("broker.create", json!({"entity": {"id": "urn:g:2", "type": "Gauge"}}), Invalid, "level"),
        (
            "broker.create",
            json!({"entity": {"id": "urn:g:2", "type": "Gauge", "level": {"type": "Property"}}}),
            Invalid,
            "level",
        ),
        ("broker.create", json!({"entity": {"id": "urn:m:2", "type": "Matter"}}), Forbidden, "type"),
        ("broker.create", json!({"wrong": 1}), Invalid, "body"),
        ("broker.append", json!({"id": "urn:g:9", "attributes": {"a": 1}}), Missing, "id"),
        ("broker.append", json!({"id": "not a uri", "attributes": {"a": 1}}), Invalid, "id"),
        ("broker.append", json!({"id": "urn:g:1", "attributes": []}), Invalid, ""),
        ("broker.update", json!({"id": "urn:g:9", "attributes": {"a": 1}}), Missing, "id"),
        (
            "broker.update",
            json!({"id": "urn:g:1", "type": "Other", "attributes": {"name": "b"}}),
            Missing,
            "id",
        ),
        ("broker.delete", json!({"id": "urn:g:1", "type": "Other"}), Missing, "id"),
        ("broker.delete", json!({"id": "urn:g:1", "type": "(("}), Invalid, "type"),
        ("broker.partial", attr("urn:g:1", "scope", json!({"value": "/a"})), Invalid, "scope"),
        ("broker.append", json!({"id": "urn:g:1", "attributes": {"scope": "9bad"}}), Invalid, "scope"),
        (
            "broker.update",
            json!({"id": "urn:g:1", "attributes": {"level": "urn:ngsi-ld:null"}}),
            Invalid,
            "level",
        ),
        ("broker.update", json!({"id": "urn:m:1", "attributes": {"state": "closed"}}), Forbidden, "type"),
        ("broker.merge", json!({"id": "urn:m:1", "entity": {"state": "closed"}}), Forbidden, "type"),
        ("broker.merge", json!({"id": "urn:g:1", "entity": {"id": "urn:g:2"}}), Invalid, "id"),
        ("broker.merge", json!({"id": "urn:g:1", "entity": {"new": {"unitCode": "MTR"}}}), Invalid, "new"),
        ("broker.merge", json!({"entity": {}}), Invalid, "id"),
        ("broker.replace", json!({"id": "urn:g:9", "entity": {"level": 1}}), Missing, "id"),
        ("broker.replace", json!({"id": "urn:g:1", "entity": {"name": "b"}}), Invalid, "level"),
        ("broker.partial", attr("urn:g:1", "none", json!({"value": 1})), Missing, "attribute"),
        ("broker.partial", attr("urn:g:1", "level", json!({"object": "urn:x:1"})), Invalid, "level"),
        ("broker.partial", attr("urn:g:1", "level", json!({})), Invalid, "level"),
        ("broker.partial", attr("urn:g:9", "level", json!({"value": 1})), Missing, "id"),
        ("broker.partial", attr("urn:g:1", "a-b", json!({"value": 1})), Invalid, "attribute"),
        ("broker.delete_attr", json!({"id": "urn:g:1", "attribute": "none"}), Missing, "attribute"),
        ("broker.delete_attr", json!({"id": "urn:g:1", "attribute": "level"}), Invalid, "level"),
        ("broker.delete", json!({"id": "urn:g:9"}), Missing, "id"),
        ("broker.delete", json!({"id": "urn:s:1"}), Forbidden, "type"),
        ("broker.upsert", json!({"entities": []}), Invalid, "entities"),
        ("broker.batch_delete", json!({"ids": vec!["urn:x:1"; 1_001]}), Invalid, "entities"),
        ("broker.fly", json!({}), Missing, "name"),
    ];
    let mut city = with_gauge();
    let before = city.state.seq();
    for (name, body, kind, field) in cases {
        let refusal = city.run(name, body.clone()).expect_err(&format!("{name} {body}"));
        assert_eq!((refusal.kind, refusal.field.as_str()), (kind, field), "{name} {body}: {refusal}");
        assert!(!refusal.reason_zh.is_empty());
    }
    assert_eq!(city.state.seq(), before, "nothing was taken");
}

#[test]
fn a_type_of_a_flow_is_refused_by_naming_the_flow() {
    let refused = |city: &mut City, id: &str| {
        city.run("broker.merge", json!({"id": id, "entity": {"state": "closed"}})).unwrap_err()
    };
    let mut city = City::new();
    let flow = refused(&mut city, "urn:m:1");
    assert!(flow.reason_zh.contains("事项办理") && flow.reason.contains("matters"), "{flow}");
    assert!(refused(&mut city, "urn:s:1").reason.contains("gateway"));
    // The same after a restart from a savepoint, before any pack is installed again.
    let saved = city.broker.save();
    city.broker = Broker::default();
    city.broker.load(&saved).unwrap();
    assert_eq!(refused(&mut city, "urn:m:1"), flow);
    assert!(city.broker.load(b"nonsense").is_err());
}

#[test]
fn no_type_of_another_engine_is_slipped_in() {
    let mut city = with_gauge();
    let create = |types: Json| json!({"entity": {"id": "urn:g:5", "type": types, "level": 1}});
    let retype = json!({"id": "urn:g:1", "attributes": {"type": "Matter"}});
    let cases = [
        ("broker.create", create(json!(["Gauge", "Matter"]))),
        ("broker.create", create(json!("Pack"))),
        ("broker.create", create(json!(["Gauge", "Credential"]))),
        ("broker.create", create(json!("Token"))),
        ("broker.append", retype.clone()),
        ("broker.update", retype),
        ("broker.merge", json!({"id": "urn:g:1", "entity": {"type": ["Gauge", "Matter"]}})),
        ("broker.replace", json!({"id": "urn:g:1", "entity": {"type": ["Gauge", "Secret"], "level": 1}})),
    ];
    for (name, body) in cases {
        let refusal = city.run(name, body.clone()).expect_err(&format!("{name} {body}"));
        assert_eq!((refusal.kind, refusal.field.as_str()), (RefusalKind::Forbidden, "type"), "{name} {body}");
    }
}

#[test]
fn a_batch_answers_for_every_entity() {
    let ids = |v: &Json| {
        v.as_array().unwrap().iter().map(|x| x.as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let mut city = with_gauge();
    let many = json!([gauge("urn:g:1", 2.0), gauge("urn:g:2", 3.0), gauge("urn:g:3", 99.0), {"type": "Gauge"}, {"id": "urn:m:1", "type": "Matter"}, gauge("urn:g:2", 4.0)]);
    let done = city.run("broker.upsert", json!({"entities": many})).unwrap();
    assert_eq!(
        (ids(&done.answer["created"]), ids(&done.answer["updated"])),
        (vec!["urn:g:2".into()], vec!["urn:g:1".into(), "urn:g:2".into()])
    );
    let errors = done.answer["errors"].as_array().unwrap();
    let told: Vec<_> = errors
        .iter()
        .map(|e| (e["entityId"].as_str().unwrap(), e["error"]["status"].as_u64().unwrap()))
        .collect();
    assert_eq!(told, [("urn:g:3", 400), ("", 400), ("urn:m:1", 403)]);
    assert_eq!((city.shown("urn:g:2")["level"].clone(), city.shown("urn:g:3")), (json!(4), Json::Null));

    let update = json!({"entities": [{"id": "urn:g:1", "type": "Gauge", "extra": 1}], "update": true});
    city.run("broker.upsert", update).unwrap();
    assert_eq!(
        (city.shown("urn:g:1")["level"].clone(), city.shown("urn:g:1")["extra"].clone()),
        (json!(2), json!(1))
    );

    let created = city
        .run("broker.batch_create", json!({"entities": [gauge("urn:g:1", 1.0), gauge("urn:g:4", 1.0)]}))
        .unwrap();
    assert_eq!(
        (ids(&created.answer["created"]), created.answer["errors"][0]["error"]["status"].as_u64()),
        (vec!["urn:g:4".into()], Some(409))
    );
    let updated = city
        .run(
            "broker.batch_update",
            json!({"entities": [{"id": "urn:g:4", "name": "n"}, {"id": "urn:g:9", "name": "n"}]}),
        )
        .unwrap();
    assert_eq!(
        (ids(&updated.answer["updated"]), updated.answer["errors"][0]["error"]["status"].as_u64()),
        (vec!["urn:g:4".into()], Some(404))
    );
    let kept = city
        .run(
            "broker.batch_update",
            json!({"entities": [{"id": "urn:g:4", "name": "m"}], "no_overwrite": true}),
        )
        .unwrap();
    assert_eq!(
        (kept.answer["errors"].as_array().unwrap().len(), city.shown("urn:g:4")["name"].clone()),
        (1, json!("n"))
    );
    city.run("broker.batch_merge", json!({"entities": [{"id": "urn:g:4", "name": "urn:ngsi-ld:null"}]}))
        .unwrap();
    assert!(city.shown("urn:g:4").get("name").is_none());
    let deleted = city.run("broker.batch_delete", json!({"ids": ["urn:g:4", "urn:g:9", 7]})).unwrap();
    assert_eq!(
        (ids(&deleted.answer["deleted"]), deleted.answer["errors"].as_array().unwrap().len()),
        (vec!["urn:g:4".into()], 2)
    );
}

#[test]
fn scopes_are_joined_replaced_and_removed() {
    let mut city = with_gauge();
    let mut run = |name: &str, body: Json| {
        city.run(name, body).unwrap();
        city.shown("urn:g:1")["scope"].clone()
    };
    let scope =
        |s: &str, keep: bool| json!({"id": "urn:g:1", "attributes": {"scope": s}, "no_overwrite": keep});
    assert_eq!(run("broker.append", scope("/a", true)), "/a");
    assert_eq!(run("broker.append", scope("/b", true)), json!(["/a", "/b"]));
    assert_eq!(run("broker.append", scope("/c", false)), "/c");
    assert_eq!(run("broker.update", json!({"id": "urn:g:1", "attributes": {"scope": "/d"}})), "/d");
    assert_eq!(run("broker.delete_attr", json!({"id": "urn:g:1", "attribute": "scope"})), Json::Null);
}

#[test]
fn instances_are_told_apart_by_dataset() {
    let mut city = with_gauge();
    let two = json!({"flow": [{"value": 1}, {"value": 2, "datasetId": "urn:d:2"}]});
    city.run("broker.append", json!({"id": "urn:g:1", "attributes": two})).unwrap();
    let values = |city: &City| {
        let entity = city.state.city("urn:g:1").unwrap();
        entity
            .attributes
            .iter()
            .filter(|a| a.name == *"flow")
            .map(|a| a.value.as_number().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(values(&city), [1.0, 2.0]);
    let part =
        json!({"id": "urn:g:1", "attribute": "flow", "fragment": {"value": 5, "datasetId": "urn:d:2"}});
    city.run("broker.partial", part).unwrap();
    assert_eq!(values(&city), [1.0, 5.0]);
    city.run("broker.delete_attr", json!({"id": "urn:g:1", "attribute": "flow"})).unwrap();
    assert_eq!(values(&city), [5.0]);
    city.run("broker.append", json!({"id": "urn:g:1", "attributes": {"flow": 7}})).unwrap();
    city.run("broker.delete_attr", json!({"id": "urn:g:1", "attribute": "flow", "delete_all": true}))
        .unwrap();
    assert!(values(&city).is_empty());
}

#[test]
fn a_right_opens_its_own_rows_and_columns_only() {
    let mine = |name: &str, columns| own_body(name, &["Gauge"], columns);
    let body = |b: &str, level: f64| json!({"entity": {"id": "urn:g:7", "type": "Gauge", "level": level, "body": {"object": b}}});
    let mut city = City::new();
    let create = |city: &mut City, b: &str, columns| {
        city.run_by(mine("broker.create", columns), "broker.create", body(b, 1.0))
    };
    assert_eq!(create(&mut city, "urn:b:2", Columns::All).unwrap_err().kind, RefusalKind::Forbidden);
    let narrow = Columns::Only(vec![Name::new("body")]);
    assert_eq!(create(&mut city, "urn:b:1", narrow.clone()).unwrap_err().field, "level");
    create(&mut city, "urn:b:1", Columns::All).unwrap();
    let patch = json!({"id": "urn:g:7", "attributes": {"level": 2}});
    let by = |city: &mut City, columns| {
        city.run_by(mine("broker.update", columns), "broker.update", patch.clone())
    };
    assert_eq!(by(&mut city, narrow).unwrap_err().kind, RefusalKind::Forbidden);
    by(&mut city, Columns::All).unwrap();
    city.run_by(
        Access::city("x", "broker.merge"),
        "broker.merge",
        json!({"id": "urn:g:7", "entity": {"body": {"object": "urn:b:2"}}}),
    )
    .unwrap();
    assert_eq!(
        by(&mut city, Columns::All).unwrap_err().kind,
        RefusalKind::Missing,
        "what is not seen is not there"
    );
}

#[test]
fn observed_values_are_telemetry_and_all_else_is_governed() {
    let mut city = with_gauge();
    let mut class =
        |a: Json| city.run("broker.append", json!({"id": "urn:g:1", "attributes": a})).unwrap().class;
    assert_eq!(class(json!({"level": {"value": 2, "observedAt": "2026-07-06T12:00:00Z"}})), Class::Telemetry);
    assert_eq!(
        class(json!({"level": {"value": 3, "observedAt": "2026-07-06T12:01:00Z"}, "name": "b"})),
        Class::Governed
    );
}
