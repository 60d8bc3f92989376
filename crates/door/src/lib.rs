//! The one write path: command and permit in, durable and applied batch out.
//!
//! A [`Command`] reaches the [`Pen`] (through a [`Handle`] in a running city), an [`Engine`] decides it,
//! the door checks types, writers, versions and seals what is personal, the log takes it, the state
//! applies it, and the reactor lets every engine follow.

mod command;
mod engine;
mod handle;
mod open;
pub mod packs;
mod pen;
mod reactor;
mod registry;
mod schema;
mod schemas;
mod seal;
#[cfg(test)]
mod tests;

pub use command::{Body, Command, Decision, Expected, Receipt, Refusal, RefusalKind};
pub use engine::{Effect, Engine, Moment};
pub use handle::{Halted, Handle, Shell, Snapshot, start};
pub use open::{OpenError, Recovered, open};
pub use pen::{Instant, Pen, city_command};
pub use reactor::Reactor;
pub use registry::{Accounts, Packs, credential};
pub use schema::{AttributeSchema, Form, Text, TypeSchema};
pub use schemas::{Keep, Schemas};
pub use seal::Vault;
