use super::*;
use crate::retrieve::retrieve;
use crate::testing::{City, own_body};
use access::{Access, Columns};
use ngsild::{Context, parse_q};
use serde_json::json;

fn city() -> City {
    let mut city = City::new();
    let entities: Vec<_> = (0..30)
        .map(|i| json!({"id": format!("urn:g:{i:02}"), "type": if i % 3 == 0 { json!(["Gauge", "Station"]) } else { json!("Gauge") },
            "level": {"value": i % 9}, "body": {"object": format!("urn:b:{}", i % 2)}, "secret": i}))
        .collect();
    let done = city.run("broker.batch_create", json!({"entities": entities})).unwrap();
    assert_eq!(done.answer["created"].as_array().unwrap().len(), 30);
    city.run("broker.create", json!({"entity": {"id": "urn:k:1", "type": "Kiosk", "level": 3}})).unwrap();
    city
}

fn whole() -> Permit {
    Access::city("test", "read")
}

fn ids(list: &[&str]) -> Vec<EntityId> {
    list.iter().map(EntityId::new).collect()
}

fn types(text: &str) -> Option<TypeSelection> {
    Some(TypeSelection::parse(text, &Context::default()).unwrap())
}

fn q(text: &str) -> Option<Query> {
    Some(parse_q(text, &Context::default()).unwrap())
}

fn ask(city: &City, search: &Search) -> Found {
    query(&city.state, &whole(), &Search { count: true, ..search.clone() }).unwrap()
}

#[test]
fn queries_by_what_they_find() {
    let city = city();
    let any = Search::default;
    let attrs = |a: &str| Wanted { attrs: vec![Name::new(a)], ..Wanted::default() };
    // Search, how many match, the first and how many are in the page.
    let cases = [
        (Search { types: types("Gauge"), ..any() }, 30, "urn:g:00", 20),
        (Search { types: types("Gauge"), limit: Some(5), offset: 28, ..any() }, 30, "urn:g:28", 2),
        (Search { types: types("Gauge"), offset: 99, ..any() }, 30, "", 0),
        (Search { types: types("Gauge"), limit: Some(0), ..any() }, 30, "", 0),
        (Search { types: types("Station"), ..any() }, 10, "urn:g:00", 10),
        (Search { types: types("Gauge;Station"), ..any() }, 10, "urn:g:00", 10),
        (Search { types: types("Kiosk,Gauge"), limit: Some(100), ..any() }, 31, "urn:g:00", 31),
        (Search { types: types("Nothing"), ..any() }, 0, "", 0),
        (Search { ids: ids(&["urn:k:1", "urn:g:05", "urn:x:1"]), local: true, ..any() }, 2, "urn:g:05", 2),
        (Search { types: types("Kiosk"), local: true, ..any() }, 1, "urn:k:1", 1),
        (Search { ids: ids(&["urn:k:1"]), types: types("Gauge"), ..any() }, 0, "", 0),
        (
            Search { types: types("Gauge"), id_pattern: Some("^urn:g:1[0-3]$".into()), ..any() },
            4,
            "urn:g:10",
            4,
        ),
        (Search { types: types("Gauge"), q: q("level==3"), ..any() }, 3, "urn:g:03", 3),
        (Search { q: q("level==3"), ..any() }, 4, "urn:g:03", 4),
        (Search { types: types("Gauge"), q: q("body==urn:b:1;level>6"), ..any() }, 3, "urn:g:07", 3),
        (Search { wanted: attrs("secret"), ..any() }, 30, "urn:g:00", 20),
        (Search { types: types("Kiosk"), wanted: attrs("secret"), ..any() }, 0, "", 0),
    ];
    for (search, total, first, len) in cases {
        let found = ask(&city, &search);
        let got = (found.total, found.entities.first().map_or("", |e| e.id().as_str()), found.entities.len());
        assert_eq!(got, (Some(total), first, len), "{search:?}");
        let more = total > search.offset + len;
        assert_eq!(found.more, more, "{search:?}");
        let uncounted = query(&city.state, &whole(), &search);
        if search.limit != Some(0) {
            let uncounted = uncounted.unwrap();
            assert_eq!((uncounted.total, uncounted.more, uncounted.entities), (None, more, found.entities));
        }
    }
}

#[test]
fn pages_together_are_the_whole() {
    let city = city();
    let mut ids = Vec::new();
    for offset in (0..35).step_by(7) {
        let search = Search { types: types("Gauge"), limit: Some(7), offset, ..Search::default() };
        ids.extend(query(&city.state, &whole(), &search).unwrap().entities.iter().map(|e| e.id().clone()));
    }
    let mut sorted = ids.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((ids.len(), &ids), (30, &sorted));
}

#[test]
fn a_query_without_bounds_is_refused() {
    let city = city();
    let some = || Search { types: types("Gauge"), ..Search::default() };
    let cases = [
        (Search::default(), ErrorKind::BadRequestData),
        (Search { ids: ids(&["urn:k:1"]), ..Search::default() }, ErrorKind::BadRequestData),
        (Search { limit: Some(1_001), ..some() }, ErrorKind::TooManyResults),
        (Search { limit: Some(0), ..some() }, ErrorKind::BadRequestData),
        (Search { id_pattern: Some("(".into()), ..some() }, ErrorKind::BadRequestData),
        (Search { id_pattern: Some("((a{90}){90}){90}".into()), ..some() }, ErrorKind::BadRequestData),
        (Search { tenant: "t".into(), q: q("a"), ..Search::default() }, ErrorKind::OperationNotSupported),
    ];
    for (search, kind) in cases {
        assert_eq!(query(&city.state, &whole(), &search).unwrap_err().kind, kind, "{search:?}");
    }
}

#[test]
fn rows_and_columns_that_are_closed_show_in_nothing() {
    let city = city();
    let permit = own_body("read", &["Gauge"], Columns::Only(vec![Name::new("body"), Name::new("level")]));
    let ask = |search: Search| {
        query(&city.state, &permit, &Search { count: true, limit: Some(100), ..search }).unwrap()
    };
    let found = ask(Search { types: types("Gauge,Kiosk"), ..Search::default() });
    assert_eq!(found.total, Some(15));
    assert!(found.entities.iter().all(|e| e.attribute("secret").is_none() && e.attribute("level").is_some()));
    assert_eq!(
        ask(Search { types: types("Gauge"), q: q("secret==1"), ..Search::default() }).total,
        Some(0),
        "a closed column does not show through q"
    );
    let key = |id: &str| EntityKey::city(id);
    let got = retrieve(&city.state, &permit, &key("urn:g:01"), &Wanted::default()).unwrap();
    assert_eq!(got.attributes.len(), 2);
    for hidden in ["urn:g:00", "urn:k:1", "urn:x:9"] {
        let error = retrieve(&city.state, &permit, &key(hidden), &Wanted::default()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::ResourceNotFound, "{hidden}");
    }
}

#[test]
fn what_is_wanted_is_what_comes() {
    let city = city();
    let names = |list: &[&str]| list.iter().map(Name::new).collect::<Vec<_>>();
    let cases = [
        (Wanted::default(), Some(vec!["body", "level", "secret"])),
        (Wanted { attrs: names(&["level", "none"]), ..Wanted::default() }, Some(vec!["level"])),
        (Wanted { attrs: names(&["none"]), ..Wanted::default() }, None),
        (Wanted { pick: names(&["none"]), ..Wanted::default() }, Some(vec![])),
        (
            Wanted { pick: names(&["body", "level"]), omit: names(&["body"]), ..Wanted::default() },
            Some(vec!["level"]),
        ),
        (Wanted { dataset_ids: vec!["urn:d:1".into()], ..Wanted::default() }, Some(vec![])),
        (
            Wanted { dataset_ids: vec!["@none".into()], ..Wanted::default() },
            Some(vec!["body", "level", "secret"]),
        ),
    ];
    for (wanted, want) in cases {
        let got = retrieve(&city.state, &whole(), &EntityKey::city("urn:g:01"), &wanted);
        let got = got.ok().map(|e| e.attributes.iter().map(|a| a.name.to_string()).collect::<Vec<_>>());
        assert_eq!(got, want.map(|w| w.into_iter().map(str::to_owned).collect()), "{wanted:?}");
    }
}

#[test]
fn id_and_type_are_picked_and_omitted_too() {
    let full = json!({"id": "urn:g:1", "type": "Gauge", "level": 1});
    let trimmed = |pick: &[&str], omit: &[&str]| {
        let names = |list: &[&str]| list.iter().map(Name::new).collect();
        let mut json = full.clone();
        Wanted { pick: names(pick), omit: names(omit), ..Wanted::default() }.trim(&mut json);
        json
    };
    assert_eq!(trimmed(&[], &[]), full);
    assert_eq!(trimmed(&["level"], &[]), json!({"level": 1}));
    assert_eq!(trimmed(&["id", "level"], &[]), json!({"id": "urn:g:1", "level": 1}));
    assert_eq!(trimmed(&[], &["type"]), json!({"id": "urn:g:1", "level": 1}));
}
