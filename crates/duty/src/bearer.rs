//! Which body bears a role, for an area, on a date.

use model::{Entity, EntityId, EntityKey, Time, Value};
use std::collections::BTreeMap;
use store::State;

/// Type of the entities that bind a role to a body.
const BINDING: &str = "Binding";
/// Deepest nesting of areas that is followed.
const DEPTH_MAX: usize = 8;
/// Offset of the city's clock from UTC, in seconds: dates of the law are dates there.
const OFFSET_S: i64 = 8 * 3_600;

/// The bindings in force on one date.
pub(crate) struct Bearers<'a> {
    state: &'a State,
    by_role: BTreeMap<String, Vec<Bound>>,
}

struct Bound {
    area: Option<EntityId>,
    body: EntityId,
    from: String,
}

impl<'a> Bearers<'a> {
    pub(crate) fn on(state: &'a State, at: Time) -> Self {
        let today = date(at);
        let mut by_role: BTreeMap<String, Vec<Bound>> = BTreeMap::new();
        for binding in state.all(BINDING) {
            let (Some(role), Some(body)) = (binding.text("role"), binding.object("body")) else { continue };
            let from = day(binding, "from").unwrap_or_default();
            // The last day belongs to the binding; where two meet, the later one holds.
            if from > today || day(binding, "to").is_some_and(|to| to < today) {
                continue;
            }
            let bound = Bound { area: binding.object("area").cloned(), body: body.clone(), from };
            by_role.entry(role.to_owned()).or_default().push(bound);
        }
        Self { state, by_role }
    }

    /// The body that bears a role for an area: the binding of the nearest area, else the city's.
    pub(crate) fn of(&self, role: &str, area: Option<&EntityId>) -> Option<EntityId> {
        let id = if role.contains(':') { role.to_owned() } else { format!("urn:ngsi-ld:Role:{role}") };
        let bound = self.by_role.get(&id)?;
        let latest = |area: Option<&EntityId>| {
            let here = bound.iter().filter(|b| b.area.as_ref() == area);
            here.max_by(|a, b| a.from.cmp(&b.from)).map(|b| b.body.clone())
        };
        let mut next = area.cloned();
        for _ in 0..DEPTH_MAX {
            let Some(here) = next else { break };
            if let Some(body) = latest(Some(&here)) {
                return Some(body);
            }
            next = self.state.get(&EntityKey::city(here)).and_then(|a| a.object("parent").cloned());
        }
        latest(None)
    }
}

/// The date in the city, `2026-07-06`.
pub(crate) fn date(at: Time) -> String {
    at.plus_secs(OFFSET_S).rfc3339().chars().take(10).collect()
}

fn day(entity: &Entity, name: &str) -> Option<String> {
    entity.value(name).and_then(day_of)
}

/// The date that a value says: a text that begins with one, or a date-time.
pub(crate) fn day_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(t) => Some(t.chars().take(10).collect()),
        Value::Time(t) => Some(date(*t)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::Pen;

    fn at(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    #[test]
    fn the_nearest_area_and_the_date_decide() {
        let mut pen = Pen::new();
        pen.area("city", None);
        pen.area("north", Some("city"));
        pen.area("north1", Some("north"));
        pen.binding("1", "eco", "city_eco", None, ["2020-01-01", "2024-06-30"]);
        pen.binding("2", "eco", "new_eco", None, ["2024-07-01", ""]);
        pen.binding("3", "eco", "north_eco", Some("north"), ["2024-01-01", ""]);
        let cases = [
            ("2024-06-30T15:59:00Z", None, Some("city_eco")),
            ("2024-06-30T16:00:00Z", None, Some("new_eco")),
            ("2019-12-31T00:00:00Z", None, None),
            ("2025-01-01T00:00:00Z", Some("north1"), Some("north_eco")),
            ("2023-01-01T00:00:00Z", Some("north1"), Some("city_eco")),
            ("2025-01-01T00:00:00Z", Some("elsewhere"), Some("new_eco")),
        ];
        for (when, area, want) in cases {
            let area = area.map(|a| EntityId::new(format!("urn:ngsi-ld:Area:{a}")));
            let body = Bearers::on(&pen.state, at(when)).of("eco", area.as_ref());
            assert_eq!(body, want.map(|b| EntityId::new(format!("urn:ngsi-ld:Body:{b}"))), "{when} {area:?}");
        }
        let bearers = Bearers::on(&pen.state, at("2025-01-01T00:00:00Z"));
        assert_eq!(bearers.of("mayor", None), None);
        assert_eq!(bearers.of("urn:ngsi-ld:Role:eco", None), bearers.of("eco", None));
    }

    #[test]
    fn areas_in_a_circle_come_to_an_end() {
        let mut pen = Pen::new();
        pen.area("a", Some("b"));
        pen.area("b", Some("a"));
        pen.binding("1", "eco", "city_eco", None, ["2020-01-01", ""]);
        let body =
            Bearers::on(&pen.state, at("2024-01-01T00:00:00Z")).of("eco", Some(&"urn:ngsi-ld:Area:a".into()));
        assert_eq!(body, Some("urn:ngsi-ld:Body:city_eco".into()));
    }

    #[test]
    fn dates_are_those_of_the_city() {
        assert_eq!(date(at("2026-07-06T15:59:59Z")), "2026-07-06");
        assert_eq!(date(at("2026-07-06T16:00:00Z")), "2026-07-07");
        assert_eq!(day_of(&Value::Time(at("2026-07-06T16:00:00Z"))), Some("2026-07-07".into()));
        assert_eq!(day_of(&Value::Null), None);
    }
}
