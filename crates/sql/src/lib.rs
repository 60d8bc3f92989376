//! Read-only SQL over current entities and history, under a Scope. The only crate that names datafusion.
//!
//! One table per declared type, named as the type, and the table `history`. A query sees only the tables,
//! rows and columns that its permit opens, because no others are made for it: there is nothing to bypass.
//! Personal attributes are no columns here; they are read one by one, for a purpose, through the record.
//! Nothing is written, no file and no address is opened, and text, time, rows and memory are bounded.

mod answer;
mod asking;
mod catalog;
mod cell;
mod column;
mod entities;
mod filter;
mod functions;
mod guard;
mod history;
#[cfg(test)]
mod hostile;
mod instant;
mod limits;
mod number;
mod pages;
mod run;
#[cfg(test)]
mod tests;
mod text;
mod watch;

pub use answer::{Answer, Column, Failure};
pub use history::{Points, Row, Rows, Want};
pub use limits::Limits;
pub use run::{Ground, run};
pub use watch::Over;
