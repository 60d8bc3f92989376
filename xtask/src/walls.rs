//! `use` lines and paths: a source names only crates of a lower layer.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::layers::Layers;
use crate::manifest::layer_broken;
use crate::source::{code_only, is_test_file, lines_before_tests, words};
use crate::tree::Tree;

/// Checks every source of `crates/`.
pub fn check(tree: &Tree, table: &Layers) -> Vec<Finding> {
    let mut found = Vec::new();
    for name in tree.crates() {
        let folder = format!("crates/{name}/");
        let own = own_modules(tree, &folder);
        for (path, text) in tree.below(&folder, ".rs") {
            let tests_from = if is_test_file(path) { 0 } else { lines_before_tests(text) };
            for (i, line) in code_only(text).lines().enumerate() {
                let crates = first_segments(line).filter(|w| *w != name && !own.contains(*w));
                let broken =
                    crates.filter_map(|w| layer_broken(name, &w.replace('_', "-"), i >= tests_from, table));
                found.extend(broken.map(|what| Finding::new(path, i + 1, what, &table.crates.why)));
            }
        }
    }
    found
}

/// The first names of all paths of a line: `a` of `use a::b`, of `a::b()` and of `use a;`.
fn first_segments(line: &str) -> impl Iterator<Item = &str> {
    let all = words(line);
    let used = line.trim_start().trim_start_matches("pub ").starts_with("use ");
    all.into_iter().filter_map(move |(at, word)| {
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        let begins = !before.ends_with([':', '.', '\'']);
        let goes_on =
            after.starts_with("::") || (used && before.ends_with("use ") && after.starts_with([';', ' ']));
        (begins && goes_on).then_some(word)
    })
}

/// The names of a crate's own modules: a path that begins with one may mean the module.
fn own_modules<'a>(tree: &'a Tree, folder: &'a str) -> BTreeSet<&'a str> {
    let mut own = BTreeSet::new();
    for (path, text) in tree.below(folder, ".rs") {
        own.extend(path[folder.len()..].split('/').map(|p| p.trim_end_matches(".rs")));
        let declared = |l: &'a str| {
            let at = words(l).into_iter().map(|(_, w)| w).collect::<Vec<_>>();
            at.iter().position(|w| *w == "mod").and_then(|i| at.get(i + 1).copied())
        };
        own.extend(text.lines().filter(|l| l.contains("mod ")).filter_map(declared));
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::real;

    fn findings(files: &[(&str, &str)]) -> Vec<String> {
        let mut all = vec![("crates/flow/Cargo.toml", ""), ("crates/api/Cargo.toml", "")];
        all.extend(files);
        check(&Tree::of(&all), &real()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn planted_violations() {
        let rows = [
            ("crates/flow/src/lib.rs", "use rules::Alert;\n", "lib.rs:1: `flow` of layer 3 names `rules`"),
            ("crates/flow/src/lib.rs", "\npub use duty;\n", "lib.rs:2: `flow` of layer 3 names `duty`"),
            ("crates/flow/src/lib.rs", "fn f() { broker::query(); }\n", "names `broker`"),
            ("crates/api/src/lib.rs", "fn f(x: sql::Plan) {}\n", "`sql` is reached only from"),
            ("crates/api/src/lib.rs", "use testkit::City;\n", "`testkit` is for tests only"),
        ];
        for (path, text, want) in rows {
            let found = findings(&[(path, text)]);
            assert!(found.iter().any(|f| f.contains(want)), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_may_be_named_is_silent() {
        let rows = [
            "use model::Change;\nuse door::Command;\n",
            "// use rules::Alert;\n",
            "const A: &str = \"rules::Alert\";\n",
            "fn f(x: crate::rules::Plan) {}\n",
            "#[cfg(test)]\nmod tests { use testkit::City; }\n",
            "let rules = 1; let x = rules + 2;\n",
        ];
        for text in rows {
            assert_eq!(findings(&[("crates/flow/src/lib.rs", text)]), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn a_module_of_the_same_name_is_no_crate() {
        let files = [("crates/flow/src/rules.rs", ""), ("crates/flow/src/lib.rs", "use rules::Plan;\n")];
        assert!(findings(&files).is_empty());
        assert!(findings(&[("crates/flow/src/lib.rs", "mod view { }\nuse view::Plan;\n")]).is_empty());
    }
}
