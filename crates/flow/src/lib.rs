//! Cases and tasks by the flow that a pack declares.
//!
//! A pack declares a flow ([`Definition`]): states, events, deadlines, reasons and matters. [`Flow`] is the
//! engine: its commands (`flow.report`, `flow.dispatch`, `flow.reply`, …) are decided against the state, new
//! signals open cases, and deadlines that pass are marked once. The functions beside it are pure reads for
//! screens. Nothing here reads a clock, makes randomness or does I/O.

mod act;
mod area;
mod ask;
mod check;
mod definition;
mod desk;
mod dice;
mod dispatch;
mod draft;
mod duty_list;
mod engine;
mod follow;
mod late;
mod lists;
mod matters;
mod merge;
mod offers;
mod open;
#[cfg(test)]
mod pen;
mod suggest;
mod task;
#[cfg(test)]
mod thread_tests;
mod words;

pub use definition::{
    Choice, Codes, Definition, Definitions, EventDef, FollowCode, Nearness, NotBy, Reason, StateDef,
    TaskFlow, Types,
};
pub use duty_list::{Suggested, duty_list};
pub use engine::Flow;
pub use follow::{Follow, Reply, Step, follow};
pub use lists::{checks, inbox, log, queue, replied};
pub use matters::{Matter, read_matters};
pub use offers::{Offer, events_for};
pub use suggest::{Suggestion, suggest};
