//! `GET /api/areas`: the places to choose from, because a browser's location may be refused.

use super::declared::declared;
use super::sight::{Sight, text};
use super::wire::Area;
use crate::{City, Problem};
use axum::Json;
use axum::extract::State;
use model::Entity;

/// Most areas.
const AREAS_MAX: usize = 5_000;

/// All areas that the map declares.
///
/// # Errors
/// 403 when no pack opens them to the public.
#[utoipa::path(get, path = "/api/areas", tag = "public", responses((status = 200, body = [Area])))]
pub async fn areas(State(city): State<City>) -> Result<Json<Vec<Area>>, Problem> {
    let sight = Sight::public(&city)?;
    let declared = declared(&sight.snapshot.state);
    let mut all = Vec::new();
    for layer in &declared.map.areas {
        let scope = sight.permit.scope(layer.entity.as_str());
        let seen =
            sight.snapshot.state.all(layer.entity.as_str()).take(AREAS_MAX).filter_map(|e| scope.project(e));
        all.extend(seen.filter_map(|e| area(&e, layer.shape.as_str())));
    }
    Ok(Json(all))
}

/// An area with its own point, else the middle of its shape.
fn area(entity: &Entity, shape: &str) -> Option<Area> {
    let middle = entity.point("location").or_else(|| entity.point(shape))?;
    Some(Area {
        id: entity.id().to_string(),
        name: text(entity, "name")?,
        parent: entity.object("parent").map(ToString::to_string),
        lon: middle.lon,
        lat: middle.lat,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sight::tests::entity;
    use super::*;
    use model::{Geometry, Point, Value};
    use std::sync::Arc;

    #[test]
    fn an_area_without_a_point_has_the_middle_of_its_shape() {
        let p = |lon, lat| Point { lon, lat };
        let square = Value::Geo(Arc::new(Geometry::Polygon(vec![vec![
            p(0.0, 0.0),
            p(2.0, 0.0),
            p(2.0, 2.0),
            p(0.0, 2.0),
        ]])));
        let name = ("name", Value::text("甲"));
        let found =
            area(&entity("urn:a:1", "Area", vec![name.clone(), ("boundary", square.clone())]), "boundary")
                .unwrap();
        assert_eq!((found.lon, found.lat, found.parent), (1.0, 1.0, None));
        let own = ("location", Value::from(p(5.0, 6.0)));
        let found = area(
            &entity(
                "urn:a:1",
                "Area",
                vec![name.clone(), ("boundary", square), own, ("parent", Value::Id("urn:a:0".into()))],
            ),
            "boundary",
        )
        .unwrap();
        assert_eq!((found.lon, found.parent.as_deref()), (5.0, Some("urn:a:0")));
        assert_eq!(area(&entity("urn:a:1", "Area", vec![name]), "boundary"), None);
    }
}
