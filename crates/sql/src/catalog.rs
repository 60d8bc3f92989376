//! The tables that one reader has. No others are made, so there is nothing to bypass.

use crate::entities::Entities;
use crate::history::History;
use crate::{Ground, Points};
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::error::Result;
use model::Name;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Name of the table of points.
pub(crate) const HISTORY: &str = "history";

/// All tables of one reader, by their names in lower case: SQL folds names that are not quoted.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    tables: BTreeMap<String, (String, Arc<dyn TableProvider>)>,
}

impl Tables {
    /// One table per type that the permit opens, and `history` when any is open.
    pub fn of(ground: &Ground) -> Self {
        let mut tables = Self::default();
        let declared = ground.snapshot.schemas.all().map(|s| s.kind.clone());
        let found = ground.snapshot.state.kinds().into_iter().map(|(kind, _)| kind);
        let mut kinds: Vec<Name> = declared.chain(found).collect();
        kinds.sort();
        kinds.dedup();
        let open = |kind: &Name| {
            let secret = access::SECRET_TYPES.contains(&kind.as_str());
            Some(ground.permit.scope(kind.as_str())).filter(|s| !secret && !s.is_empty())
        };
        for kind in kinds {
            if let Some(scope) = open(&kind) {
                tables.add(kind.as_str(), Entities::new(ground.snapshot.clone(), kind.clone(), scope));
            }
        }
        if !tables.tables.is_empty() {
            let points: Arc<dyn Points> = ground.points.clone();
            tables.add(HISTORY, History::new(ground.snapshot.clone(), ground.permit.clone(), points));
        }
        tables
    }

    fn add(&mut self, name: &str, table: impl TableProvider + 'static) {
        self.tables.insert(name.to_lowercase(), (name.to_owned(), Arc::new(table)));
    }
}

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        self.tables.values().map(|(name, _)| name.clone()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.tables.get(&name.to_lowercase()).map(|(_, table)| table.clone()))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.tables.contains_key(&name.to_lowercase())
    }
}
