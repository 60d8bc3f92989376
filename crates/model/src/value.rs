//! What an attribute holds.

use crate::{EntityId, Geometry, Name, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A personal value at rest: cipher text under the key of its subject (house decision 7.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Whose data this is; the key is kept under this id.
    pub subject: EntityId,
    /// Which key of the subject.
    pub key_version: u32,
    /// Nonce and cipher text.
    pub bytes: Arc<[u8]>,
}

/// A value. Numbers are IEEE doubles; whole numbers up to 2^53 are exact.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub enum Value {
    /// JSON null.
    #[default]
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number in the unit of the attribute.
    Number(f64),
    /// Text.
    Text(Arc<str>),
    /// A date-time.
    Time(Time),
    /// The object of a Relationship, or an id inside a list.
    Id(EntityId),
    /// A geometry in WGS 84 / CGCS2000, longitude first.
    Geo(Arc<Geometry>),
    /// A list, in order.
    List(Arc<[Value]>),
    /// An object, keys sorted.
    Map(Arc<BTreeMap<Name, Value>>),
    /// A personal value, sealed.
    Sealed(Arc<Sealed>),
}

impl Value {
    /// A text value.
    #[must_use]
    pub fn text(t: impl AsRef<str>) -> Self {
        Self::Text(Arc::from(t.as_ref()))
    }

    /// An object value from pairs.
    #[must_use]
    pub fn map<K: Into<Name>>(pairs: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::Map(Arc::new(pairs.into_iter().map(|(k, v)| (k.into(), v)).collect()))
    }

    /// A list value.
    #[must_use]
    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Self::List(items.into_iter().collect())
    }

    /// The number, when it is one.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        if let Self::Number(n) = self { Some(*n) } else { None }
    }

    /// The text of a text or an id.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(t) => Some(t),
            Self::Id(id) => Some(id.as_str()),
            _ => None,
        }
    }

    /// The truth value, when it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(b) = self { Some(*b) } else { None }
    }

    /// The date-time, when it is one.
    #[must_use]
    pub fn as_time(&self) -> Option<Time> {
        if let Self::Time(t) = self { Some(*t) } else { None }
    }

    /// The id, when it is one.
    #[must_use]
    pub fn as_id(&self) -> Option<&EntityId> {
        if let Self::Id(id) = self { Some(id) } else { None }
    }

    /// The items of a list; empty for anything else.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        if let Self::List(l) = self { l } else { &[] }
    }

    /// A member of an object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        if let Self::Map(m) = self { m.get(key) } else { None }
    }
}

impl From<f64> for Value {
    fn from(n: f64) -> Self {
        Self::Number(n)
    }
}
impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}
impl From<&str> for Value {
    fn from(t: &str) -> Self {
        Self::text(t)
    }
}
impl From<Time> for Value {
    fn from(t: Time) -> Self {
        Self::Time(t)
    }
}
impl From<EntityId> for Value {
    fn from(id: EntityId) -> Self {
        Self::Id(id)
    }
}
impl From<&EntityId> for Value {
    fn from(id: &EntityId) -> Self {
        Self::Id(id.clone())
    }
}
impl From<Point> for Value {
    fn from(p: Point) -> Self {
        Self::Geo(Arc::new(Geometry::Point(p)))
    }
}
use crate::Point;
