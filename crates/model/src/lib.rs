//! Values of the city: entities, attributes, changes, commits, ids, time and geometry.
//!
//! Everything here is plain data: no clock, no I/O, no randomness. Two times stand on every value
//! (`recorded_at` of its commit and its own `observed_at`), and every key carries its tenant.

mod alert;
mod change;
mod commit;
mod entity;
mod geo;
mod id;
mod json;
mod observation;
mod time;
mod value;

pub use alert::{AlertLevel, Certainty, Severity, Urgency};
pub use change::{Change, RawFrame, SetAttribute};
pub use commit::{Actor, Cause, Class, Commit, Header, Outcome};
pub use entity::{Attribute, AttributeKind, Entity, EntityKey};
pub use geo::{Geometry, Point, distance_m};
pub use id::{EntityId, Epoch, IdError, Name, Position, Seq, Tenant};
pub use json::{JsonError, entity_from_simple, entity_to_simple};
pub use observation::{Observation, Quality};
pub use time::{Time, TimeError};
pub use value::{Sealed, Value};
