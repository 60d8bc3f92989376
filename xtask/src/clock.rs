//! Who reads the clock.

use crate::finding::Finding;
use crate::layers::Layers;
use crate::source::{code_only, names};
use crate::tree::Tree;

/// Checks every Rust source, tests included: a test that reads the clock fails one day.
pub fn check(tree: &Tree, table: &Layers) -> Vec<Finding> {
    let rule = &table.clock;
    let mut found = Vec::new();
    for (path, text) in tree.below("", ".rs").filter(|(p, _)| !rule.allowed.iter().any(|a| p.starts_with(a)))
    {
        for (i, line) in code_only(text).lines().enumerate() {
            let reads = rule.forbid.iter().filter(|f| names(line, f));
            found.extend(
                reads.map(|f| Finding::new(path, i + 1, format!("reads the clock by `{f}`"), &rule.why)),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::real;

    #[test]
    fn a_planted_clock_is_found() {
        let texts = ["let t = SystemTime::now();", "std::time::Instant::now()", "OffsetDateTime::now_utc()"];
        for text in texts {
            let found = check(&Tree::of(&[("crates/rules/src/a.rs", text)]), &real());
            assert_eq!(found.len(), 1, "{text}");
            assert!(found[0].to_string().contains("why: time is a parameter"));
        }
    }

    #[test]
    fn tests_may_not_read_it_either() {
        let text = "#[cfg(test)]\nmod tests { fn f() { Instant::now(); } }\n";
        assert_eq!(check(&Tree::of(&[("crates/door/src/a.rs", text)]), &real())[0].line, 2);
    }

    #[test]
    fn the_shell_may_read_it_and_comments_may_name_it() {
        let files =
            [("crates/jingwei/src/a.rs", "SystemTime::now()"), ("crates/door/src/a.rs", "// Instant::now")];
        assert!(check(&Tree::of(&files), &real()).is_empty());
    }
}
