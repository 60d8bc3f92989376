//! Changes: a command of the broker by the caller's right, with the errors of the standard.

use super::ask::Ask;
use super::failure::Failure;
use crate::{City, Problem};
use axum::http::StatusCode;
use door::{Body, Command, Receipt, packs};
use model::Name;
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Gives a command of the broker.
///
/// # Errors
/// 401 for nobody, 403 without the right, else the refusal as an error of the standard.
pub(super) async fn submit(city: &City, ask: &Ask, name: &str, body: Json) -> Result<Receipt, Failure> {
    let permit = city.permit(&ask.snapshot.access, &ask.who, name).map_err(|e| ask.refused(e))?;
    let command = Command {
        name: Name::new(name),
        version: 1,
        body: Body::Json(body),
        permit,
        idempotency_key: ask.key.clone(),
        expected: vec![],
    };
    Ok(city.ports.door.submit(command).await?)
}

/// Gives a command about one entity. An entity that the caller sees and another engine writes is refused with words
/// that name the way by which it is changed, whatever else the caller may do.
///
/// # Errors
/// As `submit`.
pub(super) async fn change(
    city: &City,
    ask: &Ask,
    id: &str,
    name: &str,
    body: Json,
) -> Result<Receipt, Failure> {
    super::ask::key(id)?;
    if ask.who.via != "public" {
        foreign(city, ask, id)?;
    }
    submit(city, ask, name, body).await
}

fn foreign(city: &City, ask: &Ask, id: &str) -> Result<(), Failure> {
    let snapshot = &ask.snapshot;
    let Some(entity) = snapshot.state.city(id) else { return Ok(()) };
    let writer = snapshot.schemas.get(entity.kind()).map_or("broker", |s| s.writer.as_str());
    if writer == "broker" || !city.permit(&snapshot.access, &ask.who, "read").is_ok_and(|p| p.sees(entity)) {
        return Ok(());
    }
    let kind = entity.kind();
    let files = packs::section(&snapshot.state, "flows");
    let (zh, en) = match files.iter().find_map(|f| flow_of(&f.text, kind)) {
        Some(flow) => (
            format!(
                "{kind} 由流程“{}”（{}）改动，不能直接改；请用 {writer} 的命令走这个流程",
                flow.title.zh, flow.id
            ),
            format!(
                "entities of type {kind} are changed by the flow {} ({}) only; use the commands of {writer}",
                flow.id, flow.title.en
            ),
        ),
        None => (
            format!("{kind} 由 {writer} 改动，不能直接改；请用它的命令"),
            format!("entities of type {kind} are changed by {writer} only; use its commands"),
        ),
    };
    Err(Problem::new(StatusCode::FORBIDDEN, Some("type"), zh, en).into())
}

/// The little of a flow's file that is needed here.
#[derive(Deserialize)]
struct Flow {
    id: String,
    #[serde(default)]
    title: door::Text,
    #[serde(default)]
    types: BTreeMap<String, String>,
}

/// The flow, when it is the one that changes the type. A file that cannot be read is the flow engine's to report.
fn flow_of(yaml: &str, kind: &str) -> Option<Flow> {
    let flow: Flow = serde_yaml_ng::from_str(yaml).ok()?;
    flow.types.values().any(|t| t == kind).then_some(flow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_is_found_by_the_type_that_it_changes() {
        let yaml = "{id: job, title: {zh: 办事, en: Doing}, types: {case: Job}, states: []}";
        assert_eq!(flow_of(yaml, "Job").unwrap().id, "job");
        assert!(flow_of(yaml, "Gate").is_none() && flow_of("{", "Job").is_none());
    }
}
