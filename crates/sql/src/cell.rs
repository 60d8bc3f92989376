//! Values of an answer as JSON.

use crate::Failure;
use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{
    DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use datafusion::arrow::util::display::array_value_to_string;
use model::Time;
use serde_json::{Number, Value as Json};

/// The kind of a column's values, as an answer names it.
pub(crate) fn kind(data: &DataType) -> &'static str {
    match data {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text",
        DataType::Boolean => "boolean",
        DataType::Timestamp(..) => "time",
        d if d.is_numeric() && !matches!(d, DataType::Decimal128(..) | DataType::Decimal256(..)) => "number",
        _ => "other",
    }
}

/// One value; what has no JSON form of its own is given as text.
///
/// # Errors
/// `Statement` when it cannot be shown at all.
pub(crate) fn json(array: &dyn Array, row: usize) -> Result<Json, Failure> {
    if array.is_null(row) {
        return Ok(Json::Null);
    }
    Ok(match array.data_type() {
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Utf8 => array.as_string::<i32>().value(row).into(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).into(),
        DataType::Utf8View => array.as_string_view().value(row).into(),
        DataType::Int8 => array.as_primitive::<Int8Type>().value(row).into(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).into(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).into(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).into(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).into(),
        DataType::Float32 => number(f64::from(array.as_primitive::<Float32Type>().value(row))),
        DataType::Float64 => number(array.as_primitive::<Float64Type>().value(row)),
        DataType::Timestamp(unit, _) => time(array, row, *unit),
        _ => array_value_to_string(array, row).map_err(|e| Failure::Statement(e.to_string()))?.into(),
    })
}

/// A double; whole numbers without a point, and what is no number as null.
fn number(n: f64) -> Json {
    Number::from_f64(n).map_or(Json::Null, Json::Number)
}

fn time(array: &dyn Array, row: usize, unit: TimeUnit) -> Json {
    let micros = match unit {
        TimeUnit::Second => array.as_primitive::<TimestampSecondType>().value(row).saturating_mul(1_000_000),
        TimeUnit::Millisecond => {
            array.as_primitive::<TimestampMillisecondType>().value(row).saturating_mul(1_000)
        }
        TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().value(row),
        TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().value(row).div_euclid(1_000),
    };
    Time(micros).rfc3339().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
    use serde_json::json as j;

    #[test]
    fn values_keep_their_kind() {
        assert_eq!(json(&Int64Array::from(vec![Some(3), None]), 0).unwrap(), j!(3));
        assert_eq!(json(&Int64Array::from(vec![Some(3), None]), 1).unwrap(), Json::Null);
        assert_eq!(json(&Float64Array::from(vec![0.5]), 0).unwrap(), j!(0.5));
        assert_eq!(json(&Float64Array::from(vec![f64::NAN]), 0).unwrap(), Json::Null);
        assert_eq!(json(&StringArray::from(vec!["水"]), 0).unwrap(), j!("水"));
        let at = TimestampMicrosecondArray::from(vec![1_000_000]).with_timezone("UTC");
        assert_eq!(json(&at, 0).unwrap(), j!("1970-01-01T00:00:01Z"));
        assert_eq!((kind(at.data_type()), kind(&DataType::Int8)), ("time", "number"));
        assert_eq!(kind(&DataType::Decimal128(10, 2)), "other");
    }
}
