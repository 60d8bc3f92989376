//! `GET /api/checks`: the cases that wait for another person to check or close them.

use super::shape::{events, kind_of, photo_of, task};
use super::wire::{CheckCase, Checks};
use crate::public::declared::declared;
use crate::public::sight::{Sight, flag, ids, level, text};
use crate::public::wire::{Choice, T, at};
use crate::session::Staff;
use crate::{City, Problem};
use axum::Json;
use axum::extract::State;
use flow::{Definition, Offer};
use model::{Entity, Value};

/// Most cases in one answer.
const CASES_MAX: usize = 200;

/// What waits for a check.
///
/// # Errors
/// 401 without a session, 403 without the right to read.
#[utoipa::path(get, path = "/api/checks", tag = "staff", responses((status = 200, body = Checks), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn checks(State(city): State<City>, Staff(who): Staff) -> Result<Json<Checks>, Problem> {
    let sight = Sight::of(&city, &who)?;
    let declared = declared(&sight.snapshot.state);
    let flow = declared.flows.first().ok_or_else(|| Problem::missing("flow"))?;
    let cases = flow::checks(&sight.snapshot.state, flow, &sight.permit);
    let cases = cases.iter().take(CASES_MAX).filter_map(|c| Some(one(&sight, flow, c, &sight.project(c)?)));
    Ok(Json(Checks { now: at(sight.now), cases: cases.collect() }))
}

fn one(sight: &Sight, flow: &Definition, whole: &Entity, case: &Entity) -> CheckCase {
    let state = &sight.snapshot.state;
    let offers = flow::events_for(state, flow, &sight.permit, whole);
    let tasks = ids(case, "tasks").into_iter().filter_map(|t| sight.see(&t));
    let (may_check, why_not) = verdict(flow, case.text("state").unwrap_or_default(), &offers);
    CheckCase {
        id: case.id().to_string(),
        code: case.text("code").unwrap_or_default().to_owned(),
        state: case.text("state").unwrap_or_default().to_owned(),
        level: level(case),
        headline: text(case, "headline").unwrap_or_default(),
        place: text(case, "place").unwrap_or_default(),
        since: at(case.time("opened_at").unwrap_or(case.created_at)),
        deadline: case.time("step_deadline").or_else(|| case.time("deadline")).map(at),
        late: flag(case, "late"),
        may_check,
        why_not,
        events: events(&offers),
        points: flow
            .checks
            .iter()
            .map(|c| Choice { id: c.id.to_string(), title: (&c.title).into() })
            .collect(),
        tasks: tasks.map(|t| task(sight, flow, &t)).collect(),
        photo_before_url: before(sight, flow, case),
        version: case.version,
    }
}

/// Whether the caller may do what the state waits for (a check, then the closing), else why not.
fn verdict(flow: &Definition, state: &str, offers: &[Offer]) -> (bool, Option<T>) {
    let waits = ["check", "close"]
        .into_iter()
        .find(|e| flow.event(e).is_some_and(|e| e.from.iter().any(|s| *s == state)));
    match offers.iter().find(|o| Some(o.event.as_str()) == waits) {
        Some(offer) => (offer.enabled, offer.why_not.as_ref().map(T::from)),
        None => (false, Some(T::of("核查和结案由核查员来做", "checking and closing is done by a checker"))),
    }
}

/// The first photograph of a resident that the caller may see.
fn before(sight: &Sight, flow: &Definition, case: &Entity) -> Option<String> {
    let scope = sight.permit.scope(flow.types.report.as_str());
    let signals = ids(case, "signals").into_iter().filter_map(|s| sight.snapshot.state.city(s.as_str()));
    let shown = |s: &Entity| {
        kind_of(flow, s) == "report"
            && s.value("photo").is_some_and(|v| *v != Value::Null)
            && scope.purpose(s, "photo").is_some()
    };
    signals.filter(|s| shown(s)).map(|s| photo_of(case.id(), s.id())).next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staff::shape::tests::flow;
    use door::Text;
    use model::Name;

    #[test]
    fn who_replied_is_told_why_it_may_not_check() {
        let offer = |event: &str, why_not: Option<Text>| Offer {
            name: "flow.x".into(),
            event: Name::new(event),
            verb: Text::default(),
            requires: vec![],
            accepts: vec![],
            enabled: why_not.is_none(),
            why_not,
        };
        let words = || Some(Text { zh: "答复过".into(), en: "replied".into() });
        let flow = flow();
        assert_eq!(verdict(&flow, "replied", &[offer("check", None)]), (true, None));
        assert_eq!(
            verdict(&flow, "replied", &[offer("note", None), offer("check", words())]),
            (false, Some(T::of("答复过", "replied")))
        );
        assert_eq!(verdict(&flow, "checked", &[offer("check", words()), offer("close", None)]), (true, None));
        assert!(verdict(&flow, "replied", &[]).1.is_some());
    }
}
