//! What a commit changes.

use crate::{Attribute, EntityId, EntityKey, Name};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An attribute to set; its `seq` is given by apply.
pub type SetAttribute = Attribute;

/// One accepted change. Apply never refuses one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// A new entity. One that exists already is replaced whole.
    Create {
        /// Which.
        key: EntityKey,
        /// Its types, the first leading.
        types: Vec<Name>,
        /// Its attributes.
        attributes: Vec<SetAttribute>,
    },
    /// Attributes set one by one. A value with an `observed_at` before the current one touches only history.
    Set {
        /// Which entity.
        key: EntityKey,
        /// The attributes.
        attributes: Vec<SetAttribute>,
    },
    /// Attributes removed.
    Unset {
        /// Which entity.
        key: EntityKey,
        /// Name and dataset id of each.
        attributes: Vec<(Name, Option<EntityId>)>,
    },
    /// An entity removed.
    Delete {
        /// Which.
        key: EntityKey,
    },
}

impl Change {
    /// The entity it is about.
    #[must_use]
    pub fn key(&self) -> &EntityKey {
        match self {
            Self::Create { key, .. }
            | Self::Set { key, .. }
            | Self::Unset { key, .. }
            | Self::Delete { key } => key,
        }
    }

    /// The attributes that it sets; empty for a removal.
    #[must_use]
    pub fn attributes(&self) -> &[SetAttribute] {
        match self {
            Self::Create { attributes, .. } | Self::Set { attributes, .. } => attributes,
            _ => &[],
        }
    }
}

/// A frame as it came from a device, kept once with the commit that it made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawFrame {
    /// The device entity.
    pub device: EntityId,
    /// `hj212`, `mqtt`, `http`.
    pub protocol: Name,
    /// The bytes, a password in them replaced by a keyed digest.
    pub bytes: Arc<[u8]>,
    /// Results of the checks on the bytes as they came (`crc ok, length ok`).
    pub checks: Name,
}
