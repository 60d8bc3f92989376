//! History: every change of a numeric, text, boolean or geometry value as a point, in memory and in Parquet.
//!
//! A reader of the log with its own cursor. Recent points stand in memory; [`Store::seal`] writes them to
//! one Parquet file, sorted by series and time, and then the manifest that names the file and the cursor.
//! After a crash the log is read again from the cursor, and what had already come is recognised, so that
//! nothing is lost and nothing is there twice. Personal attributes have no history in this version: their
//! points are not kept at all, because a file cannot forget one subject (house decision 7.6).

mod fold;
mod folder;
mod manifest;
mod merge;
mod point;
mod recent;
mod scan;
mod sheet;
mod sheet_read;
mod store;

pub use merge::{Merge, Merged};
pub use point::{Keep, NotOpen, Point, Series};
pub use recent::Limits;
pub use scan::{Scan, Scanned};
pub use store::{Appended, Error, Store};
