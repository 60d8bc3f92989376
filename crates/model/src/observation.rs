//! What a device's reading means.

use crate::{EntityId, Name, Time, Value};
use serde::{Deserialize, Serialize};

/// How far a value can be trusted, from the device's own marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// No mark against it.
    Valid,
    /// The device was stopped, faulty, calibrated, maintained or cut off.
    Invalid,
    /// Entered by hand.
    Manual,
    /// Beyond the instrument's range or the limit set in it.
    Suspect,
}

/// A reading mapped by a Thing Model: entity, attribute, value, unit, time, quality.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The entity that was observed.
    pub entity: EntityId,
    /// The attribute.
    pub attribute: Name,
    /// The value.
    pub value: Value,
    /// UN/CEFACT common code.
    pub unit_code: Option<Name>,
    /// When it was true.
    pub observed_at: Time,
    /// How far it can be trusted.
    pub quality: Quality,
    /// The device's own mark, as sent.
    pub mark: Option<Name>,
}
