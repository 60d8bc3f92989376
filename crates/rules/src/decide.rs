//! The commands: raise, clear, acknowledge.

use crate::alert::{self, ALERT};
use crate::book::Book;
use crate::memory::{Cell, Memory};
use door::{Body, Command, Decision, Moment, Refusal, RefusalKind};
use model::{Attribute, Change, Entity, EntityId, EntityKey, Name, Seq, Tenant, Time, Value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// Longest reason that a person gives, in characters.
const REASON_MAX: usize = 500;

/// Body of `rules.raise`; only the engine itself asks for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raise {
    pub(crate) rule: Name,
    pub(crate) subject: EntityId,
    #[serde(default = "Tenant::city")]
    pub(crate) tenant: Tenant,
    pub(crate) value: f64,
    pub(crate) limit: f64,
    pub(crate) since: Time,
    pub(crate) observed_at: Option<Time>,
    pub(crate) cause: Seq,
}

/// Body of `rules.clear`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Clear {
    pub(crate) alert: EntityId,
    #[serde(default = "Tenant::city")]
    pub(crate) tenant: Tenant,
    #[serde(default)]
    pub(crate) reason: Option<String>,
}

/// Body of `rules.acknowledge`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Acknowledge {
    alert: EntityId,
    #[serde(default = "Tenant::city")]
    tenant: Tenant,
    /// Whether the alert, now checked by a person, may be shown to the public.
    #[serde(default)]
    public: Option<bool>,
}

/// Decides a command of this engine.
pub(crate) fn decide(
    at: &Moment<'_>,
    command: &Command,
    book: &Book,
    memory: &Memory,
) -> Result<Decision, Refusal> {
    match command.name.as_str() {
        "rules.raise" => raise(at, command, book, memory),
        "rules.clear" => clear(at, command),
        "rules.acknowledge" => acknowledge(at, command),
        other => {
            refuse(RefusalKind::Missing, "name", format!("没有命令 {other}"), format!("no command {other}"))
        }
    }
}

fn refuse<T>(
    kind: RefusalKind,
    field: &str,
    zh: impl Into<String>,
    en: impl Into<String>,
) -> Result<T, Refusal> {
    Err(Refusal::new(kind, field, zh, en))
}

fn body<T: DeserializeOwned>(command: &Command) -> Result<T, Refusal> {
    let Body::Json(json) = &command.body else {
        return refuse(RefusalKind::Invalid, "", "内容应为 JSON", "the body must be JSON");
    };
    serde_json::from_value(json.clone()).or_else(|e| {
        refuse(RefusalKind::Invalid, "", format!("内容不对：{e}"), format!("the body does not fit: {e}"))
    })
}

fn raise(at: &Moment<'_>, command: &Command, book: &Book, memory: &Memory) -> Result<Decision, Refusal> {
    if !command.permit.is_city() {
        return refuse(RefusalKind::Forbidden, "", "告警只由规则产生", "alerts are raised by rules only");
    }
    let raise: Raise = body(command)?;
    let Some(entry) = book.get(raise.rule.as_str()) else {
        return refuse(
            RefusalKind::Missing,
            "rule",
            format!("没有规则 {}", raise.rule),
            format!("no rule {}", raise.rule),
        );
    };
    let cell = Cell {
        subject: EntityKey { tenant: raise.tenant.clone(), id: raise.subject.clone() },
        rule: raise.rule.clone(),
    };
    let Some(subject) = at.state.get(&cell.subject) else {
        return refuse(
            RefusalKind::Missing,
            "subject",
            format!("没有 {}", raise.subject),
            format!("no {}", raise.subject),
        );
    };
    let id = alert::id(&raise.rule, &cell.subject, raise.cause);
    let there = |id: &EntityId| at.state.get(&EntityKey { tenant: raise.tenant.clone(), id: id.clone() });
    let other = memory.standing(&cell).map(|s| &s.alert).filter(|other| **other != id);
    if there(&id).is_some() || other.and_then(there).is_some_and(|a| active(a)) {
        return refuse(
            RefusalKind::Conflict,
            "subject",
            "同一原因已有告警",
            "the same cause has its alert already",
        );
    }
    let change = alert::create(at.state, entry, &raise, subject, at.now);
    Ok(Decision {
        pack: Some(entry.pack.clone()),
        answer: json!({ "alert": id.as_str() }),
        ..Decision::governed(vec![change])
    })
}

fn clear(at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
    let clear: Clear = body(command)?;
    let alert = seen(at, command, &clear.tenant, &clear.alert)?;
    if !active(&alert) {
        return refuse(RefusalKind::Conflict, "alert", "告警已经解除", "the alert is cleared already");
    }
    let mut set = vec![
        Attribute::new("state", Value::text("cleared")),
        Attribute::new("cleared_at", Value::Time(at.now)),
    ];
    if let Some(reason) = &clear.reason {
        if reason.chars().count() > REASON_MAX {
            let (zh, en) = (format!("最多 {REASON_MAX} 字"), format!("at most {REASON_MAX} characters"));
            return refuse(RefusalKind::Invalid, "reason", zh, en);
        }
        set.push(Attribute::new("cleared_reason", Value::text(reason)));
    }
    if !command.permit.is_city() {
        set.push(Attribute::new("cleared_by", Value::Id(command.permit.principal().id.clone())));
    }
    Ok(changed(&alert, set))
}

fn acknowledge(at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
    let asked: Acknowledge = body(command)?;
    let alert = seen(at, command, &asked.tenant, &asked.alert)?;
    if let Some(by) = alert.text("acknowledged_by") {
        return refuse(
            RefusalKind::Conflict,
            "alert",
            format!("{by} 已确认"),
            format!("acknowledged by {by} already"),
        );
    }
    let mut set = vec![
        Attribute::new("acknowledged_by", Value::Id(command.permit.principal().id.clone())),
        Attribute::new("acknowledged_at", Value::Time(at.now)),
    ];
    if let Some(public) = asked.public {
        set.push(Attribute::new("public", Value::Bool(public)));
    }
    Ok(changed(&alert, set))
}

/// The alert, when it is there and the permit opens it.
fn seen(at: &Moment<'_>, command: &Command, tenant: &Tenant, id: &EntityId) -> Result<Arc<Entity>, Refusal> {
    let key = EntityKey { tenant: tenant.clone(), id: id.clone() };
    match at.state.get(&key).filter(|a| a.kind() == ALERT) {
        Some(alert) if command.permit.sees(alert) => Ok(alert.clone()),
        // A closed row is not told apart from one that is not there.
        _ => refuse(RefusalKind::Missing, "alert", format!("没有告警 {id}"), format!("no alert {id}")),
    }
}

/// Whether an alert stands.
pub(crate) fn active(alert: &Entity) -> bool {
    alert.text("state") == Some("active")
}

fn changed(alert: &Entity, attributes: Vec<Attribute>) -> Decision {
    let change = Change::Set { key: alert.key.clone(), attributes };
    Decision { answer: json!({ "alert": alert.id().as_str() }), ..Decision::governed(vec![change]) }
}

#[cfg(test)]
mod tests {
    use crate::pen::{HIGH, Pen, num, right};
    use access::{Access, Rows};
    use door::RefusalKind;
    use model::Attribute;
    use serde_json::json;

    fn alarmed() -> (Pen, String) {
        let mut pen = Pen::new();
        pen.install(&[("high", HIGH)]);
        pen.tank("1");
        pen.set("1", vec![Attribute::new("level", num(11.0))]);
        let id = pen.alerts()[0].id().to_string();
        (pen, id)
    }

    #[test]
    fn who_may_see_an_alert_acknowledges_it_once() {
        let (mut pen, id) = alarmed();
        let officer = pen.permit("rules.acknowledge", &[right("rules.*", Rows::All)]);
        let body = json!({ "alert": id, "public": true });
        pen.command("rules.acknowledge", body.clone(), officer.clone()).unwrap();
        let alert = pen.alerts().pop().unwrap();
        assert_eq!(alert.text("acknowledged_by"), Some("urn:ngsi-ld:Person:1"));
        assert_eq!(alert.time("acknowledged_at"), Some(pen.now));
        assert_eq!(
            (alert.text("state"), alert.value("public").and_then(model::Value::as_bool)),
            (Some("active"), Some(true))
        );
        let again = pen.command("rules.acknowledge", body, officer).unwrap_err();
        assert_eq!(again.kind, RefusalKind::Conflict);
        assert!(again.reason.contains("Person:1") && again.reason_zh.contains("已确认"));
    }

    #[test]
    fn an_alert_of_another_body_is_not_there() {
        let (mut pen, id) = alarmed();
        for command in ["rules.acknowledge", "rules.clear"] {
            let stranger = pen.permit(command, &[right("rules.*", Rows::OwnBody)]);
            let got = pen.command(command, json!({ "alert": id }), stranger).unwrap_err();
            assert_eq!((got.kind, got.field.as_str()), (RefusalKind::Missing, "alert"));
        }
    }

    #[test]
    fn a_person_clears_with_a_reason_and_only_once() {
        let (mut pen, id) = alarmed();
        let officer = pen.permit("rules.clear", &[right("rules.*", Rows::All)]);
        let long = json!({ "alert": id, "reason": "x".repeat(501) });
        assert_eq!(pen.command("rules.clear", long, officer.clone()).unwrap_err().kind, RefusalKind::Invalid);
        let body = json!({ "alert": id, "reason": "sensor was washed" });
        pen.command("rules.clear", body.clone(), officer.clone()).unwrap();
        let alert = pen.alerts().pop().unwrap();
        assert_eq!(
            (alert.text("state"), alert.text("cleared_reason")),
            (Some("cleared"), Some("sensor was washed"))
        );
        assert_eq!(alert.text("cleared_by"), Some("urn:ngsi-ld:Person:1"));
        assert_eq!(pen.command("rules.clear", body, officer).unwrap_err().kind, RefusalKind::Conflict);
    }

    #[test]
    fn nobody_but_the_engine_raises() {
        let (mut pen, _) = alarmed();
        let body = json!({ "rule": "tank-high", "subject": "urn:ngsi-ld:Tank:1", "value": 1.0, "limit": 1.0,
            "since": "2026-07-06T12:00:00Z", "observed_at": null, "cause": 1 });
        let officer = pen.permit("rules.raise", &[right("rules.*", Rows::All)]);
        assert_eq!(
            pen.command("rules.raise", body.clone(), officer).unwrap_err().kind,
            RefusalKind::Forbidden
        );
        let city = || Access::city("rules", "rules.raise");
        assert_eq!(pen.command("rules.raise", body.clone(), city()).unwrap_err().kind, RefusalKind::Conflict);
        for (field, value) in [("rule", "other"), ("subject", "urn:ngsi-ld:Tank:9")] {
            let mut wrong = body.clone();
            wrong[field] = json!(value);
            let got = pen.command("rules.raise", wrong, city()).unwrap_err();
            assert_eq!((got.kind, got.field.as_str()), (RefusalKind::Missing, field));
        }
        let got = pen.command("rules.raise", json!({ "rule": 1 }), city()).unwrap_err();
        assert_eq!(got.kind, RefusalKind::Invalid);
        assert_eq!(
            pen.command("rules.sing", json!({}), Access::city("rules", "rules.sing")).unwrap_err().kind,
            RefusalKind::Missing
        );
    }
}
