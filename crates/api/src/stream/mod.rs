//! `GET /api/live`: one stream of server-sent events a browser. The id of an event is a position, its
//! data the keys of the views that changed; the client fetches again. See contracts, "Live".

mod keys;

use crate::session::Caller;
use crate::{City, Problem};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{self, Stream};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

pub use keys::keys_of;

/// Most commits that a reconnecting client is told one by one; beyond, it is told to start afresh.
const REPLAY_MAX: u64 = 10_000;
/// Most commits looked at for one event.
const GROUP_MAX: usize = 4_096;
/// Shortest time between two events of one client.
const PAUSE: Duration = Duration::from_millis(250);
/// Most open streams.
const STREAMS_MAX: usize = 2_000;

static OPEN: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

struct Follower {
    city: City,
    staff: bool,
    seq: u64,
    reset: bool,
}

impl Drop for Follower {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
    }
}

/// How many streams are open.
#[must_use]
pub fn open_streams() -> usize {
    OPEN.load(std::sync::atomic::Ordering::Relaxed)
}

/// Opens the stream; `Last-Event-ID` resumes it.
///
/// # Errors
/// 429 when too many are open.
pub async fn live(
    State(city): State<City>,
    Caller(who): Caller,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    if OPEN.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= STREAMS_MAX {
        OPEN.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
        return Err(Problem::slow(
            "同时打开的页面太多，请稍后再试",
            "too many pages are open, try again shortly",
        ));
    }
    let newest = city.snapshot().state.seq();
    let last = headers
        .get("last-event-id")
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.rsplit(':').next()?.parse::<u64>().ok());
    let reset = last.is_some_and(|l| l > newest || newest - l > REPLAY_MAX);
    let seq = if reset { newest } else { last.unwrap_or(newest) };
    let follower = Follower { staff: who.via != "public", city, seq, reset };
    let events = stream::unfold(follower, |mut f| async move { Some((Ok(f.next().await), f)) });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

impl Follower {
    async fn next(&mut self) -> Event {
        if std::mem::take(&mut self.reset) {
            return Event::default().event("reset").id(format!("city:{}", self.seq)).data("{}");
        }
        loop {
            let mut watch = self.city.ports.door.watch();
            while watch.borrow_and_update().state.seq() <= self.seq {
                if watch.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
            tokio::time::sleep(PAUSE).await;
            let commits = self.city.ports.door.after(self.seq, GROUP_MAX).await;
            let mut keys = BTreeSet::new();
            for commit in &commits {
                keys_of(commit, self.staff, &mut keys);
                self.seq = commit.seq();
            }
            if commits.is_empty() {
                self.seq = watch.borrow().state.seq();
            }
            if !keys.is_empty() {
                let data = serde_json::json!({ "keys": keys }).to_string();
                return Event::default().id(format!("city:{}", self.seq)).data(data);
            }
        }
    }
}
