//! `POST /api/cases/{id}/signals/{sid}/phone`: a reporter's telephone number, for a purpose, recorded first.

use super::wire::{Phone, PhoneAsked};
use super::{Asked, held_signal};
use crate::public::declared::declared;
use crate::public::sight::Sight;
use crate::session::Staff;
use crate::{City, Problem};
use axum::Json;
use axum::extract::{Path, State};
use model::Value;

/// Most characters of the reason.
const PURPOSE_MAX: usize = 200;
/// The column.
const PHONE: &str = "phone";

/// Opens the telephone number of one report of a case. The record is durable before the number is shown.
///
/// # Errors
/// 400 without a reason, 403 when no right names a purpose for it, 404 when there is no such report or number.
#[utoipa::path(post, path = "/api/cases/{id}/signals/{sid}/phone", tag = "staff",
    params(("id" = String, Path, description = "the case"), ("sid" = String, Path, description = "the report")), request_body = PhoneAsked,
    responses((status = 200, body = Phone), (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn phone(
    State(city): State<City>,
    Staff(who): Staff,
    Path((id, sid)): Path<(String, String)>,
    Asked(asked): Asked<PhoneAsked>,
) -> Result<Json<Phone>, Problem> {
    let purpose = asked.purpose.trim();
    if purpose.is_empty() || purpose.chars().count() > PURPOSE_MAX {
        return Err(Problem::invalid(
            "purpose",
            "请写明为什么要看电话，200 字以内",
            "say in at most 200 characters why the number is needed",
        ));
    }
    let sight = Sight::of(&city, &who)?;
    let declared = declared(&sight.snapshot.state);
    let flow = declared.flows.first().ok_or_else(|| Problem::missing("flow"))?;
    let report = held_signal(&sight, flow, &id, &sid)?;
    if report.value(PHONE).is_none_or(|v| *v == Value::Null) {
        return Err(Problem::missing(PHONE));
    }
    let scope = sight.permit.scope(report.kind());
    let recorded_purpose = scope
        .purpose(&report, PHONE)
        .map(ToString::to_string)
        .ok_or_else(|| Problem::forbidden("read phone"))?;
    let values = city.ports.door.read_personal(sight.permit.clone(), &report.key, &[PHONE]).await?;
    let phone = values
        .get(PHONE)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| Problem::missing(PHONE))?;
    Ok(Json(Phone { phone, recorded_purpose }))
}
