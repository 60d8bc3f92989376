//! `flow.dispatch`: one command acknowledges, files, merges and gives the case to bodies.

use crate::act::{Act, Line};
use crate::ask::{Ask, id};
use crate::duty_list::{BODY, Suggested, duty_list};
use crate::merge::{join, share};
use crate::words::{conflict, id_list, invalid, missing, text_value};
use door::{Decision, Refusal};
use model::{EntityId, Value};
use serde_json::{Value as Json, json};

/// A body that is to get a task.
struct Wanted {
    field: String,
    body: EntityId,
    words: Option<String>,
}

/// `flow.dispatch {case, merge?, bodies, matter?, level?, words?}`.
pub(crate) fn dispatch(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let event = act.event("dispatch")?;
    let case = act.case_for(ask, &event)?;
    let wanted = wanted(ask)?;
    if wanted.is_empty() {
        return invalid("bodies", "请选承办单位", "choose the bodies that are to act");
    }
    act.see(&case);
    act.classify(&case, ask)?;
    let others = ask.ids("merge")?;
    if !others.is_empty() {
        join(&mut act, &case, &others)?;
    }
    if act.event("file")?.from.iter().any(|s| *s == act.text(&case, "state").as_str()) {
        act.put_on_file(&case, None)?;
    }
    let listed =
        act.draft.read(&case).map(|c| duty_list(act.state, &act.flow, c, act.now)).unwrap_or_default();
    let words = ask.words_maybe("words")?;
    let from = act.follow_event(&case, &event);
    act.draft.set(&case, "returned", false);
    let mut tasks = Vec::with_capacity(wanted.len());
    for want in &wanted {
        let task = give(&mut act, &case, want, &listed, words.as_ref())?;
        let said = want.words.clone().or_else(|| words.clone());
        let line = Line {
            from: Some(from.clone()),
            body: Some(want.body.clone()),
            task: Some(task.clone()),
            words: said,
            ..Line::default()
        };
        act.log(&case, "dispatch", line);
        tasks.push(Json::String(task.to_string()));
    }
    share(&mut act, &case);
    Ok(act.finish(json!({ "case": case.as_str(), "tasks": tasks })))
}

/// A body is its id, or `{body, words}` when it gets words of its own.
fn wanted(ask: &Ask<'_>) -> Result<Vec<Wanted>, Refusal> {
    let mut all: Vec<Wanted> = Vec::new();
    for (field, item) in ask.items("bodies")? {
        let (body, words) = match item {
            Json::Object(o) => (
                o.get("body").unwrap_or(&Json::Null),
                o.get("words").and_then(Json::as_str).map(str::to_owned),
            ),
            plain => (plain, None),
        };
        let body = id(body, &field)?;
        if words.as_ref().is_some_and(|w| w.chars().count() > crate::ask::WORDS_MAX)
            || all.iter().any(|w| w.body == body)
        {
            return invalid(
                &field,
                "单位重复，或者话太长",
                "the body stands twice, or the words are too long",
            );
        }
        all.push(Wanted { field, body, words });
    }
    Ok(all)
}

/// Makes the task of one body.
fn give(
    act: &mut Act<'_>,
    case: &EntityId,
    want: &Wanted,
    listed: &[Suggested],
    words: Option<&String>,
) -> Result<EntityId, Refusal> {
    if act.state.city(want.body.as_str()).is_none_or(|e| e.kind() != BODY) {
        return missing(&want.field, "没有这个单位", "no such body");
    }
    let flow = act.flow.clone();
    let mut tasks = act.ids(case, "tasks");
    let ended =
        |t: &EntityId| act.text(t, "state") == flow.task_event("return").map_or("", |e| e.to.as_str());
    if tasks.iter().any(|t| act.text(t, "body") == want.body.as_str() && !ended(t)) {
        return conflict(
            &want.field,
            "这个单位已经有这件案子的任务",
            "this body has a task of this case already",
        );
    }
    let duty = listed.iter().find(|s| s.body == want.body);
    let Some(of) = act.draft.read(case).cloned() else {
        return missing("case", "没有这件案子", "no such case");
    };
    let matter = of.text("matter").and_then(|m| flow.matters.get(m));
    let count = of.number("task_count").unwrap_or(0.0) + 1.0;
    let copy = |name: &str| of.value(name).cloned().unwrap_or_default();
    let article = duty.map(|d| d.article.clone()).or(matter.map(|m| m.article.clone()));
    let said = want.words.as_ref().or(words);
    let id = act.dice.id(flow.types.task.as_str());
    let attributes = vec![
        ("case", Value::from(case)),
        ("code", Value::text(format!("{}-{count}", of.text("code").unwrap_or_default()))),
        ("body", Value::from(&want.body)),
        ("role", duty.map_or(Value::Null, |d| Value::text(&d.role))),
        ("matter", copy("matter")),
        ("title", matter.map_or(Value::Null, |m| text_value(&m.task))),
        ("item", duty.map_or(Value::Null, |d| Value::text(&d.item))),
        ("basis", duty.map_or(Value::Null, |d| text_value(&d.basis))),
        ("article", article.map_or(Value::Null, Value::text)),
        ("headline", copy("headline")),
        ("place", copy("place")),
        ("area", copy("area")),
        ("location", copy("location")),
        ("level", copy("level")),
        ("words", said.map_or(Value::Null, Value::text)),
        ("deadline", copy("deadline")),
        ("dispatched_at", act.now.into()),
        ("dispatched_by", Value::from(act.person())),
        ("late", false.into()),
        ("simulated", copy("simulated")),
    ];
    let now = act.now;
    act.draft.create(&id, &flow.types.task, attributes, now);
    if let Some(state) = flow.task_state(flow.task.initial.as_str()) {
        act.enter(&id, state);
    }
    tasks.push(id.clone());
    act.draft.set(case, "tasks", id_list(&tasks));
    act.draft.set(case, "task_count", count);
    let mut bodies = act.ids(case, "bodies");
    if !bodies.contains(&want.body) {
        bodies.push(want.body.clone());
    }
    act.draft.set(case, "bodies", id_list(&bodies));
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{ECO, Pen, TOWN_BODY, person};
    use door::RefusalKind;

    #[test]
    fn one_command_merges_files_and_gives_tasks_in_one_batch() {
        let mut pen = Pen::new();
        let (alert_case, _) = pen.alerted(0.0);
        let (case, report, _) = pen.reported("water_pollution");
        let before = pen.state().seq();
        let body = json!({"case": alert_case.as_str(), "merge": [case.as_str()], "bodies": [ECO, {"body": TOWN_BODY, "words": "先看河边"}], "words": "请即办理"});
        let answer = pen.tell(&person("seat"), "flow.dispatch", body).unwrap();
        assert_eq!(pen.state().seq(), before + 1);
        assert_eq!(pen.log(&alert_case), ["open", "merge", "file", "dispatch", "dispatch"]);
        let entity = pen.entity(&alert_case);
        assert_eq!(
            (entity.text("state"), entity.text("acknowledged_by")),
            (Some("dispatched"), Some(person("seat").id.as_str()))
        );
        assert_eq!(pen.ids(&alert_case, "bodies").len(), 2);
        assert_eq!(
            pen.ids(&report, "bodies"),
            pen.ids(&alert_case, "bodies"),
            "who handles it may read the report"
        );
        let task = pen.entity(&answer["tasks"][1].as_str().unwrap().into());
        assert_eq!(
            (task.text("state"), task.text("words"), task.text("body")),
            (Some("dispatched"), Some("先看河边"), Some(TOWN_BODY))
        );
        assert_eq!(
            (task.text("article"), task.text("role"), task.text("item")),
            (Some("38"), Some("township"), Some("1"))
        );
        assert!(task.text("code").unwrap().ends_with("-2"));
        assert_eq!(task.time("deadline"), entity.time("deadline"));
        assert_eq!(task.time("step_deadline").unwrap().secs_since(pen.now()), 900);
    }

    #[test]
    fn a_body_outside_the_list_gets_a_task_without_a_basis() {
        let mut pen = Pen::new();
        let (case, ..) = pen.reported("dead_fish");
        let answer = pen.tell(&person("seat"), "flow.dispatch", json!({"case": case.as_str(), "bodies": ["urn:ngsi-ld:Body:urban"], "matter": "monitor_silent"})).unwrap();
        let task = pen.entity(&answer["tasks"][0].as_str().unwrap().into());
        assert_eq!((task.value("basis"), task.text("article")), (None, Some("38")));
        assert_eq!(pen.text(&case, "matter"), "monitor_silent");
    }

    #[test]
    fn wrong_bodies_are_refused_and_nothing_is_stored() {
        let mut pen = Pen::new();
        let (case, ..) = pen.reported("dead_fish");
        pen.tell(&person("seat"), "flow.dispatch", json!({"case": case.as_str(), "bodies": [ECO]})).unwrap();
        let cases = [
            (json!([]), RefusalKind::Invalid, "bodies"),
            (json!(["urn:ngsi-ld:Body:none"]), RefusalKind::Missing, "bodies[0]"),
            (json!([TOWN_BODY, ECO]), RefusalKind::Conflict, "bodies[1]"),
            (json!([TOWN_BODY, TOWN_BODY]), RefusalKind::Invalid, "bodies[1]"),
            (json!([{"words": "x"}]), RefusalKind::Invalid, "bodies[0]"),
        ];
        let before = pen.state().seq();
        for (bodies, kind, field) in cases {
            let refusal = pen
                .tell(&person("seat"), "flow.dispatch", json!({"case": case.as_str(), "bodies": bodies}))
                .unwrap_err();
            assert_eq!((refusal.kind, refusal.field.as_str()), (kind, field));
        }
        assert_eq!(pen.state().seq(), before);
        let by_handler = pen.tell(
            &person("handler"),
            "flow.dispatch",
            json!({"case": case.as_str(), "bodies": [TOWN_BODY]}),
        );
        assert_eq!(by_handler.unwrap_err().kind, RefusalKind::Forbidden);
    }
}
