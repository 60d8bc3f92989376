//! Thing Models: what a kind of device says, and which attributes it becomes. Packs declare them.

pub mod map;
pub mod model;

pub use map::{Mapped, map};
pub use model::{Mark, Protocol, ReadingModel, ThingModel};
