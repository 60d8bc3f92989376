//! Which types the broker may write, and by which flow the others are changed.

use access::SECRET_TYPES;
use door::{Refusal, RefusalKind, Schemas, Text, TypeSchema, packs};
use model::{Attribute, Name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::State;

/// What the installed packs declare, as far as the broker needs it. Kept in the savepoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Owners {
    types: BTreeMap<Name, TypeSchema>,
    flows: BTreeMap<Name, Flow>,
}

/// The flow that changes the entities of a type.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Flow {
    id: String,
    title: Text,
}

/// The little of a flow's file that is needed here; the rest belongs to its own engine.
#[derive(Deserialize)]
struct FlowHead {
    id: String,
    #[serde(default)]
    title: Text,
    #[serde(default)]
    types: BTreeMap<String, String>,
}

impl Owners {
    /// Reads them from the installed packs.
    pub fn read(state: &State) -> Self {
        let schemas = Schemas::read(state);
        let types = schemas.all().map(|t| (t.kind.clone(), t.clone())).collect();
        let mut flows = BTreeMap::new();
        for file in packs::section(state, "flows") {
            // A file that cannot be read is the flow engine's to report.
            let Ok(head) = serde_yaml_ng::from_str::<FlowHead>(&file.text) else { continue };
            for kind in head.types.values() {
                flows.insert(Name::new(kind), Flow { id: head.id.clone(), title: head.title.clone() });
            }
        }
        Self { types, flows }
    }

    /// Whether the broker may write entities of these types. Each counts, not only the first: an entity is
    /// in the list of each, so a second type would slip something into a list that another engine answers for.
    ///
    /// # Errors
    /// `Forbidden` naming the engine and, when there is one, the flow by which they are changed.
    pub fn may_write(&self, types: &[Name]) -> Result<(), Refusal> {
        types.iter().try_for_each(|kind| self.may_write_one(kind.as_str()))
    }

    fn may_write_one(&self, kind: &str) -> Result<(), Refusal> {
        let writer = match self.types.get(kind) {
            Some(schema) => schema.writer.as_str(),
            None if kind == packs::PACK => "pack",
            None if SECRET_TYPES.contains(&kind) => "access",
            None => "broker",
        };
        if writer == "broker" {
            return Ok(());
        }
        let (zh, en) = match self.flows.get(kind) {
            Some(flow) => (
                format!(
                    "{kind} 由流程“{}”（{}）改动，不能直接改；请用 {writer} 的命令走这个流程",
                    flow.title.zh, flow.id
                ),
                format!(
                    "entities of type {kind} are changed by the flow {} ({}) only; use the commands of {writer}",
                    flow.id, flow.title.en
                ),
            ),
            None => (
                format!("{kind} 由 {writer} 改动，不能直接改；请用它的命令"),
                format!("entities of type {kind} are changed by {writer} only; use its commands"),
            ),
        };
        Err(Refusal::new(RefusalKind::Forbidden, "type", zh, en))
    }

    /// Whether attributes fit the schema of the type, `whole` when they are all of the entity.
    ///
    /// # Errors
    /// `Invalid` naming the attribute; the door would refuse the whole batch for it.
    pub fn fits(&self, kind: &str, attributes: &[Attribute], whole: bool) -> Result<(), Refusal> {
        let Some(schema) = self.types.get(kind) else { return Ok(()) };
        if whole {
            let lacks = |name: &Name| !attributes.iter().any(|a| a.name == *name);
            if let Some((name, _)) = schema.attributes.iter().find(|(n, s)| s.required && lacks(n)) {
                return Err(Refusal::new(RefusalKind::Invalid, name.as_str(), "缺少这一项", "is missing"));
            }
        }
        attributes.iter().try_for_each(|a| schema.check(a))
    }

    /// Whether the schema wants the attribute.
    pub fn requires(&self, kind: &str, attribute: &str) -> bool {
        self.types.get(kind).and_then(|t| t.attributes.get(attribute)).is_some_and(|a| a.required)
    }
}
