//! What a resident sees with a code: the steps of the case, in words, without any person's name.

use crate::act::find;
use crate::definition::Definition;
use crate::dice::clean;
use crate::merge::survivor;
use crate::words::{ids, name_of, tail, text_of};
use door::Text;
use model::{Entity, EntityId, Time, Value};
use std::sync::Arc;
use store::State;

/// Events that a resident sees; notes and supervision stay inside.
const SHOWN: [&str; 11] = [
    "open",
    "file",
    "merge",
    "dispatch",
    "accept",
    "reply",
    "all_replied",
    "check",
    "rework",
    "close",
    "rate",
];
/// Most lines of one case's log that are read.
const LINES_MAX: usize = 5_000;

/// What a code leads to.
#[derive(Clone, Debug)]
pub struct Follow {
    /// The report, when the code is a report's.
    pub report: Option<Arc<Entity>>,
    /// The case, after all merges.
    pub case: Arc<Entity>,
    /// The state of the case in words.
    pub state: Text,
    /// What has happened, in order.
    pub steps: Vec<Step>,
    /// What the bodies replied.
    pub replies: Vec<Reply>,
    /// When the whole is due.
    pub deadline: Option<Time>,
    /// Whether this code may rate now.
    pub can_rate: bool,
}

/// One step of a case, for a resident.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The event (`dispatch`).
    pub event: String,
    /// State of the case after it, or of the task that it is about; empty when it changed none.
    pub state: String,
    /// The step in words.
    pub title: Text,
    /// When.
    pub at: Time,
    /// The body that it is about.
    pub by_body: Option<Text>,
}

/// The reply of one body.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The body.
    pub body: Text,
    /// Its words.
    pub words: String,
    /// Ids of its photos.
    pub photos: Vec<String>,
    /// When.
    pub at: Time,
}

/// What a code leads to; none when no report and no case has it.
#[must_use]
pub fn follow(state: &State, flow: &Definition, code: &str) -> Option<Follow> {
    let found = find(state, flow, &clean(code))?;
    let is_report = found.kind() == flow.types.report.as_str();
    let report = is_report.then(|| found.clone());
    let first = if is_report { state.city(found.object("case")?.as_str())?.clone() } else { found };
    let case = survivor(state, first.clone());
    let mut steps = steps(state, flow, &first, |_| true);
    if case.id() != first.id() {
        let since = steps.last().map_or(Time(0), |s| s.at);
        steps.extend(
            self::steps(state, flow, &case, |event| !matches!(event, "open" | "merge"))
                .into_iter()
                .filter(|s| s.at >= since),
        );
    }
    let now = case.text("state").unwrap_or_default();
    let rated = report.as_ref().is_none_or(|r| r.value("rating").is_some());
    let can_rate = !rated && flow.event("rate").is_some_and(|e| e.from.iter().any(|s| *s == now));
    let title = flow.state(now).map(|s| s.title.clone()).unwrap_or_default();
    let deadline = case.time("deadline");
    Some(Follow {
        replies: replies(state, flow, &case),
        report,
        state: title,
        steps,
        deadline,
        can_rate,
        case,
    })
}

/// The lines of a case's log, in order.
pub(crate) fn lines<'a>(
    state: &'a State,
    flow: &'a Definition,
    case: &Entity,
) -> impl Iterator<Item = &'a Arc<Entity>> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a counter from 1")]
    let count = (case.number("events").unwrap_or(0.0) as usize).min(LINES_MAX);
    let of = tail(case.id().as_str()).to_owned();
    (1..=count).filter_map(move |n| state.city(&format!("urn:ngsi-ld:{}:{of}-{n}", flow.types.event)))
}

fn steps(state: &State, flow: &Definition, case: &Entity, shown: impl Fn(&str) -> bool) -> Vec<Step> {
    let body = |e: &Entity| {
        let id = e.object("body").or_else(|| e.object("by_body"))?.clone();
        state.city(id.as_str()).map(|b| name_of(b))
    };
    let lines = lines(state, flow, case).filter(|l| {
        let event = l.text("event").unwrap_or_default();
        SHOWN.contains(&event) && shown(event)
    });
    let step = |l: &Arc<Entity>| {
        let event = l.text("event").unwrap_or_default().to_owned();
        let verb = flow.event(&event).or_else(|| flow.task_event(&event)).map(|e| e.verb.clone());
        let title = verb.or_else(|| text_of(l.value("title"))).unwrap_or_default();
        Step {
            state: l.text("to").unwrap_or_default().to_owned(),
            title,
            at: l.time("at").unwrap_or_default(),
            by_body: body(l),
            event,
        }
    };
    lines.map(step).collect()
}

fn replies(state: &State, flow: &Definition, case: &Entity) -> Vec<Reply> {
    let done = flow.task_event("reply").map(|e| e.to.as_str());
    let tasks = ids(case, "tasks").into_iter().filter_map(|t: EntityId| state.city(t.as_str()));
    let reply = |t: &Arc<Entity>| {
        let body = state.city(t.object("body")?.as_str()).map(|b| name_of(b))?;
        let photos = t.value("reply_photo").map(Value::items).unwrap_or_default();
        let photos = photos.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Some(Reply { body, words: t.text("reply_words")?.to_owned(), photos, at: t.time("replied_at")? })
    };
    tasks.filter(|t| t.text("state") == done).filter_map(reply).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{ECO, Pen, person};
    use serde_json::json;

    fn events(f: &Follow) -> Vec<&str> {
        f.steps.iter().map(|s| s.event.as_str()).collect()
    }

    #[test]
    fn a_resident_sees_each_step_and_no_person() {
        let mut pen = Pen::new();
        let (case, code) = pen.replied();
        pen.tell(&person("seat"), "flow.note", json!({"case": case.as_str(), "words": "内部"})).unwrap();
        let f = follow(pen.state(), &pen.flow(), &format!(" {}-{} ", &code[..4], &code[4..].to_lowercase()))
            .unwrap();
        assert_eq!(
            events(&f),
            ["open", "file", "dispatch", "dispatch", "accept", "reply", "accept", "reply", "all_replied"]
        );
        assert_eq!((f.state.zh.as_str(), f.can_rate, f.case.id()), ("已答复", false, &case));
        assert_eq!(f.steps[2].by_body.as_ref().map(|b| b.zh.as_str()), Some("生态局"));
        assert_eq!((f.steps[0].title.en.as_str(), f.steps[0].state.as_str()), ("Receive", "received"));
        assert_eq!((f.replies.len(), f.replies[0].words.as_str(), f.replies[0].photos.len()), (2, "已办", 1));
        assert!(f.report.is_some() && f.deadline.is_some());
    }

    #[test]
    fn a_merged_report_follows_its_survivor() {
        let mut pen = Pen::new();
        let (first, _, code) = pen.reported("dead_fish");
        pen.pass(60);
        let (alert, _) = pen.alerted(0.0);
        pen.pass(60);
        pen.tell(
            &person("seat"),
            "flow.dispatch",
            json!({"case": alert.as_str(), "merge": [first.as_str()], "bodies": [ECO]}),
        )
        .unwrap();
        let f = follow(pen.state(), &pen.flow(), &code).unwrap();
        assert_eq!((f.case.id(), events(&f)), (&alert, vec!["open", "merge", "file", "dispatch"]));
        assert_eq!(f.state.zh, "派遣");
    }

    #[test]
    fn rating_opens_with_the_closing_and_only_for_a_report() {
        let mut pen = Pen::new();
        let (case, code) = pen.replied();
        for (name, body) in [
            ("flow.check", json!({"case": case.as_str(), "pass": true})),
            ("flow.close", json!({"case": case.as_str()})),
        ] {
            pen.tell(&person("checker"), name, body).unwrap();
        }
        let own = pen.text(&case, "code");
        let flow = pen.flow();
        assert!(follow(pen.state(), &flow, &code).unwrap().can_rate);
        let by_case = follow(pen.state(), &flow, &own).unwrap();
        assert!(!by_case.can_rate && by_case.report.is_none());
        pen.tell(&person("public"), "flow.rate", json!({"code": code, "word": "satisfied"})).unwrap();
        assert!(!follow(pen.state(), &flow, &code).unwrap().can_rate);
        assert!(follow(pen.state(), &flow, "NOSUCH22").is_none());
    }
}
