//! Columns that are filled value by value.

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, RecordBatch, RecordBatchOptions, StringBuilder,
    TimestampMicrosecondBuilder, UInt64Builder,
};
use datafusion::arrow::datatypes::{DataType, SchemaRef, TimeUnit};
use datafusion::error::Result;
use model::{Time, Value};
use std::sync::Arc;

/// The type of a column of times.
pub(crate) fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// A column under way.
pub(crate) enum Filling {
    Text(StringBuilder),
    Number(Float64Builder),
    Whole(UInt64Builder),
    Bool(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
}

impl Filling {
    /// An empty column of a type; what is no other is text.
    pub fn of(data: &DataType) -> Self {
        match data {
            DataType::Float64 => Self::Number(Float64Builder::new()),
            DataType::UInt64 => Self::Whole(UInt64Builder::new()),
            DataType::Boolean => Self::Bool(BooleanBuilder::new()),
            DataType::Timestamp(..) => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    /// Appends a value; one of another kind than the column's is null.
    pub fn value(&mut self, value: Option<&Value>) {
        match self {
            Self::Number(b) => b.append_option(value.and_then(Value::as_number)),
            Self::Bool(b) => b.append_option(value.and_then(Value::as_bool)),
            Self::Time(b) => b.append_option(value.and_then(Value::as_time).map(Time::micros)),
            Self::Whole(b) => b.append_null(),
            Self::Text(b) => match value {
                None | Some(Value::Null | Value::Sealed(_)) => b.append_null(),
                Some(Value::Text(t)) => b.append_value(t),
                Some(Value::Id(id)) => b.append_value(id.as_str()),
                Some(other) => b.append_value(other.to_json().to_string()),
            },
        }
    }

    /// Appends a text.
    pub fn text(&mut self, text: Option<&str>) {
        if let Self::Text(b) = self {
            b.append_option(text);
        }
    }

    /// Appends a time.
    pub fn time(&mut self, time: Time) {
        if let Self::Time(b) = self {
            b.append_value(time.micros());
        }
    }

    /// Appends a whole number.
    pub fn whole(&mut self, n: u64) {
        if let Self::Whole(b) = self {
            b.append_value(n);
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(b) => Arc::new(b.finish()),
            Self::Number(b) => Arc::new(b.finish()),
            Self::Whole(b) => Arc::new(b.finish()),
            Self::Bool(b) => Arc::new(b.finish()),
            Self::Time(b) => Arc::new(b.finish()),
        }
    }
}

/// One page of filled columns; `rows` counts when no column was asked for.
///
/// # Errors
/// When the columns do not fit the schema.
pub(crate) fn page(schema: &SchemaRef, columns: &mut [Filling], rows: usize) -> Result<RecordBatch> {
    let arrays = columns.iter_mut().map(Filling::finish).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(schema.clone(), arrays, &options)?)
}
