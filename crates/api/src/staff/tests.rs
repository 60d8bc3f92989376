//! The thread of the city through the handlers: a report and an alarm become one case, are dispatched,
//! answered, checked, closed and rated, over the packs of the demonstration.

use super::testing::{Town, status};
use super::wire::{Case, Done, PhoneAsked};
use super::{Asked, audit, blob_get, blob_put, case, checks, command, desk, inbox, phone, photo, task};
use crate::Problem;
use crate::public::testing as public;
use crate::public::wire::ReportReceipt;
use crate::session::{Caller, Staff};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde_json::{Map, Value as Tree, json};

async fn open(town: &Town, who: &str, id: &str) -> Result<Case, Problem> {
    case::case(State(town.city.clone()), town.person(who), Path(id.to_owned())).await.map(|Json(c)| c)
}

async fn tell(town: &Town, who: &str, name: &str, body: Tree) -> Result<Done, Problem> {
    tell_with(town, who, name, body, HeaderMap::new()).await
}

async fn tell_with(
    town: &Town,
    who: &str,
    name: &str,
    body: Tree,
    headers: HeaderMap,
) -> Result<Done, Problem> {
    let body: Map<String, Tree> = body.as_object().unwrap().clone();
    let answer = command::command(
        State(town.city.clone()),
        town.person(who),
        Path(name.to_owned()),
        headers,
        Asked(body),
    );
    answer.await.map(|Json(d)| d)
}

async fn desk_of(town: &Town, who: &str) -> super::wire::Desk {
    desk::desk(State(town.city.clone()), town.person(who)).await.unwrap().0
}

/// A city with an alarm and, eight minutes later, a report 200 metres away.
async fn two_signals() -> (Town, ReportReceipt) {
    let town = Town::new().await;
    town.alarm().await;
    town.pass(480);
    let receipt = public::report(
        &town,
        &[("words", "河水发黑，有臭味"), ("phone", "13800000001"), ("matter", "water_pollution")],
        true,
    )
    .await
    .unwrap();
    (town, receipt)
}

/// The same, merged and given to two bodies: the case and the tasks of the ecology bureau and the town.
async fn dispatched() -> (Town, ReportReceipt, String, [String; 2]) {
    let (town, receipt) = two_signals().await;
    let queue = desk_of(&town, "seat1").await.queue;
    let view = open(&town, "seat1", &queue[0].id).await.unwrap();
    let bodies: Vec<&str> =
        view.suggested_bodies.iter().filter(|b| b.ticked).map(|b| b.id.as_str()).collect();
    let merge: Vec<&str> = view.suggestions.iter().map(|s| s.id.as_str()).collect();
    let body = json!({"case": view.id, "version": view.version, "merge": merge, "bodies": bodies});
    let done = tell(&town, "seat1", "flow.dispatch", body).await.unwrap();
    let task = |n: usize| done.answer["tasks"][n].as_str().unwrap().to_owned();
    (town, receipt, view.id, [task(0), task(1)])
}

async fn reply(town: &Town, who: &str, task: &str, photo: Option<&str>) {
    tell(town, who, "flow.accept", json!({"task": task})).await.unwrap();
    let mut body = json!({"task": task, "words": "已关闸取样"});
    if let Some(photo) = photo {
        body["photo"] = json!(photo);
    }
    tell(town, who, "flow.reply", body).await.unwrap();
}

async fn store(town: &Town, who: &str) -> String {
    let bytes = public::picture();
    let (_, Json(blob)) =
        blob_put::put(State(town.city.clone()), town.person(who), Body::from(bytes)).await.unwrap();
    assert_eq!(blob.url, format!("/api/blobs/{}", blob.id));
    blob.id
}

async fn see_blob(town: &Town, caller: Caller, id: &str, code: Option<&str>) -> u16 {
    let by = serde_json::from_value(json!({"code": code})).unwrap();
    status(blob_get::blob(State(town.city.clone()), caller, Path(id.to_owned()), Query(by)).await)
}

#[tokio::test]
async fn two_signals_stand_on_the_desk_and_suggest_each_other() {
    let (town, _) = two_signals().await;
    let desk = desk_of(&town, "seat1").await;
    assert_eq!((desk.queue.len(), desk.counts.open, desk.budget.shown, desk.budget.limit), (2, 2, 2, 6));
    let [first, second] = &desk.queue[..] else { unreachable!("two rows") };
    assert_eq!((first.level, first.kind.as_str(), first.state_title.zh.as_str()), (2, "signal", "收到"));
    assert_eq!(first.candidates, std::slice::from_ref(&second.id));
    assert_eq!(second.candidates, std::slice::from_ref(&first.id));
    assert!(first.lon.is_some() && first.deadline.is_some() && !first.acknowledged);
    assert_eq!(desk.timeline.len(), 2);
    assert!(desk_of(&town, "township_handler").await.queue.is_empty(), "nothing is its own yet");
}

#[tokio::test]
async fn opening_a_case_shows_the_words_and_records_the_reading() {
    let (town, _) = two_signals().await;
    let queue = desk_of(&town, "seat1").await.queue;
    let report = queue.iter().find(|q| q.headline.zh.starts_with("居民反映")).unwrap();
    let before = town.count("ReadAudit");
    let view = open(&town, "seat1", &report.id).await.unwrap();
    assert_eq!(town.count("ReadAudit"), before + 1);
    let signal = &view.signals[0];
    assert_eq!(
        (signal.kind.as_str(), signal.words.as_deref(), signal.phone_available),
        ("report", Some("河水发黑，有臭味"), true)
    );
    assert!(view.place.zh.contains("石桥边"));
    assert_eq!((view.suggestions.len(), view.suggestions[0].kind.as_str()), (1, "alert"));
    assert!(view.suggestions[0].distance_m < 500.0 && (view.suggestions[0].minutes - 8.0).abs() < 1e-9);
    assert!(
        view.suggested_bodies.len() >= 2
            && view.suggested_bodies.iter().all(|b| b.ticked && !b.article.is_empty())
    );
    assert!(view.events.iter().any(|e| e.name == "flow.dispatch" && e.enabled));
    assert_eq!((view.steps.len(), view.matter.unwrap().id.as_str()), (6, "water_pollution"));
    // A supervisor sees the case, but no right of its names a purpose for the words.
    let view = open(&town, "supervisor", &report.id).await.unwrap();
    assert!(view.signals.iter().all(|s| s.words.is_none() && !s.phone_available && s.photo_url.is_none()));
    assert_eq!(town.count("ReadAudit"), before + 1);
    assert_eq!(status(open(&town, "township_handler", &report.id).await), 404);
    assert_eq!(status(open(&town, "seat1", "urn:ngsi-ld:Case:none").await), 404);
    assert_eq!(status(open(&town, "seat1", "not a uri").await), 400);
}

#[tokio::test]
async fn a_telephone_number_is_opened_for_a_purpose_and_recorded() {
    let (town, _) = two_signals().await;
    let queue = desk_of(&town, "seat1").await.queue;
    let case = &queue.iter().find(|q| q.headline.zh.starts_with("居民反映")).unwrap().id;
    let signal = open(&town, "seat1", case).await.unwrap().signals[0].id.clone();
    let ask = async |who: &str, sid: &str, purpose: &str| {
        let asked = Asked(PhoneAsked { purpose: purpose.into() });
        phone::phone(State(town.city.clone()), town.person(who), Path((case.clone(), sid.to_owned())), asked)
            .await
    };
    let before = town.count("ReadAudit");
    let Json(shown) = ask("seat1", &signal, "问清地点").await.unwrap();
    assert_eq!((shown.phone.as_str(), shown.recorded_purpose.as_str()), ("13800000001", "case_handling"));
    assert_eq!(town.count("ReadAudit"), before + 1);
    assert_eq!(status(ask("seat1", &signal, "  ").await), 400);
    assert_eq!(status(ask("supervisor", &signal, "好奇").await), 404);
    assert_eq!(status(ask("seat1", "urn:ngsi-ld:Report:none", "x").await), 404);
    assert_eq!(town.count("ReadAudit"), before + 1, "a refused reading reads nothing");
}

#[tokio::test]
async fn a_report_s_photo_is_clean_sealed_and_shown_to_who_handles_it() {
    let (town, _) = two_signals().await;
    let queue = desk_of(&town, "seat1").await.queue;
    let id = &queue.iter().find(|q| q.headline.zh.starts_with("居民反映")).unwrap().id;
    let signal = open(&town, "seat1", id).await.unwrap().signals.remove(0);
    assert_eq!(signal.photo_url, Some(format!("/api/cases/{id}/signals/{}/photo", signal.id)));
    let see = async |who: &str| {
        photo::photo(State(town.city.clone()), town.person(who), Path((id.clone(), signal.id.clone()))).await
    };
    let answer = see("seat1").await.unwrap();
    assert_eq!(answer.headers()["content-type"], "image/jpeg");
    let (subject, bytes) = town.photos.0.lock().unwrap().values().next().cloned().unwrap();
    assert!(subject.is_some(), "sealed under a subject");
    assert!(!bytes.windows(4).any(|w| w == b"Exif"));
    assert_eq!(status(see("supervisor").await), 404);
}

#[tokio::test]
async fn a_command_needs_the_version_that_was_seen_and_is_done_once() {
    let (town, _) = two_signals().await;
    let case = desk_of(&town, "seat1").await.queue[0].id.clone();
    let seen = open(&town, "seat1", &case).await.unwrap().version;
    let mut headers = HeaderMap::new();
    headers.insert("idempotency-key", "k-1".parse().unwrap());
    let note = |version: u64| json!({"case": case, "version": version, "words": "先看河边"});
    let first = tell_with(&town, "seat1", "flow.note", note(seen), headers.clone()).await.unwrap();
    let again = tell_with(&town, "seat1", "flow.note", note(seen), headers).await.unwrap();
    assert_eq!((first.repeated, again.repeated, again.seq), (false, true, first.seq));
    let stale = tell(&town, "seat1", "flow.note", note(seen)).await.unwrap_err();
    assert_eq!((stale.status, stale.field.as_deref()), (409, Some("version")));
    let cases = [
        ("seat1", "pack.install", json!({}), 404),
        ("seat1", "flow.check", json!({"case": case, "pass": true}), 403),
        ("township_handler", "flow.note", json!({"case": case, "words": "x"}), 404),
        ("seat1", "flow.note", json!({"case": case}), 400),
    ];
    for (who, name, body, want) in cases {
        assert_eq!(status(tell(&town, who, name, body).await), want, "{who} {name}");
    }
    assert_eq!(open(&town, "seat1", &case).await.unwrap().log.len(), 2);
}

#[tokio::test]
async fn an_inbox_holds_the_body_s_own_tasks_with_two_clocks() {
    let (town, _, case, [eco, _]) = dispatched().await;
    let Json(box_of) = inbox::inbox(State(town.city.clone()), town.person("eco_handler")).await.unwrap();
    assert_eq!(box_of.tasks.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), [eco.as_str()]);
    let row = &box_of.tasks[0];
    assert_eq!(
        (row.case.as_str(), row.state_title.zh.as_str(), box_of.counts["dispatched"]),
        (case.as_str(), "待接下", 1)
    );
    assert!(row.deadline_step < row.deadline_whole);
    let view =
        async |who: &str| task::task(State(town.city.clone()), town.person(who), Path(eco.clone())).await;
    let Json(mine) = view("eco_handler").await.unwrap();
    assert_eq!(
        (mine.case.id.as_str(), mine.return_reasons.len(), mine.case.tasks.len()),
        (case.as_str(), 4, 0)
    );
    let names: Vec<_> = mine.case.events.iter().filter(|e| e.enabled).map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["flow.accept", "flow.return", "flow.note"]);
    assert_eq!(mine.case.signals.len(), 2);
    let version = mine.case.version;
    tell(&town, "eco_handler", "flow.accept", json!({"task": eco, "version": version})).await.unwrap();
    assert_eq!(
        status(tell(&town, "eco_handler", "flow.start", json!({"task": eco, "version": version})).await),
        409
    );
    assert_eq!(view("eco_handler").await.unwrap().0.task.accepted_by.unwrap().zh, "张某");
    assert_eq!(status(view("firm").await), 404);
}

#[tokio::test]
async fn a_returned_task_comes_back_to_the_desk() {
    let (town, _, case, [_, other]) = dispatched().await;
    tell(
        &town,
        "township_handler",
        "flow.return",
        json!({"task": other, "reason": "other_body", "words": "不归我们"}),
    )
    .await
    .unwrap();
    let row = desk_of(&town, "seat2").await.queue.into_iter().find(|q| q.id == case).unwrap();
    assert_eq!((row.state.as_str(), row.state_title.zh.as_str()), ("returned", "已退回"));
    let tasks = open(&town, "seat2", &case).await.unwrap().tasks;
    let returned = tasks.iter().find(|t| t.id == other).and_then(|t| t.returned.as_ref()).unwrap();
    assert_eq!((returned.words.as_str(), returned.by.zh.as_str()), ("不归我们", "刘某"));
    assert!(returned.reason.zh.contains("归别的单位"));
}

#[tokio::test]
async fn another_person_checks_and_closes_and_the_resident_rates() {
    let (town, receipt, id, [eco, other]) = dispatched().await;
    let picture = store(&town, "eco_handler").await;
    assert_eq!(
        see_blob(&town, Caller(town.person("eco_handler").0), &picture, None).await,
        200,
        "its own, not yet named"
    );
    assert_eq!(see_blob(&town, Caller(town.person("checker").0), &picture, None).await, 404);
    reply(&town, "eco_handler", &eco, Some(&picture)).await;
    reply(&town, "township_handler", &other, None).await;
    assert_eq!(see_blob(&town, Caller(town.person("checker").0), &picture, None).await, 200);
    assert_eq!(see_blob(&town, Caller(Town::public("9.9.9.9")), &picture, None).await, 404);
    assert_eq!(see_blob(&town, Caller(Town::public("9.9.9.9")), &picture, Some(&receipt.code)).await, 200);
    assert_eq!(see_blob(&town, Caller(Town::public("9.9.9.9")), &picture, Some("ZZZZZZZZ")).await, 404);

    let list =
        async |who: &str| checks::checks(State(town.city.clone()), town.person(who)).await.unwrap().0.cases;
    let waiting = list("checker").await.remove(0);
    assert_eq!(
        (waiting.id.as_str(), waiting.may_check, waiting.tasks.len(), waiting.points.len()),
        (id.as_str(), true, 2, 3)
    );
    assert!(
        waiting.photo_before_url.is_some()
            && waiting.tasks.iter().any(|t| t.reply.as_ref().is_some_and(|r| r.photo_url.is_some()))
    );
    let barred = list("seat1").await.remove(0);
    assert!(!barred.may_check && barred.why_not.is_some());

    tell(
        &town,
        "checker",
        "flow.check",
        json!({"case": id, "version": waiting.version, "pass": true, "words": ""}),
    )
    .await
    .unwrap();
    let closing = list("checker").await.remove(0);
    assert!(closing.may_check && closing.events.iter().any(|e| e.name == "flow.close" && e.enabled));
    assert!(!public::follow(&town, &receipt.code).await.unwrap().may_rate);
    tell(&town, "checker", "flow.close", json!({"case": id, "version": closing.version})).await.unwrap();
    let followed = public::follow(&town, &receipt.code).await.unwrap();
    assert!(
        followed.may_rate
            && followed
                .reply
                .as_ref()
                .is_some_and(|r| r.photo_url.is_some() && r.words.contains("已关闸取样"))
    );
    assert!(followed.steps.iter().all(|s| s.at.is_some()));
    public::rate(&town, &receipt.code, "partly").await.unwrap();
    assert_eq!(public::rate(&town, &receipt.code, "satisfied").await.unwrap_err().status, 409);
    assert_eq!(public::follow(&town, &receipt.code).await.unwrap().rating.unwrap().word, "partly");
}

#[tokio::test]
async fn the_audit_tells_changes_and_reads_to_the_auditor_only() {
    let (town, _, id, _) = dispatched().await;
    open(&town, "seat1", &id).await.unwrap();
    let page = async |who: Staff, before: Option<&str>| {
        let from = serde_json::from_value(json!({"before": before})).unwrap();
        audit::audit(State(town.city.clone()), who, Query(from)).await
    };
    let Json(seen) = page(town.person("auditor"), None).await.unwrap();
    let row = |command: &str| seen.rows.iter().find(|r| r.cells["what"] == command).unwrap();
    assert!(row("flow.dispatch").cells["subject"].as_str().unwrap().contains(&id));
    assert_eq!(row("flow.dispatch").cells["who"]["zh"], "王某");
    assert_eq!(row("access.read").cells["purpose"], "case_handling");
    assert!(seen.rows[0].id.parse::<u64>().unwrap() > seen.rows[1].id.parse::<u64>().unwrap());
    let text = serde_json::to_string(&seen).unwrap();
    assert!(!text.contains("河水发黑") && !text.contains("13800000001"), "no value is in it");
    for who in ["seat1", "eco_handler", "firm"] {
        assert_eq!(status(page(town.person(who), None).await), 403, "{who}");
    }
    let Json(older) = page(town.person("auditor"), Some("2")).await.unwrap();
    assert!(older.rows.len() <= 1 && older.next_cursor.is_none());
    assert_eq!(status(page(town.person("auditor"), Some("x")).await), 400);
}
