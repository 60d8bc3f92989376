//! `cargo xtask codegen` and `cargo xtask bless`: files that are written by programs.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

const DOCUMENT: &str = "portal/openapi.json";
/// The script of the portal that writes its client from the document, when it has one.
const SCRIPT: &str = "codegen";

/// Writes the OpenAPI document of the binary, then lets the portal write its client.
pub fn write(root: &Path) -> Result<String, String> {
    let text = document(root)?;
    std::fs::write(root.join(DOCUMENT), &text).map_err(|e| format!("{DOCUMENT}: {e}"))?;
    let mut said = format!("codegen: wrote {DOCUMENT} ({} bytes)", text.len());
    if has_script(&std::fs::read_to_string(root.join("portal/package.json")).unwrap_or_default()) {
        run(
            root,
            Command::new("npm").args(["--prefix", "portal", "run", SCRIPT]).env("OPENAPI", "openapi.json"),
        )?;
        said.push_str(" and the portal's client");
    }
    Ok(said)
}

/// Fails when the document in the tree is not what the binary says.
pub fn check(root: &Path) -> Result<String, String> {
    let kept = std::fs::read_to_string(root.join(DOCUMENT)).unwrap_or_default();
    compare(&kept, &document(root)?)
}

/// Writes documents and golden files anew.
pub fn bless(root: &Path) -> Result<String, String> {
    let first = write(root)?;
    run(root, Command::new("cargo").args(["test", "--workspace"]).env("JINGWEI_BLESS", "1"))?;
    Ok(format!("{first}\nbless: golden files are written; read the difference before you commit it"))
}

fn compare(kept: &str, said: &str) -> Result<String, String> {
    if kept == said {
        return Ok(format!("codegen: {DOCUMENT} is what the binary says"));
    }
    let line = kept.lines().zip(said.lines()).take_while(|(a, b)| a == b).count() + 1;
    Err(format!(
        "{DOCUMENT}:{line}: differs from the binary's answer; run `cargo xtask codegen`\n    why: the portal's client is made from it"
    ))
}

/// What the binary answers. `CITY_BIN` names one that is built already; else cargo builds it.
/// (The binary refuses unknown variables that begin with `JINGWEI_`.)
fn document(root: &Path) -> Result<String, String> {
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--package", "jingwei", "--"]);
    if let Some(binary) = std::env::var_os("CITY_BIN") {
        command = Command::new(binary);
    }
    let output =
        command.arg("openapi").current_dir(root).output().map_err(|e| format!("{command:?}: {e}"))?;
    if !output.status.success() {
        return Err(format!("jingwei openapi: {}", String::from_utf8_lossy(&output.stderr)));
    }
    pretty(&output.stdout)
}

/// The document with one key a line, so that a difference can be read.
fn pretty(bytes: &[u8]) -> Result<String, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|e| format!("jingwei openapi: {e}"))?;
    if !value["openapi"].is_string() {
        return Err("jingwei openapi: the answer has no `openapi` version".into());
    }
    let text = serde_json::to_string_pretty(&value).map_err(|e| format!("jingwei openapi: {e}"))?;
    Ok(text + "\n")
}

fn has_script(manifest: &str) -> bool {
    let value: Value = serde_json::from_str(manifest).unwrap_or_default();
    value["scripts"][SCRIPT].is_string()
}

fn run(root: &Path, command: &mut Command) -> Result<(), String> {
    let status = command.current_dir(root).status().map_err(|e| format!("{command:?}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_made_readable_and_keeps_its_order() {
        let text = pretty(br#"{"openapi":"3.1.0","info":{"title":"t"},"a":1}"#).unwrap();
        assert_eq!(
            text,
            "{\n  \"openapi\": \"3.1.0\",\n  \"info\": {\n    \"title\": \"t\"\n  },\n  \"a\": 1\n}\n"
        );
    }

    #[test]
    fn what_is_no_document_is_refused() {
        assert!(pretty(b"hello").unwrap_err().contains("jingwei openapi"));
        assert!(pretty(b"{}").unwrap_err().contains("no `openapi` version"));
    }

    #[test]
    fn a_difference_names_its_line() {
        assert!(compare("a\nb\n", "a\nb\n").is_ok());
        let said = compare("a\nb\n", "a\nc\n").unwrap_err();
        assert!(
            said.starts_with("portal/openapi.json:2: ") && said.contains("cargo xtask codegen"),
            "{said}"
        );
    }

    #[test]
    fn the_portal_may_have_no_script() {
        assert!(has_script(r#"{"scripts": {"codegen": "x"}}"#));
        assert!(!has_script(r#"{"scripts": {}}"#));
        assert!(!has_script(""));
    }

    #[test]
    fn a_failed_command_is_an_error() {
        assert!(run(Path::new("."), &mut Command::new("false")).is_err());
        assert!(run(Path::new("."), &mut Command::new("true")).is_ok());
    }
}
