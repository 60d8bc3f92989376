//! Points since the last sealing, in memory, by series.

use crate::fold::{self, Fold};
use crate::point::{Held, Keep, Series};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How much stands in memory before it must be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Points of all series.
    pub points_max: usize,
    /// Points of one series.
    pub series_points_max: usize,
    /// Bytes of all series, keys and texts counted.
    pub bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { points_max: 250_000, series_points_max: 100_000, bytes_max: 48 << 20 }
    }
}

/// One series: the step in force and its points, sorted by time.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub step: Option<f64>,
    pub points: Vec<Held>,
}

/// What stands in memory.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    runs: BTreeMap<Arc<str>, Run>,
    points: usize,
    bytes: usize,
    longest: usize,
}

/// Bytes of a series beside its text and its points: the nodes of the map and the vector's head.
const SERIES_BYTES: usize = 120;

impl Recent {
    pub fn insert(&mut self, series: &Series, keep: Keep, held: Held) -> Fold {
        let heap = held.heap_bytes();
        let run = match self.runs.get_mut(series.text()) {
            Some(run) => run,
            None => {
                self.bytes += SERIES_BYTES + series.text().len();
                self.runs.entry(series.text().clone()).or_default()
            }
        };
        run.step = keep.precision.filter(|s| s.is_finite() && *s > 0.0);
        let fold = fold::insert(&mut run.points, held);
        self.longest = self.longest.max(run.points.len());
        if fold == Fold::New {
            self.points += 1;
            self.bytes += size_of::<Held>() + heap;
        }
        fold
    }

    pub fn is_full(&self, limits: &Limits) -> bool {
        self.points >= limits.points_max
            || self.bytes >= limits.bytes_max
            || self.longest >= limits.series_points_max
    }

    pub fn points(&self) -> usize {
        self.points
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn runs(&self) -> &BTreeMap<Arc<str>, Run> {
        &self.runs
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The last `n` points of a series before `before`, in order.
    pub fn last(&self, series: &Series, n: usize) -> Vec<Held> {
        let points = self.runs.get(series.text()).map_or(&[][..], |r| &r.points);
        points[points.len().saturating_sub(n)..].to_vec()
    }

    /// The first `limit` points of a series in `from..to` (microseconds), in order.
    pub fn between(&self, series: &Series, from: i64, to: i64, limit: usize) -> Vec<Held> {
        let points = self.runs.get(series.text()).map_or(&[][..], |r| &r.points);
        let start = points.partition_point(|p| p.at < from);
        points[start..].iter().take_while(|p| p.at < to).take(limit).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::point::Small;
    use model::EntityKey;

    fn series(n: usize) -> Series {
        Series::of(&EntityKey::city(format!("urn:ngsi-ld:Meter:{n:06}").as_str()), "reading", None)
    }

    fn held(at: i64) -> Held {
        Held { at, seq: 1, value: Small::Number(1.0), quality: None }
    }

    #[test]
    fn a_quiet_series_costs_little() {
        let mut recent = Recent::default();
        for n in 0..8_000 {
            recent.insert(&series(n), Keep::default(), held(1));
        }
        let each = recent.bytes() / 8_000;
        assert!(each <= 256, "{each} bytes a series");
        assert!(size_of::<Held>() <= 40, "{}", size_of::<Held>());
    }

    #[test]
    fn each_limit_makes_it_full() {
        let limits = Limits { points_max: 10, series_points_max: 4, bytes_max: 4_000 };
        let mut recent = Recent::default();
        for at in 0..4 {
            assert!(!recent.is_full(&limits));
            recent.insert(&series(0), Keep::default(), held(at));
        }
        assert!(recent.is_full(&limits));
        recent.clear();
        for n in 0..10 {
            recent.insert(&series(n), Keep::default(), held(1));
        }
        assert!(recent.is_full(&limits) && recent.points() == 10);
        recent.clear();
        let text = Held { value: Small::Other(Arc::new(model::Value::text("x".repeat(4_000)))), ..held(1) };
        recent.insert(&series(0), Keep::default(), text);
        assert!(recent.is_full(&limits));
    }

    #[test]
    fn last_and_between_take_what_was_asked() {
        let mut recent = Recent::default();
        for at in [5, 1, 3, 9, 7] {
            recent.insert(&series(0), Keep::default(), held(at));
        }
        let ats = |points: Vec<Held>| points.iter().map(|p| p.at).collect::<Vec<_>>();
        assert_eq!(ats(recent.last(&series(0), 2)), [7, 9]);
        assert_eq!(ats(recent.last(&series(0), 99)), [1, 3, 5, 7, 9]);
        assert_eq!(ats(recent.between(&series(0), 3, 9, 2)), [3, 5]);
        assert_eq!(ats(recent.between(&series(0), 3, 9, 9)), [3, 5, 7]);
        assert!(recent.last(&series(1), 2).is_empty());
    }
}
