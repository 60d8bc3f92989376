//! The alert entity that a rule makes of a subject.

use crate::book::{Entry, fingerprint};
use crate::decide::Raise;
use door::Text;
use model::{Attribute, Change, Entity, EntityId, EntityKey, Name, Seq, Time, Value};
use serde::Serialize;
use store::State;

/// Type of the entities that the engine writes.
pub const ALERT: &str = "Alert";
/// How the ids of all alerts begin.
pub(crate) const PREFIX: &str = "urn:ngsi-ld:Alert:";

/// The id of the alert that a cause raises: the same for the same (rule, subject, cause), so a repetition
/// cannot make a second one.
pub(crate) fn id(rule: &Name, subject: &EntityKey, cause: Seq) -> EntityId {
    let whose = fingerprint(format!("{}\n{}", subject.tenant, subject.id).as_bytes());
    EntityId::new(format!("{PREFIX}{rule}:{cause}:{whose:016x}"))
}

/// The change that creates the alert.
pub(crate) fn create(state: &State, entry: &Entry, raise: &Raise, subject: &Entity, now: Time) -> Change {
    let rule = &entry.rule;
    let name = name_of(subject);
    let unit = rule.unit.clone().or_else(|| unit_of(subject, rule.attribute())).unwrap_or_default();
    let headline = both(&rule.headline, |text, language| {
        let name = if language == "zh" { &name.zh } else { &name.en };
        text.replace("{name}", name)
            .replace("{value}", &shown(raise.value))
            .replace("{limit}", &shown(raise.limit))
            .replace("{unit}", &unit)
    });
    let mut set = Set(Vec::with_capacity(32));
    set.put("rule", Value::text(rule.id.as_str()));
    set.put("title", text(&rule.title));
    set.put("pack", Value::text(entry.pack.as_str()));
    set.put("article", Value::text(rule.article.as_str()));
    set.put("subject", Value::Id(subject.id().clone()));
    set.put("subject_name", text(&name));
    set.put("subject_type", Value::text(subject.kind()));
    set.put("attribute", Value::text(rule.attribute().as_str()));
    set.put("value", Value::Number(raise.value));
    set.put("limit", Value::Number(raise.limit));
    set.put("unit", Value::text(&unit));
    set.put("level", Value::Number(f64::from(u8::from(rule.level))));
    set.put("category", word(&rule.cap.category));
    set.put("severity", word(&rule.cap.severity));
    set.put("urgency", word(&rule.cap.urgency));
    set.put("certainty", word(&rule.cap.certainty));
    set.put("matter", Value::text(rule.matter.as_str()));
    set.put("headline", text(&headline));
    set.put("since", Value::Time(raise.since));
    set.put("raised_at", Value::Time(now));
    set.put("state", Value::text("active"));
    #[expect(clippy::cast_precision_loss, reason = "a sequence stays below 2^53")]
    set.put("cause", Value::Number(raise.cause as f64));
    if let Some(at) = raise.observed_at {
        set.put("observed_at", Value::Time(at));
    }
    set.place(state, subject);
    for name in rule.carry.iter().map(Name::as_str).chain(["location", "area", "simulated"]) {
        if let Some(value) = subject.value(name) {
            set.put(name, value.clone());
        }
    }
    let tenant = subject.key.tenant.clone();
    let key = EntityKey { tenant, id: id(&rule.id, &subject.key, raise.cause) };
    Change::Create { key, types: vec![Name::new(ALERT)], attributes: set.0 }
}

struct Set(Vec<Attribute>);

impl Set {
    /// Puts an attribute once; the first of a name holds.
    fn put(&mut self, name: &str, value: Value) {
        if self.0.iter().all(|a| a.name != name) {
            self.0.push(Attribute::new(name, value));
        }
    }

    /// Where it is in words: the subject's own `place`, else the name of its area.
    fn place(&mut self, state: &State, subject: &Entity) {
        let own = subject.value("place").and_then(words);
        let area = || {
            let id = subject.object("area")?.clone();
            state.get(&EntityKey { tenant: subject.key.tenant.clone(), id })?.value("name").and_then(words)
        };
        if let Some(place) = own.or_else(area) {
            self.put("place", text(&place));
        }
    }
}

fn both(t: &Text, f: impl Fn(&str, &str) -> String) -> Text {
    Text { zh: f(&t.zh, "zh"), en: f(&t.en, "en") }
}

fn text(t: &Text) -> Value {
    Value::map([("zh", Value::text(&t.zh)), ("en", Value::text(&t.en))])
}

/// Words in both languages: an object with `zh` and `en`, or one text for both.
fn words(value: &Value) -> Option<Text> {
    let one = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    match value {
        Value::Text(t) => Some(Text { zh: t.to_string(), en: t.to_string() }),
        Value::Map(_) => {
            let zh = one("zh").or_else(|| one("en"))?;
            Some(Text { en: one("en").unwrap_or_else(|| zh.clone()), zh })
        }
        _ => None,
    }
}

/// The subject's name, else the last part of its id.
fn name_of(subject: &Entity) -> Text {
    subject.value("name").and_then(words).unwrap_or_else(|| {
        let id = subject.id().as_str();
        let tail = id.rsplit(':').next().unwrap_or(id).to_owned();
        Text { zh: tail.clone(), en: tail }
    })
}

fn unit_of(subject: &Entity, attribute: &Name) -> Option<String> {
    subject.attribute(attribute.as_str())?.unit_code.as_ref().map(Name::to_string)
}

/// A word of a standard as the standard spells it.
fn word(w: &impl Serialize) -> Value {
    serde_json::to_value(w).ok().and_then(|j| j.as_str().map(Value::text)).unwrap_or_default()
}

/// A number with at most three decimals and no zeros at the end.
fn shown(n: f64) -> String {
    let text = format!("{n:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{HIGH, Pen, num};

    #[test]
    fn an_alert_says_who_what_where_and_by_which_rule() {
        let mut pen = Pen::new();
        pen.install(&[("high", HIGH)]);
        pen.area();
        pen.tank("1");
        let at = pen.now;
        pen.set("1", vec![Attribute::new("level", num(10.5)).observed(at)]);
        let alert = pen.alerts().pop().unwrap();
        let words = |name: &str, key: &str| {
            alert.value(name).and_then(|v| v.get(key)).and_then(Value::as_str).unwrap()
        };
        assert_eq!(words("headline", "zh"), "一号罐 液位 10.5 m，限值 10 m");
        assert_eq!(words("headline", "en"), "Tank one: level 10.5 m, limit 10 m");
        assert_eq!((words("place", "zh"), words("subject_name", "en")), ("东院", "Tank one"));
        for (name, want) in [
            ("rule", "tank-high"),
            ("pack", "yard@0.1.0"),
            ("article", "16"),
            ("subject", "urn:ngsi-ld:Tank:1"),
            ("attribute", "level"),
            ("category", "Infra"),
            ("severity", "Severe"),
            ("urgency", "Immediate"),
            ("certainty", "Observed"),
            ("matter", "tank"),
            ("state", "active"),
            ("area", "urn:ngsi-ld:Area:east"),
            ("body", "urn:ngsi-ld:Body:yard"),
            ("keeper", "urn:ngsi-ld:Body:keeper"),
        ] {
            assert_eq!(alert.text(name), Some(want), "{name}");
        }
        assert_eq!(
            (alert.number("value"), alert.number("limit"), alert.number("level")),
            (Some(10.5), Some(10.0), Some(2.0))
        );
        assert_eq!((alert.time("observed_at"), alert.time("since")), (Some(at), Some(at)));
        assert_eq!(alert.value("simulated"), Some(&Value::Bool(true)));
        assert_eq!(alert.number("cause"), Some((pen.state.seq() - 1) as f64));
        assert!(alert.point("location").is_some());
    }

    #[test]
    fn ids_differ_by_rule_subject_tenant_and_cause() {
        let (a, b) = (EntityKey::city("urn:a:1"), EntityKey { tenant: "t".into(), id: "urn:a:1".into() });
        let r = Name::new("r");
        let ids = [id(&r, &a, 1), id(&r, &b, 1), id(&r, &a, 2), id(&Name::new("s"), &a, 1)];
        let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), 4);
        assert_eq!(id(&r, &a, 1), ids[0]);
        assert!(ids.iter().all(|i| EntityId::checked(i.as_str()).is_ok()));
    }

    #[test]
    fn numbers_are_shown_as_short_as_they_are() {
        for (n, want) in [(10.0, "10"), (0.25, "0.25"), (71.3004, "71.3"), (-0.0001, "0"), (1200.0, "1200")] {
            assert_eq!(shown(n), want);
        }
    }
}
