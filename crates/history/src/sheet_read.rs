//! Reads points of one series, or all in order, from a sealed Parquet file.
//!
//! A file is sorted by series and time, so the statistics of row groups and the page index lead to a few
//! pages; the other columns are decoded only for the rows asked for.

use crate::point::{Held, Small, unscaled};
use crate::sheet::kind;
use model::{Geometry, Quality, Value};
use parquet::column::reader::{ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::file::serialized_reader::ReadOptionsBuilder;
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

/// Which points of a series are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Want {
    /// The last so many.
    Last(usize),
    /// The first `limit` in `from..to`, microseconds.
    Between { from: i64, to: i64, limit: usize },
}

fn broken(what: &str) -> ParquetError {
    ParquetError::General(what.to_owned())
}

/// Points of one series in a file, in order.
pub(crate) fn points(file: File, series: &str, want: Want) -> Result<Vec<Held>> {
    let name = series.as_bytes().to_vec();
    let options = ReadOptionsBuilder::new().with_predicate(Box::new(move |g, _| may_hold(g, &name)));
    let reader = SerializedFileReader::new_with_options(file, options.with_page_index().build())?;
    let groups: Vec<usize> = match want {
        Want::Last(_) => (0..reader.num_row_groups()).rev().collect(),
        Want::Between { .. } => (0..reader.num_row_groups()).collect(),
    };
    let mut found: Vec<Held> = Vec::new();
    for index in groups {
        let left = match want {
            Want::Last(n) => Want::Last(n - found.len()),
            Want::Between { from, to, limit } => Want::Between { from, to, limit: limit - found.len() },
        };
        let more = in_group(&reader, index, series, left)?;
        match want {
            Want::Last(_) => found.splice(0..0, more).for_each(drop),
            Want::Between { .. } => found.extend(more),
        }
        let (Want::Last(enough) | Want::Between { limit: enough, .. }) = want;
        if found.len() >= enough {
            break;
        }
    }
    Ok(found)
}

/// Whether the statistics of a row group leave room for the series.
fn may_hold(group: &RowGroupMetaData, series: &[u8]) -> bool {
    let bounds = group.column(0).statistics().map(|s| (s.min_bytes_opt(), s.max_bytes_opt()));
    match bounds {
        Some((Some(min), Some(max))) => min <= series && series <= max,
        _ => true,
    }
}

/// Whether a row group may hold a series that begins with the prefix.
fn may_begin(group: &RowGroupMetaData, prefix: &[u8]) -> bool {
    let bounds = group.column(0).statistics().map(|s| (s.min_bytes_opt(), s.max_bytes_opt()));
    match bounds {
        // The least text with the prefix is the prefix; the greatest ones begin with it.
        Some((Some(min), Some(max))) => prefix <= max && (min <= prefix || min.starts_with(prefix)),
        _ => true,
    }
}

fn in_group(
    reader: &SerializedFileReader<File>,
    index: usize,
    series: &str,
    want: Want,
) -> Result<Vec<Held>> {
    let group = reader.get_row_group(index)?;
    let near = page_rows(reader, index, series.as_bytes())?;
    let rows = series_rows(&*group, near, series)?;
    if rows.is_empty() {
        return Ok(vec![]);
    }
    let rows = match want {
        Want::Last(n) => rows.end.saturating_sub(n).max(rows.start)..rows.end,
        Want::Between { from, to, limit } => {
            let at = times(&*group, rows.clone())?;
            let start = rows.start + at.partition_point(|t| *t < from);
            let end = rows.start + at.partition_point(|t| *t < to);
            start..end.min(start.saturating_add(limit)).max(start)
        }
    };
    held(&*group, rows)
}

/// The rows of the pages that may hold the series, by the page index.
fn page_rows(reader: &SerializedFileReader<File>, index: usize, series: &[u8]) -> Result<Range<usize>> {
    let meta = reader.metadata();
    let all = usize::try_from(meta.row_group(index).num_rows()).map_err(|_| broken("row count"))?;
    let indexes = meta.column_index().zip(meta.offset_index());
    let Some((columns, offsets)) = indexes.map(|(c, o)| (&c[index], &o[index])) else { return Ok(0..all) };
    let (Some(ColumnIndexMetaData::BYTE_ARRAY(names)), Some(pages)) = (columns.first(), offsets.first())
    else {
        return Ok(0..all);
    };
    let locations = pages.page_locations();
    let row =
        |page: usize| locations.get(page).map_or(all, |l| usize::try_from(l.first_row_index).unwrap_or(all));
    let holds = |page: &usize| match (names.min_value(*page), names.max_value(*page)) {
        (Some(min), Some(max)) => min <= series && series <= max,
        _ => true,
    };
    let held: Vec<usize> = (0..locations.len()).filter(holds).collect();
    Ok(match (held.first(), held.last()) {
        (Some(first), Some(last)) => row(*first)..row(last + 1),
        _ => 0..0,
    })
}

/// The rows within `near` whose series it is.
fn series_rows(group: &dyn RowGroupReader, near: Range<usize>, series: &str) -> Result<Range<usize>> {
    let names = required::<ByteArrayType>(group, 0, near.clone())?;
    let start = names.partition_point(|n| n.data() < series.as_bytes());
    let end = names.partition_point(|n| n.data() <= series.as_bytes());
    Ok(near.start + start..near.start + end)
}

fn times(group: &dyn RowGroupReader, rows: Range<usize>) -> Result<Vec<i64>> {
    let seconds = required::<Int64Type>(group, 1, rows.clone())?;
    let micros = required::<Int32Type>(group, 2, rows)?;
    let join = |(s, us): (i64, i32)| s.saturating_mul(1_000_000).saturating_add(i64::from(us));
    Ok(seconds.into_iter().zip(micros).map(join).collect())
}

fn opened<T: DataType>(
    group: &dyn RowGroupReader,
    column: usize,
    skip: usize,
) -> Result<ColumnReaderImpl<T>> {
    let mut reader = get_typed_column_reader::<T>(group.get_column_reader(column)?);
    if skip > 0 && reader.skip_records(skip)? != skip {
        return Err(broken("column too short"));
    }
    Ok(reader)
}

fn required<T: DataType>(group: &dyn RowGroupReader, column: usize, rows: Range<usize>) -> Result<Vec<T::T>> {
    let mut values = Vec::with_capacity(rows.len());
    let read = opened::<T>(group, column, rows.start)?.read_records(rows.len(), None, None, &mut values)?;
    if read.0 == rows.len() { Ok(values) } else { Err(broken("column too short")) }
}

fn optional<T: DataType>(
    group: &dyn RowGroupReader,
    column: usize,
    rows: Range<usize>,
) -> Result<Vec<Option<T::T>>> {
    let (mut values, mut levels) = (Vec::new(), Vec::with_capacity(rows.len()));
    let read = opened::<T>(group, column, rows.start)?.read_records(
        rows.len(),
        Some(&mut levels),
        None,
        &mut values,
    )?;
    if read.0 != rows.len() || levels.len() != rows.len() {
        return Err(broken("column too short"));
    }
    let mut values = values.into_iter();
    Ok(levels.into_iter().map(|l| if l > 0 { values.next() } else { None }).collect())
}

/// All columns of these rows.
fn held(group: &dyn RowGroupReader, rows: Range<usize>) -> Result<Vec<Held>> {
    if rows.is_empty() {
        return Ok(vec![]);
    }
    let at = times(group, rows.clone())?;
    let kinds = required::<Int32Type>(group, 3, rows.clone())?;
    let scaled = optional::<Int64Type>(group, 4, rows.clone())?;
    let steps = optional::<DoubleType>(group, 5, rows.clone())?;
    let numbers = optional::<DoubleType>(group, 6, rows.clone())?;
    let texts = optional::<ByteArrayType>(group, 7, rows.clone())?;
    let qualities = optional::<Int32Type>(group, 8, rows.clone())?;
    let seqs = required::<Int64Type>(group, 9, rows)?;
    let mut out = Vec::with_capacity(at.len());
    for i in 0..at.len() {
        let value = match kinds[i] {
            kind::BOOL => Small::Bool(scaled[i] == Some(1)),
            kind::NUMBER => Small::Number(match (scaled[i], steps[i], numbers[i]) {
                (Some(count), Some(step), _) => unscaled(count, step),
                (_, _, Some(number)) => number,
                _ => return Err(broken("a number without a value")),
            }),
            other => Small::Other(Arc::new(text(other, texts[i].as_ref())?)),
        };
        let seq = u64::try_from(seqs[i]).map_err(|_| broken("sequence below zero"))?;
        out.push(Held { at: at[i], seq, value, quality: qualities[i].and_then(quality) });
    }
    Ok(out)
}

fn text(kind: i32, bytes: Option<&ByteArray>) -> Result<Value> {
    let text = bytes.ok_or_else(|| broken("a text without bytes"))?.as_utf8()?;
    match kind {
        kind::TEXT => Ok(Value::text(text)),
        kind::GEO => {
            let json: serde_json::Value = serde_json::from_str(text).map_err(|e| broken(&e.to_string()))?;
            let kind = json["type"].as_str().unwrap_or_default();
            let geometry =
                Geometry::from_parts(kind, &json["coordinates"], "").map_err(|e| broken(&e.to_string()))?;
            Ok(Value::Geo(Arc::new(geometry)))
        }
        _ => Err(broken("unknown kind of value")),
    }
}

fn quality(code: i32) -> Option<Quality> {
    match code {
        1 => Some(Quality::Valid),
        2 => Some(Quality::Invalid),
        3 => Some(Quality::Manual),
        4 => Some(Quality::Suspect),
        _ => None,
    }
}

/// A point with its series and the step it was stored by.
pub(crate) type Row = (Arc<str>, Option<f64>, Held);

/// All points of a file in order, one row group in memory at a time.
pub(crate) struct Rows {
    reader: SerializedFileReader<File>,
    next_group: usize,
    rows: std::vec::IntoIter<Row>,
}

impl Rows {
    pub fn open(file: File) -> Result<Self> {
        Ok(Self { reader: SerializedFileReader::new(file)?, next_group: 0, rows: Vec::new().into_iter() })
    }

    /// The same, passing over row groups that hold no series that begins with one of the prefixes.
    pub fn open_near(file: File, prefixes: Option<Vec<String>>) -> Result<Self> {
        let Some(prefixes) = prefixes else { return Self::open(file) };
        let near = move |group: &RowGroupMetaData| prefixes.iter().any(|p| may_begin(group, p.as_bytes()));
        let options = ReadOptionsBuilder::new().with_predicate(Box::new(move |g, _| near(g)));
        let reader = SerializedFileReader::new_with_options(file, options.build())?;
        Ok(Self { reader, next_group: 0, rows: Vec::new().into_iter() })
    }

    /// The next point; none at the end.
    pub fn next(&mut self) -> Result<Option<Row>> {
        while self.rows.len() == 0 && self.next_group < self.reader.num_row_groups() {
            let group = self.reader.get_row_group(self.next_group)?;
            let all = usize::try_from(group.metadata().num_rows()).map_err(|_| broken("row count"))?;
            let names = required::<ByteArrayType>(&*group, 0, 0..all)?;
            let steps = optional::<DoubleType>(&*group, 5, 0..all)?;
            let points = held(&*group, 0..all)?;
            let mut name: Arc<str> = "".into();
            let mut rows = Vec::with_capacity(all);
            for ((bytes, step), point) in names.iter().zip(steps).zip(points) {
                if name.as_bytes() != bytes.data() {
                    name = bytes.as_utf8()?.into();
                }
                rows.push((name.clone(), step, point));
            }
            self.next_group += 1;
            self.rows = rows.into_iter();
        }
        Ok(self.rows.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::{GROUP_POINTS, SheetWriter};

    const S: [&str; 3] = ["urn:a:1 level", "urn:a:1 state", "urn:b:1 place"];

    fn value(series: usize, i: i64) -> Small {
        match series {
            0 => Small::Number(unscaled(i * 7 % 1_000, 0.01)),
            1 if i % 2 == 0 => Small::Other(Arc::new(Value::text(format!("水{i}")))),
            1 => Small::Bool(i % 3 == 0),
            _ if i % 2 == 0 => Small::Number(i as f64 / 3.0),
            _ => Small::Other(Arc::new(Value::from(model::Point { lon: 117.25, lat: 28.5 }))),
        }
    }

    fn one(series: usize, i: i64) -> Held {
        let quality = [
            None,
            Some(Quality::Valid),
            Some(Quality::Invalid),
            Some(Quality::Manual),
            Some(Quality::Suspect),
        ];
        Held {
            at: i * 1_500_000 - 3_000_000,
            seq: i as u64 * 2,
            value: value(series, i),
            quality: quality[i as usize % 5],
        }
    }

    /// The first series fills a row group and a half.
    fn written(dir: &tempfile::TempDir) -> (std::path::PathBuf, [i64; 3]) {
        let path = dir.path().join("p");
        let counts = [GROUP_POINTS as i64 * 3 / 2, 100, 10];
        let mut writer = SheetWriter::new(File::create(&path).unwrap()).unwrap();
        for (s, count) in counts.iter().enumerate() {
            let step = (s == 0).then_some(0.01);
            for i in 0..*count {
                writer.push(&Arc::from(S[s]), step, &one(s, i)).unwrap();
            }
        }
        let extent = writer.finish().unwrap();
        assert_eq!((extent.points, extent.min_at), (counts.iter().sum::<i64>() as u64, -3_000_000));
        (path, counts)
    }

    #[test]
    fn last_and_between_find_the_rows_across_groups_and_kinds() {
        let dir = tempfile::tempdir().unwrap();
        let (path, counts) = written(&dir);
        let get = |s: &str, want| points(File::open(&path).unwrap(), s, want).unwrap();
        for (s, count) in counts.iter().enumerate() {
            let want: Vec<Held> = (count - 5..*count).map(|i| one(s, i)).collect();
            assert_eq!(get(S[s], Want::Last(5)), want, "{}", S[s]);
        }
        let edge = GROUP_POINTS as i64;
        let want: Vec<Held> = (edge - 3..edge + 3).map(|i| one(0, i)).collect();
        let (from, to) = (one(0, edge - 3).at, one(0, edge + 3).at);
        assert_eq!(get(S[0], Want::Between { from, to, limit: 100 }), want);
        assert_eq!(get(S[0], Want::Between { from, to, limit: 4 }), want[..4]);
        assert_eq!(get(S[0], Want::Last(usize::MAX)).len() as i64, counts[0]);
        assert_eq!(get(S[2], Want::Between { from: i64::MIN, to: i64::MAX, limit: 99 }).len(), 10);
        for absent in ["urn:0 a", "urn:a:1 reading", "urn:z:1 z"] {
            assert!(get(absent, Want::Last(5)).is_empty());
            assert!(get(absent, Want::Between { from: i64::MIN, to: i64::MAX, limit: 9 }).is_empty());
        }
    }

    #[test]
    fn all_rows_come_back_in_order_with_their_steps() {
        let dir = tempfile::tempdir().unwrap();
        let (path, counts) = written(&dir);
        let mut rows = Rows::open(File::open(path).unwrap()).unwrap();
        for (s, count) in counts.iter().enumerate() {
            for i in 0..*count {
                let (name, step, point) = rows.next().unwrap().unwrap();
                assert_eq!((&*name, step, point), (S[s], (s == 0).then_some(0.01), one(s, i)));
            }
        }
        assert!(rows.next().unwrap().is_none());
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let (path, _) = written(&dir);
        let bytes = std::fs::read(&path).unwrap();
        for end in [0, 3, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..end]).unwrap();
            assert!(points(File::open(&path).unwrap(), S[0], Want::Last(1)).is_err(), "{end}");
        }
    }
}
