//! Writes entities in one of the three representations.

use crate::attribute::{KEPT, member};
use crate::context::Context;
use crate::form::{Form, Shape};
use crate::sub;
use model::{Attribute, AttributeKind, Entity, Name, Value};
use serde_json::{Map, Value as Json, json};

/// Writes an entity. The names are those of the context; `@context` itself is added by whoever answers
/// `application/ld+json`. With `sys_attrs` an attribute has `modifiedAt` when it was the last to change:
/// of older ones the time is in their commit and not in the entity.
#[must_use]
pub fn render_entity(entity: &Entity, context: &Context, shape: &Shape) -> Json {
    let mut o = Map::new();
    o.insert("id".into(), Json::String(entity.id().to_string()));
    let mut types = entity.types.iter().map(|t| Json::String(context.compact(t)));
    o.insert(
        "type".into(),
        if types.len() == 1 { types.next().unwrap_or_default() } else { types.collect() },
    );
    let mut rest = &entity.attributes[..];
    while let Some(first) = rest.first() {
        let count = rest.iter().take_while(|a| a.name == first.name).count();
        let (instances, after) = rest.split_at(count);
        rest = after;
        let json = if first.name == *"scope" {
            first.value.to_json()
        } else {
            let each = instances.iter().map(|a| (a, one(a, entity, context, shape, count == 1)));
            several(each.collect(), shape.form)
        };
        o.insert(context.compact(&first.name), json);
    }
    if shape.sys_attrs {
        o.insert("createdAt".into(), Json::String(entity.created_at.rfc3339()));
        o.insert("modifiedAt".into(), Json::String(entity.modified_at.rfc3339()));
    }
    Json::Object(o)
}

/// One instance stands alone, several as a list or, simplified, under `dataset`.
fn several(mut each: Vec<(&Attribute, Json)>, form: Form) -> Json {
    if let [(only, json)] = &mut each[..]
        && (form != Form::Simplified || only.dataset_id.is_none())
    {
        return json.take();
    }
    if form == Form::Simplified {
        let key =
            |a: &Attribute| a.dataset_id.as_ref().map_or_else(|| "@none".to_owned(), ToString::to_string);
        let all: Map<String, Json> = each.into_iter().map(|(a, j)| (key(a), j)).collect();
        return json!({ "dataset": all });
    }
    each.into_iter().map(|(_, j)| j).collect()
}

/// `alone` when it is the only instance: only then can its value stand for it in concise form.
fn one(a: &Attribute, entity: &Entity, context: &Context, shape: &Shape, alone: bool) -> Json {
    let spoken = spoken(a, shape);
    let (kind, value) = match &spoken {
        Some((_, words)) => (AttributeKind::Property, words.clone()),
        None => (a.kind, value(a.kind, &a.value, shape.form)),
    };
    if shape.form == Form::Simplified {
        return simplified(kind, value);
    }
    let mut o = Map::new();
    if shape.form == Form::Normalized {
        o.insert("type".into(), Json::String(format!("{kind:?}")));
    }
    o.insert(member(kind).into(), value);
    if let Some((lang, _)) = spoken {
        o.insert("lang".into(), Json::String(lang));
    }
    if let Some(at) = a.observed_at {
        o.insert("observedAt".into(), Json::String(at.rfc3339()));
    }
    if let Some(unit) = &a.unit_code {
        o.insert("unitCode".into(), Json::String(unit.to_string()));
    }
    if let Some(id) = &a.dataset_id {
        o.insert("datasetId".into(), Json::String(id.to_string()));
    }
    for (name, value) in a.sub.iter().flat_map(|s| s.iter()) {
        o.insert(context.compact(name), below(name, value, context, shape.form));
    }
    if shape.sys_attrs && a.seq == entity.version {
        o.insert("modifiedAt".into(), Json::String(entity.modified_at.rfc3339()));
    }
    let plain = |v: &Json| match kind {
        AttributeKind::GeoProperty => true,
        AttributeKind::Property => {
            !v.is_object() && !v.as_str().is_some_and(|t| t.starts_with("urn:ngsi-ld:"))
        }
        _ => false,
    };
    match o.get("value") {
        Some(value) if alone && o.len() == 1 && shape.form == Form::Concise && plain(value) => value.clone(),
        _ => Json::Object(o),
    }
}

/// The text of a LanguageProperty in the language asked for, else in none, else in its first.
fn spoken(a: &Attribute, shape: &Shape) -> Option<(String, Json)> {
    let (lang, Value::Map(map)) = (shape.lang.as_deref()?, &a.value) else { return None };
    if a.kind != AttributeKind::LanguageProperty {
        return None;
    }
    let near = |tag: &Name| tag.as_str().split('-').next() == lang.split('-').next();
    let found = map.get_key_value(lang);
    let found = found.or_else(|| map.iter().find(|(t, _)| near(t))).or_else(|| map.get_key_value("@none"));
    found.or_else(|| map.iter().next()).map(|(t, v)| (t.to_string(), v.to_json()))
}

fn value(kind: AttributeKind, value: &Value, form: Form) -> Json {
    match (kind, form) {
        (AttributeKind::ListRelationship, Form::Normalized | Form::Concise) => {
            value.items().iter().map(|id| json!({ "object": id.to_json() })).collect()
        }
        _ => value.to_json(),
    }
}

fn simplified(kind: AttributeKind, value: Json) -> Json {
    match kind {
        AttributeKind::Property | AttributeKind::GeoProperty | AttributeKind::Relationship => value,
        kind => Json::Object(Map::from_iter([(member(kind).to_owned(), value)])),
    }
}

/// A sub-attribute; one that is kept as its value gets its type back.
fn below(name: &Name, kept: &Value, context: &Context, form: Form) -> Json {
    if KEPT.contains(&name.as_str()) {
        return kept.to_json();
    }
    match (sub::kind_of(kept), kept) {
        ((kind, true), Value::Map(map)) => {
            let mut o = Map::new();
            for (key, v) in map.iter() {
                let json = match key.as_str() {
                    "type" if form == Form::Concise => continue,
                    "type" | "observedAt" | "unitCode" | "datasetId" => v.to_json(),
                    k if k == member(kind) => value(kind, v, form),
                    _ => below(key, v, context, form),
                };
                o.insert(context.compact(key), json);
            }
            Json::Object(o)
        }
        ((AttributeKind::Property | AttributeKind::GeoProperty, _), v) if form == Form::Concise => {
            v.to_json()
        }
        ((kind, _), v) if form == Form::Concise => json!({ member(kind): v.to_json() }),
        ((kind, _), v) => json!({ "type": format!("{kind:?}"), member(kind): v.to_json() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Contexts;
    use crate::entity::parse_entity;
    use model::{EntityKey, Time};

    fn entity(json: &Json) -> Entity {
        let draft = parse_entity(json, &Contexts::new().resolve(None).unwrap()).unwrap();
        Entity {
            key: EntityKey::city(draft.id),
            types: draft.types,
            attributes: draft.attributes,
            created_at: Time(0),
            modified_at: Time(1_000_000),
            version: 0,
        }
    }

    fn shown(json: &Json, form: Form) -> Json {
        let shape = Shape { form, ..Shape::default() };
        render_entity(&entity(json), &Contexts::new().resolve(None).unwrap(), &shape)
    }

    fn full() -> Json {
        json!({
            "id": "urn:ngsi-ld:Gauge:1", "type": "Gauge",
            "flow": [{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:d:2"}],
            "level": {"type": "Property", "value": 3.5, "observedAt": "2026-07-06T12:00:00Z", "unitCode": "MTR",
                "by": {"type": "Relationship", "object": "urn:ngsi-ld:B:1"},
                "error": {"type": "Property", "value": 0.1, "unitCode": "MTR"},
                "quality": {"type": "Property", "value": "valid"}},
            "list": {"type": "ListRelationship", "objectList": [{"object": "urn:b:1"}]},
            "owner": {"type": "Relationship", "object": "urn:ngsi-ld:B:1"},
            "place": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [117.25, 28.5]}},
            "scope": "/city/water",
            "title": {"type": "LanguageProperty", "languageMap": {"en": "gauge", "zh-Hans": "水尺"}},
            "urn": {"type": "Property", "value": "urn:ngsi-ld:B:1"},
            "word": {"type": "VocabProperty", "vocab": "open"},
        })
    }

    #[test]
    fn every_form_comes_back_as_the_same_entity() {
        assert_eq!(shown(&full(), Form::Normalized), full());
        let concise = shown(&full(), Form::Concise);
        assert_eq!(concise["owner"], json!({"object": "urn:ngsi-ld:B:1"}));
        assert_eq!(concise["place"], json!({"type": "Point", "coordinates": [117.25, 28.5]}));
        assert_eq!(concise["level"]["quality"], "valid");
        assert_eq!(shown(&concise, Form::Normalized), full());
    }

    #[test]
    fn simplified_is_values_alone() {
        assert_eq!(
            shown(&full(), Form::Simplified),
            json!({
                "id": "urn:ngsi-ld:Gauge:1", "type": "Gauge",
                "flow": {"dataset": {"@none": 1, "urn:d:2": 2}},
                "level": 3.5,
                "list": {"objectList": ["urn:b:1"]},
                "owner": "urn:ngsi-ld:B:1",
                "place": {"type": "Point", "coordinates": [117.25, 28.5]},
                "scope": "/city/water",
                "title": {"languageMap": {"en": "gauge", "zh-Hans": "水尺"}},
                "urn": "urn:ngsi-ld:B:1",
                "word": {"vocab": "open"},
            })
        );
    }

    #[test]
    fn a_language_is_chosen_and_system_times_are_on_demand() {
        let context = Contexts::new().resolve(None).unwrap();
        let get = |lang: &str, form| {
            let shape = Shape { form, sys_attrs: true, lang: Some(lang.to_owned()) };
            render_entity(&entity(&full()), &context, &shape)
        };
        assert_eq!(get("zh", Form::Simplified)["title"], "水尺");
        let title = &get("fr", Form::Normalized)["title"];
        assert_eq!(
            (&title["type"], &title["value"], &title["lang"]),
            (&json!("Property"), &json!("gauge"), &json!("en"))
        );
        let all = get("en", Form::Normalized);
        assert_eq!(
            (all["createdAt"].as_str(), all["modifiedAt"].as_str()),
            (Some("1970-01-01T00:00:00Z"), Some("1970-01-01T00:00:01Z"))
        );
        assert_eq!(all["level"]["modifiedAt"], "1970-01-01T00:00:01Z");
    }
}
