//! A table that is made page by page while it is read, so that a million rows never stand in memory.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use std::fmt;
use std::sync::Arc;

/// Rows in one page.
pub(crate) const PAGE: usize = 512;

/// The pages of one reading.
pub(crate) type Pages = Box<dyn Iterator<Item = Result<RecordBatch>> + Send>;

/// Where pages come from; asked again for each reading.
pub(crate) trait Source: Send + Sync {
    /// Starts a reading.
    fn pages(&self) -> Pages;
}

struct Paged {
    schema: SchemaRef,
    source: Arc<dyn Source>,
}

impl fmt::Debug for Paged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("pages")
    }
}

impl PartitionStream for Paged {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let pages = futures_util::stream::iter(self.source.pages());
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), pages))
    }
}

/// A plan that reads those columns of a table that are asked for; `source` makes pages of them.
///
/// # Errors
/// What the engine says of the schema.
pub(crate) fn plan<S: Source + 'static>(
    table: &SchemaRef,
    columns: Option<&Vec<usize>>,
    limit: Option<usize>,
    source: impl FnOnce(SchemaRef) -> S,
) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = match columns {
        Some(columns) => Arc::new(table.project(columns)?),
        None => table.clone(),
    };
    let source = Arc::new(source(schema.clone()));
    let partition = Arc::new(Paged { schema: schema.clone(), source });
    Ok(Arc::new(StreamingTableExec::try_new(schema, vec![partition], None, vec![], false, limit)?))
}
