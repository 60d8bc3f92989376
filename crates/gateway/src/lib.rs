//! Devices: frames in, observations out.
//!
//! Protocols are pure state machines over bytes ([`protocol`]); a Thing Model declared by a pack
//! turns the device's words into attributes ([`thing`]); refused frames are kept in bounded rings
//! with the reason in words ([`quarantine`]).

pub mod counters;
pub mod directory;
pub mod engine;
pub mod limit;
pub mod listen;
pub mod logbook;
pub mod protocol;
pub mod quarantine;
pub mod reading;
pub mod reception;
pub mod secret;
#[cfg(test)]
mod seeded;
pub mod thing;
pub mod words;

pub use directory::{Identity, Known};
pub use engine::{DEVICE, Gateway, HELD, SECRET, held_id};
pub use logbook::{Link, Shared, Tally};
pub use protocol::hj212::segment::DigestKey;
pub use reception::{City, Live, Outcome, Reception, Settings};
pub use secret::{digest, secret_id};
