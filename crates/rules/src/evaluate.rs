//! Thresholds: one reading against its limit.

use crate::book::Entry;
use crate::decide::Raise;
use crate::definition::{Limit, Side, Threshold};
use crate::engine::Step;
use crate::memory::{Cell, Episode};
use model::{Attribute, Entity, Time, Value};

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    /// On the wrong side of the limit.
    Beyond,
    /// On the right side, but not far enough for an alert to end.
    Near,
    /// So far on the right side that an alert ends.
    Within,
}

fn stand(threshold: &Threshold, value: f64, limit: f64) -> Stand {
    // The distance is taken from the size of the limit, so that it also holds for limits below zero.
    let (beyond, within) = match threshold.side {
        Side::Above => (value > limit, value <= limit - limit.abs() * (1.0 - threshold.clear_ratio)),
        Side::Below => (value < limit, value >= limit + limit.abs() * (threshold.clear_ratio - 1.0)),
    };
    match (beyond, within) {
        (true, _) => Stand::Beyond,
        (false, true) => Stand::Within,
        (false, false) => Stand::Near,
    }
}

impl Step<'_> {
    /// Follows a change of the value or of the limit of a threshold rule.
    pub(crate) fn read(
        &mut self,
        entry: &Entry,
        threshold: &Threshold,
        subject: &Entity,
        changed: &Attribute,
    ) {
        let of_value = changed.name == threshold.attribute;
        let Some(current) = subject.attribute(threshold.attribute.as_str()) else { return };
        let reading = if of_value { changed } else { current };
        if of_value && self.late(subject, current, changed) || invalid(reading) {
            return;
        }
        let number = |v: f64| v.is_finite().then_some(v);
        let Some(value) = reading.value.as_number().and_then(number) else { return };
        let limit = match &threshold.limit {
            Limit::Number(n) => Some(*n),
            Limit::Attribute(r) => subject.number(r.attr.as_str()).and_then(number),
        };
        let Some(limit) = limit else { return };
        // A new limit is judged from the moment it holds, not from the last reading.
        let at = if of_value { reading.observed_at.unwrap_or(self.now()) } else { self.now() };
        let cell = Cell { subject: subject.key.clone(), rule: entry.rule.id.clone() };
        match stand(threshold, value, limit) {
            Stand::Beyond => self.beyond(entry, threshold, &cell, [value, limit], at),
            Stand::Near => {
                if self.memory.episodes.get(&cell).is_some_and(|e| !e.raised) {
                    self.memory.episodes.remove(&cell);
                }
            }
            Stand::Within => {
                self.memory.episodes.remove(&cell);
                self.end(&cell);
            }
        }
    }

    fn beyond(
        &mut self,
        entry: &Entry,
        threshold: &Threshold,
        cell: &Cell,
        [value, limit]: [f64; 2],
        at: Time,
    ) {
        let fresh = Episode { since: at, raised: false };
        let episode = self.memory.episodes.entry(cell.clone()).or_insert(fresh);
        let long_enough = at.secs_since(episode.since) >= i64::from(threshold.for_seconds);
        if episode.raised || !long_enough {
            return;
        }
        episode.raised = true;
        let since = episode.since;
        if self.memory.standing(cell).is_some() {
            return;
        }
        let raise = Raise {
            rule: cell.rule.clone(),
            subject: cell.subject.id.clone(),
            tenant: cell.subject.tenant.clone(),
            value,
            limit,
            since,
            observed_at: Some(at),
            cause: self.commit.seq(),
        };
        self.ask(cell, &raise, &entry.pack);
    }

    /// Whether a reading is older than one that is known: the current one from an earlier commit, or one
    /// before it in this commit.
    fn late(&self, subject: &Entity, current: &Attribute, reading: &Attribute) -> bool {
        let Some(at) = reading.observed_at else { return false };
        if current.observed_at.is_none_or(|c| at >= c) {
            return false;
        }
        if current.seq != self.commit.seq() {
            return true;
        }
        let same = |a: &&Attribute| a.name == reading.name && a.dataset_id.is_none();
        let of_subject = self.commit.changes.iter().filter(|c| *c.key() == subject.key);
        let readings = of_subject.flat_map(|c| c.attributes()).filter(same);
        readings.take_while(|a| !std::ptr::eq(*a, reading)).any(|a| a.observed_at > Some(at))
    }
}

/// Whether the device itself says that the value does not count.
fn invalid(reading: &Attribute) -> bool {
    let quality = reading.sub.as_ref().and_then(|s| s.get("quality")).and_then(Value::as_str);
    quality == Some("invalid")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{HIGH, LOW, Pen, num};
    use model::Name;
    use std::collections::BTreeMap;

    fn level(value: f64, at: Time) -> Attribute {
        Attribute::new("level", num(value)).observed(at)
    }

    /// Seconds after the start, level, and what stands afterwards.
    fn play(rule: &str, steps: &[(i64, f64, &[&str])]) -> Pen {
        let mut pen = Pen::new();
        pen.install(&[("r", rule)]);
        pen.tank("1");
        let start = pen.now;
        for (n, (at, value, want)) in steps.iter().enumerate() {
            let at = start.plus_secs(*at);
            pen.advance(at);
            pen.set("1", vec![level(*value, at)]);
            assert_eq!(pen.standing(), *want, "step {n}");
        }
        pen
    }

    #[test]
    fn an_alert_stands_from_beyond_the_limit_until_well_within() {
        let up: &[&str] = &["tank-high 1"];
        let pen = play(
            HIGH,
            &[
                (0, 10.0, &[]),
                (60, 10.1, up),
                (120, 12.0, up),
                (180, 9.5, up),
                (240, 10.5, up),
                (300, 9.0, &[]),
                (360, 9.9, &[]),
                (420, 10.2, up),
            ],
        );
        assert_eq!(pen.alerts().len(), 2);
        let first = &pen.alerts()[0];
        assert_eq!(first.text("state"), Some("cleared"));
        assert_eq!(first.time("cleared_at"), Some(pen.now.plus_secs(-120)));
    }

    #[test]
    fn a_duration_must_pass_without_a_break() {
        let down: &[&str] = &["tank-low 1"];
        let pen = play(
            LOW,
            &[
                (0, 4.9, &[]),
                (300, 4.5, &[]),
                (599, 4.5, &[]),
                (650, 5.1, &[]),
                (700, 4.0, &[]),
                (1299, 4.0, &[]),
                (1300, 4.0, down),
                (1400, 5.9, down),
                (1500, 6.0, &[]),
            ],
        );
        let alert = &pen.alerts()[0];
        assert_eq!(alert.time("since"), Some(pen.now.plus_secs(-800)));
        assert_eq!(alert.time("observed_at"), Some(pen.now.plus_secs(-200)));
    }

    #[test]
    fn a_late_reading_and_an_invalid_one_change_nothing() {
        let mut pen = play(HIGH, &[(0, 5.0, &[])]);
        let at = pen.now;
        pen.set("1", vec![level(50.0, at.plus_secs(-60))]);
        let mut marked = level(50.0, at.plus_secs(60));
        let quality = |q: &str| Some(Box::new(BTreeMap::from([(Name::new("quality"), Value::text(q))])));
        marked.sub = quality("invalid");
        pen.set("1", vec![marked.clone()]);
        pen.set("1", vec![Attribute::new("level", num(f64::NAN))]);
        pen.set("1", vec![Attribute::new("level", Value::text("50"))]);
        assert!(pen.standing().is_empty());
        marked.sub = quality("suspect");
        marked.observed_at = Some(at.plus_secs(120));
        pen.set("1", vec![marked]);
        assert_eq!(pen.standing(), ["tank-high 1"]);
        let mut low = level(1.0, at.plus_secs(180));
        low.sub = quality("invalid");
        pen.set("1", vec![low]);
        assert_eq!(pen.standing(), ["tank-high 1"]);
    }

    #[test]
    fn a_batch_of_readings_is_read_in_its_order() {
        let mut pen = play(HIGH, &[(0, 5.0, &[])]);
        let at = |s| pen.now.plus_secs(s);
        let (up, down, old) = (level(12.0, at(60)), level(4.0, at(120)), level(50.0, at(90)));
        pen.set("1", vec![up, down, old]);
        assert_eq!(pen.standing(), ["tank-high 1"]);
        assert_eq!(pen.alerts()[0].number("value"), Some(12.0));
        let at = pen.now.plus_secs(180);
        pen.set("1", vec![level(4.0, at)]);
        assert!(pen.standing().is_empty());
    }

    #[test]
    fn a_new_limit_is_held_against_the_current_value() {
        let mut pen = play(HIGH, &[(0, 8.0, &[])]);
        pen.set("1", vec![Attribute::new("level_limit", num(7.0))]);
        assert_eq!(pen.standing(), ["tank-high 1"]);
        pen.set("1", vec![Attribute::new("level_limit", num(20.0))]);
        assert!(pen.standing().is_empty());
        pen.set("1", vec![Attribute::new("level_limit", Value::Null), level(90.0, pen.now)]);
        assert!(pen.standing().is_empty());
    }

    #[test]
    fn an_alert_that_a_person_cleared_is_not_raised_again_for_the_same_cause() {
        let mut pen = play(HIGH, &[(0, 11.0, &["tank-high 1"])]);
        let id = pen.alerts()[0].id().to_string();
        pen.command(
            "rules.clear",
            serde_json::json!({ "alert": id }),
            access::Access::city("rules", "rules.clear"),
        )
        .unwrap();
        for value in [11.0, 9.5, 12.0] {
            let at = pen.now.plus_secs(60);
            pen.set("1", vec![level(value, at)]);
            pen.advance(at);
            assert!(pen.standing().is_empty());
        }
        let at = pen.now.plus_secs(60);
        pen.set("1", vec![level(8.0, at)]);
        pen.set("1", vec![level(11.0, at.plus_secs(60))]);
        assert_eq!(pen.standing(), ["tank-high 1"]);
    }

    #[test]
    fn limits_below_zero_have_their_hysteresis_on_the_right_side() {
        let mut threshold = crate::parse(HIGH).unwrap().threshold().unwrap().clone();
        let cases = [(-9.0, Stand::Beyond), (-10.5, Stand::Near), (-11.0, Stand::Within)];
        for (value, want) in cases {
            assert_eq!(stand(&threshold, value, -10.0), want, "{value}");
        }
        threshold.side = Side::Below;
        threshold.clear_ratio = 1.1;
        for (value, want) in [(-10.5, Stand::Beyond), (-9.5, Stand::Near), (-9.0, Stand::Within)] {
            assert_eq!(stand(&threshold, value, -10.0), want, "{value}");
        }
    }
}
