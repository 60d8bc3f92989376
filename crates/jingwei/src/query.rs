//! Joins the interface's statements to the engine of SQL and to history.

use crate::follower;
use crate::settings::Settings;
use std::sync::Arc;

/// The port of statements; none in a binary without the feature `sql`.
#[cfg(not(feature = "sql"))]
pub fn port(_: &follower::Shared, _: &Settings) -> Option<Arc<dyn api::Sql>> {
    None
}

/// The port of statements; none in a binary without the feature `sql`.
#[cfg(feature = "sql")]
pub fn port(history: &follower::Shared, settings: &Settings) -> Option<Arc<dyn api::Sql>> {
    Some(Arc::new(running::Queries::new(history.clone(), settings.sql)))
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

    /// Statements of all callers; so many run at once.
    pub struct Queries {
        history: follower::Shared,
        bounds: Bounds,
        room: Arc<Semaphore>,
    }

    impl Queries {
        pub fn new(history: follower::Shared, bounds: Bounds) -> Self {
            Self { history, bounds, room: Arc::new(Semaphore::new(bounds.at_once.clamp(1, 64))) }
        }
    }

    impl api::Sql for Queries {
        fn query(&self, snapshot: Arc<Snapshot>, permit: Permit, text: String, rows: usize) -> SqlFuture {
            let (history, room, bounds) = (self.history.clone(), self.room.clone(), self.bounds);
            Box::pin(async move {
                let free = tokio::time::timeout(WAIT, room.acquire_owned()).await;
                let Ok(Ok(place)) = free else { return Err(SqlFailure::Busy) };
                let (tell, told) = oneshot::channel();
                let run = move || {
                    let end = now() + Duration::from_secs(bounds.seconds);
                    // Nobody waits any more when the caller has gone.
                    let tell: Arc<oneshot::Sender<_>> = Arc::new(tell);
                    let asks = tell.clone();
                    let over = Arc::new(move || now() >= end || asks.is_closed());
                    let ground = Ground { snapshot, permit, points: Arc::new(Files(history)), over };
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
                match told.await {
                    Ok(answer) => answer.map(table).map_err(|e| failure(e, bounds.seconds)),
                    Err(_) => Err(SqlFailure::Statement("the statement ended without an answer".into())),
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
}
