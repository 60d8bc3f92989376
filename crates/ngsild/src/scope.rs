//! The scope of an entity (clause 4.18): where it belongs in one or more hierarchies. It is kept as an
//! attribute of that name and written without a type.

use crate::error::LdError;
use model::{Attribute, Name, Value};
use serde_json::Value as Json;

/// Name of the member.
pub const SCOPE: &str = "scope";
const SCOPES_MAX: usize = 64;

/// Reads the scope of an entity: one, or a list of them.
pub(crate) fn parse(json: &Json) -> Result<Value, LdError> {
    match json {
        Json::String(text) => one(text),
        Json::Array(items) if !items.is_empty() && items.len() <= SCOPES_MAX => {
            let texts = items.iter().map(|i| one(i.as_str().unwrap_or_default()));
            Ok(Value::List(texts.collect::<Result<_, _>>()?))
        }
        _ => Err(LdError::bad(SCOPE, "neither a scope nor a list of scopes")),
    }
}

fn one(text: &str) -> Result<Value, LdError> {
    let levels = text.strip_prefix('/').unwrap_or(text).split('/');
    let level = |l: &str| l.chars().next().is_some_and(char::is_alphabetic) && Name::checked(l).is_ok();
    match levels.clone().all(level) {
        true => Ok(Value::text(text)),
        false => {
            Err(LdError::bad(SCOPE, format!("not a scope: {}", text.chars().take(60).collect::<String>())))
        }
    }
}

/// The scopes of both, those of the first before those that only the second has.
#[must_use]
pub fn joined_scopes(old: &Attribute, new: &Attribute) -> Attribute {
    let mut all: Vec<Value> = Vec::new();
    for value in [&old.value, &new.value] {
        let items = if value.items().is_empty() { std::slice::from_ref(value) } else { value.items() };
        items.iter().filter(|v| v.as_str().is_some()).for_each(|v| {
            if !all.contains(v) {
                all.push(v.clone());
            }
        });
    }
    Attribute { value: Value::list(all), ..new.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scopes_by_the_grammar() {
        for good in [json!("/Madrid/Gardens/ParqueNorte"), json!("甲/乙1"), json!(["/a", "b_2/c"])] {
            assert_eq!(parse(&good).unwrap().to_json(), good);
        }
        let bad = [
            json!("9bad"),
            json!("/a//b"),
            json!("a-b"),
            json!("urn:ngsi-ld:null"),
            json!(["/ok", "9bad"]),
            json!(""),
            json!([]),
            json!(3),
            json!(["/a", 4]),
        ];
        for json in bad {
            assert!(parse(&json).is_err(), "{json}");
        }
    }

    #[test]
    fn joining_keeps_each_once() {
        let scope = |v: Value| Attribute::new(SCOPE, v);
        let both =
            joined_scopes(&scope(Value::text("/a")), &scope(Value::list(["/b", "/a"].map(Value::text))));
        assert_eq!(both.value.to_json(), json!(["/a", "/b"]));
    }
}
