//! Reads the values of attributes by their kind, and the members beside them.

use crate::attribute::{NULL, Patch};
use crate::error::LdError;
use crate::iri;
use model::{AttributeKind, EntityId, Name, Time, Value};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) fn read(json: &Json, path: &str) -> Result<Value, LdError> {
    Value::from_json(json).map_err(|e| LdError::bad(&join(path, &e.path), e.reason))
}

pub(crate) fn join(path: &str, rest: &str) -> String {
    match rest.chars().next() {
        None => path.to_owned(),
        Some('[') => format!("{path}{rest}"),
        Some(_) => format!("{path}.{rest}"),
    }
}

pub(crate) fn value(path: &str, kind: AttributeKind, v: &Json, patch: Patch) -> Result<Value, LdError> {
    if deletes(kind, v) {
        return match patch {
            Patch::Whole => {
                Err(LdError::bad(path, format!("{NULL} deletes, and there is nothing to delete here")))
            }
            _ => Ok(Value::text(NULL)),
        };
    }
    if v.is_null() && kind != AttributeKind::JsonProperty {
        return Err(LdError::bad(path, "null is no value"));
    }
    if patch == Patch::Whole && kind != AttributeKind::JsonProperty && holds_null(v) {
        return Err(LdError::bad(
            path,
            format!("{NULL} inside deletes, and there is nothing to delete here"),
        ));
    }
    match (kind, v) {
        (AttributeKind::Property, Json::String(s)) => Ok(Value::text(s)),
        (AttributeKind::Property | AttributeKind::JsonProperty, _) => read(v, path),
        (AttributeKind::GeoProperty, _) => geometry(path, v),
        (AttributeKind::Relationship, Json::String(_)) => id(path, v),
        (AttributeKind::Relationship, Json::Array(items)) if !items.is_empty() => ids(path, items),
        (AttributeKind::ListRelationship, Json::Array(items)) => ids(path, items),
        (AttributeKind::ListProperty, Json::Array(_)) => read(v, path),
        (AttributeKind::LanguageProperty, Json::Object(o)) => languages(path, o),
        (AttributeKind::VocabProperty, Json::String(s)) => Ok(Value::text(s)),
        (AttributeKind::VocabProperty, Json::Array(a)) if a.iter().all(Json::is_string) => {
            Ok(Value::list(a.iter().filter_map(Json::as_str).map(Value::text)))
        }
        (kind, _) => Err(LdError::bad(path, format!("not what a {kind:?} holds"))),
    }
}

/// `NULL` in the place of the value, or the form that it takes for the kind (clause 4.5.0).
fn deletes(kind: AttributeKind, v: &Json) -> bool {
    let is = |v: &Json| v.as_str() == Some(NULL);
    match (kind, v) {
        (AttributeKind::LanguageProperty, Json::Object(o)) => o.len() == 1 && o.get("@none").is_some_and(is),
        (AttributeKind::ListProperty | AttributeKind::ListRelationship, Json::Array(a)) => {
            matches!(&a[..], [one] if is(one) || one.get("object").is_some_and(is))
        }
        _ => is(v),
    }
}

/// Whether `NULL` stands anywhere in it; the depth is bounded by the reader of JSON.
fn holds_null(v: &Json) -> bool {
    match v {
        Json::String(s) => s == NULL,
        Json::Array(a) => a.iter().any(holds_null),
        Json::Object(o) => o.values().any(holds_null),
        _ => false,
    }
}

/// A geometry, as an object or as its text (clause 4.7.2).
fn geometry(path: &str, v: &Json) -> Result<Value, LdError> {
    let parsed = v.as_str().map(serde_json::from_str::<Json>);
    let json = match &parsed {
        Some(Ok(json)) if json.is_object() => json,
        Some(_) => return Err(LdError::bad(path, "not a GeoJSON geometry")),
        None => v,
    };
    match read(json, path)? {
        geo @ Value::Geo(_) => Ok(geo),
        _ => Err(LdError::bad(path, "not a GeoJSON geometry")),
    }
}

fn id(path: &str, v: &Json) -> Result<Value, LdError> {
    let text = v.as_str().or_else(|| v.get("object")?.as_str());
    let text = text.ok_or_else(|| LdError::bad(path, "not a URI"))?;
    iri::checked(path, text).map(Value::Id)
}

fn ids(path: &str, items: &[Json]) -> Result<Value, LdError> {
    let each = items.iter().enumerate().map(|(i, v)| id(&format!("{path}[{i}]"), v));
    Ok(Value::List(each.collect::<Result<_, _>>()?))
}

fn languages(path: &str, o: &Map<String, Json>) -> Result<Value, LdError> {
    let mut map = BTreeMap::new();
    for (tag, v) in o {
        let words = v.is_string() || v.as_array().is_some_and(|a| a.iter().all(Json::is_string));
        let tagged =
            tag == "@none" || (!tag.is_empty() && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
        if !words || !tagged {
            return Err(LdError::bad(&join(path, tag), "not a language tag with its text"));
        }
        map.insert(Name::new(tag), read(v, path)?);
    }
    Ok(Value::Map(Arc::new(map)))
}

pub(crate) fn time(path: &str, v: &Json) -> Result<Time, LdError> {
    let text = v.as_str().ok_or_else(|| LdError::bad(path, "not a date-time"))?;
    if !text.ends_with('Z') {
        return Err(LdError::bad(path, "not a date-time in UTC, ending in Z"));
    }
    Time::parse(text).map_err(|e| LdError::bad(path, e))
}

pub(crate) fn unit(path: &str, v: &Json) -> Result<Name, LdError> {
    let text = v.as_str().filter(|t| !t.is_empty() && t.len() <= 64);
    text.map(Name::new).ok_or_else(|| LdError::bad(path, "not a text of 1 to 64 bytes"))
}

pub(crate) fn dataset(path: &str, v: &Json) -> Result<Option<EntityId>, LdError> {
    match v.as_str() {
        Some("@none") => Ok(None),
        Some(text) => iri::checked(path, text).map(Some),
        None => Err(LdError::bad(path, "not a URI")),
    }
}
