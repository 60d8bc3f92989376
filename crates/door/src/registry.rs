//! The two engines that the door itself brings: `pack` installs packs and their seeds, `access` keeps
//! accounts, tokens, single-use links and the audit of reads.

use crate::{Body, Command, Decision, Effect, Engine, Moment, Refusal, RefusalKind, packs};
use model::{Attribute, Change, Class, Commit, EntityId, EntityKey, Name, Tenant, Time, Value};
use serde_json::Value as Json;

/// Most entities in one seed command.
const SEED_MAX: usize = 5_000;

/// Installs packs. Commands: `pack.install {name, version, digest, title, articles, files}`,
/// `pack.seed {entities: […]}`.
#[derive(Default)]
pub struct Packs;

/// Keeps who may come in. Commands: `access.read {tenant, id, attributes}`,
/// `access.set_password {person, hash}`, `access.token {id, person, digest, title}`, `access.drop_token {id}`.
#[derive(Default)]
pub struct Accounts;

fn invalid<T>(field: &str, zh: &str, en: &str) -> Result<T, Refusal> {
    Err(Refusal::new(RefusalKind::Invalid, field, zh, en))
}

fn json(command: &Command) -> Result<&Json, Refusal> {
    match &command.body {
        Body::Json(json) => Ok(json),
        Body::Observed { .. } => invalid("body", "应为 JSON", "must be JSON"),
    }
}

fn text<'a>(body: &'a Json, field: &str) -> Result<&'a str, Refusal> {
    body.get(field).and_then(Json::as_str).map_or_else(|| invalid(field, "缺少这一项", "is missing"), Ok)
}

impl Engine for Packs {
    fn name(&self) -> &'static str {
        "pack"
    }

    fn decide(&self, at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
        if !command.permit.is_city() {
            return Err(Refusal::new(
                RefusalKind::Forbidden,
                "",
                "只能在本机安装",
                "packs are installed through the control socket",
            ));
        }
        let body = json(command)?;
        match command.name.as_str() {
            "pack.install" => install(body),
            "pack.seed" => seed(at, body),
            other => Err(Refusal::new(
                RefusalKind::Missing,
                "name",
                format!("没有命令 {other}"),
                format!("no command {other}"),
            )),
        }
    }

    fn step(&mut self, _: &Moment<'_>, _: &Commit) -> Vec<Effect> {
        vec![]
    }

    fn save(&self) -> Vec<u8> {
        vec![]
    }

    fn load(&mut self, _: &[u8]) -> Result<(), String> {
        Ok(())
    }
}

fn install(body: &Json) -> Result<Decision, Refusal> {
    let id = EntityId::new(format!("urn:ngsi-ld:Pack:{}", text(body, "name")?));
    let mut attributes = Vec::new();
    for field in ["name", "version", "digest", "title", "articles", "files"] {
        let value = body.get(field).map_or_else(|| invalid(field, "缺少这一项", "is missing"), Ok)?;
        // Section texts are kept as they are: one that looks like an id must not become one.
        let value = match (field, value) {
            ("files", Json::Object(files)) => Value::map(
                files.iter().map(|(k, v)| (Name::new(k), Value::text(v.as_str().unwrap_or_default()))),
            ),
            _ => Value::from_json(value)
                .map_err(|e| Refusal::new(RefusalKind::Invalid, field, e.reason.clone(), e.reason))?,
        };
        attributes.push(Attribute::new(field, value));
    }
    let change = Change::Create { key: EntityKey::city(id), types: vec![Name::new(packs::PACK)], attributes };
    Ok(Decision::governed(vec![change]))
}

fn seed(at: &Moment<'_>, body: &Json) -> Result<Decision, Refusal> {
    let Some(Json::Array(entities)) = body.get("entities") else {
        return invalid("entities", "缺少这一项", "is missing");
    };
    if entities.len() > SEED_MAX {
        return invalid("entities", "一次最多 5000 个", "at most 5000 at once");
    }
    let mut changes = Vec::with_capacity(entities.len());
    for (n, entity) in entities.iter().enumerate() {
        let (key, types, attributes) = model::entity_from_simple(entity, &Tenant::city()).map_err(|e| {
            Refusal::new(
                RefusalKind::Invalid,
                &format!("entities[{n}].{}", e.path),
                e.reason.clone(),
                e.reason,
            )
        })?;
        if at.state.get(&key).is_none() {
            changes.push(Change::Create { key, types, attributes });
        }
    }
    Ok(Decision::governed(changes))
}

impl Engine for Accounts {
    fn name(&self) -> &'static str {
        "access"
    }

    fn decide(&self, at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
        let body = json(command)?;
        match command.name.as_str() {
            "access.read" => read(at, command, body),
            "access.set_password" => set_password(body),
            "access.token" => token(at, command, body),
            "access.drop_token" => {
                let key = EntityKey::city(text(body, "id")?);
                Ok(Decision::governed(vec![Change::Delete { key }]))
            }
            other => Err(Refusal::new(
                RefusalKind::Missing,
                "name",
                format!("没有命令 {other}"),
                format!("no command {other}"),
            )),
        }
    }

    fn step(&mut self, _: &Moment<'_>, _: &Commit) -> Vec<Effect> {
        vec![]
    }

    fn save(&self) -> Vec<u8> {
        vec![]
    }

    fn load(&mut self, _: &[u8]) -> Result<(), String> {
        Ok(())
    }
}

/// One audit record of a read of personal attributes; refused when the permit names no purpose for them.
fn read(at: &Moment<'_>, command: &Command, body: &Json) -> Result<Decision, Refusal> {
    let key = EntityKey { tenant: Tenant::new(text(body, "tenant")?), id: EntityId::new(text(body, "id")?) };
    let Some(entity) = at.state.get(&key).filter(|e| command.permit.sees(e)) else {
        return Err(Refusal::new(RefusalKind::Missing, "id", "没有这一条", "no such entity"));
    };
    let scope = command.permit.scope(entity.kind());
    let names: Vec<&str> = body
        .get("attributes")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    let mut purposes = Vec::new();
    for name in &names {
        let Some(purpose) = scope.purpose(entity, name) else {
            return Err(Refusal::new(
                RefusalKind::Forbidden,
                name,
                "没有查看这项个人信息的权限和目的",
                "no right with a purpose opens this personal attribute",
            ));
        };
        purposes.push(Value::text(purpose.as_str()));
    }
    let principal = command.permit.principal();
    let id = EntityId::new(format!("urn:ngsi-ld:ReadAudit:{}", hex(&at.entropy[..12])));
    let attributes = vec![
        Attribute::new("who", Value::Id(principal.id.clone())),
        Attribute::new("subject", Value::Id(key.id.clone())),
        Attribute::new("attributes", Value::list(names.iter().map(Value::text))),
        Attribute::new("purposes", Value::list(purposes)),
        Attribute::new("at", Value::Time(at.now)),
    ];
    let change = Change::Create { key: EntityKey::city(id), types: vec![Name::new("ReadAudit")], attributes };
    Ok(Decision { class: Class::Audit, ..Decision::governed(vec![change]) })
}

/// Whoever has the right to this command may set a password; only its hash comes here.
fn set_password(body: &Json) -> Result<Decision, Refusal> {
    let person = EntityId::new(text(body, "person")?);
    let hash = text(body, "hash")?;
    if !hash.starts_with("$argon2id$") {
        return invalid("hash", "应为 Argon2id", "must be Argon2id");
    }
    let key = EntityKey::city(credential(&person));
    let attributes =
        vec![Attribute::new("person", Value::Id(person)), Attribute::new("hash", Value::text(hash))];
    let change = Change::Create { key, types: vec![Name::new("Credential")], attributes };
    Ok(Decision::governed(vec![change]))
}

fn token(at: &Moment<'_>, command: &Command, body: &Json) -> Result<Decision, Refusal> {
    if !command.permit.is_city() {
        return Err(Refusal::new(
            RefusalKind::Forbidden,
            "",
            "只能在本机签发",
            "tokens are made through the control socket",
        ));
    }
    let id = EntityId::new(format!("urn:ngsi-ld:Token:{}", text(body, "digest")?));
    let mut attributes = vec![Attribute::new("made_at", Value::Time(at.now))];
    for field in ["role", "person", "body", "title"] {
        if let Some(word) = body.get(field).and_then(Json::as_str) {
            attributes.push(Attribute::new(field, Value::text(word)));
        }
    }
    if let Some(until) = body.get("until").and_then(Json::as_str).and_then(|t| Time::parse(t).ok()) {
        attributes.push(Attribute::new("until", Value::Time(until)));
    }
    let change = Change::Create { key: EntityKey::city(id), types: vec![Name::new("Token")], attributes };
    Ok(Decision::governed(vec![change]))
}

/// The entity that holds a person's password hash.
#[must_use]
pub fn credential(person: &EntityId) -> EntityId {
    let slug = person.as_str().rsplit(':').next().unwrap_or_default();
    EntityId::new(format!("urn:ngsi-ld:Credential:{slug}"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut s, b| {
        use std::fmt::Write;
        let _ = write!(s, "{b:02x}");
        s
    })
}
