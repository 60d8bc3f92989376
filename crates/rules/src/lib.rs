//! Changes in, alerts out.
//!
//! Rules are declared in packs (`rules/*.yaml`, see [`definition`]). The engine follows applied commits in
//! order, keeps for every (rule, subject) what it must remember, and asks for `rules.raise` and
//! `rules.clear`; an alert is an entity of type `Alert` that only this engine writes. While an alert of a
//! (rule, subject) stands, none is raised again, also not after a restart.

mod alert;
mod book;
mod decide;
pub mod definition;
mod engine;
mod evaluate;
mod memory;
#[cfg(test)]
mod pen;
mod silence;

pub use alert::ALERT;
pub use book::{Book, Problem};
pub use definition::{Rule, Test, parse};
pub use engine::Rules;
