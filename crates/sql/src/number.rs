//! Arithmetic on doubles that the engine leaves to a package of its own, which this build has no need of.

use datafusion::arrow::array::{Array, AsArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use datafusion::scalar::ScalarValue;
use std::sync::Arc;

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Sum {
    Round,
    Abs,
    Floor,
    Ceil,
    Sqrt,
    Power,
    Ln,
    Exp,
}

impl Sum {
    const ALL: [Self; 8] =
        [Self::Round, Self::Abs, Self::Floor, Self::Ceil, Self::Sqrt, Self::Power, Self::Ln, Self::Exp];

    fn name(self) -> &'static str {
        match self {
            Self::Round => "round",
            Self::Abs => "abs",
            Self::Floor => "floor",
            Self::Ceil => "ceil",
            Self::Sqrt => "sqrt",
            Self::Power => "power",
            Self::Ln => "ln",
            Self::Exp => "exp",
        }
    }

    /// How many arguments it may have.
    fn arguments(self) -> &'static [usize] {
        match self {
            Self::Round => &[1, 2],
            Self::Power => &[2],
            _ => &[1],
        }
    }

    fn of(self, x: f64, y: f64) -> f64 {
        match self {
            Self::Round => {
                let scale = 10_f64.powf(y.trunc().clamp(-15.0, 15.0));
                if y < 0.0 {
                    (x * scale).round() * 10_f64.powf(-y.trunc().max(-15.0))
                } else {
                    (x * scale).round() / scale
                }
            }
            Self::Abs => x.abs(),
            Self::Floor => x.floor(),
            Self::Ceil => x.ceil(),
            Self::Sqrt => x.sqrt(),
            Self::Power => x.powf(y),
            Self::Ln => x.ln(),
            Self::Exp => x.exp(),
        }
    }
}

/// All of them: `round(x[, digits])`, `abs`, `floor`, `ceil`, `sqrt`, `power(x, y)`, `ln`, `exp`.
pub(crate) fn functions() -> impl Iterator<Item = Arc<ScalarUDF>> {
    Sum::ALL.into_iter().map(|sum| {
        let doubles = |n: &usize| TypeSignature::Exact(vec![DataType::Float64; *n]);
        let signatures = sum.arguments().iter().map(doubles).collect();
        let signature = Signature::one_of(signatures, Volatility::Immutable);
        Arc::new(ScalarUDF::new_from_impl(Computed { sum, signature }))
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Computed {
    sum: Sum,
    signature: Signature,
}

impl ScalarUDFImpl for Computed {
    fn name(&self) -> &'static str {
        self.sum.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let one = arguments.args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
        let rows = if one { 1 } else { arguments.number_rows };
        let columns = arguments.args.into_iter().map(|a| a.into_array(rows)).collect::<Result<Vec<_>>>()?;
        let value = |row: usize| {
            let mut of =
                columns.iter().map(|c| c.is_valid(row).then(|| c.as_primitive::<Float64Type>().value(row)));
            let x = of.next()??;
            let y = of.next().unwrap_or(Some(0.0))?;
            Some(self.sum.of(x, y))
        };
        let values: Float64Array = (0..rows).map(value).collect();
        Ok(if one {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&values, 0)?)
        } else {
            ColumnarValue::Array(Arc::new(values))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_to_digits_on_either_side_of_the_point() {
        for (x, digits, want) in [
            (2.345, 0.0, 2.0),
            (2.345, 1.0, 2.3),
            (-2.5, 0.0, -3.0),
            (1234.0, -2.0, 1200.0),
            (0.1, 300.0, 0.1),
        ] {
            assert_eq!(Sum::Round.of(x, digits), want, "{x} {digits}");
        }
        assert_eq!(Sum::Power.of(2.0, 10.0), 1_024.0);
        assert!(Sum::Sqrt.of(-1.0, 0.0).is_nan());
    }

    #[test]
    fn each_has_its_own_name() {
        let mut names: Vec<String> = functions().map(|f| f.name().to_owned()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), Sum::ALL.len());
    }
}
