//! Wire types of devices and declared lists. Times are RFC 3339 in UTC, texts stand in both languages.

use super::cells::Cell;
use crate::public::wire::T;
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// `GET /api/views/{id}` of a declared list.
#[derive(Debug, Serialize, ToSchema)]
pub struct CollectionView {
    /// Server time.
    pub now: String,
    /// Id of the view.
    pub id: String,
    /// `collection`.
    pub kind: String,
    /// Its words.
    pub words: ViewWords,
    /// The article that it serves, or `system`.
    pub article: String,
    /// Its columns.
    pub columns: Vec<ColumnView>,
    /// Its filters with their counts.
    pub facets: Vec<FacetView>,
    /// The rows of the page.
    pub rows: Vec<Row>,
    /// Rows that pass the search and all filters.
    pub total: usize,
    /// `cursor` of the next page.
    pub next_cursor: Option<String>,
    /// Formats in which it can be taken away.
    pub export: Vec<String>,
}

/// Words of a view.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewWords {
    /// Its title.
    pub title: T,
    /// What stands there when there is nothing.
    pub empty: T,
}

/// One column.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColumnView {
    /// The attribute.
    pub attr: String,
    /// Its title.
    pub title: T,
    /// `text`, `number`, `ago`, `share`, `state` or `time`.
    pub format: String,
    /// The unit in words.
    pub unit: Option<String>,
}

/// One filter.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetView {
    /// The attribute.
    pub attr: String,
    /// Its title.
    pub title: T,
    /// Its values, the most frequent first.
    pub values: Vec<FacetCount>,
}

/// One value of a filter.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetCount {
    /// What the query parameter says.
    pub value: String,
    /// Its title.
    pub title: T,
    /// Rows that have it, under the search and the other filters.
    pub count: usize,
}

/// One row.
#[derive(Debug, Serialize, ToSchema)]
pub struct Row {
    /// The entity.
    pub id: String,
    /// Its page.
    pub link: Option<String>,
    /// Cells by attribute.
    #[schema(value_type = BTreeMap<String, Cell>)]
    pub cells: BTreeMap<String, Option<Cell>>,
}

/// `GET /api/devices/{id}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceView {
    /// Server time.
    pub now: String,
    /// The device.
    pub id: String,
    /// Its name.
    pub name: T,
    /// `hj212`, `mqtt` or `http`.
    pub protocol: String,
    /// What it calls itself.
    pub login: String,
    /// What it measures.
    pub subject: Option<Subject>,
    /// `registered` or `retired`.
    pub state: String,
    /// The state in words.
    pub state_title: T,
    /// `connected` or `disconnected`.
    pub connection: String,
    /// Minutes within which it promises to report; 0 when it promises nothing.
    pub promise_minutes: f64,
    /// When its newest report was true.
    pub last_report_at: Option<String>,
    /// How it kept its promise in the last 24 hours.
    pub kept: KeptView,
    /// Newest values.
    pub values: Vec<DeviceValue>,
    /// Silences beyond the promise in the last 24 hours.
    pub gaps: Vec<Gap>,
    /// Frames that were not accepted, newest first.
    pub refused: Vec<RefusedFrame>,
    /// Frames since the start of this run.
    pub counts: Counts,
    /// Whether it is simulated.
    pub simulated: bool,
}

/// An entity with its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Subject {
    /// The entity.
    pub id: String,
    /// Its name.
    pub name: T,
}

/// How a promise was kept.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct KeptView {
    /// Share of the promised reports that came, 0 to 1.
    pub share: f64,
    /// Reports that were promised; 0 without a promise.
    pub expected: i64,
    /// Promised reports that came.
    pub received: i64,
}

/// The newest value of one attribute.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviceValue {
    /// The attribute.
    pub attr: String,
    /// Its title.
    pub title: T,
    /// The value.
    #[schema(value_type = Object)]
    pub value: Json,
    /// The unit in words.
    pub unit: Option<String>,
    /// The upper limit that stands beside it.
    pub limit: Option<f64>,
    /// The device's own mark, else the word for its quality; none when nothing was said.
    pub quality: Option<String>,
    /// When it was true.
    pub observed_at: String,
    /// The commit that brought it.
    pub seq: u64,
}

/// A silence.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Gap {
    /// The last report before it.
    pub from: String,
    /// The first report after it; none while it lasts.
    pub to: Option<String>,
}

/// A frame that was not accepted.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RefusedFrame {
    /// When it came.
    pub at: String,
    /// Why it was not accepted.
    pub reason: T,
    /// Its bytes in hexadecimal, a password replaced by a digest.
    pub bytes_hex: String,
    /// Its bytes as text.
    pub text: String,
    /// What the checks said, `ok` or what was wrong; none when none was made.
    pub checks: Option<BTreeMap<String, String>>,
}

/// Frames since the start of this run.
#[derive(Debug, Serialize, ToSchema)]
pub struct Counts {
    /// Made durable.
    pub accepted: u64,
    /// Acknowledged again without being stored.
    pub resent: u64,
    /// Not accepted.
    pub refused: u64,
}

/// `GET /api/devices/{id}/series`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Series {
    /// The attribute.
    pub attr: String,
    /// Its title.
    pub title: T,
    /// The unit in words.
    pub unit: Option<String>,
    /// The upper limit that stands beside it.
    pub limit: Option<f64>,
    /// Milliseconds since 1970, value, sequence of the commit, `invalid` or nothing.
    #[schema(value_type = Vec<Vec<Object>>)]
    pub points: Vec<(i64, Option<f64>, u64, Option<&'static str>)>,
    /// Silences beyond the promise.
    pub gaps: Vec<Gap>,
}

/// `GET /api/devices/{id}/frames/{seq}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrameView {
    /// The commit that holds it.
    pub seq: u64,
    /// When it was accepted.
    pub received_at: String,
    /// `hj212`, `mqtt` or `http`.
    pub protocol: String,
    /// Its bytes as text.
    pub text: String,
    /// Its bytes in hexadecimal, a password replaced by a digest.
    pub bytes_hex: String,
    /// Its fields in order.
    pub fields: Vec<FrameField>,
    /// What the checks said.
    pub checks: BTreeMap<String, String>,
}

/// One field of a frame.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FrameField {
    /// Its name in the frame.
    pub name: String,
    /// Its value in the frame.
    pub value: String,
    /// What it means.
    pub meaning: T,
}

/// `GET /api/holds`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Holds {
    /// Server time.
    pub now: String,
    /// Senders that wait, the newest first.
    pub held: Vec<Held>,
    /// Thing Models that one can be approved for.
    pub things: Vec<Thing>,
}

/// A sender that nobody has registered, or whose password was wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct Held {
    /// Its entity on the hold list.
    pub id: String,
    /// `hj212`, `mqtt` or `http`.
    pub protocol: String,
    /// What it calls itself.
    pub login: String,
    /// Why it waits.
    pub reason: T,
    /// When it came first.
    pub first_seen: String,
    /// When it came last.
    pub last_seen: String,
    /// How many frames came.
    pub count: u64,
    /// Its address.
    pub remote: String,
    /// One of its frames, a password replaced by a digest.
    pub sample: String,
}

/// A Thing Model.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Thing {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: T,
    /// How its devices speak.
    pub protocol: String,
    /// The HJ 212 system type (`ST`) that its devices send.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// One value that the model takes, by the device's own word; for the commands to copy.
    pub sample: std::collections::BTreeMap<String, f64>,
}

/// What a registration gives, once.
#[derive(Debug, Serialize, ToSchema)]
pub struct Registered {
    /// The device.
    pub device: String,
    /// What it calls itself.
    pub login: String,
    /// Its password; it is shown once and kept as a digest only.
    pub password: String,
    /// The MQTT topic to which it publishes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

/// `GET /api/firm`.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnView {
    /// Server time.
    pub now: String,
    /// Name of the firm.
    pub firm: T,
    /// What it owns that is measured.
    pub outfalls: Vec<Owned>,
    /// Whether this is a demonstration.
    pub simulated: bool,
}

/// One measured thing of a firm.
#[derive(Debug, Serialize, ToSchema)]
pub struct Owned {
    /// What is measured.
    pub id: String,
    /// The device that measures it.
    pub device: String,
    /// Page of the device.
    pub link: String,
    /// Its name.
    pub name: T,
    /// State of the device.
    pub state: String,
    /// The state in words.
    pub state_title: T,
    /// When its newest report was true.
    pub last_report_at: Option<String>,
    /// How the promise was kept in the last 24 hours.
    pub kept: KeptView,
    /// Frames made durable since the start of this run.
    pub accepted: u64,
    /// Frames acknowledged again without being stored.
    pub resent: u64,
    /// How many frames were not accepted.
    pub refused_count: u64,
    /// The newest of them, with the reason.
    pub refused: Vec<RefusedFrame>,
    /// Newest values; unaudited.
    pub values: Vec<DeviceValue>,
    /// What is suspected; unaudited.
    pub suspected: Vec<Suspected>,
}

/// An alert about what a firm owns.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suspected {
    /// Since when.
    pub at: String,
    /// What is suspected.
    pub headline: T,
    /// The value.
    pub value: Option<f64>,
    /// Its limit.
    pub limit: Option<f64>,
    /// `active` or `cleared`.
    pub state: String,
}

/// Where a protocol listens.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Endpoint {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// `GET /api/connect`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Connect {
    /// HJ 212 over TCP.
    pub hj212: Endpoint,
    /// MQTT.
    pub mqtt: Endpoint,
    /// HTTP.
    pub http: Endpoint,
    /// Thing Models that can be connected.
    pub things: Vec<Thing>,
}

/// `GET /api/connect/{device}/status`.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct ConnectStatus {
    /// When the first message since its registration was true.
    pub first_message_at: Option<String>,
    /// When the last one came.
    pub last_message_at: Option<String>,
    /// Why the last thing that came was not accepted.
    pub reason: Option<T>,
}

/// The answer to readings over HTTP: they are durable.
#[derive(Debug, Serialize, ToSchema)]
pub struct Taken {
    /// The commit that holds them.
    pub seq: u64,
    /// Whether the same readings had been taken before.
    pub repeated: bool,
}

/// The answer to an approval.
#[derive(Debug, Serialize, ToSchema)]
pub struct Approved {
    /// The commit.
    pub seq: u64,
    /// Whether the same command had been accepted before.
    pub repeated: bool,
    /// The device.
    pub id: Option<String>,
}
