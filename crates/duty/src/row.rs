//! The ledger row: one per (duty, body, subject), written only when something changed.

use crate::assess::Assessment;
use crate::definition::Definition;
use crate::word::there;
use door::Text;
use model::{Attribute, Change, Entity, EntityId, EntityKey, Name, Time, Value};
use store::State;

/// Type of the rows of the ledger.
pub const LEDGER_ROW: &str = "LedgerRow";

/// The id of the row of a (duty, body, subject): always the same for the same three.
pub(crate) fn id(duty: &Name, body: Option<&EntityId>, subject: &EntityId) -> EntityId {
    let body = body.map_or("", EntityId::as_str);
    // FNV-1a, 64 bits: stable over versions.
    let hash = format!("{duty}\n{body}\n{subject}")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    EntityId::new(format!("urn:ngsi-ld:LedgerRow:{duty}:{hash:016x}"))
}

/// What an assessment changes in the ledger; none when the row says it already.
///
/// A row whose subject is gone is removed, unless a person has decided something on it. An assessment that
/// is older than what the row holds changes nothing.
pub(crate) fn change(
    state: &State,
    definition: Option<&Definition>,
    a: &Assessment,
    as_of: Time,
) -> Option<Change> {
    let key = EntityKey::city(id(&a.duty, a.body.as_ref(), &a.subject));
    let row = state.get(&key);
    if a.gone {
        let row = row?;
        let decided = ["finding", "published", "exempt"].iter().any(|n| there(row, n));
        return (!decided).then_some(Change::Delete { key });
    }
    let definition = definition?;
    let subject = state.get(&EntityKey::city(a.subject.clone()))?;
    let Some(row) = row else {
        return Some(Change::Create {
            key,
            types: vec![Name::new(LEDGER_ROW)],
            attributes: whole(definition, a, subject, as_of),
        });
    };
    if row.time("since").is_some_and(|since| since > as_of) {
        return None;
    }
    let mut attributes = described(definition, subject);
    if row.value("met") != Some(&Value::Bool(a.met)) {
        attributes.extend(turned(a, as_of));
    }
    attributes.retain(|new| row.value(new.name.as_str()) != Some(&new.value));
    (!attributes.is_empty()).then_some(Change::Set { key, attributes })
}

fn whole(definition: &Definition, a: &Assessment, subject: &Entity, as_of: Time) -> Vec<Attribute> {
    let mut set = vec![
        Attribute::new("duty", Value::text(a.duty.as_str())),
        Attribute::new("article", Value::Number(f64::from(definition.article))),
        Attribute::new("paragraph", Value::Number(f64::from(definition.paragraph))),
        Attribute::new("subject", Value::Id(a.subject.clone())),
    ];
    set.extend(a.body.as_ref().map(|b| Attribute::new("body", Value::Id(b.clone()))));
    set.extend(described(definition, subject));
    set.extend(turned(a, as_of));
    set
}

/// What the row says of its subject.
fn described(definition: &Definition, subject: &Entity) -> Vec<Attribute> {
    let mut set = vec![Attribute::new("subject_type", Value::text(subject.kind()))];
    if let Some(name) = subject.value("name").filter(|n| matches!(n, Value::Text(_) | Value::Map(_))) {
        set.push(Attribute::new("subject_name", name.clone()));
    }
    if let Some(area) = subject.object(definition.evidence.area_attr.as_str()) {
        set.push(Attribute::new("area", Value::Id(area.clone())));
    }
    set
}

/// What the row says once the cell has turned.
fn turned(a: &Assessment, as_of: Time) -> [Attribute; 4] {
    let source = |s: &crate::Source| {
        #[expect(clippy::cast_precision_loss, reason = "a sequence stays below 2^53")]
        let seq = Value::Number(s.seq as f64);
        let pairs = [
            ("entity", Value::Id(s.entity.clone())),
            ("attribute", Value::text(s.attribute.as_str())),
            ("seq", seq),
        ];
        Value::map(pairs)
    };
    [
        Attribute::new("met", Value::Bool(a.met)),
        Attribute::new("since", Value::Time(a.since.min(as_of))),
        Attribute::new("machine", Value::text(if a.met { "none" } else { "hint" })),
        Attribute::new("sources", Value::list(a.sources.iter().map(source))),
    ]
}

/// Words in both languages: an object with `zh` and `en`, or one text for both; empty for anything else.
pub(crate) fn words(value: Option<&Value>) -> Text {
    let one = |key: &str| value.and_then(|v| v.get(key)).and_then(Value::as_str).map(str::to_owned);
    match value {
        Some(Value::Text(t)) => Text { zh: t.to_string(), en: t.to_string() },
        Some(Value::Map(_)) => {
            let zh = one("zh").or_else(|| one("en")).unwrap_or_default();
            Text { en: one("en").unwrap_or_else(|| zh.clone()), zh }
        }
        _ => Text::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_s_id_depends_on_duty_body_and_subject() {
        let (d, b, s) = (Name::new("d"), EntityId::new("urn:b:1"), EntityId::new("urn:s:1"));
        let ids =
            [id(&d, Some(&b), &s), id(&d, None, &s), id(&Name::new("e"), Some(&b), &s), id(&d, Some(&s), &b)];
        let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), 4);
        assert_eq!(ids[0], id(&d, Some(&b), &s));
    }

    #[test]
    fn one_text_stands_for_both_languages() {
        assert_eq!(words(Some(&Value::text("泵"))), Text { zh: "泵".into(), en: "泵".into() });
        let both = Value::map([("zh", Value::text("泵")), ("en", Value::text("pump"))]);
        assert_eq!(words(Some(&both)).en, "pump");
        assert_eq!(words(Some(&Value::Number(1.0))), Text::default());
    }
}
