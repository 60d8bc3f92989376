//! All declared types, and the checks that stand before every batch.

use crate::{Refusal, RefusalKind, TypeSchema, packs};
use model::{Change, Name};
use std::collections::BTreeMap;
use store::State;

/// The types that the installed packs declare.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    types: BTreeMap<Name, TypeSchema>,
    /// Files that could not be read, with the reason; `pack check` finds them before they are installed.
    pub broken: Vec<(Name, String)>,
}

/// What history keeps of an attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Keep {
    /// Smallest step that is kept; none keeps the double as it is.
    pub precision: Option<f64>,
    /// Personal series are never kept in plain.
    pub personal: bool,
}

impl Schemas {
    /// Reads the section `entities` of all installed packs.
    #[must_use]
    pub fn read(state: &State) -> Self {
        let mut schemas = Self::default();
        for file in packs::section(state, "entities") {
            match serde_yaml_ng::from_str::<TypeSchema>(&file.text) {
                Ok(schema) => {
                    schemas.types.insert(schema.kind.clone(), schema);
                }
                Err(e) => schemas.broken.push((file.path, e.to_string())),
            }
        }
        schemas
    }

    /// The schema of a type.
    #[must_use]
    pub fn get(&self, kind: &str) -> Option<&TypeSchema> {
        self.types.get(kind)
    }

    /// All declared types.
    pub fn all(&self) -> impl Iterator<Item = &TypeSchema> {
        self.types.values()
    }

    /// What history keeps of an attribute; none when its points are not kept.
    #[must_use]
    pub fn keep(&self, kind: &str, attribute: &str) -> Option<Keep> {
        let schema = self.types.get(kind).and_then(|t| t.attributes.get(attribute));
        match schema {
            Some(s) if s.history == Some(false) => None,
            Some(s) => Some(Keep { precision: s.precision, personal: s.personal }),
            None => Some(Keep { precision: None, personal: false }),
        }
    }

    /// Declares indexes and versioned types in a state.
    pub fn declare(&self, state: &mut State) {
        for schema in self.types.values() {
            for attribute in &schema.indexes {
                state.declare_index(&schema.kind, attribute);
            }
            if schema.versioned {
                state.declare_versioned(&schema.kind);
            }
        }
    }

    /// Checks that an engine may make a change, and that its values fit.
    ///
    /// # Errors
    /// `Forbidden` naming the writer of the type, or what the type's schema says of the value.
    pub fn check(&self, state: &State, engine: &str, change: &Change) -> Result<(), Refusal> {
        let present = state.get(change.key());
        let types = match change {
            Change::Create { types, .. } => &types[..],
            _ => present.map_or(&[][..], |e| &e.types[..]),
        };
        // An entity is listed under each of its types, so each must be this engine's to write.
        for other in types.iter().skip(1) {
            self.owned(engine, other.as_str(), change)?;
        }
        let kind = types.first().map_or("", Name::as_str);
        self.owned(engine, kind, change)?;
        let Some(schema) = self.types.get(kind) else { return Ok(()) };
        if let Change::Create { attributes, .. } = change {
            for (name, _) in schema.attributes.iter().filter(|(_, a)| a.required) {
                if !attributes.iter().any(|a| a.name == *name) {
                    return Err(Refusal::new(
                        RefusalKind::Invalid,
                        name.as_str(),
                        "缺少这一项",
                        "is missing",
                    ));
                }
            }
        }
        change.attributes().iter().try_for_each(|a| schema.check(a))
    }

    fn owned(&self, engine: &str, kind: &str, change: &Change) -> Result<(), Refusal> {
        let built_in = BUILT_IN.iter().find(|(k, _)| *k == kind).map_or("broker", |(_, w)| w);
        let writer = self.types.get(kind).map_or(built_in, |schema| schema.writer.as_str());
        let observes = engine == "gateway" && writer == "broker" && matches!(change, Change::Set { .. });
        if writer == engine || engine == "pack" || observes { Ok(()) } else { foreign(kind, writer) }
    }
}

/// Types that no pack declares, and their writers.
const BUILT_IN: [(&str, &str); 5] = [
    ("Pack", "pack"),
    ("Credential", "access"),
    ("Token", "access"),
    ("ReadAudit", "access"),
    ("DeviceSecret", "gateway"),
];

fn foreign(kind: &str, writer: &str) -> Result<(), Refusal> {
    Err(Refusal::new(
        RefusalKind::Forbidden,
        "type",
        format!("类型 {kind} 只能由 {writer} 改动，请走它的流程"),
        format!("entities of type {kind} are changed only by {writer}; use its commands"),
    ))
}
