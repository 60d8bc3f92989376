//! One article with what stands behind its words: counts by area and type for everybody, rows for those
//! whose scope opens them, names for all once a decision publishes them.

use crate::article::{ArticleView, build, kind_of, name_of, staff, whole};
use crate::definitions::Definitions;
use crate::row::{LEDGER_ROW, words};
use crate::word::{Counts, PublicWord, Setting, StaffWord, public_word, staff_word};
use access::Permit;
use door::Text;
use model::{Entity, EntityId, Name, Time, Value};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use store::State;

/// Most rows in one answer; the total stands beside them.
pub const ROWS_MAX: usize = 1_000;

/// One article for one caller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArticleDetail {
    /// The article with its paragraphs.
    pub article: ArticleView,
    /// Counts by paragraph, area and type; the same for everybody.
    pub groups: Vec<Group>,
    /// Rows that a signed decision has published; the same for everybody.
    pub published: Vec<RowView>,
    /// Rows that the caller's scope opens, the worst and oldest first.
    pub rows: Vec<RowView>,
    /// How many rows the scope opens; beyond [`ROWS_MAX`] the rest is not in `rows`.
    pub rows_total: usize,
}

/// The rows of one duty in one area of one type.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// The paragraph.
    pub paragraph: u32,
    /// The duty.
    pub duty: Name,
    /// The area; none when the subjects name none.
    pub area: Option<EntityId>,
    /// Its name.
    pub area_name: Text,
    /// Type of the subjects.
    #[serde(rename = "type")]
    pub kind: Name,
    /// How many have each word.
    pub counts: Counts,
}

/// One ledger row, with the columns that the caller may see.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowView {
    /// Its id.
    pub id: EntityId,
    /// The duty.
    pub duty: Option<Name>,
    /// The paragraph.
    pub paragraph: Option<u32>,
    /// The body that bears it.
    pub body: Option<EntityId>,
    /// The body's name.
    pub body_name: Text,
    /// The subject.
    pub subject: Option<EntityId>,
    /// The subject's name.
    pub subject_name: Text,
    /// The area.
    pub area: Option<EntityId>,
    /// The area's name.
    pub area_name: Text,
    /// Type of the subject.
    #[serde(rename = "type")]
    pub kind: Name,
    /// The public word.
    pub word: PublicWord,
    /// The word for staff.
    pub staff_word: Option<StaffWord>,
    /// Since when.
    pub since: Option<Time>,
    /// The finding, as it was decided.
    pub finding: Option<Json>,
    /// The decision to publish.
    pub published: Option<Json>,
    /// The exemption.
    pub exempt: Option<Json>,
    /// What it was read from: entity, attribute, commit.
    pub sources: Option<Json>,
}

/// One article in force at `now`, with what the permit opens; none when there is no such article.
#[must_use]
pub fn article(
    state: &State,
    definitions: &Definitions,
    permit: &Permit,
    now: Time,
    number: u32,
) -> Option<ArticleDetail> {
    let article = build(state, definitions, permit, now, Some(number)).pop()?;
    let setting = Setting { at: now };
    let (scope, staff) = (permit.scope(LEDGER_ROW), staff(permit));
    let mut groups: BTreeMap<(u32, Name, Option<EntityId>, Name), Counts> = BTreeMap::new();
    let (mut published, mut rows) = (Vec::new(), Vec::new());
    for row in state.all(LEDGER_ROW).filter(|r| whole(r, "article") == Some(number)) {
        let word = public_word(row, &setting);
        let Some((paragraph, duty)) = whole(row, "paragraph").zip(row.text("duty").map(Name::new)) else {
            continue;
        };
        groups.entry((paragraph, duty, row.object("area").cloned(), kind_of(row))).or_default().add(word);
        if word == PublicWord::NotMet && published.len() < ROWS_MAX {
            published.push(RowView { sources: None, ..view(state, row, row, &setting, false) });
        }
        if let Some(seen) = scope.project(row) {
            rows.push((word, row.time("since"), row, seen));
        }
    }
    let rows_total = rows.len();
    rows.sort_by(|a, b| (a.0, a.1, a.2.id()).cmp(&(b.0, b.1, b.2.id())));
    let rows = rows
        .into_iter()
        .take(ROWS_MAX)
        .map(|(_, _, row, seen)| view(state, row, &seen, &setting, staff))
        .collect();
    let group = |((paragraph, duty, area, kind), counts)| {
        let area_name = name_of(state, Option::as_ref(&area));
        Group { paragraph, duty, area, area_name, kind, counts }
    };
    let groups = groups.into_iter().map(group).collect();
    Some(ArticleDetail { article, groups, published, rows, rows_total })
}

/// A row as `seen` shows it; its words are those of the whole row.
fn view(state: &State, row: &Entity, seen: &Entity, setting: &Setting, staff: bool) -> RowView {
    let json = |name: &str| seen.value(name).filter(|v| **v != Value::Null).map(Value::to_json);
    RowView {
        id: seen.id().clone(),
        duty: seen.text("duty").map(Name::new),
        paragraph: whole(seen, "paragraph"),
        body: seen.object("body").cloned(),
        body_name: name_of(state, seen.object("body")),
        subject: seen.object("subject").cloned(),
        subject_name: words(seen.value("subject_name")),
        area: seen.object("area").cloned(),
        area_name: name_of(state, seen.object("area")),
        kind: kind_of(seen),
        word: public_word(row, setting),
        staff_word: staff_word(row, setting).filter(|_| staff && seen.value("machine").is_some()),
        since: seen.time("since"),
        finding: json("finding"),
        published: json("published"),
        exempt: json("exempt"),
        sources: json("sources"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{Pen, law, text};
    use access::{Columns, Rows};
    use model::{Attribute, Change};

    /// Two silent pumps in two areas with two bearers, one that reports.
    fn yard() -> Pen {
        let mut pen = law();
        for (id, area) in [("1", "north"), ("2", "south"), ("3", "south")] {
            pen.pump(id, area);
            pen.report(id);
        }
        pen.now = pen.now.plus_secs(900);
        pen.report("3");
        pen.assess();
        pen
    }

    fn detail(pen: &Pen, permit: &Permit) -> ArticleDetail {
        article(&pen.state, &pen.definitions(), permit, pen.now, 16).unwrap()
    }

    #[test]
    fn everybody_sees_counts_by_area_and_type_and_no_row() {
        let pen = yard();
        let seen = detail(&pen, &pen.public());
        let groups: Vec<_> = seen
            .groups
            .iter()
            .map(|g| (g.area_name.en.as_str(), g.kind.as_str(), g.counts.met, g.counts.verifying))
            .collect();
        assert_eq!(groups, [("north", "Pump", 0, 1), ("south", "Pump", 1, 1)]);
        assert!(seen.rows.is_empty() && seen.published.is_empty());
        assert_eq!(seen.rows_total, 0);
        assert_eq!(seen.article.counts.total, 3);
    }

    #[test]
    fn staff_sees_the_rows_of_its_scope_worst_first() {
        let pen = yard();
        let rows = |rows: Rows| {
            let seen = detail(&pen, &pen.permit("read", rows));
            seen.rows
                .iter()
                .map(|r| (r.subject_name.zh.clone(), r.word, r.staff_word, r.body_name.zh.clone()))
                .collect::<Vec<_>>()
        };
        use PublicWord::*;
        let hint = Some(StaffWord::Hint);
        let own = ("泵1".to_owned(), Verifying, hint, "north_eco".to_owned());
        let other = ("泵2".to_owned(), Verifying, hint, "city_eco".to_owned());
        let met = ("泵3".to_owned(), Met, None, "city_eco".to_owned());
        let by_id = |mut v: Vec<_>| {
            v.sort();
            v
        };
        assert_eq!(rows(Rows::OwnBody), std::slice::from_ref(&own));
        let all = rows(Rows::All);
        assert_eq!(all[2], met);
        assert_eq!(by_id(all.iter().map(|r| r.0.clone()).collect()), ["泵1", "泵2", "泵3"]);
        assert!(all.contains(&own) && all.contains(&other));
        let first = &detail(&pen, &pen.permit("read", Rows::OwnBody)).rows[0];
        assert_eq!(first.sources.as_ref().unwrap()[0]["attribute"], "last_report_at");
        assert_eq!((first.since, first.paragraph), (Some(pen.now.plus_secs(-300)), Some(1)));
    }

    #[test]
    fn a_published_row_is_named_to_everybody() {
        let mut pen = yard();
        let key = pen.row("YT.16.1.1", "1").key.clone();
        let decision = |n: &str| Value::map([("number", text(n))]);
        pen.accept(vec![Change::Set {
            key: key.clone(),
            attributes: vec![Attribute::new("finding", decision("1"))],
        }]);
        assert!(detail(&pen, &pen.public()).published.is_empty(), "a finding alone is not public");
        pen.accept(vec![Change::Set { key, attributes: vec![Attribute::new("published", decision("2"))] }]);
        let seen = detail(&pen, &pen.public());
        let row = &seen.published[0];
        assert_eq!(
            (row.body_name.zh.as_str(), row.word, row.staff_word),
            ("north_eco", PublicWord::NotMet, None)
        );
        assert_eq!(row.finding.as_ref().unwrap()["number"], "1");
        assert_eq!(seen.published.len(), 1);
    }

    #[test]
    fn closed_columns_stay_closed() {
        let pen = yard();
        let mut right = pen.right("read", Rows::All);
        right.columns = Columns::Only(vec![Name::new("duty"), Name::new("area")]);
        let seen = detail(&pen, &pen.permit_of("read", right));
        let row = &seen.rows[0];
        assert!(
            row.body.is_none()
                && row.subject.is_none()
                && row.sources.is_none()
                && row.subject_name.zh.is_empty()
        );
        assert_eq!(row.staff_word, None, "a word of the machine needs its column");
        assert!(seen.rows.iter().all(|r| r.area_name.zh == "north" || r.area_name.zh == "south"));
    }

    #[test]
    fn there_is_no_article_that_the_law_has_not() {
        let pen = yard();
        for n in [0, 1, 99] {
            assert!(article(&pen.state, &pen.definitions(), &pen.public(), pen.now, n).is_none(), "{n}");
        }
    }
}
