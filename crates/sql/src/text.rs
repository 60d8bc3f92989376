//! Texts, bounded in length.
//!
//! Arrow holds the texts of a whole page at once, and no memory pool counts what a function returns. So a
//! function that makes texts longer asks first how long they can get, and those that make as much as a
//! number says are not there at all.

use crate::Failure;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::scalar::ScalarValue;
use datafusion::sql::sqlparser::ast::BinaryOperator;
use std::sync::Arc;

/// Longest text of one value, in bytes.
pub(crate) const VALUE_MAX: usize = 256 << 10;

/// Refuses a text that is longer than a value may be.
///
/// # Errors
/// `Memory`.
pub(crate) fn fits(bytes: usize) -> Result<(), Failure> {
    if bytes <= VALUE_MAX {
        return Ok(());
    }
    Err(Failure::Memory(format!("a text can get {bytes} bytes long, at most {VALUE_MAX} are allowed")))
}

/// Bytes of the longest text of a column; of what is no text, nothing.
pub(crate) fn longest(array: &dyn Array) -> usize {
    fn spans(offsets: impl Iterator<Item = usize>) -> usize {
        offsets.max().unwrap_or_default()
    }
    match array.data_type() {
        DataType::Utf8 => spans(array.as_string::<i32>().offsets().lengths()),
        DataType::LargeUtf8 => spans(array.as_string::<i64>().offsets().lengths()),
        DataType::Binary => spans(array.as_binary::<i32>().offsets().lengths()),
        DataType::LargeBinary => spans(array.as_binary::<i64>().offsets().lengths()),
        DataType::Utf8View => spans(array.as_string_view().lengths().map(|n| n as usize)),
        DataType::BinaryView => spans(array.as_binary_view().lengths().map(|n| n as usize)),
        _ => 0,
    }
}

fn longest_of(value: &ColumnarValue) -> usize {
    match value {
        ColumnarValue::Array(array) => longest(array),
        ColumnarValue::Scalar(scalar) => match scalar.try_as_str() {
            Some(text) => text.map_or(0, str::len),
            None => scalar.to_array().map_or(0, |a| longest(&a)),
        },
    }
}

/// How much longer a function can make a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Growth {
    /// As long as all its arguments.
    Sum,
    /// The second argument, wherever it stands in the first, becomes the third.
    Replace,
}

impl Growth {
    fn longest(self, args: &[ColumnarValue]) -> usize {
        let mut lengths = args.iter().map(longest_of);
        match self {
            Self::Sum => lengths.fold(0, usize::saturating_add),
            Self::Replace => {
                let text = lengths.next().unwrap_or_default();
                let put = lengths.nth(1).unwrap_or_default();
                let sought = match args.get(1) {
                    Some(ColumnarValue::Scalar(ScalarValue::Utf8(Some(sought)))) => sought.len().max(1),
                    _ => 1,
                };
                text.saturating_add((text / sought).saturating_add(1).saturating_mul(put))
            }
        }
    }
}

/// The functions that may stay although they make texts longer, each bounded.
pub(crate) fn bounded(function: &Arc<ScalarUDF>) -> Option<Arc<ScalarUDF>> {
    let growth = match function.name() {
        "concat" => Growth::Sum,
        "replace" => Growth::Replace,
        _ => return None,
    };
    Some(Arc::new(ScalarUDF::new_from_impl(Bounded { inner: function.clone(), growth })))
}

/// A function of the engine that is asked only when its texts cannot get too long.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    growth: Growth,
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(arguments)
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        self.inner.return_type(arguments)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.inner.return_field_from_args(arguments)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        fits(self.growth.longest(&arguments.args))?;
        self.inner.invoke_with_args(arguments)
    }
}

/// Plans `a || b` as a function of ours: the engine's own operator has no bound.
#[derive(Debug)]
pub(crate) struct Joins(Arc<ScalarUDF>);

impl Default for Joins {
    fn default() -> Self {
        Self(Arc::new(ScalarUDF::new_from_impl(Joined {
            signature: Signature::user_defined(Volatility::Immutable),
        })))
    }
}

impl ExprPlanner for Joins {
    fn plan_binary_op(&self, expr: RawBinaryExpr, _: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        if expr.op != BinaryOperator::StringConcat {
            return Ok(PlannerResult::Original(expr));
        }
        let call = ScalarFunction::new_udf(self.0.clone(), vec![expr.left, expr.right]);
        Ok(PlannerResult::Planned(Expr::ScalarFunction(call)))
    }
}

/// `a || b`: null when one of them is.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Joined {
    signature: Signature,
}

impl ScalarUDFImpl for Joined {
    fn name(&self) -> &'static str {
        "||"
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let names: Vec<String> = args.iter().map(|a| a.schema_name().to_string()).collect();
        Ok(names.join(" || "))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        Ok(vec![DataType::Utf8; arguments.len()])
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        fits(Growth::Sum.longest(&arguments.args))?;
        let one = arguments.args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
        let rows = if one { 1 } else { arguments.number_rows };
        let columns: Vec<ArrayRef> =
            arguments.args.into_iter().map(|a| a.into_array(rows)).collect::<Result<_>>()?;
        let mut texts = StringBuilder::new();
        for row in 0..rows {
            if columns.iter().any(|c| c.is_null(row)) {
                texts.append_null();
                continue;
            }
            let joined: String = columns.iter().map(|c| c.as_string::<i32>().value(row)).collect();
            texts.append_value(joined);
        }
        let texts = texts.finish();
        Ok(if one {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&texts, 0)?)
        } else {
            ColumnarValue::Array(Arc::new(texts))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{Int64Array, StringArray, StringViewArray};

    fn text(t: &str) -> ColumnarValue {
        ColumnarValue::Scalar(ScalarValue::Utf8(Some(t.into())))
    }

    #[test]
    fn the_longest_text_of_a_column_is_found() {
        assert_eq!(longest(&StringArray::from(vec![Some("ab"), None, Some("水位")])), 6);
        assert_eq!(longest(&StringViewArray::from(vec!["a", "a text that is longer than a view"])), 33);
        assert_eq!(longest(&StringArray::from(Vec::<&str>::new())), 0);
        assert_eq!(longest(&Int64Array::from(vec![1_000])), 0);
    }

    #[test]
    fn growth_is_known_before_it_happens() {
        assert_eq!(Growth::Sum.longest(&[text("ab"), text("cde")]), 5);
        let column = ColumnarValue::Array(Arc::new(StringArray::from(vec!["a", "abc"])));
        assert_eq!(Growth::Sum.longest(&[column.clone(), text("xy")]), 5);
        assert_eq!(Growth::Replace.longest(&[text("aaaa"), text("aa"), text("xyz")]), 4 + 3 * 3);
        assert_eq!(Growth::Replace.longest(&[text("aaaa"), text(""), text("x")]), 4 + 5);
        assert_eq!(Growth::Replace.longest(&[column, text("a"), text("")]), 3);
        assert!(fits(VALUE_MAX).is_ok());
        assert!(matches!(fits(VALUE_MAX + 1), Err(Failure::Memory(_))));
    }
}
