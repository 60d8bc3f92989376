//! A view of the kind `collection` as a pack declares it, in `views/<id>.yaml`.

use crate::Problem;
use axum::http::StatusCode;
use door::{Text, packs};
use model::Name;
use serde::Deserialize;
use std::collections::BTreeMap;
use store::State;

/// Most columns of one view.
const COLUMNS_MAX: usize = 40;
/// Most facets of one view.
const FACETS_MAX: usize = 12;

/// The kinds that are answered from a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A list of anything.
    Collection,
}

/// Where a view is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Surface {
    /// Pages for everybody.
    Public,
    /// Pages behind the sign-in.
    Staff,
    /// Pages for a telephone in the field.
    Phone,
    /// A wall.
    Wall,
}

/// How a cell is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// Words.
    Text,
    /// A number in the unit of the column.
    Number,
    /// How long ago a time was.
    Ago,
    /// A share of one, as per cent.
    Share,
    /// A word for a state.
    State,
    /// A time.
    Time,
}

impl Format {
    /// The word on the wire.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Ago => "ago",
            Self::Share => "share",
            Self::State => "state",
            Self::Time => "time",
        }
    }
}

/// What can be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Export {
    /// Text with commas.
    Csv,
}

/// Where the titles of an attribute's values come from, when the view does not list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Names {
    /// The value is the id of a Thing Model.
    Things,
}

/// One column.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Column {
    /// The attribute.
    pub(crate) attr: Name,
    /// Its title; that of the type's schema when nothing is said.
    #[serde(default)]
    pub(crate) title: Option<Text>,
    /// How its cells are shown; by the schema when nothing is said.
    #[serde(default)]
    pub(crate) format: Option<Format>,
    /// The unit in words; that of the schema when nothing is said.
    #[serde(default)]
    pub(crate) unit: Option<String>,
    /// The page of a row, with `{id}` for its entity.
    #[serde(default)]
    pub(crate) link: Option<String>,
    /// Titles of its values.
    #[serde(default)]
    pub(crate) values: BTreeMap<String, Text>,
    /// Where the titles come from.
    #[serde(default)]
    pub(crate) names: Option<Names>,
}

/// One filter.
#[derive(Clone, Debug)]
pub(crate) struct Facet {
    /// The attribute.
    pub(crate) attr: Name,
    /// Its title; that of the column or schema when nothing is said.
    pub(crate) title: Option<Text>,
    /// Titles of its values; those of the column when nothing is said.
    pub(crate) values: BTreeMap<String, Text>,
    /// Where the titles come from.
    pub(crate) names: Option<Names>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FacetText {
    Attr(Name),
    Whole(FacetWhole),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FacetWhole {
    attr: Name,
    #[serde(default)]
    title: Option<Text>,
    #[serde(default)]
    values: BTreeMap<String, Text>,
    #[serde(default)]
    names: Option<Names>,
}

impl<'de> Deserialize<'de> for Facet {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(match FacetText::deserialize(d)? {
            FacetText::Attr(attr) => Self { attr, title: None, values: BTreeMap::new(), names: None },
            FacetText::Whole(w) => Self { attr: w.attr, title: w.title, values: w.values, names: w.names },
        })
    }
}

/// The words of a view.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    /// Its title.
    pub(crate) title: Text,
    /// What stands there when there is nothing.
    pub(crate) empty: Text,
}

/// A declared list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Collection {
    /// Its id; the name of its file.
    pub(crate) id: String,
    /// `collection`.
    #[serde(rename = "kind")]
    pub(crate) _kind: Kind,
    /// The article that it serves, or `system`.
    pub(crate) article: String,
    /// Who does what here, in one sentence.
    #[serde(rename = "job")]
    pub(crate) _job: Text,
    /// Roles that may open it; `public` is everybody.
    pub(crate) audience: Vec<Name>,
    /// Where it is shown.
    #[serde(default, rename = "surface")]
    pub(crate) _surface: Option<Surface>,
    /// The type of its rows.
    #[serde(rename = "type")]
    pub(crate) entity: Name,
    /// Its columns.
    pub(crate) columns: Vec<Column>,
    /// Its filters.
    #[serde(default)]
    pub(crate) facets: Vec<Facet>,
    /// Attributes in which words are searched.
    #[serde(default)]
    pub(crate) search: Vec<Name>,
    /// Its order when none is asked for: attributes, `-` before one for the greatest first. The first counts.
    #[serde(default)]
    pub(crate) sort: Vec<String>,
    /// Commands that are offered.
    #[serde(default, rename = "actions")]
    pub(crate) _actions: Vec<Name>,
    /// Its words.
    pub(crate) words: Words,
    /// What can be taken away.
    #[serde(default)]
    pub(crate) export: Vec<Export>,
}

impl Collection {
    /// Reads and checks a declaration.
    ///
    /// # Errors
    /// One line that names the field at fault.
    pub(crate) fn parse(yaml: &str) -> Result<Self, String> {
        let view: Self = serde_yaml_ng::from_str(yaml).map_err(|e| e.to_string())?;
        if view.columns.is_empty() || view.columns.len() > COLUMNS_MAX {
            return Err(format!("columns: 1 to {COLUMNS_MAX} are needed"));
        }
        if view.facets.len() > FACETS_MAX {
            return Err(format!("facets: at most {FACETS_MAX}"));
        }
        if view.audience.is_empty() {
            return Err("audience: at least one role is needed".into());
        }
        for sort in &view.sort {
            if view.column(sort.trim_start_matches('-')).is_none() {
                return Err(format!("sort: {sort} is no column"));
            }
        }
        for column in &view.columns {
            if column.link.as_ref().is_some_and(|l| !l.starts_with('/') || !l.contains("{id}")) {
                return Err(format!("columns.{}.link: must begin with / and hold {{id}}", column.attr));
            }
        }
        Ok(view)
    }

    /// The column of an attribute.
    pub(crate) fn column(&self, attr: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.attr == *attr)
    }

    /// The installed view of an id.
    ///
    /// # Errors
    /// 404 when no pack declares it as a collection; 500 when its file cannot be read.
    pub(crate) fn installed(state: &State, id: &str) -> Result<Self, Problem> {
        let path = format!("views/{id}.yaml");
        let file = packs::section(state, "views").into_iter().find(|f| f.path == *path);
        let file =
            file.filter(|f| is_collection(&f.text)).ok_or_else(|| Problem::missing(&format!("view {id}")))?;
        Self::parse(&file.text)
            .and_then(|v| if v.id == id { Ok(v) } else { Err("id: not the name of the file".into()) })
            .map_err(|e| {
                tracing::error!(pack = %file.pack, file = %file.path, reason = e, "view not readable");
                let en = format!("the view {id} cannot be read: {e}");
                Problem::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    None,
                    format!("视图 {id} 的声明有误：{e}"),
                    en,
                )
            })
    }
}

#[derive(Deserialize)]
struct Head {
    kind: String,
}

fn is_collection(yaml: &str) -> bool {
    serde_yaml_ng::from_str::<Head>(yaml).is_ok_and(|h| h.kind == "collection")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A view of tanks, as a pack would declare it.
    pub(crate) const TANKS: &str = "
id: tanks
kind: collection
article: system
job: { zh: 看, en: look }
audience: [keeper]
type: Tank
columns:
  - { attr: name, link: '/tanks/{id}' }
  - { attr: level, unit: m }
  - { attr: state, values: { full: { zh: 满, en: full } } }
  - { attr: seen_at, format: ago }
  - { attr: area }
facets: [state, { attr: area, title: { zh: 区, en: Area } }]
search: [name]
sort: [-level]
words: { title: { zh: 罐, en: Tanks }, empty: { zh: 无, en: none } }
export: [csv]
";

    #[test]
    fn a_declaration_is_read_with_all_its_parts() {
        let view = Collection::parse(TANKS).unwrap();
        assert_eq!((view.entity.as_str(), view.columns.len(), view.facets.len()), ("Tank", 5, 2));
        assert_eq!(view.facets[1].title.as_ref().unwrap().zh, "区");
        assert_eq!((view.columns[3].format, view.export.len()), (Some(Format::Ago), 1));
    }

    #[test]
    fn the_device_pack_s_own_view_is_readable() {
        let view = Collection::parse(include_str!("../../../../packs/device/views/devices.yaml")).unwrap();
        assert_eq!(view.id, "devices");
        assert_eq!(view.facets.iter().find(|f| f.names.is_some()).unwrap().attr, *"thing_model");
    }

    #[test]
    fn faults_name_the_field() {
        let cases = [
            (TANKS.replace("sort: [-level]", "sort: [depth]"), "sort: depth"),
            (TANKS.replace("'/tanks/{id}'", "tanks"), "columns.name.link"),
            (TANKS.replace("audience: [keeper]", "audience: []"), "audience"),
            (TANKS.replace("search: [name]", "serach: [name]"), "serach"),
            (TANKS.replace("kind: collection", "kind: wizard"), "kind"),
            (TANKS.replace("format: ago", "format: soon"), "soon"),
        ];
        for (yaml, word) in cases {
            let fault = Collection::parse(&yaml).unwrap_err();
            assert!(fault.contains(word), "{word}: {fault}");
        }
    }
}
