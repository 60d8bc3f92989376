//! What a `where` says of one column, as far as a table can use it. The engine filters again, so a
//! condition that is not understood here costs time and never rows.

use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use datafusion::scalar::ScalarValue;

/// The texts that a column may have by `column = 'x'` or `column in ('x', 'y')`.
pub(crate) fn equal(filter: &Expr, column: &str) -> Option<Vec<String>> {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            let value = if is(left, column) {
                right
            } else if is(right, column) {
                left
            } else {
                return None;
            };
            text(value).map(|t| vec![t])
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let mut texts = equal(left, column)?;
            texts.extend(equal(right, column)?);
            Some(texts)
        }
        Expr::InList(list) if !list.negated && is(&list.expr, column) => list.list.iter().map(text).collect(),
        _ => None,
    }
}

/// The span `(from, to)` in microseconds, `to` excluded, that a filter leaves of a column of times.
pub(crate) fn span(filter: &Expr, column: &str) -> Option<(i64, i64)> {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            let (a, b) = (span(left, column), span(right, column));
            match (a, b) {
                (Some(a), Some(b)) => Some((a.0.max(b.0), a.1.min(b.1))),
                (a, b) => a.or(b),
            }
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let (op, at) = if is(left, column) {
                (*op, micros(right)?)
            } else if is(right, column) {
                (op.swap()?, micros(left)?)
            } else {
                return None;
            };
            match op {
                Operator::Eq => Some((at, at.saturating_add(1))),
                Operator::Gt | Operator::GtEq => Some((at, i64::MAX)),
                Operator::Lt | Operator::LtEq => Some((i64::MIN, at.saturating_add(1))),
                _ => None,
            }
        }
        Expr::Between(b) if !b.negated && is(&b.expr, column) => {
            Some((micros(&b.low)?, micros(&b.high)?.saturating_add(1)))
        }
        _ => None,
    }
}

fn is(expr: &Expr, column: &str) -> bool {
    matches!(expr, Expr::Column(c) if c.name == column)
}

fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Literal(value, _) => value.try_as_str().flatten().map(str::to_owned),
        _ => None,
    }
}

fn micros(expr: &Expr) -> Option<i64> {
    let Expr::Literal(value, _) = expr else { return None };
    match value {
        ScalarValue::TimestampMicrosecond(t, _) => *t,
        ScalarValue::TimestampNanosecond(t, _) => t.map(|n| n.div_euclid(1_000)),
        ScalarValue::TimestampMillisecond(t, _) => t.map(|n| n.saturating_mul(1_000)),
        ScalarValue::TimestampSecond(t, _) => t.map(|n| n.saturating_mul(1_000_000)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::prelude::{col, lit};

    fn at(t: i64) -> Expr {
        lit(ScalarValue::TimestampMicrosecond(Some(t), Some("UTC".into())))
    }

    #[test]
    fn equalities_and_lists_name_their_texts() {
        let two = Some(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(equal(&col("id").eq(lit("a")), "id"), Some(vec!["a".into()]));
        assert_eq!(equal(&lit("a").eq(col("id")), "id"), Some(vec!["a".into()]));
        assert_eq!(equal(&col("id").in_list(vec![lit("a"), lit("b")], false), "id"), two);
        assert_eq!(equal(&col("id").eq(lit("a")).or(col("id").eq(lit("b"))), "id"), two);
        for other in [
            col("id").not_eq(lit("a")),
            col("name").eq(lit("a")),
            col("id").in_list(vec![lit("a")], true),
            col("id").eq(lit("a")).or(col("name").eq(lit("b"))),
            col("id").eq(col("name")),
        ] {
            assert_eq!(equal(&other, "id"), None, "{other}");
        }
    }

    #[test]
    fn comparisons_leave_a_span() {
        let c = || col("observed_at");
        for (filter, want) in [
            (c().gt_eq(at(5)), Some((5, i64::MAX))),
            (at(5).gt(c()), Some((i64::MIN, 6))),
            (c().gt(at(5)).and(c().lt(at(9))), Some((5, 10))),
            (c().between(at(5), at(9)), Some((5, 10))),
            (c().eq(at(5)), Some((5, 6))),
            (c().not_between(at(5), at(9)), None),
            (col("x").gt(at(5)), None),
        ] {
            assert_eq!(span(&filter, "observed_at"), want, "{filter}");
        }
    }
}
