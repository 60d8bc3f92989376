//! The time at which a statement is asked: the city's, which the shell gives, and not the machine's.

use crate::column::time_type;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::scalar::ScalarValue;
use model::Time;
use std::sync::Arc;

/// `now()` and `current_timestamp`, the same throughout a statement.
pub(crate) fn function(at: Time) -> Arc<ScalarUDF> {
    let signature = Signature::nullary(Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(Now { at, signature, aliases: vec!["current_timestamp".into()] }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Now {
    at: Time,
    signature: Signature,
    aliases: Vec<String>,
}

impl ScalarUDFImpl for Now {
    fn name(&self) -> &'static str {
        "now"
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(time_type())
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let at = ScalarValue::TimestampMicrosecond(Some(self.at.micros()), Some("UTC".into()));
        Ok(ColumnarValue::Scalar(at))
    }
}
