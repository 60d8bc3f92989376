//! `GET /api/devices/{id}/frames/{seq}`: the raw frame of a reading beside its parsed fields.

use super::fields::fields;
use super::values::Measured;
use super::wire::FrameView;
use super::{hex, refused};
use crate::public::sight::Sight;
use crate::session::Staff;
use crate::{City, Problem};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

/// The frame that a commit keeps, when it is this device's.
///
/// # Errors
/// 404 when the device is not open to the reader, or the commit keeps no frame of it.
#[utoipa::path(get, path = "/api/devices/{id}/frames/{seq}", tag = "device",
    params(("id" = String, Path, description = "the device"), ("seq" = u64, Path, description = "the commit")),
    responses((status = 200, body = FrameView), (status = 404, body = Problem)))]
pub async fn frame(
    State(city): State<City>,
    Staff(who): Staff,
    Path((id, seq)): Path<(String, u64)>,
) -> Result<Json<FrameView>, Problem> {
    let sight = Sight::of(&city, &who)?;
    let of = Measured::must(&sight, &id)?;
    let commit = city.ports.door.read(seq).await;
    let kept = commit.and_then(|c| c.frame.map(|f| (c.header.recorded_at, f)));
    let Some((at, frame)) = kept.filter(|(_, f)| f.device == *of.device.id()) else {
        let zh = format!("第 {seq} 号记录没有这台设备的原始报文（可能是导入的历史数据）");
        let en = format!("record {seq} keeps no frame of this device; it may be imported history");
        return Err(Problem::new(StatusCode::NOT_FOUND, Some("seq"), zh, en));
    };
    Ok(Json(FrameView {
        seq,
        received_at: at.rfc3339(),
        protocol: frame.protocol.to_string(),
        text: String::from_utf8_lossy(&frame.bytes).into_owned(),
        bytes_hex: hex(&frame.bytes),
        fields: fields(frame.protocol.as_str(), &frame.bytes, of.thing.as_deref()),
        checks: refused::kept_checks(frame.checks.as_str()),
    }))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestCity, person, token};

    #[tokio::test]
    async fn a_frame_is_shown_to_those_who_see_its_device() {
        let city = TestCity::start().await;
        let seq = city.report("monitor", 82.4).await;
        let path = format!("/api/devices/urn:ngsi-ld:Device:monitor/frames/{seq}");
        let json = city.get(&path, Some(person("firm"))).await.json();
        assert_eq!((json["seq"].as_u64(), json["protocol"].as_str()), (Some(seq), Some("hj212")));
        assert_eq!(
            (json["checks"]["crc"].as_str(), json["fields"][0]["name"].as_str()),
            (Some("ok"), Some("##")),
            "{json}"
        );
        let other = format!("/api/devices/urn:ngsi-ld:Device:meter/frames/{seq}");
        assert_eq!(city.get(&other, Some(token("clerk"))).await.status, 404, "the frame is another device's");
        let none = "/api/devices/urn:ngsi-ld:Device:monitor/frames/1";
        assert!(city.get(none, Some(token("clerk"))).await.text().contains("没有这台设备的原始报文"));
    }
}
