//! `docs/DEPENDENCIES.md` against the manifests.

use std::collections::BTreeSet;

use serde_json::Value;
use toml::Table;

use crate::finding::Finding;
use crate::layers::Layers;
use crate::tree::Tree;

const ROOT: &str = "Cargo.toml";
const PORTAL: &str = "portal/package.json";

/// Checks that each dependency has one row `| name | licence | reason |`, and that no row is left over.
pub fn check(tree: &Tree, table: &Layers) -> Vec<Finding> {
    let rule = &table.dependencies;
    let at = |line: usize, what: String| Finding::new(&rule.file, line, what, &rule.why);
    let Some(text) = tree.get(&rule.file) else { return vec![at(0, "does not exist".into())] };
    let rows = rows(text);
    let explained: BTreeSet<&str> = rows.iter().map(|r| r.name).collect();
    let mut wanted: BTreeSet<String> = crates(tree.get(ROOT).unwrap_or_default());
    wanted.extend(packages(tree.get(PORTAL).unwrap_or_default()));
    let missing = wanted.iter().filter(|n| !explained.contains(n.as_str()));
    let mut found: Vec<Finding> = missing.map(|n| at(0, format!("has no row for `{n}`"))).collect();
    for row in &rows {
        if !wanted.contains(row.name) {
            found.push(at(row.line, format!("explains `{}`, which no manifest names", row.name)));
        } else if row.licence.is_empty() || row.reason.is_empty() {
            found.push(at(row.line, format!("`{}` lacks its licence or its reason", row.name)));
        }
    }
    found
}

struct Row<'a> {
    line: usize,
    name: &'a str,
    licence: &'a str,
    reason: &'a str,
}

fn rows(text: &str) -> Vec<Row<'_>> {
    let lines = text.lines().enumerate().filter(|(_, l)| l.starts_with("| `"));
    lines
        .map(|(i, l)| {
            let mut cells = l.trim_matches('|').split('|').map(str::trim);
            let mut next = || cells.next().unwrap_or_default();
            Row { line: i + 1, name: next().trim_matches('`'), licence: next(), reason: next() }
        })
        .collect()
}

/// The dependencies of the workspace that come from a registry.
fn crates(text: &str) -> BTreeSet<String> {
    let manifest = text.parse::<Table>().unwrap_or_default();
    let all = manifest.get("workspace").and_then(|w| w.get("dependencies")).and_then(|d| d.as_table());
    let ours = |v: &toml::Value| v.get("path").is_some();
    all.into_iter().flatten().filter(|(_, v)| !ours(v)).map(|(n, _)| n.clone()).collect()
}

/// The dependencies of the portal, those of its build included.
fn packages(text: &str) -> BTreeSet<String> {
    let manifest: Value = serde_json::from_str(text).unwrap_or_default();
    let names =
        |section: &str| manifest[section].as_object().into_iter().flatten().map(|(n, _)| n.clone()).collect();
    ["dependencies", "devDependencies"].into_iter().flat_map(|s| -> Vec<String> { names(s) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::real;

    fn findings(rows: &str) -> Vec<String> {
        let files = [
            ("Cargo.toml", "[workspace.dependencies]\nmodel = { path = \"crates/model\" }\nserde = \"1\"\n"),
            ("portal/package.json", r#"{"dependencies": {"preact": "1"}, "devDependencies": {"@a/b": "1"}}"#),
            ("docs/DEPENDENCIES.md", rows),
        ];
        check(&Tree::of(&files), &real()).iter().map(ToString::to_string).collect()
    }

    const GOOD: &str = "| name | licence | why |\n| --- | --- | --- |\n| `serde` | MIT | a |\n| `preact` | MIT | b |\n| `@a/b` | MIT | c |\n";

    #[test]
    fn a_full_list_is_silent() {
        assert_eq!(findings(GOOD), Vec::<String>::new());
    }

    #[test]
    fn planted_violations() {
        let rows = [
            (GOOD.replace("`serde`", "`tokio`"), "has no row for `serde`"),
            (GOOD.replace("`serde`", "`tokio`"), "explains `tokio`, which no manifest names"),
            (GOOD.replace("| b |", "| |"), "`preact` lacks its licence or its reason"),
            (GOOD.replace("| `@a/b` | MIT | c |\n", ""), "has no row for `@a/b`"),
        ];
        for (text, want) in rows {
            assert!(findings(&text).iter().any(|f| f.contains(want)), "{want}");
        }
        assert!(check(&Tree::of(&[]), &real())[0].what.contains("does not exist"));
    }
}
