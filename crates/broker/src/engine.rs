//! The engine behind the door.

use crate::attributes;
use crate::batch::{Each, batch};
use crate::body::{self, OfAttribute, OfAttributes, OfEntity, OfMany};
use crate::book::Book;
use crate::entities;
use crate::owners::Owners;
use door::{Command, Decision, Effect, Engine, Moment, Refusal, RefusalKind, packs};
use model::Commit;
use serde_json::{Value as Json, json};

/// Decides the commands of context. All bodies may have `tenant`, those of one entity `type` (a selection that
/// it must fulfil); names in them are those of the city.
///
/// | command | body | answer |
/// | --- | --- | --- |
/// | `broker.create` | `entity` | `id` |
/// | `broker.merge`, `broker.replace` | `id`, `entity` | – |
/// | `broker.delete` | `id` | – |
/// | `broker.append` | `id`, `attributes`, `no_overwrite` | `updated`, `notUpdated` |
/// | `broker.update` | `id`, `attributes` | `updated`, `notUpdated` |
/// | `broker.partial`, `broker.replace_attr` | `id`, `attribute`, `fragment` | – |
/// | `broker.delete_attr` | `id`, `attribute`, `dataset_id`, `delete_all` | – |
/// | `broker.batch_create`, `broker.upsert` (`update`), `broker.batch_update` (`no_overwrite`), `broker.batch_merge` | `entities` | `created`, `updated`, `errors` |
/// | `broker.batch_delete` | `ids` | `deleted`, `errors` |
#[derive(Debug, Default)]
pub struct Broker {
    owners: Owners,
}

impl Broker {
    fn decided(&self, at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
        let mut book = Book::new(at, &self.owners, &command.permit);
        let answer = match command.name.as_str() {
            "broker.create" | "broker.merge" | "broker.replace" | "broker.delete" => {
                whole(&mut book, command)?
            }
            "broker.append" | "broker.update" => several(&mut book, command)?,
            "broker.partial" | "broker.replace_attr" | "broker.delete_attr" => single(&mut book, command)?,
            "broker.batch_create" => batch(&mut book, Each::Create, &body::read::<OfMany>(command)?)?,
            "broker.upsert" => batch(&mut book, Each::Upsert, &body::read::<OfMany>(command)?)?,
            "broker.batch_update" => batch(&mut book, Each::Update, &body::read::<OfMany>(command)?)?,
            "broker.batch_merge" => batch(&mut book, Each::Merge, &body::read::<OfMany>(command)?)?,
            "broker.batch_delete" => batch(&mut book, Each::Delete, &body::read::<OfMany>(command)?)?,
            other => {
                let (zh, en) = (format!("没有命令 {other}"), format!("no command {other}"));
                return Err(Refusal::new(RefusalKind::Missing, "name", zh, en));
            }
        };
        Ok(book.decision(answer))
    }
}

fn whole(book: &mut Book<'_>, command: &Command) -> Result<Json, Refusal> {
    let asked: OfEntity = body::read(command)?;
    book.only(asked.types.as_deref())?;
    if command.name == *"broker.create" {
        let key = entities::create(book, &asked.tenant, &asked.entity)?;
        return Ok(json!({ "id": key.id.as_str() }));
    }
    let id = asked.id.as_deref().ok_or_else(|| body::invalid("id", "缺少实体标识", "is missing"))?;
    let key = body::key(&asked.tenant, id)?;
    match command.name.as_str() {
        "broker.merge" => entities::merge(book, &key, &asked.entity)?,
        "broker.replace" => entities::replace(book, &key, &asked.entity)?,
        _ => entities::delete(book, &key)?,
    }
    Ok(Json::Null)
}

fn several(book: &mut Book<'_>, command: &Command) -> Result<Json, Refusal> {
    let asked: OfAttributes = body::read(command)?;
    book.only(asked.types.as_deref())?;
    let key = body::key(&asked.tenant, &asked.id)?;
    let done = match command.name.as_str() {
        "broker.append" => attributes::append(book, &key, &asked.attributes, asked.no_overwrite)?,
        _ => attributes::update(book, &key, &asked.attributes)?,
    };
    Ok(done.to_json())
}

fn single(book: &mut Book<'_>, command: &Command) -> Result<Json, Refusal> {
    let asked: OfAttribute = body::read(command)?;
    book.only(asked.types.as_deref())?;
    let key = body::key(&asked.tenant, &asked.id)?;
    match command.name.as_str() {
        "broker.delete_attr" => {
            let dataset_id = body::dataset(asked.dataset_id.as_deref())?;
            attributes::delete(book, &key, &asked.attribute, dataset_id, asked.delete_all)?;
        }
        name => {
            let replaced = name == "broker.replace_attr";
            attributes::partial(book, &key, &asked.attribute, &asked.fragment, replaced)?;
        }
    }
    Ok(Json::Null)
}

impl Engine for Broker {
    fn name(&self) -> &'static str {
        "broker"
    }

    fn decide(&self, at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
        self.decided(at, command)
    }

    /// Follows the installing of packs only: it tells which types are whose.
    fn step(&mut self, at: &Moment<'_>, commit: &Commit) -> Vec<Effect> {
        if packs::installs(commit) {
            self.owners = Owners::read(at.state);
        }
        vec![]
    }

    fn save(&self) -> Vec<u8> {
        serde_json::to_vec(&self.owners).unwrap_or_default()
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.owners = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
