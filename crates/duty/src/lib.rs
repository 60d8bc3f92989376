//! Articles, duties, evidence and the ledger.
//!
//! A duty is declared in a pack (`duties/*.yaml`, see [`definition`]): which paragraph, whom it obliges, and
//! which evidence shows that it is met. The engine only marks what a commit may have touched; the shell
//! takes the marks ([`Dirty`]), computes them on a snapshot with [`assess`], keeps what is news with
//! [`news`] and submits it as `duty.assess`. The result is an input like a reading, never recomputed on
//! replay. The machine only hints; what the public reads comes from [`public_word`] alone.

mod article;
mod assess;
mod bearer;
mod decide;
pub mod definition;
mod definitions;
mod detail;
mod dirty;
mod engine;
#[cfg(test)]
mod pen;
mod row;
mod word;

pub use article::{ArticleView, Chapter, ParagraphView, articles};
pub use assess::{Assessment, Source, assess};
pub use decide::{CELLS_MAX, bodies, news};
pub use definition::{Definition, parse};
pub use definitions::{Definitions, Problem};
pub use detail::{ArticleDetail, Group, RowView, article};
pub use dirty::{Cell, Dirty, Taken};
pub use engine::Duty;
pub use row::LEDGER_ROW;
pub use word::{Counts, PublicWord, Setting, StaffWord, public_word, staff_word};
