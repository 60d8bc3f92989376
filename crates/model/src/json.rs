//! JSON in and out: values, and entities in the simplified form of seeds and internal answers.

use crate::{Attribute, Entity, EntityId, EntityKey, Geometry, IdError, Name, Point, Tenant, Time, Value};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// Deepest nesting accepted in a JSON value.
const DEPTH_MAX: usize = 16;

/// JSON that is no value or entity, with the path of the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct JsonError {
    /// Path of the field, dotted.
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

fn bad<T>(path: &str, reason: impl Into<String>) -> Result<T, JsonError> {
    Err(JsonError { path: path.to_owned(), reason: reason.into() })
}

impl Value {
    /// Reads a value. A GeoJSON geometry becomes `Geo`, `{"@value","@type":"DateTime"}` becomes `Time`,
    /// a text that begins with `urn:ngsi-ld:` becomes `Id`; a plain date-time text stays text.
    ///
    /// # Errors
    /// The path and reason, when nesting is deeper than 16 or a geometry is malformed.
    pub fn from_json(json: &Json) -> Result<Self, JsonError> {
        read(json, "", 0)
    }

    /// Writes a value as JSON. A sealed value is `{"sealed": true}`: nothing of it leaves this way.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(b) => Json::Bool(*b),
            Self::Number(n) => number(*n),
            Self::Text(t) => Json::String(t.to_string()),
            Self::Time(t) => json!({"@type": "DateTime", "@value": t.rfc3339()}),
            Self::Id(id) => Json::String(id.to_string()),
            Self::Geo(g) => g.to_json(),
            Self::List(l) => Json::Array(l.iter().map(Self::to_json).collect()),
            Self::Map(m) => Json::Object(m.iter().map(|(k, v)| (k.to_string(), v.to_json())).collect()),
            Self::Sealed(_) => json!({"sealed": true}),
        }
    }
}

/// Whole numbers without a fraction, others as they are.
fn number(n: f64) -> Json {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and within 2^53")]
    if n.fract() == 0.0 && n.abs() < 9e15 {
        return Json::from(n as i64);
    }
    serde_json::Number::from_f64(n).map_or(Json::Null, Json::Number)
}

fn read(json: &Json, path: &str, depth: usize) -> Result<Value, JsonError> {
    if depth > DEPTH_MAX {
        return bad(path, format!("nested deeper than {DEPTH_MAX}"));
    }
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => Value::Number(n.as_f64().unwrap_or(f64::NAN)),
        Json::String(s) if s.starts_with("urn:ngsi-ld:") && EntityId::checked(s).is_ok() => {
            Value::Id(EntityId::new(s))
        }
        Json::String(s) => Value::text(s),
        Json::Array(a) => Value::List(
            a.iter()
                .enumerate()
                .map(|(i, v)| read(v, &format!("{path}[{i}]"), depth + 1))
                .collect::<Result<_, _>>()?,
        ),
        Json::Object(o) => object(o, path, depth)?,
    })
}

fn object(o: &Map<String, Json>, path: &str, depth: usize) -> Result<Value, JsonError> {
    if let (Some(Json::String(t)), Some(c)) = (o.get("type"), o.get("coordinates")) {
        return Geometry::from_parts(t, c, path).map(|g| Value::Geo(Arc::new(g)));
    }
    if let (Some(Json::String(t)), Some(Json::String(v))) = (o.get("@type"), o.get("@value"))
        && t == "DateTime"
    {
        return Time::parse(v).map(Value::Time).or_else(|e| bad(path, e.to_string()));
    }
    let mut map = std::collections::BTreeMap::new();
    for (k, v) in o {
        map.insert(Name::new(k), read(v, &join(path, k), depth + 1)?);
    }
    Ok(Value::Map(Arc::new(map)))
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

impl Geometry {
    /// Reads `type` and `coordinates` of a GeoJSON geometry (RFC 7946).
    ///
    /// # Errors
    /// The path and reason when the form is wrong or a coordinate is outside the earth.
    pub fn from_parts(kind: &str, c: &Json, path: &str) -> Result<Self, JsonError> {
        Ok(match kind {
            "Point" => Self::Point(point(c, path)?),
            "MultiPoint" => Self::MultiPoint(points(c, path)?),
            "LineString" => Self::LineString(points(c, path)?),
            "MultiLineString" => Self::MultiLineString(rings(c, path)?),
            "Polygon" => Self::Polygon(rings(c, path)?),
            "MultiPolygon" => {
                Self::MultiPolygon(list(c, path)?.iter().map(|p| rings(p, path)).collect::<Result<_, _>>()?)
            }
            other => return bad(&join(path, "type"), format!("unknown geometry {other}")),
        })
    }

    /// The GeoJSON geometry.
    #[must_use]
    pub fn to_json(&self) -> Json {
        fn p(p: &Point) -> Json {
            json!([p.lon, p.lat])
        }
        fn l(l: &[Point]) -> Json {
            l.iter().map(p).collect()
        }
        fn r(r: &[Vec<Point>]) -> Json {
            r.iter().map(|x| l(x)).collect()
        }
        let (kind, coordinates) = match self {
            Self::Point(x) => ("Point", p(x)),
            Self::MultiPoint(x) => ("MultiPoint", l(x)),
            Self::LineString(x) => ("LineString", l(x)),
            Self::MultiLineString(x) => ("MultiLineString", r(x)),
            Self::Polygon(x) => ("Polygon", r(x)),
            Self::MultiPolygon(x) => ("MultiPolygon", x.iter().map(|y| r(y)).collect()),
        };
        json!({"type": kind, "coordinates": coordinates})
    }
}

fn list<'a>(c: &'a Json, path: &str) -> Result<&'a Vec<Json>, JsonError> {
    c.as_array().map_or_else(|| bad(&join(path, "coordinates"), "not a list"), Ok)
}

fn point(c: &Json, path: &str) -> Result<Point, JsonError> {
    let xy: Vec<f64> = list(c, path)?.iter().filter_map(Json::as_f64).collect();
    match xy[..] {
        [lon, lat, ..] if (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat) => {
            Ok(Point { lon, lat })
        }
        _ => bad(&join(path, "coordinates"), "not [longitude, latitude] in degrees"),
    }
}

fn points(c: &Json, path: &str) -> Result<Vec<Point>, JsonError> {
    list(c, path)?.iter().map(|p| point(p, path)).collect()
}

fn rings(c: &Json, path: &str) -> Result<Vec<Vec<Point>>, JsonError> {
    list(c, path)?.iter().map(|r| points(r, path)).collect()
}

/// Reads an entity in simplified form: `{"id", "type", attribute: value, …}`; `@context` is passed over.
///
/// # Errors
/// The path and reason of the first field that is wrong.
pub fn entity_from_simple(
    json: &Json,
    tenant: &Tenant,
) -> Result<(EntityKey, Vec<Name>, Vec<Attribute>), JsonError> {
    let Json::Object(o) = json else { return bad("", "not an object") };
    let as_bad = |path: &str, e: &IdError| JsonError { path: path.to_owned(), reason: e.to_string() };
    let id = o.get("id").and_then(Json::as_str).map_or_else(|| bad("id", "missing"), Ok)?;
    let id = EntityId::checked(id).map_err(|e| as_bad("id", &e))?;
    let types = match o.get("type") {
        Some(Json::String(t)) => vec![t.as_str()],
        Some(Json::Array(a)) => a.iter().filter_map(Json::as_str).collect(),
        _ => return bad("type", "missing"),
    };
    let types = types
        .into_iter()
        .map(Name::checked)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| as_bad("type", &e))?;
    if types.is_empty() {
        return bad("type", "empty");
    }
    let mut attributes = Vec::with_capacity(o.len());
    for (k, v) in o.iter().filter(|(k, _)| !matches!(k.as_str(), "id" | "type" | "@context")) {
        let name = Name::checked(k).map_err(|e| as_bad(k, &e))?;
        attributes.push(Attribute::new(name, read(v, k, 0)?));
    }
    Ok((EntityKey { tenant: tenant.clone(), id }, types, attributes))
}

/// Writes an entity in simplified form. Several instances of one attribute become the default one only.
#[must_use]
pub fn entity_to_simple(entity: &Entity) -> Json {
    let mut o = Map::new();
    o.insert("id".into(), Json::String(entity.id().to_string()));
    o.insert(
        "type".into(),
        match &entity.types[..] {
            [one] => Json::String(one.to_string()),
            many => many.iter().map(|t| Json::String(t.to_string())).collect(),
        },
    );
    for a in entity.attributes.iter().filter(|a| a.dataset_id.is_none()) {
        o.insert(a.name.to_string(), a.value.to_json());
    }
    Json::Object(o)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_line_becomes_an_entity() {
        let line = json!({"id": "urn:ngsi-ld:Gauge:1", "type": "Gauge", "level": 1.25, "name": {"zh": "甲", "en": "A"},
            "place": {"type": "Point", "coordinates": [117.0, 28.2]}, "owner": "urn:ngsi-ld:Body:eco"});
        let (key, types, attributes) = entity_from_simple(&line, &Tenant::city()).unwrap();
        assert_eq!((key.id.as_str(), types[0].as_str()), ("urn:ngsi-ld:Gauge:1", "Gauge"));
        let kinds: Vec<_> = attributes.iter().map(|a| a.kind).collect();
        use crate::AttributeKind::*;
        assert_eq!(kinds, [Property, Property, GeoProperty, Relationship]);
    }

    #[test]
    fn errors_name_the_field() {
        let cases = [
            (json!({"type": "A"}), "id: missing"),
            (json!({"id": "urn:a:b"}), "type: missing"),
            (
                json!({"id": "urn:a:b", "type": "A", "p": {"type": "Point", "coordinates": [200, 1]}}),
                "p.coordinates: not [longitude",
            ),
            (json!({"id": "urn:a:b", "type": "A", "a-b": 1}), "a-b: not a name"),
        ];
        for (json, want) in cases {
            let got = entity_from_simple(&json, &Tenant::city()).unwrap_err().to_string();
            assert!(got.starts_with(want), "{got}");
        }
    }

    #[test]
    fn values_survive_the_way_out_and_in() {
        for text in [
            "null",
            "true",
            "1",
            "-2.5",
            "\"水\"",
            "[1,[2]]",
            "{\"a\":{\"b\":1}}",
            "{\"type\":\"Polygon\",\"coordinates\":[[[1.0,2.0],[3.0,4.0],[1.0,2.0]]]}",
            "{\"@type\":\"DateTime\",\"@value\":\"2026-07-06T12:42:00Z\"}",
        ] {
            let json: Json = serde_json::from_str(text).unwrap();
            assert_eq!(Value::from_json(&json).unwrap().to_json(), json);
        }
        let deep = (0..40).fold(json!(1), |v, _| json!([v]));
        assert!(Value::from_json(&deep).is_err());
    }
}
