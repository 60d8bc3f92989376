use super::*;
use crate::context::Contexts;
use serde_json::json;

fn parse(value: Json, patch: Patch) -> Result<Vec<Parsed>, LdError> {
    parse_instances("a", &value, &Contexts::new().resolve(None).unwrap(), patch)
}

#[test]
fn the_three_forms_and_all_kinds_are_told_apart() {
    use AttributeKind::*;
    let geo = json!({"type": "Point", "coordinates": [117.25, 28.5]});
    let id = Value::Id(EntityId::new("urn:ngsi-ld:B:1"));
    let map = |k: &str, v: &str| Value::map([(k, Value::text(v))]);
    let cases = [
        (json!({"type": "Property", "value": 3}), Property, Value::Number(3.0)),
        (json!({"value": 3}), Property, Value::Number(3.0)),
        (json!(3), Property, Value::Number(3.0)),
        (json!({"type": "Property", "value": "urn:ngsi-ld:B:1"}), Property, Value::text("urn:ngsi-ld:B:1")),
        (
            json!({"value": {"@type": "DateTime", "@value": "1970-01-01T00:00:01Z"}}),
            Property,
            Value::Time(Time(1_000_000)),
        ),
        (json!({"type": "Relationship", "object": "urn:ngsi-ld:B:1"}), Relationship, id.clone()),
        (json!({"object": "urn:ngsi-ld:B:1"}), Relationship, id.clone()),
        (json!("urn:ngsi-ld:B:1"), Relationship, id.clone()),
        (json!({"object": ["urn:ngsi-ld:B:1"]}), Relationship, Value::list([id.clone()])),
        (
            json!({"type": "GeoProperty", "value": geo}),
            GeoProperty,
            Value::from(model::Point { lon: 117.25, lat: 28.5 }),
        ),
        (json!({"value": geo}), GeoProperty, Value::from(model::Point { lon: 117.25, lat: 28.5 })),
        (
            json!({"type": "GeoProperty", "value": geo.to_string()}),
            GeoProperty,
            Value::from(model::Point { lon: 117.25, lat: 28.5 }),
        ),
        (geo.clone(), GeoProperty, Value::from(model::Point { lon: 117.25, lat: 28.5 })),
        (json!({"languageMap": {"zh-Hans": "水"}}), LanguageProperty, map("zh-Hans", "水")),
        (json!({"vocab": "open"}), VocabProperty, Value::text("open")),
        (json!({"json": {"k": "v"}}), JsonProperty, map("k", "v")),
        (json!({"valueList": [1]}), ListProperty, Value::list([Value::Number(1.0)])),
        (json!({"objectList": [{"object": "urn:ngsi-ld:B:1"}]}), ListRelationship, Value::list([id])),
        (
            json!({"type": "PostalAddress", "street": "x"}),
            Property,
            Value::map([("type", Value::text("PostalAddress")), ("street", Value::text("x"))]),
        ),
        (json!([1, 2]), Property, Value::list([Value::Number(1.0), Value::Number(2.0)])),
    ];
    for (json, kind, value) in cases {
        let got = parse(json.clone(), Patch::Whole).unwrap();
        assert_eq!((got.len(), got[0].kind, got[0].value.as_ref()), (1, Some(kind), Some(&value)), "{json}");
    }
}

#[test]
fn metadata_and_sub_attributes_are_kept() {
    let json = json!({"value": 1, "observedAt": "2026-07-06T12:00:00Z", "unitCode": "GL", "datasetId": "urn:d:1",
        "createdAt": "2020-01-01T00:00:00Z", "valueType": "xsd:double", "quality": "valid"});
    let got = parse(json, Patch::Whole).unwrap().remove(0).whole().unwrap();
    assert_eq!(got.observed_at, Some(Time::parse("2026-07-06T12:00:00Z").unwrap()));
    assert_eq!((got.unit_code, got.dataset_id), (Some(Name::new("GL")), Some(EntityId::new("urn:d:1"))));
    let sub = got.sub.unwrap();
    assert_eq!(sub.keys().map(Name::as_str).collect::<Vec<_>>(), ["quality", "valueType"]);
    assert_eq!(sub[&Name::new("quality")], Value::text("valid"));
}

#[test]
fn what_is_wrong_is_named_by_its_path() {
    let deep = (0..8).fold(json!(1), |v, _| json!({"value": 1, "s": v}));
    let cases = [
        (json!(null), "a: null"),
        (json!({"type": "Property"}), "a: value is missing"),
        (json!({"type": "Property", "value": null}), "a.value: null"),
        (json!({"type": "Property", "object": "urn:x:1"}), "a.object: not a member of a Property"),
        (json!({"type": "Relationship", "object": "not a uri"}), "a.object: not a URI"),
        (json!({"type": "Relationship", "object": 5}), "a.object: not what"),
        (
            json!({"type": "GeoProperty", "value": {"type": "Point", "coordinates": [200, 1]}}),
            "a.value.coordinates: not [longitude",
        ),
        (json!({"type": "GeoProperty", "value": "here"}), "a.value: not a GeoJSON"),
        (json!({"type": "Wrong", "value": 1}), "a.type: no kind"),
        (json!({"type": "Wrong"}), "a.type: no kind"),
        (json!({"type": 7, "value": 1}), "a.type: not a text"),
        (json!({"value": 1, "observedAt": "yesterday"}), "a.observedAt: not a date-time in UTC"),
        (json!({"value": 1, "datasetId": "x"}), "a.datasetId: not a URI"),
        (json!({"value": 1, "unitCode": 4}), "a.unitCode: not a text"),
        (json!({"value": 1, "b-c": 1}), "a.b-c: not a name"),
        (json!({"languageMap": {"zh": 1}}), "a.languageMap.zh: not a language"),
        (
            json!({"value": 1, "observedAt": "2026-07-06T12:00:00+08:00"}),
            "a.observedAt: not a date-time in UTC",
        ),
        (
            json!({"value": 1, "observedAt": {"value": "2026-07-06T12:00:00Z"}}),
            "a.observedAt: not a date-time",
        ),
        (json!({"object": "urn:x:1", "unitCode": "MTR"}), "a.unitCode: not a member of a Relationship"),
        (json!({"json": {}, "unitCode": "MTR"}), "a.unitCode: not a member of a JsonProperty"),
        (json!({"value": 1, "previousValue": 0}), "a.previousValue: not a member"),
        (json!({"value": 1, "@context": {}}), "a.@context: not a member"),
        (json!({"languageMap": {"en": "x"}, "valueType": "xsd:string"}), "a.valueType: must be langString"),
        (json!({"languageMap": {"@none": NULL}}), "a.languageMap: urn:ngsi-ld:null deletes"),
        (json!({"value": {"b": {"c": NULL}}}), "a.value: urn:ngsi-ld:null inside"),
        (json!({"value": 1, "s": {"value": NULL}}), "a.s.value: urn:ngsi-ld:null deletes"),
        (json!({"object": NULL}), "a.object: urn:ngsi-ld:null deletes"),
        (
            json!({"type": "GeoProperty", "value": {"type": "GeometryCollection", "geometries": []}}),
            "a.value: not a GeoJSON",
        ),
        (json!({"value": 1, "expiresAt": "2026-07-06T12:00:00Z"}), "a.expiresAt: transient"),
        (json!(NULL), "a: urn:ngsi-ld:null deletes"),
        (json!({"value": NULL}), "a.value: urn:ngsi-ld:null deletes"),
        (deep, "a.s.s.s.s.s: sub-attributes nested"),
    ];
    for (json, want) in cases {
        let got = parse(json.clone(), Patch::Whole).unwrap_err();
        assert!(got.detail.starts_with(want), "{json}: {}", got.detail);
    }
}

#[test]
fn several_instances_are_several_and_each_only_once() {
    let two = json!([{"value": 1}, {"value": 2, "datasetId": "urn:d:1"}]);
    assert_eq!(parse(two.clone(), Patch::Whole).unwrap().len(), 2);
    let context = Contexts::new().resolve(None).unwrap();
    let object = |v: Json| v.as_object().unwrap().clone();
    assert_eq!(
        parse_attributes(&object(json!({"id": "x", "type": "y", "a": two})), &context, Patch::Whole)
            .unwrap()
            .len(),
        2
    );
    let twice = json!({"a": [{"value": 1}, {"value": 2, "datasetId": "@none"}]});
    assert!(
        parse_attributes(&object(twice), &context, Patch::Whole)
            .unwrap_err()
            .detail
            .contains("same datasetId")
    );
    for name in ["datasetId", "instanceId", "observedAt", "unitCode"] {
        assert!(
            parse_attributes(&object(json!({name: {"value": 1}})), &context, Patch::Whole).is_err(),
            "{name}"
        );
    }
    let many: Map<String, Json> = (0..1_025).map(|i| (format!("a{i}"), json!(1))).collect();
    assert!(parse_attributes(&many, &context, Patch::Whole).is_err());
}

#[test]
fn a_part_goes_onto_what_is_there() {
    let old = parse(json!({"value": {"x": 1, "y": 2}, "unitCode": "GL", "q": "good"}), Patch::Whole).unwrap()
        [0]
    .whole()
    .unwrap();
    let part = |v: Json, deep: bool| parse(v, Patch::Part).unwrap()[0].onto(&old, deep);
    let unit = part(json!({"unitCode": "C62"}), false).unwrap();
    assert_eq!((unit.unit_code, unit.value), (Some(Name::new("C62")), old.value.clone()));
    let deep = part(json!({"value": {"y": NULL, "z": 3}}), true).unwrap();
    assert_eq!(deep.value.to_json(), json!({"x": 1, "z": 3}));
    let flat = part(json!({"value": {"z": 3}, "q": NULL}), false).unwrap();
    assert_eq!((flat.value.to_json(), flat.sub), (json!({"z": 3}), None));
    assert!(part(json!({"object": "urn:x:1"}), false).is_err());
    for null in [
        json!({"languageMap": {"@none": NULL}}),
        json!({"type": "ListProperty", "valueList": [NULL]}),
        json!({"objectList": [{"object": NULL}]}),
        json!({"vocab": NULL}),
    ] {
        assert!(parse(null.clone(), Patch::Update).unwrap()[0].deletes(), "{null}");
    }
    assert!(parse(json!(NULL), Patch::Update).unwrap()[0].deletes());
    assert!(parse(json!({"value": NULL}), Patch::Part).unwrap()[0].deletes());
}
