//! Who a request comes from: a session cookie, a bearer token, or the public.

use crate::{City, Problem};
use access::Principal;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::{HeaderMap, Method, header, request::Parts};
use model::{Entity, EntityId, Name, Value};
use std::net::SocketAddr;
use std::sync::Arc;
use store::State;

/// Name of the session cookie.
pub(crate) const COOKIE: &str = "jingwei";

/// Whoever asks; somebody without an account is the public.
pub struct Caller(pub Arc<Principal>);

/// Somebody signed in, or a token; anybody else gets 401.
pub struct Staff(pub Arc<Principal>);

/// The principal that a person's entity describes.
#[must_use]
pub fn principal_of(person: &Entity, via: &str, remote: Option<Name>) -> Principal {
    let roles = person.value("roles").map(|v| match v {
        Value::List(items) => items.iter().filter_map(Value::as_str).map(role_name).collect(),
        other => other.as_str().map(role_name).into_iter().collect::<Vec<Name>>(),
    });
    Principal {
        id: person.id().clone(),
        roles: roles.unwrap_or_default(),
        body: person.object("body").cloned(),
        area: person.object("area").cloned(),
        owns: person.object("owns").or_else(|| person.object("firm")).cloned(),
        via: Name::new(via),
        remote,
    }
}

fn role_name(text: &str) -> Name {
    Name::new(text.rsplit(':').next().unwrap_or(text))
}

/// The value of the session cookie.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    all.flat_map(|v| v.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE).then_some(value)
    })
}

fn token_principal(state: &State, token: &str, remote: Option<Name>, now: model::Time) -> Option<Principal> {
    let digest = blake3::hash(token.as_bytes()).to_hex();
    let entity = state.city(&format!("urn:ngsi-ld:Token:{digest}"))?;
    if entity.time("until").is_some_and(|until| until <= now) {
        return None;
    }
    let role = entity.text("role")?;
    Some(Principal {
        id: entity.id().clone(),
        roles: vec![Name::new(role)],
        body: entity.object("body").cloned(),
        area: None,
        owns: None,
        via: Name::new("token"),
        remote,
    })
}

fn identify(parts: &Parts, city: &City) -> Result<Principal, Problem> {
    let remote = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| Name::new(c.0.ip().to_string()));
    let snapshot = city.snapshot();
    if let Some(bearer) = parts.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()) {
        let token = bearer.strip_prefix("Bearer ").unwrap_or_default();
        return token_principal(&snapshot.state, token, remote, city.now()).ok_or_else(Problem::unknown);
    }
    let Some(secret) = cookie(&parts.headers) else { return Ok(Principal::public(remote)) };
    let Some(person) = city.sessions.person(secret, city.now()) else { return Ok(Principal::public(remote)) };
    // A page of another site can send the cookie along, but not this header.
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    if !reads && !parts.headers.contains_key("x-jingwei-csrf") {
        return Err(Problem::new(
            axum::http::StatusCode::FORBIDDEN,
            None,
            "请求缺少 X-Jingwei-Csrf",
            "header X-Jingwei-Csrf is missing",
        ));
    }
    let entity = snapshot.state.city(person.as_str()).ok_or_else(Problem::unknown)?;
    Ok(principal_of(entity, "session", remote))
}

impl FromRequestParts<City> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, city: &City) -> Result<Self, Problem> {
        identify(parts, city).map(|p| Self(Arc::new(p)))
    }
}

impl FromRequestParts<City> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, city: &City) -> Result<Self, Problem> {
        let principal = identify(parts, city)?;
        if principal.via == "public" { Err(Problem::unknown()) } else { Ok(Self(Arc::new(principal))) }
    }
}

/// The id of a person by its key (`seat1`).
pub(crate) fn person_id(key: &str) -> EntityId {
    EntityId::new(format!("urn:ngsi-ld:Person:{key}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, "a=b; jingwei=secret; c=d".parse().unwrap());
        assert_eq!(cookie(&headers), Some("secret"));
        headers.insert(header::COOKIE, "xjingwei=secret".parse().unwrap());
        assert_eq!(cookie(&headers), None);
    }

    #[test]
    fn roles_may_be_ids_or_words() {
        let mut person = Entity {
            key: model::EntityKey::city("urn:ngsi-ld:Person:a"),
            types: vec![Name::new("Person")],
            attributes: vec![model::Attribute::new(
                "roles",
                Value::list([Value::text("handler"), Value::text("urn:ngsi-ld:Role:checker")]),
            )],
            created_at: model::Time(0),
            modified_at: model::Time(0),
            version: 1,
        };
        let principal = principal_of(&person, "session", None);
        assert!(principal.has_role("handler") && principal.has_role("checker"));
        person.attributes.clear();
        assert!(principal_of(&person, "session", None).roles.is_empty());
    }
}
