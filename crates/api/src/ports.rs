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
