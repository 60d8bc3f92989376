//! The map of `docs/ARCHITECTURE.md` against the tree.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::layers::Layers;
use crate::tree::Tree;

/// Checks that the block that begins with `crates/` names exactly the crates that exist.
pub fn check(tree: &Tree, table: &Layers) -> Vec<Finding> {
    let rule = &table.map;
    let at = |line: usize, what: String| Finding::new(&rule.file, line, what, &rule.why);
    let Some(text) = tree.get(&rule.file) else { return vec![at(0, "does not exist".into())] };
    let Some(rows) = rows(text) else {
        return vec![at(
            0,
            "has no fenced block that begins with a line `crates/` and names one crate a line".into(),
        )];
    };
    let exist: BTreeSet<&str> = tree.crates().into_iter().collect();
    let named: BTreeSet<&str> = rows.iter().map(|(_, name)| *name).collect();
    let dead = rows.iter().filter(|(_, name)| !exist.contains(name));
    let mut found: Vec<Finding> =
        dead.map(|(line, n)| at(*line, format!("names `{n}`, which does not exist"))).collect();
    found.extend(exist.difference(&named).map(|n| at(0, format!("does not name crate `{n}`"))));
    found
}

/// The crates that the map names, each with its line.
fn rows(text: &str) -> Option<Vec<(usize, &str)>> {
    let lines: Vec<&str> = text.lines().collect();
    let opens = |i: &usize| {
        lines[*i].starts_with("```")
            && lines.get(i + 1).is_some_and(|l| l.trim_start().starts_with("crates/"))
    };
    let from = (0..lines.len()).find(opens)? + 2;
    let inside =
        lines[from..].iter().enumerate().take_while(|(_, l)| !l.starts_with("```") && l.starts_with(' '));
    let name = |l: &'_ str| l.trim_start().find('/').map(|to| (l.len() - l.trim_start().len(), to));
    let is_name =
        |n: &str| !n.is_empty() && n.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let rows = inside.filter_map(|(i, l)| {
        let (start, len) = name(l)?;
        let word = &l[start..start + len];
        is_name(word).then_some((from + i + 1, word))
    });
    Some(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::real;

    fn findings(map: &str) -> Vec<String> {
        let files =
            [("crates/model/Cargo.toml", ""), ("crates/door/Cargo.toml", ""), ("docs/ARCHITECTURE.md", map)];
        check(&Tree::of(&files), &real()).iter().map(ToString::to_string).collect()
    }

    const MAP: &str = "# Map\n```\ncrates/\n  model/  values\n          and more a/b\n  door/   the path\nxtask/    chores\n```\n";

    #[test]
    fn a_true_map_is_silent() {
        assert_eq!(findings(MAP), Vec::<String>::new());
    }

    #[test]
    fn planted_violations() {
        let dead = findings(&MAP.replace("  door/ ", "  gate/ "));
        assert!(dead[0].contains("ARCHITECTURE.md:6: names `gate`, which does not exist"), "{dead:?}");
        assert!(dead[1].contains("does not name crate `door`"), "{dead:?}");
        assert!(findings("# Map\n")[0].contains("has no fenced block"));
        assert!(check(&Tree::of(&[]), &real())[0].what.contains("does not exist"));
    }
}
