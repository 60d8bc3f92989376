//! `GET /api/devices/{id}/series`: one value over time.

use super::kept::kept;
use super::thinned::thinned;
use super::values::{DAY_S, Measured};
use super::wire::Series;
use crate::public::sight::Sight;
use crate::session::Staff;
use crate::{City, Point, Problem};
use axum::Json;
use axum::extract::{Path, Query, State};
use model::{Time, Value};
use serde::Deserialize;

/// Most points in one answer.
const POINTS_MAX: usize = 5_000;
/// Most points that are read for one answer.
const READ_MAX: usize = 200_000;
/// Longest span, in seconds.
const SPAN_MAX_S: i64 = 400 * DAY_S;

/// What is asked for.
#[derive(Deserialize)]
pub struct Span {
    attr: String,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    to: Option<String>,
}

/// The points from `from` (24 hours ago by default) to `to` (now), at most 5,000: of a longer series the least and
/// the greatest of every stretch.
///
/// # Errors
/// 400 for a time that is none or a span of more than 400 days; 404 when the device or the attribute is not there
/// or not open to the reader.
#[utoipa::path(get, path = "/api/devices/{id}/series", tag = "device",
    params(("id" = String, Path, description = "the device"), ("attr" = String, Query, description = "the attribute"),
        ("from" = Option<String>, Query, description = "RFC 3339"), ("to" = Option<String>, Query, description = "RFC 3339")),
    responses((status = 200, body = Series), (status = 400, body = Problem), (status = 404, body = Problem)))]
pub async fn series(
    State(city): State<City>,
    Staff(who): Staff,
    Path(id): Path<String>,
    Query(span): Query<Span>,
) -> Result<Json<Series>, Problem> {
    let sight = Sight::of(&city, &who)?;
    let of = Measured::must(&sight, &id)?;
    let (from, to) = times(&span, sight.now)?;
    let attr = span.attr;
    if !of.measures(&attr) {
        return Err(Problem::missing(&format!("attribute {attr}")));
    }
    let points = of.points(&city, &attr, from, to, READ_MAX).await;
    let end = if points.len() < READ_MAX { to.min(sight.now) } else { points.last().map_or(to, |p| p.at) };
    let at: Vec<Time> = points.iter().map(|p| p.at).collect();
    let begin = at.first().map_or(from, |first| from.max((*first).min(of.device.created_at)));
    let gaps = kept(&at, begin, end, of.promise_s()).gap_views();
    Ok(Json(Series {
        title: of.title(&attr),
        unit: of.unit(&attr),
        limit: of.limit(&attr),
        points: thinned(points, POINTS_MAX).iter().map(point).collect(),
        gaps,
        attr,
    }))
}

fn times(span: &Span, now: Time) -> Result<(Time, Time), Problem> {
    let read = |field: &str, text: &Option<String>, otherwise: Time| match text.as_deref() {
        None | Some("") => Ok(otherwise),
        Some(text) => {
            Time::parse(text).map_err(|e| Problem::invalid(field, "不是 RFC 3339 时间", e.to_string()))
        }
    };
    let to = read("to", &span.to, now)?;
    let from = read("from", &span.from, to.plus_secs(-DAY_S))?;
    if from >= to || to.secs_since(from) > SPAN_MAX_S {
        return Err(Problem::invalid(
            "from",
            "应早于 to，最多 400 天",
            "must be before to, by at most 400 days",
        ));
    }
    Ok((from, to))
}

fn point(point: &Point) -> (i64, Option<f64>, u64, Option<&'static str>) {
    let value = match &point.value {
        Value::Number(n) => Some(*n),
        Value::Bool(b) => Some(f64::from(u8::from(*b))),
        _ => None,
    };
    (point.at.millis(), value, point.seq, (!point.valid).then_some("invalid"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestCity, person, token};
    use super::*;

    #[test]
    fn the_span_is_the_last_day_unless_stated() {
        let now = Time::from_secs(10 * DAY_S);
        let span = |from: Option<&str>, to: Option<&str>| Span {
            attr: "a".into(),
            from: from.map(Into::into),
            to: to.map(Into::into),
        };
        assert_eq!(times(&span(None, None), now).unwrap(), (Time::from_secs(9 * DAY_S), now));
        let whole = times(&span(Some("1970-01-02T00:00:00Z"), Some("1970-01-03T00:00:00Z")), now).unwrap();
        assert_eq!(whole, (Time::from_secs(DAY_S), Time::from_secs(2 * DAY_S)));
        for (from, to, field) in [
            (Some("x"), None, "from"),
            (None, Some("y"), "to"),
            (Some("1980-01-01T00:00:00Z"), None, "from"),
            (Some("1900-01-01T00:00:00Z"), None, "from"),
        ] {
            assert_eq!(times(&span(from, to), now).unwrap_err().field.as_deref(), Some(field));
        }
    }

    #[test]
    fn a_point_has_its_number_and_its_mark() {
        let of = |value: Value, valid: bool| point(&Point { at: Time::from_millis(7), value, valid, seq: 3 });
        assert_eq!(of(Value::Number(1.5), true), (7, Some(1.5), 3, None));
        assert_eq!(of(Value::Bool(true), false), (7, Some(1.0), 3, Some("invalid")));
        assert_eq!(of(Value::text("a"), true), (7, None, 3, None));
    }

    #[tokio::test]
    async fn a_series_has_its_gaps_and_its_limit() {
        let city = TestCity::start().await;
        let now = city.now();
        city.history.fill("level", now.plus_secs(-3_600), 300, 5);
        city.history.fill("level", now, 300, 3);
        let answer =
            city.get("/api/devices/urn:ngsi-ld:Device:monitor/series?attr=level", Some(person("firm"))).await;
        let json = answer.json();
        assert_eq!(
            (json["points"].as_array().unwrap().len(), json["limit"].as_f64()),
            (8, Some(50.0)),
            "{json}"
        );
        assert_eq!(json["gaps"].as_array().unwrap().len(), 1);
        for (query, status) in [("attr=depth", 404), ("attr=level&from=soon", 400)] {
            let path = format!("/api/devices/urn:ngsi-ld:Device:monitor/series?{query}");
            assert_eq!(city.get(&path, Some(token("clerk"))).await.status, status, "{query}");
        }
    }
}
