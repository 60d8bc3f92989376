//! `gateway.hold` and `gateway.refuse`: senders that nobody knows wait for a person's decision.

use super::form::{city_only, digest, id, invalid, json, missing, text};
use super::{HELD, SECRET};
use crate::secret::secret_id;
use door::{Command, Decision, Moment, Refusal, RefusalKind};
use model::{Attribute, Change, Entity, EntityId, EntityKey, Name, Value};
use serde_json::Value as Json;
use std::sync::Arc;

/// Most senders on the list; beyond it they are counted only.
const HELD_MAX: usize = 1_000;

/// The entity of a held sender.
pub fn held_id(protocol: &str, login: &str) -> EntityId {
    // Logins are printable ASCII; what a URI must not hold is written as hexadecimal.
    let mut safe = String::with_capacity(login.len());
    for byte in login.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            safe.push(char::from(byte));
        } else {
            safe.push_str(&format!("~{byte:02x}"));
        }
    }
    EntityId::new(format!("urn:ngsi-ld:HeldDevice:{protocol}:{safe}"))
}

/// Puts a sender on the list, or counts it there. One that a person refused stays refused.
pub fn hold(at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
    city_only(command)?;
    let body = json(command)?;
    let (login, protocol) = (text(body, "login", 64)?, text(body, "protocol", 8)?);
    let reason = text(body, "reason", 16)?;
    if !matches!(reason, "unknown" | "wrong_password") {
        return Err(invalid(
            "reason",
            "只能是 unknown 或 wrong_password",
            "must be unknown or wrong_password",
        ));
    }
    let key = EntityKey::city(held_id(protocol, login));
    let before = at.state.get(&key);
    if before.is_none() && at.state.count(HELD) >= HELD_MAX {
        return Err(Refusal::new(RefusalKind::Slow, "", "待批设备已满 1000 台", "1000 devices wait already"));
    }
    let frames = body.get("frames").and_then(Json::as_f64).unwrap_or(1.0).clamp(1.0, 1e9);
    let refused = before.is_some_and(|e| e.text("state") == Some("refused"));
    let total = before.and_then(|e| e.number("frames")).unwrap_or(0.0) + frames;
    let mut attributes = vec![
        Attribute::new("last_seen", Value::Time(at.now)),
        Attribute::new("frames", Value::Number(total)),
        Attribute::new("reason", Value::text(reason)),
    ];
    for field in ["peer", "sample"] {
        if let Some(word) = body.get(field).and_then(Json::as_str) {
            attributes.push(Attribute::new(field, Value::text(word.chars().take(5000).collect::<String>())));
        }
    }
    if !refused {
        attributes.push(Attribute::new("state", Value::text("held")));
    }
    let mut changes = vec![match before {
        Some(_) => Change::Set { key: key.clone(), attributes },
        None => {
            attributes.push(Attribute::new("login", Value::text(login)));
            attributes.push(Attribute::new("protocol", Value::text(protocol)));
            attributes.push(Attribute::new("first_seen", Value::Time(at.now)));
            Change::Create { key: key.clone(), types: vec![Name::new(HELD)], attributes }
        }
    }];
    if body.get("digest").is_some_and(|d| !d.is_null()) {
        changes.extend(secret_change(at, &key.id, digest(body, "digest")?));
    }
    Ok(Decision { answer: serde_json::json!({ "id": key.id }), ..Decision::governed(changes) })
}

/// A person decides that a sender shall not come in.
pub fn refuse(at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
    let held = find(at, command)?;
    let attributes = vec![Attribute::new("state", Value::text("refused"))];
    Ok(Decision::governed(vec![Change::Set { key: held.key.clone(), attributes }]))
}

/// The held sender that a command speaks of, when the permit opens it and it still waits.
pub fn find(at: &Moment<'_>, command: &Command) -> Result<Arc<Entity>, Refusal> {
    let id = id(json(command)?, "held")?;
    let held = at.state.city(id.as_str()).filter(|e| e.kind() == HELD && command.permit.sees(e));
    let Some(held) = held else {
        return Err(missing("held", "没有这台待批设备", "no such held device"));
    };
    if held.text("state") == Some("approved") {
        return Err(Refusal::new(RefusalKind::Conflict, "held", "已经批准过", "has been approved already"));
    }
    Ok(held.clone())
}

/// The change that makes a digest the one of a device or of a held sender; none when it is already.
pub fn secret_change(at: &Moment<'_>, of: &EntityId, digest: &str) -> Option<Change> {
    let key = EntityKey::city(secret_key(of));
    if at.state.get(&key).is_some_and(|e| e.text("digest") == Some(digest)) {
        return None;
    }
    let attributes = vec![
        Attribute::new("device", Value::Id(of.clone())),
        Attribute::new("digest", Value::text(digest)),
        Attribute::new("made_at", Value::Time(at.now)),
    ];
    Some(Change::Create { key, types: vec![Name::new(SECRET)], attributes })
}

/// Where the digest of a device or of a held sender stands: their last parts could be the same.
pub fn secret_key(of: &EntityId) -> EntityId {
    if of.as_str().starts_with("urn:ngsi-ld:HeldDevice:") {
        EntityId::new(format!("urn:ngsi-ld:DeviceSecret:held:{}", crate::secret::slug(of.as_str())))
    } else {
        secret_id(of)
    }
}
