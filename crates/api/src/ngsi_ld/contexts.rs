//! The contexts that are carried inside: the core, and those of the installed packs at
//! `/ngsi-ld/v1/jsonldContexts/<pack>`.

use door::packs;
use model::{Entity, Value};
use ngsild::Contexts;
use serde_json::Value as Json;
use std::sync::{Arc, Mutex, PoisonError};
use store::State;

/// Path under which a pack's context stands.
pub(super) const PATH: &str = "/ngsi-ld/v1/jsonldContexts/";

/// The packs that were read last, by identity: an installed pack is another entity.
type Read = Option<(Vec<Arc<Entity>>, Arc<Contexts>)>;
static READ: Mutex<Read> = Mutex::new(None);

/// The contexts of this position. A pack's document that cannot be read is left out and logged once.
pub(super) fn contexts(state: &State) -> Arc<Contexts> {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((of, contexts)) = &*read
        && of.len() == state.count(packs::PACK)
        && state.all(packs::PACK).zip(of).all(|(a, b)| Arc::ptr_eq(a, b))
    {
        return contexts.clone();
    }
    let mut contexts = Contexts::new();
    for pack in state.all(packs::PACK) {
        let Some(document) = document(pack) else { continue };
        let name = pack.text("name").unwrap_or_default();
        if let Err(e) = contexts.add_pack(&format!("{PATH}{name}"), &document) {
            tracing::error!(pack = name, reason = %e, "context of the pack not readable");
        }
    }
    let contexts = Arc::new(contexts);
    *read = Some((state.all(packs::PACK).cloned().collect(), contexts.clone()));
    contexts
}

/// A pack's own context document.
pub(super) fn document(pack: &Entity) -> Option<Json> {
    let Value::Map(files) = pack.value("files")? else { return None };
    serde_json::from_str(files.get("context.jsonld")?.as_str()?).ok()
}

/// An address at this very host as the path that it is known by here; any other as it is.
pub(super) fn known_here<'u>(url: &'u str, host: Option<&str>) -> &'u str {
    let Some(host) = host else { return url };
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let path = rest.and_then(|r| r.strip_prefix(host));
    path.filter(|p| p.starts_with(PATH)).unwrap_or(url)
}

/// A `@context` whose addresses at this host are paths.
pub(super) fn localized(context: &Json, host: Option<&str>) -> Json {
    match context {
        Json::String(url) => Json::String(known_here(url, host).to_owned()),
        Json::Array(entries) => entries.iter().map(|e| localized(e, host)).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_at_this_host_become_paths() {
        let host = Some("city.example:8080");
        let own = "http://city.example:8080/ngsi-ld/v1/jsonldContexts/water";
        assert_eq!(known_here(own, host), "/ngsi-ld/v1/jsonldContexts/water");
        for other in ["http://other/ngsi-ld/v1/jsonldContexts/water", "http://city.example:8080/x", "term"] {
            assert_eq!(known_here(other, host), other);
        }
        assert_eq!(
            localized(&json!([own, { "a": own }]), host),
            json!(["/ngsi-ld/v1/jsonldContexts/water", { "a": own }])
        );
    }
}
