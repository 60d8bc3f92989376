//! The engine: what it follows, and the order in which it does so.

use crate::alert::{ALERT, PREFIX};
use crate::book::Book;
use crate::decide::{self, Clear, Raise};
use crate::memory::{Cell, Episode, Memory, Standing};
use door::{Body, Command, Decision, Effect, Engine, Moment, Refusal, packs};
use model::{Change, Commit, Entity, EntityKey, Name, Outcome, Seq, Time};
use std::sync::Arc;

/// The engine of rules. A new one knows nothing; the first step reads the rules of the installed packs.
#[derive(Debug, Default)]
pub struct Rules {
    book: Option<Book>,
    memory: Memory,
}

impl Rules {
    /// An engine that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many alerts stand, how many timers run, how many values stand beyond their limit; for metrics.
    #[must_use]
    pub fn sizes(&self) -> [usize; 3] {
        [self.memory.standing_count(), self.memory.armed_cells().len(), self.memory.episodes.len()]
    }
}

impl Engine for Rules {
    fn name(&self) -> &'static str {
        "rules"
    }

    fn decide(&self, at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
        let read;
        let book = match &self.book {
            Some(book) => book,
            None => {
                read = Book::read(at.state);
                &read
            }
        };
        decide::decide(at, command, book, &self.memory)
    }

    fn step(&mut self, at: &Moment<'_>, commit: &Commit) -> Vec<Effect> {
        let reload = self.book.is_none() || packs::installs(commit);
        let fresh = reload.then(|| Book::read(at.state));
        let book = match fresh {
            Some(fresh) => self.book.insert(fresh),
            None => self.book.get_or_insert_with(Book::default),
        };
        let mut step = Step { book, memory: &mut self.memory, at, commit, effects: Vec::new() };
        if reload {
            step.reloaded();
        }
        for change in &commit.changes {
            step.follow(change);
        }
        if let Some(cause) = commit.header.reacted_to.as_ref().filter(|c| c.engine == "rules") {
            step.settle(cause.seq);
        }
        if matches!(commit.header.outcome, Outcome::Started { .. }) {
            step.started();
        }
        step.fire();
        step.effects
    }

    fn next_due(&self) -> Option<Time> {
        self.memory.next_due()
    }

    fn save(&self) -> Vec<u8> {
        self.memory.save()
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.memory = Memory::load(bytes)?;
        self.book = None;
        Ok(())
    }
}

/// One step: the rules, what is remembered, the commit, and what is asked for.
pub(crate) struct Step<'a> {
    pub(crate) book: &'a Book,
    pub(crate) memory: &'a mut Memory,
    pub(crate) at: &'a Moment<'a>,
    pub(crate) commit: &'a Commit,
    pub(crate) effects: Vec<Effect>,
}

impl Step<'_> {
    pub(crate) fn now(&self) -> Time {
        self.commit.at()
    }

    /// Follows one change. Without a watched attribute it costs one lookup per attribute.
    fn follow(&mut self, change: &Change) {
        let key = change.key();
        if key.id.as_str().starts_with(PREFIX) {
            self.alert_changed(key);
        }
        match change {
            Change::Create { .. } | Change::Set { .. } => self.values_changed(change),
            Change::Unset { attributes, .. } => self.values_removed(key, attributes),
            Change::Delete { .. } => self.subject_removed(key),
        }
    }

    fn values_changed(&mut self, change: &Change) {
        let key = change.key();
        let mut subject: Option<Arc<Entity>> = None;
        let created = matches!(change, Change::Create { .. });
        for attribute in change.attributes().iter().filter(|a| a.dataset_id.is_none()) {
            let rules = self.book.watching(attribute.name.as_str());
            if rules.is_empty() {
                continue;
            }
            if subject.is_none() {
                subject = self.at.state.get(key).cloned();
            }
            let Some(entity) = &subject else { return };
            for entry in rules.iter().filter(|e| e.rule.subjects == entity.kind()) {
                if let Some(threshold) = entry.rule.threshold() {
                    self.read(entry, threshold, entity, attribute);
                } else if !created {
                    self.heard(entry, entity);
                }
            }
        }
        if created && let Some(entity) = subject.or_else(|| self.at.state.get(key).cloned()) {
            for entry in self.book.silences(entity.kind()) {
                self.appeared(entry, &entity);
            }
        }
    }

    fn values_removed(&mut self, key: &EntityKey, attributes: &[(Name, Option<model::EntityId>)]) {
        for (name, _) in attributes.iter().filter(|(_, dataset)| dataset.is_none()) {
            for entry in self.book.watching(name.as_str()) {
                if entry.rule.threshold().is_some_and(|t| t.attribute == *name) {
                    let cell = Cell { subject: key.clone(), rule: entry.rule.id.clone() };
                    self.memory.episodes.remove(&cell);
                    self.end(&cell);
                }
            }
        }
    }

    fn subject_removed(&mut self, key: &EntityKey) {
        if self.memory.of_alert(key).is_none() {
            for cell in self.memory.of_subject(key) {
                self.forget(&cell);
            }
        }
    }

    /// Follows an alert, whoever changed it: it stands, or it stands no longer.
    fn alert_changed(&mut self, key: &EntityKey) {
        let alert = self.at.state.get(key).filter(|a| a.kind() == ALERT && decide::active(a));
        let Some(alert) = alert else {
            if let Some(cell) = self.memory.of_alert(key).cloned() {
                self.memory.fall(&cell);
            }
            return;
        };
        let (Some(rule), Some(subject)) = (alert.text("rule"), alert.object("subject")) else { return };
        let cell = Cell {
            subject: EntityKey { tenant: key.tenant.clone(), id: subject.clone() },
            rule: Name::new(rule),
        };
        let mut standing = match self.memory.standing(&cell) {
            Some(s) if s.confirmed => return,
            Some(s) if s.alert == key.id => s.clone(),
            _ => {
                Standing { alert: key.id.clone(), cause: self.commit.seq(), confirmed: true, clearing: None }
            }
        };
        standing.confirmed = true;
        self.memory.stand(&cell, standing);
        if self.book.get(rule).is_some_and(|e| e.rule.threshold().is_some()) {
            let since = alert.time("since").unwrap_or(self.now());
            self.memory.episodes.entry(cell).or_insert(Episode { since, raised: true }).raised = true;
        } else {
            self.memory.disarm(&cell);
        }
    }

    /// After the batch that answers a cause: what was refused may be asked for again.
    fn settle(&mut self, cause: Seq) {
        for cell in self.memory.settle(cause) {
            if let Some(episode) = self.memory.episodes.get_mut(&cell) {
                episode.raised = false;
            }
            self.rearm(&cell);
        }
    }

    /// The log was opened again: what no batch ever answered (a reaction that was lost) may be asked for
    /// again, and nobody is silent because nobody listened.
    fn started(&mut self) {
        for cause in self.memory.unanswered() {
            self.settle(cause);
        }
        self.grace();
    }

    /// Compares the rules with those known before: new and changed silences get their timers, what belonged
    /// to a removed rule ends.
    fn reloaded(&mut self) {
        let known = std::mem::take(&mut self.memory.known);
        self.memory.known = self.book.all().map(|e| (e.rule.id.clone(), e.print)).collect();
        for entry in self.book.all() {
            if entry.rule.silence().is_some() && known.get(&entry.rule.id) != Some(&entry.print) {
                for subject in self.at.state.all(entry.rule.subjects.as_str()) {
                    self.declared(entry, subject);
                }
            }
        }
        let gone =
            |cell: &Cell| known.contains_key(&cell.rule) && self.book.get(cell.rule.as_str()).is_none();
        let cells = self.memory.cells().into_iter().filter(gone).collect::<Vec<_>>();
        for cell in cells {
            self.forget(&cell);
        }
    }

    /// Drops all that is remembered of a cell and ends its alert.
    fn forget(&mut self, cell: &Cell) {
        self.memory.episodes.remove(cell);
        self.memory.disarm(cell);
        self.end(cell);
    }

    /// Asks for an alert, once.
    pub(crate) fn ask(&mut self, cell: &Cell, raise: &Raise, pack: &Name) {
        let alert = crate::alert::id(&cell.rule, &cell.subject, raise.cause);
        self.memory.stand(cell, Standing { alert, cause: raise.cause, confirmed: false, clearing: None });
        self.effect("rules.raise", serde_json::to_value(raise), Some(pack));
    }

    /// Asks for the end of the alert of a cell, when one stands and its end was not asked for yet. One that
    /// this same commit raises waits for the next reading, so that both are seen.
    pub(crate) fn end(&mut self, cell: &Cell) {
        let seq = self.commit.seq();
        let Some(s) = self.memory.standing(cell).filter(|s| s.clearing.is_none() && s.cause < seq) else {
            return;
        };
        let clear = Clear { alert: s.alert.clone(), tenant: cell.subject.tenant.clone(), reason: None };
        self.memory.clearing(cell, seq);
        let pack = self.book.get(cell.rule.as_str()).map(|e| &e.pack);
        self.effect("rules.clear", serde_json::to_value(clear), pack);
    }

    fn effect(&mut self, command: &str, body: serde_json::Result<serde_json::Value>, pack: Option<&Name>) {
        let Ok(json) = body else { return };
        self.effects.push(Effect {
            command: Name::new(command),
            body: Body::Json(json),
            pack: pack.cloned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::pen::{HIGH, LOW, Pen, QUIET, num};
    use model::{Attribute, Change, EntityKey, Value};

    /// A day of readings on three subjects, one step of the pen each.
    fn day(pen: &mut Pen, step: u64) {
        let tank = (step % 3 + 1).to_string();
        let level = [3.0, 10.5, 9.5, 8.0, 4.0, 12.0, 7.0][usize::try_from(step * 5 % 7).unwrap()];
        let now = pen.now.plus_secs(if step.is_multiple_of(11) { 4_000 } else { 400 });
        pen.advance(now);
        if step.is_multiple_of(13) {
            pen.start(60);
        }
        pen.set(
            &tank,
            vec![
                Attribute::new("level", num(level)).observed(now),
                Attribute::new("last_report_at", Value::Time(now)),
            ],
        );
    }

    fn yard() -> Pen {
        let mut pen = Pen::new();
        pen.install(&[("high", HIGH), ("low", LOW), ("quiet", QUIET)]);
        for tank in ["1", "2", "3"] {
            pen.tank(tank);
        }
        pen
    }

    #[test]
    fn a_restart_anywhere_gives_the_same_commits() {
        let mut whole = yard();
        (0..60).for_each(|s| day(&mut whole, s));
        let raised = whole.log.iter().filter(|c| c.header.command == "rules.raise").count();
        assert!(raised > 8, "{raised}");
        for cut in 0..60 {
            let mut pen = yard();
            for s in 0..60 {
                if s == cut {
                    pen.restart();
                }
                day(&mut pen, s);
            }
            assert_eq!(pen.log, whole.log, "restart before step {cut}");
        }
    }

    #[test]
    fn stepping_again_from_an_old_savepoint_asks_for_nothing_that_the_log_has() {
        let mut pen = yard();
        (0..20).for_each(|s| day(&mut pen, s));
        let (saved, at) = (pen.save(), pen.log.len());
        (20..60).for_each(|s| day(&mut pen, s));
        let unanswered = pen.replay(&saved, at);
        assert_eq!(unanswered, 0);
        assert_eq!(pen.replayed_save(&saved, at), pen.save());
    }

    #[test]
    fn at_most_one_alert_of_a_rule_and_subject_stands() {
        let mut pen = yard();
        for s in 0..60 {
            day(&mut pen, s);
            let mut standing: Vec<_> = pen
                .alerts()
                .iter()
                .filter(|a| a.text("state") == Some("active"))
                .map(|a| (a.text("rule").unwrap().to_owned(), a.text("subject").unwrap().to_owned()))
                .collect();
            let all = standing.len();
            standing.sort();
            standing.dedup();
            assert_eq!(standing.len(), all);
        }
    }

    #[test]
    fn removing_a_subject_ends_its_alerts() {
        let mut pen = yard();
        pen.set("1", vec![Attribute::new("level", num(11.0))]);
        assert_eq!(pen.standing(), ["tank-high 1"]);
        pen.accept(vec![Change::Delete { key: EntityKey::city("urn:ngsi-ld:Tank:1") }]);
        assert!(pen.standing().is_empty());
        pen.advance(pen.now.plus_secs(100_000));
        assert_eq!(pen.standing(), ["tank-quiet 2", "tank-quiet 3"]);
    }

    #[test]
    fn removing_an_attribute_ends_the_alert_on_it() {
        let mut pen = yard();
        pen.set("1", vec![Attribute::new("level", num(11.0))]);
        let key = EntityKey::city("urn:ngsi-ld:Tank:1");
        pen.accept(vec![Change::Unset { key, attributes: vec![("level".into(), None)] }]);
        assert!(pen.standing().is_empty());
    }

    #[test]
    fn a_removed_rule_ends_its_alerts_and_a_new_version_keeps_them() {
        let mut pen = yard();
        pen.set("1", vec![Attribute::new("level", num(11.0))]);
        pen.install(&[("high", &HIGH.replace("level: 2", "level: 1")), ("quiet", QUIET)]);
        assert_eq!(pen.standing(), ["tank-high 1"]);
        pen.install(&[("quiet", QUIET)]);
        assert!(pen.standing().is_empty());
        pen.set("2", vec![Attribute::new("level", num(11.0))]);
        assert!(pen.standing().is_empty());
    }

    #[test]
    fn a_refused_alert_is_asked_for_again() {
        let mut pen = yard();
        pen.refuse_next = true;
        pen.set("1", vec![Attribute::new("level", num(11.0))]);
        assert!(pen.standing().is_empty());
        pen.set("1", vec![Attribute::new("level", num(11.0))]);
        assert_eq!(pen.standing(), ["tank-high 1"]);
    }

    #[test]
    fn a_reaction_that_was_lost_is_asked_for_again_after_a_start() {
        let mut pen = yard();
        pen.lose_next = true;
        pen.set("1", vec![Attribute::new("level", num(11.0))]);
        pen.set("1", vec![Attribute::new("level", num(12.0))]);
        assert!(pen.standing().is_empty());
        pen.restart();
        pen.start(5);
        pen.set("1", vec![Attribute::new("level", num(12.0))]);
        assert_eq!(pen.standing(), ["tank-high 1"]);
    }

    #[test]
    fn an_alert_that_was_installed_is_taken_over() {
        let mut pen = yard();
        let key = EntityKey::city("urn:ngsi-ld:Alert:seed:1");
        let attributes = vec![
            Attribute::new("rule", Value::text("tank-high")),
            Attribute::new("subject", Value::Id("urn:ngsi-ld:Tank:1".into())),
            Attribute::new("state", Value::text("active")),
        ];
        pen.accept(vec![Change::Create { key, types: vec!["Alert".into()], attributes }]);
        pen.set("1", vec![Attribute::new("level", num(11.0))]);
        assert_eq!(pen.alerts().len(), 1);
        pen.set("1", vec![Attribute::new("level", num(1.0))]);
        assert!(pen.standing().is_empty());
    }

    #[test]
    fn commits_that_nothing_watches_ask_for_nothing_and_leave_nothing() {
        let mut pen = yard();
        let before = pen.save();
        for n in 0..100 {
            pen.set("1", vec![Attribute::new("colour", num(f64::from(n)))]);
        }
        assert_eq!(pen.save(), before);
    }

    #[test]
    fn an_engine_does_not_take_another_one_s_state() {
        use door::Engine;
        let mut engine = super::Rules::new();
        assert!(engine.load(b"[]").is_err() && engine.load(b"{\"version\":9}").is_err());
        assert_eq!(engine.sizes(), [0, 0, 0]);
    }
}
