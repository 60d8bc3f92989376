//! What travels.

use serde::{Deserialize, Serialize};
use serde_json::Value as Tree;
use utoipa::ToSchema;

/// One statement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Its text; one `select`, `with`, `values`, `explain` or `show`.
    pub sql: String,
    /// Most rows wanted, 1 to 10,000; 1,000 when it is not said.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// Columns and rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct Answer {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows; each has one value per column, times as RFC 3339.
    #[schema(value_type = Vec<Vec<Object>>)]
    pub rows: Vec<Vec<Tree>>,
    /// Whether there were more rows than the limit.
    pub truncated: bool,
    /// The commit up to which the state was read.
    pub position: u64,
    /// How long it took, in milliseconds of the city's clock.
    pub took_ms: i64,
}

/// One column.
#[derive(Debug, Serialize, ToSchema)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Kind of its values: `text`, `number`, `boolean`, `time` or `other`.
    pub kind: String,
}
