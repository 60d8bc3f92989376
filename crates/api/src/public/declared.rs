//! What the installed packs declare for the pages: flows, duties, the front page, the map. Read once for each set of
//! installed packs, because reading costs more than a page.

use door::{Text, packs};
use flow::Definitions;
use model::{Entity, Name};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use store::State;

/// `views/front.yaml`. Other fields of the view are for the portal and the checks of packs.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct FrontView {
    /// The area whose name is that of the city.
    #[serde(default)]
    pub(crate) city: Option<String>,
    /// Types of the public stations.
    #[serde(default)]
    pub(crate) stations: Vec<Name>,
    /// What an alarm means for a resident, by matter; `other` stands for the rest.
    #[serde(default)]
    pub(crate) means: BTreeMap<String, Text>,
}

/// `views/map.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct MapView {
    /// How the map is meant.
    #[serde(default)]
    pub(crate) note: Text,
    /// Areas.
    #[serde(default)]
    pub(crate) areas: Vec<Layer>,
    /// Lines.
    #[serde(default)]
    pub(crate) lines: Vec<Layer>,
    /// Points.
    #[serde(default)]
    pub(crate) points: Vec<Layer>,
}

/// One type that is drawn.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Layer {
    /// The type.
    #[serde(rename = "type")]
    pub(crate) entity: Name,
    /// The attribute with the geometry.
    #[serde(alias = "at")]
    pub(crate) shape: Name,
    /// How it is drawn.
    #[serde(default)]
    pub(crate) kind: Option<String>,
    /// The attribute that says how it is drawn.
    #[serde(default)]
    pub(crate) kind_attr: Option<Name>,
    /// Page about one of it; `{id}` becomes its id.
    #[serde(default)]
    pub(crate) link: Option<String>,
}

impl Layer {
    /// How an entity of the layer is drawn.
    pub(crate) fn kind_of(&self, entity: &Entity) -> String {
        let own = self.kind_attr.as_ref().and_then(|a| entity.text(a.as_str()));
        own.or(self.kind.as_deref()).unwrap_or("other").to_owned()
    }
}

/// What a rule says of an upper limit: which attribute holds it.
#[derive(Deserialize)]
struct Limited {
    #[serde(rename = "type")]
    entity: Name,
    attribute: Name,
    #[serde(default)]
    above: Option<Bound>,
}

#[derive(Deserialize)]
struct Bound {
    #[serde(default)]
    attr: Option<Name>,
}

/// Attributes with an upper limit, by type and attribute: the attribute that holds the limit.
pub(crate) type Limits = BTreeMap<(Name, Name), Name>;

/// Everything that the packs declare for the pages.
pub(crate) struct Declared {
    pub(crate) flows: Definitions,
    pub(crate) duties: duty::Definitions,
    pub(crate) limits: Limits,
    pub(crate) front: FrontView,
    pub(crate) map: MapView,
}

/// The packs that were read last, by identity: an installed pack is another entity.
type Read = Option<(Vec<Arc<Entity>>, Arc<Declared>)>;
static READ: Mutex<Read> = Mutex::new(None);

/// What the packs of this state declare.
pub(crate) fn declared(state: &State) -> Arc<Declared> {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((of, declared)) = &*read
        && of.len() == state.count(packs::PACK)
        && state.all(packs::PACK).zip(of).all(|(a, b)| Arc::ptr_eq(a, b))
    {
        return declared.clone();
    }
    let declared = Arc::new(Declared {
        flows: Definitions::read(state),
        duties: duty::Definitions::read(state),
        limits: limits(packs::section(state, "rules").iter().map(|f| &*f.text)),
        front: view(state, "views/front.yaml").unwrap_or_default(),
        map: view(state, "views/map.yaml").unwrap_or_default(),
    });
    *read = Some((state.all(packs::PACK).cloned().collect(), declared.clone()));
    declared
}

/// The upper limits that rules compare with. A file that is no such rule says nothing about one.
fn limits<'a>(files: impl Iterator<Item = &'a str>) -> Limits {
    let rules = files.filter_map(|text| serde_yaml_ng::from_str::<Limited>(text).ok());
    rules.filter_map(|r| Some(((r.entity, r.attribute), r.above?.attr?))).collect()
}

/// The first pack's file of that name; one that cannot be read is reported and passed over.
fn view<V: for<'de> Deserialize<'de>>(state: &State, path: &str) -> Option<V> {
    let files = packs::section(state, "views");
    files.iter().filter(|f| f.path == *path).find_map(|f| match serde_yaml_ng::from_str(&f.text) {
        Ok(view) => Some(view),
        Err(e) => {
            tracing::warn!(pack = %f.pack, path, reason = %e, "view not readable");
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRONT: &str = include_str!("../../../../packs/yingtan/views/front.yaml");
    const MAP: &str = include_str!("../../../../packs/yingtan/views/map.yaml");

    #[test]
    fn the_views_of_the_demonstration_are_read() {
        let front: FrontView = serde_yaml_ng::from_str(FRONT).unwrap();
        assert!(front.stations.len() >= 2 && front.city.is_some());
        assert!(front.means.contains_key("other"));
        assert!(front.means.values().all(|t| !t.zh.is_empty() && !t.en.is_empty()));
        let map: MapView = serde_yaml_ng::from_str(MAP).unwrap();
        assert!(map.note.zh.contains("示意"));
        assert!(
            !map.areas.is_empty() && !map.lines.is_empty() && map.points.iter().all(|p| p.kind.is_some())
        );
    }

    #[test]
    fn a_layer_says_how_it_is_drawn() {
        let layer: Layer =
            serde_yaml_ng::from_str("{type: A, at: here, kind: dot, kind_attr: level}").unwrap();
        let entity = |v| crate::public::sight::tests::entity("urn:a:1", "A", v);
        assert_eq!(layer.shape, "here");
        assert_eq!(layer.kind_of(&entity(vec![("level", "city".into())])), "city");
        assert_eq!(layer.kind_of(&entity(vec![])), "dot");
    }

    #[test]
    fn only_upper_limits_are_limits() {
        let files = [
            "{id: a, type: Tank, attribute: level, above: {attr: level_max}}",
            "{id: b, type: Tank, attribute: oxygen, below: {attr: oxygen_min}}",
            "{id: c, type: Tank, attribute: heat, above: 40}",
            "{id: d, type: Tank, promise: minutes}",
        ];
        let limits = limits(files.into_iter());
        assert_eq!(
            limits.into_iter().collect::<Vec<_>>(),
            [(("Tank".into(), "level".into()), "level_max".into())]
        );
    }

    #[test]
    fn a_city_without_packs_declares_nothing() {
        let declared = declared(&State::default());
        assert!(declared.flows.first().is_none() && declared.front.stations.is_empty());
    }
}
