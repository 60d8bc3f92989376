//! Operations on several entities (5.6.7 to 5.6.10): every entity for itself, each with its own result.

use super::ask::Ask;
use super::failure::Failure;
use super::write::submit;
use crate::City;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use ngsild::LdError;
use serde_json::{Value as Json, json};

/// What became of a batch: ids, and errors each with its entity.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Results {
    /// Entities that are new.
    pub(super) created: Vec<Json>,
    /// Entities that were changed or removed.
    pub(super) done: Vec<Json>,
    /// What could not be done.
    pub(super) errors: Vec<Json>,
}

impl Results {
    fn read(answer: &Json) -> Self {
        let list = |member: &str| answer.get(member).and_then(Json::as_array).cloned().unwrap_or_default();
        Self {
            created: list("created"),
            done: [list("updated"), list("deleted")].concat(),
            errors: list("errors"),
        }
    }

    /// 207 when something failed, 201 with the ids of new entities, else 204.
    pub(super) fn answer(self, ask: &Ask) -> Response {
        let (status, body) = self.status();
        let Some(body) = body else { return status.into_response() };
        let mut response = ask.answer(body);
        *response.status_mut() = status;
        response
    }

    fn status(self) -> (StatusCode, Option<Json>) {
        if !self.errors.is_empty() {
            let success = [self.created, self.done].concat();
            let body = json!({ "success": success, "errors": self.errors });
            return (StatusCode::MULTI_STATUS, Some(body));
        }
        match self.created.is_empty() {
            true => (StatusCode::NO_CONTENT, None),
            false => (StatusCode::CREATED, Some(Json::Array(self.created))),
        }
    }
}

/// Gives a command for the members of the body, which is a list; `more` are the command's other fields. A member
/// whose names cannot be read fails for itself.
///
/// # Errors
/// `BadRequestData` when the body is no list; 401 or 403 without the right.
pub(super) async fn run(city: &City, ask: &Ask, command: &str, more: Json) -> Result<Results, Failure> {
    let Json::Array(members) = &ask.body else { return Err(LdError::bad("", "not a list").into()) };
    let (mut entities, mut failed) = (Vec::new(), Vec::new());
    for member in members {
        match if member.is_string() { Ok(member.clone()) } else { ask.expanded_member(member) } {
            Ok(entity) => entities.push(entity),
            Err(failure) => failed.push(json!({ "entityId": member.get("id"), "error": failure.body() })),
        }
    }
    if entities.is_empty() && !failed.is_empty() {
        return Ok(Results { errors: failed, ..Results::default() });
    }
    let mut body = more;
    body[if command == "broker.batch_delete" { "ids" } else { "entities" }] = Json::Array(entities);
    let receipt = submit(city, ask, command, body).await?;
    let mut results = Results::read(&receipt.answer);
    results.errors.extend(failed);
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_tells_what_became_of_a_batch() {
        let of = |answer: Json| Results::read(&answer).status();
        assert_eq!(of(json!({ "created": ["urn:a:1"] })), (StatusCode::CREATED, Some(json!(["urn:a:1"]))));
        assert_eq!(
            of(json!({ "updated": ["urn:a:1"], "created": [], "errors": [] })),
            (StatusCode::NO_CONTENT, None)
        );
        assert_eq!(of(json!({ "deleted": ["urn:a:1"] })), (StatusCode::NO_CONTENT, None));
        let (status, body) = of(
            json!({ "created": ["urn:a:1"], "updated": ["urn:a:2"], "errors": [{ "entityId": "urn:a:3" }] }),
        );
        assert_eq!((status.as_u16(), body.unwrap()["success"].clone()), (207, json!(["urn:a:1", "urn:a:2"])));
    }
}
