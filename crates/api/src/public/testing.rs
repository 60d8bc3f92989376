//! What a resident does, for the tests of both folders.

use super::wire::{FollowView, Rating, ReportReceipt};
use super::{follow, photo, rate, report};
use crate::Problem;
use crate::session::Caller;
use crate::staff::Asked;
use crate::staff::testing::Town;
use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::HeaderMap;

const BOUNDARY: &str = "part-of-a-test";
const PLACE: [(&str, &str); 3] = [("lon", "117.1911"), ("lat", "28.2970"), ("place_words", "石桥边")];

/// A photograph with metadata in it.
pub(crate) fn picture() -> Vec<u8> {
    photo::tests::jpeg_with_place()
}

async fn form(parts: &[(&str, Vec<u8>)]) -> Multipart {
    let mut body = Vec::new();
    for (name, value) in parts {
        let file = if *name == "photo" { "; filename=\"a.jpg\"" } else { "" };
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes(),
        );
        body.extend(value);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    let request = Request::post("/api/reports")
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
    Multipart::from_request(request.body(Body::from(body)).unwrap(), &()).await.unwrap()
}

/// Reports something near the bridge, from the address `1.1.1.1`.
pub(crate) async fn report(
    town: &Town,
    fields: &[(&str, &str)],
    photo: bool,
) -> Result<ReportReceipt, Problem> {
    report_from(town, "1.1.1.1", HeaderMap::new(), fields, photo.then(picture)).await
}

/// The same from any address, with headers and any photograph.
pub(crate) async fn report_from(
    town: &Town,
    address: &str,
    headers: HeaderMap,
    fields: &[(&str, &str)],
    photo: Option<Vec<u8>>,
) -> Result<ReportReceipt, Problem> {
    let texts = fields.iter().chain(&PLACE).map(|(n, v)| (*n, v.as_bytes().to_vec()));
    let parts: Vec<(&str, Vec<u8>)> = texts.chain(photo.map(|p| ("photo", p))).collect();
    let caller = Caller(Town::public(address));
    let (status, Json(receipt)) =
        report::report(State(town.city.clone()), caller, headers, Ok(form(&parts).await)).await?;
    assert_eq!(status, 201);
    Ok(receipt)
}

/// Follows a code from the address `2.2.2.2`.
pub(crate) async fn follow(town: &Town, code: &str) -> Result<FollowView, Problem> {
    let caller = Caller(Town::public("2.2.2.2"));
    follow::follow(State(town.city.clone()), caller, Path(code.to_owned())).await.map(|Json(f)| f)
}

/// Rates by a code.
pub(crate) async fn rate(town: &Town, code: &str, word: &str) -> Result<(), Problem> {
    let caller = Caller(Town::public("2.2.2.2"));
    let asked = Asked(Rating { word: word.to_owned() });
    rate::rate(State(town.city.clone()), caller, Path(code.to_owned()), HeaderMap::new(), asked)
        .await
        .map(|_| ())
}
