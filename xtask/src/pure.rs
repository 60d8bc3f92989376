//! Files that must not touch a runtime, a file, a socket or a thread.

use crate::finding::Finding;
use crate::layers::{Layers, Pure};
use crate::source::{code_only, fits, is_test_file, lines_before_tests, names};
use crate::tree::Tree;

/// Checks the sources that the table calls pure. Their tests are free.
pub fn check(tree: &Tree, table: &Layers) -> Vec<Finding> {
    let sources: Vec<_> = tree.below("crates/", ".rs").filter(|(path, _)| !is_test_file(path)).collect();
    let mut found = Vec::new();
    for rule in &table.pure {
        for (path, text) in sources.iter().filter(|(path, _)| applies(rule, path)) {
            found.extend(broken(rule, path, text));
        }
    }
    found
}

fn applies(rule: &Pure, path: &str) -> bool {
    rule.files.iter().any(|f| fits(f, path)) && !rule.except.iter().any(|f| fits(f, path))
}

fn broken(rule: &Pure, path: &str, text: &str) -> Vec<Finding> {
    let until = lines_before_tests(text);
    let code = code_only(text);
    let lines = code.lines().take(until).enumerate();
    let hits = lines.flat_map(|(i, line)| rule.forbid.iter().filter(|f| names(line, f)).map(move |f| (i, f)));
    hits.map(|(i, f)| Finding::new(path, i + 1, format!("names `{}`", f.trim_end_matches(':')), &rule.why))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::real;

    fn findings(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of(&[(path, text)]), &real()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn planted_violations() {
        let rows = [
            ("crates/flow/src/open.rs", "use tokio::time;\n", "names `tokio`"),
            ("crates/model/src/id.rs", "use std::fs::File;\n", "names `std::fs`"),
            ("crates/pack/src/read.rs", "std::thread::spawn(f);\n", "names `std::thread`"),
            ("crates/gateway/src/protocol/hj212/frame.rs", "use std::net::TcpStream;\n", "names `std::net`"),
            ("crates/gateway/src/protocol/mqtt/codec.rs", "fn f(at: Instant) {}\n", "names `Instant`"),
            ("crates/store/src/log/segment.rs", "use tokio::sync::Mutex;\n", "names `tokio`"),
            ("crates/broker/src/notify.rs", "reqwest::get(x)\n", "names `reqwest`"),
        ];
        for (path, text, want) in rows {
            let found = findings(path, text);
            assert!(found.len() == 1 && found[0].contains(want), "{path}: {found:?}");
        }
    }

    #[test]
    fn tests_comments_and_the_shell_are_free() {
        let rows = [
            ("crates/flow/src/open.rs", "// tokio::time\n#[cfg(test)]\nmod tests { use std::fs; }\n"),
            ("crates/pack/src/read.rs", "use std::fs;\n"),
            ("crates/jingwei/src/outbound.rs", "reqwest::get(x)\n"),
            ("crates/api/src/live.rs", "use tokio::sync;\n"),
            ("crates/flow/tests/one.rs", "use std::fs;\n"),
        ];
        for (path, text) in rows {
            assert!(findings(path, text).is_empty(), "{path}");
        }
    }
}
