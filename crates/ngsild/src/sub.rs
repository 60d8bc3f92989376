//! Sub-attributes. A plain one is kept as its value, whose form tells its kind; any other as an object that
//! is its normalized form.

use crate::attribute::{self, Parsed, Patch, is_null, kind_named, member};
use crate::context::Context;
use crate::error::LdError;
use model::{AttributeKind, Name, Value};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads a sub-attribute into the value that is kept.
pub(crate) fn parse(
    path: &str,
    name: &Name,
    json: &Json,
    context: &Context,
    patch: Patch,
    depth: usize,
) -> Result<Value, LdError> {
    let parsed = attribute::one(path, name, json, context, patch, depth)?;
    if parsed.value.is_none() {
        return Err(LdError::bad(path, "its value is missing"));
    }
    Ok(kept(parsed))
}

fn kept(parsed: Parsed) -> Value {
    let Parsed { value, kind, observed_at, unit_code, sub, dataset_id, .. } = parsed;
    let value = value.unwrap_or_default();
    let kind = kind.unwrap_or(AttributeKind::Property);
    let bare = observed_at.is_none() && unit_code.is_none() && sub.is_empty() && dataset_id.is_none();
    if is_null(&value) || (bare && kind_of(&value) == (kind, false)) {
        return value;
    }
    let mut map: BTreeMap<Name, Value> = sub;
    map.insert(Name::new("type"), Value::text(format!("{kind:?}")));
    map.insert(Name::new(member(kind)), value);
    let rest = [
        ("observedAt", observed_at.map(|t| t.rfc3339())),
        ("unitCode", unit_code.map(|u| u.to_string())),
        ("datasetId", dataset_id.map(|d| d.to_string())),
    ];
    map.extend(rest.into_iter().filter_map(|(k, v)| v.map(|v| (Name::new(k), Value::text(v)))));
    Value::Map(Arc::new(map))
}

/// The kind of a kept sub-attribute, and whether it is an object in normalized form.
pub(crate) fn kind_of(value: &Value) -> (AttributeKind, bool) {
    match value {
        Value::Id(_) => (AttributeKind::Relationship, false),
        Value::Geo(_) => (AttributeKind::GeoProperty, false),
        Value::Map(m) => match m.get("type").and_then(Value::as_str).and_then(kind_named) {
            Some(kind) => (kind, true),
            None => (AttributeKind::Property, false),
        },
        _ => (AttributeKind::Property, false),
    }
}

/// The value of a kept sub-attribute without what surrounds it.
pub(crate) fn inner(value: &Value) -> &Value {
    match kind_of(value) {
        (kind, true) => value.get(member(kind)).unwrap_or(value),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Contexts;
    use serde_json::json;

    #[test]
    fn plain_ones_are_their_value_and_others_say_what_they_are() {
        let context = Contexts::new().resolve(None).unwrap();
        let get = |json: Json| parse("a.s", &Name::new("s"), &json, &context, Patch::Whole, 1).unwrap();
        let plain = [json!("x"), json!({"value": "x"}), json!({"type": "Property", "value": "x"})];
        for json in plain {
            assert_eq!(get(json), Value::text("x"));
        }
        let link = get(json!({"object": "urn:ngsi-ld:B:1"}));
        assert_eq!(kind_of(&link), (AttributeKind::Relationship, false));
        let timed = get(
            json!({"value": 2, "observedAt": "2026-07-06T12:00:00Z", "t": {"value": 3, "unitCode": "CEL"}}),
        );
        assert_eq!(kind_of(&timed), (AttributeKind::Property, true));
        assert_eq!(inner(&timed), &Value::Number(2.0));
        assert_eq!(inner(timed.get("t").unwrap()), &Value::Number(3.0));
        let tricky = get(json!({"value": {"type": "Property", "value": 1}}));
        assert_eq!(inner(&tricky).to_json(), json!({"type": "Property", "value": 1}));
    }
}
