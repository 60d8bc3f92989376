//! An entity and its attributes.

use crate::{EntityId, Geometry, Name, Point, Seq, Tenant, Time, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Tenant and id: what no other entity has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntityKey {
    /// The tenant; the city itself is empty.
    pub tenant: Tenant,
    /// The id.
    pub id: EntityId,
}

impl EntityKey {
    /// A key of the city's own tenant.
    #[must_use]
    pub fn city(id: impl Into<EntityId>) -> Self {
        Self { tenant: Tenant::city(), id: id.into() }
    }
}

/// The kinds of attribute that NGSI-LD knows (TS 104 175, 4.5). The value's form follows the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the standard's own")]
pub enum AttributeKind {
    Property,
    GeoProperty,
    Relationship,
    LanguageProperty,
    VocabProperty,
    JsonProperty,
    ListProperty,
    ListRelationship,
}

/// One attribute instance of an entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name.
    pub name: Name,
    /// Which of several instances; none for the default one.
    pub dataset_id: Option<EntityId>,
    /// Its kind.
    pub kind: AttributeKind,
    /// Its value.
    pub value: Value,
    /// When the value was true in the world.
    pub observed_at: Option<Time>,
    /// UN/CEFACT common code of the unit.
    pub unit_code: Option<Name>,
    /// Properties of the property (`quality` and the like).
    pub sub: Option<Box<BTreeMap<Name, Value>>>,
    /// The commit that set it.
    pub seq: Seq,
}

impl Attribute {
    /// An attribute with a value and nothing else; the kind follows the value.
    #[must_use]
    pub fn new(name: impl Into<Name>, value: Value) -> Self {
        let kind = match &value {
            Value::Geo(_) => AttributeKind::GeoProperty,
            Value::Id(_) => AttributeKind::Relationship,
            _ => AttributeKind::Property,
        };
        Self {
            name: name.into(),
            dataset_id: None,
            kind,
            value,
            observed_at: None,
            unit_code: None,
            sub: None,
            seq: 0,
        }
    }

    /// The same with its time of observation.
    #[must_use]
    pub fn observed(mut self, at: Time) -> Self {
        self.observed_at = Some(at);
        self
    }
}

/// An entity: types, attributes sorted by (name, dataset id), and its version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// Tenant and id.
    pub key: EntityKey,
    /// Its types; the first is the one whose schema and writer hold.
    pub types: Vec<Name>,
    /// Its attributes, sorted by name and dataset id.
    pub attributes: Vec<Attribute>,
    /// `recorded_at` of the commit that created it.
    pub created_at: Time,
    /// `recorded_at` of the last commit that changed it.
    pub modified_at: Time,
    /// Sequence of the last commit that changed it; what `expected` compares.
    pub version: Seq,
}

impl Entity {
    /// The first type.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.types.first().map_or("", Name::as_str)
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &EntityId {
        &self.key.id
    }

    /// The default instance of an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.find(name, None).ok().map(|i| &self.attributes[i])
    }

    /// The value of the default instance.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.attribute(name).map(|a| &a.value)
    }

    /// A number value.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        self.value(name).and_then(Value::as_number)
    }

    /// A text or id value as text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::as_str)
    }

    /// A date-time value.
    #[must_use]
    pub fn time(&self, name: &str) -> Option<Time> {
        self.value(name).and_then(Value::as_time)
    }

    /// The object of a relationship.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<&EntityId> {
        self.value(name).and_then(Value::as_id)
    }

    /// The point that stands for a geometry attribute.
    #[must_use]
    pub fn point(&self, name: &str) -> Option<Point> {
        match self.value(name)? {
            Value::Geo(g) => Geometry::representative(g),
            _ => None,
        }
    }

    /// Where the instance is, or where it would be inserted.
    ///
    /// # Errors
    /// The place for it when it is not there.
    pub fn find(&self, name: &str, dataset_id: Option<&EntityId>) -> Result<usize, usize> {
        self.attributes.binary_search_by(|a| {
            a.name.as_str().cmp(name).then_with(|| a.dataset_id.as_ref().cmp(&dataset_id))
        })
    }
}
