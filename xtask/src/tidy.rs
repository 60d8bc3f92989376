//! `cargo xtask tidy`: every rule over the whole tree.

use std::path::Path;

use crate::finding::Finding;
use crate::layers::{Layers, PATH};
use crate::tree::Tree;
use crate::{clock, dependencies, domain, manifest, map, names, places, pure, sizes, walls};

type Rule = fn(&Tree, &Layers) -> Vec<Finding>;

const RULES: [(&str, Rule); 10] = [
    ("manifests", manifest::check),
    ("walls", walls::check),
    ("purity", pure::check),
    ("clock", clock::check),
    ("sizes", sizes::check),
    ("names", names::check),
    ("domains", domain::check),
    ("places", places::check),
    ("map", map::check),
    ("dependencies", dependencies::check),
];

/// Runs every rule. The text is a summary when all hold, else every finding with its reason.
pub fn run(root: &Path) -> Result<String, String> {
    let tree = Tree::read(root)?;
    let table = Layers::parse(tree.get(PATH).ok_or(format!("{PATH} does not exist"))?)?;
    report(&tree, &table)
}

fn report(tree: &Tree, table: &Layers) -> Result<String, String> {
    let mut lines = Vec::new();
    let mut count = 0;
    for (name, rule) in RULES {
        let found = rule(tree, table);
        count += found.len();
        lines.extend(found.iter().map(|f| format!("[{name}] {f}")));
    }
    if count > 0 {
        lines.push(format!("tidy: {count} findings"));
        return Err(lines.join("\n"));
    }
    Ok(format!("tidy: {} rules hold; {}", RULES.len(), sizes::summary(tree)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::real;

    #[test]
    fn findings_are_counted_and_explained() {
        let tree = Tree::of(&[("crates/flow/src/utils.rs", "use tokio::time;\n")]);
        let text = report(&tree, &real()).unwrap_err();
        assert!(text.contains("[names] crates/flow/src/utils.rs: "), "{text}");
        assert!(text.contains("[purity] crates/flow/src/utils.rs:1: names `tokio`"), "{text}");
        assert!(text.contains("    why: "), "{text}");
        assert!(text.ends_with("findings"), "{text}");
    }

    #[test]
    fn the_repository_itself_is_tidy() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        if let Err(text) = run(&root) {
            panic!("{text}");
        }
    }
}
