//! Reads entities and fragments of entities (clauses 5.2.4 and 5.4).

use crate::attribute::{Parsed, Patch, is_attribute, is_member, parse_attributes};
use crate::context::Context;
use crate::error::{ErrorKind, LdError};
use crate::iri;
use model::{Attribute, EntityId, Name};
use serde_json::{Map, Value as Json};

/// Nesting to which names are followed; the reader of the attribute refuses what is deeper.
const NAMES_DEPTH_MAX: usize = 8;

/// A whole entity as a request gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Its id.
    pub id: EntityId,
    /// Its types, at least one.
    pub types: Vec<Name>,
    /// Its attributes, sorted by name and dataset id.
    pub attributes: Vec<Attribute>,
}

/// A part of an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Fragment {
    /// Its id, when it says one.
    pub id: Option<EntityId>,
    /// Types that it says; empty when none.
    pub types: Vec<Name>,
    /// Its attributes, sorted by name and dataset id.
    pub attributes: Vec<Parsed>,
}

fn members(json: &Json) -> Result<&Map<String, Json>, LdError> {
    json.as_object().ok_or_else(|| LdError::new(ErrorKind::InvalidRequest, "not an object"))
}

fn id(o: &Map<String, Json>) -> Result<Option<EntityId>, LdError> {
    match o.get("id").or_else(|| o.get("@id")) {
        None => Ok(None),
        Some(Json::String(text)) => iri::checked("id", text).map(Some),
        Some(_) => Err(LdError::bad("id", "not a text")),
    }
}

fn types(o: &Map<String, Json>, context: &Context) -> Result<Vec<Name>, LdError> {
    let texts: Vec<&Json> = match o.get("type").or_else(|| o.get("@type")) {
        None => vec![],
        Some(Json::Array(a)) if !a.is_empty() => a.iter().collect(),
        Some(one) => vec![one],
    };
    let mut names: Vec<Name> = Vec::with_capacity(texts.len());
    for text in texts {
        let text = text.as_str().ok_or_else(|| LdError::bad("type", "not a text"))?;
        if matches!(text, "id" | "type") {
            return Err(LdError::bad("type", format!("not a type: {text}")));
        }
        let name = context.expand(text).map_err(|e| LdError::bad("type", e.detail))?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

/// Reads a whole entity.
///
/// # Errors
/// `BadRequestData` naming the member at fault.
pub fn parse_entity(json: &Json, context: &Context) -> Result<Draft, LdError> {
    let o = members(json)?;
    let id = id(o)?.ok_or_else(|| LdError::bad("id", "missing"))?;
    let types = types(o, context)?;
    if types.is_empty() {
        return Err(LdError::bad("type", "missing"));
    }
    let attributes = parse_attributes(o, context, Patch::Whole)?.iter().filter_map(Parsed::whole).collect();
    Ok(Draft { id, types, attributes })
}

/// Reads a part of an entity.
///
/// # Errors
/// `BadRequestData` naming the member at fault.
pub fn parse_fragment(json: &Json, context: &Context, patch: Patch) -> Result<Fragment, LdError> {
    let o = members(json)?;
    Ok(Fragment { id: id(o)?, types: types(o, context)?, attributes: parse_attributes(o, context, patch)? })
}

/// The same entity, fragment or list of entities with the names used inside the city and without
/// `@context`: what a command carries, so that the pen needs no context.
///
/// # Errors
/// `BadRequestData` for a name that is none.
pub fn expand_names(json: &Json, context: &Context) -> Result<Json, LdError> {
    match json {
        Json::Array(items) => items.iter().map(|i| expand_names(i, context)).collect(),
        Json::Object(o) => expand_members(o, context, 0),
        _ => Err(LdError::new(ErrorKind::InvalidRequest, "not an object")),
    }
}

fn expand_members(o: &Map<String, Json>, context: &Context, depth: usize) -> Result<Json, LdError> {
    let mut out = Map::new();
    for (key, value) in o.iter().filter(|(k, _)| *k != "@context") {
        let kind = matches!(key.as_str(), "type" | "@type") && depth == 0;
        let inner = context.expand(key).or_else(|e| {
            if key.starts_with('@') { Ok(Name::new(key)) } else { Err(LdError::bad(key, e.detail)) }
        })?;
        let value = if kind { expand_type(value, context)? } else { expand_value(value, context, depth)? };
        if out.insert(inner.to_string(), value).is_some() {
            return Err(LdError::bad(key, "two names for the same attribute"));
        }
    }
    Ok(Json::Object(out))
}

fn expand_type(value: &Json, context: &Context) -> Result<Json, LdError> {
    match value {
        Json::String(text) => context
            .expand(text)
            .map(|n| Json::String(n.to_string()))
            .map_err(|e| LdError::bad("type", e.detail)),
        Json::Array(items) => items.iter().map(|i| expand_type(i, context)).collect(),
        other => Ok(other.clone()),
    }
}

/// Only what is an attribute has names in it; a plain value stays as it is.
fn expand_value(value: &Json, context: &Context, depth: usize) -> Result<Json, LdError> {
    match value {
        Json::Object(o) if is_attribute(value) && depth < NAMES_DEPTH_MAX => {
            let mut out = Map::new();
            for (key, v) in o {
                let held = is_member(key);
                let name = context.expand(key).map_err(|e| LdError::bad(key, e.detail))?;
                out.insert(
                    name.to_string(),
                    if held { v.clone() } else { expand_value(v, context, depth + 1)? },
                );
            }
            Ok(Json::Object(out))
        }
        Json::Array(items) => items.iter().map(|i| expand_value(i, context, depth)).collect(),
        other => Ok(other.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Contexts;
    use serde_json::json;

    #[test]
    fn an_entity_has_a_uri_a_type_and_sorted_attributes() {
        let context = Contexts::new().resolve(None).unwrap();
        let json = json!({"@context": "x", "id": "urn:ngsi-ld:Gauge:1", "type": ["Gauge", "Gauge", "Thing"], "scope": "/a", "b": 1, "a": 2});
        let draft = parse_entity(&json, &context).unwrap();
        assert_eq!(draft.types, [Name::new("Gauge"), Name::new("Thing")]);
        let names: Vec<_> = draft.attributes.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "scope"]);
        let cases = [
            (json!([]), "not an object"),
            (json!({"type": "A"}), "id: missing"),
            (json!({"id": "plain", "type": "A"}), "id: not a URI"),
            (json!({"id": 4, "type": "A"}), "id: not a text"),
            (json!({"id": "urn:a:1"}), "type: missing"),
            (json!({"id": "urn:a:1", "type": []}), "type: not a text"),
            (json!({"id": "urn:a:1", "type": "A-B"}), "type: not a name"),
        ];
        for (json, want) in cases {
            assert!(parse_entity(&json, &context).unwrap_err().detail.starts_with(want), "{json}");
        }
    }

    #[test]
    fn a_fragment_needs_neither_id_nor_type() {
        let context = Contexts::new().resolve(None).unwrap();
        let fragment = parse_fragment(&json!({"a": 1}), &context, Patch::Update).unwrap();
        assert_eq!((fragment.id, fragment.types.len(), fragment.attributes.len()), (None, 0, 1));
    }

    #[test]
    fn names_of_a_context_become_those_of_the_city() {
        let terms = json!({"Pegel": "https://uri.etsi.org/ngsi-ld/default-context/Gauge", "stand": "https://x.example/level",
            "guete": "https://uri.etsi.org/ngsi-ld/default-context/quality"});
        let context = Contexts::new().resolve(Some(&terms)).unwrap();
        let json = json!({"@context": terms, "id": "urn:a:1", "type": "Pegel",
            "stand": {"value": {"stand": 1}, "guete": "ok"}, "plain": {"stand": 2}, "location": [{"value": 1, "guete": {"value": 3}}]});
        let want = json!({"id": "urn:a:1", "type": "Gauge",
            "https://x.example/level": {"value": {"stand": 1}, "quality": "ok"}, "plain": {"stand": 2},
            "location": [{"value": 1, "quality": {"value": 3}}]});
        assert_eq!(expand_names(&json, &context).unwrap(), want);
        assert_eq!(expand_names(&json!([json]), &context).unwrap(), json!([want]));
        assert!(expand_names(&json!({"a-b": 1}), &context).is_err());
        assert!(expand_names(&json!({"stand": 1, "https://x.example/level": 2}), &context).is_err());
        let again = parse_entity(&want, &Contexts::new().resolve(None).unwrap()).unwrap();
        assert_eq!(again.attributes[0].name, *"https://x.example/level");
    }
}
