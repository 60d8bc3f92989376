//! The bodies of the broker's commands.

use door::{Body, Command, Refusal, RefusalKind};
use model::{EntityId, EntityKey, Name, Tenant};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// One entity, named by its own `id` or by `id` beside it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfEntity {
    #[serde(default)]
    pub tenant: String,
    #[serde(default)]
    pub id: Option<String>,
    #[serde(default, rename = "type")]
    pub types: Option<String>,
    #[serde(default)]
    pub entity: Json,
}

/// Attributes of one entity.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfAttributes {
    #[serde(default)]
    pub tenant: String,
    pub id: String,
    #[serde(default, rename = "type")]
    pub types: Option<String>,
    pub attributes: Json,
    #[serde(default)]
    pub no_overwrite: bool,
}

/// One attribute of one entity.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfAttribute {
    #[serde(default)]
    pub tenant: String,
    pub id: String,
    #[serde(default, rename = "type")]
    pub types: Option<String>,
    pub attribute: String,
    #[serde(default)]
    pub fragment: Json,
    #[serde(default)]
    pub dataset_id: Option<String>,
    #[serde(default)]
    pub delete_all: bool,
}

/// Several entities.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfMany {
    #[serde(default)]
    pub tenant: String,
    #[serde(default)]
    pub entities: Vec<Json>,
    #[serde(default)]
    pub ids: Vec<Json>,
    #[serde(default)]
    pub update: bool,
    #[serde(default)]
    pub no_overwrite: bool,
}

/// Reads the body of a command.
pub(crate) fn read<T: DeserializeOwned>(command: &Command) -> Result<T, Refusal> {
    let Body::Json(json) = &command.body else { return Err(invalid("body", "应为 JSON", "must be json")) };
    T::deserialize(json).map_err(|e| invalid("body", &format!("命令的内容不对：{e}"), &e.to_string()))
}

pub(crate) fn invalid(field: &str, zh: &str, en: &str) -> Refusal {
    Refusal::new(RefusalKind::Invalid, field, zh, en)
}

/// The key of an entity; an id that is no URI is refused.
pub(crate) fn key(tenant: &str, id: &str) -> Result<EntityKey, Refusal> {
    let id = EntityId::checked(id).map_err(|e| invalid("id", "实体标识应为 URI", &e.to_string()))?;
    Ok(EntityKey { tenant: Tenant::new(tenant), id })
}

/// The name of an attribute inside the city: a name or an IRI.
pub(crate) fn attribute(text: &str) -> Result<Name, Refusal> {
    ngsild::Context::default().expand(text).map_err(|e| invalid("attribute", "属性名不对", &e.detail))
}

/// The dataset id of an instance; `@none` is the default one.
pub(crate) fn dataset(text: Option<&str>) -> Result<Option<EntityId>, Refusal> {
    match text {
        None | Some("@none") => Ok(None),
        Some(t) => EntityId::checked(t)
            .map(Some)
            .map_err(|e| invalid("dataset_id", "datasetId 应为 URI", &e.to_string())),
    }
}
