//! What tests of the whole city share: a city as a process of its own, a monitor that speaks HJ 212 over
//! TCP, and a small HTTP client. Everything waits on sockets and pipes, nothing sleeps.

mod city;
mod http;
mod monitor;

pub use city::{City, Credential};
pub use http::{Answer, request};
pub use monitor::Monitor;
