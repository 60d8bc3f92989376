//! Choosing where a list's candidates come from, and walking them within bounds.
//!
//! A small set of candidates is collected, filtered and sorted whole, which also gives the total. A large
//! one is walked in the order of an index (or of ids) until the page is full.

use super::matching::holds;
use super::{Condition, Cursor, PAGE_MAX, Page, Select, SelectError, Sort};
use crate::state::{Index, IndexValue, Space, State, TypeTable, sort_key};
use model::{Entity, EntityId, Name, Value};
use std::cmp::Ordering;
use std::ops::Bound;
use std::sync::Arc;

/// Most entities that one list looks at.
pub(super) const SCAN_MAX: usize = 100_000;
/// A set of candidates up to this size is collected whole, so that its total is known.
const COLLECT_MAX: usize = 10_000;

impl State {
    /// Lists entities of one type. A declared index serves an equality, a range or the sort; without one the
    /// type is scanned.
    ///
    /// # Errors
    /// `ScanLimit` when more than 100,000 entities would be looked at, naming the attribute to declare;
    /// `PageSize` and `CursorMismatch` for a limit or cursor that does not fit.
    pub fn select(&self, select: &Select) -> Result<Page, SelectError> {
        self.select_within(select, SCAN_MAX, COLLECT_MAX)
    }

    pub(super) fn select_within(
        &self,
        select: &Select,
        scan: usize,
        collect: usize,
    ) -> Result<Page, SelectError> {
        if select.limit == 0 || select.limit > PAGE_MAX {
            return Err(SelectError::PageSize(select.limit));
        }
        if select.after.as_ref().is_some_and(|c| c.value.is_some() != select.sort.is_some()) {
            return Err(SelectError::CursorMismatch);
        }
        let empty = Page { entities: Vec::new(), next: None, total: Some(0) };
        let Some(space) = self.in_space(&select.tenant) else { return Ok(empty) };
        let Some(table) = self.table(&select.tenant, select.kind.as_str()) else { return Ok(empty) };
        Lister { space, table, select, scan, collect }.run()
    }
}

/// One list being answered.
struct Lister<'a> {
    space: &'a Space,
    table: &'a TypeTable,
    select: &'a Select,
    scan: usize,
    collect: usize,
}

/// Candidates: the indexed ranges that cover one condition, or the whole type.
enum Source<'a> {
    Ranges(&'a Index, Vec<(Bound<IndexValue>, Bound<IndexValue>)>),
    Type,
}

/// Candidates in the order of the page, with the value that they are sorted by.
type Walk<'a> = Box<dyn Iterator<Item = (Option<&'a IndexValue>, &'a EntityId)> + 'a>;

impl<'a> Lister<'a> {
    fn run(&self) -> Result<Page, SelectError> {
        let source = self.source();
        let sort_index = self.select.sort.as_ref().and_then(|s| self.table.indexes.get(&s.attribute));
        let bound = if self.select.sort.is_some() && sort_index.is_none() { self.scan } else { self.collect };
        if let Some(found) = self.collect(&source, bound) {
            return Ok(self.page_of(found));
        }
        match (&self.select.sort, sort_index) {
            (Some(sort), Some(index)) => self.walk(self.in_order(index, sort)),
            (Some(sort), None) => Err(self.beyond(Some(&sort.attribute))),
            (None, _) => match &source {
                Source::Ranges(index, ranges) if ranges.len() == 1 && is_point(&ranges[0]) => {
                    self.walk(self.by_id(index, &ranges[0].0))
                }
                _ => self.walk(self.all_by_id()),
            },
        }
    }

    /// The first condition with an index: equality before one-of before ranges.
    fn source(&self) -> Source<'a> {
        let indexed = |name: &Name| self.table.indexes.get(name);
        let point = |v: &Value| IndexValue::of(v).map(|i| (Bound::Included(i.clone()), Bound::Included(i)));
        for condition in &self.select.conditions {
            if let Condition::Equals(name, value) = condition
                && let (Some(index), Some(range)) = (indexed(name), point(value))
            {
                return Source::Ranges(index, vec![range]);
            }
        }
        for condition in &self.select.conditions {
            if let Condition::OneOf(name, values) = condition
                && let (Some(index), Some(ranges)) =
                    (indexed(name), values.iter().map(point).collect::<Option<Vec<_>>>())
            {
                return Source::Ranges(index, ranges);
            }
        }
        let found = self.select.conditions.iter().find_map(|c| match c {
            Condition::AtLeast(n, v) | Condition::AtMost(n, v) => Some((n, indexed(n)?, IndexValue::of(v)?)),
            _ => None,
        });
        found.map_or(Source::Type, |(name, index, _)| Source::Ranges(index, vec![self.range(index, name)]))
    }

    /// What the range conditions on an attribute leave of its index. Where entities have lists, two bounds may
    /// hold for different items, so only the first bound is used.
    fn range(&self, index: &Index, name: &Name) -> (Bound<IndexValue>, Bound<IndexValue>) {
        let (mut from, mut to) = (Bound::Unbounded, Bound::Unbounded);
        for condition in &self.select.conditions {
            match condition {
                Condition::AtLeast(n, v) if n == name => {
                    let Some(v) = IndexValue::of(v) else { continue };
                    let upper = v.end_of_kind().map_or(Bound::Unbounded, Bound::Excluded);
                    to = if to == Bound::Unbounded { upper } else { to };
                    from = Bound::Included(v);
                }
                Condition::AtMost(n, v) if n == name => {
                    let Some(v) = IndexValue::of(v) else { continue };
                    from = if from == Bound::Unbounded { Bound::Included(v.start_of_kind()) } else { from };
                    to = Bound::Included(v);
                }
                _ => continue,
            }
            if !self.is_single(index) {
                break;
            }
        }
        (from, to)
    }

    /// Whether every entity has exactly one entry: none has a list.
    fn is_single(&self, index: &Index) -> bool {
        index.len() == self.table.ids.len()
    }

    /// All candidates that match, when there are at most `max` candidates.
    fn collect(&self, source: &Source<'a>, max: usize) -> Option<Vec<&'a Arc<Entity>>> {
        let mut ids: Vec<&EntityId> = Vec::new();
        match source {
            Source::Type if self.table.ids.len() > max => return None,
            Source::Type => ids.extend(self.table.ids.iter()),
            Source::Ranges(index, ranges) => {
                for (from, to) in ranges {
                    for (_, id) in entries(index, from, to) {
                        if ids.len() >= max {
                            return None;
                        }
                        ids.push(id);
                    }
                }
                ids.sort_unstable();
                ids.dedup();
            }
        }
        Some(ids.into_iter().filter_map(|id| self.fits(id)).collect())
    }

    fn fits(&self, id: &EntityId) -> Option<&'a Arc<Entity>> {
        let entity = self.space.entities.get(id.as_str())?;
        self.select.conditions.iter().all(|c| holds(entity, c)).then_some(entity)
    }

    /// Sorts a complete set of matches and cuts the page out of it.
    fn page_of(&self, found: Vec<&'a Arc<Entity>>) -> Page {
        let total = Some(found.len());
        let mut keyed: Vec<(Option<IndexValue>, &Arc<Entity>)> = found
            .into_iter()
            .map(|e| (self.select.sort.as_ref().map(|s| sort_key(e, s.attribute.as_str())), e))
            .collect();
        if self.select.sort.is_some() {
            keyed.sort_by(|a, b| self.order((&a.0, a.1.id()), (&b.0, b.1.id())));
        }
        let start = self.select.after.as_ref().map_or(0, |c| {
            keyed.partition_point(|(v, e)| self.order((v, e.id()), (&c.value, &c.id)).is_le())
        });
        let mut rest = keyed.into_iter().skip(start);
        let page: Vec<_> = rest.by_ref().take(self.select.limit).collect();
        let more = rest.next().is_some();
        self.finish(page.into_iter().map(|(v, e)| (v, e.clone())).collect(), more, total)
    }

    fn order(&self, a: (&Option<IndexValue>, &EntityId), b: (&Option<IndexValue>, &EntityId)) -> Ordering {
        let order = a.0.cmp(b.0).then_with(|| a.1.cmp(b.1));
        if self.descending() { order.reverse() } else { order }
    }

    fn descending(&self) -> bool {
        self.select.sort.as_ref().is_some_and(|s| s.descending)
    }

    /// Walks candidates in the order of the page until it is full or the limit is reached.
    fn walk(
        &self,
        candidates: impl Iterator<Item = (Option<&'a IndexValue>, &'a EntityId)>,
    ) -> Result<Page, SelectError> {
        let mut page = Vec::new();
        let total = self.select.conditions.is_empty().then(|| self.table.ids.len());
        for (looked, (value, id)) in candidates.enumerate() {
            if looked >= self.scan {
                return Err(self.beyond(None));
            }
            let Some(entity) = self.fits(id) else { continue };
            // A list has an entry per item; only the least one stands for the entity in a sorted list.
            let least = self.select.sort.as_ref().zip(value);
            if least.is_some_and(|(s, v)| sort_key(entity, s.attribute.as_str()) != *v) {
                continue;
            }
            if page.len() == self.select.limit {
                return Ok(self.finish(page, true, total));
            }
            page.push((value.cloned(), entity.clone()));
        }
        Ok(self.finish(page, false, total))
    }

    fn finish(&self, page: Vec<(Option<IndexValue>, Arc<Entity>)>, more: bool, total: Option<usize>) -> Page {
        let next = page.last().filter(|_| more).map(|(v, e)| Cursor { value: v.clone(), id: e.id().clone() });
        Page { entities: page.into_iter().map(|(_, e)| e).collect(), next, total }
    }

    /// The entries of the sort's index from the cursor on, within the range conditions on that attribute.
    fn in_order(&self, index: &'a Index, sort: &Sort) -> Walk<'a> {
        let single = self.is_single(index);
        let range =
            if single { self.range(index, &sort.attribute) } else { (Bound::Unbounded, Bound::Unbounded) };
        let (from, to) = range;
        let after = self.select.after.as_ref().map(|c| (c.value.clone().unwrap_or_default(), c.id.clone()));
        let after = after.map(Bound::Excluded);
        let give = |(v, id): &'a (IndexValue, EntityId)| (Some(v), id);
        if sort.descending {
            let end = after.unwrap_or_else(|| highest(&to));
            let down = index.range((Bound::Unbounded, end)).rev().filter(move |(v, _)| below(v, &to));
            Box::new(down.take_while(move |(v, _)| above(v, &from)).map(give))
        } else {
            let start = after.unwrap_or_else(|| lowest(&from));
            Box::new(index.range((start, Bound::Unbounded)).take_while(move |(v, _)| below(v, &to)).map(give))
        }
    }

    /// The entities with one value, in the order of ids.
    fn by_id(&self, index: &'a Index, at: &Bound<IndexValue>) -> Walk<'a> {
        let (Bound::Included(value) | Bound::Excluded(value)) = at.clone() else { return self.all_by_id() };
        let id = self.select.after.as_ref().map_or_else(|| EntityId::new(""), |c| c.id.clone());
        let range = index.range((Bound::Excluded((value.clone(), id)), Bound::Unbounded));
        Box::new(range.take_while(move |(v, _)| *v == value).map(|(_, id)| (None, id)))
    }

    fn all_by_id(&self) -> Walk<'a> {
        let after = self.select.after.as_ref().map_or(Bound::Unbounded, |c| Bound::Excluded(c.id.clone()));
        Box::new(self.table.ids.range((after, Bound::Unbounded)).map(|id| (None, id)))
    }

    /// The error that names what to declare: the sort, else the first condition that an index would serve.
    fn beyond(&self, sort: Option<&Name>) -> SelectError {
        let (kind, limit) = (self.select.kind.clone(), self.scan);
        let open = self.select.conditions.iter().find_map(|c| match c {
            Condition::Equals(n, _)
            | Condition::OneOf(n, _)
            | Condition::AtLeast(n, _)
            | Condition::AtMost(n, _) => Some(n).filter(|n| !self.table.indexes.contains_key(*n)),
            Condition::Contains(..) | Condition::Has(_) | Condition::Lacks(_) => None,
        });
        match sort.or(open).cloned() {
            Some(attribute) => SelectError::ScanLimit { kind, attribute, limit },
            None => SelectError::TooWide { kind, limit },
        }
    }
}

fn is_point(range: &(Bound<IndexValue>, Bound<IndexValue>)) -> bool {
    matches!(range, (Bound::Included(a), Bound::Included(b)) if a == b)
}

/// Entries of an index between two values, both sides as the bounds say.
fn entries<'a>(
    index: &'a Index,
    from: &Bound<IndexValue>,
    to: &'a Bound<IndexValue>,
) -> impl Iterator<Item = &'a (IndexValue, EntityId)> {
    index.range((lowest(from), Bound::Unbounded)).take_while(move |(v, _)| below(v, to))
}

/// The place before every entry with the bound's value.
fn lowest(bound: &Bound<IndexValue>) -> Bound<(IndexValue, EntityId)> {
    match bound {
        Bound::Included(v) | Bound::Excluded(v) => Bound::Included((v.clone(), EntityId::new(""))),
        Bound::Unbounded => Bound::Unbounded,
    }
}

/// A place after every entry with the bound's value: no id is greater than the last character of Unicode.
fn highest(bound: &Bound<IndexValue>) -> Bound<(IndexValue, EntityId)> {
    match bound {
        Bound::Included(v) | Bound::Excluded(v) => Bound::Excluded((v.clone(), EntityId::new("\u{10ffff}"))),
        Bound::Unbounded => Bound::Unbounded,
    }
}

fn below(value: &IndexValue, to: &Bound<IndexValue>) -> bool {
    match to {
        Bound::Included(to) => value <= to,
        Bound::Excluded(to) => value < to,
        Bound::Unbounded => true,
    }
}

fn above(value: &IndexValue, from: &Bound<IndexValue>) -> bool {
    match from {
        Bound::Included(from) => value >= from,
        Bound::Excluded(from) => value > from,
        Bound::Unbounded => true,
    }
}
