//! What a query asks for (clause 5.7.2), from parameters or from the body of a posted query.

use super::ask::Ask;
use super::failure::{Answered, Failure};
use crate::City;
use axum::http::{HeaderName, HeaderValue, header};
use broker::{Search, Wanted};
use model::{EntityId, Name};
use ngsild::{ErrorKind, LdError, TypeSelection, parse_q, render_entity};
use serde_json::Value as Json;

/// Parameters of the page and its form.
pub(super) const PAGE: [&str; 7] = ["limit", "offset", "count", "options", "format", "lang", "sysAttrs"];
/// Parameters of what is wanted of an entity.
pub(super) const WANTED: [&str; 4] = ["attrs", "pick", "omit", "datasetId"];
/// Most ids in one query.
const IDS_MAX: usize = 1_000;

/// Which attributes the parameters want.
///
/// # Errors
/// `BadRequestData` for a name that is none.
pub(super) fn wanted(ask: &Ask) -> Result<Wanted, Failure> {
    Ok(Wanted {
        attrs: ask.names("attrs")?,
        pick: picked(ask.names("pick")?),
        omit: ask.names("omit")?,
        dataset_ids: ask.params.list("datasetId").into_iter().map(str::to_owned).collect(),
    })
}

/// `id` and `type` always stand there; a pick of nothing else picks no attribute.
fn picked(names: Vec<Name>) -> Vec<Name> {
    if names.is_empty() {
        return names;
    }
    let attributes: Vec<Name> = names.into_iter().filter(|n| !matches!(n.as_str(), "id" | "type")).collect();
    if attributes.is_empty() { vec![Name::new("@none")] } else { attributes }
}

/// The page that the parameters ask for.
fn page(ask: &Ask, search: &mut Search) -> Result<(), Failure> {
    search.limit = ask.params.number("limit")?;
    search.offset = ask.params.number("offset")?.unwrap_or(0);
    search.count = ask.params.yes("count")? || ask.params.option("count");
    Ok(())
}

fn ids<'t>(texts: impl Iterator<Item = &'t str>) -> Result<Vec<EntityId>, Failure> {
    let ids: Vec<EntityId> =
        texts.map(EntityId::checked).collect::<Result<_, _>>().map_err(|e| LdError::bad("id", e))?;
    if ids.len() > IDS_MAX { Err(LdError::bad("id", format!("more than {IDS_MAX}")).into()) } else { Ok(ids) }
}

/// The search of `GET /entities`.
///
/// # Errors
/// What is wrong with a parameter.
pub(super) fn by_params(ask: &Ask) -> Result<Search, Failure> {
    let types = ask.params.get("type").filter(|t| *t != "*").map(|t| TypeSelection::parse(t, &ask.context));
    let mut search = Search {
        types: types.transpose()?,
        ids: ids(ask.params.list("id").into_iter())?,
        id_pattern: ask.params.get("idPattern").map(str::to_owned),
        q: ask.params.get("q").map(|q| parse_q(q, &ask.context)).transpose()?,
        wanted: wanted(ask)?,
        ..Search::default()
    };
    page(ask, &mut search)?;
    Ok(search)
}

/// The search of a posted query (5.2.23): `type: Query`, `entities`, `attrs`, `q`, `pick`, `omit`.
///
/// # Errors
/// What is wrong with a member; `OperationNotSupported` for what is not supported yet.
pub(super) fn by_body(ask: &Ask) -> Result<Search, Failure> {
    let Json::Object(query) = &ask.body else { return Err(LdError::bad("", "not an object").into()) };
    if query.get("type").and_then(Json::as_str) != Some("Query") {
        return Err(LdError::bad("type", "must be Query").into());
    }
    const KNOWN: [&str; 10] =
        ["type", "entities", "attrs", "q", "pick", "omit", "datasetId", "lang", "@context", "id"];
    if let Some(other) = query.keys().find(|k| !KNOWN.contains(&k.as_str())) {
        return Err(LdError::new(
            ErrorKind::OperationNotSupported,
            format!("member {other} is not supported here"),
        )
        .into());
    }
    let words = |member: &str| match query.get(member) {
        None => Ok(vec![]),
        Some(Json::Array(items)) => items
            .iter()
            .map(|i| i.as_str().ok_or_else(|| Failure::from(LdError::bad(member, "not a list of texts"))))
            .collect::<Result<Vec<_>, _>>(),
        Some(Json::String(one)) => Ok(one.split(',').map(str::trim).collect()),
        Some(_) => Err(LdError::bad(member, "not a list of texts").into()),
    };
    let names = |member: &str| -> Result<Vec<Name>, Failure> {
        Ok(words(member)?.into_iter().map(|n| ask.context.expand(n)).collect::<Result<_, _>>()?)
    };
    let q = query.get("q").map(|q| q.as_str().ok_or_else(|| LdError::bad("q", "not a text"))).transpose()?;
    let mut search = Search {
        q: q.map(|q| parse_q(q, &ask.context)).transpose()?,
        wanted: Wanted {
            attrs: names("attrs")?,
            pick: picked(names("pick")?),
            omit: names("omit")?,
            dataset_ids: words("datasetId")?.into_iter().map(str::to_owned).collect(),
        },
        ..Search::default()
    };
    select(ask, query.get("entities"), &mut search)?;
    page(ask, &mut search)?;
    Ok(search)
}

/// The selectors of entities: all of them types alone, or all of the same type with an id each, or a single one.
fn select(ask: &Ask, entities: Option<&Json>, search: &mut Search) -> Result<(), Failure> {
    let Some(entities) = entities else { return Ok(()) };
    let selectors = entities.as_array().ok_or_else(|| LdError::bad("entities", "not a list"))?;
    let text = |s: &Json, member: &str| s.get(member).and_then(Json::as_str).map(str::to_owned);
    let mut types: Vec<String> = selectors.iter().filter_map(|s| text(s, "type")).collect();
    types.dedup();
    let found: Vec<String> = selectors.iter().filter_map(|s| text(s, "id")).collect();
    let patterns: Vec<String> = selectors.iter().filter_map(|s| text(s, "idPattern")).collect();
    let alike = match (found.len(), patterns.len()) {
        (0, 0) => true,
        (n, 0) => n == selectors.len() && types.len() <= 1,
        (0, 1) => selectors.len() == 1,
        _ => false,
    };
    if !alike {
        let detail = "entities: selectors of different forms are not supported in one query";
        return Err(LdError::new(ErrorKind::OperationNotSupported, detail).into());
    }
    let kinds: Vec<TypeSelection> = types
        .iter()
        .filter(|t| *t != "*")
        .map(|t| TypeSelection::parse(t, &ask.context))
        .collect::<Result<_, _>>()?;
    search.types = match kinds.len() {
        0 => None,
        _ if types.iter().any(|t| t == "*") => None,
        _ => Some(TypeSelection::Any(kinds)),
    };
    search.ids = ids(found.iter().map(String::as_str))?;
    search.id_pattern = patterns.into_iter().next();
    Ok(())
}

/// Answers a search: the page, how many there are when that was asked for, and links to the pages beside it.
pub(super) async fn answer(city: &City, ask: &Ask, search: Search, path: &str) -> Answered {
    let shape = ask.params.shape()?;
    let permit = ask.may_read(city)?;
    let (snapshot, offset) = (ask.snapshot.clone(), search.offset);
    let limit = search.limit.unwrap_or(broker::LIMIT_DEFAULT);
    let found = tokio::task::spawn_blocking(move || broker::query(&snapshot.state, &permit, &search)).await;
    let found = found.map_err(|e| LdError::new(ErrorKind::InternalError, e.to_string()))??;
    let json: Json = found.entities.iter().map(|e| render_entity(e, &ask.context, &shape)).collect();
    let mut response = ask.answer(json);
    let headers = response.headers_mut();
    if let Some(total) = found.total {
        headers.insert(HeaderName::from_static("ngsild-results-count"), HeaderValue::from(total));
    }
    let mut link = |rel: &str, at: usize| {
        let text = format!("<{path}?{}>; rel=\"{rel}\"", ask.params.with_offset(at));
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.append(header::LINK, value);
        }
    };
    if offset > 0 {
        link("prev", offset.saturating_sub(limit));
    }
    if found.more {
        link("next", offset + limit);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pick_of_id_and_type_picks_no_attribute() {
        let of = |names: &[&str]| {
            picked(names.iter().map(Name::new).collect()).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert!(of(&[]).is_empty());
        assert_eq!(of(&["id", "level"]), ["level"]);
        assert_eq!(of(&["id", "type"]), ["@none"]);
        assert!(ids(["urn:x:1", "x"].into_iter()).is_err());
        assert!(ids(std::iter::repeat_n("urn:x:1", IDS_MAX + 1)).is_err());
    }
}
