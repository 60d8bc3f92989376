//! Reads attributes: normalized (4.5.2), concise (4.5.3) or simplified (4.5.4), told apart by their members.

use crate::context::Context;
use crate::error::{ErrorKind, LdError};
use crate::scope::{self, SCOPE};
use crate::sub;
use crate::value::{dataset, join, read, time, unit, value};
use model::{Attribute, AttributeKind, EntityId, Name, Time, Value};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The text that deletes what it is the value of (clause 4.5.0).
pub const NULL: &str = "urn:ngsi-ld:null";
/// Attributes of one entity, with all instances.
const ATTRIBUTES_MAX: usize = 1_024;
/// Nesting of sub-attributes.
const SUB_DEPTH_MAX: usize = 4;

/// How complete an attribute in a request must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patch {
    /// Create, append, replace: a value and nothing that deletes.
    Whole,
    /// Update of attributes: a value, which may be the one that deletes.
    Update,
    /// Partial update and merge: the value may be left out.
    Part,
}

/// An attribute instance as a request gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// Its name.
    pub name: Name,
    /// Which instance.
    pub dataset_id: Option<EntityId>,
    /// Its kind, when the request tells.
    pub kind: Option<AttributeKind>,
    /// Its value; `NULL` in it deletes.
    pub value: Option<Value>,
    /// Its time.
    pub observed_at: Option<Time>,
    /// Its unit.
    pub unit_code: Option<Name>,
    /// Its sub-attributes; `NULL` as a value deletes one.
    pub sub: BTreeMap<Name, Value>,
}

/// The members that hold a value, with the kind that they tell.
const MEMBERS: [(&str, AttributeKind); 7] = [
    ("value", AttributeKind::Property),
    ("object", AttributeKind::Relationship),
    ("languageMap", AttributeKind::LanguageProperty),
    ("vocab", AttributeKind::VocabProperty),
    ("json", AttributeKind::JsonProperty),
    ("valueList", AttributeKind::ListProperty),
    ("objectList", AttributeKind::ListRelationship),
];

/// The member that holds the value of a kind.
pub(crate) fn member(kind: AttributeKind) -> &'static str {
    MEMBERS.iter().find(|(_, k)| *k == kind).map_or("value", |(m, _)| m)
}

/// Whether a member holds a value, in which nothing is a name.
pub(crate) fn is_member(key: &str) -> bool {
    MEMBERS.iter().any(|(m, _)| *m == key)
}

/// The kind by its name.
pub(crate) fn kind_named(name: &str) -> Option<AttributeKind> {
    let name = name.strip_prefix("https://uri.etsi.org/ngsi-ld/").unwrap_or(name);
    if name == "GeoProperty" {
        return Some(AttributeKind::GeoProperty);
    }
    MEMBERS.iter().map(|(_, k)| *k).find(|k| format!("{k:?}") == name)
}

/// Members of an attribute that are no sub-attributes and are not kept: the broker makes them itself.
const MADE: [&str; 4] = ["createdAt", "modifiedAt", "deletedAt", "instanceId"];
/// Members of attributes that cannot be the name of one (clause 4.5.1).
const RESERVED: [&str; 4] = ["datasetId", "instanceId", "observedAt", "unitCode"];
/// Members that no attribute in a request may have.
const FORBIDDEN: [&str; 10] = [
    "@context",
    "previousValue",
    "previousObject",
    "previousLanguageMap",
    "previousVocab",
    "previousJson",
    "previousValueList",
    "previousObjectList",
    "entityIdSealed",
    "entityTypeSealed",
];
/// Members that are kept as they are beside the sub-attributes.
pub(crate) const KEPT: [&str; 2] = ["valueType", "objectType"];

/// Whether the value deletes.
pub(crate) fn is_null(value: &Value) -> bool {
    value.as_str() == Some(NULL)
}

/// Reads all attributes of an entity or fragment.
///
/// # Errors
/// `BadRequestData` naming the member at fault.
pub fn parse_attributes(
    object: &Map<String, Json>,
    context: &Context,
    patch: Patch,
) -> Result<Vec<Parsed>, LdError> {
    let mut all = Vec::with_capacity(object.len());
    for (name, value) in object {
        let own = matches!(name.as_str(), "id" | "type" | "@id" | "@type" | "@context");
        if own || (MADE.contains(&name.as_str()) && name != "instanceId") {
            continue;
        }
        if RESERVED.contains(&name.as_str()) {
            return Err(LdError::bad(name, "a member of attributes and no name of one"));
        }
        if name == SCOPE {
            let deletes = value.as_str() == Some(NULL) && patch != Patch::Whole;
            let value = if deletes { Value::text(NULL) } else { scope::parse(value)? };
            all.push(Parsed {
                kind: Some(AttributeKind::Property),
                value: Some(value),
                ..blank(&Name::new(SCOPE))
            });
            continue;
        }
        if name == "expiresAt" {
            return Err(LdError::new(
                ErrorKind::OperationNotSupported,
                "transient entities (expiresAt) are not supported",
            ));
        }
        all.extend(parse_instances(name, value, context, patch)?);
        if all.len() > ATTRIBUTES_MAX {
            return Err(LdError::bad("", format!("more than {ATTRIBUTES_MAX} attributes")));
        }
    }
    all.sort_by(|a, b| (&a.name, &a.dataset_id).cmp(&(&b.name, &b.dataset_id)));
    if let Some(twice) =
        all.windows(2).find(|w| (&w[0].name, &w[0].dataset_id) == (&w[1].name, &w[1].dataset_id))
    {
        return Err(LdError::bad(twice[0].name.as_str(), "two instances with the same datasetId"));
    }
    Ok(all)
}

/// Reads one attribute: a single instance or a list of them.
///
/// # Errors
/// As `parse_attributes`.
pub fn parse_instances(
    name: &str,
    value: &Json,
    context: &Context,
    patch: Patch,
) -> Result<Vec<Parsed>, LdError> {
    let inner = context.expand(name).map_err(|e| LdError::bad(name, e.detail))?;
    match value {
        Json::Array(items) if !items.is_empty() && items.iter().all(is_attribute) => {
            let each = items.iter().enumerate();
            each.map(|(i, v)| one(&format!("{name}[{i}]"), &inner, v, context, patch, 0)).collect()
        }
        other => one(name, &inner, other, context, patch, 0).map(|p| vec![p]),
    }
}

/// Whether an object is an attribute with members rather than a plain value.
pub(crate) fn is_attribute(value: &Json) -> bool {
    let Json::Object(o) = value else { return false };
    let typed = o.get("type").and_then(Json::as_str).and_then(kind_named).is_some();
    typed || MEMBERS.iter().any(|(m, _)| o.contains_key(*m))
}

/// Reads one instance. `depth` counts sub-attributes.
pub(crate) fn one(
    path: &str,
    name: &Name,
    value: &Json,
    context: &Context,
    patch: Patch,
    depth: usize,
) -> Result<Parsed, LdError> {
    if depth > SUB_DEPTH_MAX {
        return Err(LdError::bad(path, format!("sub-attributes nested deeper than {SUB_DEPTH_MAX}")));
    }
    let metadata_only = |o: &Map<String, Json>| {
        patch == Patch::Part && ["observedAt", "unitCode", "datasetId"].iter().any(|m| o.contains_key(*m))
    };
    match value {
        Json::Object(o) if is_attribute(value) || metadata_only(o) => {
            object(path, name, o, context, patch, depth)
        }
        Json::Object(o) if o.contains_key("type") && !o.contains_key("coordinates") && has_marks(o) => {
            Err(LdError::bad(&format!("{path}.type"), "no kind of attribute"))
        }
        plain => simple(path, name, plain, patch),
    }
}

/// Members that only an attribute has: with them an unknown `type` is a mistake and not a plain value.
fn has_marks(o: &Map<String, Json>) -> bool {
    ["observedAt", "unitCode", "datasetId", "values", "objects"].iter().any(|m| o.contains_key(*m))
        || o.len() == 1
}

fn blank(name: &Name) -> Parsed {
    let (dataset_id, kind, value, observed_at, unit_code) = (None, None, None, None, None);
    Parsed { name: name.clone(), dataset_id, kind, value, observed_at, unit_code, sub: BTreeMap::new() }
}

/// A plain value: its kind follows from it.
fn simple(path: &str, name: &Name, plain: &Json, patch: Patch) -> Result<Parsed, LdError> {
    if plain.is_null() {
        return Err(LdError::bad(path, "null is no value"));
    }
    let value = read(plain, path)?;
    if is_null(&value) && patch == Patch::Whole {
        return Err(LdError::bad(path, format!("{NULL} deletes, and there is nothing to delete here")));
    }
    let made = Attribute::new(name.clone(), value);
    let kind = (!is_null(&made.value)).then_some(made.kind);
    Ok(Parsed { kind, value: Some(made.value), ..blank(name) })
}

fn object(
    path: &str,
    name: &Name,
    o: &Map<String, Json>,
    context: &Context,
    patch: Patch,
    depth: usize,
) -> Result<Parsed, LdError> {
    let mut parsed = blank(name);
    parsed.kind = kind(path, o)?;
    for (key, v) in o {
        let at = join(path, key);
        match key.as_str() {
            "type" => {}
            "observedAt" => parsed.observed_at = Some(time(&at, v)?),
            "unitCode" => match parsed.kind.unwrap_or(AttributeKind::Property) {
                AttributeKind::Property | AttributeKind::ListProperty => {
                    parsed.unit_code = Some(unit(&at, v)?)
                }
                kind => return Err(LdError::bad(&at, format!("not a member of a {kind:?}"))),
            },
            "datasetId" => parsed.dataset_id = dataset(&at, v)?,
            "expiresAt" => {
                return Err(LdError::new(
                    ErrorKind::OperationNotSupported,
                    format!("{at}: transient attributes are not supported"),
                ));
            }
            k if MADE.contains(&k) => {}
            k if FORBIDDEN.contains(&k) => {
                return Err(LdError::bad(&at, "not a member of an attribute in a request"));
            }
            "valueType" if parsed.kind == Some(AttributeKind::LanguageProperty) && v != "langString" => {
                return Err(LdError::bad(&at, "must be langString"));
            }
            k if KEPT.contains(&k) => {
                let words = v.is_string() || v.as_array().is_some_and(|a| a.iter().all(Json::is_string));
                if !words {
                    return Err(LdError::bad(&at, "neither a text nor a list of texts"));
                }
                parsed.sub.insert(Name::new(k), read(v, &at)?);
            }
            k if MEMBERS.iter().any(|(m, _)| *m == k) => {
                let kind = parsed.kind.unwrap_or(AttributeKind::Property);
                if k != member(kind) {
                    return Err(LdError::bad(&at, format!("not a member of a {kind:?}")));
                }
                parsed.value = Some(value(&at, kind, v, patch)?);
            }
            _ => {
                let inner = context.expand(key).map_err(|e| LdError::bad(&at, e.detail))?;
                parsed.sub.insert(inner.clone(), sub::parse(&at, &inner, v, context, patch, depth + 1)?);
            }
        }
    }
    if parsed.value.is_none() && patch != Patch::Part {
        let wanted = member(parsed.kind.unwrap_or(AttributeKind::Property));
        return Err(LdError::bad(path, format!("{wanted} is missing")));
    }
    Ok(parsed)
}

/// The kind by `type`, else by the member that holds the value; a geometry in `value` is a GeoProperty.
fn kind(path: &str, o: &Map<String, Json>) -> Result<Option<AttributeKind>, LdError> {
    match o.get("type") {
        Some(Json::String(t)) => kind_named(t)
            .map(Some)
            .ok_or_else(|| LdError::bad(&join(path, "type"), format!("no kind of attribute: {t}"))),
        Some(_) => Err(LdError::bad(&join(path, "type"), "not a text")),
        None => {
            let told = MEMBERS.iter().find(|(m, _)| o.contains_key(*m)).map(|(_, k)| *k);
            let geo = o
                .get("value")
                .and_then(Json::as_object)
                .is_some_and(|v| v.contains_key("type") && v.contains_key("coordinates"));
            Ok(if geo { Some(AttributeKind::GeoProperty) } else { told })
        }
    }
}

impl Parsed {
    /// Whether the request deletes this instance.
    #[must_use]
    pub fn deletes(&self) -> bool {
        self.value.as_ref().is_some_and(is_null)
    }

    /// The attribute, when it stands for itself. None without a value, or when its value deletes.
    #[must_use]
    pub fn whole(&self) -> Option<Attribute> {
        let value = self.value.clone().filter(|v| !is_null(v))?;
        let sub: BTreeMap<Name, Value> =
            self.sub.iter().filter(|(_, v)| !is_null(v)).map(|(k, v)| (k.clone(), v.clone())).collect();
        Some(Attribute {
            name: self.name.clone(),
            dataset_id: self.dataset_id.clone(),
            kind: self.kind.unwrap_or(AttributeKind::Property),
            value,
            observed_at: self.observed_at,
            unit_code: self.unit_code.clone(),
            sub: (!sub.is_empty()).then(|| Box::new(sub)),
            seq: 0,
        })
    }

    /// The attribute that this makes of the one that is there; `deep` merges objects in the value (5.6.17)
    /// instead of replacing it (5.6.4).
    ///
    /// # Errors
    /// `BadRequestData` when the kind would change.
    pub fn onto(&self, old: &Attribute, deep: bool) -> Result<Attribute, LdError> {
        if self.kind.is_some_and(|k| k != old.kind) && !deep {
            return Err(LdError::bad(
                self.name.as_str(),
                format!("is a {:?} and cannot become another kind", old.kind),
            ));
        }
        let mut new = old.clone();
        let same_kind = self.kind.is_none_or(|k| k == old.kind);
        new.kind = self.kind.unwrap_or(old.kind);
        if let Some(value) = &self.value {
            new.value = if deep && same_kind { merged(&old.value, value) } else { value.clone() };
        }
        new.observed_at =
            self.observed_at.or(if self.value.is_some() && deep { None } else { old.observed_at });
        new.unit_code = self.unit_code.clone().or_else(|| old.unit_code.clone());
        let mut sub = old.sub.as_deref().cloned().unwrap_or_default();
        for (name, value) in &self.sub {
            match is_null(value) {
                true => sub.remove(name),
                false => sub.insert(name.clone(), value.clone()),
            };
        }
        new.sub = (!sub.is_empty()).then(|| Box::new(sub));
        Ok(new)
    }
}

/// RFC 7396 over values, `NULL` for null.
fn merged(old: &Value, new: &Value) -> Value {
    let (Value::Map(old), Value::Map(new)) = (old, new) else { return new.clone() };
    let mut all = (**old).clone();
    for (key, value) in new.iter() {
        if is_null(value) {
            all.remove(key);
        } else {
            let value = all.get(key).map_or_else(|| value.clone(), |o| merged(o, value));
            all.insert(key.clone(), value);
        }
    }
    Value::Map(Arc::new(all))
}

#[cfg(test)]
mod tests;
