//! The shapes of the law with its pulse, from what the ledger says of it.

use super::declared::declared;
use super::sight::Sight;
use super::wire::{Article, Chapter, Duty, DutyArea, DutyRow, Paragraph, RowCounts, T, at};
use duty::{ArticleDetail, ArticleView, Definition, Group, ParagraphView, PublicWord, RowView, StaffWord};
use std::collections::BTreeMap;

/// Every public word, so that a word that no paragraph has stands there with 0.
const WORDS: [PublicWord; 6] = [
    PublicWord::Met,
    PublicWord::Verifying,
    PublicWord::NotMet,
    PublicWord::Exempt,
    PublicWord::Unconnected,
    PublicWord::NotJudged,
];

/// A public word as it stands on the wire.
pub(super) fn word(of: PublicWord) -> &'static str {
    match of {
        PublicWord::Met => "met",
        PublicWord::Verifying => "verifying",
        PublicWord::NotMet => "not_met",
        PublicWord::Exempt => "exempt",
        PublicWord::Unconnected => "unconnected",
        PublicWord::NotJudged => "not_judged",
    }
}

/// All articles as the caller sees them.
pub(super) fn views(sight: &Sight) -> Vec<ArticleView> {
    let state = &sight.snapshot.state;
    duty::articles(state, &declared(state).duties, &sight.permit, sight.now)
}

/// How many paragraphs have each public word.
pub(super) fn owes(sight: &Sight) -> BTreeMap<String, usize> {
    tally(&views(sight))
}

fn tally(articles: &[ArticleView]) -> BTreeMap<String, usize> {
    let mut owes: BTreeMap<String, usize> = WORDS.iter().map(|w| (word(*w).to_owned(), 0)).collect();
    for (of, count) in articles.iter().flat_map(|a| &a.words) {
        *owes.entry(word(*of).to_owned()).or_default() += count;
    }
    owes
}

/// One article of the list.
pub(super) fn article(sight: &Sight, of: &ArticleView) -> Article {
    Article {
        now: None,
        number: of.number,
        chapter: Chapter { number: of.chapter.number, zh: of.chapter.zh.clone(), en: of.chapter.en.clone() },
        paragraphs: of.paragraphs.iter().map(|p| paragraph(sight, p)).collect(),
    }
}

/// One article with the duties behind its words.
pub(super) fn detailed(sight: &Sight, of: &ArticleDetail) -> Article {
    let mut article = article(sight, &of.article);
    article.now = Some(at(sight.now));
    for (shown, view) in article.paragraphs.iter_mut().zip(&of.article.paragraphs) {
        shown.duties = Some(view.duties.iter().map(|d| duty_of(sight, d, of)).collect());
    }
    article
}

fn paragraph(sight: &Sight, of: &ParagraphView) -> Paragraph {
    Paragraph {
        paragraph: of.paragraph,
        text: of.text.clone(),
        text_en: of.text_en.clone(),
        word: word(of.word).to_owned(),
        since: of.since.map(at),
        counts: RowCounts { rows: of.counts.total, met: of.counts.met, verifying: of.counts.verifying },
        bearers: of.bearers.iter().map(|b| sight.name(b)).collect(),
        soft: of.soft,
        duties: None,
    }
}

fn duty_of(sight: &Sight, of: &Definition, detail: &ArticleDetail) -> Duty {
    // What a signed decision published is for everybody; the rest follows the caller's scope.
    let published = detail.published.iter().filter(|p| detail.rows.iter().all(|r| r.id != p.id));
    let rows = detail.rows.iter().chain(published).filter(|r| r.duty.as_ref() == Some(&of.id));
    let basis: Vec<T> = of.legal_basis.iter().map(|b| T::from(&b.text)).collect();
    Duty {
        id: of.id.to_string(),
        title: (&of.title).into(),
        evidence_title: of.words.get("met").map(T::from).unwrap_or_else(|| (&of.title).into()),
        rows: rows.map(|r| row(sight, r)).collect(),
        by_area: detail.groups.iter().filter(|g| g.duty == of.id).map(|g| group(sight, g)).collect(),
        legal_basis: T::list(&basis),
        verified: of.legal_basis.iter().all(|b| b.verified) && of.limits.iter().all(|l| l.verified),
    }
}

fn row(sight: &Sight, of: &RowView) -> DutyRow {
    DutyRow {
        subject: of.subject.as_ref().map(ToString::to_string).unwrap_or_default(),
        name: (&of.subject_name).into(),
        area: (&of.area_name).into(),
        kind: sight.type_title(of.kind.as_str()),
        met: of.word == PublicWord::Met,
        since: of.since.map(at),
        machine: machine(of.staff_word).to_owned(),
    }
}

fn machine(of: Option<StaffWord>) -> &'static str {
    match of {
        Some(StaffWord::Hint) => "hint",
        Some(StaffWord::Found) => "due",
        None => "ok",
    }
}

fn group(sight: &Sight, of: &Group) -> DutyArea {
    let area = if of.area.is_some() { (&of.area_name).into() } else { T::of("全市", "the whole city") };
    DutyArea { area, kind: sight.type_title(of.kind.as_str()), total: of.counts.total, met: of.counts.met }
}

#[cfg(test)]
mod tests {
    use super::*;
    use duty::Counts;

    #[test]
    fn the_words_are_those_of_the_wire() {
        for of in WORDS {
            assert_eq!(serde_json::to_value(of).unwrap(), word(of));
        }
    }

    #[test]
    fn a_tally_names_every_word() {
        let article = |words: &[(PublicWord, usize)]| ArticleView {
            number: 1,
            chapter: duty::Chapter::default(),
            valid_from: None,
            word: PublicWord::Met,
            words: words.iter().copied().collect(),
            counts: Counts::default(),
            paragraphs: vec![],
        };
        let owes = tally(&[
            article(&[(PublicWord::Met, 1), (PublicWord::NotJudged, 2)]),
            article(&[(PublicWord::NotJudged, 3)]),
        ]);
        assert_eq!((owes.len(), owes["met"], owes["not_judged"], owes["verifying"]), (6, 1, 5, 0));
    }

    #[test]
    fn what_the_machine_says_has_three_words() {
        let words: Vec<_> =
            [None, Some(StaffWord::Hint), Some(StaffWord::Found)].into_iter().map(machine).collect();
        assert_eq!(words, ["ok", "hint", "due"]);
    }
}
