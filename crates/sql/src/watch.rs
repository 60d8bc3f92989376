//! The watch over a running statement: every operator of its plan asks it before each page.

use crate::asking::asking;
use crate::text::{fits, longest};
use crate::{Failure, text};
use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, replace_children_if_necessary,
};
use futures_util::StreamExt;
use std::fmt;
use std::sync::Arc;

/// Whether the time of a statement is over; given by the shell, which has the clock.
pub type Over = Arc<dyn Fn() -> bool + Send + Sync>;

/// Puts the watch over every operator of a plan. An operator that multiplies rows without reading its
/// inputs again is asked too, because its own pages pass the watch. A window keeps what it reads and does
/// not count it, so that is counted on the way in.
///
/// # Errors
/// What the engine says of the plan.
pub(crate) fn watched(plan: Arc<dyn ExecutionPlan>, over: &Over) -> Result<Arc<dyn ExecutionPlan>> {
    let watch = |input: Arc<dyn ExecutionPlan>, kept: bool| {
        Arc::new(Watched { input, over: over.clone(), kept }) as Arc<dyn ExecutionPlan>
    };
    plan.transform_up(|node| {
        let keeps = node.is::<WindowAggExec>() || node.is::<BoundedWindowAggExec>();
        let node = if keeps {
            let inputs = node.children().into_iter().map(|input| watch(input.clone(), true)).collect();
            replace_children_if_necessary(node, inputs)?
        } else {
            asking(node, over)?
        };
        Ok(Transformed::yes(watch(node, false)))
    })
    .data()
}

struct Watched {
    input: Arc<dyn ExecutionPlan>,
    over: Over,
    /// Whether the reader of its pages keeps them all.
    kept: bool,
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "watched {}", self.input.name())
    }
}

impl DisplayAs for Watched {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watched")
    }
}

impl ExecutionPlan for Watched {
    fn name(&self) -> &'static str {
        "Watched"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next().unwrap_or_else(|| self.input.clone());
        Ok(Arc::new(Self { input, over: self.over.clone(), kept: self.kept }))
    }

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (over, kept) = (self.over.clone(), self.kept);
        let held = MemoryConsumer::new("window").register(task.memory_pool());
        let pages = self.input.execute(partition, task)?;
        let schema = pages.schema();
        let watched = pages.map(move |page| {
            if over() {
                return Err(Failure::Time.into());
            }
            let page = page?;
            measured(&page)?;
            if kept {
                held.try_grow(bytes(&page).saturating_mul(2))?;
            }
            Ok(page)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, watched)))
    }
}

/// Refuses a page with a text longer than a value may be: a join would copy it for every row.
fn measured(page: &RecordBatch) -> Result<(), Failure> {
    page.columns().iter().try_for_each(|column| fits(longest(column)))
}

/// What a page holds; a window keeps it and makes as much again of it.
fn bytes(page: &RecordBatch) -> usize {
    let column = |c: &Arc<dyn Array>| c.to_data().get_slice_memory_size().unwrap_or(text::VALUE_MAX);
    page.columns().iter().map(column).sum()
}
