//! All duties of the installed packs, found by what they watch and by paragraph.

use crate::definition::{Definition, parse};
use door::packs;
use model::Name;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::State;

/// A duty file that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Pack and version.
    pub pack: Name,
    /// Path inside the pack.
    pub path: Name,
    /// What is wrong with it.
    pub reason: String,
}

/// The duties in force.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    duties: BTreeMap<Name, (Arc<Definition>, Name)>,
    by_attribute: BTreeMap<Name, Vec<Arc<Definition>>>,
    by_type: BTreeMap<Name, Vec<Arc<Definition>>>,
    by_paragraph: BTreeMap<(u32, u32), Vec<Arc<Definition>>>,
    problems: Vec<Problem>,
}

impl Definitions {
    /// Reads the section `duties` of all installed packs. A file that cannot be used is put with the
    /// problems; the others hold.
    #[must_use]
    pub fn read(state: &State) -> Self {
        let mut all = Self::default();
        for file in packs::section(state, "duties") {
            if let Err(reason) = parse(&file.text).and_then(|d| all.add(d, file.pack.clone())) {
                all.problems.push(Problem { pack: file.pack, path: file.path, reason });
            }
        }
        all
    }

    fn add(&mut self, definition: Definition, pack: Name) -> Result<(), String> {
        let d = Arc::new(definition);
        if self.duties.contains_key(&d.id) {
            return Err(format!("id: {} is taken by another duty", d.id));
        }
        // The name and the area stand in the row, so their change concerns it too.
        let named = [Name::new("name"), d.evidence.area_attr.clone()];
        let watched: std::collections::BTreeSet<Name> =
            d.evidence.watches.iter().cloned().chain(named).collect();
        for attribute in watched {
            self.by_attribute.entry(attribute).or_default().push(d.clone());
        }
        for kind in &d.evidence.types {
            self.by_type.entry(kind.clone()).or_default().push(d.clone());
        }
        self.by_paragraph.entry((d.article, d.paragraph)).or_default().push(d.clone());
        self.duties.insert(d.id.clone(), (d, pack));
        Ok(())
    }

    /// The duty with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Definition>> {
        self.duties.get(id).map(|(d, _)| d)
    }

    /// `name@version` of the pack that declares a duty.
    #[must_use]
    pub fn pack(&self, id: &str) -> Option<&Name> {
        self.duties.get(id).map(|(_, p)| p)
    }

    /// All duties, by id.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.duties.values().map(|(d, _)| d)
    }

    /// Duties of any type that watch an attribute of this name.
    #[must_use]
    pub fn watching(&self, attribute: &str) -> &[Arc<Definition>] {
        self.by_attribute.get(attribute).map_or(&[], Vec::as_slice)
    }

    /// Duties whose evidence has subjects of this type.
    #[must_use]
    pub fn of_type(&self, kind: &str) -> &[Arc<Definition>] {
        self.by_type.get(kind).map_or(&[], Vec::as_slice)
    }

    /// Duties wired to a paragraph.
    #[must_use]
    pub fn of_paragraph(&self, article: u32, paragraph: u32) -> &[Arc<Definition>] {
        self.by_paragraph.get(&(article, paragraph)).map_or(&[], Vec::as_slice)
    }

    /// Files that could not be used.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pen::{FRESH, LINKED, Pen};

    #[test]
    fn duties_are_found_by_attribute_type_and_paragraph() {
        let mut pen = Pen::new();
        pen.install(&[("a", FRESH), ("b", LINKED)]);
        let all = Definitions::read(&pen.state);
        let ids = |list: &[Arc<Definition>]| list.iter().map(|d| d.id.to_string()).collect::<Vec<_>>();
        assert_eq!(ids(all.watching("last_report_at")), ["YT.16.1.1"]);
        assert_eq!(ids(all.watching("name")), ["YT.16.1.1", "YT.17.1.1"]);
        assert_eq!(ids(all.of_type("Pump")), ["YT.16.1.1", "YT.17.1.1"]);
        assert_eq!(ids(all.of_paragraph(17, 1)), ["YT.17.1.1"]);
        assert!(all.of_paragraph(1, 1).is_empty() && all.watching("colour").is_empty());
        assert_eq!(all.pack("YT.16.1.1").unwrap(), &"law@0.1.0");
    }

    #[test]
    fn a_bad_file_leaves_the_others_in_force() {
        let mut pen = Pen::new();
        pen.install(&[("a", FRESH), ("b", FRESH), ("c", "id: 1")]);
        let all = Definitions::read(&pen.state);
        assert_eq!(all.all().count(), 1);
        assert_eq!(all.problems().len(), 2);
        assert!(all.problems()[0].reason.contains("taken"));
        assert_eq!(all.problems()[1].path, "duties/c.yaml");
    }
}
