//! A duty as a pack declares it: one YAML file in `duties/`.
//!
//! ```yaml
//! id: YT.16.1.1
//! article: 16
//! paragraph: 1
//! bearer_role: gov             # its body is found through the bindings, by date and area
//! title: { zh: 泵站接入监测, en: Pumps are monitored }
//! evidence:
//!   types: [Pump]
//!   where: { state: in_use }   # only these subjects; optional
//!   watches: [state, last_report_at, promise_minutes]
//!   test: fresh                # a report within the promise
//!   at_attr: last_report_at
//!   promise_attr: promise_minutes   # and / or promise_minutes: 60
//!   area_attr: area
//! # or  test: equals, attr: connection, value: connected
//! ```
//!
//! `legal_basis`, `limits` and `words` are for people and are handed on as they are.

use door::Text;
use model::{Name, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Longest promise that a duty declares, in minutes: a year.
const PROMISE_MINUTES_MAX: u32 = 525_600;

/// One duty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its id, unique over all packs (`YT.<article>.<paragraph>.<n>`).
    pub id: Name,
    /// The article.
    pub article: u32,
    /// The paragraph.
    pub paragraph: u32,
    /// The role that bears it: the last part of the role's id, or the whole id.
    pub bearer_role: Name,
    /// What is owed, in words.
    pub title: Text,
    /// How it is shown.
    pub evidence: Evidence,
    /// What it rests on.
    #[serde(default)]
    pub legal_basis: Vec<Basis>,
    /// The limits and clocks that it applies, with their sources; unverified ones are shown as such.
    #[serde(default)]
    pub limits: Vec<LimitNote>,
    /// Words for its states.
    #[serde(default)]
    pub words: BTreeMap<Name, Text>,
}

/// Which set of subjects is tested, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Types of the subjects.
    pub types: Vec<Name>,
    /// Only subjects with these values.
    #[serde(default, rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub only: BTreeMap<Name, Scalar>,
    /// Attributes whose change can turn a cell.
    pub watches: Vec<Name>,
    /// The test.
    pub test: TestWord,
    /// `fresh`: the attribute with the time of the last report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_attr: Option<Name>,
    /// `fresh`: the attribute with the subject's own promise in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise_attr: Option<Name>,
    /// `fresh`: the promise in minutes of a subject without its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise_minutes: Option<u32>,
    /// `equals`: the attribute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attr: Option<Name>,
    /// `equals`: the value that it must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Scalar>,
    /// The attribute with the subject's area.
    #[serde(default = "area")]
    pub area_attr: Name,
}

/// The tests that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestWord {
    /// The last report lies within the promise.
    Fresh,
    /// An attribute has a value.
    Equals,
}

/// A plain value in a declaration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(f64),
    /// Text, or an id.
    Text(String),
}

/// One ground in law.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Its name.
    pub text: Text,
    /// Whether it was read in the source.
    pub verified: bool,
}

/// A limit or clock with its source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitNote {
    /// Which.
    pub id: Name,
    /// Its name.
    pub title: Text,
    /// Where it comes from.
    pub source: Text,
    /// Whether the source was read.
    pub verified: bool,
}

fn area() -> Name {
    Name::new("area")
}

impl Scalar {
    /// Whether an attribute's value is this one.
    #[must_use]
    pub fn is(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Bool(a), Some(Value::Bool(b))) => a == b,
            (Self::Number(a), Some(Value::Number(b))) => a == b,
            (Self::Text(a), Some(v)) => v.as_str() == Some(a),
            _ => false,
        }
    }
}

/// Reads one duty file.
///
/// # Errors
/// What is wrong, with line and field where the text has them.
pub fn parse(text: &str) -> Result<Definition, String> {
    let definition: Definition = serde_yaml_ng::from_str(text).map_err(|e| e.to_string())?;
    check(&definition)?;
    Ok(definition)
}

fn check(d: &Definition) -> Result<(), String> {
    let id = d.id.as_str();
    if id.is_empty() || id.len() > 64 || !id.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) {
        return Err(format!("id: {id} is not letters, figures, ., - and _ (at most 64)"));
    }
    if d.article == 0 || d.paragraph == 0 {
        return Err("article, paragraph: count from 1".into());
    }
    if d.evidence.types.is_empty() {
        return Err("evidence.types: at least one is needed".into());
    }
    let e = &d.evidence;
    let needed = match e.test {
        TestWord::Fresh => fresh(e)?,
        TestWord::Equals => equals(e)?,
    };
    for name in needed.into_iter().chain(e.only.keys()) {
        if !e.watches.contains(name) {
            return Err(format!("evidence.watches: {name} is tested but not watched"));
        }
    }
    Ok(())
}

fn fresh(e: &Evidence) -> Result<Vec<&Name>, String> {
    if e.attr.is_some() || e.value.is_some() {
        return Err("evidence.attr, evidence.value: belong to the test equals".into());
    }
    let Some(at) = &e.at_attr else { return Err("evidence.at_attr: needed by the test fresh".into()) };
    if e.promise_attr.is_none() && e.promise_minutes.is_none() {
        return Err(
            "evidence.promise_attr, evidence.promise_minutes: the test fresh needs one of them".into()
        );
    }
    if e.promise_minutes.is_some_and(|m| m == 0 || m > PROMISE_MINUTES_MAX) {
        return Err(format!("evidence.promise_minutes: 1 to {PROMISE_MINUTES_MAX}"));
    }
    Ok(std::iter::once(at).chain(&e.promise_attr).collect())
}

fn equals(e: &Evidence) -> Result<Vec<&Name>, String> {
    if e.at_attr.is_some() || e.promise_attr.is_some() || e.promise_minutes.is_some() {
        return Err(
            "evidence.at_attr, evidence.promise_attr, evidence.promise_minutes: belong to the test fresh"
                .into(),
        );
    }
    match (&e.attr, &e.value) {
        (Some(attr), Some(_)) => Ok(vec![attr]),
        _ => Err("evidence.attr, evidence.value: needed by the test equals".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{FRESH, LINKED};

    #[test]
    fn both_tests_are_read() {
        let fresh = parse(FRESH).unwrap();
        assert_eq!((fresh.article, fresh.paragraph, fresh.evidence.test), (16, 1, TestWord::Fresh));
        assert_eq!(fresh.words[&Name::new("met")].en, "reports in time");
        assert!(!fresh.limits[0].verified);
        let linked = parse(LINKED).unwrap();
        assert_eq!(linked.evidence.value, Some(Scalar::Text("connected".into())));
        assert_eq!(linked.evidence.area_attr, "area");
        assert_eq!(linked.evidence.only[&Name::new("in_use")], Scalar::Bool(true));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            (FRESH.replace("title:", "titel: x\ntitle:"), "unknown field `titel`"),
            (FRESH.replace("test: fresh", "test: often"), "unknown variant `often`"),
            (
                FRESH.replace("watches: [last_report_at, promise_minutes]", "watches: [promise_minutes]"),
                "last_report_at is tested but not watched",
            ),
            (FRESH.replace("  at_attr: last_report_at\n", ""), "at_attr: needed"),
            (FRESH.replace("  promise_attr: promise_minutes\n", ""), "needs one of them"),
            (FRESH.replace("test: fresh", "test: fresh\n  attr: a"), "belong to the test equals"),
            (FRESH.replace("paragraph: 1", "paragraph: 0"), "count from 1"),
            (FRESH.replace("types: [Pump, Valve]", "types: []"), "evidence.types"),
            (FRESH.replace("id: YT.16.1.1", "id: 'YT 16'"), "id: YT 16"),
            (LINKED.replace("  value: connected\n", ""), "needed by the test equals"),
            (
                LINKED.replace("test: equals", "test: equals\n  promise_minutes: 3"),
                "belong to the test fresh",
            ),
            (
                LINKED.replace("watches: [link, in_use]", "watches: [link]"),
                "in_use is tested but not watched",
            ),
        ];
        for (text, want) in cases {
            let got = parse(&text).unwrap_err();
            assert!(got.contains(want), "{want}: {got}");
        }
        assert!(parse(&FRESH.replace("bearer_role", "bearer")).unwrap_err().contains("line"));
    }

    #[test]
    fn a_scalar_is_compared_by_its_sort() {
        let yes = Value::Bool(true);
        let cases = [
            (Scalar::Bool(true), Some(&yes), true),
            (Scalar::Text("true".into()), Some(&yes), false),
            (Scalar::Number(1.0), Some(&yes), false),
            (Scalar::Bool(false), None, false),
        ];
        for (scalar, value, want) in cases {
            assert_eq!(scalar.is(value), want, "{scalar:?}");
        }
        assert!(Scalar::Text("urn:a:b".into()).is(Some(&Value::Id("urn:a:b".into()))));
        assert!(Scalar::Number(2.0).is(Some(&Value::Number(2.0))));
    }
}
