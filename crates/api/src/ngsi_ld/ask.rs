//! One request: who asks, of which tenant, in which names, and for which form of answer.

use super::contexts::{contexts, known_here, localized};
use super::failure::Failure;
use super::params::Params;
use crate::session::Caller;
use crate::{City, Problem};
use access::{Permit, Principal};
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use door::Snapshot;
use model::{EntityId, EntityKey, Name};
use ngsild::{Context, Contexts, ErrorKind, LdError, expand_names, link_url};
use serde_json::Value as Json;
use std::sync::Arc;

/// Largest body, in bytes.
const BODY_MAX: usize = 8 << 20;

/// A request as it was understood.
pub struct Ask {
    /// Who asks.
    pub(super) who: Arc<Principal>,
    /// The position that it is answered from.
    pub(super) snapshot: Arc<Snapshot>,
    /// Its parameters.
    pub(super) params: Params,
    /// Its context; of a list in `application/ld+json` every member has its own.
    pub(super) context: Context,
    /// Its body; null when it has none.
    pub(super) body: Json,
    /// Key of a repetition.
    pub(super) key: Option<Name>,
    contexts: Arc<Contexts>,
    host: Option<String>,
    ld_body: bool,
    ld_answer: bool,
}

impl FromRequest<City> for Ask {
    type Rejection = Failure;

    async fn from_request(request: Request, city: &City) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let Caller(who) = Caller::from_request_parts(&mut parts, city).await?;
        tenant(&parts.headers)?;
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let params = Params::read(pairs.map_err(|e| Failure::invalid(e.to_string()))?.0)?;
        let snapshot = city.snapshot();
        let mut ask = Self {
            who,
            params,
            context: Context::default(),
            body: Json::Null,
            key: crate::public::idempotency_key(&parts.headers)?.map(Name::new),
            contexts: contexts(&snapshot.state),
            snapshot,
            host: parts.headers.get(header::HOST).and_then(|v| v.to_str().ok()).map(str::to_owned),
            ld_body: false,
            ld_answer: ld_answer(&parts.headers)?,
        };
        ask.take(&parts, body).await?;
        Ok(ask)
    }
}

impl Ask {
    async fn take(&mut self, parts: &Parts, body: Body) -> Result<(), Failure> {
        let link = parts.headers.get(header::LINK).and_then(|v| v.to_str().ok()).and_then(link_url);
        let link = link.map(|url| known_here(&url, self.host.as_deref()).to_owned());
        if matches!(parts.method, Method::GET | Method::HEAD | Method::DELETE) {
            self.context = self.contexts.resolve(link.map(Json::String).as_ref())?;
            return Ok(());
        }
        self.ld_body = ld_body(&parts.headers)?;
        let too_large = |_| Failure::form(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 8 MB");
        let bytes = to_bytes(body, BODY_MAX).await.map_err(too_large)?;
        self.body = serde_json::from_slice(&bytes).map_err(|e| Failure::invalid(format!("not json: {e}")))?;
        if let Some(context) = self.body.get("@context") {
            let context = localized(context, self.host.as_deref());
            self.body["@context"] = context;
        }
        let own = self.ld_body && self.body.is_array();
        if !own {
            let header = link.map(|url| format!("<{url}>; rel=\"http://www.w3.org/ns/json-ld#context\""));
            self.context = self.contexts.of_request(self.ld_body, &self.body, header.as_deref())?;
        }
        Ok(())
    }

    /// Whether this position may be read, and how much of it.
    ///
    /// # Errors
    /// 401 for nobody, 403 for somebody without the right.
    pub(super) fn may_read(&self, city: &City) -> Result<Permit, Failure> {
        Ok(city.permit(&self.snapshot.access, &self.who, "read").map_err(|e| self.refused(e))?)
    }

    /// No right: somebody who is not known is asked who it is.
    pub(super) fn refused(&self, problem: Problem) -> Problem {
        if self.who.via == "public" { Problem::unknown() } else { problem }
    }

    /// The body with the names that are used inside the city.
    ///
    /// # Errors
    /// `BadRequestData` for a name that is none.
    pub(super) fn expanded(&self) -> Result<Json, Failure> {
        Ok(expand_names(&self.body, &self.context)?)
    }

    /// The body, which is one attribute, with the names that are used inside the city.
    ///
    /// # Errors
    /// `BadRequestData` for a name that is none.
    pub(super) fn fragment(&self, attribute: &str) -> Result<Json, Failure> {
        let mut body = self.body.clone();
        if let Some(o) = body.as_object_mut() {
            o.remove("@context");
        }
        let named = Json::Object(serde_json::Map::from_iter([(attribute.to_owned(), body)]));
        let expanded = expand_names(&named, &self.context)?;
        Ok(expanded.as_object().and_then(|o| o.values().next()).cloned().unwrap_or_default())
    }

    /// One member of a list with the names that are used inside the city.
    ///
    /// # Errors
    /// `BadRequestData` for a name that is none, or a context in the wrong place.
    pub(super) fn expanded_member(&self, member: &Json) -> Result<Json, Failure> {
        if !self.ld_body {
            return Ok(expand_names(member, &self.context)?);
        }
        let context = member
            .get("@context")
            .ok_or_else(|| LdError::bad("@context", "missing in a member of application/ld+json"))?;
        let context = self.contexts.resolve(Some(&localized(context, self.host.as_deref())))?;
        Ok(expand_names(member, &context)?)
    }

    /// The names between commas of a parameter, as used inside the city.
    ///
    /// # Errors
    /// `BadRequestData` for a name that is none.
    pub(super) fn names(&self, param: &str) -> Result<Vec<Name>, Failure> {
        let names = self.params.list(param).into_iter().map(|n| self.context.expand(n));
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// An answer in the form that was asked for: `@context` in the body of `application/ld+json`, else in a link.
    pub(super) fn answer(&self, mut json: Json) -> Response {
        if !self.ld_answer {
            let headers = [
                (header::CONTENT_TYPE, "application/json".to_owned()),
                (header::LINK, self.context.link_header()),
            ];
            return (headers, json.to_string()).into_response();
        }
        let context = self.context.to_json();
        match &mut json {
            Json::Object(o) => drop(o.insert("@context".into(), context)),
            Json::Array(items) => {
                for o in items.iter_mut().filter_map(Json::as_object_mut) {
                    o.insert("@context".into(), context.clone());
                }
            }
            _ => {}
        }
        ([(header::CONTENT_TYPE, "application/ld+json")], json.to_string()).into_response()
    }
}

/// The city has one tenant, its own, which has no name.
fn tenant(headers: &HeaderMap) -> Result<(), Failure> {
    match headers.get(HeaderName::from_static("ngsild-tenant")) {
        Some(name) if !name.is_empty() => {
            let name: String = String::from_utf8_lossy(name.as_bytes()).chars().take(60).collect();
            Err(LdError::new(ErrorKind::NonexistentTenant, format!("no tenant {name}")).into())
        }
        _ => Ok(()),
    }
}

fn ld_body(headers: &HeaderMap) -> Result<bool, Failure> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim().to_lowercase().as_str() {
        "application/ld+json" => Ok(true),
        "application/json" | "application/merge-patch+json" => Ok(false),
        _ => Err(Failure::form(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "a body is application/json or application/ld+json",
        )),
    }
}

/// Whether the answer is `application/ld+json`: the first in `Accept` that is one of both counts.
fn ld_answer(headers: &HeaderMap) -> Result<bool, Failure> {
    let Some(accept) = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()) else { return Ok(false) };
    let kinds = accept.split(',').filter_map(|kind| kind.split(';').next());
    let found = kinds.map(|k| k.trim().to_lowercase()).find_map(|kind| match kind.as_str() {
        "application/json" | "*/*" | "application/*" | "" => Some(false),
        "application/ld+json" => Some(true),
        _ => None,
    });
    found.ok_or_else(|| {
        Failure::form(StatusCode::NOT_ACCEPTABLE, "an answer is application/json or application/ld+json")
    })
}

/// The key of an entity in the path.
///
/// # Errors
/// `BadRequestData` when it is no URI.
pub(super) fn key(id: &str) -> Result<EntityKey, Failure> {
    Ok(EntityKey::city(EntityId::checked(id).map_err(|e| LdError::bad("id", e))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), value.parse().unwrap())])
    }

    #[test]
    fn forms_are_chosen_by_the_headers() {
        for (accept, want) in [
            ("application/json", Some(false)),
            ("application/ld+json", Some(true)),
            ("text/html, application/ld+json;q=0.9", Some(true)),
            ("*/*", Some(false)),
            ("text/html", None),
        ] {
            assert_eq!(ld_answer(&headers("accept", accept)).ok(), want, "{accept}");
        }
        for (kind, want) in [
            ("application/json; charset=utf-8", Some(false)),
            ("Application/LD+JSON", Some(true)),
            ("application/merge-patch+json", Some(false)),
            ("text/plain", None),
        ] {
            assert_eq!(ld_body(&headers("content-type", kind)).ok(), want, "{kind}");
        }
        assert!(!ld_answer(&HeaderMap::new()).unwrap() && ld_body(&HeaderMap::new()).is_err());
    }

    #[test]
    fn there_is_one_tenant() {
        assert!(tenant(&HeaderMap::new()).is_ok() && tenant(&headers("ngsild-tenant", "")).is_ok());
        let body = tenant(&headers("ngsild-tenant", "other")).unwrap_err().body();
        assert_eq!(
            (body["type"].as_str(), body["status"].as_u64()),
            (Some("https://uri.etsi.org/ngsi-ld/errors/NonexistentTenant"), Some(404))
        );
        assert!(key("no id").is_err() && key("urn:x:1").is_ok());
    }
}
