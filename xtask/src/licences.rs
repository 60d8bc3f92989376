//! `cargo xtask licences`: licences, bans and sources of everything that is built in.
//!
//! The rules stand in `deny.toml`, so that cargo-deny gives the same answer where it is installed.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use toml::Table;

use crate::spdx;

const WHY_LICENCE: &str =
    "what we ship is Apache-2.0: a dependency may not ask for more than `deny.toml` allows";
const WHY_SOURCE: &str = "a package comes from the public registry, where it cannot be changed afterwards";
/// Licences of tools that build the portal and are not shipped.
const BUILD_ONLY: [&str; 4] = ["BlueOak-1.0.0", "CC-BY-4.0", "Python-2.0", "CC-BY-3.0"];

struct Policy {
    allow: Vec<String>,
    deny: Vec<(String, String)>,
    registries: Vec<String>,
}

/// Checks the crates by `cargo metadata` and the portal's packages by its lock file.
pub fn run(root: &Path) -> Result<String, String> {
    let read = |p: &str| std::fs::read_to_string(root.join(p)).map_err(|e| format!("{p}: {e}"));
    let policy = policy(&read("deny.toml")?)?;
    let (crates, mut found) = check_crates(&metadata(root)?, &policy);
    let lock = "portal/package-lock.json";
    let mut packages = 0;
    if root.join(lock).exists() {
        let json: Value = serde_json::from_str(&read(lock)?).map_err(|e| format!("{lock}: {e}"))?;
        let (count, more) = check_packages(&json, &policy);
        packages = count;
        found.extend(more);
    }
    if found.is_empty() {
        return Ok(format!("licences: {crates} crates and {packages} packages are allowed"));
    }
    found.push(format!("licences: {} findings", found.len()));
    Err(found.join("\n"))
}

fn policy(text: &str) -> Result<Policy, String> {
    let table: Table = text.parse().map_err(|e| format!("deny.toml: {e}"))?;
    let list = |section: &str, key: &str| -> Result<Vec<toml::Value>, String> {
        let found = table.get(section).and_then(|s| s.get(key)).and_then(|v| v.as_array());
        found.cloned().ok_or(format!("deny.toml: {section}.{key} is no list"))
    };
    let words =
        |values: Vec<toml::Value>| values.iter().filter_map(|v| v.as_str().map(String::from)).collect();
    let word =
        |v: &toml::Value, key: &str| v.get(key).and_then(|w| w.as_str()).unwrap_or_default().to_string();
    Ok(Policy {
        allow: words(list("licenses", "allow")?),
        deny: list("bans", "deny")?.iter().map(|v| (word(v, "crate"), word(v, "reason"))).collect(),
        registries: words(list("sources", "allow-registry")?),
    })
}

/// What cargo says of all packages for this machine.
fn metadata(root: &Path) -> Result<Value, String> {
    let host = run_text(root, "rustc", &["-vV"])?;
    let host = host.lines().find_map(|l| l.strip_prefix("host: ")).unwrap_or("x86_64-unknown-linux-gnu");
    let text = run_text(root, "cargo", &["metadata", "--format-version", "1", "--filter-platform", host])?;
    serde_json::from_str(&text).map_err(|e| format!("cargo metadata: {e}"))
}

fn run_text(root: &Path, program: &str, args: &[&str]) -> Result<String, String> {
    let output =
        Command::new(program).args(args).current_dir(root).output().map_err(|e| format!("{program}: {e}"))?;
    if !output.status.success() {
        return Err(format!("{program} {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|e| format!("{program}: {e}"))
}

/// The number of crates from outside, and what is wrong with them.
fn check_crates(metadata: &Value, policy: &Policy) -> (usize, Vec<String>) {
    let used: Vec<&Value> =
        metadata["resolve"]["nodes"].as_array().into_iter().flatten().map(|n| &n["id"]).collect();
    let all = metadata["packages"].as_array().into_iter().flatten();
    let outside: Vec<&Value> = all.filter(|p| p["source"].is_string() && used.contains(&&p["id"])).collect();
    let found = outside.iter().flat_map(|p| check_crate(p, policy)).collect();
    (outside.len(), found)
}

fn check_crate(package: &Value, policy: &Policy) -> Vec<String> {
    let text = |key: &str| package[key].as_str().unwrap_or_default();
    let name = format!("{} {}", text("name"), text("version"));
    let mut found = Vec::new();
    if !spdx::allowed(text("license"), &|l| policy.allow.iter().any(|a| a == l)) {
        found.push(format!("{name}: licence `{}`\n    why: {WHY_LICENCE}", text("license")));
    }
    let banned = policy.deny.iter().filter(|(b, _)| b == text("name"));
    found.extend(banned.map(|(_, why)| format!("{name}: banned\n    why: {why}")));
    let source = text("source").trim_start_matches("registry+");
    if !policy.registries.iter().any(|r| r == source) {
        found.push(format!("{name}: comes from {source}\n    why: {WHY_SOURCE}"));
    }
    found
}

/// The number of packages of the portal, and what is wrong with them.
fn check_packages(lock: &Value, policy: &Policy) -> (usize, Vec<String>) {
    let all: Vec<(&String, &Value)> =
        lock["packages"].as_object().into_iter().flatten().filter(|(path, _)| !path.is_empty()).collect();
    let wrong = all.iter().filter_map(|(path, package)| {
        let build_only = package["dev"].as_bool() == Some(true);
        let licence = package["license"].as_str().unwrap_or_default();
        let is_allowed =
            |l: &str| policy.allow.iter().any(|a| a == l) || (build_only && BUILD_ONLY.contains(&l));
        (!spdx::allowed(licence, &is_allowed))
            .then(|| format!("{path}: licence `{licence}`\n    why: {WHY_LICENCE}"))
    });
    (all.len(), wrong.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real() -> Policy {
        policy(include_str!("../../deny.toml")).unwrap()
    }

    fn crates(name: &str, licence: &str, source: &str) -> Vec<String> {
        let package = format!(
            r#"{{"id": "x", "name": "{name}", "version": "1.0.0", "license": "{licence}", "source": "{source}"}}"#
        );
        let ours = r#"{"id": "y", "name": "door", "version": "0.1.0", "license": null, "source": null}"#;
        let text = format!(
            r#"{{"packages": [{package}, {ours}], "resolve": {{"nodes": [{{"id": "x"}}, {{"id": "y"}}]}}}}"#
        );
        let (count, found) = check_crates(&serde_json::from_str(&text).unwrap(), &real());
        assert_eq!(count, 1);
        found
    }

    const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

    #[test]
    fn planted_violations() {
        let rows = [
            ("a", "GPL-3.0-only", REGISTRY, "licence `GPL-3.0-only`"),
            ("a", "", REGISTRY, "licence ``"),
            ("openssl", "Apache-2.0", REGISTRY, "banned"),
            ("a", "MIT", "git+https://example.org/a", "comes from git+https://example.org/a"),
        ];
        for (name, licence, source, want) in rows {
            let found = crates(name, licence, source);
            assert!(found.len() == 1 && found[0].contains(want) && found[0].contains("why: "), "{found:?}");
        }
        assert!(crates("a", "MIT OR GPL-3.0-only", REGISTRY).is_empty());
    }

    #[test]
    fn the_portal_ships_less_than_it_builds_with() {
        let lock = r#"{"packages": {"": {}, "node_modules/a": {"license": "CC-BY-4.0", "dev": true},
            "node_modules/b": {"license": "CC-BY-4.0"}, "node_modules/c": {"license": "AGPL-3.0"}}}"#;
        let (count, found) = check_packages(&serde_json::from_str(lock).unwrap(), &real());
        assert_eq!(count, 3);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("node_modules/b"));
    }

    #[test]
    fn copyleft_is_on_no_list() {
        assert!(!real().allow.iter().any(|l| l.contains("GPL")));
        assert!(real().deny.iter().all(|(name, why)| !name.is_empty() && !why.is_empty()));
    }
}
