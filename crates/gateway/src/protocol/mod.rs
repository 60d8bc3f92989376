//! Device protocols. One folder each; every one is a state machine over bytes without input or output.

pub mod hj212;
pub mod json;
pub mod mqtt;
