//! What the duty desk does with one case: acknowledge, file, note, supervise, keep apart.

use crate::act::{Act, Line};
use crate::ask::Ask;
use crate::definition::EventDef;
use crate::words::{id_list, invalid, missing};
use door::{Decision, Refusal};
use model::EntityId;
use serde_json::json;
use std::sync::Arc;

impl Act<'_> {
    /// An event of the flow; a flow without it refuses the command.
    pub(crate) fn event(&self, id: &str) -> Result<Arc<EventDef>, Refusal> {
        match self.flow.event(id).or_else(|| self.flow.task_event(id)) {
            Some(event) => Ok(Arc::new(event.clone())),
            None => missing("name", "流程没有这一步", "the flow has no such event"),
        }
    }

    /// The case of a command, seen and in a state that allows the event.
    pub(crate) fn case_for(&self, ask: &Ask<'_>, event: &EventDef) -> Result<EntityId, Refusal> {
        let case = ask.id("case")?;
        self.see_case("case", &case)?;
        self.guard(event, "case", &case)?;
        Ok(case)
    }

    /// Notes that a person of the desk has seen the case; the first one stands.
    pub(crate) fn see(&mut self, case: &EntityId) {
        if self.time(case, "acknowledged_at").is_none() {
            let by = self.person().clone();
            self.draft.set(case, "acknowledged_at", self.now);
            self.draft.set(case, "acknowledged_by", by);
        }
    }

    /// Moves a received case to filed, with its line in the log.
    pub(crate) fn put_on_file(&mut self, case: &EntityId, words: Option<String>) -> Result<(), Refusal> {
        let event = self.event("file")?;
        self.guard(&event, "case", case)?;
        self.see(case);
        let from = self.follow_event(case, &event);
        let by = self.person().clone();
        self.draft.set(case, "filed_by", by);
        self.draft.set(case, "filed_at", self.now);
        self.log(case, "file", Line { from: Some(from), words, ..Line::default() });
        Ok(())
    }

    /// Changes matter and level of a case when the command says so.
    pub(crate) fn classify(&mut self, case: &EntityId, ask: &Ask<'_>) -> Result<(), Refusal> {
        if let Some(matter) = ask.words_maybe("matter")? {
            let flow = self.flow.clone();
            let Some(known) = flow.matters.get(&matter) else {
                return invalid("matter", "没有这种事项", "no such matter");
            };
            self.draft.set(case, "matter", matter.as_str());
            self.draft.set(case, "article", known.article.as_str());
        }
        if let Some(level) = ask.level("level")? {
            self.draft.set(case, "level", f64::from(level));
        }
        Ok(())
    }
}

/// `flow.acknowledge {case}`: somebody at the desk has seen it.
pub(crate) fn acknowledge(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let case = act.case_for(ask, &*act.event("acknowledge")?)?;
    if act.time(&case, "acknowledged_at").is_none() {
        act.see(&case);
        act.log(&case, "acknowledge", Line::default());
    }
    Ok(act.finish(json!({ "case": case.as_str() })))
}

/// `flow.file {case, matter?, level?, words?}`: it is a case, about this matter.
pub(crate) fn file(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let case = act.case_for(ask, &*act.event("file")?)?;
    act.classify(&case, ask)?;
    act.put_on_file(&case, ask.words_maybe("words")?)?;
    Ok(act.finish(json!({ "case": case.as_str() })))
}

/// `flow.note {case | task, words, photo?}`: words in the log.
pub(crate) fn note(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let event = act.event("note")?;
    let task = ask.id_maybe("task")?;
    let case = match &task {
        Some(task) => act.see_task("task", task)?,
        None => ask.id("case")?,
    };
    if task.is_none() {
        act.see_case("case", &case)?;
    }
    act.guard(&event, "case", &case)?;
    let line =
        Line { task, words: Some(ask.words("words")?), photos: ask.photos("photo")?, ..Line::default() };
    act.log(&case, "note", line);
    Ok(act.finish(json!({ "case": case.as_str() })))
}

/// `flow.supervise {case, words}`: a supervisor presses for it.
pub(crate) fn supervise(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let case = act.case_for(ask, &*act.event("supervise")?)?;
    let words = Some(ask.words("words")?);
    act.draft.set(&case, "supervised", true);
    act.log(&case, "supervise", Line { words, ..Line::default() });
    Ok(act.finish(json!({ "case": case.as_str() })))
}

/// `flow.keep_apart {case, other}`: these are not suggested for merging any more.
pub(crate) fn keep_apart(mut act: Act<'_>, ask: &Ask<'_>) -> Result<Decision, Refusal> {
    let case = act.case_for(ask, &*act.event("keep_apart")?)?;
    let others = ask.ids("other")?;
    if others.is_empty() {
        return invalid("other", "请说明和哪一件不合并", "say which case to keep apart");
    }
    for other in others {
        act.see_case("other", &other)?;
        for (one, two) in [(&case, &other), (&other, &case)] {
            let mut apart = act.ids(one, "kept_apart");
            if !apart.contains(two) {
                apart.push(two.clone());
            }
            act.draft.set(one, "kept_apart", id_list(&apart));
        }
        act.log(&case, "keep_apart", Line { other: Some(other), ..Line::default() });
    }
    Ok(act.finish(json!({ "case": case.as_str() })))
}

#[cfg(test)]
mod tests {
    use crate::pen::{Pen, person};
    use door::RefusalKind;
    use serde_json::json;

    #[test]
    fn the_desk_s_verbs_change_what_they_say() {
        let mut pen = Pen::new();
        let (case, ..) = pen.reported("other");
        let c = case.as_str().to_owned();
        pen.tell(&person("seat"), "flow.acknowledge", json!({"case": c})).unwrap();
        let seen = pen.entity(&case).time("acknowledged_at").unwrap();
        pen.pass(60);
        pen.tell(&person("seat"), "flow.acknowledge", json!({"case": c})).unwrap();
        assert_eq!(pen.entity(&case).time("acknowledged_at"), Some(seen));
        pen.tell(
            &person("seat"),
            "flow.file",
            json!({"case": c, "matter": "dead_fish", "level": 2, "words": "先看鱼"}),
        )
        .unwrap();
        let entity = pen.entity(&case);
        assert_eq!(
            (entity.text("state"), entity.text("matter"), entity.number("level")),
            (Some("filed"), Some("dead_fish"), Some(2.0))
        );
        assert_eq!(
            (entity.text("article"), entity.text("filed_by")),
            (Some("28"), Some(person("seat").id.as_str()))
        );
        pen.tell(&person("checker"), "flow.note", json!({"case": c, "words": "查过", "photo": ["b3-9"]}))
            .unwrap();
        pen.tell(&person("supervisor"), "flow.supervise", json!({"case": c, "words": "抓紧"})).unwrap();
        assert_eq!(pen.flag(&case, "supervised"), Some(true));
        assert_eq!(pen.log(&case), ["open", "acknowledge", "file", "note", "supervise"]);
    }

    #[test]
    fn a_log_line_says_who_when_and_from_where_to_where() {
        let mut pen = Pen::new();
        let (case, ..) = pen.reported("other");
        pen.tell(&person("seat"), "flow.file", json!({"case": case.as_str()})).unwrap();
        let line =
            pen.entity(&format!("{}-2", case.as_str().replace(":Case:", ":CaseEvent:")).as_str().into());
        assert_eq!(
            (line.text("from"), line.text("to"), line.text("event")),
            (Some("received"), Some("filed"), Some("file"))
        );
        assert_eq!(line.value("by_name").unwrap().get("zh").unwrap().as_str(), Some("座席"));
        assert_eq!((line.object("case"), line.time("at")), (Some(&case), Some(pen.now())));
    }

    #[test]
    fn what_is_not_allowed_is_refused_in_words() {
        let mut pen = Pen::new();
        let (case, ..) = pen.reported("other");
        let c = case.as_str().to_owned();
        pen.tell(&person("seat"), "flow.file", json!({"case": c})).unwrap();
        let cases = [
            ("seat", "flow.file", json!({"case": c}), RefusalKind::Conflict, "case"),
            ("checker", "flow.acknowledge", json!({"case": c}), RefusalKind::Forbidden, ""),
            ("seat", "flow.note", json!({"case": c}), RefusalKind::Invalid, "words"),
            (
                "seat",
                "flow.note",
                json!({"case": crate::pen::ECO, "words": "x"}),
                RefusalKind::Missing,
                "case",
            ),
            ("seat", "flow.supervise", json!({"case": c, "words": "x"}), RefusalKind::Forbidden, ""),
            ("seat", "flow.keep_apart", json!({"case": c}), RefusalKind::Invalid, "other"),
            ("seat", "flow.nothing", json!({"case": c}), RefusalKind::Missing, "name"),
            ("handler", "flow.note", json!({"case": c, "words": "x"}), RefusalKind::Missing, "case"),
        ];
        for (who, name, body, kind, field) in cases {
            let refusal = pen.tell(&person(who), name, body).unwrap_err();
            assert_eq!((refusal.kind, refusal.field.as_str()), (kind, field), "{who} {name}: {refusal}");
            assert!(!refusal.reason_zh.is_ascii() && refusal.reason.is_ascii());
        }
    }
}
