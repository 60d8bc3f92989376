use crate::device::testing::{TestCity, person, token};
use crate::{Sql, SqlAnswer, SqlFailure, SqlFuture};
use access::Permit;
use std::sync::Arc;

/// Answers with what it was asked; a text of its own makes each failure.
pub(crate) struct Echo;

impl Sql for Echo {
    fn query(&self, snapshot: Arc<door::Snapshot>, permit: Permit, text: String, rows: usize) -> SqlFuture {
        let answer = match text.as_str() {
            "slow" => Err(SqlFailure::Time(10)),
            "big" => Err(SqlFailure::Memory("pool".into())),
            "many" => Err(SqlFailure::Busy),
            "drop table x" => Err(SqlFailure::NotReading("drop".into())),
            _ => Ok(SqlAnswer {
                columns: vec![("action".into(), "text"), ("rows".into(), "number")],
                rows: vec![vec![permit.action().as_str().into(), rows.into()]],
                truncated: false,
                seq: snapshot.state.seq(),
            }),
        };
        Box::pin(std::future::ready(answer))
    }
}

#[tokio::test]
async fn a_statement_runs_with_leave_to_read_and_its_limit() {
    let city = TestCity::start().await;
    let ask = |who, body: &'static str| city.send("POST", "/api/sql", who, body);
    let answer = ask(Some(token("clerk")), r#"{"sql":"select 1","limit":7}"#).await;
    let json = answer.json();
    assert_eq!((answer.status, &json["rows"][0][0], &json["rows"][0][1]), (200, &"read".into(), &7.into()));
    assert_eq!(json["columns"][1]["kind"], "number");
    assert!(json["position"].as_u64().is_some_and(|p| p > 0));
    for (who, body, status) in [
        (None, r#"{"sql":"select 1"}"#, 401),
        (Some(person("firm")), r#"{"sql":"select 1"}"#, 403),
        (Some(token("clerk")), r#"{"sql":"select 1","limit":0}"#, 400),
        (Some(token("clerk")), r#"{"sql":"select 1","limit":10001}"#, 400),
        (Some(token("clerk")), r#"{"text":"select 1"}"#, 400),
        (Some(token("clerk")), r#"{"sql":"slow"}"#, 422),
        (Some(token("clerk")), r#"{"sql":"big"}"#, 422),
        (Some(token("clerk")), r#"{"sql":"many"}"#, 429),
        (Some(token("clerk")), r#"{"sql":"drop table x"}"#, 400),
    ] {
        assert_eq!(ask(who, body).await.status, status, "{body}");
    }
}
