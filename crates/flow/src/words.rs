//! Refusals in words, and small readings of an entity that every verb needs.

use door::{Refusal, RefusalKind, Text};
use model::{Entity, EntityId, Value};

/// 400: the field is malformed.
pub(crate) fn invalid<T>(field: &str, zh: impl Into<String>, en: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(RefusalKind::Invalid, field, zh, en))
}

/// 403: this person may not.
pub(crate) fn forbidden<T>(field: &str, zh: impl Into<String>, en: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(RefusalKind::Forbidden, field, zh, en))
}

/// 404: it is not there, or not for these eyes.
pub(crate) fn missing<T>(field: &str, zh: impl Into<String>, en: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(RefusalKind::Missing, field, zh, en))
}

/// 409: the state does not allow it.
pub(crate) fn conflict<T>(field: &str, zh: impl Into<String>, en: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(RefusalKind::Conflict, field, zh, en))
}

/// The ids of a list attribute; one id counts as a list of one.
pub(crate) fn ids(entity: &Entity, name: &str) -> Vec<EntityId> {
    entity.value(name).map(ids_of).unwrap_or_default()
}

/// The ids of a list value.
pub(crate) fn ids_of(value: &Value) -> Vec<EntityId> {
    match value {
        Value::List(items) => items.iter().filter_map(Value::as_str).map(EntityId::new).collect(),
        one => one.as_id().cloned().into_iter().collect(),
    }
}

/// A list value of ids.
pub(crate) fn id_list<'a>(ids: impl IntoIterator<Item = &'a EntityId>) -> Value {
    Value::list(ids.into_iter().map(Value::from))
}

/// The two languages of a `{zh, en}` value; a plain text stands for both.
pub(crate) fn text_of(value: Option<&Value>) -> Option<Text> {
    match value? {
        Value::Text(t) if !t.is_empty() => Some(Text { zh: t.to_string(), en: t.to_string() }),
        map @ Value::Map(_) => {
            let word = |key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
            let (zh, en) = (word("zh"), word("en"));
            let one = zh.clone().or_else(|| en.clone())?;
            Some(Text { zh: zh.unwrap_or_else(|| one.clone()), en: en.unwrap_or(one) })
        }
        _ => None,
    }
}

/// A `{zh, en}` value.
pub(crate) fn text_value(text: &Text) -> Value {
    Value::map([("zh", Value::text(&text.zh)), ("en", Value::text(&text.en))])
}

/// The name of an entity in both languages; its id when it has none.
pub(crate) fn name_of(entity: &Entity) -> Text {
    let id = || Text { zh: entity.id().to_string(), en: entity.id().to_string() };
    text_of(entity.value("name")).unwrap_or_else(id)
}

/// What stands after the last colon of an id.
pub(crate) fn tail(id: &str) -> &str {
    id.rsplit(':').next().unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_from_one_word_or_two() {
        let both = Value::map([("zh", Value::text("水")), ("en", Value::text("water"))]);
        let half = Value::map([("en", Value::text("water"))]);
        let cases = [
            (both, Some(("水", "water"))),
            (half, Some(("water", "water"))),
            (Value::text("水"), Some(("水", "水"))),
            (Value::Number(1.0), None),
            (Value::text(""), None),
        ];
        for (value, want) in cases {
            let got = text_of(Some(&value)).map(|t| (t.zh, t.en));
            assert_eq!(got, want.map(|(z, e)| (z.to_owned(), e.to_owned())));
        }
        let t = Text { zh: "甲".into(), en: "A".into() };
        assert_eq!(text_of(Some(&text_value(&t))), Some(t));
    }

    #[test]
    fn ids_come_out_of_lists_and_single_values() {
        let a = EntityId::new("urn:a:1");
        assert_eq!(ids_of(&id_list([&a, &a])).len(), 2);
        assert_eq!(ids_of(&Value::from(&a)), [a]);
        assert!(ids_of(&Value::Null).is_empty());
        assert_eq!((tail("urn:ngsi-ld:Role:eco"), tail("eco")), ("eco", "eco"));
    }
}
