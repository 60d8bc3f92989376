//! Writes one Parquet file of points, sorted by series and time.
//!
//! Times are two columns, whole seconds and the microseconds beside them: devices report whole seconds, so
//! the second column costs nothing and the deltas of the first stay small. A number of a declared precision
//! is a count of steps. All numbers that grow are delta-coded, the rest is run-length coded; zstd over all.

use crate::point::{Held, Small, scaled};
use model::{Quality, Value};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;
use std::fs::File;
use std::sync::Arc;

/// Columns in order; `sheet_read` counts on it.
const SCHEMA: &str = "message point {
  required binary series (STRING);
  required int64 at_s;
  required int32 at_us;
  required int32 kind;
  optional int64 scaled;
  optional double step;
  optional double number;
  optional binary text (STRING);
  optional int32 quality;
  required int64 seq;
}";

/// Points in a row group: what a reader of a whole group holds at once.
pub(crate) const GROUP_POINTS: usize = 65_536;
/// Points in a page: what a reader of one series decodes at least.
const PAGE_POINTS: usize = 8_192;

/// What the value columns mean.
pub(crate) mod kind {
    pub const NUMBER: i32 = 0;
    pub const BOOL: i32 = 1;
    pub const TEXT: i32 = 2;
    pub const GEO: i32 = 3;
}

/// What a finished file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub points: u64,
    pub min_at: i64,
    pub max_at: i64,
}

/// A file being written.
pub(crate) struct SheetWriter {
    file: SerializedFileWriter<File>,
    group: Group,
    extent: Extent,
}

/// One optional column: a value where its level is 1.
struct Optional<T> {
    values: Vec<T>,
    levels: Vec<i16>,
}

impl<T> Default for Optional<T> {
    fn default() -> Self {
        Self { values: Vec::new(), levels: Vec::new() }
    }
}

impl<T> Optional<T> {
    fn push(&mut self, value: Option<T>) {
        self.levels.push(i16::from(value.is_some()));
        self.values.extend(value);
    }
}

#[derive(Default)]
struct Group {
    series: Vec<ByteArray>,
    at_s: Vec<i64>,
    at_us: Vec<i32>,
    kind: Vec<i32>,
    scaled: Optional<i64>,
    step: Optional<f64>,
    number: Optional<f64>,
    text: Optional<ByteArray>,
    quality: Optional<i32>,
    seq: Vec<i64>,
    last: Option<(Arc<str>, ByteArray)>,
}

impl SheetWriter {
    pub fn new(file: File) -> Result<Self> {
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let file = SerializedFileWriter::new(file, schema, Arc::new(properties()?))?;
        Ok(Self {
            file,
            group: Group::default(),
            extent: Extent { points: 0, min_at: i64::MAX, max_at: i64::MIN },
        })
    }

    /// Adds the next point; series and, within one, times must not go back.
    pub fn push(&mut self, series: &Arc<str>, step: Option<f64>, held: &Held) -> Result<()> {
        self.group.push(series, step, held)?;
        self.extent.points += 1;
        self.extent.min_at = self.extent.min_at.min(held.at);
        self.extent.max_at = self.extent.max_at.max(held.at);
        if self.group.seq.len() >= GROUP_POINTS { self.flush() } else { Ok(()) }
    }

    /// Writes the rest and the footer, and syncs.
    pub fn finish(mut self) -> Result<Extent> {
        if !self.group.seq.is_empty() {
            self.flush()?;
        }
        let file = self.file.into_inner()?;
        file.sync_all()?;
        Ok(self.extent)
    }

    fn flush(&mut self) -> Result<()> {
        let group = std::mem::take(&mut self.group);
        let mut out = self.file.next_row_group()?;
        column::<ByteArrayType>(&mut out, &group.series, None)?;
        column::<Int64Type>(&mut out, &group.at_s, None)?;
        column::<Int32Type>(&mut out, &group.at_us, None)?;
        column::<Int32Type>(&mut out, &group.kind, None)?;
        column::<Int64Type>(&mut out, &group.scaled.values, Some(&group.scaled.levels))?;
        column::<DoubleType>(&mut out, &group.step.values, Some(&group.step.levels))?;
        column::<DoubleType>(&mut out, &group.number.values, Some(&group.number.levels))?;
        column::<ByteArrayType>(&mut out, &group.text.values, Some(&group.text.levels))?;
        column::<Int32Type>(&mut out, &group.quality.values, Some(&group.quality.levels))?;
        column::<Int64Type>(&mut out, &group.seq, None)?;
        out.close()?;
        Ok(())
    }
}

fn column<T: DataType>(
    out: &mut SerializedRowGroupWriter<'_, File>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<()> {
    let mut column = out.next_column()?.ok_or_else(|| ParquetError::General("a column too many".into()))?;
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}

fn properties() -> Result<WriterProperties> {
    let path = |name: &str| ColumnPath::from(name);
    let mut b = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_data_page_row_count_limit(PAGE_POINTS)
        .set_write_batch_size(1_024)
        .set_statistics_truncate_length(None)
        .set_column_index_truncate_length(None)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(GROUP_POINTS));
    for name in ["series", "at_s"] {
        b = b.set_column_statistics_enabled(path(name), EnabledStatistics::Page);
    }
    for name in ["at_s", "at_us", "scaled", "seq"] {
        b = b
            .set_column_dictionary_enabled(path(name), false)
            .set_column_encoding(path(name), Encoding::DELTA_BINARY_PACKED);
    }
    b = b
        .set_column_dictionary_enabled(path("number"), false)
        .set_column_encoding(path("number"), Encoding::BYTE_STREAM_SPLIT);
    Ok(b.build())
}

impl Group {
    fn push(&mut self, series: &Arc<str>, step: Option<f64>, held: &Held) -> Result<()> {
        let name = match &self.last {
            Some((text, bytes)) if text == series => bytes.clone(),
            _ => ByteArray::from(&**series),
        };
        self.last = Some((series.clone(), name.clone()));
        self.series.push(name);
        self.at_s.push(held.at.div_euclid(1_000_000));
        self.at_us.push(i32::try_from(held.at.rem_euclid(1_000_000)).unwrap_or_default());
        let seq =
            i64::try_from(held.seq).map_err(|_| ParquetError::General("sequence beyond 63 bits".into()))?;
        self.seq.push(seq);
        self.quality.push(held.quality.map(quality_code));
        self.value(step, held);
        Ok(())
    }

    fn value(&mut self, step: Option<f64>, held: &Held) {
        let (kind, count, step, number, text) = match &held.value {
            Small::Bool(b) => (kind::BOOL, Some(i64::from(*b)), None, None, None),
            Small::Number(n) => match step.and_then(|s| scaled(*n, s).map(|c| (c, s))) {
                Some((count, step)) => (kind::NUMBER, Some(count), Some(step), None, None),
                None => (kind::NUMBER, None, None, Some(*n), None),
            },
            Small::Other(v) => match &**v {
                Value::Geo(g) => (kind::GEO, None, None, None, Some(g.to_json().to_string())),
                other => (kind::TEXT, None, None, None, other.as_str().map(str::to_owned)),
            },
        };
        self.kind.push(kind);
        self.scaled.push(count);
        self.step.push(step);
        self.number.push(number);
        self.text.push(text.map(|t| ByteArray::from(t.into_bytes())));
    }
}

fn quality_code(quality: Quality) -> i32 {
    match quality {
        Quality::Valid => 1,
        Quality::Invalid => 2,
        Quality::Manual => 3,
        Quality::Suspect => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes a point of a file with these series; each makes value number `i` at second `at`.
    fn bytes_a_point(
        series: usize,
        points: usize,
        step: f64,
        each: impl Fn(usize, usize) -> (i64, f64, u64),
    ) -> f64 {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.parquet");
        let mut writer = SheetWriter::new(File::create(&path).unwrap()).unwrap();
        for s in 0..series {
            let name: Arc<str> = format!("urn:ngsi-ld:Meter:{s:06} reading").into();
            for i in 0..points {
                let (at, value, seq) = each(s, i);
                let value = crate::point::unscaled(scaled(value, step).unwrap(), step);
                let held = Held {
                    at: at * 1_000_000,
                    seq,
                    value: Small::Number(value),
                    quality: Some(Quality::Valid),
                };
                writer.push(&name, Some(step), &held).unwrap();
            }
        }
        let extent = writer.finish().unwrap();
        assert_eq!(extent.points, (series * points) as u64);
        std::fs::metadata(path).unwrap().len() as f64 / (series * points) as f64
    }

    /// A fixed scramble of a number into 0..1.
    fn noise(n: usize) -> f64 {
        let x = (n as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let x = (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((x ^ (x >> 32)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    #[test]
    fn noisy_minute_values_take_at_most_3_5_bytes_a_point() {
        // 60 monitors, a day of minutes; each minute the city's 2,060 frames arrive in any order.
        let size = bytes_a_point(60, 1_440, 0.01, |s, i| {
            let wave = 30.0 + 10.0 * (i as f64 / 229.0).sin();
            let arrival = (i as f64 * 2_060.0 + noise(i * 61 + s + 7_000_000) * 2_060.0) as u64;
            (1_783_296_000 + i as i64 * 60, wave + 3.0 * (noise(i * 64 + s) - 0.5), arrival)
        });
        println!("noisy: {size:.2}");
        assert!(size <= 3.5, "{size} bytes a point");
    }

    #[test]
    fn slow_meters_take_at_most_2_6_bytes_a_point() {
        // 400 meters, a value every 15 minutes for 4 days, each at its own second; litres grow slowly.
        let size = bytes_a_point(400, 384, 0.001, |s, i| {
            let at = 1_783_296_000 + i as i64 * 900 + (s % 900) as i64;
            let used: f64 = (0..=i % 96).map(|q| noise(s * 1_000 + q * 7).powi(3)).sum::<f64>() * 0.05;
            let arrival = (i * 30_900 + s * 60) as u64 + (noise(i * 401 + s + 9_000_000) * 60.0) as u64;
            (at, 120.0 + s as f64 + (i / 96) as f64 * 1.6 + used, arrival)
        });
        println!("slow: {size:.2}");
        assert!(size <= 2.6, "{size} bytes a point");
    }
}
