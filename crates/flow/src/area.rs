//! Areas: which one holds a point, which ones stand above, and how they are called.

use crate::words::name_of;
use door::Text;
use model::{Entity, EntityId, Geometry, Point, Value};
use std::sync::Arc;
use store::State;

/// Type of a part of the city.
pub(crate) const AREA: &str = "Area";
/// Most areas above one another.
const DEPTH_MAX: usize = 8;

/// The area and those above it, the nearest first.
pub(crate) fn chain(state: &State, area: Option<&EntityId>) -> Vec<EntityId> {
    let mut chain: Vec<EntityId> = Vec::new();
    let mut next = area.cloned();
    while let Some(id) = next.filter(|id| chain.len() < DEPTH_MAX && !chain.contains(id)) {
        next = state.city(id.as_str()).and_then(|e| e.object("parent")).cloned();
        chain.push(id);
    }
    chain
}

/// The name of an area after that of the one above it; the whole city is not named.
pub(crate) fn name(state: &State, area: &Entity) -> Text {
    let own = name_of(area);
    let above = area.object("parent").and_then(|id| state.city(id.as_str()));
    match above.filter(|a| a.object("parent").is_some()) {
        Some(above) => {
            let above = name_of(above);
            Text { zh: format!("{} {}", above.zh, own.zh), en: format!("{}, {}", own.en, above.en) }
        }
        None => own,
    }
}

/// The area whose boundary holds the point, the deepest when several do.
pub(crate) fn containing(state: &State, point: Point) -> Option<Arc<Entity>> {
    let holds = |e: &&Arc<Entity>| matches!(e.value("boundary"), Some(Value::Geo(g)) if inside(g, point));
    state.all(AREA).filter(holds).max_by_key(|e| chain(state, Some(e.id())).len()).cloned()
}

fn inside(geometry: &Geometry, p: Point) -> bool {
    match geometry {
        Geometry::Polygon(rings) => in_rings(rings, p),
        Geometry::MultiPolygon(polygons) => polygons.iter().any(|rings| in_rings(rings, p)),
        _ => false,
    }
}

/// Even-odd rule over all rings, so that a hole is outside.
fn in_rings(rings: &[Vec<Point>], p: Point) -> bool {
    let crosses = |(a, b): (&Point, &Point)| {
        (a.lat > p.lat) != (b.lat > p.lat)
            && p.lon < (b.lon - a.lon) * (p.lat - a.lat) / (b.lat - a.lat) + a.lon
    };
    let count =
        |ring: &Vec<Point>| ring.iter().zip(ring.iter().cycle().skip(1)).filter(|e| crosses(*e)).count();
    rings.iter().map(count).sum::<usize>() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{CITY, DISTRICT, Pen, TOWN};

    #[test]
    fn a_chain_ends_at_the_city_and_never_loops() {
        let pen = Pen::new();
        let ids = |area: &str| chain(pen.state(), Some(&EntityId::new(area)));
        assert_eq!(ids(TOWN).iter().map(EntityId::as_str).collect::<Vec<_>>(), [TOWN, DISTRICT, CITY]);
        assert_eq!(ids("urn:none:1").len(), 1);
        assert!(chain(pen.state(), None).is_empty());
    }

    #[test]
    fn a_point_is_in_the_deepest_area_that_holds_it() {
        let pen = Pen::new();
        let cases = [(117.05, 28.05, Some(TOWN)), (117.3, 28.3, Some(DISTRICT)), (110.0, 28.0, None)];
        for (lon, lat, want) in cases {
            let got = containing(pen.state(), Point { lon, lat });
            assert_eq!(got.as_ref().map(|a| a.id().as_str()), want);
        }
    }

    #[test]
    fn a_hole_is_outside_and_the_name_says_what_is_above() {
        let square = |from: f64, to: f64| {
            vec![(from, from), (to, from), (to, to), (from, to), (from, from)]
                .into_iter()
                .map(|(lon, lat)| Point { lon, lat })
                .collect::<Vec<_>>()
        };
        let ring = Geometry::Polygon(vec![square(0.0, 4.0), square(1.0, 2.0)]);
        let many = Geometry::MultiPolygon(vec![vec![square(8.0, 9.0)]]);
        for (g, at, want) in [
            (&ring, 0.5, true),
            (&ring, 1.5, false),
            (&ring, 5.0, false),
            (&many, 8.5, true),
            (&many, 7.0, false),
        ] {
            assert_eq!(inside(g, Point { lon: at, lat: at }), want, "{at}");
        }
        let pen = Pen::new();
        let called = |id: &str| name(pen.state(), &pen.entity(&id.into()));
        assert_eq!((called(TOWN).en.as_str(), called(DISTRICT).zh.as_str()), ("Town B, District A", "甲区"));
    }
}
