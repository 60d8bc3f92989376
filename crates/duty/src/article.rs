//! The law with its pulse: every article with its paragraphs, their public words and counts.

use crate::bearer::{date, day_of};
use crate::definition::Definition;
use crate::definitions::Definitions;
use crate::row::LEDGER_ROW;
use crate::word::{Counts, PublicWord, Setting, public_word, staff_word};
use access::Permit;
use model::{Entity, EntityId, Name, Time, Value};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::State;

/// One article for one caller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArticleView {
    /// Its number.
    pub number: u32,
    /// The chapter that it stands in.
    pub chapter: Chapter,
    /// First day in force, `2020-09-01`.
    pub valid_from: Option<String>,
    /// The first word of its paragraphs, in the order of [`PublicWord`].
    pub word: PublicWord,
    /// How many of its paragraphs have each word.
    pub words: BTreeMap<PublicWord, usize>,
    /// Counts over all its paragraphs.
    pub counts: Counts,
    /// Its paragraphs, in order.
    pub paragraphs: Vec<ParagraphView>,
}

/// A chapter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Chapter {
    /// Its number; 0 when the article names none.
    pub number: u32,
    /// Its heading, Chinese.
    pub zh: String,
    /// Its heading, English.
    pub en: String,
}

/// One paragraph for one caller.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParagraphView {
    /// The article.
    pub article: u32,
    /// Its number in the article.
    pub paragraph: u32,
    /// Its words, Chinese and authentic.
    pub text: String,
    /// Working translation.
    pub text_en: String,
    /// Whether it is a soft duty or none at all.
    pub soft: bool,
    /// The roles that bear it.
    pub bearers: Vec<EntityId>,
    /// Its public word.
    pub word: PublicWord,
    /// Since when: the earliest of the rows with that word, of met rows the latest.
    pub since: Option<Time>,
    /// How many rows have each word.
    pub counts: Counts,
    /// How many rows that the caller may see carry a word for staff (监测提示, 已认定); none for the public.
    pub hints: Option<usize>,
    /// The duties wired to it.
    pub duties: Vec<Arc<Definition>>,
}

/// All articles in force at `now`, in order.
///
/// Words and counts are the same for everybody; `hints` follows what the permit opens of the ledger.
#[must_use]
pub fn articles(state: &State, definitions: &Definitions, permit: &Permit, now: Time) -> Vec<ArticleView> {
    build(state, definitions, permit, now, None)
}

/// The same for one article, or for all.
pub(crate) fn build(
    state: &State,
    definitions: &Definitions,
    permit: &Permit,
    now: Time,
    only: Option<u32>,
) -> Vec<ArticleView> {
    let today = date(now);
    let mut sums = sums(state, permit, now, only);
    let mut paragraphs: BTreeMap<u32, Vec<ParagraphView>> = BTreeMap::new();
    for entity in state.all("Paragraph").filter(|e| in_force(e, &today)) {
        let (Some(article), Some(paragraph)) = (whole(entity, "article"), whole(entity, "paragraph")) else {
            continue;
        };
        if only.is_none_or(|n| n == article) {
            let sum = sums.remove(&(article, paragraph)).unwrap_or_default();
            let view = paragraph_view(entity, definitions, article, paragraph, &sum, staff(permit));
            paragraphs.entry(article).or_default().push(view);
        }
    }
    let mut articles: Vec<ArticleView> = state
        .all("Article")
        .filter(|e| in_force(e, &today))
        .filter_map(|e| whole(e, "number").map(|n| (n, e)))
        .filter(|(n, _)| only.is_none_or(|o| o == *n))
        .map(|(n, e)| article_view(e, n, paragraphs.remove(&n).unwrap_or_default()))
        .collect();
    articles.sort_by_key(|a| a.number);
    articles
}

/// Counts and times of the rows of one paragraph.
#[derive(Default)]
struct Sum {
    counts: Counts,
    since: BTreeMap<PublicWord, Time>,
    hints: usize,
}

fn sums(state: &State, permit: &Permit, now: Time, only: Option<u32>) -> BTreeMap<(u32, u32), Sum> {
    let setting = Setting { at: now };
    let scope = permit.scope(LEDGER_ROW);
    let mut sums: BTreeMap<(u32, u32), Sum> = BTreeMap::new();
    for row in state.all(LEDGER_ROW) {
        let (Some(article), Some(paragraph)) = (whole(row, "article"), whole(row, "paragraph")) else {
            continue;
        };
        if only.is_some_and(|n| n != article) {
            continue;
        }
        let sum = sums.entry((article, paragraph)).or_default();
        let word = public_word(row, &setting);
        sum.counts.add(word);
        if let Some(since) = row.time("since") {
            let held = sum.since.entry(word).or_insert(since);
            *held = if word == PublicWord::Met { since.max(*held) } else { since.min(*held) };
        }
        if staff_word(row, &setting).is_some() && scope.sees(row) {
            sum.hints += 1;
        }
    }
    sums
}

/// Whether the caller reads the ledger as staff: a word of the machine never stands on a public page.
pub(crate) fn staff(permit: &Permit) -> bool {
    !permit.scope(LEDGER_ROW).is_empty() && !permit.principal().has_role("public")
}

fn paragraph_view(
    entity: &Entity,
    definitions: &Definitions,
    article: u32,
    paragraph: u32,
    sum: &Sum,
    staff: bool,
) -> ParagraphView {
    let soft = entity.value("soft").and_then(Value::as_bool) == Some(true);
    let word = sum.counts.word(soft);
    let text = |name: &str| entity.text(name).unwrap_or_default().to_owned();
    ParagraphView {
        article,
        paragraph,
        text: text("text"),
        text_en: text("text_en"),
        soft,
        bearers: entity
            .value("bearers")
            .map(Value::items)
            .unwrap_or_default()
            .iter()
            .filter_map(id)
            .collect(),
        word,
        since: sum.since.get(&word).copied(),
        counts: sum.counts,
        hints: staff.then_some(sum.hints),
        duties: definitions.of_paragraph(article, paragraph).to_vec(),
    }
}

fn article_view(entity: &Entity, number: u32, mut paragraphs: Vec<ParagraphView>) -> ArticleView {
    paragraphs.sort_by_key(|p| p.paragraph);
    let mut counts = Counts::default();
    let mut words = BTreeMap::new();
    for p in &paragraphs {
        counts.merge(&p.counts);
        *words.entry(p.word).or_insert(0) += 1;
    }
    let word = words.keys().next().copied().unwrap_or(PublicWord::Unconnected);
    let valid_from = entity.value("valid_from").and_then(day_of);
    ArticleView {
        number,
        chapter: chapter(entity.value("chapter")),
        valid_from,
        word,
        words,
        counts,
        paragraphs,
    }
}

fn chapter(value: Option<&Value>) -> Chapter {
    let text =
        |key: &str| value.and_then(|v| v.get(key)).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number =
        value.and_then(|v| v.get("number")).and_then(Value::as_number).and_then(unsigned).unwrap_or(0);
    Chapter { number, zh: text("zh"), en: text("en") }
}

fn id(value: &Value) -> Option<EntityId> {
    value.as_id().cloned().or_else(|| value.as_str().map(EntityId::new))
}

fn in_force(entity: &Entity, today: &str) -> bool {
    let day = |name: &str| entity.value(name).and_then(day_of);
    day("valid_from").is_none_or(|from| *from <= *today) && day("valid_to").is_none_or(|to| *to >= *today)
}

/// A whole number that counts something.
pub(crate) fn whole(entity: &Entity, name: &str) -> Option<u32> {
    entity.number(name).and_then(unsigned)
}

fn unsigned(n: f64) -> Option<u32> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be whole and small"
    )]
    (n.fract() == 0.0 && (0.0..1e6).contains(&n)).then_some(n as u32)
}

/// The name of a thing that an id stands for, in both languages.
pub(crate) fn name_of(state: &State, id: Option<&EntityId>) -> door::Text {
    let entity = id.and_then(|id| state.city(id.as_str()));
    crate::row::words(entity.and_then(|e| e.value("name")))
}

/// A type of subject, as the ledger names it.
pub(crate) fn kind_of(row: &Entity) -> Name {
    Name::new(row.text("subject_type").unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{Pen, law, text};
    use access::Rows;
    use model::{Attribute, Change};

    fn view(pen: &Pen, permit: &Permit) -> Vec<ArticleView> {
        articles(&pen.state, &pen.definitions(), permit, pen.now)
    }

    #[test]
    fn every_article_in_force_stands_with_its_paragraphs_in_order() {
        let pen = law();
        let found = view(&pen, &pen.public());
        let numbers: Vec<_> = found.iter().map(|a| (a.number, a.paragraphs.len())).collect();
        assert_eq!(numbers, [(2, 1), (16, 2), (17, 1)]);
        assert_eq!(found[1].chapter, Chapter { number: 3, zh: "基础".into(), en: "Basics".into() });
        assert_eq!(found[1].valid_from.as_deref(), Some("2020-09-01"));
        let first = &found[1].paragraphs[0];
        assert_eq!((first.text.as_str(), first.text_en.as_str()), ("第16条第1款", "Article 16 paragraph 1"));
        assert_eq!(first.bearers, [EntityId::new("urn:ngsi-ld:Role:eco")]);
        assert_eq!(first.duties[0].id, "YT.16.1.1");
        assert!(!first.duties[0].limits[0].verified);
    }

    #[test]
    fn words_follow_rows_softness_and_wiring() {
        use PublicWord::*;
        let mut pen = law();
        let words = |pen: &Pen| {
            let found = view(pen, &pen.public());
            found.iter().flat_map(|a| &a.paragraphs).map(|p| p.word).collect::<Vec<_>>()
        };
        // 2.1 is soft, 16.1 has a duty, 16.2 has none, 17.1 has a duty whose set is empty.
        assert_eq!(words(&pen), [NotJudged, Unconnected, Unconnected, Unconnected]);
        pen.pump("1", "north");
        pen.pump("2", "north");
        pen.report("1");
        pen.report("2");
        pen.assess();
        assert_eq!(words(&pen), [NotJudged, Met, Unconnected, Verifying]);
        let reported = pen.now;
        pen.now = pen.now.plus_secs(900);
        pen.report("1");
        pen.assess();
        let found = view(&pen, &pen.public());
        let first = &found[1].paragraphs[0];
        assert_eq!((first.word, first.since), (Verifying, Some(reported.plus_secs(600))));
        assert_eq!(first.counts, Counts { met: 1, verifying: 1, total: 2, ..Counts::default() });
        assert_eq!((found[1].word, found[1].counts), (Verifying, first.counts));
        assert_eq!(found[1].words, BTreeMap::from([(Verifying, 1), (Unconnected, 1)]));
    }

    #[test]
    fn a_published_finding_is_the_word_of_the_paragraph() {
        let mut pen = law();
        pen.pump("1", "north");
        pen.report("1");
        pen.now = pen.now.plus_secs(900);
        pen.assess();
        let key = pen.row("YT.16.1.1", "1").key.clone();
        let decision = || Value::map([("number", text("鹰认〔2026〕1号"))]);
        for (name, want) in [("finding", PublicWord::Verifying), ("published", PublicWord::NotMet)] {
            pen.accept(vec![Change::Set {
                key: key.clone(),
                attributes: vec![Attribute::new(name, decision())],
            }]);
            assert_eq!(view(&pen, &pen.public())[1].word, want, "{name}");
        }
        pen.report("1");
        pen.assess();
        assert_eq!(view(&pen, &pen.public())[1].paragraphs[0].word, PublicWord::Met);
    }

    #[test]
    fn hints_are_for_staff_and_by_their_scope() {
        let mut pen = law();
        pen.pump("1", "north");
        pen.pump("2", "south");
        pen.report("1");
        pen.report("2");
        pen.now = pen.now.plus_secs(900);
        pen.assess();
        let hints = |pen: &Pen, permit: &Permit| view(pen, permit)[1].paragraphs[0].hints;
        assert_eq!(hints(&pen, &pen.public()), None);
        assert_eq!(hints(&pen, &pen.permit("read", Rows::All)), Some(2));
        assert_eq!(hints(&pen, &pen.permit("read", Rows::OwnBody)), Some(1));
        let public = serde_json::to_string(&view(&pen, &pen.public())).unwrap();
        assert!(!public.contains("Body:") && !public.contains("Pump:"), "nobody is named to the public");
    }
}
