//! Installing packs into a city: the sections as one commit, the seeds in chunks, each at most once.

use door::{Handle, city_command};
use model::Name;
use pack::Folder;
use serde_json::{Value as Json, json};
use std::path::Path;

/// Entities of a seed in one commit.
const CHUNK: usize = 1_000;

/// Reads all packs of a folder, in the order of installing.
///
/// # Errors
/// The file and the reason.
pub fn read(packs: &Path) -> Result<Vec<Folder>, String> {
    let entries = std::fs::read_dir(packs).map_err(|e| format!("{}: {e}", packs.display()))?;
    let dirs = entries.filter_map(Result::ok).map(|e| e.path()).filter(|p| p.join("pack.toml").is_file());
    let folders =
        dirs.map(|dir| pack::read_folder(&dir)).collect::<Result<Vec<_>, _>>().map_err(|e| e.to_string())?;
    pack::in_order(folders).map_err(|e| e.to_string())
}

/// Installs what is new or changed. A seed adds what is missing and never overwrites.
///
/// # Errors
/// The pack and why the city refused it.
pub async fn install(door: &Handle, folders: &[Folder]) -> Result<usize, String> {
    let mut installed = 0;
    for folder in folders {
        let manifest = &folder.manifest;
        let snapshot = door.snapshot();
        let present = snapshot.state.city(&format!("urn:ngsi-ld:Pack:{}", manifest.name));
        if present.and_then(|p| p.text("digest")) == Some(folder.digest.as_str()) {
            continue;
        }
        one(door, folder).await.map_err(|e| format!("pack {}: {e}", manifest.name))?;
        installed += 1;
        tracing::info!(pack = %manifest.name, version = %manifest.version, "installed");
    }
    Ok(installed)
}

async fn one(door: &Handle, folder: &Folder) -> Result<(), String> {
    let manifest = &folder.manifest;
    let kept =
        folder.files.iter().filter(|(path, _)| !path.starts_with("seed/") && !path.starts_with("tests/"));
    let files: serde_json::Map<String, Json> =
        kept.map(|(p, t)| (p.clone(), Json::String(t.clone()))).collect();
    let body = json!({
        "name": manifest.name, "version": manifest.version, "digest": folder.digest,
        "title": {"zh": manifest.title.zh, "en": manifest.title.en},
        "articles": manifest.articles, "files": files,
    });
    submit(door, "pack.install", body, None).await?;
    for (path, text) in folder.section("seed").filter(|(path, _)| path.ends_with(".jsonl")) {
        let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
        for (n, chunk) in lines.chunks(CHUNK).enumerate() {
            let parse = |(i, line): (usize, &&str)| {
                serde_json::from_str::<Json>(line).map_err(|e| format!("{path}:{}: {e}", n * CHUNK + i + 1))
            };
            let entities = chunk.iter().enumerate().map(parse).collect::<Result<Vec<_>, _>>()?;
            let key = format!("{}-{path}-{n}", folder.digest);
            submit(door, "pack.seed", json!({ "entities": entities }), Some(key))
                .await
                .map_err(|e| format!("{path}: {e}"))?;
        }
    }
    Ok(())
}

async fn submit(door: &Handle, name: &str, body: Json, key: Option<String>) -> Result<(), String> {
    let mut command = city_command("pack", name, body);
    command.idempotency_key = key.map(Name::new);
    door.submit(command).await.map(|_| ()).map_err(|e| e.to_string())
}
