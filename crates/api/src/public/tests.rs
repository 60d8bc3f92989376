//! The public pages over the packs of the demonstration.

use super::testing::{follow, report, report_from};
use super::wire::{CityMap, Front};
use super::{areas, article, articles, front, map, matters};
use crate::session::Caller;
use crate::staff::testing::{Town, status};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use model::Value;
use serde_json::json;

async fn front_of(town: &Town) -> Front {
    front::front(State(town.city.clone())).await.unwrap().0
}

async fn map_of(town: &Town, caller: Caller) -> CityMap {
    map::map(State(town.city.clone()), caller).await.unwrap().0
}

fn anybody() -> Caller {
    Caller(Town::public("3.3.3.3"))
}

#[tokio::test]
async fn an_alarm_is_on_the_front_page_only_after_a_person_has_looked() {
    let town = Town::new().await;
    let alarm = town.alarm().await;
    let front = front_of(&town).await;
    assert!(front.alarms.is_empty() && front.simulated && front.city.unwrap().zh.contains("鹰潭"));
    assert_eq!((front.owes.values().sum::<usize>(), front.owes.len()), (79, 6));
    let level = |m: &CityMap| m.points.iter().find(|p| p.id == town.measured()).unwrap().level;
    assert_eq!(level(&map_of(&town, anybody()).await), None);
    assert_eq!(level(&map_of(&town, Caller(town.person("seat1").0)).await), Some(2));

    let snapshot = town.city.snapshot();
    let case = snapshot.state.all("Case").next().unwrap().id().to_string();
    town.city
        .submit(&town.person("seat1").0, "flow.acknowledge", json!({"case": case}), None, vec![])
        .await
        .unwrap();
    let front = front_of(&town).await;
    let shown = &front.alarms[0];
    assert_eq!((shown.id.as_str(), shown.level, shown.acts.is_none()), (alarm.as_str(), 2, true));
    assert!(
        shown.next.zh.contains("收到")
            && shown.means.zh.contains("不要")
            && !shown.means.en.is_empty()
            && shown.simulated
    );
    assert_eq!(level(&map_of(&town, anybody()).await), Some(2));
    let body = json!({"case": case, "bodies": ["urn:ngsi-ld:Body:eco"]});
    town.city.submit(&town.person("seat1").0, "flow.dispatch", body, None, vec![]).await.unwrap();
    let acts = front_of(&town).await.alarms.remove(0).acts.unwrap();
    assert!(acts.zh.contains("生态环境"), "{acts:?}");
}

#[tokio::test]
async fn reports_are_counted_and_nothing_of_them_is_shown() {
    let town = Town::new().await;
    report(&town, &[("words", "路灯不亮"), ("phone", "13800000002"), ("matter", "street_lamp")], false)
        .await
        .unwrap();
    let front = front_of(&town).await;
    assert_eq!((front.reports.today, front.reports.open, front.reports.closed_today), (1, 1, 0));
    let text = serde_json::to_string(&front).unwrap();
    assert!(!text.contains("路灯") && !text.contains("13800000002") && front.alarms.is_empty());
}

#[tokio::test]
async fn a_report_is_sealed_and_followed_by_its_code() {
    let town = Town::new().await;
    let receipt = report(&town, &[("words", "井盖裂了"), ("phone", "138 0000 0002")], true).await.unwrap();
    let snapshot = town.city.snapshot();
    let stored = snapshot.state.all("Report").next().unwrap();
    for personal in ["words", "phone", "photo"] {
        assert!(matches!(stored.value(personal), Some(Value::Sealed(_))), "{personal}");
    }
    assert_eq!((receipt.code.len(), stored.text("channel")), (8, Some("web")));
    let spaced = format!("{} {}", &receipt.code[..4], receipt.code[4..].to_lowercase());
    let followed = follow(&town, &spaced).await.unwrap();
    assert_eq!(
        (followed.code, followed.state.as_str(), followed.may_rate),
        (receipt.code, "received", false)
    );
    assert_eq!((followed.steps[0].state.as_str(), followed.rating_words.len()), ("received", 3));
    assert!(
        followed.steps[0].at.is_some()
            && followed.steps[1..].iter().all(|s| s.at.is_none())
            && followed.reply.is_none()
    );
}

#[tokio::test]
async fn a_report_sent_twice_is_one_report() {
    let town = Town::new().await;
    let mut headers = HeaderMap::new();
    headers.insert("idempotency-key", "k-7".parse().unwrap());
    let send = async |address: &str| {
        report_from(&town, address, headers.clone(), &[("words", "冒烟")], None).await.unwrap().code
    };
    let (first, again) = (send("4.4.4.4").await, send("4.4.4.4").await);
    assert_eq!((first.clone(), town.count("Report")), (again, 1));
    assert_ne!(send("5.5.5.5").await, first, "another address cannot fetch a receipt by the key");
}

#[tokio::test]
async fn bad_reports_are_refused_by_field_and_floods_are_slowed() {
    let town = Town::new().await;
    let send = async |address: &str, fields: &[(&str, &str)], photo: Option<Vec<u8>>| {
        report_from(&town, address, HeaderMap::new(), fields, photo).await.unwrap_err()
    };
    type Bad<'a> = (&'a [(&'a str, &'a str)], Option<Vec<u8>>, &'a str);
    let cases: [Bad<'_>; 5] = [
        (&[("words", "x")], Some(b"%PDF-1.7".to_vec()), "photo"),
        (&[], None, "words"),
        (&[("words", "x"), ("phone", "12a")], None, "phone"),
        (&[("words", "x"), ("matter", "dragons")], None, "matter"),
        (&[("words", "x"), ("place", "urn:ngsi-ld:Area:none")], None, "place"),
    ];
    for (n, (fields, photo, field)) in cases.into_iter().enumerate() {
        let problem = send(&format!("6.6.6.{n}"), fields, photo).await;
        assert_eq!((problem.status, problem.field.as_deref()), (400, Some(field)));
    }
    assert_eq!((town.count("Report"), town.photos.0.lock().unwrap().len()), (0, 0));
    for _ in 0..6 {
        report_from(&town, "7.7.7.7", HeaderMap::new(), &[("words", "x")], None).await.unwrap();
    }
    assert_eq!(send("7.7.7.7", &[("words", "x")], None).await.status, 429);
    town.pass(30);
    assert!(report_from(&town, "7.7.7.7", HeaderMap::new(), &[("words", "x")], None).await.is_ok());
}

#[tokio::test]
async fn guessing_codes_is_slowed() {
    let town = Town::new().await;
    let mut seen = Vec::new();
    for _ in 0..12 {
        seen.push(status(follow(&town, "ZZZZZZZZ").await));
    }
    assert_eq!((seen[0], seen[9], seen[10]), (404, 404, 429));
    assert_eq!(status(follow(&town, &"Z".repeat(500)).await), 429);
}

#[tokio::test]
async fn the_law_has_51_articles_and_79_paragraphs_with_their_words() {
    let town = Town::new().await;
    let Json(all) = articles::articles(State(town.city.clone()), anybody()).await.unwrap();
    let paragraphs: Vec<_> = all.articles.iter().flat_map(|a| &a.paragraphs).collect();
    assert_eq!((all.articles.len(), paragraphs.len()), (51, 79));
    assert!(paragraphs.iter().all(|p| !p.text.is_empty() && !p.text_en.is_empty() && p.duties.is_none()));
    assert!(paragraphs.iter().all(|p| p.soft == (p.word == "not_judged")));
    let one = async |n: &str| article::article(State(town.city.clone()), anybody(), Path(n.to_owned())).await;
    let Json(found) = one("38").await.unwrap();
    let duties = found.paragraphs[0].duties.as_ref().unwrap();
    assert_eq!((duties[0].id.as_str(), duties[0].verified, duties[0].rows.len()), ("YT.38.1.1", false, 0));
    assert!(
        duties[0].legal_basis.is_some() && found.paragraphs[0].bearers.iter().any(|b| !b.zh.contains("urn:"))
    );
    assert_eq!((status(one("52").await), status(one("x").await)), (404, 400));
}

#[tokio::test]
async fn places_matters_and_the_map_are_there() {
    let town = Town::new().await;
    let Json(areas) = areas::areas(State(town.city.clone())).await.unwrap();
    assert!(
        areas.len() > 40
            && areas.iter().any(|a| a.parent.is_none())
            && areas.iter().all(|a| a.lon > 116.0 && a.lat < 29.0)
    );
    let Json(matters) = matters::matters(State(town.city.clone())).await.unwrap();
    assert!(matters.iter().any(|m| m.id == "water_pollution" && m.title.zh == "水污染"));
    let map = map_of(&town, anybody()).await;
    assert!(map.note.zh.contains("示意") && map.points.len() > 60);
    let features = |of: &serde_json::Value| of["features"].as_array().unwrap().clone();
    assert!(
        features(&map.areas)
            .iter()
            .all(|f| f["properties"]["name"]["zh"].is_string() && f["geometry"]["type"].is_string())
    );
    assert!(features(&map.lines).len() >= 3 && features(&map.lines)[0]["properties"]["kind"] == "river");
}

#[test]
fn the_document_describes_every_route() {
    let document: serde_json::Value = serde_json::from_str(&crate::openapi_json()).unwrap();
    for path in [
        "/api/front",
        "/api/articles/{n}",
        "/api/reports",
        "/api/reports/{code}/rating",
        "/api/map",
        "/api/desk",
        "/api/cases/{id}",
        "/api/commands/{name}",
        "/api/views/audit",
    ] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    for schema in ["Front", "FollowView", "CityMap", "Desk", "Case", "TaskView", "Checks", "Problem", "T"] {
        assert!(document["components"]["schemas"][schema].is_object(), "{schema}");
    }
}
