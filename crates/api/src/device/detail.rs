//! `GET /api/devices/{id}`: one device with its newest values, how it kept its promise, and its refused frames.

use super::refused;
use super::values::{Measured, state_title};
use super::wire::{Counts, DeviceView, Subject};
use crate::public::sight::{Sight, flag};
use crate::session::Staff;
use crate::{City, Problem};
use axum::Json;
use axum::extract::{Path, State};

/// Most refused frames in one answer.
pub(crate) const REFUSED_MAX: usize = 50;

/// The device.
///
/// # Errors
/// 401 for nobody; 404 when it is not there or not open to the reader.
#[utoipa::path(get, path = "/api/devices/{id}", tag = "device", params(("id" = String, Path, description = "the device")),
    responses((status = 200, body = DeviceView), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn device(
    State(city): State<City>,
    Staff(who): Staff,
    Path(id): Path<String>,
) -> Result<Json<DeviceView>, Problem> {
    let sight = Sight::of(&city, &who)?;
    let of = Measured::must(&sight, &id)?;
    let kept = of.kept(&city).await;
    let login = of.word("login");
    let shared = &city.ports.gateway.shared;
    let tally = shared.tally(of.device.id());
    let connected = shared.link(of.device.id()).map(|_| "connected".to_owned());
    let subject = of.device.object("subject").map(|s| Subject { id: s.to_string(), name: sight.name(s) });
    Ok(Json(DeviceView {
        now: sight.now.rfc3339(),
        id: of.device.id().to_string(),
        name: of.name(),
        protocol: of.word("protocol"),
        subject,
        state: of.word("state"),
        state_title: state_title(&of.word("state")),
        connection: connected.unwrap_or_else(|| of.word("connection")),
        promise_minutes: of.promise_minutes(),
        last_report_at: of.last_report_at().map(model::Time::rfc3339),
        kept: kept.view(),
        values: of.values(),
        gaps: kept.gap_views(),
        refused: shared.refused(&login, REFUSED_MAX).iter().map(refused::frame).collect(),
        counts: Counts {
            accepted: tally.accepted,
            resent: tally.resent,
            refused: shared.refused_total(&login),
        },
        simulated: flag(&of.device, "simulated"),
        login,
    }))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestCity, person, token};

    #[tokio::test]
    async fn a_device_shows_its_values_and_how_it_kept_its_promise() {
        let city = TestCity::start().await;
        let seq = city.report("monitor", 82.4).await;
        city.history.fill("level", city.now(), 300, 12);
        let answer = city.get("/api/devices/urn:ngsi-ld:Device:monitor", Some(token("clerk"))).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let json = answer.json();
        let value = &json["values"][0];
        assert_eq!(
            (value["attr"].as_str(), value["value"].as_f64(), value["limit"].as_f64()),
            (Some("level"), Some(82.4), Some(50.0))
        );
        assert_eq!(
            (value["title"]["zh"].as_str(), value["unit"].as_str(), value["seq"].as_u64()),
            (Some("液位"), Some("m"), Some(seq))
        );
        assert_eq!(
            (json["kept"]["expected"].as_i64(), json["kept"]["received"].as_i64()),
            (Some(12), Some(12))
        );
        assert_eq!(
            (json["gaps"].as_array().unwrap().len(), json["counts"]["accepted"].as_u64()),
            (0, Some(1))
        );
        assert_eq!(
            (json["subject"]["name"]["zh"].as_str(), json["state_title"]["zh"].as_str()),
            (Some("仪一"), Some("已登记"))
        );
    }

    #[tokio::test]
    async fn a_firm_sees_its_own_devices_only() {
        let city = TestCity::start().await;
        let cases = [
            ("monitor", Some(person("firm")), 200),
            ("meter", Some(person("firm")), 404),
            ("none", Some(token("clerk")), 404),
            ("monitor", None, 401),
        ];
        for (device, who, status) in cases {
            let path = format!("/api/devices/urn:ngsi-ld:Device:{device}");
            assert_eq!(city.get(&path, who).await.status, status, "{device}");
        }
    }
}
