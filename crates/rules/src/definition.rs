//! A rule as a pack declares it: one YAML file in `rules/`.
//!
//! ```yaml
//! id: tank-high
//! kind: threshold            # or silence
//! title: { zh: 液位过高, en: level too high }
//! article: "16"
//! type: Tank
//! attribute: level
//! above: { attr: level_limit }   # or a number; or `below:`
//! clear_ratio: 0.9           # stands until the value is back at 0.9 × limit
//! for_seconds: 600           # must have stood so long, confirmed by a reading
//! level: 2
//! cap: { category: Infra, severity: Severe, urgency: Immediate, certainty: Observed }
//! matter: tank
//! headline: { zh: "{name} 液位 {value} {unit}，限值 {limit}", en: "{name}: level {value} {unit}, limit {limit}" }
//! ```
//!
//! A silence rule has `promise_attr` (or `promise_minutes`) and `last_attr` instead of the threshold's fields.

use door::Text;
use model::{AlertLevel, Certainty, Name, Severity, Urgency};
use serde::{Deserialize, Serialize};

/// Longest duration of a threshold: seven days, in seconds.
const FOR_SECONDS_MAX: u32 = 7 * 86_400;
/// Longest promise of a silence rule: thirty days, in minutes.
const PROMISE_MINUTES_MAX: u32 = 30 * 1_440;
/// Longest text of a headline, in characters.
const HEADLINE_MAX: usize = 200;
/// Words that a headline may hold in braces.
const PLACEHOLDERS: [&str; 4] = ["name", "value", "limit", "unit"];

/// One rule, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its id, unique over all packs.
    pub id: Name,
    /// What it watches for, in words.
    pub title: Text,
    /// The article that it serves.
    pub article: Name,
    /// Type of its subjects.
    pub subjects: Name,
    /// What it tests.
    pub test: Test,
    /// Level of its alerts, 1 the highest.
    pub level: AlertLevel,
    /// The CAP words of its alerts.
    pub cap: Cap,
    /// The matter by which a case finds its bodies.
    pub matter: Name,
    /// Headline of its alerts, with placeholders.
    pub headline: Text,
    /// Unit of value and limit, for the headline; else the one that the reading carries.
    pub unit: Option<String>,
    /// Attributes of the subject that the alert carries too, so that rights on rows hold for it.
    pub carry: Vec<Name>,
}

/// What a rule tests.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// A number beyond a limit.
    Threshold(Threshold),
    /// No report within the promise.
    Silence(Silence),
}

/// A number beyond a limit, with hysteresis and duration.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// The attribute that is read.
    pub attribute: Name,
    /// Which side of the limit is wrong.
    pub side: Side,
    /// The limit, in the unit of the attribute.
    pub limit: Limit,
    /// Factor on the limit at which an alert is cleared: at most 1 above, at least 1 below.
    pub clear_ratio: f64,
    /// Seconds for which the value must have been beyond the limit.
    pub for_seconds: u32,
}

/// The wrong side of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Greater than the limit is wrong.
    Above,
    /// Less than the limit is wrong.
    Below,
}

/// A limit: a number, or the attribute of the subject that holds it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Limit {
    /// The same for all subjects.
    Number(f64),
    /// Each subject's own.
    Attribute(Reference),
}

/// An attribute of the subject.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Its name.
    pub attr: Name,
}

/// No report within the promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The attribute that holds the time of the last report.
    pub last_attr: Name,
    /// The attribute with the promise in minutes, which goes before `promise_minutes`.
    pub promise_attr: Option<Name>,
    /// The promise in minutes of a subject without its own.
    pub promise_minutes: Option<u32>,
}

/// The CAP words of an alert (CAP 1.2, 3.2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// CAP `category`.
    pub category: Category,
    /// CAP `severity`.
    pub severity: Severity,
    /// CAP `urgency`.
    pub urgency: Urgency,
    /// CAP `certainty`.
    pub certainty: Certainty,
}

/// CAP `category`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the standard's own")]
pub enum Category {
    Geo,
    Met,
    Safety,
    Security,
    Rescue,
    Fire,
    Health,
    Env,
    Transport,
    Infra,
    #[serde(rename = "CBRNE")]
    Cbrne,
    Other,
}

impl Rule {
    /// The threshold, when it is one.
    #[must_use]
    pub fn threshold(&self) -> Option<&Threshold> {
        if let Test::Threshold(t) = &self.test { Some(t) } else { None }
    }

    /// The silence, when it is one.
    #[must_use]
    pub fn silence(&self) -> Option<&Silence> {
        if let Test::Silence(s) = &self.test { Some(s) } else { None }
    }

    /// The attribute that stands in its alerts.
    #[must_use]
    pub fn attribute(&self) -> &Name {
        match &self.test {
            Test::Threshold(t) => &t.attribute,
            Test::Silence(s) => &s.last_attr,
        }
    }
}

#[derive(Deserialize)]
struct Head {
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Threshold,
    Silence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThresholdFile {
    id: Name,
    #[serde(rename = "kind")]
    _kind: Kind,
    title: Text,
    article: Name,
    #[serde(rename = "type")]
    subjects: Name,
    attribute: Name,
    above: Option<Limit>,
    below: Option<Limit>,
    #[serde(default = "one")]
    clear_ratio: f64,
    #[serde(default)]
    for_seconds: u32,
    level: AlertLevel,
    cap: Cap,
    matter: Name,
    headline: Text,
    unit: Option<String>,
    #[serde(default = "carried")]
    carry: Vec<Name>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SilenceFile {
    id: Name,
    #[serde(rename = "kind")]
    _kind: Kind,
    title: Text,
    article: Name,
    #[serde(rename = "type")]
    subjects: Name,
    #[serde(default = "last_report")]
    last_attr: Name,
    promise_attr: Option<Name>,
    promise_minutes: Option<u32>,
    level: AlertLevel,
    #[serde(default = "silent")]
    cap: Cap,
    matter: Name,
    headline: Text,
    #[serde(default = "carried")]
    carry: Vec<Name>,
}

fn one() -> f64 {
    1.0
}

fn carried() -> Vec<Name> {
    vec![Name::new("body")]
}

fn last_report() -> Name {
    Name::new("last_report_at")
}

fn silent() -> Cap {
    Cap {
        category: Category::Infra,
        severity: Severity::Moderate,
        urgency: Urgency::Expected,
        certainty: Certainty::Observed,
    }
}

/// Reads one rule file.
///
/// # Errors
/// What is wrong, with line and field where the text has them.
pub fn parse(text: &str) -> Result<Rule, String> {
    let yaml = |e: serde_yaml_ng::Error| e.to_string();
    let head: Head = serde_yaml_ng::from_str(text).map_err(yaml)?;
    let rule = match head.kind {
        Kind::Threshold => threshold(serde_yaml_ng::from_str(text).map_err(yaml)?)?,
        Kind::Silence => silence(serde_yaml_ng::from_str(text).map_err(yaml)?)?,
    };
    check(&rule)?;
    Ok(rule)
}

fn threshold(f: ThresholdFile) -> Result<Rule, String> {
    let (side, limit) = match (f.above, f.below) {
        (Some(l), None) => (Side::Above, l),
        (None, Some(l)) => (Side::Below, l),
        _ => return Err("above, below: exactly one of them is needed".into()),
    };
    let fits = match side {
        Side::Above => f.clear_ratio > 0.0 && f.clear_ratio <= 1.0,
        Side::Below => (1.0..=10.0).contains(&f.clear_ratio),
    };
    if !fits {
        return Err(format!("clear_ratio: {} does not lie on the right side of the limit", f.clear_ratio));
    }
    if f.for_seconds > FOR_SECONDS_MAX {
        return Err(format!("for_seconds: at most {FOR_SECONDS_MAX}"));
    }
    if matches!(limit, Limit::Number(n) if !n.is_finite()) {
        return Err("above, below: not a finite number".into());
    }
    let test = Threshold {
        attribute: f.attribute,
        side,
        limit,
        clear_ratio: f.clear_ratio,
        for_seconds: f.for_seconds,
    };
    Ok(Rule {
        id: f.id,
        title: f.title,
        article: f.article,
        subjects: f.subjects,
        test: Test::Threshold(test),
        level: f.level,
        cap: f.cap,
        matter: f.matter,
        headline: f.headline,
        unit: f.unit,
        carry: f.carry,
    })
}

fn silence(f: SilenceFile) -> Result<Rule, String> {
    if f.promise_attr.is_none() && f.promise_minutes.is_none() {
        return Err("promise_attr, promise_minutes: at least one of them is needed".into());
    }
    if f.promise_minutes.is_some_and(|m| m == 0 || m > PROMISE_MINUTES_MAX) {
        return Err(format!("promise_minutes: 1 to {PROMISE_MINUTES_MAX}"));
    }
    let test =
        Silence { last_attr: f.last_attr, promise_attr: f.promise_attr, promise_minutes: f.promise_minutes };
    Ok(Rule {
        id: f.id,
        title: f.title,
        article: f.article,
        subjects: f.subjects,
        test: Test::Silence(test),
        level: f.level,
        cap: f.cap,
        matter: f.matter,
        headline: f.headline,
        unit: Some("min".into()),
        carry: f.carry,
    })
}

fn check(rule: &Rule) -> Result<(), String> {
    let id = rule.id.as_str();
    let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if id.is_empty() || id.len() > 64 || !plain {
        return Err(format!("id: {id} is not letters, figures, - and _ (at most 64)"));
    }
    for (field, name) in [("type", &rule.subjects), ("attribute", rule.attribute()), ("matter", &rule.matter)]
    {
        Name::checked(name.as_str()).map_err(|e| format!("{field}: {e}"))?;
    }
    for (field, text) in [("headline.zh", &rule.headline.zh), ("headline.en", &rule.headline.en)] {
        if text.is_empty() || text.chars().count() > HEADLINE_MAX {
            return Err(format!("{field}: 1 to {HEADLINE_MAX} characters"));
        }
        if let Some(word) = placeholders(text).find(|w| !PLACEHOLDERS.contains(w)) {
            return Err(format!(
                "{field}: unknown placeholder {{{word}}}, known are {}",
                PLACEHOLDERS.join(", ")
            ));
        }
    }
    Ok(())
}

fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(word, _)| word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{HIGH, LOW, QUIET};

    #[test]
    fn both_kinds_are_read_with_their_defaults() {
        let high = parse(HIGH).unwrap();
        let t = high.threshold().unwrap();
        assert_eq!((t.side, t.clear_ratio, t.for_seconds), (Side::Above, 0.9, 0));
        assert_eq!(t.limit, Limit::Attribute(Reference { attr: Name::new("level_limit") }));
        assert_eq!((u8::from(high.level), high.cap.category), (2, Category::Infra));
        assert_eq!(high.carry, [Name::new("body"), Name::new("keeper")]);
        assert_eq!(parse(LOW).unwrap().threshold().unwrap().limit, Limit::Number(5.0));
        let quiet = parse(QUIET).unwrap();
        let s = quiet.silence().unwrap();
        assert_eq!((s.last_attr.as_str(), s.promise_minutes), ("last_report_at", Some(60)));
        assert_eq!(quiet.cap, silent());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let cases = [
            (HIGH.replace("level: 2", "level: 5"), "level 5 is not 1 to 4"),
            (HIGH.replace("matter:", "mater: x\nmatter:"), "unknown field `mater`"),
            (HIGH.replace("kind: threshold", "kind: feeling"), "unknown variant `feeling`"),
            (HIGH.replace("above:", "below: 3\nabove:"), "exactly one"),
            (HIGH.replace("clear_ratio: 0.9", "clear_ratio: 1.1"), "clear_ratio: 1.1"),
            (LOW.replace("clear_ratio: 1.2", "clear_ratio: 0.9"), "clear_ratio: 0.9"),
            (LOW.replace("for_seconds: 600", "for_seconds: 9999999"), "for_seconds: at most"),
            (HIGH.replace("{value}", "{valeu}"), "unknown placeholder {valeu}"),
            (HIGH.replace("id: tank-high", "id: tank high"), "id: tank high"),
            (
                QUIET.replace("promise_attr: promise_minutes\n", "").replace("promise_minutes: 60\n", ""),
                "at least one",
            ),
            (QUIET.replace("promise_minutes: 60", "promise_minutes: 0"), "promise_minutes: 1 to"),
            (QUIET.replace("type: Tank", "type: Big-Tank"), "type: not a name"),
            (QUIET.replace("title:", "above: 3\ntitle:"), "unknown field `above`"),
        ];
        for (text, want) in cases {
            let got = parse(&text).unwrap_err();
            assert!(got.contains(want), "{want}: {got}");
        }
    }

    #[test]
    fn an_error_in_the_text_names_its_line() {
        let got = parse(&HIGH.replace("attribute:", "colour: red\nattribute:")).unwrap_err();
        assert!(got.contains("line"), "{got}");
    }
}
