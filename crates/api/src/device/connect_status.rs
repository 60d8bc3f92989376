//! `GET /api/connect/{device}/status`: whether the first message of a new device has come, or why not.

use super::holds;
use super::values::Measured;
use super::wire::ConnectStatus;
use crate::public::sight::Sight;
use crate::public::wire::T;
use crate::session::Staff;
use crate::{City, Problem};
use axum::Json;
use axum::extract::{Path, State};
use model::Time;

/// What came of a device since it was registered. `reason` is there when the last thing that came under its login
/// was not accepted.
///
/// # Errors
/// 401 for nobody; 404 when the device is not there or not open to the reader.
#[utoipa::path(get, path = "/api/connect/{device}/status", tag = "device", params(("device" = String, Path, description = "the device")),
    responses((status = 200, body = ConnectStatus), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn status(
    State(city): State<City>,
    Staff(who): Staff,
    Path(device): Path<String>,
) -> Result<Json<ConnectStatus>, Problem> {
    let sight = Sight::of(&city, &who)?;
    let of = Measured::must(&sight, &device)?;
    let registered = of.device.created_at;
    let (login, protocol) = (of.word("login"), of.word("protocol"));
    let shared = &city.ports.gateway.shared;
    let tally = shared.tally(of.device.id());
    let counted = (tally.last_ms > 0).then(|| Time::from_millis(tally.last_ms));
    let reported = of.device.time("last_report_at");
    let last = counted.max(reported);
    let mut first = last;
    for value in of.values().iter().filter(|_| last.is_some()) {
        let oldest = of.points(&city, &value.attr, registered, sight.now, 1).await;
        first = first.min(oldest.first().map(|p| p.at).or(first));
    }
    let mut refusals: Vec<(Time, T)> = Vec::new();
    if let Some(entry) = shared.refused(&login, 1).first() {
        refusals.push((Time::from_millis(entry.at_ms), T::of(&entry.reason.zh, &entry.reason.en)));
    }
    let held = sight.snapshot.state.city(gateway::held_id(&protocol, &login).as_str());
    if let Some(held) = held.filter(|h| h.text("state") == Some("held")) {
        let at = held.time("last_seen").unwrap_or(held.modified_at);
        refusals.push((at, holds::reason(held.text("reason").unwrap_or_default())));
    }
    let text = |t: Option<Time>| t.map(Time::rfc3339);
    let reason = newest(refusals, registered, last);
    Ok(Json(ConnectStatus { first_message_at: text(first), last_message_at: text(last), reason }))
}

/// The newest refusal since the registration, when nothing was accepted after it.
fn newest(refusals: Vec<(Time, T)>, registered: Time, accepted: Option<Time>) -> Option<T> {
    let since = refusals.into_iter().filter(|(at, _)| *at >= registered);
    let (at, reason) = since.max_by_key(|(at, _)| *at)?;
    accepted.is_none_or(|accepted| at > accepted).then_some(reason)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestCity, token};
    use super::*;

    #[test]
    fn only_a_refusal_that_came_last_is_told() {
        let at = |s: i64, word: &str| (Time::from_secs(s), T::of(word, word));
        let of = |refusals, accepted: Option<i64>| {
            newest(refusals, Time::from_secs(10), accepted.map(Time::from_secs)).map(|t| t.zh)
        };
        assert_eq!(of(vec![at(12, "a"), at(15, "b")], None).as_deref(), Some("b"));
        assert_eq!(of(vec![at(12, "a")], Some(13)), None);
        assert_eq!(of(vec![at(12, "a")], Some(11)).as_deref(), Some("a"));
        assert_eq!(of(vec![at(9, "before")], None), None);
        assert_eq!(of(vec![], None), None);
    }

    #[tokio::test]
    async fn the_page_is_told_what_came_and_what_was_wrong() {
        let city = TestCity::start().await;
        let ask = async || {
            city.get("/api/connect/urn:ngsi-ld:Device:poster/status", Some(token("clerk"))).await.json()
        };
        let nothing = ask().await;
        assert!(nothing["first_message_at"].is_null() && nothing["reason"].is_null(), "{nothing}");
        city.advance(1_000);
        city.post_basic("/api/readings", "poster", "wrong", r#"{"flow": 1}"#).await;
        assert!(ask().await["reason"]["zh"].as_str().unwrap().contains("口令"));
        city.advance(1_000);
        assert_eq!(city.post_basic("/api/readings", "poster", "secret", r#"{"flow": 1}"#).await.status, 200);
        let came = ask().await;
        assert!(
            came["first_message_at"].is_string()
                && came["last_message_at"].is_string()
                && came["reason"].is_null(),
            "{came}"
        );
    }
}
