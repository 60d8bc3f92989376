//! What a body does with its task: accept it, return it with a reason, start, reply.

use crate::act::{Act, Line};
use crate::ask::Ask;
use crate::words::{id_list, invalid, text_value};
use door::{Decision, Refusal};
use model::{EntityId, Name, Value};
use serde_json::json;

/// The task of a command, in a state that allows the event; with its case.
fn task_for(act: &Act<'_>, ask: &Ask<'_>, event: &str) -> Result<(EntityId, EntityId), Refusal> {
    let task = ask.id("task")?;
    let case = act.see_task("task", &task)?;
    act.guard(&*act.event(event)?, "task", &task)?;
    Ok((task, case))
}

fn moved(act: &mut Act<'_>, event: &str, task: &EntityId) -> Result<Name, Refusal> {
    let event = act.event(event)?;
    Ok(act.follow_event(task, &event))
}

fn line(act: &Act<'_>, task: &EntityId, from: Name) -> Line {
    let body = act.draft.read(task).and_then(|t| t.object("body")).cloned();
    Line { from: Some(from), task: Some(task.clone()), body, ..Line::default() }
}

/// `flow.accept {task}`.
pub(crate) fn accept(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let (task, case) = task_for(&act, ask, "accept")?;
    let from = moved(&mut act, "accept", &task)?;
    let by = act.person().clone();
    act.draft.set(&task, "accepted_by", by);
    act.draft.set(&task, "accepted_at", act.now);
    let line = line(&act, &task, from);
    act.log(&case, "accept", line);
    Ok(act.finish(json!({ "task": task.as_str(), "case": case.as_str() })))
}

/// `flow.start {task, words?}`: on site, at work.
pub(crate) fn start(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let (task, case) = task_for(&act, ask, "start")?;
    let from = moved(&mut act, "start", &task)?;
    act.draft.set(&task, "started_at", act.now);
    let line = Line { words: ask.words_maybe("words")?, ..line(&act, &task, from) };
    act.log(&case, "start", line);
    Ok(act.finish(json!({ "task": task.as_str(), "case": case.as_str() })))
}

/// `flow.return {task, reason, words, refers?}`: the task goes back to the desk.
pub(crate) fn give_back(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let (task, case) = task_for(&act, ask, "return")?;
    let flow = act.flow.clone();
    let reason = ask.words("reason")?;
    let Some(known) = flow.return_reasons.iter().find(|r| r.id == reason.as_str()) else {
        return invalid("reason", "请从清单里选一个理由", "choose one of the listed reasons");
    };
    let words = ask.words("words")?;
    let refers = ask.id_maybe("refers")?;
    let from = moved(&mut act, "return", &task)?;
    let returned = [
        ("reason", Value::text(&reason)),
        ("title", text_value(&known.title)),
        ("item", known.item.as_ref().map_or(Value::Null, Value::text)),
        ("article", known.article.as_ref().map_or(Value::Null, Value::text)),
        ("words", Value::text(&words)),
        ("refers", refers.map_or(Value::Null, Value::Id)),
        ("by", Value::from(act.person())),
        ("at", act.now.into()),
    ];
    act.draft.set(&task, "returned", Value::map(returned));
    act.draft.set(&case, "returned", true);
    let line = Line { words: Some(words), title: Some(known.title.clone()), ..line(&act, &task, from) };
    act.log(&case, "return", line);
    settle(&mut act, &case)?;
    Ok(act.finish(json!({ "task": task.as_str(), "case": case.as_str() })))
}

/// `flow.reply {task, words, photo?}`: what was done.
pub(crate) fn reply(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let (task, case) = task_for(&act, ask, "reply")?;
    let (words, photos) = (ask.words("words")?, ask.photos("photo")?);
    let from = moved(&mut act, "reply", &task)?;
    let by = act.person().clone();
    act.draft.set(&task, "replied_by", by.clone());
    act.draft.set(&task, "replied_at", act.now);
    act.draft.set(&task, "reply_words", Value::text(&words));
    act.draft.set(
        &task,
        "reply_photo",
        if photos.is_empty() { Value::Null } else { Value::list(photos.clone()) },
    );
    let mut repliers = act.ids(&case, "repliers");
    if !repliers.contains(&by) {
        repliers.push(by);
    }
    act.draft.set(&case, "repliers", id_list(&repliers));
    let line = Line { words: Some(words), photos, ..line(&act, &task, from) };
    act.log(&case, "reply", line);
    settle(&mut act, &case)?;
    let state = act.text(&case, "state");
    Ok(act.finish(json!({ "task": task.as_str(), "case": case.as_str(), "case_state": state })))
}

/// A case whose tasks have all been replied to, returned ones aside, goes to be checked.
fn settle(act: &mut Act<'_>, case: &EntityId) -> Result<(), Refusal> {
    let (all, reply, back) = (act.event("all_replied")?, act.event("reply")?, act.event("return")?);
    if !all.from.iter().any(|s| *s == act.text(case, "state").as_str()) {
        return Ok(());
    }
    let states = act.ids(case, "tasks").into_iter().map(|t| act.text(&t, "state"));
    let live: Vec<String> = states.filter(|s| back.to != s.as_str()).collect();
    if live.is_empty() || live.iter().any(|s| reply.to != s.as_str()) {
        return Ok(());
    }
    let from = act.follow_event(case, &all);
    act.log(case, "all_replied", Line { from: Some(from), ..Line::default() });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{ECO, Pen, TOWN_BODY, person};
    use door::RefusalKind;

    fn step(
        pen: &mut Pen,
        who: &str,
        name: &str,
        task: &EntityId,
        more: serde_json::Value,
    ) -> Result<serde_json::Value, Refusal> {
        let mut body = json!({"task": task.as_str()});
        if let (Some(b), Some(m)) = (body.as_object_mut(), more.as_object()) {
            b.extend(m.clone());
        }
        pen.tell(&person(who), name, body)
    }

    #[test]
    fn a_case_is_replied_when_every_task_is_that_was_not_returned() {
        let mut pen = Pen::new();
        let (case, eco, town) = pen.dispatched();
        step(&mut pen, "handler", "flow.accept", &eco, json!({})).unwrap();
        step(
            &mut pen,
            "town",
            "flow.return",
            &town,
            json!({"reason": "other_body", "words": "不归我们", "refers": ECO}),
        )
        .unwrap();
        assert_eq!(
            (pen.text(&case, "state").as_str(), pen.flag(&case, "returned")),
            ("dispatched", Some(true))
        );
        step(&mut pen, "handler", "flow.start", &eco, json!({"words": "到场"})).unwrap();
        step(&mut pen, "handler", "flow.reply", &eco, json!({"words": "已关闸", "photo": ["b3-5"]})).unwrap();
        assert_eq!(pen.text(&case, "state"), "replied");
        assert_eq!(pen.log(&case)[3..], ["dispatch", "accept", "return", "start", "reply", "all_replied"]);
        let task = pen.entity(&eco);
        assert_eq!(
            (task.text("replied_by"), task.text("reply_words")),
            (Some(person("handler").id.as_str()), Some("已关闸"))
        );
        assert_eq!((pen.ids(&case, "repliers").len(), task.value("step_deadline")), (1, Some(&Value::Null)));
        let returned = pen.entity(&town).value("returned").cloned().unwrap();
        assert_eq!(
            (returned.get("words").unwrap().as_str(), returned.get("item").unwrap().as_str()),
            (Some("不归我们"), Some("17"))
        );
    }

    #[test]
    fn a_returned_task_goes_to_the_desk_which_dispatches_again() {
        let mut pen = Pen::new();
        let (case, eco, town) = pen.dispatched();
        step(&mut pen, "town", "flow.return", &town, json!({"reason": "other_area", "words": "在邻镇"}))
            .unwrap();
        step(&mut pen, "handler", "flow.return", &eco, json!({"reason": "other_first", "words": "先灭火"}))
            .unwrap();
        assert_eq!(pen.text(&case, "state"), "dispatched", "nobody has replied");
        pen.tell(&person("seat"), "flow.dispatch", json!({"case": case.as_str(), "bodies": [TOWN_BODY]}))
            .unwrap();
        assert_eq!((pen.flag(&case, "returned"), pen.ids(&case, "tasks").len()), (Some(false), 3));
    }

    #[test]
    fn what_a_body_may_not_do_is_refused() {
        let mut pen = Pen::new();
        let (_, eco, town) = pen.dispatched();
        let words = json!({"words": "x"});
        let cases = [
            ("handler", "flow.accept", &town, json!({}), RefusalKind::Missing, "task"),
            ("handler", "flow.start", &eco, json!({}), RefusalKind::Conflict, "task"),
            ("handler", "flow.reply", &eco, words.clone(), RefusalKind::Conflict, "task"),
            ("handler", "flow.return", &eco, words.clone(), RefusalKind::Invalid, "reason"),
            (
                "handler",
                "flow.return",
                &eco,
                json!({"reason": "bored", "words": "x"}),
                RefusalKind::Invalid,
                "reason",
            ),
            ("handler", "flow.return", &eco, json!({"reason": "other_area"}), RefusalKind::Invalid, "words"),
            ("seat", "flow.accept", &eco, json!({}), RefusalKind::Forbidden, ""),
        ];
        for (who, name, task, more, kind, field) in cases {
            let refusal = step(&mut pen, who, name, task, more).unwrap_err();
            assert_eq!((refusal.kind, refusal.field.as_str()), (kind, field), "{who} {name}: {refusal}");
        }
        step(&mut pen, "handler", "flow.accept", &eco, json!({})).unwrap();
        let twice = step(&mut pen, "handler", "flow.accept", &eco, json!({})).unwrap_err();
        assert_eq!(twice.kind, RefusalKind::Conflict);
        let late =
            step(&mut pen, "handler", "flow.return", &eco, json!({"reason": "other_area", "words": "x"}))
                .unwrap_err();
        assert!(late.reason.contains("Accepted") && late.reason_zh.contains("已接下"));
    }
}
