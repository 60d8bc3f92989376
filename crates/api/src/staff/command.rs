//! `POST /api/commands/{name}`: a command of an engine that the portal may speak to.

use super::Asked;
use super::wire::Done;
use crate::public::idempotency_key;
use crate::session::Staff;
use crate::{City, Problem};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use door::{Expected, Receipt};
use model::{EntityId, EntityKey, Name};
use serde_json::{Map, Value as Tree};

/// Engines that may be commanded from here.
const ENGINES: [&str; 3] = ["flow.", "rules.", "gateway."];
/// Fields that name the entity whose version is expected, the first that is there.
const SUBJECTS: [&str; 5] = ["task", "case", "alert", "device", "held"];

/// Submits a command by the caller's right. `version` in the body is the version that was seen;
/// `Idempotency-Key` lets a command be sent again without being done again.
///
/// # Errors
/// 400 with the field, 403 without the right, 404 for no such command or entity, 409 when it has changed since it
/// was seen or the state does not allow it.
#[utoipa::path(post, path = "/api/commands/{name}", tag = "staff",
    params(("name" = String, Path, description = "engine.verb"), ("Idempotency-Key" = Option<String>, Header, description = "key of a repetition")),
    request_body = Object,
    responses((status = 200, body = Done), (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn command(
    State(city): State<City>,
    Staff(who): Staff,
    Path(name): Path<String>,
    headers: HeaderMap,
    Asked(mut body): Asked<Map<String, Tree>>,
) -> Result<Json<Done>, Problem> {
    if !known(&name) {
        return Err(Problem::missing(&format!("command {}", name.chars().take(60).collect::<String>())));
    }
    let expected = expected(&mut body)?;
    let key = idempotency_key(&headers)?.map(Name::new);
    let receipt = city.submit(&who, &name, Tree::Object(body), key, expected.into_iter().collect()).await?;
    Ok(Json(done(receipt)))
}

fn known(name: &str) -> bool {
    let plain = name.len() <= 60 && name.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'.' | b'_'));
    plain && ENGINES.iter().any(|e| name.strip_prefix(e).is_some_and(|verb| !verb.is_empty()))
}

/// Takes `version` out of the body: the version of the task, case or whatever the command is about.
fn expected(body: &mut Map<String, Tree>) -> Result<Option<Expected>, Problem> {
    let Some(version) = body.remove("version").filter(|v| !v.is_null()) else { return Ok(None) };
    let version =
        version.as_u64().ok_or_else(|| Problem::invalid("version", "应是整数", "must be a whole number"))?;
    let subject = SUBJECTS.iter().find_map(|s| body.get(*s).and_then(Tree::as_str));
    let subject = subject.ok_or_else(|| {
        Problem::invalid("version", "没有说明是哪一件的版本", "nothing is named that has a version")
    })?;
    let id =
        EntityId::checked(subject).map_err(|e| Problem::invalid("version", "不是编号", e.to_string()))?;
    Ok(Some(Expected { key: EntityKey::city(id), version }))
}

fn done(receipt: Receipt) -> Done {
    let answer = match receipt.answer {
        Tree::Object(answer) => answer,
        Tree::Null => Map::new(),
        other => Map::from_iter([("answer".to_owned(), other)]),
    };
    Done { seq: receipt.seq, repeated: receipt.repeated, answer }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(json: Tree) -> Map<String, Tree> {
        json.as_object().unwrap().clone()
    }

    #[test]
    fn only_the_engines_of_the_portal_are_commanded() {
        for (name, want) in [
            ("flow.dispatch", true),
            ("rules.acknowledge", true),
            ("gateway.approve", true),
            ("flow.keep_apart", true),
            ("pack.install", false),
            ("access.token", false),
            ("broker.delete", false),
            ("flow.", false),
            ("flow", false),
            ("flow./../x", false),
            ("FLOW.note", false),
        ] {
            assert_eq!(known(name), want, "{name}");
        }
    }

    #[test]
    fn the_version_is_of_what_the_command_is_about() {
        let mut body = map(json!({"case": "urn:c:1", "task": "urn:t:1", "version": 7, "words": "x"}));
        let seen = expected(&mut body).unwrap().unwrap();
        assert_eq!((seen.key.id.as_str(), seen.version), ("urn:t:1", 7));
        assert!(!body.contains_key("version") && body.contains_key("words"));
        assert_eq!(expected(&mut map(json!({"case": "urn:c:1"}))).unwrap(), None);
        assert_eq!(expected(&mut map(json!({"case": "urn:c:1", "version": null}))).unwrap(), None);
        for bad in [
            json!({"version": 7}),
            json!({"case": "urn:c:1", "version": "7"}),
            json!({"case": "x y", "version": 7}),
        ] {
            assert_eq!(expected(&mut map(bad)).unwrap_err().field.as_deref(), Some("version"));
        }
    }

    #[test]
    fn the_answer_stands_beside_the_position() {
        let receipt = |answer| Receipt { seq: 5, repeated: false, answer };
        let json = |answer| serde_json::to_value(done(receipt(answer))).unwrap();
        assert_eq!(json(json!({"case": "urn:c:1"})), json!({"seq": 5, "repeated": false, "case": "urn:c:1"}));
        assert_eq!(json(Tree::Null), json!({"seq": 5, "repeated": false}));
        assert_eq!(json(json!([1]))["answer"], json!([1]));
    }
}
