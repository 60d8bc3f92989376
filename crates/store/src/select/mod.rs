//! Lists without SQL: one type, conditions, a sort, a page.

mod cursor;
mod matching;
mod plan;
#[cfg(test)]
mod random_tests;
#[cfg(test)]
mod tests;

pub use cursor::{Cursor, CursorError};

use model::{Entity, Name, Tenant, Value};
use std::sync::Arc;

/// Most entities in one page.
pub const PAGE_MAX: usize = 10_000;

/// What to list.
#[derive(Clone, Debug)]
pub struct Select {
    /// Whose entities.
    pub tenant: Tenant,
    /// The type; an entity with several types is in the list of each.
    pub kind: Name,
    /// All of these hold.
    pub conditions: Vec<Condition>,
    /// The order; without one the order of ids. Equal values stand in the order of ids and an entity without
    /// the attribute stands first; descending is that order reversed.
    pub sort: Option<Sort>,
    /// Continue after this place: `Page::next` of the page before, with the same sort.
    pub after: Option<Cursor>,
    /// Entities in a page, at most 10,000.
    pub limit: usize,
}

impl Select {
    /// All of a type in the city's own tenant, a page of `limit`.
    #[must_use]
    pub fn city(kind: impl Into<Name>, limit: usize) -> Self {
        Self {
            tenant: Tenant::city(),
            kind: kind.into(),
            conditions: Vec::new(),
            sort: None,
            after: None,
            limit,
        }
    }
}

/// The order of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By this attribute.
    pub attribute: Name,
    /// Greatest first.
    pub descending: bool,
}

/// What an entity in the list fulfils. A list matches when one of its items does; every instance of an
/// attribute counts.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The value is this one; an id equals its text. `Value::Null` matches null and a missing attribute.
    Equals(Name, Value),
    /// The value is one of these.
    OneOf(Name, Vec<Value>),
    /// The value is at least this, and of the same sort (number, time, text, …).
    AtLeast(Name, Value),
    /// The value is at most this, and of the same sort.
    AtMost(Name, Value),
    /// The text occurs in the value, in a member of an object such as `{zh, en}`, or in an item of a list,
    /// whatever its case. The name `id` searches the id of the entity.
    Contains(Name, String),
    /// The attribute is there.
    Has(Name),
    /// The attribute is not there.
    Lacks(Name),
}

/// One page.
#[derive(Clone, Debug)]
pub struct Page {
    /// The entities, in order.
    pub entities: Vec<Arc<Entity>>,
    /// Where the next page begins; none on the last.
    pub next: Option<Cursor>,
    /// How many there are in all, when that was cheap to know.
    pub total: Option<usize>,
}

/// A list that cannot be answered within its bounds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// Too many entities would have to be looked at.
    #[error("listing {kind} looks at more than {limit} entities; declare an index on {kind}.{attribute}")]
    ScanLimit {
        /// The type.
        kind: Name,
        /// The attribute to declare an index on.
        attribute: Name,
        /// The limit that was reached.
        limit: usize,
    },
    /// Too many entities would have to be looked at, and the conditions are of a sort that no index serves.
    #[error("listing {kind} looks at more than {limit} entities; narrow it by an attribute with an index")]
    TooWide {
        /// The type.
        kind: Name,
        /// The limit that was reached.
        limit: usize,
    },
    /// The page is empty by wish or too long.
    #[error("a page has 1 to 10000 entities, not {0}")]
    PageSize(usize),
    /// The cursor comes from a list with another sort.
    #[error("the cursor belongs to another order of this list")]
    CursorMismatch,
}
