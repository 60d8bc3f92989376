//! `GET /api/cases/{id}`: one case whole. A report's words are personal: reading them is recorded first.

use super::shape::{events, kind_of, log, matter, signal, state_title, task, way};
use super::wire::{Case, CaseSuggestion, SuggestedBody};
use crate::public::declared::declared;
use crate::public::sight::{Sight, flag, ids, level, text};
use crate::public::wire::at;
use crate::session::Staff;
use crate::{City, Problem};
use axum::Json;
use axum::extract::{Path, State};
use door::RefusalKind;
use flow::{Definition, Suggested, Suggestion};
use model::{Entity, EntityId, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// Most reports of one case whose words are opened in one request.
const WORDS_MAX: usize = 20;
/// The column of a report's words.
const WORDS: &str = "words";

/// One case.
///
/// # Errors
/// 401 without a session, 404 when it is not there or not open to the caller.
#[utoipa::path(get, path = "/api/cases/{id}", tag = "staff", params(("id" = String, Path, description = "the case")),
    responses((status = 200, body = Case), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn case(
    State(city): State<City>,
    Staff(who): Staff,
    Path(id): Path<String>,
) -> Result<Json<Case>, Problem> {
    let sight = Sight::of(&city, &who)?;
    let declared = declared(&sight.snapshot.state);
    let flow = declared.flows.first().ok_or_else(|| Problem::missing("flow"))?;
    let case = sight.must(&id, &flow.types.case)?;
    let said = open_words(&city, &sight, flow, &case).await?;
    Ok(Json(view(&sight, flow, &case, said)))
}

/// What the residents wrote, by report; only where the caller's rights name a purpose, and recorded.
///
/// # Errors
/// 503 when the record cannot be made durable: then nothing is shown.
pub(super) async fn open_words(
    city: &City,
    sight: &Sight,
    flow: &Definition,
    case: &Entity,
) -> Result<HashMap<EntityId, String>, Problem> {
    let scope = sight.permit.scope(flow.types.report.as_str());
    let mut said = HashMap::new();
    let reports =
        ids(case, "signals").into_iter().filter_map(|id| sight.snapshot.state.city(id.as_str()).cloned());
    for report in reports.filter(|r| kind_of(flow, r) == "report").take(WORDS_MAX) {
        let sealed = report.value(WORDS).is_some_and(|v| *v != Value::Null);
        if !sealed || scope.purpose(&report, WORDS).is_none() {
            continue;
        }
        match city.ports.door.read_personal(sight.permit.clone(), &report.key, &[WORDS]).await {
            Ok(values) => {
                let words = values.get(WORDS).and_then(Value::as_str);
                said.extend(words.map(|w| (report.id().clone(), w.to_owned())));
            }
            Err(r) if matches!(r.kind, RefusalKind::Forbidden | RefusalKind::Missing) => {}
            Err(r) => return Err(r.into()),
        }
    }
    Ok(said)
}

/// The case as the caller sees it.
pub(super) fn view(
    sight: &Sight,
    flow: &Definition,
    case: &Entity,
    mut said: HashMap<EntityId, String>,
) -> Case {
    let state = &sight.snapshot.state;
    let own = case.text("state").unwrap_or_default();
    let place = case.point("location");
    let seen = |name: &str| {
        ids(case, name)
            .into_iter()
            .filter_map(|id| state.city(id.as_str()))
            .filter(|e| sight.permit.sees(e))
            .cloned()
            .collect()
    };
    let (signals, tasks): (Vec<Arc<Entity>>, Vec<Arc<Entity>>) = (seen("signals"), seen("tasks"));
    let open = flow.is_open(own);
    let listed = if open { flow::duty_list(state, flow, case, sight.now) } else { vec![] };
    let mates = flow::suggest(state, flow, case);
    Case {
        now: at(sight.now),
        id: case.id().to_string(),
        code: case.text("code").unwrap_or_default().to_owned(),
        state: own.to_owned(),
        state_title: state_title(flow, own),
        level: level(case),
        headline: text(case, "headline").unwrap_or_default(),
        place: text(case, "place").unwrap_or_default(),
        lon: place.map(|p| p.lon),
        lat: place.map(|p| p.lat),
        since: at(case.time("opened_at").unwrap_or(case.created_at)),
        deadline: case.time("deadline").map(at),
        late: flag(case, "late"),
        article: case.text("article").unwrap_or(&flow.article).to_owned(),
        matter: matter(flow, case),
        signals: signals.iter().map(|s| signal(sight, flow, case, s, said.remove(s.id()))).collect(),
        suggestions: mates.iter().filter_map(|m| mate(sight, flow, m)).collect(),
        tasks: tasks.iter().map(|t| task(sight, flow, t)).collect(),
        suggested_bodies: listed.iter().map(body).collect(),
        events: events(&flow::events_for(
            state,
            flow,
            &sight.permit,
            state.city(case.id().as_str()).map_or(case, |c| c),
        )),
        log: log(sight, flow, case, None),
        version: case.version,
        simulated: flag(case, "simulated"),
        steps: way(flow, own),
    }
}

fn mate(sight: &Sight, flow: &Definition, of: &Suggestion) -> Option<CaseSuggestion> {
    let case = sight.see(&of.case)?;
    let signal = sight.snapshot.state.city(of.signal.as_str());
    Some(CaseSuggestion {
        id: of.case.to_string(),
        headline: text(&case, "headline").unwrap_or_default(),
        at: at(case.time("opened_at").unwrap_or(case.created_at)),
        distance_m: of.distance_m,
        minutes: of.minutes,
        kind: signal.map_or("alert", |s| kind_of(flow, s)).to_owned(),
        level: level(&case),
    })
}

fn body(of: &Suggested) -> SuggestedBody {
    SuggestedBody {
        id: of.body.to_string(),
        name: (&of.name).into(),
        article: of.article.clone(),
        basis: (&of.basis).into(),
        ticked: of.ticked,
    }
}
