//! Batch operations (5.6.7 to 5.6.10 and 5.6.20): every entity for itself, in order, with its own result.

use crate::attributes;
use crate::body::{self, OfMany};
use crate::book::Book;
use crate::entities;
use crate::problem::problem;
use door::{Refusal, RefusalKind};
use model::EntityKey;
use serde_json::{Value as Json, json};

/// Entities in one batch.
const ENTITIES_MAX: usize = 1_000;

/// What is done to each entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Each {
    Create,
    Upsert,
    Update,
    Merge,
    Delete,
}

/// Does a batch; the answer has `created`, `updated`, `deleted` ids and `errors`, each with its entity.
pub(crate) fn batch(book: &mut Book<'_>, each: Each, many: &OfMany) -> Result<Json, Refusal> {
    let items = if each == Each::Delete { &many.ids } else { &many.entities };
    if items.is_empty() {
        return Err(body::invalid("entities", "至少一个实体", "at least one entity"));
    }
    if items.len() > ENTITIES_MAX {
        return Err(body::invalid("entities", "一次最多 1000 个实体", "at most 1000 entities at once"));
    }
    let (mut created, mut updated, mut deleted, mut errors) = (vec![], vec![], vec![], vec![]);
    for item in items {
        let id = item.as_str().or_else(|| item.get("id")?.as_str()).unwrap_or_default();
        match one(book, each, many, item) {
            Ok(Done::Created) => created.push(id),
            Ok(Done::Updated) => updated.push(id),
            Ok(Done::Deleted) => deleted.push(id),
            Err(refusal) => errors.push(error(id, &refusal)),
        }
    }
    Ok(json!({ "created": created, "updated": updated, "deleted": deleted, "errors": errors }))
}

enum Done {
    Created,
    Updated,
    Deleted,
}

fn one(book: &mut Book<'_>, each: Each, many: &OfMany, item: &Json) -> Result<Done, Refusal> {
    let tenant = many.tenant.as_str();
    if each == Each::Delete {
        let key = body::key(tenant, item.as_str().unwrap_or_default())?;
        return entities::delete(book, &key).map(|()| Done::Deleted);
    }
    let key = entities::key_in(tenant, item)?;
    match each {
        Each::Upsert if book.exists(&key) && many.update => append(book, &key, item, false),
        Each::Upsert if book.exists(&key) => entities::replace(book, &key, item).map(|()| Done::Updated),
        Each::Create | Each::Upsert => entities::create(book, tenant, item).map(|_| Done::Created),
        Each::Update => {
            entities::known(book, &key)?;
            append(book, &key, item, many.no_overwrite)
        }
        Each::Merge => entities::merge(book, &key, item).map(|()| Done::Updated),
        Each::Delete => Ok(Done::Deleted),
    }
}

fn append(book: &mut Book<'_>, key: &EntityKey, item: &Json, no_overwrite: bool) -> Result<Done, Refusal> {
    let done = attributes::append(book, key, item, no_overwrite)?;
    match done.not_updated.first() {
        None => Ok(Done::Updated),
        Some((name, why)) => {
            let zh = format!("属性 {name} 没有改动：已经有了");
            Err(Refusal::new(RefusalKind::Invalid, name.as_str(), zh, format!("{name}: {why}")))
        }
    }
}

/// The error of one entity (5.2.17); a refusal that NGSI-LD does not know is told by its kind.
fn error(id: &str, refusal: &Refusal) -> Json {
    let told = problem(refusal).map_or_else(
        || json!({ "type": "about:blank", "title": format!("{:?}", refusal.kind), "detail": refusal.reason, "status": 403 }),
        |e| e.to_json(),
    );
    json!({ "entityId": id, "error": told })
}
