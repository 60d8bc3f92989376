//! Paths of one machine.

use crate::finding::Finding;
use crate::layers::Layers;
use crate::tree::Tree;

/// Checks every text file for the paths that the table forbids.
pub fn check(tree: &Tree, table: &Layers) -> Vec<Finding> {
    let rule = &table.places;
    let forbidden: Vec<String> = rule.forbid.iter().map(|parts| parts.concat()).collect();
    let mut found = Vec::new();
    for (path, text) in &tree.files {
        for (i, line) in text.lines().enumerate() {
            let hits = forbidden.iter().filter(|f| begins_a_path(line, f));
            found.extend(hits.map(|f| Finding::new(path, i + 1, format!("names the path `{f}`"), &rule.why)));
        }
    }
    found
}

/// Whether the text stands in the line as the beginning of an absolute path, not as a part of a longer one.
fn begins_a_path(line: &str, text: &str) -> bool {
    let joined = |c: char| c.is_alphanumeric() || ['.', '_', '-', '/', '}', ')', '~'].contains(&c);
    line.match_indices(text).any(|(at, _)| !line[..at].chars().next_back().is_some_and(joined))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::real;

    #[test]
    fn a_planted_path_is_found() {
        let table = real();
        for parts in &table.places.forbid {
            let line = format!("cd {}x", parts.concat());
            let found = check(&Tree::of(&[("docs/a.md", line.as_str())]), &table);
            assert_eq!(found.len(), 1, "{line}");
            assert!(found[0].to_string().contains("why: a path of one machine"));
        }
    }

    #[test]
    fn a_part_of_a_longer_path_is_free() {
        let table = real();
        let inner = table.places.forbid[0].concat();
        for line in
            [format!("https://example.org{inner}a"), format!("$HOME/my{inner}a"), format!("..{inner}")]
        {
            assert!(check(&Tree::of(&[("a.md", line.as_str())]), &table).is_empty(), "{line}");
        }
    }
}
