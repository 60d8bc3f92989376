//! Manifests: layers, heavy dependencies, shared versions and lints.

use toml::{Table, Value};

use crate::finding::Finding;
use crate::layers::{Heavy, Layers};
use crate::source::name_fits;
use crate::tree::Tree;

const WHY_SHARED: &str =
    "one version of a dependency for the whole workspace: it is written once, in the root manifest";
const WHY_LINTS: &str = "the lints of the workspace hold for every crate";
const WHY_LISTED: &str = "a crate without a layer has no walls";

/// One dependency of a manifest.
struct Dependency<'a> {
    name: &'a str,
    value: &'a Value,
    dev: bool,
    line: usize,
}

/// Checks every manifest of `crates/`.
pub fn check(tree: &Tree, table: &Layers) -> Vec<Finding> {
    let mut found = Vec::new();
    for name in tree.crates() {
        let path = format!("crates/{name}/Cargo.toml");
        let text = tree.get(&path).unwrap_or_default();
        match text.parse::<Table>() {
            Ok(manifest) => found.extend(check_one(name, &path, text, &manifest, table)),
            Err(e) => found.push(Finding::new(&path, 0, format!("cannot be read: {e}"), WHY_SHARED)),
        }
    }
    found
}

fn check_one(name: &str, path: &str, text: &str, manifest: &Table, table: &Layers) -> Vec<Finding> {
    let mut found = Vec::new();
    if !table.crates.by_name.contains_key(name) {
        found.push(Finding::new(
            path,
            0,
            format!("crate `{name}` is not in {}", crate::layers::PATH),
            WHY_LISTED,
        ));
    }
    if manifest.get("lints").and_then(|l| l.get("workspace")).and_then(Value::as_bool) != Some(true) {
        found.push(Finding::new(path, 0, "`[lints] workspace = true` is missing", WHY_LINTS));
    }
    for dependency in dependencies(manifest, text) {
        let at = |what: String, why: &str| Finding::new(path, dependency.line, what, why);
        if dependency.value.get("workspace").and_then(Value::as_bool) != Some(true) {
            found.push(at(format!("`{}` does not say `workspace = true`", dependency.name), WHY_SHARED));
        }
        found.extend(
            layer_broken(name, dependency.name, dependency.dev, table).map(|w| at(w, &table.crates.why)),
        );
        let heavy = table.heavy.iter().filter(|h| heavy_broken(h, name, &dependency));
        found.extend(heavy.map(|h| at(format!("`{name}` depends on `{}`", dependency.name), &h.why)));
    }
    found
}

/// What is wrong when crate `from` names crate `to`; nothing when it may, or `to` is no crate of ours.
pub fn layer_broken(from: &str, to: &str, dev: bool, table: &Layers) -> Option<String> {
    let (own, other) = (table.crates.by_name.get(from)?, table.crates.by_name.get(to)?);
    if other.dev_only {
        return (!dev).then(|| format!("`{to}` is for tests only and `{from}` is not a test"));
    }
    if !other.only_from.is_empty() && !other.only_from.iter().any(|f| f == from) {
        return Some(format!(
            "`{to}` is reached only from {}, not from `{from}`",
            other.only_from.join(" and ")
        ));
    }
    (other.layer >= own.layer)
        .then(|| format!("`{from}` of layer {} names `{to}` of layer {}", own.layer, other.layer))
}

fn heavy_broken(heavy: &Heavy, name: &str, dependency: &Dependency<'_>) -> bool {
    heavy.names.iter().any(|n| name_fits(n, dependency.name))
        && !heavy.only_in.iter().any(|c| c == name)
        && (heavy.tests_too || !dependency.dev)
}

/// All dependencies of a manifest, those of a target included.
fn dependencies<'a>(manifest: &'a Table, text: &str) -> Vec<Dependency<'a>> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    let mut found = Vec::new();
    for table in [manifest].into_iter().chain(targets) {
        for (section, dev) in
            [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
        {
            let entries = table.get(section).and_then(Value::as_table).into_iter().flatten();
            found.extend(entries.map(|(name, value)| Dependency {
                name,
                value,
                dev,
                line: line_of(text, name),
            }));
        }
    }
    found
}

fn line_of(text: &str, name: &str) -> usize {
    let begins =
        |l: &str| l.trim_start().strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    text.lines().position(begins).map_or(0, |i| i + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::real;

    fn findings(name: &str, rest: &str) -> Vec<String> {
        let path = format!("crates/{name}/Cargo.toml");
        let text = format!("[lints]\nworkspace = true\n{rest}");
        check(&Tree::of(&[(path.as_str(), text.as_str())]), &real()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_right_manifest_is_silent() {
        assert!(
            findings("flow", "[dependencies]\nmodel.workspace = true\ndoor = { workspace = true }\n")
                .is_empty()
        );
        assert!(findings("flow", "[dev-dependencies]\ntestkit.workspace = true\n").is_empty());
    }

    #[test]
    fn planted_violations() {
        let rows = [
            (
                "flow",
                "[dependencies]\nrules.workspace = true\n",
                "`flow` of layer 3 names `rules` of layer 3",
            ),
            (
                "model",
                "[dependencies]\naccess.workspace = true\n",
                "`model` of layer 0 names `access` of layer 1",
            ),
            (
                "api",
                "[dependencies]\nsql.workspace = true\n",
                "`sql` is reached only from jingwei and testkit",
            ),
            ("api", "[dependencies]\ntestkit.workspace = true\n", "`testkit` is for tests only"),
            ("flow", "[dependencies]\ntokio.workspace = true\n", "`flow` depends on `tokio`"),
            ("flow", "[dev-dependencies]\ntokio.workspace = true\n", "`flow` depends on `tokio`"),
            ("broker", "[dependencies]\naxum.workspace = true\n", "`broker` depends on `axum`"),
            ("duty", "[dependencies]\narrow-schema.workspace = true\n", "`duty` depends on `arrow-schema`"),
            ("history", "[dependencies]\ndatafusion.workspace = true\n", "`history` depends on `datafusion`"),
            ("store", "[dependencies]\ngetrandom.workspace = true\n", "`store` depends on `getrandom`"),
            ("flow", "[dependencies]\nserde = \"1\"\n", "`serde` does not say `workspace = true`"),
            ("flow", "[target.'cfg(unix)'.dependencies]\nrules.workspace = true\n", "names `rules`"),
            ("quux", "", "crate `quux` is not in xtask/layers.toml"),
        ];
        for (name, rest, want) in rows {
            let found = findings(name, rest);
            assert!(found.iter().any(|f| f.contains(want) && f.contains("why: ")), "{name}: {found:?}");
        }
    }

    #[test]
    fn a_line_is_named_and_random_tests_may_draw() {
        assert!(
            findings("flow", "[dependencies]\nrules.workspace = true\n")[0]
                .starts_with("crates/flow/Cargo.toml:4:")
        );
        assert!(findings("store", "[dev-dependencies]\ngetrandom.workspace = true\n").is_empty());
    }

    #[test]
    fn lints_must_be_taken() {
        let tree = Tree::of(&[("crates/flow/Cargo.toml", "[package]\nname = \"flow\"\n")]);
        assert!(check(&tree, &real())[0].what.contains("[lints] workspace = true"));
    }
}
