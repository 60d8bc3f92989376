//! Reading the JSON of a command, field by field.

use door::{Body, Command, Refusal, RefusalKind};
use model::{Attribute, EntityId, Value};
use serde_json::Value as Json;

/// A refusal for a malformed field.
pub fn invalid(field: &str, zh: &str, en: &str) -> Refusal {
    Refusal::new(RefusalKind::Invalid, field, zh, en)
}

/// The JSON body.
pub fn json(command: &Command) -> Result<&Json, Refusal> {
    match &command.body {
        Body::Json(json) if json.is_object() => Ok(json),
        _ => Err(invalid("body", "应为 JSON 对象", "must be a JSON object")),
    }
}

/// A text that must be there, of 1 to `bytes_max` bytes.
pub fn text<'a>(body: &'a Json, field: &str, bytes_max: usize) -> Result<&'a str, Refusal> {
    let text = body.get(field).and_then(Json::as_str).unwrap_or_default();
    if text.is_empty() {
        return Err(invalid(field, "缺少这一项", "is missing"));
    }
    if text.len() > bytes_max || text.chars().any(char::is_control) {
        return Err(invalid(field, "太长或有不可见字符", "is too long or has control characters"));
    }
    Ok(text)
}

/// An id that must be there.
pub fn id(body: &Json, field: &str) -> Result<EntityId, Refusal> {
    EntityId::checked(text(body, field, 512)?).map_err(|_| invalid(field, "不是有效的标识", "is no valid id"))
}

/// A digest that must be there: 64 hexadecimal figures.
pub fn digest<'a>(body: &'a Json, field: &str) -> Result<&'a str, Refusal> {
    let digest = text(body, field, 64)?;
    if digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(digest)
    } else {
        Err(invalid(field, "应为 64 位十六进制摘要", "must be a digest of 64 hexadecimal figures"))
    }
}

/// The fields that are there, each as an attribute of its name.
pub fn attributes(body: &Json, fields: &[&str]) -> Result<Vec<Attribute>, Refusal> {
    let mut out = Vec::new();
    for field in fields {
        let Some(json) = body.get(*field).filter(|json| !json.is_null()) else { continue };
        let value = Value::from_json(json)
            .map_err(|e| Refusal::new(RefusalKind::Invalid, field, e.reason.clone(), e.reason))?;
        out.push(Attribute::new(*field, value));
    }
    Ok(out)
}

/// Refuses a command that only the city's own parts may give.
pub fn city_only(command: &Command) -> Result<(), Refusal> {
    if command.permit.is_city() {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalKind::Forbidden,
        "",
        "这条命令只由系统自己发出",
        "only the city's own parts give this command",
    ))
}

/// A refusal for something that is not there.
pub fn missing(field: &str, zh: &str, en: &str) -> Refusal {
    Refusal::new(RefusalKind::Missing, field, zh, en)
}
