//! Silence: a timer per subject, from its last report and its promise.

use crate::book::Entry;
use crate::decide::Raise;
use crate::definition::Silence;
use crate::engine::Step;
use crate::memory::Cell;
use model::{Entity, Time};

/// Longest promise that is believed, in minutes; a longer one counts as this.
const MINUTES_MAX: f64 = 525_600.0;

/// The promise of a subject in seconds: its own, else the rule's; none when it promises nothing.
fn promise_s(silence: &Silence, subject: &Entity) -> Option<i64> {
    let own = silence.promise_attr.as_ref().and_then(|a| subject.number(a.as_str()));
    let minutes = own.or(silence.promise_minutes.map(f64::from)).filter(|m| m.is_finite() && *m > 0.0)?;
    #[expect(clippy::cast_possible_truncation, reason = "bounded by MINUTES_MAX")]
    Some((minutes.min(MINUTES_MAX) * 60.0).ceil() as i64)
}

impl Step<'_> {
    /// A report came, or the promise changed. A report whose promise still runs ends an alert; one that is
    /// itself overdue (a backlog, a slow clock) does not.
    pub(crate) fn heard(&mut self, entry: &Entry, subject: &Entity) {
        let Some(silence) = entry.rule.silence() else { return };
        let cell = cell(entry, subject);
        let Some(promise) = promise_s(silence, subject) else {
            self.memory.disarm(&cell);
            return self.end(&cell);
        };
        let last = subject.time(silence.last_attr.as_str());
        let due = last.unwrap_or(self.now()).plus_secs(promise);
        if due > self.now() {
            self.memory.arm(&cell, due);
            self.end(&cell);
        } else if self.memory.armed(&cell) {
            self.memory.arm(&cell, due);
        }
    }

    /// A subject appeared: one promise from now on, whatever its last report says. One that is known already
    /// has only been written anew.
    pub(crate) fn appeared(&mut self, entry: &Entry, subject: &Entity) {
        let cell = cell(entry, subject);
        if self.memory.armed(&cell) || self.memory.standing(&cell).is_some() {
            return self.heard(entry, subject);
        }
        self.arm_with_grace(entry, subject, &cell);
    }

    /// The rule is new or another one: one promise from now on, except for subjects whose alert stands.
    pub(crate) fn declared(&mut self, entry: &Entry, subject: &Entity) {
        let cell = cell(entry, subject);
        if self.memory.standing(&cell).is_none() {
            self.arm_with_grace(entry, subject, &cell);
        }
    }

    /// After an alert was refused: its timer runs once more.
    pub(crate) fn rearm(&mut self, cell: &Cell) {
        let Some(entry) = self.book.get(cell.rule.as_str()) else { return };
        if let Some(subject) = self.at.state.get(&cell.subject).filter(|s| entry.rule.subjects == s.kind()) {
            self.arm_with_grace(entry, subject, cell);
        }
    }

    fn arm_with_grace(&mut self, entry: &Entry, subject: &Entity, cell: &Cell) {
        let Some(silence) = entry.rule.silence() else { return };
        match promise_s(silence, subject) {
            Some(promise) => {
                let last = subject.time(silence.last_attr.as_str()).unwrap_or(self.now());
                self.memory.arm(cell, last.max(self.now()).plus_secs(promise));
            }
            None => self.memory.disarm(cell),
        }
    }

    /// The city was down and could hear nobody: every timer gets one promise from now on.
    pub(crate) fn grace(&mut self) {
        for (cell, due) in self.memory.armed_cells() {
            let entry = self.book.get(cell.rule.as_str());
            let silence = entry.and_then(|e| e.rule.silence());
            let promise = silence.zip(self.at.state.get(&cell.subject)).and_then(|(s, e)| promise_s(s, e));
            if let Some(promise) = promise {
                self.memory.arm(&cell, due.max(self.now().plus_secs(promise)));
            }
        }
    }

    /// Raises for every timer that is due. Each is taken out; a report arms it again.
    pub(crate) fn fire(&mut self) {
        while let Some((due, cell)) = self.memory.pop_due(self.now()) {
            let Some(entry) = self.book.get(cell.rule.as_str()) else { continue };
            let Some(silence) = entry.rule.silence() else { continue };
            let subject = self.at.state.get(&cell.subject).filter(|s| entry.rule.subjects == s.kind());
            let Some(subject) = subject else { continue };
            let Some(promise) = promise_s(silence, subject) else { continue };
            if self.memory.standing(&cell).is_some() {
                continue;
            }
            let last = subject.time(silence.last_attr.as_str());
            let raise = Raise {
                rule: cell.rule.clone(),
                subject: cell.subject.id.clone(),
                tenant: cell.subject.tenant.clone(),
                value: minutes(self.now(), last.unwrap_or(subject.created_at)),
                limit: seconds(promise) / 60.0,
                since: due,
                observed_at: last,
                cause: self.commit.seq(),
            };
            self.ask(&cell, &raise, &entry.pack);
        }
    }
}

fn cell(entry: &Entry, subject: &Entity) -> Cell {
    Cell { subject: subject.key.clone(), rule: entry.rule.id.clone() }
}

/// Whole minutes of silence.
fn minutes(now: Time, last: Time) -> f64 {
    (seconds(now.secs_since(last)) / 60.0).floor().max(0.0)
}

#[expect(clippy::cast_precision_loss, reason = "spans of time stay below 2^53 seconds")]
fn seconds(s: i64) -> f64 {
    s as f64
}

#[cfg(test)]
mod tests {
    use crate::pen::{Pen, QUIET, num};
    use model::{Attribute, Time, Value};

    const QUIET_1: &[&str] = &["tank-quiet 1"];

    fn yard() -> Pen {
        let mut pen = Pen::new();
        pen.install(&[("quiet", QUIET)]);
        pen.tank("1");
        pen
    }

    fn report(pen: &mut Pen, at: Time) {
        pen.set("1", vec![Attribute::new("last_report_at", Value::Time(at))]);
    }

    #[test]
    fn a_subject_is_silent_once_its_promise_has_passed() {
        let mut pen = yard();
        let start = pen.now;
        report(&mut pen, start);
        assert_eq!(pen.next_due(), Some(start.plus_secs(600)));
        pen.advance(start.plus_secs(599));
        assert!(pen.standing().is_empty());
        pen.advance(start.plus_secs(600));
        assert_eq!(pen.standing(), QUIET_1);
        assert_eq!(pen.next_due(), None);
        let alert = &pen.alerts()[0];
        assert_eq!((alert.number("value"), alert.number("limit")), (Some(10.0), Some(10.0)));
        assert_eq!(
            (alert.time("since"), alert.time("observed_at")),
            (Some(start.plus_secs(600)), Some(start))
        );
        assert_eq!(
            alert.value("headline").and_then(|h| h.get("en")).and_then(Value::as_str),
            Some("Tank one: silent for 10 of 10 min")
        );
        report(&mut pen, start.plus_secs(700));
        assert!(pen.standing().is_empty());
        assert_eq!(pen.next_due(), Some(start.plus_secs(1300)));
    }

    #[test]
    fn any_commit_that_passes_the_time_fires_the_timer() {
        let mut pen = yard();
        let start = pen.now;
        report(&mut pen, start);
        pen.now = start.plus_secs(5_000);
        pen.set("1", vec![Attribute::new("colour", num(1.0))]);
        assert_eq!(pen.standing(), QUIET_1);
    }

    #[test]
    fn a_start_gives_one_promise_of_grace() {
        let mut pen = yard();
        let start = pen.now;
        report(&mut pen, start);
        pen.now = start.plus_secs(90_000);
        pen.restart();
        pen.start(89_000);
        assert!(pen.standing().is_empty());
        assert_eq!(pen.next_due(), Some(start.plus_secs(90_600)));
        pen.advance(start.plus_secs(90_600));
        assert_eq!(pen.standing(), QUIET_1);
        pen.start(1);
        assert_eq!(pen.standing(), QUIET_1);
    }

    #[test]
    fn who_never_reported_has_one_promise_from_its_registration() {
        let mut pen = yard();
        let due = pen.now.plus_secs(600);
        assert_eq!(pen.next_due(), Some(due));
        pen.advance(due);
        assert_eq!(pen.standing(), QUIET_1);
        assert_eq!(pen.alerts()[0].value("observed_at"), None);
    }

    #[test]
    fn the_own_promise_goes_before_that_of_the_rule() {
        let mut pen = yard();
        let start = pen.now;
        report(&mut pen, start);
        for (own, due) in
            [(num(30.0), Some(1_800)), (Value::Null, Some(3_600)), (num(0.5), Some(30)), (num(0.0), None)]
        {
            pen.set("1", vec![Attribute::new("promise_minutes", own.clone())]);
            assert_eq!(pen.next_due(), due.map(|s| start.plus_secs(s)), "{own:?}");
        }
        assert!(pen.standing().is_empty());
    }

    #[test]
    fn an_overdue_report_does_not_end_the_silence() {
        let mut pen = yard();
        let start = pen.now;
        report(&mut pen, start);
        pen.advance(start.plus_secs(4_000));
        report(&mut pen, start.plus_secs(60));
        assert_eq!(pen.standing(), QUIET_1);
        report(&mut pen, start.plus_secs(3_990));
        assert!(pen.standing().is_empty());
    }

    #[test]
    fn a_new_rule_gives_everybody_one_promise_and_an_unchanged_one_nothing() {
        let mut pen = Pen::new();
        for n in 0..50 {
            pen.tank(&n.to_string());
        }
        pen.now = pen.now.plus_secs(9_000);
        pen.install(&[("quiet", QUIET)]);
        let due = pen.now.plus_secs(600);
        assert_eq!(pen.next_due(), Some(due));
        pen.now = pen.now.plus_secs(300);
        pen.install(&[("quiet", QUIET)]);
        assert_eq!(pen.next_due(), Some(due));
        pen.advance(due);
        assert_eq!(pen.standing().len(), 50);
        let batch = pen.log.iter().filter(|c| c.header.command == "rules.raise").count();
        assert_eq!(batch, 1, "one batch answers one cause");
    }

    #[test]
    fn a_refused_silence_is_asked_for_again_after_a_promise() {
        let mut pen = yard();
        pen.refuse_next = true;
        let due = pen.next_due().unwrap();
        pen.advance(due);
        assert!(pen.standing().is_empty());
        pen.advance(due.plus_secs(600));
        assert_eq!(pen.standing(), QUIET_1);
    }
}
