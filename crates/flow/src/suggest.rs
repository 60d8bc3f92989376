//! Cases that may be one: near in place and time, by the distance and minutes that the pack declares.

use crate::definition::Definition;
use crate::words::ids;
use model::{Entity, EntityId, Name, Value, distance_m};
use std::sync::Arc;
use store::{Condition, Select, State};

/// Most suggestions for one case.
const SUGGESTIONS_MAX: usize = 20;
/// Most open cases that are looked at.
const OPEN_MAX: usize = 10_000;

/// Another case that may be the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The other case.
    pub case: EntityId,
    /// Its first signal.
    pub signal: EntityId,
    /// Metres between the two places, rounded.
    pub distance_m: f64,
    /// Minutes between the two openings, rounded.
    pub minutes: f64,
}

/// The cases suggested for merging with this one, the nearest first. Pure; the caller shows those only that
/// its permit sees.
#[must_use]
pub fn suggest(state: &State, flow: &Definition, case: &Entity) -> Vec<Suggestion> {
    let (Some(place), Some(opened), Some(merge)) =
        (case.point("location"), case.time("opened_at"), flow.event("merge"))
    else {
        return vec![];
    };
    let open = |e: &Entity| merge.from.iter().any(|s| Some(s.as_str()) == e.text("state"));
    let apart = ids(case, "kept_apart");
    if !open(case) {
        return vec![];
    }
    let near = |other: &Arc<Entity>| {
        let metres = distance_m(place, other.point("location")?);
        #[expect(clippy::cast_precision_loss, reason = "minutes between two cases are far below 2^53")]
        let minutes = other.time("opened_at")?.secs_since(opened).abs() as f64 / 60.0;
        let signal = ids(other, "signals").into_iter().next()?;
        let fits = metres <= flow.merge.distance_m && minutes <= flow.merge.minutes;
        let (distance_m, minutes) = (metres.round(), minutes.round());
        fits.then(|| Suggestion { case: other.id().clone(), signal, distance_m, minutes })
    };
    let others = in_states(state, flow, &merge.from);
    let others = others.iter().filter(|o| o.id() != case.id() && !apart.contains(o.id()));
    let mut found: Vec<Suggestion> = others.filter_map(near).collect();
    found.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m).then_with(|| a.case.cmp(&b.case)));
    found.truncate(SUGGESTIONS_MAX);
    found
}

/// The cases of a flow in one of these states, at most 10,000.
pub(crate) fn in_states(state: &State, flow: &Definition, states: &[Name]) -> Vec<Arc<Entity>> {
    let mut select = Select::city(flow.types.case.clone(), OPEN_MAX);
    let wanted = states.iter().map(|s| Value::text(s.as_str())).collect();
    select.conditions = vec![Condition::OneOf(Name::new("state"), wanted)];
    let found = state.select(&select).map(|p| p.entities).unwrap_or_default();
    found.into_iter().filter(|c| c.text("flow") == Some(flow.id.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{Pen, person};
    use serde_json::json;

    fn suggested(pen: &Pen, case: &EntityId) -> Vec<(EntityId, f64, f64)> {
        suggest(pen.state(), &pen.flow(), &pen.entity(case))
            .into_iter()
            .map(|s| (s.case, s.distance_m, s.minutes))
            .collect()
    }

    #[test]
    fn near_in_place_and_time_is_suggested_both_ways() {
        let mut pen = Pen::new();
        let (alert, signal) = pen.alerted(0.0);
        pen.pass(480);
        let (report, ..) = pen.reported("water_pollution");
        let found = suggest(pen.state(), &pen.flow(), &pen.entity(&report));
        assert_eq!(
            (found[0].case.clone(), found[0].signal.clone(), found[0].minutes),
            (alert.clone(), signal, 8.0)
        );
        assert!((150.0..250.0).contains(&found[0].distance_m), "{}", found[0].distance_m);
        assert_eq!(suggested(&pen, &alert)[0].0, report);
    }

    #[test]
    fn far_late_merged_dispatched_and_kept_apart_are_as_declared() {
        type Before = fn(&mut Pen, &EntityId, &EntityId);
        let cases: [(&str, f64, i64, Before, usize); 6] = [
            ("near", 0.0, 60, |_, _, _| {}, 1),
            ("too far", 0.01, 60, |_, _, _| {}, 0),
            ("too late", 0.0, 1_900, |_, _, _| {}, 0),
            (
                "kept apart",
                0.0,
                60,
                |p, a, b| {
                    p.tell(
                        &person("seat"),
                        "flow.keep_apart",
                        json!({"case": a.as_str(), "other": b.as_str()}),
                    )
                    .unwrap();
                },
                0,
            ),
            (
                "merged",
                0.0,
                60,
                |p, a, b| {
                    p.tell(&person("seat"), "flow.merge", json!({"case": b.as_str(), "merge": [a.as_str()]}))
                        .unwrap();
                },
                0,
            ),
            (
                "dispatched",
                0.0,
                60,
                |p, a, _| {
                    p.tell(
                        &person("seat"),
                        "flow.dispatch",
                        json!({"case": a.as_str(), "bodies": [crate::pen::ECO]}),
                    )
                    .unwrap();
                },
                1,
            ),
        ];
        for (name, shift, wait, before, want) in cases {
            let mut pen = Pen::new();
            let (alert, _) = pen.alerted(shift);
            pen.pass(wait);
            let (report, ..) = pen.reported("water_pollution");
            before(&mut pen, &alert, &report);
            assert_eq!(suggested(&pen, &report).len(), want, "{name}");
        }
    }
}
