//! Joins the interface's statements to the engine of SQL and to history.

use crate::follower;
use crate::settings::Settings;
use std::sync::Arc;

/// The port of statements; none in a binary without the feature `sql`.
#[cfg(not(feature = "sql"))]
pub fn port(_: &follower::Shared, _: &Settings, _: api::Now) -> Option<Arc<dyn api::Sql>> {
    None
}

/// The port of statements; none in a binary without the feature `sql`.
#[cfg(feature = "sql")]
pub fn port(history: &follower::Shared, settings: &Settings, now: api::Now) -> Option<Arc<dyn api::Sql>> {
    Some(Arc::new(running::Queries::new(history.clone(), settings.sql, now)))
}

#[cfg(feature = "sql")]
mod running {
    use crate::follower;
    use crate::settings::Sql as Bounds;
    use access::Permit;
    use api::{SqlAnswer, SqlFailure, SqlFuture};
    use door::Snapshot;
    use history::{Scan, Scanned};
    use model::EntityKey;
    use sql::{Failure, Ground, Limits, Points, Row, Want};
    use std::sync::Arc;
    use std::time::{Duration, Instant};
    use tokio::sync::{Semaphore, oneshot};

    /// Planning goes deep into nested expressions.
    const STACK_BYTES: usize = 32 << 20;
    /// How long a statement waits for another to end.
    const WAIT: Duration = Duration::from_secs(2);
    /// How long after its time a statement may take to notice it; then the caller is answered without it.
    /// It keeps its place until it has ended.
    const GRACE: Duration = Duration::from_millis(500);

    /// Statements of all callers; so many run at once.
    pub struct Queries {
        history: follower::Shared,
        bounds: Bounds,
        room: Arc<Semaphore>,
        wait: Duration,
        now: api::Now,
    }

    impl Queries {
        pub fn new(history: follower::Shared, bounds: Bounds, now: api::Now) -> Self {
            Self {
                history,
                bounds,
                room: Arc::new(Semaphore::new(bounds.at_once.clamp(1, 64))),
                wait: WAIT,
                now,
            }
        }
    }

    impl api::Sql for Queries {
        fn query(&self, snapshot: Arc<Snapshot>, permit: Permit, text: String, rows: usize) -> SqlFuture {
            let (history, room, bounds, wait) =
                (self.history.clone(), self.room.clone(), self.bounds, self.wait);
            let asked = (self.now)();
            Box::pin(async move {
                let free = tokio::time::timeout(wait, room.acquire_owned()).await;
                let Ok(Ok(place)) = free else { return Err(SqlFailure::Busy) };
                let (tell, told) = oneshot::channel();
                let run = move || {
                    let end = now() + Duration::from_secs(bounds.seconds);
                    // Nobody waits any more when the caller has gone.
                    let tell: Arc<oneshot::Sender<_>> = Arc::new(tell);
                    let asks = tell.clone();
                    let over = Arc::new(move || now() >= end || asks.is_closed());
                    let ground =
                        Ground { snapshot, permit, points: Arc::new(Files(history)), now: asked, over };
                    let limits = Limits {
                        rows_max: rows,
                        memory_bytes_max: bounds.memory_mb << 20,
                        ..Limits::default()
                    };
                    let answer = sql::run(&text, &ground, &limits);
                    drop(ground);
                    if let Ok(tell) = Arc::try_unwrap(tell) {
                        drop(tell.send(answer));
                    }
                    drop(place);
                };
                let thread = std::thread::Builder::new().name("sql".into()).stack_size(STACK_BYTES);
                thread.spawn(run).map_err(|e| SqlFailure::Memory(e.to_string()))?;
                let longest = Duration::from_secs(bounds.seconds) + GRACE;
                match tokio::time::timeout(longest, told).await {
                    Ok(Ok(answer)) => answer.map(table).map_err(|e| failure(e, bounds.seconds)),
                    Ok(Err(_)) => Err(SqlFailure::Statement("the statement ended without an answer".into())),
                    Err(_) => Err(SqlFailure::Time(bounds.seconds)),
                }
            })
        }
    }

    fn now() -> Instant {
        #[expect(clippy::disallowed_methods, reason = "the shell is where time enters")]
        Instant::now()
    }

    fn table(answer: sql::Answer) -> SqlAnswer {
        SqlAnswer {
            columns: answer.columns.into_iter().map(|c| (c.name, c.kind)).collect(),
            rows: answer.rows,
            truncated: answer.truncated,
            seq: answer.seq,
        }
    }

    fn failure(failure: Failure, seconds: u64) -> SqlFailure {
        match failure {
            Failure::Statement(why) => SqlFailure::Statement(why),
            Failure::NotReading(why) => SqlFailure::NotReading(why),
            Failure::Time => SqlFailure::Time(seconds),
            Failure::Memory(why) => SqlFailure::Memory(why),
            Failure::History(why) => SqlFailure::Broken(why),
        }
    }

    /// History as the engine of SQL asks for it.
    struct Files(follower::Shared);

    impl Points for Files {
        fn scan(&self, want: &Want) -> Result<sql::Rows, String> {
            let attributes = want.attributes.clone();
            let wanted = move |name: &str| attributes.as_ref().is_none_or(|a| a.iter().any(|n| *n == name));
            let entities = want.entities.as_deref();
            Ok(Box::new(Running(Some(self.0.scan(want.from, want.to, entities, wanted)?))))
        }
    }

    /// A scan as an iterator that ends at its first error.
    struct Running(Option<Scan>);

    impl Iterator for Running {
        type Item = Result<Row, String>;

        fn next(&mut self) -> Option<Self::Item> {
            loop {
                match self.0.as_mut()?.advance() {
                    Ok(Some(point)) if point.key == EntityKey::city(point.key.id.clone()) => {
                        return Some(Ok(row(point)));
                    }
                    Ok(Some(_)) => {}
                    Ok(None) => self.0 = None,
                    Err(e) => {
                        self.0 = None;
                        return Some(Err(e.to_string()));
                    }
                }
            }
        }
    }

    fn row(scanned: Scanned) -> Row {
        Row {
            entity: scanned.key.id,
            attribute: scanned.attribute,
            dataset_id: scanned.dataset_id,
            at: scanned.point.at,
            value: scanned.point.value,
            quality: scanned.point.quality,
            seq: scanned.point.seq,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use access::Access;
        use api::Sql as _;
        use model::{Actor, Attribute, Change, Class, Commit, EntityId, Header, Name, Outcome, Time, Value};
        use serde_json::json;

        const BOUNDS: Bounds = Bounds { seconds: 60, memory_mb: 64, at_once: 1 };

        fn clock() -> api::Now {
            Arc::new(|| Time::from_secs(200))
        }

        fn commit(seq: u64, change: Change) -> Commit {
            let actor = Actor {
                principal: EntityId::new("urn:t"),
                right: None,
                via: Name::new("test"),
                remote: None,
            };
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
            Commit { header, changes: vec![change], frame: None }
        }

        /// A gauge with three readings, the first of them in a file.
        fn city(dir: &std::path::Path) -> (follower::Shared, Arc<Snapshot>) {
            let mut store = history::Store::open(dir).unwrap();
            let mut state = store::State::default();
            for n in 1..=3_u32 {
                let at = Time::from_secs(i64::from(n) * 60);
                let level = Attribute::new("level", Value::Number(f64::from(n))).observed(at);
                let key = EntityKey::city("urn:g:1");
                let change = if n == 1 {
                    Change::Create { key, types: vec![Name::new("Gauge")], attributes: vec![level] }
                } else {
                    Change::Set { key, attributes: vec![level] }
                };
                let commit = commit(u64::from(n), change);
                state.apply(&commit);
                let keep =
                    |_: &EntityKey, _: &Attribute| Some(history::Keep { precision: None, personal: false });
                store.append(&commit, &keep).unwrap();
                if n == 1 {
                    store.seal().unwrap();
                }
            }
            let schemas = Arc::new(door::Schemas::read(&state));
            let snapshot = Snapshot { state, access: Access::default(), schemas };
            (follower::Shared::new(store), Arc::new(snapshot))
        }

        async fn ask(
            queries: &Queries,
            snapshot: &Arc<Snapshot>,
            text: &str,
        ) -> Result<SqlAnswer, SqlFailure> {
            queries.query(snapshot.clone(), Access::city("test", "read"), text.into(), 10).await
        }

        #[tokio::test]
        async fn entities_and_history_are_read_from_files_and_memory() {
            let dir = tempfile::tempdir().unwrap();
            let (history, snapshot) = city(dir.path());
            let queries = Queries::new(history, BOUNDS, clock());
            let text = "select h.entity, h.value, h.seq from history h join Gauge g on g.id = h.entity
                where h.attribute = 'level' and h.observed_at < now() - interval '30 seconds' order by 2";
            let answer = ask(&queries, &snapshot, text).await.unwrap();
            assert_eq!(json!(answer.rows), json!([["urn:g:1", 1.0, 1], ["urn:g:1", 2.0, 2]]));
            assert_eq!(answer.seq, 3);
            let refused = ask(&queries, &snapshot, "drop table Gauge").await;
            assert!(matches!(refused, Err(SqlFailure::NotReading(_))));
        }

        #[tokio::test]
        async fn time_and_places_are_bounded() {
            let dir = tempfile::tempdir().unwrap();
            let (history, snapshot) = city(dir.path());
            let none = Queries::new(history.clone(), Bounds { seconds: 0, ..BOUNDS }, clock());
            let late = ask(&none, &snapshot, "select count(*) from Gauge").await;
            assert!(matches!(late, Err(SqlFailure::Time(0))));
            let full = Queries { wait: Duration::ZERO, ..Queries::new(history, BOUNDS, clock()) };
            let place = full.room.clone().acquire_owned().await.unwrap();
            assert!(matches!(ask(&full, &snapshot, "select 1").await, Err(SqlFailure::Busy)));
            drop(place);
            assert!(ask(&full, &snapshot, "select 1").await.is_ok());
        }
    }
}
