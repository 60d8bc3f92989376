//! HJ 212: data of pollution sources over TCP in ASCII frames. See `README.md` beside this file.

pub mod beijing;
pub mod codec;
pub mod config;
pub mod crc;
pub mod frame;
pub mod segment;
pub mod session;
pub mod split;

pub use codec::{Answer, decode};
pub use config::Config;
pub use frame::{Bad, Checks, Decoder, Frame, Item};
pub use segment::Segment;
