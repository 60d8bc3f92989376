//! A point, the series it belongs to, and how a value is rounded to its declared precision.

use access::Permit;
use model::{Attribute, Entity, EntityId, EntityKey, Name, Quality, Seq, Time, Value};
use std::sync::Arc;

/// How the points of an attribute are kept; from the schema of its type.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Keep {
    /// Smallest step of the value, in its unit; a number is rounded to it. None keeps the double as it is.
    pub precision: Option<f64>,
    /// A personal attribute: its points are not kept.
    pub personal: bool,
}

/// One value of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// When it was true: `observed_at`, else the `recorded_at` of its commit.
    pub at: Time,
    /// The value, a number rounded to the declared precision.
    pub value: Value,
    /// How far it can be trusted, when something says so.
    pub quality: Option<Quality>,
    /// The commit that brought it; its raw frame is found by it.
    pub seq: Seq,
}

/// A series that somebody has leave to read: one instance of one attribute of one entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series(Arc<str>);

/// The permit does not open this column of this row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no right to read the history of {attribute}")]
pub struct NotOpen {
    /// The attribute asked for.
    pub attribute: String,
}

impl Series {
    /// The series of an attribute, when the permit opens that column of that row.
    ///
    /// # Errors
    /// `NotOpen` when the scope of the permit leaves the row or the column out.
    pub fn open(
        permit: &Permit,
        entity: &Entity,
        attribute: &str,
        dataset_id: Option<&EntityId>,
    ) -> Result<Self, NotOpen> {
        if permit.scope(entity.kind()).column(entity, attribute) {
            Ok(Self::of(&entity.key, attribute, dataset_id))
        } else {
            Err(NotOpen { attribute: attribute.to_owned() })
        }
    }

    /// The text stands in the files, so it sorts and reads well: `id attribute[ dataset[ tenant]]`.
    pub(crate) fn of(key: &EntityKey, attribute: &str, dataset_id: Option<&EntityId>) -> Self {
        let mut text = String::with_capacity(key.id.as_str().len() + attribute.len() + 1);
        part(&mut text, key.id.as_str());
        text.push(' ');
        part(&mut text, attribute);
        let tenant = key.tenant.as_str();
        if dataset_id.is_some() || !tenant.is_empty() {
            text.push(' ');
            part(&mut text, dataset_id.map_or("", EntityId::as_str));
        }
        if !tenant.is_empty() {
            text.push(' ');
            part(&mut text, tenant);
        }
        Self(text.into())
    }

    /// What the texts of all series of an entity begin with.
    pub(crate) fn prefix(id: &EntityId) -> String {
        let mut text = String::new();
        part(&mut text, id.as_str());
        text.push(' ');
        text
    }

    pub(crate) fn text(&self) -> &Arc<str> {
        &self.0
    }
}

/// Appends a part of a series' text; what would end the part early is written as `%hex`.
fn part(text: &mut String, word: &str) {
    for c in word.chars() {
        if c == '%' || c == ' ' || c.is_control() {
            text.push_str(&format!("%{:x}%", u32::from(c)));
        } else {
            text.push(c);
        }
    }
}

/// A series' text taken apart: id, attribute, instance, tenant. None for a text that `of` never wrote.
pub(crate) fn parts(text: &str) -> Option<(String, String, Option<String>, String)> {
    let mut words = text.split(' ').map(plain);
    let (id, attribute) = (words.next()??, words.next()??);
    let dataset = words.next().unwrap_or(Some(String::new()))?;
    let tenant = words.next().unwrap_or(Some(String::new()))?;
    Some((id, attribute, Some(dataset).filter(|d| !d.is_empty()), tenant))
}

/// The word that `part` wrote.
fn plain(part: &str) -> Option<String> {
    let mut text = String::with_capacity(part.len());
    let mut rest = part;
    while let Some((before, after)) = rest.split_once('%') {
        let (code, after) = after.split_once('%')?;
        text.push_str(before);
        text.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// A point as it is held: the series is known from where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Held {
    pub at: i64,
    pub seq: Seq,
    pub value: Small,
    pub quality: Option<Quality>,
}

/// A value in 16 bytes; texts and geometries are shared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Small {
    Number(f64),
    Bool(bool),
    Other(Arc<Value>),
}

impl Held {
    /// The point that an attribute makes; none for a value that has no history (null, id, list, object,
    /// date-time, sealed, a number that is no number).
    pub fn of(attribute: &Attribute, recorded_at: Time, seq: Seq, keep: Keep) -> Option<Self> {
        let value = match &attribute.value {
            Value::Number(n) if n.is_finite() => Small::Number(rounded(*n, keep.precision)),
            Value::Bool(b) => Small::Bool(*b),
            v @ (Value::Text(_) | Value::Geo(_)) => Small::Other(Arc::new(v.clone())),
            _ => return None,
        };
        let at = attribute.observed_at.unwrap_or(recorded_at).micros();
        Some(Self { at, seq, value, quality: quality(attribute) })
    }

    /// The same value with the same quality, whatever commit brought it.
    pub fn same(&self, other: &Self) -> bool {
        let value = match (&self.value, &other.value) {
            (Small::Number(a), Small::Number(b)) => a == b || a.to_bits() == b.to_bits(),
            (a, b) => a == b,
        };
        value && self.quality == other.quality
    }

    /// Bytes it takes beyond its own size.
    pub fn heap_bytes(&self) -> usize {
        match &self.value {
            Small::Other(v) => match &**v {
                Value::Text(t) => 56 + t.len(),
                _ => 160,
            },
            _ => 0,
        }
    }

    pub fn point(&self) -> Point {
        let value = match &self.value {
            Small::Number(n) => Value::Number(*n),
            Small::Bool(b) => Value::Bool(*b),
            Small::Other(v) => (**v).clone(),
        };
        Point { at: Time(self.at), value, quality: self.quality, seq: self.seq }
    }
}

fn quality(attribute: &Attribute) -> Option<Quality> {
    let word = attribute.sub.as_ref()?.get(&Name::new("quality"))?;
    match word.as_str().or_else(|| word.get("value")?.as_str())? {
        "valid" => Some(Quality::Valid),
        "invalid" => Some(Quality::Invalid),
        "manual" => Some(Quality::Manual),
        "suspect" => Some(Quality::Suspect),
        _ => None,
    }
}

/// Whole numbers beyond this are not exact in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A number as a count of steps; none when it is too large for that.
pub(crate) fn scaled(n: f64, step: f64) -> Option<i64> {
    let per_unit = per_unit(step);
    let count = per_unit.map_or_else(|| n / step, |p| n * p).round();
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and within 2^53")]
    (count.abs() < EXACT).then_some(count as i64)
}

/// The number that a count of steps stands for; the nearest double to the decimal fraction.
pub(crate) fn unscaled(count: i64, step: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "made by scaled, so within 2^53")]
    let count = count as f64;
    per_unit(step).map_or_else(|| count * step, |p| count / p)
}

/// Steps in one unit, when they are a whole number: 0.01 gives 100, so that 1.23 reads as 1.23 again.
fn per_unit(step: f64) -> Option<f64> {
    let p = (1.0 / step).round();
    ((1.0..EXACT).contains(&p) && (p * step - 1.0).abs() < 1e-9).then_some(p)
}

fn rounded(n: f64, step: Option<f64>) -> f64 {
    let step = step.filter(|s| s.is_finite() && *s > 0.0);
    step.and_then(|s| scaled(n, s).map(|c| unscaled(c, s))).unwrap_or(n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::{Access, Columns, Principal, Right, Rows};
    use model::Tenant;

    #[test]
    fn a_number_is_rounded_to_its_step_and_reads_as_the_decimal() {
        let cases = [
            (1.2349, Some(0.01), 1.23),
            (0.1 + 0.2, Some(0.1), 0.3),
            (7.4, Some(0.5), 7.5),
            (1234.0, Some(5.0), 1235.0),
            (-0.06, Some(0.1), -0.1),
            (1e300, Some(0.01), 1e300),
            (1.2349, None, 1.2349),
            (1.2349, Some(0.0), 1.2349),
            (1.2349, Some(f64::NAN), 1.2349),
        ];
        for (n, step, want) in cases {
            assert_eq!(rounded(n, step), want, "{n} by {step:?}");
        }
    }

    #[test]
    fn series_of_different_things_have_different_texts() {
        let key = |tenant: &str, id: &str| EntityKey { tenant: Tenant::new(tenant), id: EntityId::new(id) };
        let set = EntityId::new("urn:d:1");
        let all = [
            Series::of(&key("", "urn:a:1"), "level", None),
            Series::of(&key("", "urn:a:1"), "level", Some(&set)),
            Series::of(&key("urn:d:1", "urn:a:1"), "level", None),
            Series::of(&key("", "urn:a:1 level"), "urn:d:1", None),
            Series::of(&key("", "urn:a:1%20%level"), "urn:d:1", None),
        ];
        assert_eq!(&**all[0].text(), "urn:a:1 level");
        let taken: Vec<_> = all.iter().map(|s| parts(s.text()).unwrap()).collect();
        assert_eq!(taken[1], ("urn:a:1".into(), "level".into(), Some("urn:d:1".into()), String::new()));
        assert_eq!((taken[2].3.as_str(), taken[3].0.as_str()), ("urn:d:1", "urn:a:1 level"));
        assert_eq!(taken[4].0, "urn:a:1%20%level");
        for (i, a) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|b| a != b), "{a:?}");
        }
    }

    #[test]
    fn only_values_with_a_history_become_points() {
        let held = |value: Value| Held::of(&Attribute::new("a", value), Time(5), 9, Keep::default());
        for value in [
            Value::Number(1.0),
            Value::Bool(true),
            Value::text("on"),
            Value::from(model::Point { lon: 1.0, lat: 2.0 }),
        ] {
            let point = held(value.clone()).map(|h| h.point());
            assert_eq!(point, Some(Point { at: Time(5), value, quality: None, seq: 9 }));
        }
        for value in [
            Value::Null,
            Value::Number(f64::NAN),
            Value::list([]),
            Value::Time(Time(1)),
            Value::from(&EntityId::new("urn:x:1")),
        ] {
            assert!(held(value.clone()).is_none(), "{value:?}");
        }
    }

    #[test]
    fn a_series_opens_only_for_a_column_in_scope() {
        let right = Right {
            id: Name::new("r"),
            role: Name::new("public"),
            actions: vec![Name::new("read")],
            types: vec![Name::new("Gauge")],
            columns: Columns::Only(vec![Name::new("level")]),
            rows: Rows::All,
            attribute: None,
            purpose: None,
            from: None,
            to: None,
            article: None,
        };
        let permit =
            Access::new(vec![right]).permit(&Arc::new(Principal::public(None)), "read", Time(0)).unwrap();
        let entity = Entity {
            key: EntityKey::city("urn:g:1"),
            types: vec![Name::new("Gauge")],
            attributes: vec![],
            created_at: Time(0),
            modified_at: Time(0),
            version: 1,
        };
        assert!(Series::open(&permit, &entity, "level", None).is_ok());
        assert_eq!(Series::open(&permit, &entity, "phone", None), Err(NotOpen { attribute: "phone".into() }));
    }
}
