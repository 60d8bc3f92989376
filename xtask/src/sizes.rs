//! How long files are.

use crate::finding::Finding;
use crate::layers::Layers;
use crate::source::{is_test_file, lines_before_tests};
use crate::tree::Tree;

const ROOTS: [&str; 4] = ["crates/", "xtask/", "portal/src/", "bench/"];
const ENDINGS: [&str; 4] = [".rs", ".ts", ".tsx", ".css"];
/// A median of a handful of files says nothing.
const FILES_FOR_MEDIAN: usize = 10;

/// Checks the longest file and the median, counted in lines before the tests.
pub fn check(tree: &Tree, table: &Layers) -> Vec<Finding> {
    let rule = &table.sizes;
    let lengths = lengths(tree);
    let long = lengths.iter().filter(|(_, n)| *n > rule.lines_max);
    let mut found: Vec<Finding> = long
        .map(|(path, n)| {
            Finding::new(path, 0, format!("{n} lines of code, {} allowed", rule.lines_max), &rule.why)
        })
        .collect();
    let median = median(&lengths);
    if lengths.len() >= FILES_FOR_MEDIAN && median >= rule.median_max {
        let what = format!("the median file has {median} lines, under {} wanted", rule.median_max);
        found.push(Finding::new("crates/", 0, what, &rule.why));
    }
    found
}

/// One line of figures: files, median, longest, and lines of tests for each line of code (Rust).
pub fn summary(tree: &Tree) -> String {
    let lengths = lengths(tree);
    let longest = lengths.iter().max_by_key(|(_, n)| *n);
    let (mut code, mut tests) = (0, 0);
    for (path, text) in tree.below("", ".rs") {
        let before = if is_test_file(path) { 0 } else { lines_before_tests(text) };
        code += before;
        tests += text.lines().count() - before;
    }
    let hundredths = (tests * 100).checked_div(code).unwrap_or(0);
    format!(
        "{} files, median {} lines, longest {} ({}); Rust {code} lines of code, {tests} of tests: {}.{:02} to 1",
        lengths.len(),
        median(&lengths),
        longest.map_or(0, |(_, n)| *n),
        longest.map_or("none", |(p, _)| *p),
        hundredths / 100,
        hundredths % 100
    )
}

fn lengths(tree: &Tree) -> Vec<(&str, usize)> {
    let counts = |p: &str| {
        ROOTS.iter().any(|r| p.starts_with(r))
            && ENDINGS.iter().any(|e| p.ends_with(e))
            && !is_test_file(p)
            && !p.contains("/generated")
    };
    let files = tree.files.iter().filter(|(p, _)| counts(p));
    files.map(|(p, t)| (p.as_str(), lines_before_tests(t))).collect()
}

fn median(lengths: &[(&str, usize)]) -> usize {
    let mut all: Vec<usize> = lengths.iter().map(|(_, n)| *n).collect();
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::real;

    #[test]
    fn a_long_file_is_found_but_its_tests_do_not_count() {
        let long = "x\n".repeat(601);
        let tested = format!("{}#[cfg(test)]\nmod tests {{\n{long}}}\n", "x\n".repeat(600));
        let files = [
            ("crates/a/src/a.rs", long.as_str()),
            ("crates/a/src/b.rs", tested.as_str()),
            ("crates/a/src/tests.rs", long.as_str()),
            ("portal/src/generated/c.ts", long.as_str()),
        ];
        let found = check(&Tree::of(&files), &real());
        assert_eq!(found.len(), 1);
        assert!(
            found[0].to_string().starts_with("crates/a/src/a.rs: 601 lines of code, 600 allowed\n    why: ")
        );
    }

    #[test]
    fn a_high_median_is_found() {
        let text = "x\n".repeat(150);
        let paths: Vec<String> = (0..FILES_FOR_MEDIAN).map(|i| format!("crates/a/src/{i}.rs")).collect();
        let files: Vec<(&str, &str)> = paths.iter().map(|p| (p.as_str(), text.as_str())).collect();
        assert!(check(&Tree::of(&files), &real())[0].what.contains("median file has 150"));
        assert!(check(&Tree::of(&files[1..]), &real()).is_empty());
    }

    #[test]
    fn the_summary_counts_code_and_tests() {
        let text = "a\nb\n#[cfg(test)]\nmod tests {\n}\n";
        let words = summary(&Tree::of(&[("crates/a/src/a.rs", text)]));
        assert!(words.contains("2 lines of code, 3 of tests: 1.50 to 1"), "{words}");
    }
}
