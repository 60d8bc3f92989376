//! History follows the log: a task takes new commits in order and appends their points.

use access::Permit;
use api::{Point, Points};
use door::{Handle, Snapshot};
use history::{Keep, Series, Store};
use model::{Attribute, Entity, EntityKey, Quality, Time};
use std::sync::{Arc, PoisonError, RwLock};

/// Commits taken at once.
const GROUP: usize = 4_096;

/// History, shared between its one writer and its readers.
#[derive(Clone)]
pub struct Shared(Arc<RwLock<Store>>);

impl Shared {
    /// Shares an opened store.
    pub fn new(store: Store) -> Self {
        Self(Arc::new(RwLock::new(store)))
    }

    /// Follows the door until it stops.
    pub async fn follow(self, door: Handle) {
        let mut watch = door.watch();
        loop {
            self.catch_up(&door).await;
            if watch.changed().await.is_err() {
                return;
            }
        }
    }

    async fn catch_up(&self, door: &Handle) {
        loop {
            let applied = self.0.read().unwrap_or_else(PoisonError::into_inner).applied();
            let snapshot = door.snapshot();
            if applied >= snapshot.state.seq() {
                return;
            }
            let commits = door.after(applied, GROUP).await;
            if commits.is_empty() {
                return;
            }
            let this = self.clone();
            let done = tokio::task::spawn_blocking(move || {
                let mut store = this.0.write().unwrap_or_else(PoisonError::into_inner);
                commits.iter().try_for_each(|c| {
                    store.append(c, &|key, attribute| keep(&snapshot, key, attribute)).map(|_| ())
                })
            });
            if let Ok(Err(e)) = done.await {
                tracing::error!(reason = %e, "history does not follow");
                tokio::time::sleep(std::time::Duration::from_secs(5)).await;
            }
        }
    }

    /// Writes what is in memory to files, and merges small files.
    pub fn seal(&self) {
        let mut store = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Err(e) = store.seal() {
            tracing::error!(reason = %e, "history not sealed");
            return;
        }
        let due = store.merge_due();
        drop(store);
        let Some(merged) = due.and_then(|m| m.run().ok()) else { return };
        let mut store = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Err(e) = store.merged(merged) {
            tracing::error!(reason = %e, "merged history file not taken");
        }
    }

    /// Points of a span for a statement; see [`Store::scan`].
    #[cfg(feature = "sql")]
    pub fn scan(
        &self,
        from: Time,
        to: Time,
        entities: Option<&[model::EntityId]>,
        wanted: impl Fn(&str) -> bool + Send + 'static,
    ) -> Result<history::Scan, String> {
        let store = self.0.read().unwrap_or_else(PoisonError::into_inner);
        store.scan(from, to, entities, wanted).map_err(|e| e.to_string())
    }

    fn series(permit: &Permit, entity: &Entity, attribute: &str) -> Option<Series> {
        Series::open(permit, entity, attribute, None).ok()
    }
}

fn keep(snapshot: &Snapshot, key: &EntityKey, attribute: &Attribute) -> Option<Keep> {
    let entity = snapshot.state.get(key)?;
    let keep = snapshot.schemas.keep(entity.kind(), attribute.name.as_str())?;
    Some(Keep { precision: keep.precision, personal: keep.personal })
}

fn point(p: history::Point) -> Point {
    Point { at: p.at, value: p.value, valid: p.quality != Some(Quality::Invalid), seq: p.seq }
}

impl Points for Shared {
    fn last(&self, permit: &Permit, entity: &Entity, attribute: &str, n: usize) -> Vec<Point> {
        let store = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let points = Self::series(permit, entity, attribute).and_then(|s| store.last(&s, n).ok());
        points.unwrap_or_default().into_iter().map(point).collect()
    }

    fn between(
        &self,
        permit: &Permit,
        entity: &Entity,
        attribute: &str,
        from: Time,
        to: Time,
        limit: usize,
    ) -> Vec<Point> {
        let store = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let points =
            Self::series(permit, entity, attribute).and_then(|s| store.between(&s, from, to, limit).ok());
        points.unwrap_or_default().into_iter().map(point).collect()
    }
}
