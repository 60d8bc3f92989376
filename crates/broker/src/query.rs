//! Queries entities (5.7.2).

use crate::retrieve::{Wanted, seen};
use access::{Permit, Scope};
use model::{Entity, EntityId, EntityKey, Name, Tenant, Value};
use ngsild::{ErrorKind, LdError, Query, TypeSelection};
use regex_lite::{Regex, RegexBuilder};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Condition, Select, State};

/// Entities in an answer when nothing is said.
pub const LIMIT_DEFAULT: usize = 20;
/// Entities in an answer at most.
pub const LIMIT_MAX: usize = 1_000;
/// Entities that one query looks at.
const SCAN_MAX: usize = 200_000;
/// Entities taken from the state at once.
const PAGE: usize = 2_000;
/// Bytes of a compiled pattern.
const PATTERN_BYTES_MAX: usize = 256 << 10;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Whose entities.
    pub tenant: String,
    /// Types.
    pub types: Option<TypeSelection>,
    /// Ids; empty for any.
    pub ids: Vec<EntityId>,
    /// A regular expression that the id matches somewhere.
    pub id_pattern: Option<String>,
    /// A query over attributes.
    pub q: Option<Query>,
    /// Which attributes are wanted.
    pub wanted: Wanted,
    /// Entities in the answer; `None` for 20, 0 for the count alone.
    pub limit: Option<usize>,
    /// Entities to pass over.
    pub offset: usize,
    /// Whether all that match are counted.
    pub count: bool,
    /// `local=true`: nothing else need narrow the query (5.7.2).
    pub local: bool,
}

/// What was found, in the order of ids.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The entities of the page.
    pub entities: Vec<Entity>,
    /// How many match, when that was asked for.
    pub total: Option<usize>,
    /// Whether there are more behind the page.
    pub more: bool,
}

/// Answers a query with what the permit opens. `q` is asked of the open columns only.
///
/// # Errors
/// `BadRequestData` when nothing narrows the query or a part of it is malformed; `TooManyResults` for a limit
/// above 1,000; `TooComplexQuery` when more than 200,000 entities would be looked at.
pub fn query(state: &State, permit: &Permit, search: &Search) -> Result<Found, LdError> {
    let limit = search.limit.unwrap_or(LIMIT_DEFAULT);
    if limit > LIMIT_MAX {
        return Err(LdError::new(ErrorKind::TooManyResults, format!("limit: at most {LIMIT_MAX}")));
    }
    if limit == 0 && !search.count {
        return Err(LdError::bad("limit", "0 goes with count only"));
    }
    let narrow =
        search.types.is_some() || search.q.is_some() || !search.wanted.attrs.is_empty() || search.local;
    if !narrow {
        return Err(LdError::bad(
            "",
            "a query needs at least one of type, attrs, q and local; ids alone are not enough",
        ));
    }
    let mut page = Page { search, limit, matched: 0, found: Found::default() };
    let mut sieve = Sieve { permit, search, pattern: pattern(search)?, scopes: BTreeMap::new() };
    walk(state, search, &mut |entity| match sieve.passes(entity) {
        Some(entity) => page.take(entity),
        None => true,
    })?;
    if search.count {
        page.found.total = Some(page.matched);
    }
    Ok(page.found)
}

fn pattern(search: &Search) -> Result<Option<Regex>, LdError> {
    let text = search.id_pattern.as_deref();
    let made = text.map(|t| RegexBuilder::new(t).size_limit(PATTERN_BYTES_MAX).build()).transpose();
    made.map_err(|e| LdError::bad("idPattern", format!("no pattern ({e})")))
}

struct Page<'a> {
    search: &'a Search,
    limit: usize,
    matched: usize,
    found: Found,
}

impl Page<'_> {
    /// Takes the next match; false when nothing more is needed.
    fn take(&mut self, entity: Entity) -> bool {
        self.matched += 1;
        if self.matched > self.search.offset && self.found.entities.len() < self.limit {
            self.found.entities.push(entity);
        } else if self.matched > self.search.offset {
            self.found.more = true;
        }
        self.search.count || !self.found.more
    }
}

struct Sieve<'a> {
    permit: &'a Permit,
    search: &'a Search,
    pattern: Option<Regex>,
    scopes: BTreeMap<Name, Scope>,
}

impl Sieve<'_> {
    fn passes(&mut self, entity: &Entity) -> Option<Entity> {
        let search = self.search;
        let typed = search.types.as_ref().is_none_or(|t| t.matches(&entity.types));
        let named = search.ids.is_empty() || search.ids.contains(entity.id());
        let shaped = self.pattern.as_ref().is_none_or(|p| p.is_match(entity.id().as_str()));
        if !(typed && named && shaped) {
            return None;
        }
        let kind = entity.types.first()?;
        if !self.scopes.contains_key(kind) {
            self.scopes.insert(kind.clone(), self.permit.scope(kind.as_str()));
        }
        let open = seen(self.scopes.get(kind)?, entity)?;
        if search.q.as_ref().is_some_and(|q| !q.matches(&open)) {
            return None;
        }
        search.wanted.of(open)
    }
}

/// Hands over candidates in the order of ids until the taker says false.
fn walk(state: &State, search: &Search, taker: &mut dyn FnMut(&Entity) -> bool) -> Result<(), LdError> {
    let tenant = Tenant::new(&search.tenant);
    if !search.ids.is_empty() {
        let mut ids = search.ids.clone();
        ids.sort();
        ids.dedup();
        let keys = ids.into_iter().map(|id| EntityKey { tenant: tenant.clone(), id });
        keys.filter_map(|key| state.get(&key)).all(|e| taker(e));
        return Ok(());
    }
    let mut kinds: Vec<Name> = match &search.types {
        Some(types) => types.names().into_iter().cloned().collect(),
        None if tenant == Tenant::city() => state.kinds().into_iter().map(|(kind, _)| kind).collect(),
        None => {
            return Err(LdError::new(ErrorKind::OperationNotSupported, "a query of a tenant needs a type"));
        }
    };
    kinds.sort();
    kinds.dedup();
    if let [kind] = &kinds[..] {
        return pages(state, &tenant, kind, search, &mut |e| taker(&e));
    }
    let mut all: BTreeMap<EntityId, Arc<Entity>> = BTreeMap::new();
    for kind in &kinds {
        pages(state, &tenant, kind, search, &mut |e| {
            all.insert(e.id().clone(), e);
            true
        })?;
        if all.len() > SCAN_MAX {
            return Err(too_complex());
        }
    }
    all.values().all(|e| taker(e));
    Ok(())
}

fn too_complex() -> LdError {
    LdError::new(
        ErrorKind::TooComplexQuery,
        format!("more than {SCAN_MAX} entities would be looked at; narrow the query"),
    )
}

/// Pages of one type. An attribute that must equal the id of another entity is looked up in its index.
fn pages(
    state: &State,
    tenant: &Tenant,
    kind: &Name,
    search: &Search,
    taker: &mut dyn FnMut(Arc<Entity>) -> bool,
) -> Result<(), LdError> {
    let equal = search.q.iter().flat_map(Query::equalities);
    let links = equal.filter(|(_, text)| EntityId::checked(text).is_ok());
    let conditions = links.map(|(name, text)| Condition::Equals(name.clone(), Value::text(text))).collect();
    let mut select = Select {
        tenant: tenant.clone(),
        kind: kind.clone(),
        conditions,
        sort: None,
        after: None,
        limit: PAGE,
    };
    let mut looked = 0;
    loop {
        let page =
            state.select(&select).map_err(|e| LdError::new(ErrorKind::TooComplexQuery, e.to_string()))?;
        looked += page.entities.len();
        if looked > SCAN_MAX {
            return Err(too_complex());
        }
        for entity in page.entities {
            if !taker(entity) {
                return Ok(());
            }
        }
        match page.next {
            Some(next) => select.after = Some(next),
            None => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
