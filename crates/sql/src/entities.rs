//! The table of one type: its current entities, as far as the scope opens them.

use crate::column::{Filling, page, time_type};
use crate::pages::{self, PAGE, Pages, Source};
use access::Scope;
use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use door::{Form, Snapshot, TypeSchema};
use model::{Entity, EntityId, Name, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Columns that every table has.
const HEAD: [&str; 4] = ["id", "created_at", "modified_at", "version"];
/// The column of everything that a type without a closed schema holds.
const REST: &str = "attributes";

/// The table of one type.
#[derive(Debug)]
pub(crate) struct Entities {
    snapshot: Held,
    kind: Name,
    scope: Arc<Scope>,
    schema: SchemaRef,
}

/// A snapshot that can stand in a debug text.
#[derive(Clone)]
pub(crate) struct Held(pub Arc<Snapshot>);

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "snapshot {}", self.0.state.seq())
    }
}

impl Entities {
    /// The table of a type. Without a schema it has the head and `attributes`.
    pub fn new(snapshot: Arc<Snapshot>, kind: Name, scope: Scope) -> Self {
        let fields = fields(snapshot.schemas.get(kind.as_str()), &scope);
        Self { snapshot: Held(snapshot), kind, scope: Arc::new(scope), schema: Arc::new(Schema::new(fields)) }
    }
}

fn fields(schema: Option<&TypeSchema>, scope: &Scope) -> Vec<Field> {
    let mut fields = vec![
        Field::new("id", DataType::Utf8, false),
        Field::new("created_at", time_type(), false),
        Field::new("modified_at", time_type(), false),
        Field::new("version", DataType::UInt64, false),
    ];
    if schema.is_none_or(|s| s.open) {
        fields.push(Field::new(REST, DataType::Utf8, false));
    }
    let declared = schema.into_iter().flat_map(|s| &s.attributes);
    for (name, attribute) in declared {
        let taken = HEAD.contains(&name.as_str()) || name == REST;
        if taken || attribute.personal || !scope.opens(name.as_str()) {
            continue;
        }
        let data = match attribute.form {
            Form::Number => DataType::Float64,
            Form::Bool => DataType::Boolean,
            Form::Time => time_type(),
            Form::Text | Form::Geo | Form::Relationship | Form::List | Form::Json => DataType::Utf8,
        };
        fields.push(Field::new(name.as_str(), data, true));
    }
    fields
}

#[async_trait]
impl TableProvider for Entities {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let pushed = |f: &&Expr| match crate::filter::equal(f, "id") {
            Some(_) => TableProviderFilterPushDown::Inexact,
            None => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(pushed).collect())
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
            kind: self.kind.clone(),
            scope: self.scope.clone(),
            schema,
            ids: filters.iter().find_map(|f| crate::filter::equal(f, "id")).and_then(few),
        })
    }
}

/// Ids for one page; more are not looked up one by one.
fn few(ids: Vec<String>) -> Option<BTreeSet<String>> {
    let ids: BTreeSet<String> = ids.into_iter().collect();
    (ids.len() < PAGE).then_some(ids)
}

#[derive(Clone)]
struct Reading {
    snapshot: Held,
    kind: Name,
    scope: Arc<Scope>,
    schema: SchemaRef,
    ids: Option<BTreeSet<String>>,
}

impl Source for Reading {
    fn pages(&self) -> Pages {
        Box::new(Cursor { reading: self.clone(), after: None, done: false })
    }
}

/// A place in the list of a type. The list is read again from the last id for every page, so that nothing
/// is borrowed from the snapshot between two pages.
struct Cursor {
    reading: Reading,
    after: Option<EntityId>,
    done: bool,
}

impl Iterator for Cursor {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let entities = self.chunk();
        self.done = entities.len() < PAGE;
        self.after = entities.last().map(|e| e.id().clone());
        Some(self.reading.page(&entities))
    }
}

impl Cursor {
    fn chunk(&self) -> Vec<Arc<Entity>> {
        let state = &self.reading.snapshot.0.state;
        if let Some(ids) = &self.reading.ids {
            let of_kind = |e: &&Arc<Entity>| e.types.contains(&self.reading.kind);
            return ids.iter().filter_map(|id| state.city(id)).filter(of_kind).cloned().collect();
        }
        state.all_after(self.reading.kind.as_str(), self.after.as_ref()).take(PAGE).cloned().collect()
    }
}

impl Reading {
    fn page(&self, entities: &[Arc<Entity>]) -> Result<RecordBatch> {
        let mut columns: Vec<Filling> =
            self.schema.fields().iter().map(|f| Filling::of(f.data_type())).collect();
        let mut rows = 0;
        for entity in entities.iter().filter(|e| self.scope.sees(e)) {
            for (field, filling) in self.schema.fields().iter().zip(&mut columns) {
                self.cell(entity, field.name(), filling);
            }
            rows += 1;
        }
        page(&self.schema, &mut columns, rows)
    }

    fn cell(&self, entity: &Entity, name: &str, filling: &mut Filling) {
        match name {
            "id" => filling.text(Some(entity.id().as_str())),
            "created_at" => filling.time(entity.created_at),
            "modified_at" => filling.time(entity.modified_at),
            "version" => filling.whole(entity.version),
            REST => filling.text(Some(&self.rest(entity))),
            name => filling.value(entity.value(name).filter(|_| self.scope.column(entity, name))),
        }
    }

    /// Open attributes as one JSON object, without personal ones.
    fn rest(&self, entity: &Entity) -> String {
        let schema = self.snapshot.0.schemas.get(self.kind.as_str());
        let personal = |name: &str| schema.and_then(|s| s.attributes.get(name)).is_some_and(|a| a.personal);
        let open = entity.attributes.iter().filter(|a| {
            let plain = !matches!(a.value, Value::Sealed(_)) && a.dataset_id.is_none();
            plain && !personal(a.name.as_str()) && self.scope.column(entity, a.name.as_str())
        });
        let object: serde_json::Map<_, _> =
            open.map(|a| (a.name.as_str().to_owned(), a.value.to_json())).collect();
        serde_json::Value::Object(object).to_string()
    }
}
