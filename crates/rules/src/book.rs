//! All rules of the installed packs, found by what they watch.

use crate::definition::{Limit, Rule, Test, parse};
use door::packs;
use model::Name;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::State;

/// A rule file that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Pack and version.
    pub pack: Name,
    /// Path inside the pack.
    pub path: Name,
    /// What is wrong with it.
    pub reason: String,
}

/// A rule in force, with where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The rule.
    pub rule: Rule,
    /// `name@version` of its pack.
    pub pack: Name,
    /// Fingerprint of its text; another one means another rule.
    pub print: u64,
}

/// The rules in force.
#[derive(Clone, Debug, Default)]
pub struct Book {
    rules: BTreeMap<Name, Arc<Entry>>,
    by_attribute: BTreeMap<Name, Vec<Arc<Entry>>>,
    silences: BTreeMap<Name, Vec<Arc<Entry>>>,
    problems: Vec<Problem>,
}

impl Book {
    /// Reads the section `rules` of all installed packs. A file that cannot be used is put with the
    /// problems; the others hold.
    #[must_use]
    pub fn read(state: &State) -> Self {
        let mut book = Self::default();
        for file in packs::section(state, "rules") {
            let added = parse(&file.text).and_then(|rule| {
                let print = fingerprint(file.text.as_bytes());
                book.add(Entry { rule, pack: file.pack.clone(), print })
            });
            if let Err(reason) = added {
                book.problems.push(Problem { pack: file.pack, path: file.path, reason });
            }
        }
        book
    }

    fn add(&mut self, entry: Entry) -> Result<(), String> {
        let entry = Arc::new(entry);
        if self.rules.contains_key(&entry.rule.id) {
            return Err(format!("id: {} is taken by another rule", entry.rule.id));
        }
        for attribute in watched(&entry.rule) {
            self.by_attribute.entry(attribute).or_default().push(entry.clone());
        }
        if entry.rule.silence().is_some() {
            self.silences.entry(entry.rule.subjects.clone()).or_default().push(entry.clone());
        }
        self.rules.insert(entry.rule.id.clone(), entry);
        Ok(())
    }

    /// The rule with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Entry>> {
        self.rules.get(id)
    }

    /// All rules, by id.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.rules.values()
    }

    /// Rules of any type that watch an attribute of this name.
    #[must_use]
    pub fn watching(&self, attribute: &str) -> &[Arc<Entry>] {
        self.by_attribute.get(attribute).map_or(&[], Vec::as_slice)
    }

    /// Silence rules of a type.
    #[must_use]
    pub fn silences(&self, kind: &str) -> &[Arc<Entry>] {
        self.silences.get(kind).map_or(&[], Vec::as_slice)
    }

    /// Files that could not be used.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// The attributes whose change can decide something: what is tested, and what it is tested against.
fn watched(rule: &Rule) -> Vec<Name> {
    let mut names = vec![rule.attribute().clone()];
    match &rule.test {
        Test::Threshold(t) => {
            if let Limit::Attribute(r) = &t.limit {
                names.push(r.attr.clone());
            }
        }
        Test::Silence(s) => names.extend(s.promise_attr.clone()),
    }
    names.dedup();
    names
}

/// FNV-1a, 64 bits: stable over versions, for ids and fingerprints; no protection against intent.
pub(crate) fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{HIGH, LOW, Pen, QUIET};

    #[test]
    fn rules_are_found_by_what_they_watch() {
        let mut pen = Pen::new();
        pen.install(&[("high", HIGH), ("low", LOW), ("quiet", QUIET)]);
        let book = Book::read(&pen.state);
        let ids = |list: &[Arc<Entry>]| list.iter().map(|e| e.rule.id.to_string()).collect::<Vec<_>>();
        assert_eq!(ids(book.watching("level")), ["tank-high", "tank-low"]);
        assert_eq!(ids(book.watching("level_limit")), ["tank-high"]);
        assert_eq!(ids(book.watching("promise_minutes")), ["tank-quiet"]);
        assert_eq!(ids(book.silences("Tank")), ["tank-quiet"]);
        assert!(book.watching("colour").is_empty() && book.silences("Pump").is_empty());
        assert_eq!(book.get("tank-low").unwrap().pack, "yard@0.1.0");
    }

    #[test]
    fn a_bad_file_and_a_taken_id_leave_the_others_in_force() {
        let mut pen = Pen::new();
        pen.install(&[("a", HIGH), ("b", HIGH), ("c", "id: [")]);
        let book = Book::read(&pen.state);
        assert_eq!(book.all().count(), 1);
        let paths: Vec<_> = book.problems().iter().map(|p| p.path.to_string()).collect();
        assert_eq!(paths, ["rules/b.yaml", "rules/c.yaml"]);
        assert!(book.problems()[0].reason.contains("taken"));
    }

    #[test]
    fn fingerprints_are_those_of_the_published_function() {
        assert_eq!(fingerprint(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fingerprint(b"a"), 0xaf63_dc4c_8601_ec8c);
    }
}
