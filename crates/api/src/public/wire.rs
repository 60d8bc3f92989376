//! Wire types of the public pages. Times are RFC 3339 in UTC, texts stand in both languages.

use door::Text;
use model::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A text in both languages; Chinese is the original.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct T {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl From<Text> for T {
    fn from(text: Text) -> Self {
        Self { zh: text.zh, en: text.en }
    }
}

impl From<&Text> for T {
    fn from(text: &Text) -> Self {
        text.clone().into()
    }
}

impl T {
    /// A text of two words.
    #[must_use]
    pub fn of(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// Several texts as one, with the comma of each language; none of nothing.
    #[must_use]
    pub fn list(texts: &[Self]) -> Option<Self> {
        let join =
            |pick: fn(&Self) -> &str, comma: &str| texts.iter().map(pick).collect::<Vec<_>>().join(comma);
        (!texts.is_empty()).then(|| Self::of(join(|t| &t.zh, "、"), join(|t| &t.en, ", ")))
    }
}

/// A time as it stands on the wire.
#[must_use]
pub fn at(time: Time) -> String {
    time.rfc3339()
}

/// `GET /api/front`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Front {
    /// Server time.
    pub now: String,
    /// Name of the city.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<T>,
    /// Alarms that a person has checked, the gravest first.
    pub alarms: Vec<FrontAlarm>,
    /// How many paragraphs of the ordinance have each public word.
    pub owes: BTreeMap<String, usize>,
    /// What the city measures in public places; unaudited.
    pub stations: Vec<Station>,
    /// What residents have reported.
    pub reports: Reports,
    /// Whether this is a demonstration.
    pub simulated: bool,
}

/// One alarm in the words that a resident asks for.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct FrontAlarm {
    /// The alert.
    pub id: String,
    /// 1 (gravest) to 4.
    pub level: u8,
    /// What it is.
    pub headline: T,
    /// Where.
    pub place: T,
    /// Since when.
    pub since: String,
    /// Who acts; none when nobody has been asked yet.
    pub acts: Option<T>,
    /// What comes next.
    pub next: T,
    /// What it means for me.
    pub means: T,
    /// Whether it is simulated.
    pub simulated: bool,
    /// Number of the article that it serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
}

/// A public measuring station.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Station {
    /// The station.
    pub id: String,
    /// Its name.
    pub name: T,
    /// Its area.
    pub area: T,
    /// Its last values.
    pub values: Vec<StationValue>,
    /// Whether it is simulated.
    pub simulated: bool,
}

/// The last value of one attribute.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct StationValue {
    /// The attribute.
    pub attr: String,
    /// Its title.
    pub title: T,
    /// The value.
    pub value: f64,
    /// Its unit in words.
    pub unit: String,
    /// When it was true.
    pub observed_at: String,
    /// Its upper limit, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
}

/// Numbers of reports.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reports {
    /// Received since the city's midnight.
    pub today: usize,
    /// In a case that is still somebody's work.
    pub open: usize,
    /// In a case that was closed since the city's midnight.
    pub closed_today: usize,
}

/// A choice with its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Choice {
    /// Its id.
    pub id: String,
    /// Its words.
    pub title: T,
}

/// `POST /api/reports`: the receipt.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportReceipt {
    /// The code by which the report is followed.
    pub code: String,
    /// When it was received.
    pub received_at: String,
}

/// `POST /api/reports` as a form (`multipart/form-data`).
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form in the document")]
pub struct ReportForm {
    /// What happened, at most 2,000 characters; may be left out when there is a photo.
    words: Option<String>,
    /// Telephone number, kept sealed.
    phone: Option<String>,
    /// Area of the place, an id.
    place: Option<String>,
    /// Longitude of the place in degrees.
    lon: Option<f64>,
    /// Latitude of the place in degrees.
    lat: Option<f64>,
    /// The nearer place in words, at most 200 characters.
    place_words: Option<String>,
    /// The matter.
    matter: Option<String>,
    /// JPEG, PNG or WebP of at most 8 MiB.
    #[schema(value_type = Option<String>, format = Binary)]
    photo: Option<Vec<u8>>,
    /// Whether a simulator sends it.
    simulated: Option<bool>,
}

/// `GET /api/reports/{code}`: how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowView {
    /// Server time.
    pub now: String,
    /// The code.
    pub code: String,
    /// State of its case.
    pub state: String,
    /// The state in words.
    pub title: T,
    /// The way from received to closed.
    pub steps: Vec<FollowStep>,
    /// What was answered.
    pub reply: Option<FollowReply>,
    /// What the resident answered to that.
    pub rating: Option<Rating>,
    /// Whether it may be rated now.
    pub may_rate: bool,
    /// The ratings on offer.
    pub rating_words: Vec<Choice>,
}

/// One step of the way.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct FollowStep {
    /// The state.
    pub state: String,
    /// The state in words.
    pub title: T,
    /// When it was reached; none when it has not been.
    pub at: Option<String>,
    /// Which body made it, when one did.
    pub by: Option<T>,
    /// More words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<T>,
}

/// What the bodies answered.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct FollowReply {
    /// The words.
    pub words: String,
    /// Photograph of the work done.
    pub photo_url: Option<String>,
    /// Photograph of before.
    pub photo_before_url: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Which body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<T>,
}

/// A rating.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rating {
    /// Id of one of the offered ratings.
    pub word: String,
}

/// `GET /api/articles`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Articles {
    /// Server time.
    pub now: String,
    /// All articles.
    pub articles: Vec<Article>,
}

/// One article with the state of its paragraphs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Article {
    /// Server time, in the answer about one article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    /// Its number.
    pub number: u32,
    /// Its chapter.
    pub chapter: Chapter,
    /// Its paragraphs.
    pub paragraphs: Vec<Paragraph>,
}

/// A chapter of the ordinance.
#[derive(Debug, Serialize, ToSchema)]
pub struct Chapter {
    /// Its number.
    pub number: u32,
    /// Its title, Chinese.
    pub zh: String,
    /// Its title, English.
    pub en: String,
}

/// One paragraph and its public word.
#[derive(Debug, Serialize, ToSchema)]
pub struct Paragraph {
    /// Its number in the article.
    pub paragraph: u32,
    /// Its text; authentic.
    pub text: String,
    /// A working translation.
    pub text_en: String,
    /// `not_met`, `verifying`, `exempt`, `met`, `unconnected` or `not_judged`.
    pub word: String,
    /// Since when it has this word.
    pub since: Option<String>,
    /// Numbers of rows behind it.
    pub counts: RowCounts,
    /// Who bears it.
    pub bearers: Vec<T>,
    /// Whether no machine judges it.
    pub soft: bool,
    /// The duties wired to it, in the answer about one article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duties: Option<Vec<Duty>>,
}

/// Numbers of rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowCounts {
    /// All.
    pub rows: usize,
    /// Met.
    pub met: usize,
    /// Being verified.
    pub verifying: usize,
}

/// One duty and its evidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct Duty {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: T,
    /// What counts as evidence.
    pub evidence_title: T,
    /// The rows; only for those who may read the ledger.
    pub rows: Vec<DutyRow>,
    /// Counts by area and type, for everybody.
    pub by_area: Vec<DutyArea>,
    /// What it rests on beside the ordinance.
    pub legal_basis: Option<T>,
    /// Whether that has been checked.
    pub verified: bool,
}

/// One row of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyRow {
    /// The subject.
    pub subject: String,
    /// Its name.
    pub name: T,
    /// Its area.
    pub area: T,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: T,
    /// Whether the machine sees it met.
    pub met: bool,
    /// Since when.
    pub since: Option<String>,
    /// `hint` while the machine sees it not met, else `ok`.
    pub machine: String,
}

/// Counts of one area and type.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyArea {
    /// The area.
    pub area: T,
    /// The type.
    #[serde(rename = "type")]
    pub kind: T,
    /// All.
    pub total: usize,
    /// Met.
    pub met: usize,
}

/// `GET /api/map`: what is drawn of the city.
#[derive(Debug, Serialize, ToSchema)]
pub struct CityMap {
    /// Areas, a GeoJSON feature collection with properties id, name and kind.
    #[schema(value_type = Object)]
    pub areas: serde_json::Value,
    /// Lines, a GeoJSON feature collection with properties name and kind.
    #[schema(value_type = Object)]
    pub lines: serde_json::Value,
    /// Things with a place.
    pub points: Vec<MapPoint>,
    /// How the map is meant.
    pub note: T,
}

/// Something with a place.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct MapPoint {
    /// The entity.
    pub id: String,
    /// Its name.
    pub name: T,
    /// Its type in words.
    #[serde(rename = "type")]
    pub type_title: T,
    /// How it is drawn.
    pub kind: String,
    /// Longitude in degrees.
    pub lon: f64,
    /// Latitude in degrees.
    pub lat: f64,
    /// Level of the gravest alarm about it.
    pub level: Option<u8>,
    /// Page about it.
    pub link: Option<String>,
}

/// One area for the list of places.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Area {
    /// The area.
    pub id: String,
    /// Its name.
    pub name: T,
    /// The area above it.
    pub parent: Option<String>,
    /// Longitude of its middle in degrees.
    pub lon: f64,
    /// Latitude of its middle in degrees.
    pub lat: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_texts_become_one() {
        let (a, b) = (T::of("甲", "A"), T::of("乙", "B"));
        assert_eq!(T::list(&[a.clone(), b]), Some(T::of("甲、乙", "A, B")));
        assert_eq!(T::list(std::slice::from_ref(&a)), Some(a));
        assert_eq!(T::list(&[]), None);
    }

    #[test]
    fn a_rating_has_one_field() {
        assert!(serde_json::from_str::<Rating>(r#"{"word":"partly"}"#).is_ok());
        assert!(serde_json::from_str::<Rating>(r#"{"word":"partly","code":"x"}"#).is_err());
    }
}
