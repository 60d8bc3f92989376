//! Whether an entity fulfils a condition.

use super::Condition;
use crate::state::IndexValue;
use model::{Attribute, Entity, Name, Value};

/// Whether the condition holds for the entity.
pub(super) fn holds(entity: &Entity, condition: &Condition) -> bool {
    match condition {
        Condition::Equals(name, wanted) => is(entity, name, wanted),
        Condition::OneOf(name, wanted) => wanted.iter().any(|w| is(entity, name, w)),
        Condition::AtLeast(name, bound) => any(entity, name, |v| beside(v, bound).is_some_and(|o| o.is_ge())),
        Condition::AtMost(name, bound) => any(entity, name, |v| beside(v, bound).is_some_and(|o| o.is_le())),
        Condition::Contains(name, needle) => {
            let needle = needle.to_lowercase();
            (name == "id" && has_words(entity.id().as_str(), &needle))
                || any(entity, name, |v| in_words(v, &needle))
        }
        Condition::Has(name) => instances(entity, name).next().is_some(),
        Condition::Lacks(name) => instances(entity, name).next().is_none(),
    }
}

fn is(entity: &Entity, name: &Name, wanted: &Value) -> bool {
    any(entity, name, |v| equal(v, wanted))
        || (*wanted == Value::Null && instances(entity, name).next().is_none())
}

/// The instances of an attribute; attributes are sorted by name.
fn instances<'a>(entity: &'a Entity, name: &'a Name) -> impl Iterator<Item = &'a Attribute> {
    let start = entity.attributes.partition_point(|a| a.name < *name);
    entity.attributes[start..].iter().take_while(move |a| a.name == *name)
}

/// Whether one value of the attribute, or one item of its list, passes.
fn any(entity: &Entity, name: &Name, mut pass: impl FnMut(&Value) -> bool) -> bool {
    instances(entity, name).any(|a| pass(&a.value) || a.value.items().iter().any(&mut pass))
}

/// Equal as they are, or with equal scalar projections (an id and its text).
fn equal(value: &Value, wanted: &Value) -> bool {
    let scalar = |v: &Value| !matches!(v, Value::Map(_));
    value == wanted || (scalar(value) && scalar(wanted) && beside(value, wanted).is_some_and(|o| o.is_eq()))
}

/// The order of two values of the same sort; none when they cannot be compared.
fn beside(value: &Value, bound: &Value) -> Option<std::cmp::Ordering> {
    let (a, b) = (IndexValue::of(value)?, IndexValue::of(bound)?);
    a.is_like(&b).then(|| a.cmp(&b))
}

fn in_words(value: &Value, needle: &str) -> bool {
    match value {
        Value::Text(t) => has_words(t, needle),
        Value::Id(id) => has_words(id.as_str(), needle),
        Value::Number(n) => has_words(&n.to_string(), needle),
        Value::Map(m) => m.values().any(|v| in_words(v, needle)),
        _ => false,
    }
}

fn has_words(text: &str, needle: &str) -> bool {
    text.contains(needle) || text.to_lowercase().contains(needle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{EntityKey, Sealed, Time};
    use std::sync::Arc;

    fn entity() -> Entity {
        let sealed = Sealed { subject: "urn:p:1".into(), key_version: 1, bytes: Arc::from(*b"open") };
        let mut second = Attribute::new("level", 9.0.into());
        second.dataset_id = Some("urn:d:2".into());
        let attributes = vec![
            Attribute::new("level", 1.0.into()),
            second,
            Attribute::new(
                "name",
                Value::map([("en", Value::text("North GATE")), ("zh", Value::text("北门"))]),
            ),
            Attribute::new("none", Value::Null),
            Attribute::new("owner", Value::Id("urn:ngsi-ld:Body:eco".into())),
            Attribute::new("phone", Value::Sealed(Arc::new(sealed))),
            Attribute::new("place", model::Point { lon: 117.0, lat: 28.0 }.into()),
            Attribute::new("since", Time::from_secs(60).into()),
            Attribute::new("tags", Value::list(["a".into(), 2.0.into(), Value::list(["deep".into()])])),
        ];
        Entity {
            key: EntityKey::city("urn:ngsi-ld:Gauge:7"),
            types: vec!["Gauge".into()],
            attributes,
            created_at: Time(0),
            modified_at: Time(0),
            version: 1,
        }
    }

    #[test]
    fn what_holds_and_what_does_not() {
        use Condition::*;
        let n = Name::new;
        let map = Value::map([("en", Value::text("North GATE")), ("zh", Value::text("北门"))]);
        let cases = [
            (Equals(n("level"), 1.0.into()), true),
            (Equals(n("level"), 9.0.into()), true),
            (Equals(n("level"), "1".into()), false),
            (Equals(n("name"), map), true),
            (Equals(n("name"), "北门".into()), false),
            (Equals(n("owner"), "urn:ngsi-ld:Body:eco".into()), true),
            (Equals(n("none"), Value::Null), true),
            (Equals(n("absent"), Value::Null), true),
            (Equals(n("place"), Value::Null), false),
            (Equals(n("place"), model::Point { lon: 117.0, lat: 28.0 }.into()), true),
            (Equals(n("tags"), 2.0.into()), true),
            (Equals(n("tags"), "deep".into()), false),
            (OneOf(n("level"), vec![]), false),
            (AtLeast(n("level"), 5.0.into()), true),
            (AtMost(n("level"), 0.5.into()), false),
            (AtLeast(n("since"), 0.0.into()), false),
            (AtMost(n("since"), Time::from_secs(60).into()), true),
            (AtLeast(n("absent"), Value::Null), false),
            (Contains(n("name"), "gate".into()), true),
            (Contains(n("name"), "北".into()), true),
            (Contains(n("id"), "gauge:7".into()), true),
            (Contains(n("owner"), "BODY".into()), true),
            (Contains(n("phone"), "open".into()), false),
            (Contains(n("tags"), "A".into()), true),
            (Contains(n("absent"), "".into()), false),
            (Has(n("phone")), true),
            (Has(n("absent")), false),
            (Lacks(n("absent")), true),
            (Lacks(n("none")), false),
        ];
        for (condition, want) in cases {
            assert_eq!(holds(&entity(), &condition), want, "{condition:?}");
        }
    }
}
