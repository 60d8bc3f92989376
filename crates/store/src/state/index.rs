//! Declared indexes: ordered pairs of a value's projection and the entity that has it.

use imbl::OrdSet;
use model::{Entity, EntityId, Name, Time, Value};
use std::cmp::Ordering;
use std::sync::Arc;

/// The orderable projection of a value: null < bool < number (total order) < time < text.
/// An id is ordered as its text; an object with the member `zh` or `en` as that text.
#[derive(Clone, Debug, Default)]
pub enum IndexValue {
    /// Null, or the attribute is missing.
    #[default]
    Null,
    /// No before yes.
    Bool(bool),
    /// By IEEE total order; minus zero counts as zero.
    Number(f64),
    /// By instant.
    Time(Time),
    /// By bytes of UTF-8.
    Text(Arc<str>),
    /// An id, compared as text.
    Id(EntityId),
}

impl IndexValue {
    /// The projection of a value; none for a geometry, a sealed value, a list, or an object without words.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Bool(b) => Self::Bool(*b),
            Value::Number(n) => Self::Number(if *n == 0.0 { 0.0 } else { *n }),
            Value::Time(t) => Self::Time(*t),
            Value::Text(t) => Self::Text(t.clone()),
            Value::Id(id) => Self::Id(id.clone()),
            Value::Map(m) => match m.get("zh").or_else(|| m.get("en"))? {
                Value::Text(t) => Self::Text(t.clone()),
                _ => return None,
            },
            Value::Geo(_) | Value::List(_) | Value::Sealed(_) => return None,
        })
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Number(_) => 2,
            Self::Time(_) => 3,
            Self::Text(_) | Self::Id(_) => 4,
        }
    }

    /// Whether both are of one sort (both numbers, both text, …).
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }

    /// The least value of the same sort.
    pub(crate) fn start_of_kind(&self) -> Self {
        match self {
            Self::Null => Self::Null,
            Self::Bool(_) => Self::Bool(false),
            Self::Number(_) => Self::Number(f64::from_bits(u64::MAX)),
            Self::Time(_) => Self::Time(Time(i64::MIN)),
            Self::Text(_) | Self::Id(_) => Self::Text(Arc::from("")),
        }
    }

    /// The least value of the next sort; none for text, which is the last.
    pub(crate) fn end_of_kind(&self) -> Option<Self> {
        Some(match self {
            Self::Null => Self::Bool(false),
            Self::Bool(_) => Self::Number(0.0).start_of_kind(),
            Self::Number(_) => Self::Time(Time(i64::MIN)),
            Self::Time(_) => Self::Text(Arc::from("")),
            Self::Text(_) | Self::Id(_) => return None,
        })
    }

    fn words(&self) -> &str {
        match self {
            Self::Text(t) => t,
            Self::Id(id) => id.as_str(),
            _ => "",
        }
    }
}

impl Ord for IndexValue {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (a, b) => a.rank().cmp(&b.rank()).then_with(|| a.words().cmp(b.words())),
        }
    }
}

impl PartialOrd for IndexValue {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for IndexValue {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for IndexValue {}

/// One entry: the projection, then the id, so that equal values stand in id order.
pub(crate) type Entry = (IndexValue, EntityId);

/// An index of one attribute of one type. Every entity of the type has at least one entry.
pub(crate) type Index = OrdSet<Entry>;

/// Every projection of an attribute (all its instances, and the items of lists); at least one,
/// Null when there is nothing to order.
pub(crate) fn projections(entity: &Entity, attribute: &str) -> Vec<IndexValue> {
    let mut out = Vec::with_capacity(1);
    let start = entity.attributes.partition_point(|a| a.name.as_str() < attribute);
    for a in entity.attributes[start..].iter().take_while(|a| a.name == *attribute) {
        match &a.value {
            Value::List(items) => out.extend(items.iter().filter_map(IndexValue::of)),
            one => out.extend(IndexValue::of(one)),
        }
    }
    if out.is_empty() {
        out.push(IndexValue::Null);
    }
    out
}

/// The value by which an entity is sorted: the least of its projections.
pub(crate) fn sort_key(entity: &Entity, attribute: &str) -> IndexValue {
    projections(entity, attribute).into_iter().min().unwrap_or_default()
}

/// Puts the entries of an entity in.
pub(crate) fn enter(index: &mut Index, entity: &Entity, attribute: &Name) {
    for value in projections(entity, attribute.as_str()) {
        index.insert((value, entity.key.id.clone()));
    }
}

/// Takes the entries of an entity out.
pub(crate) fn leave(index: &mut Index, entity: &Entity, attribute: &Name) {
    for value in projections(entity, attribute.as_str()) {
        index.remove(&(value, entity.key.id.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_value_are_ordered_and_ids_are_text() {
        let ordered = [
            Value::Null,
            false.into(),
            true.into(),
            f64::NEG_INFINITY.into(),
            (-1.5).into(),
            0.0.into(),
            2.0.into(),
            f64::NAN.into(),
            Time(5).into(),
            "a".into(),
            EntityId::new("b").into(),
            Value::map([("zh", Value::text("水")), ("en", Value::text("a"))]),
        ];
        let keys: Vec<_> = ordered.iter().map(|v| IndexValue::of(v).unwrap()).collect();
        assert!(keys.is_sorted() && keys.windows(2).all(|w| w[0] != w[1]));
        assert_eq!(IndexValue::of(&"b".into()), IndexValue::of(&EntityId::new("b").into()));
        assert_eq!(IndexValue::of(&(-0.0).into()), IndexValue::of(&0.0.into()));
        assert_eq!(IndexValue::of(&Value::list([])), None);
    }
}
