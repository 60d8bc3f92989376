//! The words of a cell. The public reads only what [`public_word`] says (house decision 6): the machine
//! hints, a person finds, a signature publishes.

use crate::bearer::{date, day_of};
use door::Text;
use model::{Entity, Time, Value};
use serde::{Deserialize, Serialize};

/// What a row's word depends on beside the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The time at which it is read; an exemption ends with its date.
    pub at: Time,
}

/// The public words, the first that holds for any row before the others (in this order).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicWord {
    /// 认定未履行: found not met by a person, and published by a signed decision.
    NotMet,
    /// 待核实: being verified; counted, nobody named.
    Verifying,
    /// 豁免: excused.
    Exempt,
    /// 已履行: met.
    Met,
    /// 未接入证据: no evidence is connected.
    Unconnected,
    /// 不作机器判定: a soft duty, not judged by a machine.
    NotJudged,
}

impl PublicWord {
    /// The word in both languages.
    #[must_use]
    pub fn text(self) -> Text {
        let (zh, en) = match self {
            Self::NotMet => ("认定未履行", "found not met"),
            Self::Verifying => ("待核实", "being verified"),
            Self::Exempt => ("豁免", "exempt"),
            Self::Met => ("已履行", "met"),
            Self::Unconnected => ("未接入证据", "evidence not connected"),
            Self::NotJudged => ("不作机器判定", "not judged by machine"),
        };
        Text { zh: zh.into(), en: en.into() }
    }
}

/// The words that staff see beside the public one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffWord {
    /// 监测提示: the machine sees the duty not met.
    Hint,
    /// 已认定，未公布: a person has found it not met; not published.
    Found,
}

impl StaffWord {
    /// The word in both languages.
    #[must_use]
    pub fn text(self) -> Text {
        let (zh, en) = match self {
            Self::Hint => ("监测提示", "monitoring hint"),
            Self::Found => ("已认定，未公布", "found, not published"),
        };
        Text { zh: zh.into(), en: en.into() }
    }
}

/// The public word of one ledger row: the only way from a row to the public.
///
/// An exemption in force goes before everything. A finding is shown only once it is published, and only
/// while the duty is still not met: evidence turns the cell, nobody ticks it.
#[must_use]
pub fn public_word(row: &Entity, setting: &Setting) -> PublicWord {
    if exempt(row, setting.at) {
        return PublicWord::Exempt;
    }
    if met(row) {
        return PublicWord::Met;
    }
    if there(row, "finding") && there(row, "published") { PublicWord::NotMet } else { PublicWord::Verifying }
}

/// The word for staff, when there is one beside the public word.
#[must_use]
pub fn staff_word(row: &Entity, setting: &Setting) -> Option<StaffWord> {
    if public_word(row, setting) != PublicWord::Verifying {
        return None;
    }
    Some(if there(row, "finding") { StaffWord::Found } else { StaffWord::Hint })
}

/// Whether the machine sees the duty met.
pub(crate) fn met(row: &Entity) -> bool {
    row.value("met").and_then(Value::as_bool) == Some(true)
}

/// Whether a person has written something here.
pub(crate) fn there(row: &Entity, name: &str) -> bool {
    !matches!(row.value(name), None | Some(Value::Null | Value::Bool(false)))
}

fn exempt(row: &Entity, at: Time) -> bool {
    let Some(value) = row.value("exempt").filter(|_| there(row, "exempt")) else { return false };
    let today = date(at);
    let bound = |name: &str| value.get(name).and_then(day_of);
    bound("from").is_none_or(|from| from <= today) && bound("to").is_none_or(|to| to >= today)
}

/// How many rows have each word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// 已履行.
    pub met: usize,
    /// 待核实.
    pub verifying: usize,
    /// 认定未履行.
    pub not_met: usize,
    /// 豁免.
    pub exempt: usize,
    /// All rows.
    pub total: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, word: PublicWord) {
        self.total += 1;
        match word {
            PublicWord::NotMet => self.not_met += 1,
            PublicWord::Verifying => self.verifying += 1,
            PublicWord::Exempt => self.exempt += 1,
            PublicWord::Met => self.met += 1,
            PublicWord::Unconnected | PublicWord::NotJudged => {}
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.met += other.met;
        self.verifying += other.verifying;
        self.not_met += other.not_met;
        self.exempt += other.exempt;
        self.total += other.total;
    }

    /// The word of a paragraph with these rows: soft duties are not judged, without rows no evidence is
    /// connected, else the first of not met, verifying, exempt, met that any row has.
    #[must_use]
    pub fn word(&self, soft: bool) -> PublicWord {
        if soft {
            return PublicWord::NotJudged;
        }
        let order = [
            (self.not_met, PublicWord::NotMet),
            (self.verifying, PublicWord::Verifying),
            (self.exempt, PublicWord::Exempt),
            (self.met, PublicWord::Met),
        ];
        order.iter().find(|(n, _)| *n > 0).map_or(PublicWord::Unconnected, |(_, w)| *w)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::row;

    const AT: &str = "2026-07-06T12:00:00Z";

    #[test]
    fn the_public_reads_what_a_person_decided_and_a_signature_published() {
        use PublicWord::*;
        let by = || Value::map([("by", Value::text("x"))]);
        let span = |from: &str, to: &str| Value::map([("from", Value::text(from)), ("to", Value::text(to))]);
        let setting = Setting { at: Time::parse(AT).unwrap() };
        type Case<'a> = (bool, &'a [(&'a str, Value)], PublicWord, Option<StaffWord>);
        let cases: [Case<'_>; 11] = [
            (true, &[], Met, None),
            (false, &[], Verifying, Some(StaffWord::Hint)),
            (false, &[("finding", by())], Verifying, Some(StaffWord::Found)),
            (false, &[("published", by())], Verifying, Some(StaffWord::Hint)),
            (false, &[("finding", by()), ("published", by())], NotMet, None),
            (true, &[("finding", by()), ("published", by())], Met, None),
            (false, &[("finding", Value::Null), ("published", by())], Verifying, Some(StaffWord::Hint)),
            (false, &[("exempt", by())], Exempt, None),
            (
                false,
                &[("exempt", span("2026-01-01", "2026-07-06")), ("finding", by()), ("published", by())],
                Exempt,
                None,
            ),
            (false, &[("exempt", span("2026-01-01", "2026-07-05"))], Verifying, Some(StaffWord::Hint)),
            (false, &[("exempt", span("2026-07-07", "2027-01-01"))], Verifying, Some(StaffWord::Hint)),
        ];
        for (met, more, public, staff) in cases {
            let row = row(met, more);
            assert_eq!(
                (public_word(&row, &setting), staff_word(&row, &setting)),
                (public, staff),
                "{met} {more:?}"
            );
        }
    }

    #[test]
    fn a_paragraph_takes_the_first_word_of_its_rows() {
        use PublicWord::*;
        let cases: [(&[PublicWord], bool, PublicWord); 7] = [
            (&[Met, Verifying, NotMet, Exempt], false, NotMet),
            (&[Met, Exempt, Verifying], false, Verifying),
            (&[Met, Exempt], false, Exempt),
            (&[Met, Met], false, Met),
            (&[], false, Unconnected),
            (&[], true, NotJudged),
            (&[NotMet], true, NotJudged),
        ];
        for (rows, soft, want) in cases {
            let mut counts = Counts::default();
            rows.iter().for_each(|w| counts.add(*w));
            assert_eq!(counts.word(soft), want, "{rows:?}");
            assert_eq!(counts.total, rows.len());
        }
    }

    #[test]
    fn no_public_word_is_a_machine_s() {
        use PublicWord::*;
        let public: Vec<_> =
            [NotMet, Verifying, Exempt, Met, Unconnected, NotJudged].iter().map(|w| w.text()).collect();
        assert!(
            public.iter().all(|t| t.zh != StaffWord::Hint.text().zh && !t.zh.is_empty() && !t.en.is_empty())
        );
        assert_eq!(serde_json::to_string(&NotJudged).unwrap(), "\"not_judged\"");
    }
}
