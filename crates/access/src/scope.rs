//! What a principal sees of one type.

use crate::{Columns, Principal, Right, Rows};
use model::{Entity, EntityId, Name, Value};
use serde::{Deserialize, Serialize};

/// A row filter with the columns that it opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Window {
    right: Name,
    test: Test,
    columns: Columns,
    purpose: Option<Name>,
}

/// A test of one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Test {
    All,
    True(Name),
    Refers(Vec<Name>, Vec<EntityId>),
    Never,
}

/// What one principal may do with one type by one action: the union of its rights.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Scope {
    windows: Vec<Window>,
}

impl Scope {
    /// Folds the rights that already are known to allow the action on the type.
    pub(crate) fn fold<'a>(principal: &Principal, rights: impl Iterator<Item = &'a Right>) -> Self {
        let windows = rights.map(|r| Window {
            right: r.id.clone(),
            test: test(principal, r),
            columns: r.columns.clone(),
            purpose: r.purpose.clone(),
        });
        Self { windows: windows.filter(|w| w.test != Test::Never).collect() }
    }

    /// Everything, for the city's own engines.
    pub(crate) fn whole() -> Self {
        let window =
            Window { right: Name::new("city"), test: Test::All, columns: Columns::All, purpose: None };
        Self { windows: vec![window] }
    }

    /// Whether nothing at all is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// Whether the row is open.
    #[must_use]
    pub fn sees(&self, entity: &Entity) -> bool {
        self.windows.iter().any(|w| w.test.holds(entity))
    }

    /// Whether a column of this row is open.
    #[must_use]
    pub fn column(&self, entity: &Entity, attribute: &str) -> bool {
        self.open(entity).any(|w| has(&w.columns, attribute))
    }

    /// Whether a column is open in any row.
    #[must_use]
    pub fn opens(&self, attribute: &str) -> bool {
        self.windows.iter().any(|w| has(&w.columns, attribute))
    }

    /// For what a personal column of this row may be read; none keeps it sealed.
    #[must_use]
    pub fn purpose(&self, entity: &Entity, attribute: &str) -> Option<&Name> {
        self.open(entity).filter(|w| has(&w.columns, attribute)).find_map(|w| w.purpose.as_ref())
    }

    /// The right by which the row is open; what the audit names.
    #[must_use]
    pub fn right(&self, entity: &Entity) -> Option<&Name> {
        self.open(entity).map(|w| &w.right).next()
    }

    /// The entity with only the open columns, or none when the row is closed.
    #[must_use]
    pub fn project(&self, entity: &Entity) -> Option<Entity> {
        let windows: Vec<_> = self.open(entity).collect();
        if windows.is_empty() {
            return None;
        }
        let mut seen = entity.clone();
        seen.attributes.retain(|a| windows.iter().any(|w| has(&w.columns, a.name.as_str())));
        Some(seen)
    }

    fn open<'a, 'e>(&'a self, entity: &'e Entity) -> impl Iterator<Item = &'a Window> + use<'a, 'e> {
        self.windows.iter().filter(move |w| w.test.holds(entity))
    }
}

fn has(columns: &Columns, attribute: &str) -> bool {
    match columns {
        Columns::All => true,
        Columns::Only(list) => list.iter().any(|c| *c == attribute),
    }
}

impl Test {
    fn holds(&self, entity: &Entity) -> bool {
        match self {
            Self::All => true,
            Self::Never => false,
            Self::True(name) => entity.value(name.as_str()).and_then(Value::as_bool) == Some(true),
            Self::Refers(names, ids) => {
                names.iter().any(|n| entity.value(n.as_str()).is_some_and(|v| refers(v, ids)))
            }
        }
    }
}

fn refers(value: &Value, ids: &[EntityId]) -> bool {
    match value {
        Value::List(items) => items.iter().any(|v| refers(v, ids)),
        other => other.as_str().is_some_and(|t| ids.iter().any(|id| *id == t)),
    }
}

fn test(principal: &Principal, right: &Right) -> Test {
    let own = |usual: &[&str], ids: Vec<Option<&EntityId>>| {
        let ids: Vec<EntityId> = ids.into_iter().flatten().cloned().collect();
        let names =
            right.attribute.clone().map_or_else(|| usual.iter().map(Name::new).collect(), |a| vec![a]);
        if ids.is_empty() { Test::Never } else { Test::Refers(names, ids) }
    };
    match right.rows {
        Rows::All => Test::All,
        Rows::Public => Test::True(right.attribute.clone().unwrap_or_else(|| Name::new("public"))),
        Rows::OwnBody => own(&["body", "bodies"], vec![principal.body.as_ref()]),
        Rows::Area => own(&["area"], vec![principal.area.as_ref()]),
        Rows::Assigned => {
            own(&["body", "bodies", "assignee"], vec![principal.body.as_ref(), Some(&principal.id)])
        }
        Rows::Owner => own(&["owner"], vec![principal.owns.as_ref(), Some(&principal.id)]),
    }
}
