//! The store of history: memory, files, cursor.

use crate::fold::{self, Fold};
use crate::folder::Folder;
use crate::manifest::{self, Manifest, Sheet};
use crate::merge::{self, Merge, Merged};
use crate::point::{self, Held, Keep, Point, Series};
use crate::recent::{Limits, Recent};
use crate::scan::{Scan, Wanted};
use crate::sheet::SheetWriter;
use crate::sheet_read::{self, Rows, Want};
use model::{Attribute, Commit, EntityId, EntityKey, Seq, Time};
use std::path::Path;

/// Why history cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk.
    #[error("history files: {0}")]
    Disk(#[from] std::io::Error),
    /// A file of points.
    #[error("history file: {0}")]
    File(#[from] parquet::errors::ParquetError),
    /// The manifest; the line that is wrong.
    #[error("history manifest: {0}")]
    Manifest(String),
}

/// What a commit did to history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Appended {
    /// Points of a new time.
    pub points: usize,
    /// Points that replaced another value of their time.
    pub corrections: usize,
    /// Points that were there already.
    pub repeated: usize,
}

/// Every change of a value as a point. One writer; readers share it by `&self`.
#[derive(Debug)]
pub struct Store {
    folder: Folder,
    manifest: Manifest,
    recent: Recent,
    applied: Seq,
    limits: Limits,
}

impl Store {
    /// Opens the folder, making it when it is not there, and removes what a crash left half done.
    /// The log is to be appended again from `cursor() + 1`.
    ///
    /// # Errors
    /// `Manifest` when it is damaged: nothing is guessed. `Disk` otherwise.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        Self::open_with(dir, Limits::default())
    }

    /// The same with limits of memory.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_with(dir: &Path, limits: Limits) -> Result<Self, Error> {
        let folder = Folder::open(dir)?;
        let manifest = match folder.text(manifest::NAME)? {
            Some(text) => Manifest::read(&text).map_err(Error::Manifest)?,
            None => Manifest::default(),
        };
        for sheet in &manifest.sheets {
            folder.size(&sheet.name())?;
        }
        for name in folder.list()? {
            let known = name == manifest::NAME || manifest.sheets.iter().any(|s| s.name() == name);
            if !known && (name.starts_with("points-") || name.starts_with(manifest::NAME)) {
                tracing::info!(file = name, "removing a history file that was never finished");
                folder.remove(&name)?;
            }
        }
        let applied = manifest.cursor;
        Ok(Self { folder, manifest, recent: Recent::default(), applied, limits })
    }

    /// The last commit whose points are all in synced files; the log above it must not be thinned.
    #[must_use]
    pub fn cursor(&self) -> Seq {
        self.manifest.cursor
    }

    /// The last commit that was appended.
    #[must_use]
    pub fn applied(&self) -> Seq {
        self.applied
    }

    /// Points in memory, the bytes they take, and files.
    #[must_use]
    pub fn sizes(&self) -> (usize, usize, usize) {
        (self.recent.points(), self.recent.bytes(), self.manifest.sheets.len())
    }

    /// Follows a commit. One that came before is passed over. When memory is full it seals first.
    ///
    /// `keep` says how the points of an attribute are kept, none that it has no history; the caller knows
    /// the entity's type from the state.
    ///
    /// # Errors
    /// When memory is full and cannot be sealed; the commit is not taken then and is to be appended again.
    pub fn append(
        &mut self,
        commit: &Commit,
        keep: &dyn Fn(&EntityKey, &Attribute) -> Option<Keep>,
    ) -> Result<Appended, Error> {
        let mut done = Appended::default();
        if commit.seq() <= self.applied {
            return Ok(done);
        }
        if self.recent.is_full(&self.limits) {
            self.seal()?;
        }
        for change in &commit.changes {
            for attribute in change.attributes() {
                let Some(keep) = keep(change.key(), attribute).filter(|k| !k.personal) else { continue };
                let Some(held) = Held::of(attribute, commit.at(), commit.seq(), keep) else { continue };
                let series = Series::of(change.key(), attribute.name.as_str(), attribute.dataset_id.as_ref());
                match self.recent.insert(&series, keep, held) {
                    Fold::New => done.points += 1,
                    Fold::Corrected => done.corrections += 1,
                    Fold::Same => done.repeated += 1,
                }
            }
        }
        self.applied = commit.seq();
        Ok(done)
    }

    /// Writes what is in memory to a file and moves the cursor. Does nothing when nothing came.
    ///
    /// # Errors
    /// What the disk says; memory and cursor stand as they did.
    pub fn seal(&mut self) -> Result<(), Error> {
        if self.applied == self.manifest.cursor {
            return Ok(());
        }
        let mut next = self.manifest.clone();
        next.cursor = self.applied;
        if self.recent.points() > 0 {
            let sheet = self.write_sheet(next.next)?;
            next.next += 1;
            next.sheets.push(sheet);
        }
        self.replace(next)?;
        self.recent.clear();
        Ok(())
    }

    fn write_sheet(&self, number: u64) -> Result<Sheet, Error> {
        let mut sheet = Sheet { number, level: 0, points: 0, min_at: 0, max_at: 0 };
        let mut writer = SheetWriter::new(self.folder.begin(&sheet.name())?)?;
        for (series, run) in self.recent.runs() {
            for held in &run.points {
                writer.push(series, run.step, held)?;
            }
        }
        let extent = writer.finish()?;
        self.folder.finish(&sheet.name())?;
        (sheet.points, sheet.min_at, sheet.max_at) = (extent.points, extent.min_at, extent.max_at);
        Ok(sheet)
    }

    fn replace(&mut self, next: Manifest) -> Result<(), Error> {
        self.folder.write(manifest::NAME, next.write().as_bytes())?;
        self.manifest = next;
        Ok(())
    }

    /// A merge of small files that is due. Run it without holding the store, then give it to `merged`.
    #[must_use]
    pub fn merge_due(&mut self) -> Option<Merge> {
        let sheets = merge::due(&self.manifest.sheets)?;
        let number = self.manifest.next;
        self.manifest.next += 1;
        Some(Merge { folder: self.folder.clone(), sheets, number })
    }

    /// Takes a finished merge: from now on its file stands for those that it holds. One whose files were
    /// merged otherwise meanwhile is dropped.
    ///
    /// # Errors
    /// What the disk says. A file that could not be removed is removed at the next start.
    pub fn merged(&mut self, merged: Merged) -> Result<(), Error> {
        let there = |number: &u64| self.manifest.sheets.iter().any(|s| s.number == *number);
        if !merged.replaces.iter().all(there) {
            return Ok(self.folder.remove(&merged.sheet.name())?);
        }
        let mut next = self.manifest.clone();
        next.sheets.retain(|s| !merged.replaces.contains(&s.number));
        next.sheets.push(merged.sheet);
        let gone: Vec<Sheet> =
            self.manifest.sheets.iter().filter(|s| merged.replaces.contains(&s.number)).cloned().collect();
        self.replace(next)?;
        for sheet in gone {
            self.folder.remove(&sheet.name())?;
        }
        Ok(())
    }

    /// The last `n` points of a series, oldest first.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn last(&self, series: &Series, n: usize) -> Result<Vec<Point>, Error> {
        let mut points = self.recent.last(series, n);
        let mut sheets: Vec<&Sheet> = self.manifest.sheets.iter().collect();
        sheets.sort_by_key(|s| std::cmp::Reverse(s.max_at));
        for sheet in sheets {
            let nth = points.len().checked_sub(n).and_then(|i| points.get(i));
            if n == 0 || nth.is_some_and(|p| sheet.max_at < p.at) {
                break;
            }
            points = self.with(sheet, series, Want::Last(n), points)?;
        }
        Ok(points[points.len().saturating_sub(n)..].iter().map(Held::point).collect())
    }

    /// The first `limit` points of a series with `from <= at < to`, in order.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn between(&self, series: &Series, from: Time, to: Time, limit: usize) -> Result<Vec<Point>, Error> {
        let (from, to) = (from.micros(), to.micros());
        let mut points = self.recent.between(series, from, to, limit);
        for sheet in self.manifest.sheets.iter().filter(|s| s.max_at >= from && s.min_at < to) {
            points = self.with(sheet, series, Want::Between { from, to, limit }, points)?;
        }
        Ok(points.iter().take(limit).map(Held::point).collect())
    }

    /// All points with `from <= at < to` of the given entities (of all, when none are given) and of the
    /// attributes that `wanted` picks, in order of series and time. The scan runs on without the store.
    ///
    /// # Errors
    /// When a file cannot be opened.
    pub fn scan(
        &self,
        from: Time,
        to: Time,
        entities: Option<&[EntityId]>,
        wanted: impl Fn(&str) -> bool + Send + 'static,
    ) -> Result<Scan, Error> {
        let (from, to) = (from.micros(), to.micros());
        let chosen = entities.map(|ids| ids.iter().map(Series::prefix).collect::<Vec<_>>());
        let mut sources = Vec::new();
        for sheet in self.manifest.sheets.iter().filter(|s| s.max_at >= from && s.min_at < to) {
            sources.push((Rows::open_near(self.folder.read(&sheet.name())?, chosen.clone())?, None));
        }
        let near = move |text: &str| chosen.as_ref().is_none_or(|c| c.iter().any(|p| text.starts_with(p)));
        let wanted: Wanted = Box::new(move |text, attribute| near(text) && wanted(attribute));
        let mut recent = Vec::new();
        for (series, run) in self.recent.runs() {
            if !point::parts(series).is_some_and(|(_, attribute, ..)| wanted(series, &attribute)) {
                continue;
            }
            let start = run.points.partition_point(|p| p.at < from);
            let points = run.points[start..].iter().take_while(|p| p.at < to);
            recent.extend(points.map(|held| (series.clone(), held.clone())));
        }
        let recent = recent.into_iter().peekable();
        Ok(Scan { from, to, sources, begun: false, sealed: None, recent, series: None, wanted })
    }

    fn with(
        &self,
        sheet: &Sheet,
        series: &Series,
        want: Want,
        points: Vec<Held>,
    ) -> Result<Vec<Held>, Error> {
        let file = self.folder.read(&sheet.name())?;
        Ok(fold::union(sheet_read::points(file, series.text(), want)?, points))
    }
}

#[cfg(test)]
mod tests;
