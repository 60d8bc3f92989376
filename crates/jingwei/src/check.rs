//! `pack check`: every file of a pack against the engine that uses its section.

use std::path::Path;

/// Findings, each beginning with its file; none when the pack is sound.
pub fn check(path: &Path) -> Vec<String> {
    let folder = match pack::read_folder(path) {
        Ok(folder) => folder,
        Err(e) => return vec![e.to_string()],
    };
    let mut findings = Vec::new();
    for (file, text) in &folder.files {
        let section = file.split('/').next().unwrap_or_default();
        if let Err(reason) = one(section, file, text) {
            findings.push(format!("{}: {reason}", path.join(file).display()));
        }
    }
    findings
}

fn one(section: &str, file: &str, text: &str) -> Result<(), String> {
    let yaml = |e: serde_yaml_ng::Error| e.to_string();
    match section {
        "entities" => serde_yaml_ng::from_str::<door::TypeSchema>(text).map(|_| ()).map_err(yaml),
        "access" => serde_yaml_ng::from_str::<Vec<access::Right>>(text).map(|_| ()).map_err(yaml),
        "things" => gateway::thing::ThingModel::parse(text).map(|_| ()).map_err(|e| e.to_string()),
        "duties" => duty::parse(text).map(|_| ()),
        "rules" => rules::parse(text).map(|_| ()),
        "flows" => serde_yaml_ng::from_str::<flow::Definition>(text).map(|_| ()).map_err(yaml),
        "seed" if file.ends_with(".jsonl") => seed(text),
        _ => Ok(()),
    }
}

fn seed(text: &str) -> Result<(), String> {
    for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let json = serde_json::from_str(line).map_err(|e| format!("line {}: {e}", n + 1))?;
        model::entity_from_simple(&json, &model::Tenant::city())
            .map_err(|e| format!("line {}: {e}", n + 1))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packs_of_the_project_are_sound() {
        let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
        let dirs: Vec<_> =
            std::fs::read_dir(packs).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
        assert!(dirs.len() >= 5);
        for dir in dirs {
            assert_eq!(check(&dir), Vec::<String>::new());
        }
    }

    #[test]
    fn a_mistake_is_named_with_its_file() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("air");
        std::fs::create_dir_all(dir.join("entities")).unwrap();
        std::fs::create_dir_all(dir.join("seed")).unwrap();
        std::fs::write(
            dir.join("pack.toml"),
            "name='air'\nversion='1'\nlicence='MIT'\ntitle={zh='气',en='Air'}\n",
        )
        .unwrap();
        std::fs::write(dir.join("entities/A.schema.yaml"), "type: A\ncolour: red\n").unwrap();
        std::fs::write(dir.join("seed/a.jsonl"), "{\"id\":\"urn:a:b\",\"type\":\"A\"}\n{\"type\":\"A\"}\n")
            .unwrap();
        let found = check(&dir);
        assert!(found[0].contains("entities/A.schema.yaml") && found[0].contains("colour"), "{found:?}");
        assert!(found[1].contains("seed/a.jsonl: line 2: id: missing"), "{found:?}");
    }
}
