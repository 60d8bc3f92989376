//! `GET /api/views/audit`: who changed what, and who read which personal data, from the log itself.

use super::shape::person;
use super::wire::{AuditColumn, AuditRow, AuditView, AuditWords};
use crate::public::sight::Sight;
use crate::public::wire::{T, at};
use crate::session::Staff;
use crate::{City, Problem};
use axum::Json;
use axum::extract::{Query, State};
use model::{Change, Class, Commit, EntityId, Outcome, Seq, Value};
use serde::Deserialize;
use serde_json::{Value as Tree, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Type of the records of reads.
const READ_AUDIT: &str = "ReadAudit";
/// Commits that are looked at in one request.
const LOOKED: u64 = 5_000;
/// Most rows of one answer.
const ROWS_MAX: usize = 200;
/// Most entities that one row names.
const NAMED_MAX: usize = 5;

/// Where to go on.
#[derive(Deserialize)]
pub struct Before {
    before: Option<String>,
}

impl Before {
    fn before(&self) -> Result<Option<Seq>, Problem> {
        let text = self.before.as_deref().filter(|t| !t.is_empty());
        let read =
            |t: &str| t.parse().map_err(|_| Problem::invalid("before", "应是整数", "must be a whole number"));
        text.map(read).transpose()
    }
}

/// What was changed and read of late, the newest first; readings of devices are not in it.
///
/// # Errors
/// 403 for anybody whose rights do not open the records of reads.
#[utoipa::path(get, path = "/api/views/audit", tag = "staff", params(("before" = Option<u64>, Query, description = "`next_cursor` of the page before")),
    responses((status = 200, body = AuditView), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn audit(
    State(city): State<City>,
    Staff(who): Staff,
    Query(from): Query<Before>,
) -> Result<Json<AuditView>, Problem> {
    let sight = Sight::of(&city, &who)?;
    if sight.permit.scope(READ_AUDIT).is_empty() {
        return Err(Problem::forbidden("read ReadAudit"));
    }
    let end = from.before()?.unwrap_or(u64::MAX).min(sight.snapshot.state.seq() + 1);
    let start = end.saturating_sub(LOOKED).max(1);
    let most = usize::try_from(end - start.min(end)).unwrap_or(0);
    let commits = if most == 0 { vec![] } else { city.ports.door.after(start - 1, most).await };
    Ok(Json(page(&sight, &commits, start, end)))
}

fn page(sight: &Sight, commits: &[Arc<Commit>], start: Seq, end: Seq) -> AuditView {
    let told = commits.iter().rev().filter(|c| c.seq() < end && is_told(c));
    let rows: Vec<AuditRow> = told.take(ROWS_MAX).map(|c| row(sight, c)).collect();
    let full = rows.len() == ROWS_MAX;
    let next = if full { rows.last().and_then(|r| r.id.parse().ok()) } else { Some(start) };
    let column = |attr: &str, zh: &str, en: &str| AuditColumn {
        attr: attr.into(),
        title: T::of(zh, en),
        format: if attr == "at" { "time" } else { "text" }.into(),
    };
    AuditView {
        now: at(sight.now),
        id: "audit".into(),
        kind: "collection".into(),
        words: AuditWords {
            title: T::of("谁改了什么，谁看了什么", "Who changed and who read what"),
            empty: T::of("这一段没有记录", "No record in this stretch"),
        },
        article: "system".into(),
        columns: vec![
            column("at", "时间", "Time"),
            column("who", "谁", "Who"),
            column("what", "做了什么", "What"),
            column("subject", "对象", "Subject"),
            column("purpose", "目的", "Purpose"),
            column("right", "凭哪条权限", "By which right"),
            column("via", "从哪里", "From where"),
            column("outcome", "结果", "Outcome"),
        ],
        facets: vec![],
        total: rows.len(),
        rows,
        next_cursor: next.filter(|n: &Seq| *n > 1).map(|n| n.to_string()),
        export: vec![],
    }
}

/// Decisions and reads are told; readings, ticks and starts are not.
fn is_told(commit: &Commit) -> bool {
    matches!(commit.header.class, Class::Governed | Class::Audit)
        || matches!(commit.header.outcome, Outcome::Refused(_))
}

fn row(sight: &Sight, commit: &Commit) -> AuditRow {
    let header = &commit.header;
    let (subject, purpose) = about(commit);
    let text = |t: &str| Tree::String(t.to_owned());
    let via = header
        .actor
        .remote
        .as_ref()
        .map_or_else(|| header.actor.via.to_string(), |r| format!("{} {r}", header.actor.via));
    let outcome = match &header.outcome {
        Outcome::Refused(reason) => json!(T::of(format!("不受理：{reason}"), format!("refused: {reason}"))),
        _ => json!(T::of("已记入", "accepted")),
    };
    let cells = [
        ("at", Tree::String(at(commit.at()))),
        ("who", json!(person(sight, &header.actor.principal))),
        ("what", text(header.command.as_str())),
        ("subject", text(&subject)),
        ("purpose", text(&purpose)),
        ("right", header.actor.right.as_ref().map_or(Tree::Null, |r| text(r.as_str()))),
        ("via", text(&via)),
        ("outcome", outcome),
    ];
    let cells: BTreeMap<String, Tree> = cells.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    AuditRow { id: header.seq.to_string(), link: None, cells }
}

/// What a commit is about: whose data was read and for what, or which entities were changed. Never a value.
fn about(commit: &Commit) -> (String, String) {
    if commit.header.class == Class::Audit
        && let Some(Change::Create { attributes, .. }) = commit.changes.first()
    {
        let find = |name: &str| attributes.iter().find(|a| a.name == *name).map(|a| &a.value);
        let list = |name: &str| {
            find(name).map(|v| v.items().iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
        };
        let subject = find("subject").and_then(Value::as_str).unwrap_or_default();
        return (
            format!("{subject} {}", list("attributes").unwrap_or_default()).trim().to_owned(),
            list("purposes").unwrap_or_default(),
        );
    }
    let mut named: Vec<&EntityId> = Vec::new();
    for change in &commit.changes {
        if !named.contains(&&change.key().id) && named.len() <= NAMED_MAX {
            named.push(&change.key().id);
        }
    }
    let more = if named.len() > NAMED_MAX { " …" } else { "" };
    let named: Vec<&str> = named.iter().take(NAMED_MAX).map(|id| id.as_str()).collect();
    (format!("{}{more}", named.join(", ")), String::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Actor, Attribute, EntityKey, Header, Name, Time};

    fn commit(class: Class, outcome: Outcome, changes: Vec<Change>) -> Commit {
        let actor = Actor {
            principal: EntityId::new("urn:p:1"),
            right: None,
            via: Name::new("session"),
            remote: None,
        };
        let header = Header {
            seq: 7,
            epoch: 1,
            recorded_at: Time(0),
            class,
            actor,
            command: Name::new("flow.note"),
            idempotency_key: None,
            reacted_to: None,
            pack: None,
            outcome,
        };
        Commit { header, changes, frame: None }
    }

    #[test]
    fn decisions_reads_and_refusals_are_told_and_readings_are_not() {
        let cases = [
            (Class::Governed, Outcome::Accepted, true),
            (Class::Audit, Outcome::Accepted, true),
            (Class::Telemetry, Outcome::Accepted, false),
            (Class::System, Outcome::Tick, false),
            (Class::System, Outcome::Refused(Name::new("no")), true),
        ];
        for (class, outcome, want) in cases {
            assert_eq!(is_told(&commit(class, outcome, vec![])), want, "{class:?}");
        }
    }

    #[test]
    fn a_read_names_subject_columns_and_purpose() {
        let attributes = vec![
            Attribute::new("subject", Value::Id("urn:r:1".into())),
            Attribute::new("attributes", Value::list([Value::text("words"), Value::text("phone")])),
            Attribute::new("purposes", Value::list([Value::text("case_handling")])),
        ];
        let change = Change::Create {
            key: EntityKey::city("urn:a:1"),
            types: vec![Name::new(READ_AUDIT)],
            attributes,
        };
        let (subject, purpose) = about(&commit(Class::Audit, Outcome::Accepted, vec![change]));
        assert_eq!((subject.as_str(), purpose.as_str()), ("urn:r:1 words, phone", "case_handling"));
    }

    #[test]
    fn a_change_names_at_most_five_entities_and_no_value() {
        let set = |n: usize| Change::Set {
            key: EntityKey::city(format!("urn:c:{n}").as_str()),
            attributes: vec![Attribute::new("words", Value::text("secret"))],
        };
        let (few, _) = about(&commit(Class::Governed, Outcome::Accepted, vec![set(1), set(1), set(2)]));
        assert_eq!(few, "urn:c:1, urn:c:2");
        let (many, _) = about(&commit(Class::Governed, Outcome::Accepted, (0..9).map(set).collect()));
        assert!(many.ends_with(" …") && many.matches("urn:").count() == 5 && !many.contains("secret"));
    }
}
