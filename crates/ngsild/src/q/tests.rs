use super::*;
use crate::context::Contexts;
use crate::entity::parse_entity;
use model::EntityKey;
use serde_json::json;

fn entity() -> Entity {
    let json = json!({
        "id": "urn:ngsi-ld:Gauge:1", "type": "Gauge",
        "level": {"value": 3.5, "observedAt": "2026-07-06T12:00:00Z", "unitCode": "MTR", "error": {"value": 0.1, "by": {"value": "甲"}}},
        "name": "north gate", "on": true, "owner": {"object": "urn:ngsi-ld:Body:eco"},
        "address": {"value": {"city": "Yingtan", "at": {"number": 7}}},
        "tags": {"value": ["a", "b"]}, "built": {"value": {"@type": "DateTime", "@value": "2020-05-01T00:00:00Z"}},
        "title": {"languageMap": {"zh-Hans": "水尺", "en": "gauge"}},
        "flow": [{"value": 1}, {"value": 9, "datasetId": "urn:d:1"}], "水位": 2,
    });
    let draft = parse_entity(&json, &Contexts::new().resolve(None).unwrap()).unwrap();
    Entity {
        key: EntityKey::city(draft.id),
        types: draft.types,
        attributes: draft.attributes,
        created_at: Time(0),
        modified_at: Time::parse("2026-07-06T12:00:00Z").unwrap(),
        version: 1,
    }
}

fn parse(q: &str) -> Result<Query, LdError> {
    parse_q(q, &Contexts::new().resolve(None).unwrap())
}

#[test]
fn queries_by_their_answer() {
    let cases = [
        ("level==3.5", true),
        ("level==3", false),
        ("level!=3", true),
        ("level>3", true),
        ("level>3.5", false),
        ("level>=3.5", true),
        ("level<=3.5", true),
        ("level<3.5", false),
        ("level==\"3.5\"", false),
        ("level==1..4", true),
        ("level==4..9", false),
        ("level!=4..9", true),
        ("level==1,3.5", true),
        ("level!=1,3.5", false),
        ("name==\"north gate\"", true),
        ("name==\"south\",\"north gate\"", true),
        ("name~=^north", true),
        ("name~=\"(south|north) g\"", true),
        ("name!~=^north", false),
        ("name~=(south|north) g;level>3", true),
        ("(name~=^north)", true),
        ("name>\"m\"", true),
        ("on==true", true),
        ("on==false", false),
        ("on", true),
        ("off", false),
        ("off!=1", false),
        ("off!~=a", false),
        ("owner==urn:ngsi-ld:Body:eco", true),
        ("owner==\"urn:ngsi-ld:Body:eco\"", true),
        ("owner!=urn:ngsi-ld:Body:x", true),
        ("address[city]==\"Yingtan\"", true),
        ("address[at.number]>6", true),
        ("address[at.number]>7", false),
        ("address[none]", false),
        ("level.error==0.1", true),
        ("level.error.by==\"甲\"", true),
        ("level.unitCode==\"MTR\"", true),
        ("level.none", false),
        ("level.observedAt>=2026-07-06T12:00:00Z", true),
        ("level.observedAt>2026-07-06T20:00:00+08:00", false),
        ("built<2021-01-01", true),
        ("built>2021-01-01", false),
        ("modifiedAt>2026-01-01T00:00:00Z", true),
        ("createdAt", true),
        ("tags==\"b\"", true),
        ("tags==\"c\"", false),
        ("tags!=\"b\"", false),
        ("title[en]==\"gauge\"", true),
        ("title[zh-Hans]==\"水尺\"", true),
        ("title[*]==\"gauge\"", true),
        ("title==\"水尺\"", true),
        ("title[fr]", false),
        ("flow==9", true),
        ("flow==5", false),
        ("水位==2", true),
        ("level>9;on==true|name~=north", true),
        ("level>9;(on==true|name~=north)", false),
        ("(level>9|on);level<4", true),
        ("https://uri.etsi.org/ngsi-ld/default-context/level==3.5", true),
        ("name==\"a\\\"b\"", false),
    ];
    for (q, want) in cases {
        assert_eq!(parse(q).unwrap().matches(&entity()), want, "{q}");
    }
}

#[test]
fn what_is_malformed_or_too_much_is_refused() {
    let long = format!("a==\"{}\"", "x".repeat(5_000));
    let (deep, terms) = ("(".repeat(20) + "a" + &")".repeat(20), vec!["a"; 65].join(";"));
    let (list, bomb) = (format!("a=={}", vec!["1"; 300].join(",")), "a~=((a{90}){90}){90}");
    let cases = [
        "",
        "a==",
        "==1",
        "a==1;",
        "a==1|",
        "(a==1",
        "a==1)",
        "a[b==1",
        "a[]==1",
        "a[b..c]==1",
        "a-b==1",
        "a b",
        "a==\"x",
        "a~=(",
        "a~=\"[\"",
        "a>1..2",
        "a<1,2",
        "a..b",
        "a==1..",
        &long,
        &deep,
        &terms,
        &list,
        bomb,
    ];
    for q in cases {
        let error = parse(q).map(|_| ()).unwrap_err();
        assert!(error.detail.starts_with("q: "), "{q}: {}", error.detail);
    }
}

#[test]
fn equalities_are_what_must_hold() {
    let cases = [
        ("owner==urn:a:1;level>3", vec![("owner", "urn:a:1")]),
        ("owner==\"x\"", vec![("owner", "x")]),
        ("owner==\"x\"|on", vec![]),
        ("owner.a==\"x\";b[c]==\"y\";d!=\"z\"", vec![]),
    ];
    for (q, want) in cases {
        let query = parse(q).unwrap();
        let got: Vec<_> = query.equalities().into_iter().map(|(n, t)| (n.as_str(), t)).collect();
        assert_eq!(got, want, "{q}");
    }
}

#[test]
fn any_bytes_are_answered_without_a_panic() {
    let parts = ["a", "==", "1", ";", "|", "(", ")", "[", "]", "\"", "..", ",", "~=", "水", "\\", ".", " "];
    let mut n = 7_u64;
    for _ in 0..5_000 {
        let mut text = String::new();
        for _ in 0..n % 9 + 1 {
            n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(parts[(n >> 33) as usize % parts.len()]);
        }
        if let Ok(query) = parse(&text) {
            let _ = query.matches(&entity());
        }
    }
}
