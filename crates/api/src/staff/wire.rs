//! Wire types of the desk, the inbox, the check and the audit.

use crate::public::wire::{Choice, T};
use serde::{Deserialize, Serialize};
use serde_json::Value as Tree;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// `GET /api/desk`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Desk {
    /// Server time.
    pub now: String,
    /// The open cases, the gravest first, then the oldest.
    pub queue: Vec<QueueItem>,
    /// How many there are.
    pub counts: DeskCounts,
    /// How many came in during the last hour, and how many one seat can bear.
    pub budget: Budget,
    /// What was done of late, the newest first.
    pub timeline: Vec<TimelineEntry>,
}

/// One row of the queue.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueItem {
    /// The case.
    pub id: String,
    /// `signal` until it is filed, then `case`.
    pub kind: String,
    /// Its code.
    pub code: String,
    /// 1 (gravest) to 4.
    pub level: u8,
    /// What it is.
    pub headline: T,
    /// Where.
    pub place: T,
    /// When it was opened.
    pub since: String,
    /// Its state; `returned` while a body has given its task back.
    pub state: String,
    /// The state in words.
    pub state_title: T,
    /// How many signals it holds.
    pub signals: usize,
    /// The next deadline.
    pub deadline: Option<String>,
    /// Cases that may be the same.
    pub candidates: Vec<String>,
    /// Whether somebody at the desk has seen it.
    pub acknowledged: bool,
    /// Whether it is simulated.
    pub simulated: bool,
    /// Longitude in degrees.
    pub lon: Option<f64>,
    /// Latitude in degrees.
    pub lat: Option<f64>,
}

/// Numbers of cases.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeskCounts {
    /// Open.
    pub open: usize,
    /// Late.
    pub late: usize,
}

/// What came in and what can be borne.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Budget {
    /// Cases of the last hour.
    pub shown: usize,
    /// Cases an hour that one seat can bear.
    pub limit: usize,
}

/// One thing that was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// When.
    pub at: String,
    /// What.
    pub text: T,
    /// In which case.
    pub case: Option<String>,
}

/// `GET /api/cases/{id}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Case {
    /// Server time.
    pub now: String,
    /// The case.
    pub id: String,
    /// Its code.
    pub code: String,
    /// Its state.
    pub state: String,
    /// The state in words.
    pub state_title: T,
    /// 1 (gravest) to 4.
    pub level: u8,
    /// What it is.
    pub headline: T,
    /// Where.
    pub place: T,
    /// Longitude in degrees.
    pub lon: Option<f64>,
    /// Latitude in degrees.
    pub lat: Option<f64>,
    /// When it was opened.
    pub since: String,
    /// Deadline of the whole.
    pub deadline: Option<String>,
    /// Whether it is late.
    pub late: bool,
    /// The article that it serves.
    pub article: String,
    /// What it is about.
    pub matter: Option<Choice>,
    /// What brought it about.
    pub signals: Vec<CaseSignal>,
    /// Cases that may be the same.
    pub suggestions: Vec<CaseSuggestion>,
    /// What the bodies have to do.
    pub tasks: Vec<CaseTask>,
    /// The bodies of the duty list.
    pub suggested_bodies: Vec<SuggestedBody>,
    /// What the caller may do.
    pub events: Vec<CaseEvent>,
    /// What was done, in order.
    pub log: Vec<LogEntry>,
    /// What a command gives back as `version`.
    pub version: u64,
    /// Whether it is simulated.
    pub simulated: bool,
    /// The states from received to closed.
    pub steps: Vec<CaseStep>,
}

/// A state of the way.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CaseStep {
    /// The state.
    pub state: String,
    /// Its title.
    pub title: T,
}

/// A signal of a case: an alarm or a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseSignal {
    /// The signal.
    pub id: String,
    /// `report` or `alert`.
    pub kind: String,
    /// Its code, or the rule that raised it.
    pub code: String,
    /// Since when.
    pub at: String,
    /// What it is.
    pub headline: T,
    /// The resident's words; only for those who handle the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// The resident's photograph.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo_url: Option<String>,
    /// Whether there is a telephone number that the caller may ask for.
    pub phone_available: bool,
    /// Page of the device behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_link: Option<String>,
    /// 1 (gravest) to 4.
    pub level: u8,
    /// Metres from the place of the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<f64>,
}

/// A case that may be the same.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseSuggestion {
    /// The other case.
    pub id: String,
    /// What it is.
    pub headline: T,
    /// When it was opened.
    pub at: String,
    /// Metres between the places.
    pub distance_m: f64,
    /// Minutes between the openings.
    pub minutes: f64,
    /// `report` or `alert`, by its first signal.
    pub kind: String,
    /// 1 (gravest) to 4.
    pub level: u8,
}

/// What one body has to do.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseTask {
    /// The task.
    pub id: String,
    /// The body.
    pub body: T,
    /// Its state.
    pub state: String,
    /// The state in words.
    pub state_title: T,
    /// Deadline of the step, else of the whole.
    pub deadline: Option<String>,
    /// Deadline of the step.
    pub deadline_step: Option<String>,
    /// When it was given.
    pub received_at: Option<String>,
    /// What the desk wrote to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// What is to be done, by the duty list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<T>,
    /// Who accepted it.
    pub accepted_by: Option<T>,
    /// When it was accepted.
    pub accepted_at: Option<String>,
    /// What was done.
    pub reply: Option<TaskReply>,
    /// Why it was given back.
    pub returned: Option<TaskReturn>,
}

/// What was done.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct TaskReply {
    /// In words.
    pub words: String,
    /// A photograph of it.
    pub photo_url: Option<String>,
    /// Who replied.
    pub by: T,
    /// When.
    pub at: String,
}

/// Why a task was given back.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct TaskReturn {
    /// The reason of the list.
    pub reason: T,
    /// In words.
    pub words: String,
    /// Who gave it back.
    pub by: T,
    /// When.
    pub at: String,
}

/// A body of the duty list.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestedBody {
    /// The body.
    pub id: String,
    /// Its name.
    pub name: T,
    /// The article.
    pub article: String,
    /// The item of the duty list.
    pub basis: T,
    /// Whether it is ticked at first.
    pub ticked: bool,
}

/// A command that is offered.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct CaseEvent {
    /// Name of the command; `flow.rework` is `flow.check` with `pass: false`.
    pub name: String,
    /// Its verb.
    pub verb: T,
    /// Whether it is possible now.
    pub enabled: bool,
    /// Why not.
    pub why_not: Option<T>,
    /// Fields of its form.
    pub fields: Vec<String>,
}

/// One line of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogEntry {
    /// When.
    pub at: String,
    /// By whom.
    pub by: T,
    /// What.
    pub text: T,
    /// A photograph.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo_url: Option<String>,
}

/// `GET /api/inbox`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Inbox {
    /// Server time.
    pub now: String,
    /// The tasks, the nearest deadline first; replied ones of open cases after them.
    pub tasks: Vec<InboxTask>,
    /// How many are in each state.
    pub counts: BTreeMap<String, usize>,
}

/// One task of an inbox.
#[derive(Debug, Serialize, ToSchema)]
pub struct InboxTask {
    /// The task.
    pub id: String,
    /// Its case.
    pub case: String,
    /// Its code.
    pub code: String,
    /// Its state.
    pub state: String,
    /// The state in words.
    pub state_title: T,
    /// What it is.
    pub headline: T,
    /// Where.
    pub place: T,
    /// 1 (gravest) to 4.
    pub level: u8,
    /// When it was given.
    pub received_at: String,
    /// Deadline of the step.
    pub deadline_step: Option<String>,
    /// Deadline of the whole.
    pub deadline_whole: Option<String>,
    /// Whether it is late.
    pub late: bool,
}

/// `GET /api/tasks/{id}`: the task, and what its body may see of the case. `version` is the task's.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskView {
    /// The case.
    #[serde(flatten)]
    pub case: Case,
    /// The task.
    pub task: CaseTask,
    /// Reasons for giving it back.
    pub return_reasons: Vec<ReturnReason>,
}

/// A reason for giving a task back.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReturnReason {
    /// Its id.
    pub id: String,
    /// Its words.
    pub title: T,
    /// The item of the duty list.
    pub item: T,
    /// The article.
    pub article: String,
}

/// `GET /api/checks`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checks {
    /// Server time.
    pub now: String,
    /// Cases that wait for a check or for closing, the nearest deadline first.
    pub cases: Vec<CheckCase>,
}

/// One case to check.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckCase {
    /// The case.
    pub id: String,
    /// Its code.
    pub code: String,
    /// Its state.
    pub state: String,
    /// 1 (gravest) to 4.
    pub level: u8,
    /// What it is.
    pub headline: T,
    /// Where.
    pub place: T,
    /// When it was opened.
    pub since: String,
    /// Deadline of the step, else of the whole.
    pub deadline: Option<String>,
    /// Whether it is late.
    pub late: bool,
    /// Whether the caller may check it.
    pub may_check: bool,
    /// Why not.
    pub why_not: Option<T>,
    /// What the caller may do.
    pub events: Vec<CaseEvent>,
    /// The points to look at.
    pub points: Vec<Choice>,
    /// What the bodies did.
    pub tasks: Vec<CaseTask>,
    /// The resident's photograph.
    pub photo_before_url: Option<String>,
    /// What a command gives back as `version`.
    pub version: u64,
}

/// Why a telephone number is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhoneAsked {
    /// In words, at most 200 characters.
    pub purpose: String,
}

/// A telephone number; the reading of it has been recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Phone {
    /// The number.
    pub phone: String,
    /// The purpose for which the right opens it; stands in the record.
    pub recorded_purpose: String,
}

/// The answer to an accepted command, with what its engine answers beside.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    /// Position in the log.
    pub seq: u64,
    /// Whether it had been accepted before.
    pub repeated: bool,
    /// What the engine answers.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub answer: serde_json::Map<String, Tree>,
}

/// A stored photograph.
#[derive(Debug, Serialize, ToSchema)]
pub struct Blob {
    /// What a command names.
    pub id: String,
    /// Where it is seen.
    pub url: String,
}

/// `GET /api/views/audit`: a collection of what was changed and read.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditView {
    /// Server time.
    pub now: String,
    /// `audit`.
    pub id: String,
    /// `collection`.
    pub kind: String,
    /// Its words.
    pub words: AuditWords,
    /// `system`: the city's own running.
    pub article: String,
    /// Its columns.
    pub columns: Vec<AuditColumn>,
    /// None.
    #[schema(value_type = Vec<Object>)]
    pub facets: Vec<Tree>,
    /// The rows, the newest first.
    pub rows: Vec<AuditRow>,
    /// How many rows there are in this answer.
    pub total: usize,
    /// Where older ones begin; `before` of the next request.
    pub next_cursor: Option<String>,
    /// Forms in which it can be taken away.
    pub export: Vec<String>,
}

/// Words of the view.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditWords {
    /// Its title.
    pub title: T,
    /// What stands there when nothing does.
    pub empty: T,
}

/// One column.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditColumn {
    /// Key of its cells.
    pub attr: String,
    /// Its title.
    pub title: T,
    /// `time` or `text`.
    pub format: String,
}

/// One row.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditRow {
    /// Position in the log.
    pub id: String,
    /// None.
    pub link: Option<String>,
    /// Its cells.
    #[schema(value_type = Object)]
    pub cells: BTreeMap<String, Tree>,
}
