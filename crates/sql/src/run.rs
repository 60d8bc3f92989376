//! One statement, from its text to its rows.

use crate::catalog::Tables;
use crate::watch::{Over, watched};
use crate::{Answer, Column, Failure, Limits, Points, cell, functions, guard};
use access::Permit;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider};
use datafusion::execution::context::{SQLOptions, SessionContext};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionConfig;
use door::Snapshot;
use futures_util::StreamExt;
use model::Time;
use serde_json::Value as Json;
use std::sync::Arc;

/// Names that a reader sees in `information_schema`.
const CATALOG: &str = "jingwei";
const SCHEMA: &str = "city";

/// What one statement stands on.
pub struct Ground {
    /// The position that is read.
    pub snapshot: Arc<Snapshot>,
    /// Leave to read; its scopes make the tables.
    pub permit: Permit,
    /// History.
    pub points: Arc<dyn Points>,
    /// What `now()` is.
    pub now: Time,
    /// Whether the time of the statement is over.
    pub over: Over,
}

/// Runs one statement on the calling thread, which should have a stack of some megabytes and may block.
///
/// # Errors
/// See [`Failure`].
pub fn run(text: &str, ground: &Ground, limits: &Limits) -> Result<Answer, Failure> {
    guard::text(text, limits)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().build().map_err(|e| Failure::Memory(e.to_string()))?;
    runtime.block_on(answer(text, ground, limits))
}

async fn answer(text: &str, ground: &Ground, limits: &Limits) -> Result<Answer, Failure> {
    let context = context(ground, limits)?;
    let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let state = context.state();
    let statement = state.sql_to_statement(text, &state.config_options().sql_parser.dialect)?;
    guard::tree(&statement)?;
    let logical = state.statement_to_plan(statement).await?;
    if !reads(&logical) {
        return Err(Failure::NotReading(logical.display().to_string()));
    }
    options.verify_plan(&logical)?;
    // One row more than wanted tells whether there were more.
    let told = matches!(logical, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_));
    let mut frame = context.execute_logical_plan(logical).await?;
    if !told {
        frame = frame.limit(0, Some(limits.rows_max + 1))?;
    }
    let task = frame.task_ctx();
    let plan = watched(frame.create_physical_plan().await?, &ground.over)?;
    let mut pages = execute_stream(plan, Arc::new(task))?;
    let mut rows = Rows { rows: Vec::new(), bytes: 0, truncated: false };
    let columns = columns(&pages.schema());
    while let Some(page) = pages.next().await {
        if !rows.take(&page?, limits)? {
            break;
        }
    }
    Ok(Answer { columns, rows: rows.rows, truncated: rows.truncated, seq: ground.snapshot.state.seq() })
}

fn context(ground: &Ground, limits: &Limits) -> Result<SessionContext, Failure> {
    let config = SessionConfig::new()
        .with_target_partitions(1)
        .with_batch_size(crate::pages::PAGE)
        .with_information_schema(true)
        .with_default_catalog_and_schema(CATALOG, SCHEMA)
        .with_create_default_catalog_and_schema(false);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(GreedyMemoryPool::new(limits.memory_bytes_max)))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .build_arc()?;
    let builder = SessionStateBuilder::new().with_config(config).with_runtime_env(runtime);
    let context = SessionContext::new_with_state(functions::offered(builder, ground.now).build());
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema(SCHEMA, Arc::new(Tables::of(ground)))?;
    context.register_catalog(CATALOG, Arc::new(catalog));
    Ok(context)
}

/// Whether a plan only reads: what is not known to is refused.
fn reads(plan: &LogicalPlan) -> bool {
    !matches!(
        plan,
        LogicalPlan::Dml(_)
            | LogicalPlan::Ddl(_)
            | LogicalPlan::Copy(_)
            | LogicalPlan::Statement(_)
            | LogicalPlan::Extension(_)
    )
}

fn columns(schema: &SchemaRef) -> Vec<Column> {
    let columns = schema.fields().iter();
    columns.map(|f| Column { name: f.name().clone(), kind: cell::kind(f.data_type()) }).collect()
}

struct Rows {
    rows: Vec<Vec<Json>>,
    bytes: usize,
    truncated: bool,
}

impl Rows {
    /// Takes a page; false when enough came.
    fn take(&mut self, page: &RecordBatch, limits: &Limits) -> Result<bool, Failure> {
        for row in 0..page.num_rows() {
            if self.rows.len() == limits.rows_max {
                self.truncated = true;
                return Ok(false);
            }
            let cells: Vec<Json> =
                page.columns().iter().map(|c| cell::json(c, row)).collect::<Result<_, _>>()?;
            self.bytes += cells.iter().map(size).sum::<usize>();
            if self.bytes > limits.answer_bytes_max {
                return Err(Failure::Memory(format!(
                    "the answer has more than {} bytes",
                    limits.answer_bytes_max
                )));
            }
            self.rows.push(cells);
        }
        Ok(true)
    }
}

fn size(cell: &Json) -> usize {
    cell.as_str().map_or(16, |t| 24 + t.len())
}
