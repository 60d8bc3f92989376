//! Reads entities and fragments of entities (clauses 5.2.4 and 5.4).

use crate::attribute::{Parsed, Patch, parse_attributes};
use crate::context::Context;
use crate::error::LdError;
use model::{Attribute, EntityId, Name};
use serde_json::{Map, Value as Json};

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
    json.as_object().ok_or_else(|| LdError::bad("", "not an object"))
}

fn id(o: &Map<String, Json>) -> Result<Option<EntityId>, LdError> {
    match o.get("id").or_else(|| o.get("@id")) {
        None => Ok(None),
        Some(Json::String(text)) => EntityId::checked(text).map(Some).map_err(|e| LdError::bad("id", e)),
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
}
