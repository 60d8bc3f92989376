//! `@context`: which full name stands behind a short one (clauses 4.4 and 5.5.5).
//!
//! Inside the city a name is short when it belongs to the core context, to its default vocabulary or to a
//! pack's own context, and a full IRI otherwise. No context is ever fetched: the core and the packs' own are
//! carried inside, others are added by an operator.

use crate::core_terms::is_core;
use crate::error::{ErrorKind, LdError};
use model::Name;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Address of the core context that answers name.
pub const CORE_CONTEXT: &str = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld";
const CORE_VOCAB: &str = "https://uri.etsi.org/ngsi-ld/";
const DEFAULT_VOCAB: &str = "https://uri.etsi.org/ngsi-ld/default-context/";
/// Contexts in one request and terms in one context.
const ENTRIES_MAX: usize = 16;
const TERMS_MAX: usize = 4_096;
const IRI_BYTES_MAX: usize = 512;

type Terms = BTreeMap<String, String>;

/// All contexts that are carried inside.
#[derive(Clone, Debug, Default)]
pub struct Contexts {
    known: BTreeMap<String, Arc<Terms>>,
    short: Arc<BTreeMap<String, Name>>,
}

/// The context of one request.
#[derive(Clone, Debug, Default)]
pub struct Context {
    terms: Terms,
    short: Arc<BTreeMap<String, Name>>,
    source: Option<Json>,
}

impl Contexts {
    /// The core context alone.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a pack's own context: its terms stay short inside the city.
    ///
    /// # Errors
    /// `BadRequestData` when the document has no `@context` of terms.
    pub fn add_pack(&mut self, url: &str, document: &Json) -> Result<(), LdError> {
        self.add(url, document)?;
        let terms = self.known.get(url).cloned().unwrap_or_default();
        let short = Arc::make_mut(&mut self.short);
        for (term, iri) in terms.iter() {
            if let Ok(name) = Name::checked(term) {
                short.entry(iri.clone()).or_insert(name);
            }
        }
        Ok(())
    }

    /// Adds a context under its address.
    ///
    /// # Errors
    /// As `add_pack`, and `LdContextNotAvailable` when it names another one that is not carried inside.
    pub fn add(&mut self, url: &str, document: &Json) -> Result<(), LdError> {
        let inner =
            document.get("@context").ok_or_else(|| LdError::bad("@context", "missing in the document"))?;
        let terms = self.read(inner, "@context")?;
        self.known.insert(url.to_owned(), Arc::new(terms));
        Ok(())
    }

    /// The context of a request: an address, an object of terms, or a list of both; none is the core.
    ///
    /// # Errors
    /// `LdContextNotAvailable` for an address that is not carried inside, `BadRequestData` for a malformed one.
    pub fn resolve(&self, value: Option<&Json>) -> Result<Context, LdError> {
        let terms = value.map_or_else(|| Ok(Terms::new()), |v| self.read(v, "@context"))?;
        Ok(Context { terms, short: self.short.clone(), source: value.cloned() })
    }

    /// The context of a request by its content type (clause 6.3.5): `application/ld+json` has it in the
    /// body and nowhere else, `application/json` in a `Link` header or not at all.
    ///
    /// # Errors
    /// `BadRequestData` when it stands in the wrong place, else as `resolve`.
    pub fn of_request(&self, ld_json: bool, body: &Json, link: Option<&str>) -> Result<Context, LdError> {
        let has = |item: &Json| item.get("@context").is_some();
        let inside = match body {
            Json::Array(items) => items.iter().any(has),
            other => has(other),
        };
        match (ld_json, inside, link.and_then(link_url)) {
            (true, _, Some(_)) => {
                Err(LdError::bad("@context", "not in a Link header when the body is application/ld+json"))
            }
            (true, false, None) => {
                Err(LdError::bad("@context", "missing in the body of application/ld+json"))
            }
            (true, true, None) => self.resolve(body.get("@context")),
            (false, true, _) => Err(LdError::bad("@context", "not in a body of application/json")),
            (false, false, url) => self.resolve(url.map(Json::String).as_ref()),
        }
    }

    fn read(&self, value: &Json, path: &str) -> Result<Terms, LdError> {
        let one = std::slice::from_ref(value);
        let entries = value.as_array().map_or(one, Vec::as_slice);
        if entries.len() > ENTRIES_MAX {
            return Err(LdError::bad(path, format!("more than {ENTRIES_MAX} entries")));
        }
        let mut terms = Terms::new();
        for entry in entries {
            match entry {
                Json::String(url) if is_core_url(url) => {}
                Json::String(url) => match self.known.get(url) {
                    Some(more) => terms.extend(more.iter().map(|(k, v)| (k.clone(), v.clone()))),
                    None if url.contains("://") => {
                        let detail = format!("{url} is not carried inside, and contexts are not fetched");
                        return Err(LdError::new(ErrorKind::LdContextNotAvailable, detail));
                    }
                    None => return Err(LdError::bad(path, format!("{url} is no address"))),
                },
                Json::Object(object) => inline(object, path, &mut terms)?,
                Json::Null => {}
                _ => return Err(LdError::bad(path, "an entry is neither an address nor an object")),
            }
        }
        if terms.len() > TERMS_MAX {
            return Err(LdError::bad(path, format!("more than {TERMS_MAX} terms")));
        }
        Ok(terms)
    }
}

/// Any version of the core context that the standard has published.
fn is_core_url(url: &str) -> bool {
    let name = url.strip_prefix("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context");
    name.and_then(|n| n.strip_suffix(".jsonld")).is_some_and(|v| {
        v.is_empty()
            || v.strip_prefix("-v1.").is_some_and(|n| n.parse::<u8>().is_ok_and(|n| (0..=9).contains(&n)))
    })
}

/// Reads terms; a prefix may be used by a term before or after it.
fn inline(object: &Map<String, Json>, path: &str, terms: &mut Terms) -> Result<(), LdError> {
    let mut raw: Terms = terms.clone();
    for (term, value) in object.iter().filter(|(t, _)| !t.starts_with('@') && !is_core(t)) {
        let iri = match value {
            Json::String(iri) => iri,
            Json::Object(o) if o.contains_key("@context") => {
                return Err(LdError::bad(
                    &format!("{path}.{term}"),
                    "a context inside a term (clause 5.5.7)",
                ));
            }
            Json::Object(o) => match o.get("@id") {
                Some(Json::String(iri)) => iri,
                _ => return Err(LdError::bad(&format!("{path}.{term}"), "has no @id")),
            },
            Json::Null => continue,
            _ => return Err(LdError::bad(&format!("{path}.{term}"), "is neither a text nor an object")),
        };
        raw.insert(term.clone(), iri.clone());
    }
    for (term, iri) in &raw {
        terms.insert(term.clone(), absolute(&raw, iri));
    }
    Ok(())
}

/// Replaces a prefix by what it stands for.
fn absolute(terms: &Terms, iri: &str) -> String {
    match iri.split_once(':') {
        Some(("ngsi-ld", rest)) => format!("{CORE_VOCAB}{rest}"),
        Some((prefix, rest)) if !rest.starts_with("//") => match terms.get(prefix) {
            Some(base) => format!("{base}{rest}"),
            None => iri.to_owned(),
        },
        _ => iri.to_owned(),
    }
}

impl Context {
    /// The name inside the city of a name in a request.
    ///
    /// # Errors
    /// `BadRequestData` when it is neither a name (clause 4.6.2) nor an IRI.
    pub fn expand(&self, text: &str) -> Result<Name, LdError> {
        if is_core(text) {
            return Ok(Name::new(text));
        }
        if let Some(iri) = self.terms.get(text) {
            return Name::checked(text).map_err(|e| LdError::bad("", e)).map(|_| self.intern(iri));
        }
        if text.contains(':') {
            let iri = absolute(&self.terms, text);
            let fits = iri.len() <= IRI_BYTES_MAX
                && !iri.contains(|c: char| c.is_whitespace() || "<>\"'".contains(c));
            return if fits {
                Ok(self.intern(&iri))
            } else {
                Err(LdError::bad("", format!("no name: {text}")))
            };
        }
        Name::checked(text).map_err(|e| LdError::bad("", e))
    }

    fn intern(&self, iri: &str) -> Name {
        if let Some(name) = self.short.get(iri) {
            return name.clone();
        }
        if let Some(name) = iri.strip_prefix(DEFAULT_VOCAB).filter(|n| Name::checked(n).is_ok()) {
            return Name::new(name);
        }
        match iri.strip_prefix(CORE_VOCAB).filter(|n| is_core(n)) {
            Some(name) => Name::new(name),
            None => Name::new(iri),
        }
    }

    /// The name in an answer of a name inside the city.
    #[must_use]
    pub fn compact(&self, name: &Name) -> String {
        if self.terms.is_empty() || is_core(name.as_str()) {
            return name.to_string();
        }
        if let Some((term, _)) = self.terms.iter().find(|(_, iri)| self.intern(iri) == *name) {
            return term.clone();
        }
        // The request's context gives this short name another meaning: only the full one is clear.
        match self.terms.contains_key(name.as_str()) {
            true => format!("ngsi-ld:default-context/{name}"),
            false => name.to_string(),
        }
    }

    /// What stands as `@context` in an answer of `application/ld+json`.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let core = Json::String(CORE_CONTEXT.to_owned());
        match &self.source {
            None => core,
            Some(Json::String(url)) if is_core_url(url) => core,
            Some(Json::Array(entries)) => {
                let own = entries.iter().filter(|e| !e.as_str().is_some_and(is_core_url)).cloned();
                Json::Array(own.chain([core]).collect())
            }
            Some(other) => Json::Array(vec![other.clone(), core]),
        }
    }

    /// The `Link` header of an answer of `application/json`; an object of terms has no address, so the core.
    #[must_use]
    pub fn link_header(&self) -> String {
        let url = match &self.source {
            Some(Json::String(url)) => url,
            _ => CORE_CONTEXT,
        };
        format!("<{url}>; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"")
    }
}

/// The address of a context in a `Link` header; none when the header has no such link.
#[must_use]
pub fn link_url(header: &str) -> Option<String> {
    header.split(',').find_map(|link| {
        let (url, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
        rest.contains("http://www.w3.org/ns/json-ld#context").then(|| url.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn contexts() -> Contexts {
        let mut all = Contexts::new();
        let pack = json!({"@context": {"w": "https://example.org/water#", "Gauge": "w:Gauge", "level": {"@id": "w:level"}}});
        all.add_pack("https://city.example/contexts/water.jsonld", &pack).unwrap();
        all.add("https://example.com/own.jsonld", &json!({"@context": {"stand": "https://example.org/water#level", "speed": "https://example.com/v#speed"}})).unwrap();
        all
    }

    #[test]
    fn names_are_short_inside_when_core_default_or_a_pack_s() {
        let own = contexts().resolve(Some(&json!(["https://example.com/own.jsonld", CORE_CONTEXT]))).unwrap();
        let plain = contexts().resolve(None).unwrap();
        let cases = [
            (&plain, "level", "level"),
            (&plain, "水位", "水位"),
            (&plain, "location", "location"),
            (&plain, "https://uri.etsi.org/ngsi-ld/default-context/level", "level"),
            (&plain, "https://uri.etsi.org/ngsi-ld/location", "location"),
            (&plain, "ngsi-ld:location", "location"),
            (&plain, "https://example.org/water#level", "level"),
            (&plain, "https://example.com/v#speed", "https://example.com/v#speed"),
            (&own, "stand", "level"),
            (&own, "speed", "https://example.com/v#speed"),
            (&own, "level", "level"),
        ];
        for (context, text, want) in cases {
            assert_eq!(context.expand(text).unwrap(), want, "{text}");
        }
        for bad in ["N-TOT", "", "a b", "9a", "urn:a b", "speed<"] {
            assert!(own.expand(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn answers_speak_the_context_of_the_request() {
        let own = contexts().resolve(Some(&json!("https://example.com/own.jsonld"))).unwrap();
        let cases = [
            ("level", "stand"),
            ("https://example.com/v#speed", "speed"),
            ("speed", "ngsi-ld:default-context/speed"),
            ("location", "location"),
            ("other", "other"),
        ];
        for (name, want) in cases {
            assert_eq!(own.compact(&Name::new(name)), want);
        }
        assert_eq!(own.to_json(), json!(["https://example.com/own.jsonld", CORE_CONTEXT]));
        assert!(own.link_header().starts_with("<https://example.com/own.jsonld>; rel="));
        assert_eq!(contexts().resolve(None).unwrap().to_json(), json!(CORE_CONTEXT));
    }

    #[test]
    fn a_context_that_is_not_inside_is_504_and_a_malformed_one_400() {
        use ErrorKind::{BadRequestData, LdContextNotAvailable};
        let cases = [
            (json!("https://example.com/else.jsonld"), Some(LdContextNotAvailable)),
            (
                json!("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-non-existing.jsonld"),
                Some(LdContextNotAvailable),
            ),
            (
                json!("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.10.jsonld"),
                Some(LdContextNotAvailable),
            ),
            (json!("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.3.jsonld"), None),
            (json!("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"), None),
            (json!("nonsense"), Some(BadRequestData)),
            (json!(3), Some(BadRequestData)),
            (json!({"a": 3}), Some(BadRequestData)),
            (json!({"a": {"@type": "@id"}}), Some(BadRequestData)),
            (json!({"a": {"@id": "https://x.example/a", "@context": {}}}), Some(BadRequestData)),
            (json!(vec![CORE_CONTEXT; 17]), Some(BadRequestData)),
        ];
        for (value, want) in cases {
            assert_eq!(contexts().resolve(Some(&value)).err().map(|e| e.kind), want, "{value}");
        }
    }

    #[test]
    fn the_place_of_the_context_follows_the_content_type() {
        let link = format!(
            "<{CORE_CONTEXT}>; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\""
        );
        let (with, without) = (json!({"@context": CORE_CONTEXT}), json!({"id": "urn:a:b"}));
        let cases = [
            (true, &with, None, true),
            (true, &without, None, false),
            (true, &with, Some(link.as_str()), false),
            (false, &with, None, false),
            (false, &without, None, true),
            (false, &without, Some(link.as_str()), true),
            (false, &without, Some("<https://x.example/>; rel=\"next\""), true),
        ];
        for (ld, body, link, ok) in cases {
            assert_eq!(contexts().of_request(ld, body, link).is_ok(), ok, "{ld} {body} {link:?}");
        }
    }
}
