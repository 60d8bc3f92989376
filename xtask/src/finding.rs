//! One thing that tidy found, with the reason of the rule.

use std::fmt;

/// A broken rule at a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Path from the root of the repository.
    pub path: String,
    /// Line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// Why the rule stands.
    pub why: String,
}

impl Finding {
    /// A finding at one line.
    pub fn new(path: &str, line: usize, what: impl Into<String>, why: &str) -> Self {
        Self { path: path.into(), line, what: what.into(), why: why.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            writeln!(f, "{}: {}", self.path, self.what)?;
        } else {
            writeln!(f, "{}:{}: {}", self.path, self.line, self.what)?;
        }
        write!(f, "    why: {}", self.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_place_and_reason() {
        let at_line = Finding::new("a.rs", 3, "too bad", "it hurts").to_string();
        assert_eq!(at_line, "a.rs:3: too bad\n    why: it hurts");
        let whole = Finding::new("a.rs", 0, "too bad", "it hurts").to_string();
        assert_eq!(whole, "a.rs: too bad\n    why: it hurts");
    }
}
