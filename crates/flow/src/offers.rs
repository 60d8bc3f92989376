//! What a person may do with a case or task now: the buttons of a screen, with the reason when one is off.

use crate::act::{REPLIER, fits, may};
use crate::definition::{Definition, EventDef, NotBy};
use crate::words::ids;
use access::Permit;
use door::Text;
use model::{Entity, Name};
use store::State;

/// One command that is offered.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Name of the command (`flow.check`).
    pub name: String,
    /// The event behind it (`rework` is `flow.check` with `pass: false`).
    pub event: Name,
    /// Its verb.
    pub verb: Text,
    /// Fields that its form asks for.
    pub requires: Vec<Name>,
    /// Fields that its form takes.
    pub accepts: Vec<Name>,
    /// Whether it is possible now.
    pub enabled: bool,
    /// Why it is not.
    pub why_not: Option<Text>,
}

/// The commands of the principal's roles for a case or task, in the order of the declaration. Nothing when
/// the permit does not see it.
#[must_use]
pub fn events_for(state: &State, flow: &Definition, permit: &Permit, entity: &Entity) -> Vec<Offer> {
    if !permit.sees(entity) {
        return vec![];
    }
    let is_task = entity.kind() == flow.types.task.as_str();
    let events = if is_task { &flow.task.events } else { &flow.events };
    let case = if is_task {
        entity.object("case").and_then(|id| state.city(id.as_str())).map(|c| &**c)
    } else {
        Some(entity)
    };
    let mine = |e: &&EventDef| {
        e.by.iter().any(|r| *r != "system" && permit.principal().has_role(r.as_str()))
            && may(flow, e, permit).is_ok()
    };
    let offer = |event: &EventDef| {
        let why_not = obstacle(flow, event, permit, entity, case);
        let command = if event.id == "rework" { "check" } else { event.id.as_str() };
        Offer {
            name: format!("flow.{command}"),
            event: event.id.clone(),
            verb: event.verb.clone(),
            requires: event.requires.clone(),
            accepts: event.accepts.clone(),
            enabled: why_not.is_none(),
            why_not,
        }
    };
    events.iter().filter(mine).map(offer).collect()
}

fn obstacle(
    flow: &Definition,
    event: &EventDef,
    permit: &Permit,
    entity: &Entity,
    case: Option<&Entity>,
) -> Option<Text> {
    if let Err(words) = fits(flow, event, entity) {
        return Some(words);
    }
    let text = |zh: &str, en: &str| Some(Text { zh: zh.into(), en: en.into() });
    let principal = permit.principal();
    if event.not_by == Some(NotBy::Replier)
        && case.is_some_and(|c| ids(c, "repliers").contains(&principal.id))
    {
        return text(REPLIER.0, REPLIER.1);
    }
    let foreign = entity.kind() == flow.types.task.as_str()
        && principal.body.is_some()
        && entity.object("body") != principal.body.as_ref();
    if foreign {
        return text("这是别的单位的任务", "this is the task of another body");
    }
    let merged = entity.value("absorbed").is_some_and(|v| !v.items().is_empty());
    if event.id == "unmerge" && !merged {
        return text("没有并入的案件", "nothing has been merged into it");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{Pen, person};
    use model::EntityId;
    use serde_json::json;

    fn offered(pen: &Pen, who: &str, id: &EntityId) -> Vec<(String, bool)> {
        let permit = pen.permit(&person(who), "read");
        let offers = events_for(pen.state(), &pen.flow(), &permit, &pen.entity(id));
        assert!(offers.iter().all(|o| o.enabled == o.why_not.is_none() && o.name.starts_with("flow.")));
        offers.into_iter().map(|o| (o.event.to_string(), o.enabled)).collect()
    }

    fn enabled(pen: &Pen, who: &str, id: &EntityId) -> Vec<String> {
        offered(pen, who, id).into_iter().filter(|(_, on)| *on).map(|(e, _)| e).collect()
    }

    #[test]
    fn each_role_is_offered_its_own_verbs_in_each_state() {
        let mut pen = Pen::new();
        let (case, ..) = pen.reported("water_pollution");
        assert_eq!(
            enabled(&pen, "seat", &case),
            ["acknowledge", "file", "merge", "keep_apart", "dispatch", "note"]
        );
        assert_eq!(enabled(&pen, "supervisor", &case), ["note", "supervise"]);
        assert_eq!(enabled(&pen, "checker", &case), ["note"]);
        assert!(offered(&pen, "handler", &case).is_empty(), "not its case");
        let (case, code) = pen.replied();
        assert_eq!(enabled(&pen, "checker", &case), ["check", "rework", "note"]);
        assert_eq!(enabled(&pen, "both", &case), ["note"], "who replied may not check");
        assert!(!code.is_empty());
    }

    #[test]
    fn a_task_offers_its_body_what_comes_next_and_says_why_not() {
        let mut pen = Pen::new();
        let (_, eco, town) = pen.dispatched();
        assert_eq!(enabled(&pen, "handler", &eco), ["accept", "return"]);
        assert!(offered(&pen, "handler", &town).is_empty() && offered(&pen, "seat", &eco).is_empty());
        pen.tell(&person("handler"), "flow.accept", json!({"task": eco.as_str()})).unwrap();
        assert_eq!(enabled(&pen, "handler", &eco), ["start", "reply"]);
        let permit = pen.permit(&person("handler"), "read");
        let accept = &events_for(pen.state(), &pen.flow(), &permit, &pen.entity(&eco))[0];
        assert!(accept.why_not.as_ref().unwrap().zh.contains("已接下"));
        let rework = pen.flow().event("rework").unwrap().clone();
        assert_eq!(rework.requires.len(), 2);
    }
}
