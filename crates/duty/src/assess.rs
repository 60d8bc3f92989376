//! Evidence to cells: a pure function of a snapshot and a time.

use crate::bearer::Bearers;
use crate::definition::{Definition, Evidence, TestWord};
use crate::definitions::Definitions;
use crate::dirty::Cell;
use crate::row::{self, LEDGER_ROW};
use model::{Entity, EntityId, EntityKey, Name, Seq, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::State;

/// Longest promise that is believed, in minutes: a year.
const MINUTES_MAX: f64 = 525_600.0;

/// What the evidence says of one cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// Id of the duty.
    pub duty: Name,
    /// The subject.
    pub subject: EntityId,
    /// The body that bears the duty for it; none when no binding says so.
    #[serde(default)]
    pub body: Option<EntityId>,
    /// Whether the duty is met.
    pub met: bool,
    /// Since when, as far as the evidence says.
    pub since: Time,
    /// Whether the cell is no more: subject, duty or bearer went away.
    #[serde(default)]
    pub gone: bool,
    /// The attributes that it was read from.
    #[serde(default)]
    pub sources: Vec<Source>,
}

/// An attribute that an assessment was read from, with the commit that set it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The entity.
    pub entity: EntityId,
    /// The attribute.
    pub attribute: Name,
    /// The commit; its frame is the raw evidence.
    pub seq: Seq,
}

/// Assesses cells on a snapshot: those in `dirty`, or all of them.
///
/// `as_of` is the time for which it is said. `up_since` is when the city last began to listen
/// ([`crate::Dirty::up_since`]): a report that is missing only because nobody listened turns nothing, until
/// one promise has passed since.
#[must_use]
pub fn assess(
    state: &State,
    definitions: &Definitions,
    dirty: Option<&BTreeSet<Cell>>,
    as_of: Time,
    up_since: Time,
) -> Vec<Assessment> {
    let round = Round { state, bearers: Bearers::on(state, as_of), as_of, up_since };
    match dirty {
        Some(cells) => round.some(definitions, cells),
        None => round.all(definitions),
    }
}

struct Round<'a> {
    state: &'a State,
    bearers: Bearers<'a>,
    as_of: Time,
    up_since: Time,
}

/// What the evidence says of a subject.
enum Verdict {
    /// Met or not, since when.
    Clear(bool, Time),
    /// Not to be said yet; the row stays as it is.
    Open,
    /// The subject does not belong to the set.
    Outside,
}

impl Round<'_> {
    fn all(&self, definitions: &Definitions) -> Vec<Assessment> {
        let mut found = Vec::new();
        let mut kept = BTreeSet::new();
        for definition in definitions.all() {
            for subject in definition.evidence.types.iter().flat_map(|t| self.state.all(t.as_str())) {
                let (assessment, verdict) = self.one(definition, subject);
                if matches!(verdict, Verdict::Outside) {
                    continue;
                }
                kept.insert(row::id(&assessment.duty, assessment.body.as_ref(), &assessment.subject));
                if matches!(verdict, Verdict::Clear(..)) {
                    found.push(assessment);
                }
            }
        }
        let stale = self.state.all(LEDGER_ROW).filter(|r| !kept.contains(r.id()));
        found.extend(stale.filter_map(|r| self.gone(r)));
        found
    }

    fn some(&self, definitions: &Definitions, cells: &BTreeSet<Cell>) -> Vec<Assessment> {
        let mut found = Vec::new();
        let mut outside = BTreeSet::new();
        for cell in cells {
            let definition = definitions.get(cell.duty.as_str());
            let subject = self.state.get(&EntityKey::city(cell.subject.clone()));
            let both =
                definition.zip(subject).filter(|(d, s)| d.evidence.types.iter().any(|t| *t == s.kind()));
            match both.map(|(d, s)| self.one(d, s)) {
                Some((assessment, Verdict::Clear(..))) => found.push(assessment),
                Some((_, Verdict::Open)) => {}
                Some((_, Verdict::Outside)) | None => {
                    outside.insert((cell.duty.as_str(), cell.subject.as_str()));
                }
            }
        }
        if !outside.is_empty() {
            let of = |r: &&std::sync::Arc<Entity>| {
                r.text("duty").zip(r.text("subject")).is_some_and(|pair| outside.contains(&pair))
            };
            found.extend(self.state.all(LEDGER_ROW).filter(of).filter_map(|r| self.gone(r)));
        }
        found
    }

    fn gone(&self, row: &Entity) -> Option<Assessment> {
        Some(Assessment {
            duty: Name::new(row.text("duty")?),
            subject: row.object("subject")?.clone(),
            body: row.object("body").cloned(),
            met: false,
            since: self.as_of,
            gone: true,
            sources: Vec::new(),
        })
    }

    fn one(&self, definition: &Definition, subject: &Entity) -> (Assessment, Verdict) {
        let evidence = &definition.evidence;
        let area = subject.object(evidence.area_attr.as_str());
        let within = evidence.only.iter().all(|(name, value)| value.is(subject.value(name.as_str())));
        let verdict = match evidence.test {
            _ if !within => Verdict::Outside,
            TestWord::Fresh => self.fresh(evidence, subject),
            TestWord::Equals => self.equals(evidence, subject),
        };
        let (met, since) =
            if let Verdict::Clear(met, since) = verdict { (met, since) } else { (false, self.as_of) };
        let assessment = Assessment {
            duty: definition.id.clone(),
            subject: subject.id().clone(),
            body: self.bearers.of(definition.bearer_role.as_str(), area),
            met,
            since: since.min(self.as_of),
            gone: false,
            sources: sources(evidence, subject),
        };
        (assessment, verdict)
    }

    /// A report within the promise. What promises nothing does not belong to the set.
    fn fresh(&self, evidence: &Evidence, subject: &Entity) -> Verdict {
        let own = evidence.promise_attr.as_ref().and_then(|a| subject.number(a.as_str()));
        let minutes = own.or(evidence.promise_minutes.map(f64::from)).filter(|m| m.is_finite() && *m > 0.0);
        let Some(minutes) = minutes else { return Verdict::Outside };
        #[expect(clippy::cast_possible_truncation, reason = "bounded by MINUTES_MAX")]
        let promise = (minutes.min(MINUTES_MAX) * 60.0).ceil() as i64;
        let last = evidence.at_attr.as_ref().and_then(|a| subject.time(a.as_str()));
        let due = last.unwrap_or(subject.created_at).plus_secs(promise);
        match last {
            Some(last) if due > self.as_of => Verdict::Clear(true, last),
            None if due > self.as_of => Verdict::Open,
            // Nobody could be heard while the city was down: the row stays as it is, met or not, until one
            // promise has passed since it listens again.
            _ if self.up_since.plus_secs(promise) > self.as_of => Verdict::Open,
            _ => Verdict::Clear(false, due),
        }
    }

    fn equals(&self, evidence: &Evidence, subject: &Entity) -> Verdict {
        let attribute = evidence.attr.as_ref().and_then(|a| subject.attribute(a.as_str()));
        let met = evidence.value.as_ref().is_some_and(|v| v.is(attribute.map(|a| &a.value)));
        let since = attribute.map_or(subject.created_at, |a| a.observed_at.unwrap_or(self.as_of));
        Verdict::Clear(met, since)
    }
}

fn sources(evidence: &Evidence, subject: &Entity) -> Vec<Source> {
    let tested = [&evidence.at_attr, &evidence.promise_attr, &evidence.attr];
    let there = tested.into_iter().flatten().filter_map(|name| subject.attribute(name.as_str()));
    there.map(|a| Source { entity: subject.id().clone(), attribute: a.name.clone(), seq: a.seq }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{FRESH, LINKED, Pen, pump, text};
    use model::{Attribute, Value};

    fn yard() -> Pen {
        let mut pen = Pen::new();
        pen.install(&[("a", FRESH), ("b", LINKED)]);
        pen.area("city", None);
        pen.area("north", Some("city"));
        pen.binding("1", "eco", "city_eco", None, ["2020-01-01", ""]);
        pen.binding("2", "eco", "north_eco", Some("north"), ["2020-01-01", ""]);
        pen
    }

    fn all(pen: &Pen) -> Vec<Assessment> {
        assess(&pen.state, &pen.definitions(), None, pen.now, Time(0))
    }

    #[test]
    fn fresh_is_a_report_within_the_promise() {
        let mut pen = yard();
        pen.pump("1", "north");
        let start = pen.now;
        let cases = [
            (None, 300, None),
            (None, 600, Some((false, 600))),
            (Some(700), 700, Some((true, 700))),
            (Some(700), 1_299, Some((true, 700))),
            (Some(700), 1_300, Some((false, 1_300))),
            (Some(5_000), 2_000, Some((true, 2_000))),
        ];
        for (last, now, want) in cases {
            pen.now = start.plus_secs(now);
            if let Some(last) = last {
                pen.set("1", vec![Attribute::new("last_report_at", Value::Time(start.plus_secs(last)))]);
            }
            let got = all(&pen).into_iter().find(|a| a.duty == "YT.16.1.1");
            assert_eq!(got.map(|a| (a.met, a.since.secs_since(start))), want, "{last:?} {now}");
        }
    }

    #[test]
    fn downtime_turns_nothing_for_one_promise() {
        let mut pen = yard();
        pen.pump("1", "north");
        pen.set("1", vec![Attribute::new("last_report_at", Value::Time(pen.now))]);
        pen.now = pen.now.plus_secs(90_000);
        let up = pen.now;
        let fresh = |pen: &Pen| {
            let found = assess(&pen.state, &pen.definitions(), None, pen.now, up);
            found.into_iter().find(|a| a.duty == "YT.16.1.1").map(|a| (a.met, a.gone))
        };
        assert_eq!(fresh(&pen), None);
        pen.now = up.plus_secs(599);
        assert_eq!(fresh(&pen), None);
        pen.now = up.plus_secs(600);
        assert_eq!(fresh(&pen), Some((false, false)));
    }

    #[test]
    fn equals_compares_within_the_declared_set() {
        let mut pen = yard();
        pen.pump("1", "north");
        pen.pump("2", "city");
        pen.set("2", vec![Attribute::new("in_use", Value::Bool(false))]);
        let linked = |pen: &Pen| {
            let found: Vec<_> = all(pen).into_iter().filter(|a| a.duty == "YT.17.1.1").collect();
            found
                .iter()
                .map(|a| (a.subject.as_str().rsplit(':').next().unwrap().to_owned(), a.met))
                .collect::<Vec<_>>()
        };
        assert_eq!(linked(&pen), [("1".to_owned(), false)]);
        pen.set("1", vec![Attribute::new("link", text("connected"))]);
        assert_eq!(linked(&pen), [("1".to_owned(), true)]);
    }

    #[test]
    fn the_bearer_follows_the_area_and_the_sources_are_named() {
        let mut pen = yard();
        pen.pump("1", "north");
        pen.pump("2", "city");
        pen.set("1", vec![Attribute::new("last_report_at", Value::Time(pen.now))]);
        let seq = pen.state.seq();
        pen.set("2", vec![Attribute::new("last_report_at", Value::Time(pen.now))]);
        let found: Vec<_> = all(&pen).into_iter().filter(|a| a.duty == "YT.16.1.1").collect();
        let bodies: Vec<_> = found.iter().map(|a| a.body.clone().unwrap().to_string()).collect();
        assert_eq!(bodies, ["urn:ngsi-ld:Body:north_eco", "urn:ngsi-ld:Body:city_eco"]);
        let first = &found[0].sources[0];
        assert_eq!(
            (first.attribute.as_str(), first.seq, &first.entity),
            ("last_report_at", seq, &pump("1").id)
        );
    }

    #[test]
    fn a_cell_by_itself_says_the_same_as_all_together() {
        let mut pen = yard();
        for n in 0..20 {
            let id = n.to_string();
            pen.pump(&id, "north");
            pen.set(&id, vec![Attribute::new("last_report_at", Value::Time(pen.now.plus_secs(-100 * n)))]);
        }
        let whole = all(&pen);
        assert_eq!(whole.len(), 40);
        let cells: BTreeSet<Cell> =
            whole.iter().map(|a| Cell { duty: a.duty.clone(), subject: a.subject.clone() }).collect();
        let mut one_by_one = assess(&pen.state, &pen.definitions(), Some(&cells), pen.now, Time(0));
        one_by_one.sort_by(|a, b| (&a.duty, &a.subject).cmp(&(&b.duty, &b.subject)));
        let mut sorted = whole;
        sorted.sort_by(|a, b| (&a.duty, &a.subject).cmp(&(&b.duty, &b.subject)));
        assert_eq!(one_by_one, sorted);
    }

    #[test]
    fn no_binding_leaves_the_body_open() {
        let mut pen = Pen::new();
        pen.install(&[("b", LINKED)]);
        pen.pump("1", "north");
        assert_eq!(all(&pen)[0].body, None);
    }
}
