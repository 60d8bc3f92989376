//! MQTT 3.1.1 and 5 for devices. See `README.md` beside this file.
//!
//! Packets, packet numbers and versions are the work of `mqtt-protocol-core`, which does no input or output; it is
//! named only inside this folder. Which device may do what, and that an acknowledgement waits for the commit, is ours.

pub mod config;
pub mod session;
pub mod topic;
mod wire;

pub use config::Config;
pub use session::{Ack, Connect, Event, Output, Publish, Rejection, Session};
pub use topic::Rights;
