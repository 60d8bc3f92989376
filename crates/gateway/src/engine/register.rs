//! `gateway.register`, `gateway.approve`, `gateway.retire` and `gateway.secrets`: the register of devices.

use super::form::{attributes, city_only, digest, id, invalid, json, missing, text};
use super::hold::{find, secret_change, secret_key};
use super::{DEVICE, SECRET};
use crate::protocol::mqtt::topic::valid_login;
use door::{Command, Decision, Moment, Refusal, RefusalKind, packs};
use model::{Attribute, Change, EntityId, EntityKey, Name, Value};
use serde_json::Value as Json;

/// Fields of a device that its registration may set.
const FIELDS: [&str; 8] =
    ["name", "thing_model", "subject", "body", "firm", "area", "location", "promise_minutes"];
/// Most secrets in one command.
const SECRETS_MAX: usize = 5_000;

/// Registers a device that has not been seen yet.
pub fn register(at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
    let body = json(command)?;
    let (login, protocol) = (text(body, "login", 64)?, text(body, "protocol", 8)?);
    let digest = digest(body, "digest")?;
    let (device, change) = device(at, body, protocol, login)?;
    let mut changes = vec![change];
    changes.extend(secret_change(at, &device, digest));
    Ok(Decision { answer: serde_json::json!({ "id": device }), ..Decision::governed(changes) })
}

/// Approves a held sender. A sender that was unknown becomes a device; one whose password was wrong keeps its
/// registration. Either way the password that it sent is the right one from now on.
pub fn approve(at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
    let held = find(at, command)?;
    let body = json(command)?;
    let (login, protocol) =
        (held.text("login").unwrap_or_default(), held.text("protocol").unwrap_or_default());
    let mut changes = Vec::new();
    let device = match find_device(at, protocol, login) {
        Some(device) => device,
        None => {
            let (device, change) = device(at, body, protocol, login)?;
            changes.push(change);
            device
        }
    };
    let offered = EntityKey::city(secret_key(held.id()));
    let offered = at.state.get(&offered).and_then(|e| e.text("digest"));
    match body.get("digest").filter(|d| !d.is_null()) {
        Some(_) => changes.extend(secret_change(at, &device, digest(body, "digest")?)),
        None => {
            let Some(offered) = offered else {
                return Err(invalid(
                    "digest",
                    "设备没有带口令，请先设定密钥",
                    "the device sent no password; set a secret",
                ));
            };
            changes.extend(secret_change(at, &device, offered));
        }
    }
    let decided = vec![
        Attribute::new("state", Value::text("approved")),
        Attribute::new("device", Value::Id(device.clone())),
    ];
    changes.push(Change::Set { key: held.key.clone(), attributes: decided });
    Ok(Decision { answer: serde_json::json!({ "id": device }), ..Decision::governed(changes) })
}

/// Takes a device out of service; its history stays.
pub fn retire(at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
    let id = id(json(command)?, "device")?;
    let device = at.state.city(id.as_str()).filter(|e| e.kind() == DEVICE && command.permit.sees(e));
    let Some(device) = device else { return Err(missing("device", "没有这台设备", "no such device")) };
    let attributes = vec![Attribute::new("state", Value::text("retired"))];
    let mut changes = vec![Change::Set { key: device.key.clone(), attributes }];
    let secret = EntityKey::city(secret_key(&id));
    if at.state.get(&secret).is_some_and(|e| e.kind() == SECRET) {
        changes.push(Change::Delete { key: secret });
    }
    Ok(Decision::governed(changes))
}

/// Sets the digests of many devices, at the first start of a city.
pub fn secrets(at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
    city_only(command)?;
    let Some(Json::Array(rows)) = json(command)?.get("secrets") else {
        return Err(invalid("secrets", "缺少这一项", "is missing"));
    };
    if rows.len() > SECRETS_MAX {
        return Err(invalid("secrets", "一次最多 5000 个", "at most 5000 at once"));
    }
    let mut changes = Vec::with_capacity(rows.len());
    for (n, row) in rows.iter().enumerate() {
        let device = id(row, "device")?;
        if at.state.city(device.as_str()).is_none_or(|e| e.kind() != DEVICE) {
            return Err(missing(&format!("secrets[{n}].device"), "没有这台设备", "no such device"));
        }
        changes.extend(secret_change(at, &device, digest(row, "digest")?));
    }
    Ok(Decision::governed(changes))
}

fn device(at: &Moment<'_>, body: &Json, protocol: &str, login: &str) -> Result<(EntityId, Change), Refusal> {
    if !valid_login(login) {
        return Err(invalid(
            "login",
            "只能有字母、数字和 _ - . :",
            "may hold letters, figures and _ - . : only",
        ));
    }
    if !matches!(protocol, "hj212" | "mqtt" | "http") {
        return Err(invalid("protocol", "只能是 hj212、mqtt、http", "must be hj212, mqtt or http"));
    }
    if find_device(at, protocol, login).is_some() {
        return Err(Refusal::new(
            RefusalKind::Conflict,
            "login",
            "这个编号已经登记",
            "this number is registered already",
        ));
    }
    let thing = text(body, "thing_model", 128)?;
    let model = packs::section(at.state, "things")
        .iter()
        .filter_map(|file| crate::thing::ThingModel::parse(&file.text).ok())
        .find(|model| model.id == thing)
        .ok_or_else(|| missing("thing_model", "没有这个物模型", "no such Thing Model"))?;
    if model.protocol.word() != protocol {
        return Err(invalid("thing_model", "物模型的协议与设备不同", "the Thing Model has another protocol"));
    }
    let subject = id(body, "subject")?;
    let Some(subject) = at.state.city(subject.as_str()) else {
        return Err(missing("subject", "所测的对象不存在", "what it measures does not exist"));
    };
    if model.kind.as_ref().is_some_and(|kind| !subject.types.contains(kind)) {
        return Err(invalid(
            "subject",
            "所测对象的类型与物模型不同",
            "what it measures is of another type than the Thing Model's",
        ));
    }
    let mut attributes = attributes(body, &FIELDS)?;
    // What the form leaves open follows what is measured.
    for field in ["name", "body", "firm", "area", "location", "promise_minutes"] {
        if attributes.iter().all(|a| a.name != field)
            && let Some(of_subject) = subject.attribute(field)
        {
            attributes.push(Attribute::new(field, of_subject.value.clone()));
        }
    }
    for (field, word) in
        [("login", login), ("protocol", protocol), ("state", "registered"), ("connection", "disconnected")]
    {
        attributes.push(Attribute::new(field, Value::text(word)));
    }
    let id = EntityId::new(format!("urn:ngsi-ld:Device:{protocol}-{}", login.replace(':', "~3a")));
    let change =
        Change::Create { key: EntityKey::city(id.clone()), types: vec![Name::new(DEVICE)], attributes };
    Ok((id, change))
}

/// The device of a protocol with a login, retired ones left out.
pub fn find_device(at: &Moment<'_>, protocol: &str, login: &str) -> Option<EntityId> {
    crate::directory::find(at.state, protocol, login)
        .filter(|e| e.text("state") != Some("retired"))
        .map(|e| e.id().clone())
}
