//! `POST /api/commands/gateway.approve`: a sender that waited becomes a device.

use super::subject;
use super::wire::Approved;
use crate::public::idempotency_key;
use crate::public::sight::Sight;
use crate::session::Staff;
use crate::staff::Asked;
use crate::{City, Problem};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use gateway::directory;
use model::Name;
use serde_json::{Map, Value as Tree};

/// Approves a held sender (`held`, `thing_model`, `name`, and what a registration may say). A sender that was not
/// known and for which no `subject` is named gets one of its Thing Model's type.
///
/// # Errors
/// 400 with the field at fault, 403 without the right, 404 when it does not wait, 409 when it was decided before.
#[utoipa::path(post, path = "/api/commands/gateway.approve", tag = "device", request_body = Object,
    params(("Idempotency-Key" = Option<String>, Header, description = "key of a repetition")),
    responses((status = 200, body = Approved), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn approve(
    State(city): State<City>,
    Staff(who): Staff,
    headers: HeaderMap,
    Asked(mut body): Asked<Map<String, Tree>>,
) -> Result<Json<Approved>, Problem> {
    let sight = Sight::of(&city, &who)?;
    city.permit(&sight.snapshot.access, &who, "gateway.approve")?;
    let key = idempotency_key(&headers)?.map(Name::new);
    body.remove("version");
    let held = body.get("held").and_then(Tree::as_str).unwrap_or_default();
    let held = sight.must(held, &Name::new(gateway::HELD))?;
    let (protocol, login) =
        (held.text("protocol").unwrap_or_default(), held.text("login").unwrap_or_default());
    let known = directory::find(&sight.snapshot.state, protocol, login)
        .filter(|d| d.text("state") != Some("retired"));
    let waits = held.text("state") != Some("approved");
    if known.is_none() && waits && !body.contains_key("subject") {
        let thing = body.get("thing_model").and_then(Tree::as_str).unwrap_or_default();
        let model = subject::model(&sight.snapshot.state, thing, protocol)?;
        let name = subject::name(body.get("name").unwrap_or(&Tree::Null))?;
        let made = subject::subject(&city, &who, &model, login, &name).await?;
        body.insert("name".into(), name);
        body.insert("subject".into(), Tree::String(made));
    }
    let receipt = city.submit(&who, "gateway.approve", Tree::Object(body), key, vec![]).await?;
    let id = receipt.answer.get("id").and_then(Tree::as_str).map(str::to_owned);
    Ok(Json(Approved { seq: receipt.seq, repeated: receipt.repeated, id }))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestCity, person, token};

    #[tokio::test]
    async fn only_what_waits_can_be_approved() {
        let city = TestCity::start().await;
        let ask = async |who, held: &str| {
            let body = format!(r#"{{"held": "{held}", "thing_model": "gauge-http", "name": "仪"}}"#);
            city.send("POST", "/api/commands/gateway.approve", Some(who), &body).await.status
        };
        assert_eq!(ask(token("clerk"), "urn:ngsi-ld:HeldDevice:http:none").await, 404);
        assert_eq!(ask(person("firm"), "urn:ngsi-ld:HeldDevice:http:none").await, 403);
        city.post_basic("/api/readings", "h7", "secret", "{}").await;
        assert_eq!(ask(token("clerk"), "urn:ngsi-ld:HeldDevice:http:h7").await, 200);
        assert_eq!(ask(token("clerk"), "urn:ngsi-ld:HeldDevice:http:h7").await, 409);
    }
}
