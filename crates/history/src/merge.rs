//! Merges small files into a larger one, so that a series lies in few files however often was sealed.
//!
//! A merge runs apart from the store and takes no lock; the store only takes its result.

use crate::fold;
use crate::folder::Folder;
use crate::manifest::Sheet;
use crate::sheet::SheetWriter;
use crate::sheet_read::{Row, Rows};
use crate::store::Error;

/// Files of one level that are merged into one of the next.
pub(crate) const FAN: usize = 8;
/// A file of so many points is merged no more.
const FULL_POINTS: u64 = 10_000_000;

/// Files to merge, and the number of the file that they become.
#[derive(Debug)]
pub struct Merge {
    pub(crate) folder: Folder,
    pub(crate) sheets: Vec<Sheet>,
    pub(crate) number: u64,
}

/// A finished merge, to be taken by the store.
#[derive(Debug)]
pub struct Merged {
    pub(crate) sheet: Sheet,
    pub(crate) replaces: Vec<u64>,
}

/// The oldest files of a level that has enough of them.
pub(crate) fn due(sheets: &[Sheet]) -> Option<Vec<Sheet>> {
    let levels = sheets.iter().map(|s| s.level).max()?;
    (0..=levels).find_map(|level| {
        let of_level = sheets.iter().filter(|s| s.level == level && s.points < FULL_POINTS);
        let mut chosen: Vec<Sheet> = of_level.take(FAN).cloned().collect();
        chosen.sort_by_key(|s| s.number);
        (chosen.len() == FAN).then_some(chosen)
    })
}

impl Merge {
    /// Writes the merged file, synced and named, but not yet in the manifest.
    ///
    /// # Errors
    /// What the disk or a damaged file says; the files that were to be merged stand as they did.
    pub fn run(self) -> Result<Merged, Error> {
        let mut sources = Vec::with_capacity(self.sheets.len());
        for sheet in &self.sheets {
            let mut rows = Rows::open(self.folder.read(&sheet.name())?)?;
            let head = rows.next()?;
            sources.push((rows, head));
        }
        let mut sheet = Sheet {
            number: self.number,
            level: self.sheets.iter().map(|s| s.level).max().unwrap_or_default() + 1,
            points: 0,
            min_at: 0,
            max_at: 0,
        };
        let mut writer = SheetWriter::new(self.folder.begin(&sheet.name())?)?;
        while let Some((series, step, point)) = least(&mut sources)? {
            writer.push(&series, step, &point)?;
        }
        let extent = writer.finish()?;
        self.folder.finish(&sheet.name())?;
        (sheet.points, sheet.min_at, sheet.max_at) = (extent.points, extent.min_at, extent.max_at);
        Ok(Merged { sheet, replaces: self.sheets.iter().map(|s| s.number).collect() })
    }
}

/// Takes the least point of all sources; points of one series and time become the one that stands.
pub(crate) fn least(sources: &mut [(Rows, Option<Row>)]) -> Result<Option<Row>, Error> {
    let key = |row: &Option<Row>| row.as_ref().map(|(series, _, p)| (series.clone(), p.at));
    let Some(lowest) = sources.iter().filter_map(|(_, head)| key(head)).min() else { return Ok(None) };
    let mut stands: Option<Row> = None;
    for (rows, head) in sources.iter_mut() {
        if key(head).as_ref() != Some(&lowest) {
            continue;
        }
        let next = rows.next()?;
        let Some((series, step, point)) = std::mem::replace(head, next) else { continue };
        stands = match stands.take() {
            None => Some((series, step, point)),
            Some((_, old_step, old)) => {
                let step = if point.seq > old.seq { step } else { old_step };
                fold::union(vec![old], vec![point]).pop().map(|point| (series, step, point))
            }
        };
    }
    Ok(stands)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(number: u64, level: u32, points: u64) -> Sheet {
        Sheet { number, level, points, min_at: 0, max_at: 0 }
    }

    #[test]
    fn eight_of_a_level_are_due_and_full_ones_never() {
        let of = |n: u64, level, points| (0..n).map(move |i| sheet(i, level, points));
        assert!(due(&[]).is_none());
        assert!(due(&of(7, 0, 10).collect::<Vec<_>>()).is_none());
        assert_eq!(due(&of(9, 0, 10).collect::<Vec<_>>()).map(|s| s.len()), Some(FAN));
        assert_eq!(due(&of(9, 3, 10).collect::<Vec<_>>()).map(|s| s[0].level), Some(3));
        assert!(due(&of(9, 3, FULL_POINTS).collect::<Vec<_>>()).is_none());
        assert!(due(&of(4, 0, 10).chain(of(4, 1, 10)).collect::<Vec<_>>()).is_none());
    }
}
