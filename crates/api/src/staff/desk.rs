//! `GET /api/desk`: the queue of the duty seat, its numbers and what was done of late.

use super::shape::{came_back, due, said, state_title};
use super::wire::{Budget, Desk, DeskCounts, QueueItem, TimelineEntry};
use crate::public::declared::declared;
use crate::public::sight::{Sight, flag, ids, level, text};
use crate::public::wire::at;
use crate::session::Staff;
use crate::{City, Problem};
use axum::Json;
use axum::extract::State;
use flow::Definition;
use model::{Entity, Name, Value};
use store::Condition;

/// Most rows of the queue; the counts are of all.
const QUEUE_MAX: usize = 500;
/// Most rows for which mates are looked for.
const MATES_MAX: usize = 100;
/// Most entries of the time line.
const TIMELINE_MAX: usize = 100;
/// Seconds that the time line and the budget look back.
const HOUR_S: i64 = 3_600;
/// Cases an hour that one seat can bear: one in ten minutes (EEMUA 191).
const BUDGET: usize = 6;

/// The desk as the caller sees it.
///
/// # Errors
/// 401 without a session, 403 without the right to read, 404 while no flow is installed.
#[utoipa::path(get, path = "/api/desk", tag = "staff", responses((status = 200, body = Desk), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn desk(State(city): State<City>, Staff(who): Staff) -> Result<Json<Desk>, Problem> {
    let sight = Sight::of(&city, &who)?;
    let declared = declared(&sight.snapshot.state);
    let flow = declared.flows.first().ok_or_else(|| Problem::missing("flow"))?;
    let cases = flow::queue(&sight.snapshot.state, flow, &sight.permit);
    let since = sight.now.plus_secs(-HOUR_S);
    let seen = || cases.iter().filter_map(|c| sight.project(c));
    Ok(Json(Desk {
        now: at(sight.now),
        queue: seen()
            .take(QUEUE_MAX)
            .enumerate()
            .map(|(n, c)| item(&sight, flow, &c, n < MATES_MAX))
            .collect(),
        counts: DeskCounts { open: cases.len(), late: seen().filter(|c| flag(c, "late")).count() },
        budget: Budget {
            shown: seen().filter(|c| c.time("opened_at").is_some_and(|t| t >= since)).count(),
            limit: BUDGET,
        },
        timeline: timeline(&sight, flow),
    }))
}

fn item(sight: &Sight, flow: &Definition, case: &Entity, mates: bool) -> QueueItem {
    let own = case.text("state").unwrap_or_default();
    let (state, title) = came_back(flow, case).unwrap_or_else(|| (own.to_owned(), state_title(flow, own)));
    let state_of = &sight.snapshot.state;
    let mates = if mates { flow::suggest(state_of, flow, case) } else { vec![] };
    let open = |id: &model::EntityId| state_of.city(id.as_str()).is_some_and(|c| sight.permit.sees(c));
    let place = case.point("location");
    QueueItem {
        id: case.id().to_string(),
        kind: if flow.initial == own { "signal" } else { "case" }.to_owned(),
        code: case.text("code").unwrap_or_default().to_owned(),
        level: level(case),
        headline: text(case, "headline").unwrap_or_default(),
        place: text(case, "place").unwrap_or_default(),
        since: at(case.time("opened_at").unwrap_or(case.created_at)),
        state,
        state_title: title,
        signals: ids(case, "signals").len(),
        deadline: due(case).map(at),
        candidates: mates.iter().filter(|m| open(&m.case)).map(|m| m.case.to_string()).collect(),
        acknowledged: case.time("acknowledged_at").is_some(),
        simulated: flag(case, "simulated"),
        lon: place.map(|p| p.lon),
        lat: place.map(|p| p.lat),
    }
}

fn timeline(sight: &Sight, flow: &Definition) -> Vec<TimelineEntry> {
    let since = Condition::AtLeast(Name::new("at"), Value::Time(sight.now.plus_secs(-HOUR_S)));
    let entry = |line: &Entity| TimelineEntry {
        at: at(line.time("at").unwrap_or(line.created_at)),
        text: said(line, line.object("body").map(|b| sight.name(b)).as_ref()),
        case: line.object("case").map(ToString::to_string),
    };
    sight.list(&flow.types.event, vec![since], Some("at"), TIMELINE_MAX).iter().map(entry).collect()
}
