//! Statements over a small city: the real state and schemas, made by the real pen's own parts.

use crate::{Failure, Ground, Limits, Points, Row, Rows, Want, run};
use access::{Access, Columns, Permit, Principal, Right, SECRET_TYPES};
use door::{Schemas, Snapshot};
use model::{
    Actor, Attribute, Change, Class, Commit, EntityId, EntityKey, Header, Name, Outcome, Quality, Sealed,
    Time, Value,
};
use serde_json::{Value as Tree, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::State;

const GAUGE: &str = "{type: Gauge, attributes: {
    name: {type: text}, level: {type: number}, wet: {type: bool}, seen: {type: time},
    owner: {type: relationship}, phone: {type: text, personal: true}, note: {type: json}}}";
const WORKS: &str = "{type: Works, attributes: {name: {type: text}, owner: {type: relationship}}}";

fn commit(seq: u64, changes: Vec<Change>) -> Commit {
    let actor =
        Actor { principal: EntityId::new("urn:t"), right: None, via: Name::new("test"), remote: None };
    let header = Header {
        seq,
        epoch: 1,
        recorded_at: Time::from_secs(1_000),
        class: Class::Governed,
        actor,
        command: Name::new("test"),
        idempotency_key: None,
        reacted_to: None,
        pack: None,
        outcome: Outcome::Accepted,
    };
    Commit { header, changes, frame: None }
}

fn create(kind: &str, id: &str, attributes: Vec<Attribute>) -> Change {
    Change::Create { key: EntityKey::city(id), types: vec![Name::new(kind)], attributes }
}

fn sealed() -> Value {
    Value::Sealed(Arc::new(Sealed {
        subject: EntityId::new("urn:p"),
        key_version: 1,
        bytes: vec![1_u8, 2, 3].into(),
    }))
}

fn gauge(n: usize) -> Change {
    let owner = EntityId::new(format!("urn:o:{}", n % 2));
    create(
        "Gauge",
        &format!("urn:g:{n:04}"),
        vec![
            Attribute::new("level", Value::Number(n as f64 / 2.0)),
            Attribute::new("name", Value::text(format!("水位 {n}"))),
            Attribute::new("note", Value::map([("zh", Value::text("说明"))])),
            Attribute::new("owner", Value::Id(owner)),
            Attribute::new("phone", sealed()),
            Attribute::new("seen", Value::Time(Time::from_secs(n as i64))),
            Attribute::new("wet", Value::Bool(n.is_multiple_of(2))),
        ],
    )
}

/// `count` gauges of two owners, their works, a loose type without a schema, and a secret.
fn state(count: usize) -> (State, Schemas) {
    let files = |texts: &[&str]| {
        let file = |(i, t): (usize, &&str)| (Name::new(format!("entities/{i}.schema.json")), Value::text(t));
        Value::map(texts.iter().enumerate().map(file))
    };
    let pack = create("Pack", "urn:ngsi-ld:Pack:t", vec![Attribute::new("files", files(&[GAUGE, WORKS]))]);
    let mut changes = vec![pack];
    changes.extend((0..count).map(gauge));
    for n in 0..2 {
        let works = vec![Attribute::new("name", Value::text(format!("厂 {n}")))];
        changes.push(create("Works", &format!("urn:o:{n}"), works));
    }
    changes.push(create("Loose", "urn:l:1", vec![Attribute::new("any", Value::Number(4.0))]));
    changes.push(create(SECRET_TYPES[0], "urn:s:1", vec![Attribute::new("hash", Value::text("x"))]));
    let mut state = State::default();
    state.apply(&commit(1, changes));
    let schemas = Schemas::read(&state);
    (state, schemas)
}

/// Points of the first gauges; counts what it is asked to give.
#[derive(Default)]
pub(crate) struct Series(AtomicUsize, std::sync::Mutex<Vec<Want>>);

impl Points for Series {
    fn scan(&self, want: &Want) -> Result<Rows, String> {
        self.0.fetch_add(1, Ordering::Relaxed);
        self.1.lock().unwrap().push(want.clone());
        let one = |n: usize, attribute: &str, i: i64| Row {
            entity: EntityId::new(format!("urn:g:{n:04}")),
            attribute: Name::new(attribute),
            dataset_id: None,
            at: Time::from_secs(i * 60),
            value: Value::Number(i as f64),
            quality: Some(Quality::Valid),
            seq: i as u64,
        };
        let rows: Vec<Row> = (0..4)
            .flat_map(|n| (0..100).flat_map(move |i| [one(n, "level", i), one(n, "phone", i)]))
            .collect();
        Ok(Box::new(rows.into_iter().map(Ok)))
    }
}

fn right(types: &[&str], columns: Columns, rows: access::Rows) -> Right {
    Right {
        id: Name::new("r"),
        role: Name::new("reader"),
        actions: vec![Name::new("read")],
        types: types.iter().map(Name::new).collect(),
        columns,
        rows,
        attribute: None,
        purpose: None,
        from: None,
        to: None,
        article: None,
    }
}

fn reader(rights: Vec<Right>) -> Permit {
    let principal = Principal {
        id: EntityId::new("urn:p:1"),
        roles: vec![Name::new("reader")],
        owns: Some(EntityId::new("urn:o:1")),
        ..Principal::public(None)
    };
    Access::new(rights).permit(&Arc::new(principal), "read", Time(0)).unwrap()
}

pub(crate) fn whole() -> Permit {
    reader(vec![right(&["*"], Columns::All, access::Rows::All)])
}

pub(crate) fn ground(count: usize, permit: Permit) -> (Ground, Arc<Series>) {
    let (state, schemas) = state(count);
    let snapshot = Snapshot { state, access: Access::default(), schemas: Arc::new(schemas) };
    let points = Arc::new(Series::default());
    (
        Ground {
            snapshot: Arc::new(snapshot),
            permit,
            points: points.clone(),
            now: Time::from_secs(6_000),
            over: Arc::new(|| false),
        },
        points,
    )
}

fn ask(permit: Permit, text: &str) -> Result<Vec<Vec<Tree>>, Failure> {
    run(text, &ground(10, permit).0, &Limits::default()).map(|a| a.rows)
}

#[test]
fn each_type_is_a_table_and_values_keep_their_kind() {
    let rows =
        ask(whole(), "select id, name, level, wet, seen, owner, note from Gauge where id = 'urn:g:0003'");
    let want =
        json!([["urn:g:0003", "水位 3", 1.5, false, "1970-01-01T00:00:03Z", "urn:o:1", r#"{"zh":"说明"}"#]]);
    assert_eq!(json!(rows.unwrap()), want);
    let joined = ask(
        whole(),
        "select w.name, count(*) as n, avg(g.level) from gauge g join works w on g.owner = w.id group by 1 order by 1",
    );
    assert_eq!(json!(joined.unwrap()), json!([["厂 0", 5, 2.0], ["厂 1", 5, 2.5]]));
    assert_eq!(json!(ask(whole(), r#"select attributes from "Loose""#).unwrap()), json!([[r#"{"any":4}"#]]));
    let twice = ask(whole(), "select count(*) from gauge where id = 'urn:g:0001' or id = 'urn:g:0001'");
    assert_eq!(json!(twice.unwrap()), json!([[1]]));
}

#[test]
fn tables_rows_and_columns_are_those_of_the_scope() {
    let own = || {
        let columns = Columns::Only(vec![Name::new("level"), Name::new("owner"), Name::new("phone")]);
        reader(vec![right(&["Gauge"], columns, access::Rows::Owner)])
    };
    assert_eq!(json!(ask(own(), "select count(*), min(level) from gauge").unwrap()), json!([[5, 0.5]]));
    for (text, why) in [
        ("select name from gauge", "name"),
        ("select phone from gauge", "phone"),
        ("select * from works", "works"),
        ("select * from Loose", "loose"),
    ] {
        let refused = ask(own(), text).unwrap_err();
        assert!(matches!(&refused, Failure::Statement(t) if t.contains(why)), "{text}: {refused}");
    }
    let tables = ask(own(), "select table_name from information_schema.tables where table_schema = 'city'");
    assert_eq!(json!(tables.unwrap()), json!([["Gauge"], ["history"]]));
    // The broadest right opens no secret type, and no personal column to anybody.
    for text in ["select * from credential", "select phone from gauge", "select note from Loose"] {
        assert!(ask(whole(), text).is_err(), "{text}");
    }
    assert_eq!(
        json!(ask(own(), "select distinct entity, attribute from history order by 1").unwrap()),
        json!([["urn:g:0001", "level"], ["urn:g:0003", "level"]])
    );
}

#[test]
fn conditions_reach_the_reading_of_history() {
    let (ground, points) = ground(10, whole());
    let text = "select count(*), max(value) from history where entity = 'urn:g:0002' and attribute = 'level'
        and observed_at >= timestamp '1970-01-01T00:10:00Z' and observed_at < timestamp '1970-01-01T00:20:00Z'";
    let answer = run(text, &ground, &Limits::default()).unwrap();
    assert_eq!(json!(answer.rows), json!([[10, 19.0]]));
    let want = points.1.lock().unwrap().pop().unwrap();
    assert_eq!(want.entities, Some(vec![EntityId::new("urn:g:0002")]));
    assert_eq!(want.attributes, Some(vec![Name::new("level")]));
    assert_eq!(want.from, Time::from_secs(600));
    assert!(want.to <= Time(Time::from_secs(1_200).micros() + 1));
    let recent = "select count(*) from history where observed_at > now() - interval '2 minutes' and entity in
        ('urn:g:0001', 'urn:g:0002') and attribute = 'level'";
    assert_eq!(json!(run(recent, &ground, &Limits::default()).unwrap().rows), json!([[2]]));
    let want = points.1.lock().unwrap().pop().unwrap();
    assert_eq!((want.from, want.entities.unwrap().len()), (Time::from_secs(6_000 - 120), 2));
}

#[test]
fn nothing_but_reading_is_done() {
    for text in [
        "create table t as select 1",
        "create view v as select 1",
        "create external table t stored as csv location '/etc/passwd'",
        "insert into gauge select * from gauge",
        "delete from gauge",
        "update gauge set level = 1",
        "drop table gauge",
        "copy (select 1) to '/tmp/x.csv'",
        "set datafusion.execution.batch_size = 1",
        "select * from '/etc/passwd'",
        "select 1; select 2",
        "prepare p as select 1",
        "select repeat('x', 1000000000)",
        "select * from generate_series(1, 1000000000)",
        "explain analyze insert into gauge select * from gauge",
    ] {
        assert!(ask(whole(), text).is_err(), "{text}");
    }
    for text in [
        "explain select * from gauge",
        "show tables",
        "values (1)",
        "with a as (select 1 as x) select x from a",
    ] {
        assert!(ask(whole(), text).is_ok(), "{text}: {:?}", ask(whole(), text));
    }
}

#[test]
fn an_answer_ends_at_its_limit_and_says_so() {
    let limits = Limits { rows_max: 4, ..Limits::default() };
    let few = run("select id from gauge order by id desc", &ground(10, whole()).0, &limits).unwrap();
    assert_eq!((few.rows.len(), few.truncated), (4, true));
    let all = run("select id from gauge limit 4", &ground(10, whole()).0, &limits).unwrap();
    assert_eq!((all.rows.len(), all.truncated), (4, false));
    let tight = Limits { answer_bytes_max: 100, ..Limits::default() };
    assert!(matches!(run("select * from gauge", &ground(10, whole()).0, &tight), Err(Failure::Memory(_))));
}

#[test]
fn a_statement_that_multiplies_rows_is_stopped_by_the_watch() {
    let (mut ground, _) = ground(3_000, whole());
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    ground.over = Arc::new(move || counter.fetch_add(1, Ordering::Relaxed) > 200);
    let text = "select count(*) from gauge a, gauge b, gauge c where a.level + b.level + c.level > 0.1";
    assert_eq!(run(text, &ground, &Limits::default()), Err(Failure::Time));
    // No pair fulfils this, so the join never has a page to give: its condition asks.
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    ground.over = Arc::new(move || counter.fetch_add(1, Ordering::Relaxed) > 200);
    let text = "select count(*) from gauge a, gauge b where a.level + b.level < -1.0";
    assert_eq!(run(text, &ground, &Limits::default()), Err(Failure::Time));
}

#[test]
fn memory_is_bounded() {
    let limits = Limits { memory_bytes_max: 100_000, ..Limits::default() };
    let text = "select a.id, b.name, count(*) from gauge a cross join gauge b group by 1, 2";
    let refused = run(text, &ground(400, whole()).0, &limits);
    assert!(matches!(refused, Err(Failure::Memory(_))), "{refused:?}");
}

#[test]
fn deep_and_long_statements_do_not_end_the_process() {
    let deep = format!("select {}1{}", "(".repeat(5_000), ")".repeat(5_000));
    assert!(ask(whole(), &deep).is_err());
    let long = format!("select count(*) from gauge where {} level > 1", "level = 2 or ".repeat(249));
    let run_long = move || ask(whole(), &long).unwrap();
    let thread = std::thread::Builder::new().stack_size(32 << 20).spawn(run_long).unwrap();
    assert_eq!(json!(thread.join().unwrap()), json!([[7]]));
}

#[test]
fn a_list_longer_than_a_page_is_read_to_its_end() {
    let count = crate::pages::PAGE * 2;
    for count in [count, count + 1] {
        let answer =
            run("select count(id) from gauge", &ground(count, whole()).0, &Limits::default()).unwrap();
        assert_eq!(json!(answer.rows), json!([[count]]));
    }
}
