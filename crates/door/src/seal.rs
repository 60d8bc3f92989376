//! Personal values are sealed on the way in, under the key of their subject, and opened only with a
//! purpose and an audit record that is durable before the answer.

use crate::{Refusal, RefusalKind, Schemas};
use model::{Attribute, Change, Entity, EntityId, Name, Value};
use std::sync::Arc;
use store::State;

/// Seals and opens under keys per subject; the shell supplies it over the key file.
pub trait Vault: Send {
    /// Seals bytes for a subject.
    ///
    /// # Errors
    /// Why the key could not be made durable.
    fn seal(&mut self, subject: &EntityId, plain: &[u8]) -> Result<model::Sealed, String>;
    /// Opens a sealed value.
    ///
    /// # Errors
    /// Why not: the key is destroyed, or the bytes are damaged.
    fn open(&self, sealed: &model::Sealed) -> Result<Vec<u8>, String>;
}

/// Replaces every plain personal value of the changes by its sealed form.
pub(crate) fn seal(
    schemas: &Schemas,
    state: &State,
    vault: &mut dyn Vault,
    changes: &mut [Change],
) -> Result<(), Refusal> {
    for change in changes {
        let present = state.get(change.key()).cloned();
        let id = change.key().id.clone();
        let (kind, attributes) = match change {
            Change::Create { types, attributes, .. } => (types.first().cloned(), attributes),
            Change::Set { attributes, .. } => {
                (present.as_ref().and_then(|e| e.types.first().cloned()), attributes)
            }
            _ => continue,
        };
        let Some(schema) = kind.and_then(|k| schemas.get(k.as_str())) else { continue };
        for i in 0..attributes.len() {
            let personal = schema.attributes.get(attributes[i].name.as_str()).filter(|s| s.personal);
            let Some(personal) = personal else { continue };
            if matches!(attributes[i].value, Value::Sealed(_) | Value::Null) {
                continue;
            }
            let subject = subject(personal.subject.as_ref(), &id, attributes, present.as_deref());
            let plain = attributes[i].value.to_json().to_string();
            let sealed = vault.seal(&subject, plain.as_bytes()).map_err(|e| unavailable(&e))?;
            attributes[i].value = Value::Sealed(Arc::new(sealed));
        }
    }
    Ok(())
}

fn subject(declared: Option<&Name>, id: &EntityId, set: &[Attribute], present: Option<&Entity>) -> EntityId {
    let named = declared.filter(|d| **d != "id").and_then(|d| {
        let in_set = set.iter().find(|a| a.name == *d).and_then(|a| a.value.as_id());
        in_set.or_else(|| present.and_then(|e| e.object(d.as_str()))).cloned()
    });
    named.unwrap_or_else(|| id.clone())
}

fn unavailable(reason: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Unavailable,
        "",
        format!("密钥无法写入：{reason}"),
        format!("key cannot be written: {reason}"),
    )
}
