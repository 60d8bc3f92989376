//! Small ports that the shell fills: points of history and photographs.

use access::Permit;
use model::{Entity, EntityId, Time, Value};
use std::sync::Arc;

/// One point of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// When it was true.
    pub at: Time,
    /// Its value.
    pub value: Value,
    /// Whether the device marked it as not valid.
    pub valid: bool,
    /// The commit that brought it; its raw frame is read by this.
    pub seq: u64,
}

/// Reads series of points, under the scope of a permit: a closed column has no points.
pub trait Points: Send + Sync {
    /// The last `n` points, oldest first.
    fn last(&self, permit: &Permit, entity: &Entity, attribute: &str, n: usize) -> Vec<Point>;
    /// Points from `from` (included) to `to` (excluded), oldest first, at most `limit`.
    fn between(
        &self,
        permit: &Permit,
        entity: &Entity,
        attribute: &str,
        from: Time,
        to: Time,
        limit: usize,
    ) -> Vec<Point>;
}

/// Keeps photographs; content-addressed, sealed per subject where personal.
pub trait Photos: Send + Sync {
    /// Stores a cleaned picture for a subject; answers its id once it is durable.
    ///
    /// # Errors
    /// Why the disk or the key did not take it.
    fn put(&self, subject: Option<&EntityId>, bytes: &[u8]) -> Result<String, String>;
    /// Reads a picture.
    fn get(&self, id: &str) -> Option<Arc<[u8]>>;
}

/// Columns and rows of a statement.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlAnswer {
    /// Names and kinds (`text`, `number`, `boolean`, `time`, `other`).
    pub columns: Vec<(String, &'static str)>,
    /// Rows, one value per column.
    pub rows: Vec<Vec<serde_json::Value>>,
    /// Whether there were more rows than asked for.
    pub truncated: bool,
    /// The commit up to which the state was read.
    pub seq: u64,
}

/// Why a statement has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlFailure {
    /// It is not understood; the reason.
    Statement(String),
    /// It does more than read.
    NotReading(String),
    /// It took longer than so many seconds.
    Time(u64),
    /// It needed too much memory.
    Memory(String),
    /// Too many run already.
    Busy,
    /// History cannot be read.
    Broken(String),
}

/// An answer under way.
pub type SqlFuture = std::pin::Pin<Box<dyn Future<Output = Result<SqlAnswer, SqlFailure>> + Send>>;

/// Runs statements that read, under the scopes of a permit.
pub trait Sql: Send + Sync {
    /// One statement over a position, at most `rows` rows.
    fn query(&self, snapshot: Arc<door::Snapshot>, permit: Permit, text: String, rows: usize) -> SqlFuture;
}
