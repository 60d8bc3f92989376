//! `GET /api/front`: what is urgent, who acts, what it means, what the city owes and measures.

use super::alarms::{Holders, checked, holders};
use super::day::{clock, midnight};
use super::declared::{Declared, declared};
use super::sight::{Sight, flag, ids, level, text};
use super::wire::{Front, FrontAlarm, Reports, Station, StationValue, T, at};
use crate::{City, Problem};
use axum::Json;
use axum::extract::State;
use flow::Definition;
use model::{Entity, EntityId, Name, Time, Value};
use store::{Condition, Select};

/// Most alarms on the page.
const ALARMS_MAX: usize = 50;
/// Most reports of one day that are counted when the index does not know the number.
const TODAY_MAX: usize = 10_000;
/// Most stations on the page.
const STATIONS_MAX: usize = 200;

/// What everybody sees first.
///
/// # Errors
/// 403 when no pack opens anything to the public.
#[utoipa::path(get, path = "/api/front", tag = "public", responses((status = 200, body = Front)))]
pub async fn front(State(city): State<City>) -> Result<Json<Front>, Problem> {
    let sight = Sight::public(&city)?;
    let declared = declared(&sight.snapshot.state);
    let flow = declared.flows.first();
    let held = flow.map(|f| holders(&sight.snapshot.state, f)).unwrap_or_default();
    let alarms = checked(&sight, &declared, &held);
    Ok(Json(Front {
        now: at(sight.now),
        city: declared.front.city.as_ref().map(|id| sight.name(&EntityId::new(id))),
        alarms: alarms
            .iter()
            .take(ALARMS_MAX)
            .map(|(a, c)| alarm(&sight, &declared, a, c.as_deref()))
            .collect(),
        owes: super::law::owes(&sight),
        stations: stations(&sight, &declared),
        reports: flow.map(|f| reports(&sight, f, &held)).unwrap_or_default(),
        simulated: city.ports.demo,
    }))
}

fn alarm(sight: &Sight, declared: &Declared, alarm: &Entity, case: Option<&Entity>) -> FrontAlarm {
    let flow = declared.flows.first();
    let bodies = case.map(|c| ids(c, "bodies")).unwrap_or_default();
    let bodies: Vec<T> = bodies.iter().map(|b| sight.name(b)).collect();
    let matter = alarm.text("matter").unwrap_or_default();
    let means = declared.front.means.get(matter).or_else(|| declared.front.means.get("other"));
    FrontAlarm {
        id: alarm.id().to_string(),
        level: level(case.unwrap_or(alarm)),
        headline: text(alarm, "headline").or_else(|| text(alarm, "title")).unwrap_or_default(),
        place: text(alarm, "place")
            .or_else(|| alarm.object("area").map(|a| sight.name(a)))
            .unwrap_or_default(),
        since: at(alarm.time("since").unwrap_or(alarm.created_at)),
        acts: T::list(&bodies),
        next: next(flow.map(|f| &**f), case, sight.now),
        means: means.map(T::from).unwrap_or_default(),
        simulated: flag(alarm, "simulated"),
        article: alarm.text("article").map(str::to_owned),
    }
}

/// Where the case stands and what comes after it, with the deadline.
fn next(flow: Option<&Definition>, case: Option<&Entity>, now: Time) -> T {
    let looking = || T::of("值班人员正在核实", "the duty desk is looking into it");
    let (Some(flow), Some(case)) = (flow, case) else { return looking() };
    let state = case.text("state").unwrap_or_default();
    let Some(place) = flow.states.iter().position(|s| s.id == state) else { return looking() };
    let (here, then) = (&flow.states[place], flow.states.get(place + 1));
    let Some(then) = then.filter(|_| !here.ended) else { return (&here.title).into() };
    let by = case.time("step_deadline").map(|t| clock(t, now));
    let (zh, en) = by.map_or_else(Default::default, |t| (format!("，最迟 {t}"), format!(", by {t}")));
    T::of(
        format!("现在：{}。接下来：{}{zh}", here.title.zh, then.title.zh),
        format!("now: {}; next: {}{en}", here.title.en, then.title.en),
    )
}

fn stations(sight: &Sight, declared: &Declared) -> Vec<Station> {
    let of = |kind: &Name| {
        let scope = sight.permit.scope(kind.as_str());
        let seen = sight.snapshot.state.all(kind.as_str()).take(STATIONS_MAX);
        seen.filter_map(|e| scope.project(e)).map(|e| station(sight, declared, &e)).collect::<Vec<_>>()
    };
    declared.front.stations.iter().flat_map(of).take(STATIONS_MAX).collect()
}

fn station(sight: &Sight, declared: &Declared, entity: &Entity) -> Station {
    let schema = sight.snapshot.schemas.get(entity.kind());
    let measured = |name: &Name| {
        let of = schema?.attributes.get(name).filter(|a| a.history != Some(false))?;
        let attribute = entity.attribute(name.as_str())?;
        let limit = declared.limits.get(&(Name::new(entity.kind()), name.clone()));
        Some(StationValue {
            attr: name.to_string(),
            title: (&of.title).into(),
            value: rounded(attribute.value.as_number()?, of.precision),
            unit: of.unit.clone().unwrap_or_default(),
            observed_at: at(attribute.observed_at?),
            limit: limit.and_then(|l| entity.number(l.as_str())),
        })
    };
    Station {
        id: entity.id().to_string(),
        name: text(entity, "name").unwrap_or_default(),
        area: entity.object("area").map(|a| sight.name(a)).unwrap_or_default(),
        values: schema.iter().flat_map(|s| s.attributes.keys()).filter_map(measured).collect(),
        simulated: flag(entity, "simulated"),
    }
}

/// A value to the step that its history keeps: a sensor's last digits say nothing.
fn rounded(value: f64, step: Option<f64>) -> f64 {
    let per_unit = step.filter(|s| *s > 0.0).map(|s| (1.0 / s).round()).filter(|n| *n >= 1.0);
    per_unit.map_or(value, |n| (value * n).round() / n)
}

/// Numbers only; what the reports say is nobody's but the reporter's and the desk's.
fn reports(sight: &Sight, flow: &Definition, held: &Holders) -> Reports {
    let since = midnight(sight.now);
    let mut select = Select::city(flow.types.report.clone(), TODAY_MAX);
    select.conditions = vec![Condition::AtLeast(Name::new("received_at"), Value::Time(since))];
    let today = sight.snapshot.state.select(&select).map_or(0, |p| p.total.unwrap_or(p.entities.len()));
    let mut reports = Reports { today, ..Reports::default() };
    let is_report = |id: &EntityId| {
        let signal = sight.snapshot.state.city(id.as_str());
        signal.is_some_and(|e| e.kind() == flow.types.report.as_str())
    };
    for (_, case) in held.iter().filter(|(signal, _)| is_report(signal)) {
        let open = case.text("state").is_some_and(|s| flow.is_open(s));
        reports.open += usize::from(open);
        reports.closed_today += usize::from(!open && case.time("closed_at").is_some_and(|t| t >= since));
    }
    reports
}

#[cfg(test)]
mod tests {
    use super::super::sight::tests::entity;
    use super::*;

    #[test]
    fn values_are_shown_to_the_step_that_is_kept() {
        for (value, step, want) in [
            (0.335_873, Some(0.001), 0.336),
            (7.623_277, Some(0.01), 7.62),
            (26.4, Some(1.0), 26.0),
            (26.4, None, 26.4),
            (26.4, Some(0.0), 26.4),
            (1234.0, Some(100.0), 1234.0),
        ] {
            assert!((rounded(value, step) - want).abs() < 1e-12, "{value} {step:?}");
        }
    }

    #[test]
    fn what_comes_next_follows_the_flow() {
        let flow = Definition::read(
            include_str!("../../../../packs/case/flows/case.yaml"),
            include_str!("../../../../packs/case/codes/matters.csv"),
            &Name::new("case@0.1.0"),
        )
        .unwrap();
        let now = Time::parse("2026-07-06T20:00:00+08:00").unwrap();
        let case = |state: &str| {
            entity(
                "urn:c:1",
                "Case",
                vec![("state", state.into()), ("step_deadline", now.plus_secs(3_600).into())],
            )
        };
        let said = |case: Option<Entity>| next(Some(&flow), case.as_ref(), now);
        assert_eq!(
            said(Some(case("dispatched"))),
            T::of("现在：派遣。接下来：已答复，最迟 21:00", "now: Dispatched; next: Replied, by 21:00")
        );
        assert_eq!(said(Some(case("closed"))).en, "Closed");
        assert!(said(None).zh.contains("核实") && said(Some(case("lost"))).en.contains("looking"));
    }
}
