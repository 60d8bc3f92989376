//! `GET /api/firm`: what a firm sees of its own, and nothing of others.

use super::detail::REFUSED_MAX;
use super::refused;
use super::values::{Measured, link, state_title};
use super::wire::{OwnView, Owned, Suspected};
use crate::public::sight::{Sight, text};
use crate::public::wire::T;
use crate::session::Staff;
use crate::{City, Problem};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::{Entity, EntityId, Name, Value};
use store::Condition;

/// Most devices of one firm in an answer.
const DEVICES_MAX: usize = 200;
/// Most alerts of one thing in an answer.
const ALERTS_MAX: usize = 20;
/// Type of the alerts that rules make.
const ALERT: &str = "Alert";

/// The caller's firm with its devices: frames accepted, frames refused with the reason, and what is suspected.
///
/// # Errors
/// 401 for nobody; 403 for an account that stands for no firm.
#[utoipa::path(get, path = "/api/firm", tag = "device",
    responses((status = 200, body = OwnView), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn firm(State(city): State<City>, Staff(who): Staff) -> Result<Json<OwnView>, Problem> {
    let sight = Sight::of(&city, &who)?;
    let Some(own) = who.owns.as_ref() else {
        let (zh, en) = ("这个账户不代表任何企业", "this account stands for no firm");
        return Err(Problem::new(StatusCode::FORBIDDEN, None, zh, en));
    };
    let conditions = vec![Condition::Equals(Name::new("firm"), Value::Id(own.clone()))];
    let devices = sight.list(&Name::new(gateway::DEVICE), conditions, None, DEVICES_MAX);
    let mut outfalls = Vec::with_capacity(devices.len());
    for device in devices {
        outfalls.push(owned(&city, &Measured::of(&sight, device)).await);
    }
    Ok(Json(OwnView {
        now: sight.now.rfc3339(),
        firm: sight.name(own),
        outfalls,
        simulated: city.ports.demo,
    }))
}

async fn owned(city: &City, of: &Measured<'_>) -> Owned {
    let id = of.device.id();
    let subject = of.device.object("subject").unwrap_or(id);
    let login = of.word("login");
    let shared = &city.ports.gateway.shared;
    let tally = shared.tally(id);
    Owned {
        id: subject.to_string(),
        device: id.to_string(),
        link: link(id),
        name: of.name(),
        state_title: state_title(&of.word("state")),
        state: of.word("state"),
        last_report_at: of.last_report_at().map(model::Time::rfc3339),
        kept: of.kept(city).await.view(),
        accepted: tally.accepted,
        resent: tally.resent,
        refused_count: shared.refused_total(&login),
        refused: shared.refused(&login, REFUSED_MAX).iter().map(refused::frame).collect(),
        values: of.values(),
        suspected: suspected(of.sight, subject),
    }
}

/// Alerts about a thing that the reader sees, the newest first.
fn suspected(sight: &Sight, subject: &EntityId) -> Vec<Suspected> {
    let about = vec![Condition::Equals(Name::new("subject"), Value::Id(subject.clone()))];
    let mut alerts = sight.list(&Name::new(ALERT), about, None, 10_000);
    alerts.sort_by_key(|a| std::cmp::Reverse(a.time("since")));
    alerts.iter().take(ALERTS_MAX).map(suspicion).collect()
}

fn suspicion(alert: &Entity) -> Suspected {
    Suspected {
        at: alert.time("since").unwrap_or(alert.created_at).rfc3339(),
        headline: text(alert, "headline").unwrap_or_else(|| T::of("疑似异常", "something is suspected")),
        value: alert.number("value"),
        limit: alert.number("limit"),
        state: alert.text("state").unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestCity, person, token};

    #[tokio::test]
    async fn a_firm_sees_its_own_and_nothing_of_others() {
        let city = TestCity::start().await;
        city.report("monitor", 82.4).await;
        let json = city.get("/api/firm", Some(person("firm"))).await.json();
        assert_eq!(json["firm"]["zh"], "甲厂");
        let all = json["outfalls"].as_array().unwrap();
        assert_eq!((all.len(), all[0]["device"].as_str()), (1, Some("urn:ngsi-ld:Device:monitor")), "{json}");
        assert_eq!(
            (all[0]["accepted"].as_u64(), all[0]["values"][0]["value"].as_f64()),
            (Some(1), Some(82.4))
        );
        let suspected = all[0]["suspected"].as_array().unwrap();
        assert_eq!(suspected.len(), 1, "the alert about another firm is not shown");
        assert_eq!(
            (suspected[0]["value"].as_f64(), suspected[0]["headline"]["zh"].as_str()),
            (Some(82.4), Some("疑似超标"))
        );
        assert_eq!(city.get("/api/firm", Some(token("clerk"))).await.status, 403);
        assert_eq!(city.get("/api/firm", None).await.status, 401);
    }
}
