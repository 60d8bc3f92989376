//! The shapes of cases, tasks and their parts, from entities as the caller sees them. Pure.

use super::wire::{CaseEvent, CaseSignal, CaseStep, CaseTask, LogEntry, TaskReply, TaskReturn};
use crate::public::sight::{Sight, flag, level, text, words};
use crate::public::wire::{Choice, T, at};
use flow::{Definition, Offer};
use model::{Entity, EntityId, Time, Value, distance_m};
use std::sync::Arc;
use store::{Condition, Select};

/// Type of the entities behind the devices' pages.
const DEVICE: &str = "Device";

/// Title of a state of a case.
pub(super) fn state_title(flow: &Definition, state: &str) -> T {
    flow.state(state).map_or_else(|| T::of(state, state), |s| (&s.title).into())
}

/// Title of a state of a task.
pub(super) fn task_state_title(flow: &Definition, state: &str) -> T {
    flow.task_state(state).map_or_else(|| T::of(state, state), |s| (&s.title).into())
}

/// The next of two deadlines.
pub(super) fn due(entity: &Entity) -> Option<Time> {
    [entity.time("step_deadline"), entity.time("deadline")].into_iter().flatten().min()
}

/// What a case or task is about, in words of the list of matters.
pub(super) fn matter(flow: &Definition, entity: &Entity) -> Option<Choice> {
    let matter = flow.matters.get(entity.text("matter")?)?;
    Some(Choice { id: matter.id.clone(), title: (&matter.title).into() })
}

/// The states from the first to the first ended one; a state outside of them stands alone.
pub(super) fn way(flow: &Definition, state: &str) -> Vec<CaseStep> {
    let step = |s: &flow::StateDef| CaseStep { state: s.id.to_string(), title: (&s.title).into() };
    let last = flow.states.iter().position(|s| s.ended).map_or(flow.states.len(), |n| n + 1);
    let way: Vec<CaseStep> = flow.states.iter().take(last).map(step).collect();
    match flow.state(state).filter(|s| way.iter().all(|w| s.id != *w.state)) {
        // What comes after the end (a rating) stands at the end; what left the way (a merge) stands alone.
        Some(s) if flow.states.iter().skip(last).take(1).any(|n| n.id == s.id) => {
            way.into_iter().chain([step(s)]).collect()
        }
        Some(s) => vec![step(s)],
        None => way,
    }
}

/// Whether a signal is a resident's report or an alarm.
pub(super) fn kind_of(flow: &Definition, signal: &Entity) -> &'static str {
    if signal.kind() == flow.types.report.as_str() { "report" } else { "alert" }
}

/// A signal of a case. `said` is what the resident wrote, when the caller may read it.
pub(super) fn signal(
    sight: &Sight,
    flow: &Definition,
    case: &Entity,
    signal: &Entity,
    said: Option<String>,
) -> CaseSignal {
    let report = kind_of(flow, signal) == "report";
    let matter = signal.text("matter").and_then(|m| flow.matters.get(m));
    let headline = if report { None } else { text(signal, "headline") };
    let since = signal.time("since").or_else(|| signal.time("received_at")).unwrap_or(signal.created_at);
    let apart = case.point("location").zip(signal.point("location")).map(|(a, b)| distance_m(a, b).round());
    let own_level = signal.number("level").map(|_| level(signal)).or(matter.map(|m| m.level));
    let there = |name: &str| signal.value(name).is_some_and(|v| *v != Value::Null);
    let scope = sight.permit.scope(signal.kind());
    let opens = |name: &str| there(name) && scope.purpose(signal, name).is_some();
    CaseSignal {
        id: signal.id().to_string(),
        kind: if report { "report" } else { "alert" }.to_owned(),
        code: signal.text("code").or_else(|| signal.text("rule")).unwrap_or_default().to_owned(),
        at: at(since),
        headline: headline.or_else(|| matter.map(|m| (&m.title).into())).unwrap_or_default(),
        words: said,
        photo_url: opens("photo").then(|| photo_of(case.id(), signal.id())),
        phone_available: opens("phone"),
        source_link: signal.object("subject").and_then(|s| device_link(sight, s)),
        level: own_level.unwrap_or(flow.level),
        distance_m: apart.filter(|m| *m > 0.0),
    }
}

/// Where the photograph of a report is read; the reading of it is recorded.
pub(super) fn photo_of(case: &EntityId, signal: &EntityId) -> String {
    format!("/api/cases/{case}/signals/{signal}/photo")
}

/// The page of the device that measures a subject.
fn device_link(sight: &Sight, subject: &EntityId) -> Option<String> {
    let mut select = Select::city(DEVICE, 1);
    select.conditions = vec![Condition::Equals("subject".into(), Value::from(subject))];
    let device = sight.snapshot.state.select(&select).ok()?.entities.into_iter().next()?;
    sight.permit.sees(&device).then(|| format!("/devices/{}", device.id()))
}

/// A task with what became of it.
pub(super) fn task(sight: &Sight, flow: &Definition, task: &Entity) -> CaseTask {
    let state = task.text("state").unwrap_or_default();
    let ended = flow.task_state(state).is_none_or(|s| s.ended);
    let step = task.time("step_deadline").filter(|_| !ended);
    let person = |name: &str| task.object(name).map(|id| person(sight, id));
    CaseTask {
        id: task.id().to_string(),
        body: task.object("body").map(|b| sight.name(b)).unwrap_or_default(),
        state: state.to_owned(),
        state_title: task_state_title(flow, state),
        deadline: step.or_else(|| task.time("deadline")).map(at),
        deadline_step: step.map(at),
        received_at: task.time("dispatched_at").map(at),
        words: task.text("words").map(str::to_owned),
        title: text(task, "title"),
        accepted_by: person("accepted_by"),
        accepted_at: task.time("accepted_at").map(at),
        reply: reply(sight, task),
        returned: returned(sight, task),
    }
}

fn reply(sight: &Sight, task: &Entity) -> Option<TaskReply> {
    Some(TaskReply {
        words: task.text("reply_words")?.to_owned(),
        photo_url: words(task, "reply_photo").first().map(|id| blob(id)),
        by: task.object("replied_by").map(|id| person(sight, id)).unwrap_or_default(),
        at: at(task.time("replied_at")?),
    })
}

fn returned(sight: &Sight, task: &Entity) -> Option<TaskReturn> {
    let returned = task.value("returned").filter(|v| **v != Value::Null)?;
    let word = |name: &str| returned.get(name).and_then(Value::as_str);
    Some(TaskReturn {
        reason: returned.get("title").and_then(crate::shape::text_of).map(T::from).unwrap_or_default(),
        words: word("words").unwrap_or_default().to_owned(),
        by: word("by").map(|id| person(sight, &EntityId::new(id))).unwrap_or_default(),
        at: at(returned.get("at").and_then(Value::as_time)?),
    })
}

/// Where a photograph of a reply or note is seen.
pub(super) fn blob(id: &str) -> String {
    format!("/api/blobs/{id}")
}

/// The name of a person; the city's own engines and residents have none.
pub(super) fn person(sight: &Sight, id: &EntityId) -> T {
    match id.as_str() {
        engine if engine.starts_with("urn:ngsi-ld:Engine:") => T::of("系统", "the city"),
        public if public.ends_with(":public") => T::of("居民", "a resident"),
        _ => sight.name(id),
    }
}

/// The commands that are offered; sending back has a name of its own beside passing.
pub(super) fn events(offers: &[Offer]) -> Vec<CaseEvent> {
    let event = |o: &Offer| CaseEvent {
        name: if o.event == "rework" { "flow.rework".to_owned() } else { o.name.clone() },
        verb: (&o.verb).into(),
        enabled: o.enabled,
        why_not: o.why_not.as_ref().map(T::from),
        fields: o.requires.iter().chain(&o.accepts).map(ToString::to_string).collect(),
    };
    offers.iter().map(event).collect()
}

/// The log as the caller may read it: what its scope opens, and what it or its body did itself.
pub(super) fn log(
    sight: &Sight,
    flow: &Definition,
    case: &Entity,
    own_task: Option<&EntityId>,
) -> Vec<LogEntry> {
    let principal = sight.permit.principal();
    let own = |l: &Entity| {
        let body = principal.body.is_some() && l.object("by_body") == principal.body.as_ref();
        body || l.object("by") == Some(&principal.id) || (own_task.is_some() && l.object("task") == own_task)
    };
    let lines = flow::log(&sight.snapshot.state, flow, &sight.permit, case);
    lines.iter().filter(|l| sight.permit.sees(l) || own(l)).map(|l| line(sight, l)).collect()
}

fn line(sight: &Sight, of: &Arc<Entity>) -> LogEntry {
    let by = text(of, "by_name").or_else(|| of.object("by").map(|id| person(sight, id)));
    LogEntry {
        at: at(of.time("at").unwrap_or(of.created_at)),
        by: by.unwrap_or_default(),
        text: said(of, of.object("body").map(|b| sight.name(b)).as_ref()),
        photo_url: words(of, "photo").first().map(|id| blob(id)),
    }
}

/// What a line says: the verb, the body that it is about, the words.
pub(super) fn said(line: &Entity, body: Option<&T>) -> T {
    let title = text(line, "title").unwrap_or_default();
    let words = line.text("words").unwrap_or_default();
    let one = |title: &str, body: Option<&str>, colon: &str| {
        let head = body.map_or_else(|| title.to_owned(), |b| format!("{title} · {b}"));
        if words.is_empty() { head } else { format!("{head}{colon}{words}") }
    };
    T::of(
        one(&title.zh, body.map(|b| b.zh.as_str()), "："),
        one(&title.en, body.map(|b| b.en.as_str()), ": "),
    )
}

/// Whether a case has a task that a body gave back, which waits for the desk.
pub(super) fn came_back(flow: &Definition, case: &Entity) -> Option<(String, T)> {
    let back = flow.task_event("return").map(|e| e.to.as_str())?;
    flag(case, "returned").then(|| (back.to_owned(), task_state_title(flow, back)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::public::sight::tests::entity;
    use door::Text;
    use model::Name;

    pub(in crate::staff) fn flow() -> Definition {
        Definition::read(
            include_str!("../../../../packs/case/flows/case.yaml"),
            include_str!("../../../../packs/case/codes/matters.csv"),
            &Name::new("case@0.1.0"),
        )
        .unwrap()
    }

    #[test]
    fn the_way_ends_with_the_closing_and_a_merged_case_has_none() {
        let states = |state: &str| way(&flow(), state).into_iter().map(|s| s.state).collect::<Vec<_>>();
        let whole = ["received", "filed", "dispatched", "replied", "checked", "closed"];
        assert_eq!(states("filed"), whole);
        assert_eq!(states("rated").len(), 7);
        assert_eq!(states("merged_into"), ["merged_into"]);
    }

    #[test]
    fn a_line_says_verb_body_and_words() {
        let title = ("title", Value::map([("zh", Value::text("派遣")), ("en", Value::text("Dispatch"))]));
        let bare = entity("urn:l:1", "CaseEvent", vec![title.clone()]);
        let full = entity("urn:l:2", "CaseEvent", vec![title, ("words", "请即办理".into())]);
        let body = T::of("生态局", "Ecology bureau");
        assert_eq!(said(&bare, None), T::of("派遣", "Dispatch"));
        assert_eq!(
            said(&full, Some(&body)),
            T::of("派遣 · 生态局：请即办理", "Dispatch · Ecology bureau: 请即办理")
        );
    }

    #[test]
    fn sending_back_has_a_name_of_its_own() {
        let offer = |event: &str| Offer {
            name: "flow.check".into(),
            event: Name::new(event),
            verb: Text::default(),
            requires: vec![Name::new("pass")],
            accepts: vec![Name::new("words")],
            enabled: false,
            why_not: Some(Text { zh: "不能".into(), en: "no".into() }),
        };
        let events = events(&[offer("check"), offer("rework")]);
        assert_eq!((events[0].name.as_str(), events[1].name.as_str()), ("flow.check", "flow.rework"));
        assert_eq!(
            (events[0].fields.join(","), events[0].why_not.clone()),
            ("pass,words".into(), Some(T::of("不能", "no")))
        );
    }

    #[test]
    fn the_nearer_deadline_counts_and_a_returned_task_waits_for_the_desk() {
        let e =
            entity("urn:c:1", "Case", vec![("deadline", Time(9).into()), ("step_deadline", Time(5).into())]);
        assert_eq!(due(&e), Some(Time(5)));
        assert_eq!(due(&entity("urn:c:1", "Case", vec![])), None);
        assert_eq!(came_back(&flow(), &e), None);
        let back = entity("urn:c:1", "Case", vec![("returned", true.into())]);
        assert_eq!(came_back(&flow(), &back), Some(("returned".into(), T::of("已退回", "Returned"))));
    }
}
