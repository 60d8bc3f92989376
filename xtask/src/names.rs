//! Names of crates, modules and types.

use crate::finding::Finding;
use crate::layers::Layers;
use crate::source::{code_only, words};
use crate::tree::Tree;

const RUST_KINDS: [&str; 5] = ["struct", "enum", "trait", "type", "union"];
const SCRIPT_KINDS: [&str; 4] = ["class", "interface", "type", "enum"];

/// Checks folders, files, `mod` lines and the names of types.
pub fn check(tree: &Tree, table: &Layers) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, text) in &tree.files {
        let kinds: &[&str] = match path.rsplit_once('.').map(|(_, ending)| ending) {
            Some("rs") => &RUST_KINDS,
            Some("ts" | "tsx") if path.starts_with("portal/src/") => &SCRIPT_KINDS,
            _ => continue,
        };
        found.extend(path_broken(path, table));
        found.extend(types_broken(path, text, kinds, table));
    }
    found.sort();
    found.dedup();
    found
}

fn path_broken(path: &str, table: &Layers) -> Option<Finding> {
    let rule = &table.names;
    let parts = path.split('/').map(|p| p.split('.').next().unwrap_or(p));
    let bad = parts.into_iter().find(|p| rule.modules.iter().any(|m| m == p))?;
    Some(Finding::new(path, 0, format!("a crate, folder or module is called `{bad}`"), &rule.why))
}

fn types_broken(path: &str, text: &str, kinds: &[&str], table: &Layers) -> Vec<Finding> {
    let rule = &table.names;
    let code = if path.ends_with(".rs") { code_only(text) } else { text.to_string() };
    let mut found = Vec::new();
    for (i, line) in code.lines().enumerate() {
        let all = words(line);
        for pair in all.windows(2) {
            let (kind, name) = (pair[0].1, pair[1].1);
            let module = kind == "mod" && rule.modules.iter().any(|m| m == name);
            let ending = rule.suffixes.iter().any(|s| name.ends_with(s.as_str()));
            let allowed = rule.allowed.iter().any(|a| a.name == name);
            if module {
                found.push(Finding::new(path, i + 1, format!("a module is called `{name}`"), &rule.why));
            } else if kinds.contains(&kind) && ending && !allowed {
                found.push(Finding::new(path, i + 1, format!("a type is called `{name}`"), &rule.why));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::real;

    fn findings(path: &str, text: &str) -> Vec<Finding> {
        check(&Tree::of(&[(path, text)]), &real())
    }

    #[test]
    fn planted_violations() {
        let rows = [
            ("crates/core/src/lib.rs", "", "called `core`"),
            ("crates/door/src/utils.rs", "", "called `utils`"),
            ("crates/door/src/helpers/a.rs", "", "called `helpers`"),
            ("portal/src/common/a.tsx", "", "called `common`"),
            ("crates/door/src/a.rs", "mod types { }\n", "module is called `types`"),
            ("crates/door/src/a.rs", "pub struct CaseManager;\n", "`CaseManager`"),
            ("crates/door/src/a.rs", "pub(crate) trait MailService {}\n", "`MailService`"),
            ("portal/src/a.ts", "export interface DateUtil {}\n", "`DateUtil`"),
        ];
        for (path, text, want) in rows {
            let found = findings(path, text);
            assert!(found.len() == 1 && found[0].what.contains(want), "{path}: {found:?}");
        }
    }

    #[test]
    fn standard_words_uses_and_documents_are_free() {
        let rows = [
            ("crates/exchange/src/a.rs", "pub struct DataService;\n"),
            ("crates/api/src/a.rs", "use tower::Service;\n// struct OldManager\n"),
            ("docs/core/a.md", "struct CaseManager"),
        ];
        for (path, text) in rows {
            assert!(findings(path, text).is_empty(), "{path}");
        }
    }
}
