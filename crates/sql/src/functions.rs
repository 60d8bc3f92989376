//! The functions that a statement may call. What is not named here is not there: a function that makes
//! lists, or as much as a number says, could fill memory that no limit counts.

use crate::{instant, number, text};
use datafusion::execution::SessionStateDefaults;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::functions::datetime::planner::DatetimeFunctionPlanner;
use datafusion::functions::unicode::planner::UnicodeFunctionPlanner;
use datafusion::functions_aggregate::planner::AggregateFunctionPlanner;
use datafusion::functions_window::planner::WindowFunctionPlanner;
use model::Time;
use std::sync::Arc;

/// Functions of one row whose answer is never much longer than their arguments, and that take no time out
/// of proportion to them.
const SCALAR: &[&str] = &[
    "arrow_typeof",
    "ascii",
    "bit_length",
    "btrim",
    "character_length",
    "chr",
    "coalesce",
    "contains",
    "date_bin",
    "date_part",
    "date_trunc",
    "ends_with",
    "from_unixtime",
    "greatest",
    "initcap",
    "least",
    "left",
    "lower",
    "ltrim",
    "make_date",
    "nullif",
    "nvl",
    "nvl2",
    "octet_length",
    "reverse",
    "right",
    "rtrim",
    "split_part",
    "starts_with",
    "strpos",
    "substr",
    "substrindex",
    "to_char",
    "to_date",
    "to_hex",
    "to_local_time",
    "to_timestamp",
    "to_timestamp_micros",
    "to_timestamp_millis",
    "to_timestamp_seconds",
    "to_unixtime",
    "translate",
    "upper",
];
/// Functions of many rows that give one value of bounded size. `string_agg` gives a long one, which the
/// watch measures.
const AGGREGATE: &[&str] = &[
    "approx_distinct",
    "approx_median",
    "approx_percentile_cont",
    "avg",
    "bit_and",
    "bit_or",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar",
    "covar_pop",
    "first_value",
    "last_value",
    "max",
    "median",
    "min",
    "regr_intercept",
    "regr_slope",
    "stddev",
    "stddev_pop",
    "string_agg",
    "sum",
    "var",
    "var_pop",
    "var_sample",
];

/// Gives a builder the functions and the forms of expression that are offered, and no others.
pub(crate) fn offered(builder: SessionStateBuilder, now: Time) -> SessionStateBuilder {
    let scalar = SessionStateDefaults::default_scalar_functions().into_iter().filter_map(|function| {
        let plain = SCALAR.contains(&function.name());
        text::bounded(&function).or_else(|| plain.then_some(function))
    });
    let aggregate = SessionStateDefaults::default_aggregate_functions()
        .into_iter()
        .filter(|f| AGGREGATE.contains(&f.name()));
    builder
        .with_expr_planners(vec![
            Arc::new(text::Joins::default()),
            Arc::new(DatetimeFunctionPlanner),
            Arc::new(UnicodeFunctionPlanner),
            Arc::new(AggregateFunctionPlanner),
            Arc::new(WindowFunctionPlanner),
        ])
        .with_scalar_functions(scalar.chain(number::functions()).chain([instant::function(now)]).collect())
        .with_aggregate_functions(aggregate.collect())
        .with_window_functions(SessionStateDefaults::default_window_functions())
}
