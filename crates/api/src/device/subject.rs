//! What a new device measures: named by whoever registers it, or made with the device's name.

use crate::public::sight::Sight;
use crate::{City, Problem};
use access::Principal;
use axum::http::StatusCode;
use gateway::directory::Directory;
use gateway::thing::ThingModel;
use model::{EntityId, Name, Value};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use store::{Condition, Select, State};

/// The Thing Model of an id for a protocol.
///
/// # Errors
/// 400 when there is none, or it is for another protocol.
pub(super) fn model(state: &State, id: &str, protocol: &str) -> Result<Arc<ThingModel>, Problem> {
    let found = Directory::default().models(state).get(id).cloned();
    let found =
        found.ok_or_else(|| Problem::invalid("thing_model", "没有这个物模型", "no such Thing Model"))?;
    if found.protocol.word() == protocol {
        return Ok(found);
    }
    Err(Problem::invalid("thing_model", "物模型的协议与设备不同", "the Thing Model has another protocol"))
}

/// The name of a new thing: a text, or one in each language.
///
/// # Errors
/// 400 when it is empty, too long or of another form.
pub(super) fn name(json: &Json) -> Result<Json, Problem> {
    let word = |j: &Json| {
        j.as_str().map(str::trim).filter(|t| !t.is_empty() && t.chars().count() <= 100).map(str::to_owned)
    };
    let both = match json {
        Json::Object(o) => o
            .get("zh")
            .and_then(word)
            .map(|zh| (o.get("en").and_then(word).unwrap_or_else(|| zh.clone()), zh)),
        one => word(one).map(|t| (t.clone(), t)),
    };
    match both {
        Some((en, zh)) => Ok(json!({ "zh": zh, "en": en })),
        None => Err(Problem::invalid(
            "name",
            "请写名称，最多 100 字",
            "a name of at most 100 characters is needed",
        )),
    }
}

/// The id of what a device measures. When nothing is named, an entity of the Thing Model's type is made with the
/// device's name; one that was made before for the same login and has no device is taken.
///
/// # Errors
/// 400 when the model has no type of which one could be made; 403 without the right to make it; 409 when it is
/// measured by another device.
pub(super) async fn subject(
    city: &City,
    who: &Arc<Principal>,
    model: &ThingModel,
    login: &str,
    name: &Json,
) -> Result<String, Problem> {
    let Some(kind) = &model.kind else {
        return Err(Problem::invalid("subject", "请说明这台设备测的是什么", "say what the device measures"));
    };
    let id = EntityId::new(format!("urn:ngsi-ld:{kind}:{}", safe(login)));
    let sight = Sight::of(city, who)?;
    if sight.snapshot.state.city(id.as_str()).is_some() {
        if measured(&sight.snapshot.state, &id) {
            let (zh, en) = (format!("{id} 已由别的设备测量"), format!("{id} is measured by another device"));
            return Err(Problem::new(StatusCode::CONFLICT, Some("subject"), zh, en));
        }
        return Ok(id.to_string());
    }
    let entity = json!({ "id": id, "type": kind, "name": { "type": "Property", "value": name } });
    city.submit(who, "broker.create", json!({ "entity": entity }), None, vec![]).await?;
    Ok(id.to_string())
}

fn measured(state: &State, subject: &EntityId) -> bool {
    let mut select = Select::city(gateway::DEVICE, 16);
    select.conditions = vec![Condition::Equals(Name::new("subject"), Value::Id(subject.clone()))];
    state.select(&select).is_ok_and(|page| page.entities.iter().any(|d| d.text("state") != Some("retired")))
}

/// A login as the last part of an id.
fn safe(login: &str) -> String {
    let mut out = String::with_capacity(login.len());
    for byte in login.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("~{byte:02x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_one_or_two_languages() {
        assert_eq!(name(&json!(" 仪 ")).unwrap(), json!({ "zh": "仪", "en": "仪" }));
        assert_eq!(
            name(&json!({ "zh": "仪", "en": "Gauge" })).unwrap(),
            json!({ "zh": "仪", "en": "Gauge" })
        );
        for bad in [json!(""), json!("  "), json!(5), json!({ "en": "Gauge" }), json!("a".repeat(101))] {
            assert_eq!(name(&bad).unwrap_err().field.as_deref(), Some("name"), "{bad}");
        }
        assert_eq!(safe("a:b/1"), "a~3ab~2f1");
    }
}
