//! Entity types as packs declare them: who writes, what is indexed, what is personal.

use crate::{Refusal, RefusalKind};
use model::{Attribute, Name, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// The form of an attribute's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Text.
    Text,
    /// A number.
    Number,
    /// Yes or no.
    Bool,
    /// A date-time.
    Time,
    /// A geometry.
    Geo,
    /// The id of another entity.
    Relationship,
    /// A list.
    List,
    /// Anything.
    Json,
}

/// One declared attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeSchema {
    /// Form of its value.
    #[serde(rename = "type")]
    pub form: Form,
    /// Its title.
    #[serde(default)]
    pub title: Text,
    /// Unit in words (`mg/L`).
    #[serde(default)]
    pub unit: Option<String>,
    /// Smallest step that history keeps.
    #[serde(default)]
    pub precision: Option<f64>,
    /// Whether it is personal: sealed at rest under the key of its subject.
    #[serde(default)]
    pub personal: bool,
    /// Whose data it is: `id` for the entity itself, or the name of a relationship.
    #[serde(default)]
    pub subject: Option<Name>,
    /// For what it may be read.
    #[serde(default)]
    pub purpose: Vec<Name>,
    /// Allowed words.
    #[serde(default, rename = "enum")]
    pub allowed: Vec<String>,
    /// Least number.
    #[serde(default)]
    pub min: Option<f64>,
    /// Greatest number.
    #[serde(default)]
    pub max: Option<f64>,
    /// Whether an entity must have it.
    #[serde(default)]
    pub required: bool,
    /// Whether history keeps its points; by default numbers, texts, booleans and geometries.
    #[serde(default)]
    pub history: Option<bool>,
    /// Whether a value has been checked against its source; unchecked ones are shown as such.
    #[serde(default)]
    pub verified: Option<bool>,
}

/// One declared type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeSchema {
    /// Its name.
    #[serde(rename = "type")]
    pub kind: Name,
    /// The only engine whose commands may change it.
    #[serde(default = "broker")]
    pub writer: Name,
    /// Whether every version is kept.
    #[serde(default)]
    pub versioned: bool,
    /// Whether attributes that are not declared are allowed.
    #[serde(default)]
    pub open: bool,
    /// Its title.
    #[serde(default)]
    pub title: Text,
    /// Attributes with an index.
    #[serde(default)]
    pub indexes: Vec<Name>,
    /// Its attributes.
    #[serde(default)]
    pub attributes: BTreeMap<Name, AttributeSchema>,
}

fn broker() -> Name {
    Name::new("broker")
}

impl TypeSchema {
    /// Checks an attribute that is about to be set.
    ///
    /// # Errors
    /// `Invalid` naming the attribute and what would be right.
    pub fn check(&self, attribute: &Attribute) -> Result<(), Refusal> {
        let name = attribute.name.as_str();
        let Some(schema) = self.attributes.get(name) else {
            if self.open {
                return Ok(());
            }
            return refuse(
                name,
                format!("类型 {} 没有这个属性", self.kind),
                format!("type {} has no such attribute", self.kind),
            );
        };
        schema.check(name, &attribute.value)
    }
}

fn refuse(field: &str, zh: String, en: String) -> Result<(), Refusal> {
    Err(Refusal::new(RefusalKind::Invalid, field, zh, en))
}

impl AttributeSchema {
    fn check(&self, name: &str, value: &Value) -> Result<(), Refusal> {
        let fits = match (self.form, value) {
            (_, Value::Null | Value::Sealed(_)) | (Form::Json, _) => true,
            (Form::Text, Value::Text(_) | Value::Id(_))
            | (Form::Number, Value::Number(_))
            | (Form::Bool, Value::Bool(_))
            | (Form::Time, Value::Time(_))
            | (Form::Geo, Value::Geo(_))
            | (Form::Relationship, Value::Id(_))
            | (Form::List, Value::List(_)) => true,
            (Form::Relationship, Value::List(items)) => items.iter().all(|v| v.as_id().is_some()),
            _ => false,
        };
        if !fits {
            let form = format!("{:?}", self.form).to_lowercase();
            return refuse(name, format!("应为 {form}"), format!("must be of type {form}"));
        }
        if let Value::Number(n) = value
            && (!n.is_finite() || self.min.is_some_and(|m| *n < m) || self.max.is_some_and(|m| *n > m))
        {
            let range = format!("{} – {}", show(self.min), show(self.max));
            return refuse(name, format!("{n} 不在 {range} 之内"), format!("{n} is not within {range}"));
        }
        if let (Value::Text(t), false) = (value, self.allowed.is_empty())
            && !self.allowed.iter().any(|a| **a == **t)
        {
            let words = self.allowed.join(", ");
            return refuse(name, format!("只能是 {words}"), format!("must be one of {words}"));
        }
        Ok(())
    }
}

fn show(bound: Option<f64>) -> String {
    bound.map_or_else(|| "∞".into(), |b| b.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> TypeSchema {
        serde_yaml_ng::from_str(
            "{type: Gauge, indexes: [area], attributes: {level: {type: number, min: 0, max: 9}, state: {type: text, enum: [on, off]}, area: {type: relationship}}}",
        )
        .unwrap()
    }

    #[test]
    fn a_value_outside_its_schema_is_refused_by_name() {
        let cases = [
            ("level", Value::Number(9.5), "level"),
            ("level", Value::text("high"), "level"),
            ("level", Value::Number(f64::NAN), "level"),
            ("state", Value::text("broken"), "state"),
            ("area", Value::text("here"), "area"),
            ("colour", Value::text("red"), "colour"),
        ];
        for (name, value, field) in cases {
            let refusal = schema().check(&Attribute::new(name, value)).unwrap_err();
            assert_eq!((refusal.field.as_str(), refusal.kind), (field, RefusalKind::Invalid));
        }
        assert!(schema().check(&Attribute::new("level", Value::Number(9.0))).is_ok());
        assert_eq!(schema().writer, "broker");
    }

    #[test]
    fn an_unknown_key_in_a_schema_is_an_error() {
        assert!(serde_yaml_ng::from_str::<TypeSchema>("{type: A, colour: red}").is_err());
    }
}
