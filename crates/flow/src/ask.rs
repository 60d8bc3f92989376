//! Reading a command's body field by field: every fault names its field, and an unknown field is a fault.

use crate::words::invalid;
use door::{Body, Command, Refusal, Text};
use model::{EntityId, Geometry, Name, Point, Value};
use serde_json::{Map, Value as Json};
use std::sync::LazyLock;

/// Most characters in one text.
pub(crate) const WORDS_MAX: usize = 2_000;
/// Most items in one list of a command.
pub(crate) const LIST_MAX: usize = 50;
/// Most photos with one report, note or reply.
const PHOTOS_MAX: usize = 4;

static NOTHING: LazyLock<Map<String, Json>> = LazyLock::new(Map::new);

/// The body of a command.
pub(crate) struct Ask<'a>(&'a Map<String, Json>);

impl<'a> Ask<'a> {
    /// The body, which has no fields but these.
    pub(crate) fn new(command: &'a Command, fields: &[&str]) -> Result<Self, Refusal> {
        let map = match &command.body {
            Body::Json(Json::Object(map)) => map,
            Body::Json(Json::Null) => &NOTHING,
            _ => return invalid("", "请求体应是一个对象", "the body must be an object"),
        };
        match map.keys().find(|k| !fields.contains(&k.as_str())) {
            Some(k) => invalid(k, "没有这一项", "no such field"),
            None => Ok(Self(map)),
        }
    }

    fn get(&self, field: &str) -> Option<&'a Json> {
        self.0.get(field).filter(|v| !v.is_null())
    }

    /// An id that must be there.
    pub(crate) fn id(&self, field: &str) -> Result<EntityId, Refusal> {
        match self.id_maybe(field)? {
            Some(id) => Ok(id),
            None => invalid(field, "缺少这一项", "is missing"),
        }
    }

    /// An id that may be there.
    pub(crate) fn id_maybe(&self, field: &str) -> Result<Option<EntityId>, Refusal> {
        self.get(field).map(|v| id(v, field)).transpose()
    }

    /// A list of ids, or one id; empty when it is not there. No id stands twice.
    pub(crate) fn ids(&self, field: &str) -> Result<Vec<EntityId>, Refusal> {
        let mut ids = Vec::new();
        for (path, item) in self.items(field)? {
            let id = id(item, &path)?;
            if ids.contains(&id) {
                return invalid(&path, "重复了", "stands twice");
            }
            ids.push(id);
        }
        Ok(ids)
    }

    /// The items of a list with their paths; a single value is a list of one.
    pub(crate) fn items(&self, field: &str) -> Result<Vec<(String, &'a Json)>, Refusal> {
        match self.get(field) {
            None => Ok(vec![]),
            Some(Json::Array(a)) if a.len() > LIST_MAX => {
                invalid(field, format!("最多 {LIST_MAX} 项"), format!("at most {LIST_MAX} items"))
            }
            Some(Json::Array(a)) => {
                Ok(a.iter().enumerate().map(|(i, v)| (format!("{field}[{i}]"), v)).collect())
            }
            Some(one) => Ok(vec![(field.to_owned(), one)]),
        }
    }

    /// Words that must be there.
    pub(crate) fn words(&self, field: &str) -> Result<String, Refusal> {
        match self.words_maybe(field)? {
            Some(words) => Ok(words),
            None => invalid(field, "请写一句话", "words are needed"),
        }
    }

    /// Words that may be there; blank ones are none.
    pub(crate) fn words_maybe(&self, field: &str) -> Result<Option<String>, Refusal> {
        match self.get(field) {
            None => Ok(None),
            Some(Json::String(s)) if s.chars().count() > WORDS_MAX => {
                invalid(field, format!("最多 {WORDS_MAX} 个字"), format!("at most {WORDS_MAX} characters"))
            }
            Some(Json::String(s)) => Ok(Some(s.trim().to_owned()).filter(|s| !s.is_empty())),
            Some(_) => invalid(field, "应是文字", "must be text"),
        }
    }

    /// Yes or no, when it is there.
    pub(crate) fn flag(&self, field: &str) -> Result<Option<bool>, Refusal> {
        match self.get(field) {
            None => Ok(None),
            Some(Json::Bool(b)) => Ok(Some(*b)),
            Some(_) => invalid(field, "应是 true 或 false", "must be true or false"),
        }
    }

    /// A level from 1 to 4, when it is there.
    pub(crate) fn level(&self, field: &str) -> Result<Option<u8>, Refusal> {
        let Some(json) = self.get(field) else { return Ok(None) };
        match json.as_u64().and_then(|n| u8::try_from(n).ok()).filter(|n| (1..=4).contains(n)) {
            Some(level) => Ok(Some(level)),
            None => invalid(field, "级别是 1 到 4", "a level is 1 to 4"),
        }
    }

    /// Ids of photos; they have been stored already.
    pub(crate) fn photos(&self, field: &str) -> Result<Vec<Value>, Refusal> {
        let items = self.items(field)?;
        if items.len() > PHOTOS_MAX {
            return invalid(field, format!("最多 {PHOTOS_MAX} 张"), format!("at most {PHOTOS_MAX} photos"));
        }
        let name = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        let photo = |(path, item): (String, &Json)| match item.as_str() {
            Some(id) if !id.is_empty() && id.len() <= 200 && id.chars().all(name) => Ok(Value::text(id)),
            _ => invalid(&path, "不是已上传照片的编号", "not the id of an uploaded photo"),
        };
        items.into_iter().map(photo).collect()
    }

    /// A place in words: one text, or both languages.
    pub(crate) fn place(&self, field: &str) -> Result<Option<Text>, Refusal> {
        let Some(json) = self.get(field) else { return Ok(None) };
        let value = Value::from_json(json).ok();
        let text = crate::words::text_of(value.as_ref());
        match text.filter(|t| t.zh.chars().count().max(t.en.chars().count()) <= 200) {
            Some(text) => Ok(Some(text)),
            None => invalid(field, "应是 200 字以内的文字", "must be text of at most 200 characters"),
        }
    }

    /// A GeoJSON point, when it is there.
    pub(crate) fn point(&self, field: &str) -> Result<Option<Point>, Refusal> {
        let Some(json) = self.get(field) else { return Ok(None) };
        match Value::from_json(json) {
            Ok(Value::Geo(g)) => match &*g {
                Geometry::Point(p) => Ok(Some(*p)),
                _ => invalid(field, "应是一个点", "must be a point"),
            },
            Err(e) => invalid(field, "不是经纬度", e.to_string()),
            Ok(_) => invalid(field, "应是 GeoJSON 的点", "must be a GeoJSON point"),
        }
    }
}

/// Reads one id.
pub(crate) fn id(json: &Json, path: &str) -> Result<EntityId, Refusal> {
    match json.as_str().map(EntityId::checked) {
        Some(Ok(id)) => Ok(id),
        _ => invalid(path, "不是编号", "not the id of an entity"),
    }
}

/// The verb of a command: what stands after the dot.
pub(crate) fn verb(name: &Name) -> &str {
    name.as_str().split_once('.').map_or("", |(_, verb)| verb)
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::Access;
    use serde_json::json;

    fn command(body: Json) -> Command {
        Command {
            name: Name::new("flow.note"),
            version: 1,
            body: Body::Json(body),
            permit: Access::city("flow", "flow.note"),
            idempotency_key: None,
            expected: vec![],
        }
    }

    #[test]
    fn every_fault_names_its_field() {
        type Read = fn(&Ask<'_>) -> Option<Refusal>;
        let long = "字".repeat(WORDS_MAX + 1);
        let cases: Vec<(Json, Read, &str)> = vec![
            (json!({}), |a| a.id("case").err(), "case"),
            (json!({"case": 7}), |a| a.id("case").err(), "case"),
            (json!({"merge": ["urn:a:1", "x y"]}), |a| a.ids("merge").err(), "merge[1]"),
            (json!({"merge": ["urn:a:1", "urn:a:1"]}), |a| a.ids("merge").err(), "merge[1]"),
            (json!({"merge": vec!["urn:a:1"; LIST_MAX + 1]}), |a| a.ids("merge").err(), "merge"),
            (json!({"words": "  "}), |a| a.words("words").err(), "words"),
            (json!({"words": long}), |a| a.words("words").err(), "words"),
            (json!({"words": 7}), |a| a.words("words").err(), "words"),
            (json!({"pass": "yes"}), |a| a.flag("pass").err(), "pass"),
            (json!({"level": 5}), |a| a.level("level").err(), "level"),
            (json!({"photo": ["a", "b", "c", "d", "e"]}), |a| a.photos("photo").err(), "photo"),
            (json!({"photo": ["../a"]}), |a| a.photos("photo").err(), "photo[0]"),
            (json!({"place": {"fr": "ici"}}), |a| a.place("place").err(), "place"),
            (json!({"at": {"type": "Point", "coordinates": [200, 1]}}), |a| a.point("at").err(), "at"),
            (json!({"at": "here"}), |a| a.point("at").err(), "at"),
        ];
        for (body, read, field) in cases {
            let c = command(body);
            let fields = ["case", "merge", "words", "pass", "level", "photo", "place", "at"];
            let refusal = read(&Ask::new(&c, &fields).unwrap()).unwrap();
            assert_eq!(refusal.field, field);
            assert!(!refusal.reason_zh.is_empty() && !refusal.reason.is_empty());
        }
    }

    #[test]
    fn unknown_fields_and_other_forms_are_refused() {
        let c = command(json!({"colour": 1}));
        assert_eq!(Ask::new(&c, &["case"]).err().unwrap().field, "colour");
        assert!(Ask::new(&command(json!([1])), &[]).is_err());
        assert!(Ask::new(&command(Json::Null), &[]).unwrap().flag("pass").unwrap().is_none());
    }

    #[test]
    fn good_fields_come_out() {
        let c = command(
            json!({"case": "urn:a:1", "photo": "b3-77", "words": " 好 ", "at": {"type": "Point", "coordinates": [117, 28]}, "place": "桥边"}),
        );
        let ask = Ask::new(&c, &["case", "photo", "words", "at", "place"]).unwrap();
        assert_eq!(ask.ids("case").unwrap(), [ask.id("case").unwrap()]);
        assert_eq!(ask.photos("photo").unwrap(), [Value::text("b3-77")]);
        assert_eq!(ask.words("words").unwrap(), "好");
        assert_eq!(ask.point("at").unwrap(), Some(Point { lon: 117.0, lat: 28.0 }));
        assert_eq!(ask.place("place").unwrap().unwrap().en, "桥边");
        assert_eq!(verb(&c.name), "note");
    }
}
