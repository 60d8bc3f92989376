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
            (name == "id" && has_words(entity.id().as_str(), &needle)) || any(entity, name, |v| in_words(v, &needle))
        }
        Condition::Has(name) => instances(entity, name).next().is_some(),
        Condition::Lacks(name) => instances(entity, name).next().is_none(),
    }
}

fn is(entity: &Entity, name: &Name, wanted: &Value) -> bool {
    any(entity, name, |v| equal(v, wanted)) || (*wanted == Value::Null && instances(entity, name).next().is_none())
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
