//! Statements made to end the process, to run for ever or to fill memory. Each ends with its reason.

use crate::tests::{ground, whole};
use crate::{Failure, Limits, run};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a statement of this file ends with.
#[derive(Debug, PartialEq)]
enum End {
    Refused,
    Memory,
    Time,
}

fn end(text: &str, rows: usize) -> End {
    let (mut ground, _) = ground(rows, whole());
    let asked = AtomicUsize::new(0);
    ground.over = Arc::new(move || asked.fetch_add(1, Ordering::Relaxed) > 20_000);
    let limits = Limits { memory_bytes_max: 8 << 20, ..Limits::default() };
    match run(text, &ground, &limits) {
        Err(Failure::Statement(_) | Failure::NotReading(_)) => End::Refused,
        Err(Failure::Memory(_)) => End::Memory,
        Err(Failure::Time) => End::Time,
        other => panic!("{}: {other:?}", text.chars().take(80).collect::<String>()),
    }
}

/// A chain of `with`, each made of the one before.
fn chain(first: &str, count: usize, body: impl Fn(usize) -> String, last: &str) -> String {
    let bodies: String = (1..=count).map(|i| format!(", c{i} as ({})", body(i - 1))).collect();
    format!("with c0 as ({first}){bodies} {last}")
}

#[test]
fn a_statement_that_would_end_the_process_is_refused() {
    let a = "a".repeat(3_000);
    let names = "select name as x from gauge";
    for text in [
        format!("select 1{}", "+1".repeat(8_000)),
        format!("select count(*) from gauge where wet{}", " or wet".repeat(2_000)),
        format!("select 1{}", "::int".repeat(3_000)),
        format!("select {}1{}", "(".repeat(5_000), ")".repeat(5_000)),
        format!("select {} true", "not ".repeat(4_000)),
        format!("select 1{}", " union all select 1".repeat(800)),
        format!("select count(*) from gauge{}", ", gauge".repeat(1_200)),
        chain(names, 24, |i| format!("select a.x from c{i} a, c{i} b"), "select count(*) from c24"),
        chain(names, 24, |i| format!("select x || x as x from c{i}"), "select max(length(x)) from c24"),
        chain(names, 24, |i| format!("select [x, x] as x from c{i}"), "select count(x) from c24"),
        "select [name, name] from gauge".to_owned(),
        format!("select max(levenshtein('{a}' || name, '{a}')) from gauge"),
        "select repeat(name, 1000000000) from gauge".to_owned(),
        "select lpad(name, 1000000000) from gauge".to_owned(),
        "select * from generate_series(1, 1000000000)".to_owned(),
        "select array_agg(name) from gauge".to_owned(),
    ] {
        assert_eq!(end(&text, 10), End::Refused, "{}", text.chars().take(80).collect::<String>());
    }
}

#[test]
fn texts_stay_short_at_planning_and_at_running() {
    let a = "a".repeat(3_000);
    for text in [
        format!("select length(replace(replace('{a}', 'a', '{a}'), 'a', '{a}'))"),
        format!("select max(length(replace(name || '{a}', 'a', '{a}'))) from gauge"),
        chain(
            &format!("select name || '{a}' as x from gauge"),
            8,
            |i| format!("select x || x as x from c{i}"),
            "select max(length(x)) from c8",
        ),
        format!(
            "select count(l) from (select string_agg(name || '{a}', ',') as l from gauge) cross join gauge"
        ),
    ] {
        assert_eq!(end(&text, 600), End::Memory, "{}", text.chars().take(80).collect::<String>());
    }
}

#[test]
fn what_a_window_keeps_is_counted() {
    let text = "select max(s) from (select sum(a.level) over () as s from gauge a cross join gauge b)";
    assert_eq!(end(text, 2_000), End::Memory);
    let fits = run(
        "select name, row_number() over (order by level desc) as n from gauge order by n limit 1",
        &ground(10, whole()).0,
        &Limits::default(),
    );
    assert_eq!(json!(fits.unwrap().rows), json!([["水位 9", 1]]));
}

#[test]
fn a_join_with_nothing_to_give_is_stopped() {
    for on in ["a.wet = b.wet and a.level + b.level < -1.0", "a.level + b.level < -1.0"] {
        let text = format!(
            "select count(*) from gauge a join gauge b on {on} join gauge c on c.level = b.level
             cross join (select level from gauge union all select level from gauge) d"
        );
        let (mut ground, _) = ground(2_000, whole());
        let asked = AtomicUsize::new(0);
        ground.over = Arc::new(move || asked.fetch_add(1, Ordering::Relaxed) > 20);
        assert_eq!(run(&text, &ground, &Limits::default()), Err(Failure::Time), "{on}");
    }
}

#[test]
fn at_its_bounds_a_statement_still_runs() {
    // The shell gives as large a stack.
    let ask = |text: String| {
        let run = move || run(&text, &ground(10, whole()).0, &Limits::default()).unwrap().rows;
        let thread = std::thread::Builder::new().stack_size(32 << 20).spawn(run).unwrap();
        json!(thread.join().unwrap())
    };
    assert_eq!(ask(format!("select max(level{}) from gauge", "+1".repeat(499))), json!([[503.5]]));
    assert_eq!(
        ask(format!("select count(*) from gauge where wet{}", " or level = 0.5".repeat(249))),
        json!([[6]])
    );
    assert_eq!(ask(format!("select max(level{}) from gauge", "::int::text".repeat(249))), json!([["4"]]));
    let squares = chain(
        "select level as x from gauge",
        10,
        |i| format!("select x + x as x from c{i}"),
        "select count(*) from c10 where x > 1024",
    );
    assert_eq!(ask(squares), json!([[7]]));
}

#[test]
fn common_functions_are_there() {
    let (ground, _) = ground(10, whole());
    for (text, want) in [
        ("select round(avg(level), 1), round(2.5), abs(-1), power(2, 3) from gauge", json!([[2.3, 3, 1, 8]])),
        ("select sqrt(null)", json!([[null]])),
        ("select name || ' · ' || level from gauge where id = 'urn:g:0001'", json!([["水位 1 · 0.5"]])),
        ("select 'a' || null, 'a' || 'b'", json!([[null, "ab"]])),
        (
            "select replace('水位', '水', '雨'), concat('a', null, 'b'), upper('x')",
            json!([["雨位", "ab", "X"]]),
        ),
        (
            "select substring('abcd' from 2 for 2), position('c' in 'abc'), left('abc', 1)",
            json!([["bc", 3, "a"]]),
        ),
        ("select string_agg(name, ',') from gauge where level < 1", json!([["水位 0,水位 1"]])),
        (
            "select extract(minute from max(seen)), date_trunc('minute', max(seen)) from gauge",
            json!([[0, "1970-01-01T00:00:00Z"]]),
        ),
        ("select now(), current_timestamp = now()", json!([["1970-01-01T01:40:00Z", true]])),
        ("select extract(hour from now() at time zone '+08:00')", json!([[9]])),
        (
            "select case when wet then 'y' else 'n' end, count(*) from gauge group by 1 order by 1",
            json!([["n", 5], ["y", 5]]),
        ),
        (
            "select count(*) filter (where wet), median(level), count(distinct owner) from gauge",
            json!([[5, 2.25, 2]]),
        ),
    ] {
        let rows = run(text, &ground, &Limits::default()).map(|a| json!(a.rows));
        let plain = |t: &serde_json::Value| t.to_string().replace(".0", "");
        assert_eq!(rows.as_ref().map(plain), Ok(plain(&want)), "{text}");
    }
}
