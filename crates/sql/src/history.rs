//! The table `history`: one row per point, under the same scopes as the entities.

use crate::Failure;
use crate::column::{Filling, page, time_type};
use crate::entities::Held;
use crate::filter;
use crate::pages::{self, PAGE, Pages, Source};
use access::{Permit, Scope};
use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use door::Snapshot;
use model::{Entity, EntityId, EntityKey, Name, Quality, Seq, Time, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which points a reading wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    /// Only of these entities.
    pub entities: Option<Vec<EntityId>>,
    /// Only of these attributes.
    pub attributes: Option<Vec<Name>>,
    /// Not before.
    pub from: Time,
    /// Before.
    pub to: Time,
}

/// One point of the city's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Whose.
    pub entity: EntityId,
    /// Which attribute.
    pub attribute: Name,
    /// Which instance; none for the default one.
    pub dataset_id: Option<EntityId>,
    /// When it was true.
    pub at: Time,
    /// Its value.
    pub value: Value,
    /// How far it can be trusted.
    pub quality: Option<Quality>,
    /// The commit that brought it.
    pub seq: Seq,
}

/// The points under way.
pub type Rows = Box<dyn Iterator<Item = std::result::Result<Row, String>> + Send>;

/// Where points come from; the shell fills it from its store of history.
pub trait Points: Send + Sync {
    /// Starts a reading of the city's own points, series by series, in order of time within each. More than
    /// was wanted may come.
    ///
    /// # Errors
    /// Why the files cannot be read.
    fn scan(&self, want: &Want) -> std::result::Result<Rows, String>;
}

/// The table of points.
pub(crate) struct History {
    snapshot: Held,
    permit: Permit,
    points: Arc<dyn Points>,
    schema: SchemaRef,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "history at {:?}", self.snapshot)
    }
}

impl History {
    /// The table over a reader's permit.
    pub fn new(snapshot: Arc<Snapshot>, permit: Permit, points: Arc<dyn Points>) -> Self {
        let text = |name: &str, null| Field::new(name, DataType::Utf8, null);
        let fields = vec![
            text("entity", false),
            text("type", false),
            text("attribute", false),
            text("dataset_id", true),
            Field::new("observed_at", time_type(), false),
            Field::new("value", DataType::Float64, true),
            text("text", true),
            text("unit", true),
            text("quality", true),
            Field::new("seq", DataType::UInt64, false),
        ];
        Self { snapshot: Held(snapshot), permit, points, schema: Arc::new(Schema::new(fields)) }
    }
}

#[async_trait]
impl TableProvider for History {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        pages::plan(&self.schema, projection, limit, |schema| Reading {
            snapshot: self.snapshot.clone(),
            permit: self.permit.clone(),
            points: self.points.clone(),
            schema,
            want: want(filters),
        })
    }
}

fn want(filters: &[Expr]) -> Want {
    let texts = |column: &str| filters.iter().find_map(|f| filter::equal(f, column));
    let spans = filters.iter().filter_map(|f| filter::span(f, "observed_at"));
    let (from, to) = spans.fold((i64::MIN, i64::MAX), |all, one| (all.0.max(one.0), all.1.min(one.1)));
    Want {
        entities: texts("entity").map(|l| l.into_iter().map(EntityId::new).collect()),
        attributes: texts("attribute").map(|l| l.into_iter().map(Name::new).collect()),
        from: Time(from),
        to: Time(to),
    }
}

#[derive(Clone)]
struct Reading {
    snapshot: Held,
    permit: Permit,
    points: Arc<dyn Points>,
    schema: SchemaRef,
    want: Want,
}

impl Source for Reading {
    fn pages(&self) -> Pages {
        match self.points.scan(&self.want) {
            Ok(rows) => Box::new(Cursor {
                reading: self.clone(),
                rows,
                scopes: BTreeMap::new(),
                series: None,
                done: false,
            }),
            Err(e) => Box::new(std::iter::once(Err(Failure::History(e).into()))),
        }
    }
}

/// What is known of the series that is being read.
struct Series {
    entity: EntityId,
    attribute: Name,
    /// The entity, when the reader may see this column of it.
    open: Option<Arc<Entity>>,
}

struct Cursor {
    reading: Reading,
    rows: Rows,
    scopes: BTreeMap<String, Scope>,
    series: Option<Series>,
    done: bool,
}

impl Iterator for Cursor {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let schema = self.reading.schema.clone();
        let mut columns: Vec<Filling> = schema.fields().iter().map(|f| Filling::of(f.data_type())).collect();
        let (mut read, mut rows) = (0, 0);
        // A page ends after so many points whether they were open or not, so that the watch is asked.
        while read < PAGE * 8 && rows < PAGE {
            let row = match self.rows.next() {
                None => {
                    self.done = true;
                    break;
                }
                Some(Ok(row)) => row,
                Some(Err(e)) => {
                    self.done = true;
                    return Some(Err(Failure::History(e).into()));
                }
            };
            read += 1;
            if row.at < self.reading.want.from || row.at >= self.reading.want.to {
                continue;
            }
            let Some(entity) = self.open(&row) else { continue };
            for (field, filling) in schema.fields().iter().zip(&mut columns) {
                cell(&row, &entity, field.name(), filling);
            }
            rows += 1;
        }
        Some(page(&schema, &mut columns, rows))
    }
}

impl Cursor {
    /// The entity of a point, when the permit opens this column of it.
    fn open(&mut self, row: &Row) -> Option<Arc<Entity>> {
        let same = self.series.as_ref().filter(|s| s.entity == row.entity && s.attribute == row.attribute);
        if let Some(series) = same {
            return series.open.clone();
        }
        let snapshot = self.reading.snapshot.0.clone();
        let entity = snapshot.state.get(&EntityKey::city(row.entity.clone())).cloned();
        let open = entity.filter(|e| {
            let secret = access::SECRET_TYPES.contains(&e.kind());
            let schema =
                snapshot.schemas.get(e.kind()).and_then(|t| t.attributes.get(row.attribute.as_str()));
            let permit = &self.reading.permit;
            let scope = self.scopes.entry(e.kind().to_owned()).or_insert_with(|| permit.scope(e.kind()));
            !secret && !schema.is_some_and(|s| s.personal) && scope.column(e, row.attribute.as_str())
        });
        self.series =
            Some(Series { entity: row.entity.clone(), attribute: row.attribute.clone(), open: open.clone() });
        open
    }
}

fn cell(row: &Row, entity: &Entity, name: &str, filling: &mut Filling) {
    match name {
        "entity" => filling.text(Some(row.entity.as_str())),
        "type" => filling.text(Some(entity.kind())),
        "attribute" => filling.text(Some(row.attribute.as_str())),
        "dataset_id" => filling.text(row.dataset_id.as_ref().map(EntityId::as_str)),
        "observed_at" => filling.time(row.at),
        "value" => filling.value(Some(&match &row.value {
            Value::Bool(b) => Value::Number(f64::from(u8::from(*b))),
            other => other.clone(),
        })),
        "text" => filling.value(Some(&row.value).filter(|v| v.as_number().is_none())),
        "unit" => filling.text(
            entity.attribute(row.attribute.as_str()).and_then(|a| a.unit_code.as_ref()).map(Name::as_str),
        ),
        "quality" => filling.text(row.quality.map(word)),
        _ => filling.whole(row.seq),
    }
}

fn word(quality: Quality) -> &'static str {
    match quality {
        Quality::Valid => "valid",
        Quality::Invalid => "invalid",
        Quality::Manual => "manual",
        Quality::Suspect => "suspect",
    }
}
