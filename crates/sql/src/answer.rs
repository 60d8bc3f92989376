//! What a statement gives back.

use datafusion::error::DataFusionError;
use model::Seq;
use serde_json::Value as Json;

/// One column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, as the statement gives it.
    pub name: String,
    /// Kind of its values: `text`, `number`, `boolean`, `time` (RFC 3339, UTC) or `other`.
    pub kind: &'static str,
}

/// Columns and rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows; each has one value per column.
    pub rows: Vec<Vec<Json>>,
    /// Whether there were more rows than the limit.
    pub truncated: bool,
    /// The commit up to which the state was read.
    pub seq: Seq,
}

/// Why a statement has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The statement is not understood, or asks for what it cannot have; the reason.
    #[error("{0}")]
    Statement(String),
    /// Something other than reading was asked for.
    #[error("only reading is allowed here: {0}")]
    NotReading(String),
    /// It took longer than it may.
    #[error("the statement took longer than it may")]
    Time,
    /// It needed more memory than it may.
    #[error("the statement needs more memory than it may: {0}")]
    Memory(String),
    /// The history could not be read.
    #[error("history: {0}")]
    History(String),
}

impl From<DataFusionError> for Failure {
    fn from(error: DataFusionError) -> Self {
        if let Some(own) = own(&error) {
            return own;
        }
        let root = error.find_root();
        match root {
            DataFusionError::ResourcesExhausted(text) => Self::Memory(first_line(text)),
            other => Self::Statement(first_line(&other.strip_backtrace())),
        }
    }
}

/// A failure of ours that travelled through the engine.
fn own(error: &DataFusionError) -> Option<Failure> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    for _ in 0..32 {
        let this = next?;
        if let Some(failure) = this.downcast_ref::<Failure>() {
            return Some(failure.clone());
        }
        if let Some(DataFusionError::External(inner)) = this.downcast_ref::<DataFusionError>()
            && let Some(failure) = inner.downcast_ref::<Failure>()
        {
            return Some(failure.clone());
        }
        next = this.source();
    }
    None
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(600).collect()
}

impl From<Failure> for DataFusionError {
    fn from(failure: Failure) -> Self {
        Self::External(Box::new(failure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_failure_of_ours_survives_the_way_through_the_engine() {
        let inner = DataFusionError::from(Failure::Time);
        let shared = DataFusionError::Shared(Arc::new(inner));
        assert_eq!(Failure::from(shared.context("while joining")), Failure::Time);
    }

    #[test]
    fn other_errors_tell_their_first_line() {
        let error = DataFusionError::Plan("no such table\nbacktrace".into());
        assert_eq!(Failure::from(error), Failure::Statement("Error during planning: no such table".into()));
        let full = DataFusionError::ResourcesExhausted("pool".into());
        assert_eq!(Failure::from(full), Failure::Memory("pool".into()));
    }
}
