//! `GET /api/holds`: senders that wait for a person's decision.

use super::connect::things;
use super::wire::{Held, Holds};
use crate::public::sight::Sight;
use crate::public::wire::T;
use crate::session::Staff;
use crate::{City, Problem};
use axum::Json;
use axum::extract::State;
use model::{Entity, Name, Time, Value};
use store::Condition;

/// Most senders in one answer.
const HELD_MAX: usize = 1_000;

/// The senders that wait, the newest first.
///
/// # Errors
/// 401 for nobody; 403 for a role that may not see the list.
#[utoipa::path(get, path = "/api/holds", tag = "device",
    responses((status = 200, body = Holds), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn holds(State(city): State<City>, Staff(who): Staff) -> Result<Json<Holds>, Problem> {
    let sight = Sight::of(&city, &who)?;
    if sight.permit.scope(gateway::HELD).is_empty() {
        return Err(Problem::forbidden(gateway::HELD));
    }
    let waits = vec![Condition::Equals(Name::new("state"), Value::text("held"))];
    let mut found = sight.list(&Name::new(gateway::HELD), waits, None, HELD_MAX);
    found.sort_by_key(|e| std::cmp::Reverse(e.time("last_seen")));
    let things = things(&sight.snapshot.state);
    Ok(Json(Holds { now: sight.now.rfc3339(), held: found.iter().map(held).collect(), things }))
}

fn held(entity: &Entity) -> Held {
    let word = |attr: &str| entity.text(attr).unwrap_or_default().to_owned();
    let time = |attr: &str, otherwise: Time| entity.time(attr).unwrap_or(otherwise).rfc3339();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count that is not negative"
    )]
    let count = entity.number("frames").unwrap_or(1.0).max(0.0) as u64;
    Held {
        id: entity.id().to_string(),
        protocol: word("protocol"),
        login: word("login"),
        reason: reason(&word("reason")),
        first_seen: time("first_seen", entity.created_at),
        last_seen: time("last_seen", entity.modified_at),
        count,
        remote: word("peer"),
        sample: word("sample"),
    }
}

/// Why a sender waits, in words.
pub(crate) fn reason(word: &str) -> T {
    match word {
        "unknown" => T::of("设备未登记，等待批准。", "The device is not registered; it waits for approval."),
        "wrong_password" => T::of(
            "口令和登记的不一样，等待批准。",
            "The password is not the registered one; it waits for approval.",
        ),
        other => T::of(other, other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestCity, person, token};

    #[tokio::test]
    async fn an_unknown_sender_waits_and_is_approved() {
        let city = TestCity::start().await;
        let refused = city.post_basic("/api/readings", "h9", "secret", r#"{"flow": 2.5}"#).await;
        assert_eq!(refused.status, 401, "{}", refused.text());
        let json = city.get("/api/holds", Some(token("clerk"))).await.json();
        let held = &json["held"][0];
        assert_eq!((held["login"].as_str(), held["count"].as_u64()), (Some("h9"), Some(1)), "{json}");
        assert!(held["reason"]["zh"].as_str().unwrap().contains("未登记"));
        assert!(!held["sample"].as_str().unwrap().contains("secret"));
        assert!(json["things"].as_array().unwrap().iter().any(|t| t["id"] == "gauge-http"));
        let body = serde_json::json!({ "held": held["id"], "thing_model": "gauge-http", "name": "新仪" });
        let approved =
            city.send("POST", "/api/commands/gateway.approve", Some(token("clerk")), &body.to_string()).await;
        assert_eq!(approved.status, 200, "{}", approved.text());
        assert_eq!(approved.json()["id"], "urn:ngsi-ld:Device:http-h9");
        let taken = city.post_basic("/api/readings", "h9", "secret", r#"{"flow": 2.5}"#).await;
        assert_eq!(taken.status, 200, "{}", taken.text());
        assert_eq!(
            city.get("/api/holds", Some(token("clerk"))).await.json()["held"].as_array().unwrap().len(),
            0
        );
        assert_eq!(city.get("/api/holds", Some(person("firm"))).await.status, 403);
    }
}
