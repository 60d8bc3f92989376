//! Entity types that packs declare, and who names them.

use std::collections::BTreeMap;

use crate::finding::Finding;
use crate::layers::Layers;
use crate::source::words;
use crate::tree::Tree;

const ENDINGS: [&str; 2] = [".schema.yaml", ".schema.json"];
const CODE: [&str; 4] = [".rs", ".ts", ".tsx", ".css"];

/// Checks that no engine and no file of the portal names a type of a domain, in code, tests or comments.
pub fn check(tree: &Tree, table: &Layers) -> Vec<Finding> {
    let rule = &table.domain;
    let mut types = declared(tree);
    types.retain(|word, _| !rule.generic.iter().any(|g| g.word == *word));
    let watched = |p: &str| {
        rule.roots.iter().any(|r| p.starts_with(r.as_str()))
            && !rule.exempt.iter().any(|e| p.starts_with(e.path.as_str()))
            && CODE.iter().any(|e| p.ends_with(e))
    };
    let mut found = Vec::new();
    for (path, text) in tree.files.iter().filter(|(p, _)| watched(p)) {
        for (i, line) in text.lines().enumerate() {
            let named = words(line).into_iter().filter_map(|(_, w)| Some((w, types.get(w)?)));
            found.extend(named.map(|(w, from)| {
                Finding::new(path, i + 1, format!("names `{w}`, a type that {from} declares"), &rule.why)
            }));
        }
    }
    found
}

/// Every entity type that a pack declares, and the schema that does: by the file's name and by its `type`.
fn declared(tree: &Tree) -> BTreeMap<String, String> {
    let in_pack = |p: &str| p.split('/').nth(2) == Some("entities");
    let mut types = BTreeMap::new();
    for (path, text) in tree.below("packs/", "").filter(|(p, _)| in_pack(p)) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let Some(stem) = ENDINGS.iter().find_map(|e| name.strip_suffix(e)) else { continue };
        types.insert(type_name(stem), path.to_string());
        let keyed = |l: &str| -> Option<String> {
            let rest = l.strip_prefix("type:").or_else(|| l.trim_start().strip_prefix("\"type\":"))?;
            Some(rest.trim().trim_matches(['"', ',', '\'']).to_string())
        };
        types.extend(
            text.lines().filter_map(keyed).filter(|n| is_type_name(n)).map(|n| (n, path.to_string())),
        );
    }
    types
}

/// `air-station` and `air_station` become `AirStation`.
fn type_name(stem: &str) -> String {
    let capital = |part: &str| {
        let mut chars = part.chars();
        chars.next().map(|c| c.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    stem.split(['-', '_', '.']).map(capital).collect()
}

fn is_type_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::real;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let files = [
            ("packs/pond/entities/duck-pond.schema.json", "{}"),
            ("packs/pond/entities/x.schema.yaml", "type: Heron\nattributes:\n  a: { type: Newt }\n"),
            ("packs/pond/entities/y.schema.json", "{\n  \"type\": \"Toad\",\n  \"a\": 1\n}"),
            ("packs/pond/entities/Case.schema.json", "{}"),
            ("packs/pond/tests/Newt.schema.json", "{}"),
            (path, text),
        ];
        check(&Tree::of(&files), &real()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn planted_violations() {
        let rows = [
            ("crates/flow/src/a.rs", "let t = \"DuckPond\";", "names `DuckPond`, a type that packs/pond"),
            ("crates/flow/src/a.rs", "// like a Heron", "names `Heron`"),
            ("portal/src/a.tsx", "<b>{x.Heron}</b>", "names `Heron`"),
            ("portal/src/a.tsx", "type T = Toad", "names `Toad`"),
            (
                "crates/rules/src/a.rs",
                "#[cfg(test)]\nmod tests { const T: &str = \"Heron\"; }",
                "a.rs:2: names `Heron`",
            ),
        ];
        for (path, text, want) in rows {
            let found = findings(path, text);
            assert!(found.len() == 1 && found[0].contains(want), "{path}: {found:?}");
        }
    }

    #[test]
    fn generic_words_packs_and_scenarios_are_free() {
        let rows = [
            ("crates/flow/src/a.rs", "struct Case; struct Newt; struct Herons;"),
            ("packs/pond/rules/a.yaml", "type: Heron"),
            ("crates/testkit/src/a.rs", "Heron"),
            ("docs/a.md", "Heron"),
            ("portal/src/words/en.ts", "pond: 'Heron'"),
        ];
        for (path, text) in rows {
            assert!(findings(path, text).is_empty(), "{path}");
        }
    }
}
