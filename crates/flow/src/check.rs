//! Another person checks and closes; the resident rates.

use crate::act::{Act, Line, find};
use crate::ask::Ask;
use crate::dice::clean;
use crate::merge::survivor;
use crate::words::{conflict, ids, invalid, missing};
use door::{Decision, Refusal};
use model::{EntityId, Value};
use serde_json::json;

/// `flow.check {case, pass, words?, checks?, tasks?}`: passes, or sends tasks back to be done again.
pub(crate) fn check(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let Some(pass) = ask.flag("pass")? else {
        return invalid("pass", "请说明通过还是退回", "say whether it passes");
    };
    if !pass {
        return rework(act, ask);
    }
    let event = act.event("check")?;
    let case = act.case_for(ask, &event)?;
    let checks = checks(&act, ask)?;
    let from = act.follow_event(&case, &event);
    let by = act.person().clone();
    act.draft.set(&case, "checked_by", by);
    act.draft.set(&case, "checked_at", act.now);
    act.draft.set(&case, "checks", if checks.is_empty() { Value::Null } else { Value::list(checks) });
    act.log(&case, "check", Line { from: Some(from), words: ask.words_maybe("words")?, ..Line::default() });
    Ok(act.finish(json!({ "case": case.as_str(), "pass": true })))
}

/// The points that the checker has looked at.
fn checks(act: &Act<'_>, ask: &Ask<'_>) -> Result<Vec<Value>, Refusal> {
    let known = |word: &str| act.flow.checks.iter().any(|c| c.id == word);
    let check = |(path, item): (String, &serde_json::Value)| match item.as_str().filter(|w| known(w)) {
        Some(word) => Ok(Value::text(word)),
        None => invalid(&path, "没有这一核查点", "no such point to check"),
    };
    ask.items("checks")?.into_iter().map(check).collect()
}

fn rework(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let event = act.event("rework")?;
    let case = act.case_for(ask, &event)?;
    let words = ask.words("words")?;
    let redo = act.event("redo")?;
    let replied: Vec<EntityId> = act
        .ids(&case, "tasks")
        .into_iter()
        .filter(|t| redo.from.iter().any(|s| *s == act.text(t, "state").as_str()))
        .collect();
    let named = ask.ids("tasks")?;
    if let Some(other) = named.iter().position(|t| !replied.contains(t)) {
        return missing(
            &format!("tasks[{other}]"),
            "这件案子没有这项已答复的任务",
            "the case has no such replied task",
        );
    }
    let back = if named.is_empty() { replied } else { named };
    let from = act.follow_event(&case, &event);
    act.draft.set(&case, "checked_by", Value::Null);
    act.draft.set(&case, "checked_at", Value::Null);
    act.log(&case, "rework", Line { from: Some(from), words: Some(words.clone()), ..Line::default() });
    for task in &back {
        let from = act.follow_event(task, &redo);
        act.draft.set(task, "rework_words", Value::text(&words));
        let body = act.draft.read(task).and_then(|t| t.object("body")).cloned();
        act.log(&case, "redo", Line { from: Some(from), task: Some(task.clone()), body, ..Line::default() });
    }
    Ok(act.finish(json!({ "case": case.as_str(), "pass": false })))
}

/// `flow.close {case, words?}`.
pub(crate) fn close(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let event = act.event("close")?;
    let case = act.case_for(ask, &event)?;
    let from = act.follow_event(&case, &event);
    let by = act.person().clone();
    act.draft.set(&case, "closed_by", by);
    act.draft.set(&case, "closed_at", act.now);
    act.log(&case, "close", Line { from: Some(from), words: ask.words_maybe("words")?, ..Line::default() });
    Ok(act.finish(json!({ "case": case.as_str() })))
}

/// `flow.rate {code, word}`: a resident with the code of a report says how it went, once.
pub(crate) fn rate(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let flow = act.flow.clone();
    let event = act.event("rate")?;
    crate::act::may(&flow, &event, act.permit)?;
    let code = clean(&ask.words("code")?);
    let report = find(act.state, &flow, &code).filter(|e| e.kind() == flow.types.report.as_str());
    let case = report.as_ref().and_then(|r| act.state.city(r.object("case")?.as_str()));
    let (Some(report), Some(case)) = (report.as_ref(), case) else {
        return missing("code", "没有这个查询码", "no such code");
    };
    let case = survivor(act.state, case.clone()).id().clone();
    let word = ask.words("word")?;
    if !flow.ratings.iter().any(|r| r.id == word.as_str()) {
        return invalid("word", "请从给出的评价里选一个", "choose one of the offered ratings");
    }
    act.guard(&event, "code", &case)?;
    if report.value("rating").is_some() {
        return conflict("code", "这件事已经评价过了", "this has been rated already");
    }
    let from = act.follow_event(&case, &event);
    act.draft.set(report.id(), "rating", word.as_str());
    act.draft.set(report.id(), "rated_at", act.now);
    let worst = worst(&act, &case, &word);
    act.draft.set(&case, "rating", worst.as_str());
    act.log(
        &case,
        "rate",
        Line {
            from: Some(from),
            other: Some(report.id().clone()),
            title: title(&act, &word),
            ..Line::default()
        },
    );
    Ok(act.finish(json!({ "code": code, "rating": word })))
}

/// A case with several reports carries the worst of their ratings.
fn worst(act: &Act<'_>, case: &EntityId, word: &str) -> String {
    let value = |w: &str| act.flow.ratings.iter().find(|r| r.id == w).and_then(|r| r.value).unwrap_or(0.0);
    let signals = act.draft.read(case).map(|c| ids(c, "signals")).unwrap_or_default();
    let all = signals
        .iter()
        .filter_map(|s| act.draft.read(s)?.text("rating").map(str::to_owned))
        .chain([word.to_owned()]);
    all.min_by(|a, b| value(a).total_cmp(&value(b))).unwrap_or_default()
}

fn title(act: &Act<'_>, word: &str) -> Option<door::Text> {
    act.flow.ratings.iter().find(|r| r.id == word).map(|r| r.title.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{Pen, person};
    use door::RefusalKind;

    #[test]
    fn another_person_checks_and_closes_and_the_resident_rates_once() {
        let mut pen = Pen::new();
        let (case, code) = pen.replied();
        let c = case.as_str().to_owned();
        pen.tell(
            &person("checker"),
            "flow.check",
            json!({"case": c, "pass": true, "checks": ["words_match"]}),
        )
        .unwrap();
        assert_eq!(
            (pen.text(&case, "state").as_str(), pen.text(&case, "checked_by")),
            ("checked", person("checker").id.to_string())
        );
        let early =
            pen.tell(&person("public"), "flow.rate", json!({"code": code, "word": "satisfied"})).unwrap_err();
        assert_eq!((early.kind, early.field.as_str()), (RefusalKind::Conflict, "code"));
        pen.tell(&person("checker"), "flow.close", json!({"case": c})).unwrap();
        let closed = pen.entity(&case);
        assert_eq!(
            (closed.text("state"), closed.time("closed_at"), closed.value("step_deadline")),
            (Some("closed"), Some(pen.now()), Some(&Value::Null))
        );
        pen.tell(
            &person("public"),
            "flow.rate",
            json!({"code": format!(" {} ", code.to_lowercase()), "word": "partly"}),
        )
        .unwrap();
        assert_eq!(
            (pen.text(&case, "state").as_str(), pen.text(&case, "rating").as_str()),
            ("rated", "partly")
        );
        let twice =
            pen.tell(&person("public"), "flow.rate", json!({"code": code, "word": "satisfied"})).unwrap_err();
        assert_eq!(twice.kind, RefusalKind::Conflict);
    }

    #[test]
    fn who_replied_may_not_check_even_with_the_role() {
        let mut pen = Pen::new();
        let (case, _) = pen.replied();
        for (name, body) in [
            ("flow.check", json!({"case": case.as_str(), "pass": true})),
            ("flow.check", json!({"case": case.as_str(), "pass": false, "words": "x"})),
        ] {
            let refusal = pen.tell(&person("both"), name, body).unwrap_err();
            assert_eq!((refusal.kind, refusal.field.as_str()), (RefusalKind::Forbidden, "case"));
            assert!(refusal.reason.contains("another person"));
        }
    }

    #[test]
    fn a_failed_check_sends_tasks_back_to_handling() {
        let mut pen = Pen::new();
        let (case, _) = pen.replied();
        let c = case.as_str().to_owned();
        let tasks = pen.ids(&case, "tasks");
        for (body, field) in [
            (json!({"case": c, "pass": false}), "words"),
            (json!({"case": c}), "pass"),
            (json!({"case": c, "pass": false, "words": "x", "tasks": [c]}), "tasks[0]"),
            (json!({"case": c, "pass": true, "checks": ["colour"]}), "checks[0]"),
        ] {
            assert_eq!(pen.tell(&person("checker"), "flow.check", body).unwrap_err().field, field);
        }
        pen.tell(
            &person("checker"),
            "flow.check",
            json!({"case": c, "pass": false, "words": "照片不是现场", "tasks": [tasks[0].as_str()]}),
        )
        .unwrap();
        assert_eq!(
            (
                pen.text(&case, "state").as_str(),
                pen.text(&tasks[0], "state").as_str(),
                pen.text(&tasks[1], "state").as_str()
            ),
            ("dispatched", "handling", "replied")
        );
        assert_eq!(pen.text(&tasks[0], "rework_words"), "照片不是现场");
        pen.tell(&person("both"), "flow.reply", json!({"task": tasks[0].as_str(), "words": "重拍了"}))
            .unwrap();
        assert_eq!(pen.text(&case, "state"), "replied");
        assert_eq!(pen.log(&case).iter().filter(|e| *e == "all_replied").count(), 2);
    }

    #[test]
    fn a_rating_needs_a_report_s_code_and_an_offered_word() {
        let mut pen = Pen::new();
        let (case, code) = pen.replied();
        let own = pen.text(&case, "code");
        for (body, kind, field) in [
            (json!({"code": "ZZZZZZZZ", "word": "partly"}), RefusalKind::Missing, "code"),
            (json!({"code": own, "word": "partly"}), RefusalKind::Missing, "code"),
            (json!({"code": code, "word": "so so"}), RefusalKind::Invalid, "word"),
            (json!({"code": code}), RefusalKind::Invalid, "word"),
        ] {
            let refusal = pen.tell(&person("public"), "flow.rate", body).unwrap_err();
            assert_eq!((refusal.kind, refusal.field.as_str()), (kind, field));
        }
    }

    #[test]
    fn two_reports_of_one_case_are_rated_apart_and_the_worse_counts() {
        let mut pen = Pen::new();
        let (other, _, second) = pen.reported("dead_fish");
        let (case, first) = pen.replied_with(&[other]);
        for (name, body) in [
            ("flow.check", json!({"case": case.as_str(), "pass": true})),
            ("flow.close", json!({"case": case.as_str()})),
        ] {
            pen.tell(&person("checker"), name, body).unwrap();
        }
        pen.tell(&person("public"), "flow.rate", json!({"code": second, "word": "unsatisfied"})).unwrap();
        pen.tell(&person("public"), "flow.rate", json!({"code": first, "word": "satisfied"})).unwrap();
        assert_eq!(
            (pen.text(&case, "state").as_str(), pen.text(&case, "rating").as_str()),
            ("rated", "unsatisfied")
        );
    }
}
