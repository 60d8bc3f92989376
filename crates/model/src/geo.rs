//! Geometry: longitude and latitude in degrees (WGS 84, taken as equal to CGCS2000).

use serde::{Deserialize, Serialize};

/// A point: longitude east, latitude north, in degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
}

/// The geometries of GeoJSON (RFC 7946, 3.1) that the city uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Geometry {
    /// One point.
    Point(Point),
    /// Several points.
    MultiPoint(Vec<Point>),
    /// A line.
    LineString(Vec<Point>),
    /// Several lines.
    MultiLineString(Vec<Vec<Point>>),
    /// An area: outer ring, then holes.
    Polygon(Vec<Vec<Point>>),
    /// Several areas.
    MultiPolygon(Vec<Vec<Vec<Point>>>),
}

impl Geometry {
    /// A point that stands for the geometry: the point itself, else the mean of the outer points.
    #[must_use]
    pub fn representative(&self) -> Option<Point> {
        let points: Vec<Point> = match self {
            Self::Point(p) => return Some(*p),
            Self::MultiPoint(p) | Self::LineString(p) => p.clone(),
            Self::MultiLineString(l) | Self::Polygon(l) => l.first().cloned().unwrap_or_default(),
            Self::MultiPolygon(m) => m.first().and_then(|p| p.first()).cloned().unwrap_or_default(),
        };
        let n = u32::try_from(points.len()).ok().filter(|n| *n > 0)?;
        let sum = points.iter().fold((0.0, 0.0), |a, p| (a.0 + p.lon, a.1 + p.lat));
        Some(Point { lon: sum.0 / f64::from(n), lat: sum.1 / f64::from(n) })
    }
}

/// Distance between two points in metres on a sphere of the mean earth radius (haversine).
#[must_use]
pub fn distance_m(a: Point, b: Point) -> f64 {
    const RADIUS_M: f64 = 6_371_008.8;
    let (la, lb) = (a.lat.to_radians(), b.lat.to_radians());
    let (dla, dlo) = ((b.lat - a.lat).to_radians(), (b.lon - a.lon).to_radians());
    let h = (dla / 2.0).sin().powi(2) + la.cos() * lb.cos() * (dlo / 2.0).sin().powi(2);
    2.0 * RADIUS_M * h.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_seats_are_as_far_apart_as_the_map_says() {
        let yingtan = Point { lon: 117.0, lat: 28.2333 };
        let guixi = Point { lon: 117.2066, lat: 28.2864 };
        let d = distance_m(yingtan, guixi);
        assert!((20_900.0..21_200.0).contains(&d), "{d}");
        assert!(distance_m(yingtan, yingtan) < 1e-6);
    }

    #[test]
    fn an_area_is_stood_for_by_its_middle() {
        let p = |lon, lat| Point { lon, lat };
        let square = Geometry::Polygon(vec![vec![p(0.0, 0.0), p(2.0, 0.0), p(2.0, 2.0), p(0.0, 2.0)]]);
        assert_eq!(square.representative(), Some(p(1.0, 1.0)));
        assert_eq!(Geometry::LineString(vec![]).representative(), None);
    }
}
