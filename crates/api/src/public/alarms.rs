//! The alarms that everybody may see: only what a person has checked, and nothing about a private person.

use super::declared::Declared;
use super::sight::{Sight, flag, ids, level};
use flow::Definition;
use model::{Entity, EntityId, Name, Value};
use std::collections::HashMap;
use std::sync::Arc;
use store::{Condition, Select, State};

/// Most active alarms that are looked at.
const ALARMS_MAX: usize = 5_000;
/// Most cases that are looked at.
const CASES_MAX: usize = 50_000;

/// The cases by the signals that they hold; one that was merged away holds none.
pub(crate) type Holders = HashMap<EntityId, Arc<Entity>>;

/// Which case holds which signal now.
pub(crate) fn holders(state: &State, flow: &Definition) -> Holders {
    let mut holders = Holders::new();
    for case in
        state.all(flow.types.case.as_str()).take(CASES_MAX).filter(|c| c.object("merged_into").is_none())
    {
        for signal in ids(case, "signals") {
            holders.insert(signal, case.clone());
        }
    }
    holders
}

/// All active alarms of a flow's signals.
pub(crate) fn active(state: &State, flow: &Definition) -> Vec<Arc<Entity>> {
    let of = |kind: &Name| {
        let mut select = Select::city(kind.clone(), ALARMS_MAX);
        select.conditions = vec![Condition::Equals(Name::new("state"), Value::text("active"))];
        state.select(&select).map(|p| p.entities).unwrap_or_default()
    };
    flow.signals.iter().flat_map(of).collect()
}

/// The alarms for everybody, the gravest and newest first, each with the case that holds it.
pub(crate) fn checked(
    public: &Sight,
    declared: &Declared,
    holders: &Holders,
) -> Vec<(Arc<Entity>, Option<Arc<Entity>>)> {
    let Some(flow) = declared.flows.first() else { return vec![] };
    let state = &public.snapshot.state;
    let mut alarms: Vec<_> = active(state, flow)
        .into_iter()
        .map(|alarm| {
            let case = holders.get(alarm.id()).cloned();
            (alarm, case)
        })
        .filter(|(alarm, case)| is_checked(flow, alarm, case.as_deref()))
        .filter(|(alarm, _)| {
            alarm
                .object("subject")
                .and_then(|s| state.city(s.as_str()))
                .is_some_and(|s| public.permit.sees(s))
        })
        .collect();
    alarms.sort_by_key(|(a, _)| (level(a), std::cmp::Reverse(a.time("since")), a.id().clone()));
    alarms
}

/// Whether a person has looked at it: acknowledged it or its case, put its case on file, or said that it
/// may be public. One that a person said may not stays inside.
fn is_checked(flow: &Definition, alarm: &Entity, case: Option<&Entity>) -> bool {
    if alarm.value("public").and_then(Value::as_bool) == Some(false) {
        return false;
    }
    let seen = |e: &Entity| e.time("acknowledged_at").is_some();
    let filed = |c: &Entity| c.text("state").is_some_and(|s| flow.initial != s);
    flag(alarm, "public") || seen(alarm) || case.is_some_and(|c| seen(c) || filed(c))
}

#[cfg(test)]
mod tests {
    use super::super::sight::tests::entity;
    use super::*;
    use model::Time;

    const FLOW: &str = include_str!("../../../../packs/case/flows/case.yaml");
    const MATTERS: &str = include_str!("../../../../packs/case/codes/matters.csv");

    #[test]
    fn an_alarm_is_public_once_a_person_has_looked_at_it() {
        let flow = Definition::read(FLOW, MATTERS, &Name::new("case@0.1.0")).unwrap();
        let at = || Value::Time(Time(1));
        type Case<'a> = (Vec<(&'a str, Value)>, Option<Vec<(&'a str, Value)>>, bool);
        let cases: [Case<'_>; 8] = [
            (vec![], None, false),
            (vec![("acknowledged_at", at())], None, true),
            (vec![("public", true.into())], None, true),
            (vec![("public", false.into()), ("acknowledged_at", at())], None, false),
            (vec![], Some(vec![("state", "received".into())]), false),
            (vec![], Some(vec![("state", "received".into()), ("acknowledged_at", at())]), true),
            (vec![], Some(vec![("state", "filed".into())]), true),
            (vec![("public", false.into())], Some(vec![("state", "dispatched".into())]), false),
        ];
        for (alarm, case, want) in cases {
            let alarm = entity("urn:x:1", "Alert", alarm);
            let case = case.map(|c| entity("urn:c:1", "Case", c));
            assert_eq!(is_checked(&flow, &alarm, case.as_ref()), want, "{alarm:?} {case:?}");
        }
    }
}
