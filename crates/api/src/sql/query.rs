//! Asks the port and tells its answer.

use super::wire::{Answer, Column, Statement};
use crate::session::Staff;
use crate::{City, Problem, SqlFailure};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;

/// Rows of an answer when the caller does not say.
const ROWS: usize = 1_000;
/// Most rows of an answer.
const ROWS_MAX: usize = 10_000;

/// One statement that reads: a table for each type that the caller may read, and `history`. Personal
/// attributes are no columns.
///
/// # Errors
/// 400 with the reason of a statement that is not understood, does more than read, or asks for too many
/// rows; 403 without the right `sql.query`; 422 when it needs more time or memory than it may; 429 when too
/// many statements run; 501 when the binary was built without SQL.
#[utoipa::path(post, path = "/api/sql", tag = "sql", request_body = Statement,
    responses((status = 200, body = Answer), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem),
        (status = 501, body = Problem)))]
pub async fn query(
    State(city): State<City>,
    Staff(who): Staff,
    body: Result<Json<Statement>, JsonRejection>,
) -> Result<Json<Answer>, Problem> {
    let snapshot = city.snapshot();
    city.permit(&snapshot.access, &who, "sql.query")?;
    let permit = city.permit(&snapshot.access, &who, "read")?;
    let Json(statement) =
        body.map_err(|e| Problem::invalid("sql", "请求体不是所需的 JSON", e.body_text()))?;
    let rows = statement.limit.unwrap_or(ROWS);
    if !(1..=ROWS_MAX).contains(&rows) {
        return Err(Problem::invalid("limit", "应在 1 到 10000 之间", "must be from 1 to 10000"));
    }
    let Some(sql) = city.ports.sql.clone() else { return Err(without()) };
    let begun = city.now();
    let answer = sql.query(snapshot, permit, statement.sql, rows).await.map_err(problem)?;
    let columns = answer.columns.into_iter().map(|(name, kind)| Column { name, kind: kind.into() });
    Ok(Json(Answer {
        columns: columns.collect(),
        rows: answer.rows,
        truncated: answer.truncated,
        position: answer.seq,
        took_ms: city.now().millis().saturating_sub(begun.millis()),
    }))
}

fn without() -> Problem {
    Problem::new(
        StatusCode::NOT_IMPLEMENTED,
        None,
        "这个程序编译时没有带 SQL；请用带 sql 特性的版本",
        "this binary was built without SQL; use one with the feature sql",
    )
}

fn problem(failure: SqlFailure) -> Problem {
    match failure {
        SqlFailure::Statement(why) => Problem::invalid("sql", format!("这条语句不能执行：{why}"), why),
        SqlFailure::NotReading(why) => Problem::invalid(
            "sql",
            format!("这里只能查询，不能改动：{why}"),
            format!("only reading is allowed here: {why}"),
        ),
        SqlFailure::Time(seconds) => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            Some("sql"),
            format!("超过 {seconds} 秒，已停止；请缩小时间范围或加条件"),
            format!("stopped after {seconds} seconds; narrow the span of time or add conditions"),
        ),
        SqlFailure::Memory(why) => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            Some("sql"),
            format!("需要的内存太多，已停止；请先汇总或加条件（{why}）"),
            format!("stopped, it needs too much memory; aggregate first or add conditions ({why})"),
        ),
        SqlFailure::Busy => Problem::slow(
            "正在执行的查询太多，请稍后再试",
            "too many statements are running; try again in a moment",
        ),
        SqlFailure::Broken(why) => Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            None,
            format!("历史数据读不出来：{why}"),
            format!("history cannot be read: {why}"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_without_sql_says_so() {
        let problem = without();
        assert_eq!(problem.status, 501);
        assert!(problem.detail_zh.contains("SQL"));
    }
}
