//! One file a command.

pub mod link;
pub mod pack;
pub mod serve;
pub mod simulate;
pub mod token;
