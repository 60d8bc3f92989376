//! Rights as rows, readable by an auditor (house decision 7.7).

use model::{Name, Time};
use serde::{Deserialize, Serialize};

/// Types that hold secrets: `*` never covers them, so nobody reads or exports a hash by a broad right.
pub const SECRET_TYPES: [&str; 3] = ["Credential", "Token", "DeviceSecret"];

/// Which columns a right opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(from = "ColumnsText", into = "ColumnsText")]
pub enum Columns {
    /// Every attribute.
    #[default]
    All,
    /// These attributes only.
    Only(Vec<Name>),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ColumnsText {
    Word(String),
    List(Vec<Name>),
}

impl From<ColumnsText> for Columns {
    fn from(t: ColumnsText) -> Self {
        match t {
            ColumnsText::List(l) => Self::Only(l),
            ColumnsText::Word(w) if w == "all" => Self::All,
            ColumnsText::Word(w) => Self::Only(vec![Name::new(w)]),
        }
    }
}

impl From<Columns> for ColumnsText {
    fn from(c: Columns) -> Self {
        match c {
            Columns::All => Self::Word("all".into()),
            Columns::Only(l) => Self::List(l),
        }
    }
}

/// Which rows a right opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    /// Every row.
    All,
    /// Rows whose attribute `public` is true.
    Public,
    /// Rows whose `body` is the principal's own.
    #[default]
    OwnBody,
    /// Rows whose `area` is the principal's.
    Area,
    /// Rows whose `body` or `assignee` is the principal or its body.
    Assigned,
    /// Rows whose `owner` is what the principal stands for.
    Owner,
}

/// One row of rights: role × actions × types × columns × rows × purpose × dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Right {
    /// Its own id; stands in the audit of what it allowed.
    pub id: Name,
    /// The role that has it.
    pub role: Name,
    /// `read`, or the name of a command (`flow.dispatch`); a name that ends in `.*` is a whole engine.
    pub actions: Vec<Name>,
    /// Entity types; `*` is every type.
    pub types: Vec<Name>,
    /// Columns it opens.
    #[serde(default)]
    pub columns: Columns,
    /// Rows it opens.
    pub rows: Rows,
    /// The attribute that `rows` compares, when it is not the usual one.
    #[serde(default)]
    pub attribute: Option<Name>,
    /// For what personal attributes may be read; without it they stay sealed.
    #[serde(default)]
    pub purpose: Option<Name>,
    /// First moment it holds.
    #[serde(default)]
    pub from: Option<Time>,
    /// Moment from which it no longer holds.
    #[serde(default)]
    pub to: Option<Time>,
    /// The article it rests on.
    #[serde(default)]
    pub article: Option<String>,
}

impl Right {
    /// Whether the row allows the action at the time.
    #[must_use]
    pub fn allows(&self, action: &str, at: Time) -> bool {
        let dated = self.from.is_none_or(|f| f <= at) && self.to.is_none_or(|t| at < t);
        dated && self.actions.iter().any(|a| covers(a.as_str(), action))
    }

    /// Whether the row covers the type.
    #[must_use]
    pub fn covers_type(&self, kind: &str) -> bool {
        self.types.iter().any(|t| *t == kind || (*t == "*" && !SECRET_TYPES.contains(&kind)))
    }
}

fn covers(pattern: &str, action: &str) -> bool {
    pattern == "*"
        || pattern == action
        || pattern.strip_suffix('*').is_some_and(|engine| engine.ends_with('.') && action.starts_with(engine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broad_right_covers_no_secret() {
        let right: Right = serde_json::from_str(
            r#"{"id":"r","role":"administrator","actions":["read"],"types":["*"],"rows":"all"}"#,
        )
        .unwrap();
        assert!(right.covers_type("Device"));
        assert!(SECRET_TYPES.iter().all(|t| !right.covers_type(t)));
    }

    #[test]
    fn a_pattern_covers_an_engine_and_no_more() {
        assert!(covers("flow.*", "flow.reply") && covers("read", "read") && covers("*", "x.y"));
        assert!(!covers("flow.*", "flower.pick") && !covers("f*", "flow.reply"));
    }
}
