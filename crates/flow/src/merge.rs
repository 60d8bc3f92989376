//! Merging cases and undoing it. Signals, tasks and deadlines follow the survivor; the record of what it
//! absorbed is enough to give it back.

use crate::act::{Act, Line};
use crate::ask::{Ask, LIST_MAX};
use crate::words::{conflict, id_list, ids, ids_of, invalid, missing};
use door::{Decision, Refusal};
use model::{Entity, EntityId, Name, Time, Value};
use serde_json::json;

/// `flow.merge {case, merge: […]}`: these cases become part of the first.
pub(crate) fn merge(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let case = act.case_for(ask, &*act.event("merge")?)?;
    let others = ask.ids("merge")?;
    if others.is_empty() {
        return invalid("merge", "请说明合并哪一件", "say which cases to merge");
    }
    act.see(&case);
    join(&mut act, &case, &others)?;
    Ok(act.finish(json!({ "case": case.as_str() })))
}

/// `flow.unmerge {case, absorbed}`: gives an absorbed case back what was its own.
pub(crate) fn unmerge(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let case = act.case_for(ask, &*act.event("unmerge")?)?;
    let absorbed = ask.id("absorbed")?;
    split(&mut act, &case, &absorbed)?;
    Ok(act.finish(json!({ "case": case.as_str(), "absorbed": absorbed.as_str() })))
}

/// Merges cases into the survivor, each with its record and its lines in both logs.
pub(crate) fn join(act: &mut Act<'_>, case: &EntityId, others: &[EntityId]) -> Result<(), Refusal> {
    let event = act.event("merge")?;
    act.guard(&event, "case", case)?;
    for (i, other) in others.iter().enumerate() {
        let field = format!("merge[{i}]");
        if other == case {
            return invalid(&field, "不能和自己合并", "a case cannot be merged with itself");
        }
        act.see_case(&field, other)?;
        act.guard(&event, &field, other)?;
        take(act, case, other)?;
        let from = act.follow_event(other, &event);
        act.draft.set(other, "merged_into", case);
        act.log(other, "merge", Line { from: Some(from), other: Some(case.clone()), ..Line::default() });
        act.log(case, "merge", Line { other: Some(other.clone()), ..Line::default() });
    }
    spread_deadline(act, case);
    share(act, case);
    Ok(())
}

/// Moves what the other case has to the survivor.
fn take(act: &mut Act<'_>, case: &EntityId, other: &EntityId) -> Result<(), Refusal> {
    let Some(gone) = act.draft.read(other).cloned() else { return Ok(()) };
    let mut absorbed = records(act, case);
    if absorbed.len() >= LIST_MAX {
        return conflict(
            "merge",
            format!("一件最多合并 {LIST_MAX} 件"),
            format!("a case absorbs at most {LIST_MAX} others"),
        );
    }
    let keep =
        ["signals", "tasks", "bodies", "state", "state_since", "deadline", "step_deadline", "level", "late"];
    let kept = keep.into_iter().map(|n| (n, gone.value(n).cloned().unwrap_or_default()));
    let at = [
        ("case", Value::from(other)),
        ("at", act.now.into()),
        ("joined", Value::text(act.text(case, "state"))),
    ];
    absorbed.push(Value::map(kept.chain(at)));
    act.draft.set(case, "absorbed", Value::list(absorbed));
    for name in ["signals", "tasks", "bodies", "repliers"] {
        let mut all = act.ids(case, name);
        let more: Vec<_> = ids(&gone, name).into_iter().filter(|id| !all.contains(id)).collect();
        all.extend(more);
        act.draft.set(case, name, id_list(&all));
    }
    move_to(act, &ids(&gone, "signals"), &ids(&gone, "tasks"), case);
    let earlier = gone.time("deadline").filter(|d| act.time(case, "deadline").is_none_or(|own| *d < own));
    if let Some(deadline) = earlier {
        act.draft.set(case, "deadline", deadline);
        act.draft.set(case, "late_deadline", gone.value("late_deadline").cloned().unwrap_or_default());
    }
    let level = act.draft.read(case).and_then(|e| e.number("level")).unwrap_or(4.0);
    act.draft.set(case, "level", gone.number("level").unwrap_or(4.0).min(level));
    further(act, case, gone.text("state").unwrap_or_default());
    Ok(())
}

/// The survivor goes on from the state of whichever case was further.
fn further(act: &mut Act<'_>, case: &EntityId, other: &str) {
    let flow = act.flow.clone();
    let own = act.text(case, "state");
    let place = |state: &str| flow.states.iter().position(|s| s.id == state);
    if let Some(state) = flow.state(other).filter(|_| place(other) > place(&own)) {
        act.enter(case, state);
    }
}

/// Signals of our own and tasks say in which case they are.
fn move_to(act: &mut Act<'_>, signals: &[EntityId], tasks: &[EntityId], case: &EntityId) {
    let flow = act.flow.clone();
    let own = |id: &&EntityId| act.draft.read(id).is_some_and(|e| e.kind() == flow.types.report.as_str());
    let reports: Vec<_> = signals.iter().filter(own).cloned().collect();
    for id in reports.iter().chain(tasks) {
        act.draft.set(id, "case", case);
    }
}

/// The tasks of a case carry the deadline of the whole.
fn spread_deadline(act: &mut Act<'_>, case: &EntityId) {
    let deadline = act.time(case, "deadline").map_or(Value::Null, Value::from);
    for task in act.ids(case, "tasks") {
        act.draft.set(&task, "deadline", deadline.clone());
    }
}

/// The bodies of a case may read its reports: the reports name them.
pub(crate) fn share(act: &mut Act<'_>, case: &EntityId) {
    let flow = act.flow.clone();
    let bodies = act.ids(case, "bodies");
    for signal in act.ids(case, "signals") {
        let is_report = act.draft.read(&signal).is_some_and(|e| e.kind() == flow.types.report.as_str());
        if is_report && act.ids(&signal, "bodies") != bodies {
            act.draft.set(&signal, "bodies", id_list(&bodies));
        }
    }
}

fn records(act: &Act<'_>, case: &EntityId) -> Vec<Value> {
    act.draft.read(case).and_then(|e| e.value("absorbed")).map(|v| v.items().to_vec()).unwrap_or_default()
}

fn is_record_of(record: &Value, case: &EntityId) -> bool {
    record.get("case").and_then(Value::as_id) == Some(case)
}

fn split(act: &mut Act<'_>, case: &EntityId, absorbed: &EntityId) -> Result<(), Refusal> {
    let mut records = records(act, case);
    let Some(at) = records.iter().position(|r| is_record_of(r, absorbed)) else {
        return missing("absorbed", "这件没有并进来", "this case was not merged into it");
    };
    let record = records.remove(at);
    let merged_at = record.get("at").and_then(Value::as_time).unwrap_or_default();
    let accepted = |t: &EntityId| act.time(t, "accepted_at").is_some_and(|a| a >= merged_at);
    if act.ids(case, "tasks").iter().any(accepted) {
        return conflict(
            "absorbed",
            "合并以后已有单位接下任务，不能撤销",
            "a task has been accepted since the merge, so it cannot be undone",
        );
    }
    let list = |name: &str| record.get(name).map(ids_of).unwrap_or_default();
    let (signals, tasks) = (list("signals"), list("tasks"));
    for (name, theirs) in [("signals", &signals), ("tasks", &tasks)] {
        let rest: Vec<_> = act.ids(case, name).into_iter().filter(|id| !theirs.contains(id)).collect();
        act.draft.set(case, name, id_list(&rest));
    }
    move_to(act, &signals, &tasks, absorbed);
    act.draft.set(case, "absorbed", Value::list(records.clone()));
    settle_survivor(act, case, &records, &record);
    act.draft.set(absorbed, "merged_into", Value::Null);
    for name in ["state", "state_since", "step_deadline", "late"] {
        act.draft.set(absorbed, name, record.get(name).cloned().unwrap_or_default());
    }
    for one in [case, absorbed] {
        spread_deadline(act, one);
        share(act, one);
    }
    let from = Some(Name::new(crate::definition::MERGED));
    act.log(absorbed, "unmerge", Line { from, other: Some(case.clone()), ..Line::default() });
    act.log(case, "unmerge", Line { other: Some(absorbed.clone()), ..Line::default() });
    Ok(())
}

/// What is left of the survivor: its own deadline and level, or the stricter of what is still merged in.
fn settle_survivor(act: &mut Act<'_>, case: &EntityId, left: &[Value], gone: &Value) {
    let own = act.draft.read(case).and_then(|e| e.value("own")).cloned().unwrap_or_default();
    let parts: Vec<&Value> = left.iter().chain([&own]).collect();
    let deadline = parts.iter().filter_map(|p| p.get("deadline").and_then(Value::as_time)).min();
    let level = parts.iter().filter_map(|p| p.get("level").and_then(Value::as_number)).fold(4.0, f64::min);
    let bodies: Vec<EntityId> =
        act.ids(case, "tasks").iter().filter_map(|t| act.draft.read(t)?.object("body").cloned()).collect();
    act.draft.set(case, "bodies", id_list(&bodies));
    act.draft.set(case, "level", level);
    if let Some(deadline) = deadline.filter(|d| act.time(case, "deadline") != Some(*d)) {
        act.draft.set(case, "deadline", deadline);
        let fired = act.time(case, "late_deadline").filter(|t: &Time| *t == deadline);
        act.draft.set(case, "late_deadline", fired.map_or(Value::Null, Value::from));
    }
    let flow = act.flow.clone();
    let before = gone.get("joined").and_then(Value::as_str).and_then(|s| flow.state(s));
    if let Some(state) = before.filter(|s| bodies.is_empty() && act.text(case, "state") != s.id.as_str()) {
        act.enter(case, state);
    }
}

/// The case that a merged one has become part of, over several merges; itself when it was not merged.
pub(crate) fn survivor(state: &store::State, case: std::sync::Arc<Entity>) -> std::sync::Arc<Entity> {
    let mut case = case;
    for _ in 0..LIST_MAX {
        match case.object("merged_into").and_then(|id| state.city(id.as_str())) {
            Some(into) => case = into.clone(),
            None => break,
        }
    }
    case
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{ECO, Pen, TOWN_BODY, person};
    use door::RefusalKind;

    fn merged(pen: &mut Pen) -> (EntityId, EntityId, EntityId) {
        let (first, _) = pen.alerted(0.0);
        pen.pass(480);
        let (second, report, _) = pen.reported("dead_fish");
        pen.tell(&person("seat"), "flow.merge", json!({"case": second.as_str(), "merge": [first.as_str()]}))
            .unwrap();
        (second, first, report)
    }

    #[test]
    fn the_survivor_takes_signals_level_and_the_earliest_deadline() {
        let mut pen = Pen::new();
        let (survivor, gone, _) = merged(&mut pen);
        let (s, g) = (pen.entity(&survivor), pen.entity(&gone));
        assert_eq!((g.text("state"), g.object("merged_into")), (Some("merged_into"), Some(&survivor)));
        assert_eq!(ids(&s, "signals").len(), 2);
        assert_eq!((s.number("level"), s.time("deadline")), (Some(2.0), g.time("deadline")));
        assert_eq!(s.value("absorbed").unwrap().items().len(), 1);
        assert_eq!(
            (pen.log(&survivor), pen.log(&gone)),
            (vec!["open".to_owned(), "merge".into()], vec!["open".into(), "merge".into()])
        );
        assert_eq!(super::survivor(pen.state(), g).id(), &survivor);
    }

    #[test]
    fn undo_gives_back_what_was_its_own() {
        let mut pen = Pen::new();
        let (survivor, gone, _) = merged(&mut pen);
        let own = pen.entity(&survivor).value("own").unwrap().get("deadline").cloned();
        pen.tell(
            &person("seat"),
            "flow.unmerge",
            json!({"case": survivor.as_str(), "absorbed": gone.as_str()}),
        )
        .unwrap();
        let (s, g) = (pen.entity(&survivor), pen.entity(&gone));
        assert_eq!((g.text("state"), g.object("merged_into")), (Some("received"), None));
        assert_eq!((ids(&s, "signals").len(), ids(&g, "signals").len()), (1, 1));
        assert_eq!((s.number("level"), s.value("deadline").cloned()), (Some(3.0), own));
        let again = pen.tell(
            &person("seat"),
            "flow.unmerge",
            json!({"case": survivor.as_str(), "absorbed": gone.as_str()}),
        );
        assert_eq!(again.unwrap_err().kind, RefusalKind::Missing);
    }

    #[test]
    fn tasks_follow_the_survivor_and_come_back() {
        let mut pen = Pen::new();
        let (first, _, _) = pen.reported("water_pollution");
        pen.tell(&person("seat"), "flow.dispatch", json!({"case": first.as_str(), "bodies": [ECO]})).unwrap();
        let task = pen.ids(&first, "tasks")[0].clone();
        let (second, report, _) = pen.reported("dead_fish");
        pen.tell(&person("seat"), "flow.merge", json!({"case": second.as_str(), "merge": [first.as_str()]}))
            .unwrap();
        assert_eq!(
            (pen.text(&second, "state").as_str(), pen.text(&task, "case").as_str()),
            ("dispatched", second.as_str())
        );
        assert_eq!(pen.text(&report, "case"), second.as_str());
        assert_eq!(pen.ids(&report, "bodies").len(), 1);
        pen.tell(
            &person("seat"),
            "flow.unmerge",
            json!({"case": second.as_str(), "absorbed": first.as_str()}),
        )
        .unwrap();
        assert_eq!(
            (pen.text(&second, "state").as_str(), pen.text(&task, "case").as_str()),
            ("received", first.as_str())
        );
        assert_eq!((pen.text(&first, "state").as_str(), pen.ids(&second, "bodies").len()), ("dispatched", 0));
        assert!(pen.ids(&report, "bodies").is_empty());
    }

    #[test]
    fn undo_is_refused_once_a_task_has_been_accepted_after_the_merge() {
        let mut pen = Pen::new();
        let (survivor, gone, _) = merged(&mut pen);
        pen.tell(
            &person("seat"),
            "flow.dispatch",
            json!({"case": survivor.as_str(), "bodies": [ECO, TOWN_BODY]}),
        )
        .unwrap();
        let task = pen.ids(&survivor, "tasks")[0].clone();
        pen.tell(&person("handler"), "flow.accept", json!({"task": task.as_str()})).unwrap();
        let refusal = pen
            .tell(
                &person("seat"),
                "flow.unmerge",
                json!({"case": survivor.as_str(), "absorbed": gone.as_str()}),
            )
            .unwrap_err();
        assert_eq!((refusal.kind, refusal.field.as_str()), (RefusalKind::Conflict, "absorbed"));
    }

    #[test]
    fn a_merge_that_makes_no_sense_is_refused() {
        let mut pen = Pen::new();
        let (survivor, gone, _) = merged(&mut pen);
        let (s, g) = (survivor.as_str().to_owned(), gone.as_str().to_owned());
        let cases = [
            (json!({"case": s, "merge": []}), RefusalKind::Invalid, "merge"),
            (json!({"case": s, "merge": [s]}), RefusalKind::Invalid, "merge[0]"),
            (json!({"case": s, "merge": [g]}), RefusalKind::Conflict, "merge[0]"),
            (json!({"case": s, "merge": ["urn:ngsi-ld:Case:none"]}), RefusalKind::Missing, "merge[0]"),
            (json!({"case": g, "merge": [s]}), RefusalKind::Conflict, "case"),
        ];
        for (body, kind, field) in cases {
            let refusal = pen.tell(&person("seat"), "flow.merge", body).unwrap_err();
            assert_eq!((refusal.kind, refusal.field.as_str()), (kind, field));
        }
    }
}
