//! One copy of each name in memory.

use imbl::OrdSet;
use model::Name;

/// Names seen so far; a name is small, and their number is bounded by the schemas of the packs.
#[derive(Clone, Default)]
pub(crate) struct Names(OrdSet<Name>);

/// Beyond this many different names new ones are no longer shared, so that a stream of odd names cannot grow it.
const NAMES_MAX: usize = 100_000;

impl Names {
    /// The shared copy of a name by its text, made when it is new.
    pub(crate) fn share_text(&mut self, text: &str) -> Name {
        self.0.get(text).cloned().unwrap_or_else(|| self.share(&Name::new(text)))
    }

    /// The shared copy of the name.
    pub(crate) fn share(&mut self, name: &Name) -> Name {
        if let Some(known) = self.0.get(name) {
            return known.clone();
        }
        if self.0.len() < NAMES_MAX {
            self.0.insert(name.clone());
        }
        name.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_become_one_copy() {
        let mut names = Names::default();
        let a = names.share(&Name::new("level"));
        let b = names.share(&Name::new("level"));
        assert!(std::ptr::eq(a.as_str(), b.as_str()));
        assert!(std::ptr::eq(a.as_str(), names.share_text("level").as_str()));
    }
}
