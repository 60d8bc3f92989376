//! `GET /api/map`: the schematic map, drawn from entities by the layers that a pack declares.

use super::alarms::{active, checked, holders};
use super::declared::{Declared, Layer, declared};
use super::sight::{Sight, gravest, text};
use super::wire::{CityMap, MapPoint};
use crate::session::Caller;
use crate::{City, Problem};
use axum::Json;
use axum::extract::State;
use model::{Entity, EntityId, Value};
use serde_json::{Value as Tree, json};
use std::collections::HashMap;

/// Most entities of one layer.
const LAYER_MAX: usize = 2_000;

/// What is drawn of the city for the caller. Everybody sees the levels of checked alarms only.
///
/// # Errors
/// 403 when the caller may read nothing.
#[utoipa::path(get, path = "/api/map", tag = "public", responses((status = 200, body = CityMap)))]
pub async fn map(State(city): State<City>, Caller(who): Caller) -> Result<Json<CityMap>, Problem> {
    let sight = Sight::of(&city, &who)?;
    let declared = declared(&sight.snapshot.state);
    let levels = levels(&sight, &declared, who.via == "public");
    let view = &declared.map;
    let area = |layer: &Layer, e: &Entity| json!({ "id": e.id(), "name": text(e, "name").unwrap_or_default(), "kind": layer.kind_of(e) });
    let line = |layer: &Layer, e: &Entity| json!({ "name": text(e, "name").unwrap_or_default(), "kind": layer.kind_of(e) });
    Ok(Json(CityMap {
        areas: collection(&sight, &view.areas, area),
        lines: collection(&sight, &view.lines, line),
        points: view.points.iter().flat_map(|l| points(&sight, l, &levels)).collect(),
        note: (&view.note).into(),
    }))
}

fn levels(sight: &Sight, declared: &Declared, public: bool) -> HashMap<EntityId, u8> {
    let Some(flow) = declared.flows.first() else { return HashMap::new() };
    let state = &sight.snapshot.state;
    if public {
        let alarms = checked(sight, declared, &holders(state, flow));
        return gravest(alarms.iter().map(|(a, _)| &**a));
    }
    let seen = active(state, flow);
    gravest(seen.iter().filter(|a| sight.permit.sees(a)).map(|a| &**a))
}

fn layer<'a>(sight: &'a Sight, layer: &'a Layer) -> impl Iterator<Item = Entity> + 'a {
    let scope = sight.permit.scope(layer.entity.as_str());
    let all = sight.snapshot.state.all(layer.entity.as_str()).take(LAYER_MAX);
    all.filter_map(move |e| scope.project(e))
}

fn collection(sight: &Sight, layers: &[Layer], properties: impl Fn(&Layer, &Entity) -> Tree) -> Tree {
    let feature = |of: &Layer, e: &Entity| match e.value(of.shape.as_str())? {
        Value::Geo(geometry) => Some(
            json!({ "type": "Feature", "geometry": geometry.to_json(), "properties": properties(of, e) }),
        ),
        _ => None,
    };
    let features: Vec<Tree> = layers
        .iter()
        .flat_map(|l| layer(sight, l).filter_map(|e| feature(l, &e)).collect::<Vec<_>>())
        .collect();
    json!({ "type": "FeatureCollection", "features": features })
}

fn points(sight: &Sight, of: &Layer, levels: &HashMap<EntityId, u8>) -> Vec<MapPoint> {
    let title = sight.type_title(of.entity.as_str());
    let point = |e: Entity| {
        let place = e.point(of.shape.as_str())?;
        Some(MapPoint {
            name: text(&e, "name").unwrap_or_default(),
            type_title: title.clone(),
            kind: of.kind_of(&e),
            lon: place.lon,
            lat: place.lat,
            level: levels.get(e.id()).copied(),
            link: of.link.as_ref().map(|l| l.replace("{id}", e.id().as_str())),
            id: e.id().to_string(),
        })
    };
    layer(sight, of).filter_map(point).collect()
}
