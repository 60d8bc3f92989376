//! What the shell hands to the interface: the door, the readers, time and randomness.

use access::{Access, Permit, Principal};
use door::{Handle, Snapshot};
use model::{Name, Time};
use std::net::SocketAddr;
use std::sync::Arc;

/// Random bytes for links, sessions and codes.
pub type Random = Arc<dyn Fn() -> [u8; 32] + Send + Sync>;
/// The wall clock of the shell.
pub type Now = Arc<dyn Fn() -> Time + Send + Sync>;

/// The parts that the interface reads and writes through.
pub struct Ports {
    /// The one write path, and the newest position for reads.
    pub door: Handle,
    /// Points of history.
    pub history: Arc<dyn crate::Points>,
    /// Statements over entities and history; none in a binary that was built without.
    pub sql: Option<Arc<dyn crate::Sql>>,
    /// Where devices hand in: identities, refused frames, counters, readings over HTTP.
    pub gateway: gateway::Reception<gateway::Live>,
    /// Photographs.
    pub blobs: Arc<dyn crate::Photos>,
    /// The wall clock.
    pub now: Now,
    /// Randomness.
    pub random: Random,
    /// Why the pen stopped accepting, when it did.
    pub halted: door::Halted,
    /// Where devices connect, as the connect page tells it.
    pub listening: Listening,
    /// Whether this is the demonstration city.
    pub demo: bool,
}

/// Addresses of the listeners.
#[derive(Clone, Copy, Debug)]
pub struct Listening {
    /// Screens and interfaces.
    pub http: SocketAddr,
    /// MQTT.
    pub mqtt: SocketAddr,
    /// HJ 212.
    pub hj212: SocketAddr,
}

/// The ports with what the interface itself remembers.
#[derive(Clone)]
pub struct City {
    /// The ports.
    pub ports: Arc<Ports>,
    /// Who is signed in.
    pub sessions: Arc<crate::session::Sessions>,
    /// What each address has sent of late.
    pub floods: Arc<crate::flood::Floods>,
}

impl City {
    /// A city over its ports, with nobody signed in.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self { ports: Arc::new(ports), sessions: Arc::default(), floods: Arc::default() }
    }

    /// The newest durable position.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.ports.door.snapshot()
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Time {
        (self.ports.now)()
    }

    /// 32 random bytes as 64 hexadecimal figures.
    #[must_use]
    pub fn secret(&self) -> String {
        (self.ports.random)().iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Leave for a principal, or the problem that there is no right.
    ///
    /// # Errors
    /// 403 with the action.
    pub fn permit(
        &self,
        access: &Access,
        who: &Arc<Principal>,
        action: &str,
    ) -> Result<Permit, crate::Problem> {
        access.permit(who, action, self.now()).map_err(|_| crate::Problem::forbidden(action))
    }

    /// Submits a command of a principal.
    ///
    /// # Errors
    /// The refusal as a problem.
    pub async fn submit(
        &self,
        who: &Arc<Principal>,
        name: &str,
        body: serde_json::Value,
        key: Option<Name>,
        expected: Vec<door::Expected>,
    ) -> Result<door::Receipt, crate::Problem> {
        let permit = self.permit(&self.snapshot().access, who, name)?;
        let command = door::Command {
            name: Name::new(name),
            version: 1,
            body: door::Body::Json(body),
            permit,
            idempotency_key: key,
            expected,
        };
        Ok(self.ports.door.submit(command).await?)
    }
}
