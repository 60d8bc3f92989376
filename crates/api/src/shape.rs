//! Small shapes that many answers share.

use door::Text;
use model::{Entity, EntityId, Value};
use store::State;

/// A text in both languages from a value: `{zh, en}`, or one text for both.
#[must_use]
pub fn text_of(value: &Value) -> Option<Text> {
    let word = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    if let Some(one) = value.as_str() {
        return Some(Text { zh: one.into(), en: one.into() });
    }
    let zh = word("zh").or_else(|| word("en"))?;
    Some(Text { en: word("en").unwrap_or_else(|| zh.clone()), zh })
}

/// The name of an entity by its id, or the id itself.
#[must_use]
pub fn name_of(state: &State, id: &EntityId) -> Text {
    let entity = state.city(id.as_str());
    entity
        .and_then(|e| e.value("name").or_else(|| e.value("title")).and_then(text_of))
        .unwrap_or_else(|| Text { zh: id.to_string(), en: id.to_string() })
}

/// The text attribute of an entity in both languages.
#[must_use]
pub fn text_at(entity: &Entity, attribute: &str) -> Option<Text> {
    entity.value(attribute).and_then(text_of)
}

/// A text in both languages.
#[must_use]
pub fn words(zh: impl Into<String>, en: impl Into<String>) -> Text {
    Text { zh: zh.into(), en: en.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_language_falls_back() {
        let both = text_of(&Value::map([("zh", Value::text("水")), ("en", Value::text("water"))])).unwrap();
        assert_eq!((both.zh.as_str(), both.en.as_str()), ("水", "water"));
        assert_eq!(text_of(&Value::map([("zh", Value::text("水"))])).unwrap().en, "水");
        assert_eq!(text_of(&Value::text("水")).unwrap(), words("水", "水"));
        assert_eq!(text_of(&Value::Number(1.0)), None);
    }
}
