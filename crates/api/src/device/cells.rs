//! Values as cells: words for states and relationships, and what rows are sorted and filtered by.

use super::declaration::Names;
use crate::public::wire::T;
use crate::shape;
use door::Text;
use gateway::directory::Directory;
use gateway::thing::ThingModel;
use model::{Name, Time, Value};
use serde::Serialize;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::State;
use utoipa::ToSchema;

/// One cell.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Cell {
    /// A text in both languages.
    Words(T),
    /// A number in the unit of the column.
    Number(f64),
    /// A text, or a time in RFC 3339.
    Text(String),
    /// Yes or no.
    Flag(bool),
}

/// What a row is sorted by. Rows without a value stand last in either order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Key {
    /// A number, or a time in microseconds.
    Number(f64),
    /// Words, lower case.
    Words(String),
}

/// Compares two keys of one column.
pub(crate) fn compare(a: Option<&Key>, b: Option<&Key>, descending: bool) -> Ordering {
    let order = match (a, b) {
        (None, None) => return Ordering::Equal,
        (None, _) => return Ordering::Greater,
        (_, None) => return Ordering::Less,
        (Some(Key::Number(a)), Some(Key::Number(b))) => a.total_cmp(b),
        (Some(Key::Words(a)), Some(Key::Words(b))) => a.cmp(b),
        (Some(Key::Number(_)), Some(Key::Words(_))) => Ordering::Less,
        (Some(Key::Words(_)), Some(Key::Number(_))) => Ordering::Greater,
    };
    if descending { order.reverse() } else { order }
}

/// Titles of the values of one attribute.
#[derive(Clone, Copy, Default)]
pub(crate) struct Titles<'a> {
    /// Those that the view lists.
    pub(crate) values: Option<&'a BTreeMap<String, Text>>,
    /// Where others come from.
    pub(crate) names: Option<Names>,
}

/// Reads values of one state.
pub(crate) struct Reader<'a> {
    state: &'a State,
    things: Arc<BTreeMap<Name, Arc<ThingModel>>>,
}

impl<'a> Reader<'a> {
    /// A reader of a position.
    pub(crate) fn new(state: &'a State) -> Self {
        Self { state, things: Directory::default().models(state) }
    }

    /// The cell of a value; none for what a list cannot show (a sealed value, a geometry).
    pub(crate) fn cell(&self, value: Option<&Value>, titles: Titles<'_>) -> Option<Cell> {
        match value? {
            Value::Bool(b) => Some(Cell::Flag(*b)),
            Value::Number(n) => Some(Cell::Number(*n)),
            Value::Time(t) => Some(Cell::Text(t.rfc3339())),
            Value::Text(t) => {
                Some(self.title(t, titles).map_or_else(|| Cell::Text(t.to_string()), Cell::Words))
            }
            Value::Id(id) => Some(Cell::Words(shape::name_of(self.state, id).into())),
            Value::List(items) => {
                let each: Vec<T> =
                    items.iter().filter_map(|v| self.cell(Some(v), titles)).map(words).collect();
                T::list(&each).map(Cell::Words)
            }
            map @ Value::Map(_) => shape::text_of(map).map(|t| Cell::Words(t.into())),
            Value::Null | Value::Geo(_) | Value::Sealed(_) => None,
        }
    }

    /// What a value is sorted by.
    pub(crate) fn key(&self, value: Option<&Value>, titles: Titles<'_>) -> Option<Key> {
        #[expect(clippy::cast_precision_loss, reason = "microseconds of this age are far below 2^53")]
        let number = |t: &Time| t.0 as f64;
        match value? {
            Value::Number(n) => Some(Key::Number(*n)),
            Value::Time(t) => Some(Key::Number(number(t))),
            Value::Bool(b) => Some(Key::Number(f64::from(u8::from(*b)))),
            other => self.cell(Some(other), titles).map(|c| Key::Words(words(c).zh.to_lowercase())),
        }
    }

    /// The title of a value of a filter.
    pub(crate) fn facet_title(&self, value: &str, titles: Titles<'_>) -> T {
        if let Some(title) = self.title(value, titles) {
            return title;
        }
        match value {
            "true" => T::of("是", "yes"),
            "false" => T::of("否", "no"),
            id => shape::name_of(self.state, &model::EntityId::new(id)).into(),
        }
    }

    fn title(&self, value: &str, titles: Titles<'_>) -> Option<T> {
        if let Some(text) = titles.values.and_then(|v| v.get(value)) {
            return Some(text.into());
        }
        let Names::Things = titles.names?;
        let thing = self.things.get(value)?;
        (!thing.title.zh.is_empty()).then(|| T::of(&thing.title.zh, &thing.title.en))
    }
}

/// A cell as words.
pub(crate) fn words(cell: Cell) -> T {
    match cell {
        Cell::Words(t) => t,
        Cell::Number(n) => T::of(n.to_string(), n.to_string()),
        Cell::Text(t) => T::of(t.clone(), t),
        Cell::Flag(yes) => {
            if yes {
                T::of("是", "yes")
            } else {
                T::of("否", "no")
            }
        }
    }
}

/// What a value is filtered by; a list has several.
pub(crate) fn facet_values(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::List(items)) => items.iter().flat_map(|v| facet_values(Some(v))).collect(),
        Some(Value::Bool(b)) => vec![b.to_string()],
        Some(Value::Number(n)) => vec![n.to_string()],
        Some(other) => other.as_str().map(str::to_owned).into_iter().collect(),
        None => vec![],
    }
}

/// Whether the words, in lower case, occur in a value or in one of its languages.
pub(crate) fn holds(value: Option<&Value>, words: &str) -> bool {
    match value {
        Some(Value::Map(map)) => map.values().any(|v| holds(Some(v), words)),
        Some(Value::List(items)) => items.iter().any(|v| holds(Some(v), words)),
        Some(other) => other.as_str().is_some_and(|t| t.to_lowercase().contains(words)),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_cells_with_words() {
        let state = State::default();
        let reader = Reader::new(&state);
        let values = BTreeMap::from([("full".to_owned(), Text { zh: "满".into(), en: "full".into() })]);
        let titled = Titles { values: Some(&values), names: None };
        let cases = [
            (Value::text("full"), Some(Cell::Words(T::of("满", "full")))),
            (Value::text("half"), Some(Cell::Text("half".into()))),
            (Value::Number(1.5), Some(Cell::Number(1.5))),
            (Value::Bool(true), Some(Cell::Flag(true))),
            (Value::Time(Time(0)), Some(Cell::Text("1970-01-01T00:00:00Z".into()))),
            (
                Value::map([("zh", Value::text("罐")), ("en", Value::text("tank"))]),
                Some(Cell::Words(T::of("罐", "tank"))),
            ),
            (Value::Id("urn:x:1".into()), Some(Cell::Words(T::of("urn:x:1", "urn:x:1")))),
            (
                Value::list([Value::text("full"), Value::text("b")]),
                Some(Cell::Words(T::of("满、b", "full, b"))),
            ),
            (Value::Null, None),
        ];
        for (value, want) in cases {
            assert_eq!(reader.cell(Some(&value), titled), want, "{value:?}");
        }
        assert_eq!(reader.cell(None, titled), None);
    }

    #[test]
    fn keys_are_compared_with_the_missing_last() {
        let (one, two) = (Key::Number(1.0), Key::Number(2.0));
        for descending in [false, true] {
            assert_eq!(compare(None, Some(&one), descending), Ordering::Greater);
            assert_eq!(compare(Some(&one), None, descending), Ordering::Less);
        }
        assert_eq!(compare(Some(&one), Some(&two), false), Ordering::Less);
        assert_eq!(compare(Some(&one), Some(&two), true), Ordering::Greater);
        assert_eq!(compare(Some(&two), Some(&Key::Words("a".into())), false), Ordering::Less);
        let state = State::default();
        let reader = Reader::new(&state);
        assert_eq!(reader.key(Some(&Value::Time(Time(5))), Titles::default()), Some(Key::Number(5.0)));
        assert_eq!(reader.key(Some(&Value::text("ABC")), Titles::default()), Some(Key::Words("abc".into())));
    }

    #[test]
    fn search_looks_into_both_languages_and_facets_into_lists() {
        let name = Value::map([("zh", Value::text("信江")), ("en", Value::text("Long Water"))]);
        assert!(holds(Some(&name), "信") && holds(Some(&name), "water") && !holds(Some(&name), "lake"));
        assert!(holds(Some(&Value::text("MN-36")), "mn-") && !holds(None, "a"));
        assert_eq!(facet_values(Some(&Value::list([Value::text("a"), Value::Bool(true)]))), ["a", "true"]);
        assert_eq!(facet_values(Some(&Value::Number(2.0))), ["2"]);
        assert!(facet_values(Some(&Value::Time(Time(0)))).is_empty());
    }
}
