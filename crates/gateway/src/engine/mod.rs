//! The engine `gateway`: it turns observations into changes and keeps the register of devices.
//!
//! Commands, all with JSON bodies except the first:
//! - `gateway.observe` (a device's permit; observations and the frame),
//! - `gateway.hold {login, protocol, reason, peer, sample, frames, digest}` (the city),
//! - `gateway.connections {devices: {id: "connected"}}` or `{all: "disconnected"}` (the city),
//! - `gateway.secrets {secrets: [{device, digest}]}` (the city),
//! - `gateway.register {login, protocol, thing_model, name, subject, body, firm, area, promise_minutes, digest}`,
//! - `gateway.approve {held, thing_model, name, subject, …}`, `gateway.refuse {held}`, `gateway.retire {device}`.
//!
//! A digest is made by [`crate::secret::digest`]; no secret ever stands in a command.

mod connection;
mod form;
mod hold;
mod observe;
mod register;
#[cfg(test)]
mod tests;

use door::{Body, Command, Decision, Effect, Engine, Moment, Refusal, RefusalKind};
use model::{Commit, Outcome};

pub use hold::held_id;

/// Type of a registered device.
pub const DEVICE: &str = "Device";
/// Type of a device that waits for approval.
pub const HELD: &str = "HeldDevice";
/// Type of the entity that holds a device's secret.
pub const SECRET: &str = "DeviceSecret";

/// The engine. It keeps nothing between commits: everything stands in the state.
#[derive(Debug, Default)]
pub struct Gateway;

impl Engine for Gateway {
    fn name(&self) -> &'static str {
        "gateway"
    }

    fn decide(&self, at: &Moment<'_>, command: &Command) -> Result<Decision, Refusal> {
        match command.name.as_str() {
            "gateway.observe" => observe::decide(at, command),
            "gateway.hold" => hold::hold(at, command),
            "gateway.approve" => register::approve(at, command),
            "gateway.refuse" => hold::refuse(at, command),
            "gateway.register" => register::register(at, command),
            "gateway.retire" => register::retire(at, command),
            "gateway.secrets" => register::secrets(at, command),
            "gateway.connections" => connection::decide(at, command),
            other => Err(Refusal::new(
                RefusalKind::Missing,
                "name",
                format!("没有命令 {other}"),
                format!("no command {other}"),
            )),
        }
    }

    fn step(&mut self, at: &Moment<'_>, commit: &Commit) -> Vec<Effect> {
        match commit.header.outcome {
            // Nobody is connected to a city that has just started.
            Outcome::Started { .. } if connection::any(at.state) => vec![Effect {
                command: "gateway.connections".into(),
                body: Body::Json(serde_json::json!({ "all": "disconnected" })),
                pack: None,
            }],
            _ => vec![],
        }
    }

    fn save(&self) -> Vec<u8> {
        vec![]
    }

    fn load(&mut self, _: &[u8]) -> Result<(), String> {
        Ok(())
    }
}
