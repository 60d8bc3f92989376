//! `gateway.observe`: what a device said becomes attributes of what it measures.

use super::DEVICE;
use super::form::{invalid, missing};
use door::{Body, Command, Decision, Moment, Refusal, RefusalKind};
use model::{Attribute, Change, Class, Entity, EntityKey, Name, Observation, Quality, Time, Value};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most observations of one frame.
const OBSERVATIONS_MAX: usize = 512;

/// Only the device itself may observe, only what it is registered for, and never twice the same. The city's own
/// parts (a demonstration that fills in the hours before) may observe any entity.
pub fn decide(at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
    let Body::Observed { observations, frame } = &command.body else {
        return Err(invalid("body", "应为观测值", "must be observations"));
    };
    if observations.len() > OBSERVATIONS_MAX {
        return Err(invalid(
            "observations",
            "一帧最多 512 个观测值",
            "at most 512 observations in one frame",
        ));
    }
    let device = if command.permit.is_city() { None } else { Some(device(at, command)?) };
    if let Some(device) = device {
        let subject = device.object("subject").unwrap_or(device.id());
        if observations.iter().any(|o| o.entity != *subject) {
            return Err(forbidden(
                "entity",
                "设备只能上报它所测的对象",
                "a device observes its own subject only",
            ));
        }
        if frame.as_ref().is_some_and(|frame| frame.device != *device.id()) {
            return Err(forbidden("frame", "报文不是本设备的", "the frame is another device's"));
        }
    }
    let mut changes = Vec::new();
    for group in observations.chunk_by(|a, b| a.entity == b.entity) {
        changes.extend(set(at, group)?);
    }
    let nothing_new = changes.is_empty() && !observations.is_empty();
    if let (Some(device), Some(newest)) = (device, observations.iter().map(|o| o.observed_at).max())
        && !nothing_new
        && device.object("subject").is_some_and(|subject| subject != device.id())
    {
        changes.push(Change::Set { key: device.key.clone(), attributes: vec![last_report(newest, at.now)] });
    }
    let frame = if nothing_new { None } else { frame.clone() };
    Ok(Decision { changes, class: Class::Telemetry, pack: None, frame, answer: Json::Null })
}

/// The registered device that gives the command.
fn device<'a>(at: &Moment<'a>, command: &Command) -> Result<&'a Arc<Entity>, Refusal> {
    let principal = command.permit.principal();
    let device =
        at.state.city(principal.id.as_str()).filter(|e| e.kind() == DEVICE && principal.via == "device");
    let Some(device) = device else {
        return Err(missing("device", "设备未登记", "the device is not registered"));
    };
    if device.text("state") != Some("registered") {
        return Err(forbidden("state", "设备已停用", "the device is not in service"));
    }
    Ok(device)
}

/// What observations of one entity change; nothing when all of it is known already.
fn set(at: &Moment<'_>, observations: &[Observation]) -> Result<Option<Change>, Refusal> {
    let Some(first) = observations.first() else { return Ok(None) };
    let Some(subject) = at.state.city(first.entity.as_str()) else {
        return Err(missing("subject", "设备所测的对象不存在", "what the device measures does not exist"));
    };
    let mut attributes: Vec<Attribute> = Vec::with_capacity(observations.len() + 1);
    for observation in observations {
        let attribute = attribute(observation)?;
        if !known(subject, &attribute) {
            attributes.push(attribute);
        }
    }
    if attributes.is_empty() {
        return Ok(None);
    }
    let newest = observations.iter().map(|o| o.observed_at).max().unwrap_or(first.observed_at);
    attributes.push(last_report(newest, at.now));
    Ok(Some(Change::Set { key: EntityKey::city(first.entity.clone()), attributes }))
}

fn forbidden(field: &str, zh: &str, en: &str) -> Refusal {
    Refusal::new(RefusalKind::Forbidden, field, zh, en)
}

/// A device's clock may be a little ahead; the report is never later than the city's own time.
fn last_report(newest: Time, now: Time) -> Attribute {
    let at = newest.min(now);
    Attribute::new("last_report_at", Value::Time(at)).observed(at)
}

fn attribute(observation: &Observation) -> Result<Attribute, Refusal> {
    if matches!(observation.value, Value::Number(n) if !n.is_finite()) {
        return Err(invalid(observation.attribute.as_str(), "不是有限的数", "is no finite number"));
    }
    let mut attribute = Attribute::new(observation.attribute.clone(), observation.value.clone())
        .observed(observation.observed_at);
    attribute.unit_code = observation.unit_code.clone();
    let mut sub = BTreeMap::new();
    if let Some(word) = word(observation.quality) {
        sub.insert(Name::new("quality"), Value::text(word));
        if let Some(mark) = &observation.mark {
            sub.insert(Name::new("mark"), Value::text(mark.as_str()));
        }
    }
    attribute.sub = (!sub.is_empty()).then(|| Box::new(sub));
    Ok(attribute)
}

/// The word for a quality that is not plainly valid; most values are, and carry none.
fn word(quality: Quality) -> Option<&'static str> {
    match quality {
        Quality::Valid => None,
        Quality::Invalid => Some("invalid"),
        Quality::Manual => Some("manual"),
        Quality::Suspect => Some("suspect"),
    }
}

/// Whether the subject has this very value of this very time.
fn known(subject: &Entity, new: &Attribute) -> bool {
    subject
        .attribute(new.name.as_str())
        .is_some_and(|old| old.observed_at == new.observed_at && old.value == new.value && old.sub == new.sub)
}
