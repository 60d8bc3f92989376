//! `gateway.connections`: which devices are connected, many in one batch.

use super::DEVICE;
use super::form::{city_only, invalid, json};
use door::{Command, Decision, Moment, Refusal};
use model::{Attribute, Change, Class, Entity, EntityKey, Value};
use serde_json::Value as Json;
use store::State;

/// Most devices in one batch.
pub const DEVICES_MAX: usize = 5_000;
const CONNECTED: &str = "connected";
const DISCONNECTED: &str = "disconnected";

/// Sets the attribute `connection` where it differs.
pub fn decide(at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
    city_only(command)?;
    let body = json(command)?;
    let mut changes = Vec::new();
    if let Some(word) = body.get("all").and_then(Json::as_str) {
        let word = state_word(word)?;
        changes
            .extend(at.state.all(DEVICE).take(DEVICES_MAX * 4).filter_map(|device| change(at, device, word)));
    }
    if let Some(Json::Object(devices)) = body.get("devices") {
        if devices.len() > DEVICES_MAX {
            return Err(invalid("devices", "一次最多 5000 台", "at most 5000 at once"));
        }
        for (id, word) in devices {
            let word = state_word(word.as_str().unwrap_or_default())?;
            let device = at.state.city(id).filter(|e| e.kind() == DEVICE);
            changes.extend(device.and_then(|device| change(at, device, word)));
        }
    }
    Ok(Decision { class: Class::Telemetry, ..Decision::governed(changes) })
}

/// Whether any device stands as connected.
pub fn any(state: &State) -> bool {
    state.all(DEVICE).any(|device| device.text("connection") == Some(CONNECTED))
}

fn state_word(word: &str) -> Result<&'static str, Refusal> {
    match word {
        CONNECTED => Ok(CONNECTED),
        DISCONNECTED => Ok(DISCONNECTED),
        _ => Err(invalid("devices", "只能是 connected 或 disconnected", "must be connected or disconnected")),
    }
}

fn change(at: &Moment<'_>, device: &Entity, word: &'static str) -> Option<Change> {
    if device.text("connection") == Some(word) {
        return None;
    }
    let attribute = Attribute::new("connection", Value::text(word)).observed(at.now);
    Some(Change::Set { key: EntityKey::city(device.id().clone()), attributes: vec![attribute] })
}
