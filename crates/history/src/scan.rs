//! All points of a span, series by series: the files and what stands in memory, merged as they are read.
//!
//! A scan holds open files and a copy of what was in memory, so that it runs without holding the store; a
//! file that a merge removes meanwhile stays readable until the scan ends.

use crate::fold;
use crate::merge::least;
use crate::point::{self, Held, Point};
use crate::sheet_read::{Row, Rows};
use crate::store::Error;
use model::{EntityId, EntityKey, Name, Tenant};
use std::cmp::Ordering;
use std::sync::Arc;

/// One point with its series taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Scanned {
    /// Whose.
    pub key: EntityKey,
    /// Which attribute.
    pub attribute: Name,
    /// Which instance.
    pub dataset_id: Option<EntityId>,
    /// The point.
    pub point: Point,
}

/// A running scan.
pub struct Scan {
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) sources: Vec<(Rows, Option<Row>)>,
    /// Whether the first point of each file has been read.
    pub(crate) begun: bool,
    pub(crate) sealed: Option<Row>,
    pub(crate) recent: std::iter::Peekable<std::vec::IntoIter<(Arc<str>, Held)>>,
    pub(crate) series: Option<(Arc<str>, Option<Scanned>)>,
    pub(crate) wanted: Wanted,
}

/// Whether a scan gives a series: of its text and its attribute.
pub(crate) type Wanted = Box<dyn Fn(&str, &str) -> bool + Send>;

impl Scan {
    /// The next point in order of series and time; none at the end.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn advance(&mut self) -> Result<Option<Scanned>, Error> {
        loop {
            let Some((series, held)) = self.step()? else { return Ok(None) };
            if held.at < self.from || held.at >= self.to {
                continue;
            }
            if let Some(known) = self.known(&series, &held) {
                return Ok(Some(Scanned { point: held.point(), ..known.clone() }));
            }
        }
    }

    /// The least of files and memory; of the same series and time the one that stands.
    fn step(&mut self) -> Result<Option<(Arc<str>, Held)>, Error> {
        if !std::mem::replace(&mut self.begun, true) {
            for (rows, head) in &mut self.sources {
                *head = rows.next()?;
            }
        }
        if self.sealed.is_none() {
            self.sealed = least(&mut self.sources)?;
        }
        let order = match (&self.sealed, self.recent.peek()) {
            (None, None) => return Ok(None),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((s, _, p)), Some((series, held))) => (s, p.at).cmp(&(series, held.at)),
        };
        Ok(match order {
            Ordering::Less => self.sealed.take().map(|(series, _, held)| (series, held)),
            Ordering::Greater => self.recent.next(),
            Ordering::Equal => match (self.sealed.take(), self.recent.next()) {
                (Some((series, _, old)), Some((_, new))) => {
                    fold::union(vec![old], vec![new]).pop().map(|held| (series, held))
                }
                _ => None,
            },
        })
    }

    /// The series of a point; none when it is not wanted. Looked at once for all its points.
    fn known(&mut self, series: &Arc<str>, held: &Held) -> Option<&Scanned> {
        if self.series.as_ref().is_none_or(|(text, _)| text != series) {
            let parts = point::parts(series).filter(|(_, attribute, ..)| (self.wanted)(series, attribute));
            let scanned = parts.map(|(id, attribute, dataset_id, tenant)| Scanned {
                key: EntityKey { tenant: Tenant::new(tenant), id: EntityId::new(id) },
                attribute: Name::new(attribute),
                dataset_id: dataset_id.map(EntityId::new),
                point: held.point(),
            });
            self.series = Some((series.clone(), scanned));
        }
        self.series.as_ref()?.1.as_ref()
    }
}
