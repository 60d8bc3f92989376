//! The query language `q` (clause 4.9): parsed once, then asked of entities.

mod matching;
mod parse;
#[cfg(test)]
mod tests;

use crate::context::Context;
use crate::error::LdError;
use model::{Entity, Name, Time};
use regex_lite::Regex;

/// A query as it was understood.
#[derive(Clone, Debug)]
pub struct Query {
    expr: Expr,
}

/// A node of the query.
#[derive(Clone, Debug)]
enum Expr {
    Any(Vec<Expr>),
    All(Vec<Expr>),
    Exists(Target),
    Compare(Target, Op, Operand),
}

/// `a.b[c.d]`: attribute, sub-attributes, and a path inside the value.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    names: Vec<Name>,
    inside: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Equal,
    Unequal,
    Less,
    Greater,
    AtMost,
    AtLeast,
    Like,
    Unlike,
}

#[derive(Clone, Debug)]
enum Operand {
    One(Literal),
    List(Vec<Literal>),
    Range(Literal, Literal),
    Pattern(Regex),
}

#[derive(Clone, Debug, PartialEq)]
enum Literal {
    Number(f64),
    Bool(bool),
    Time(Time, String),
    Text(String),
}

/// Reads a query; at most 4,096 bytes, 64 terms and 8 levels of parentheses.
///
/// # Errors
/// `BadRequestData` with the place where it is not understood.
pub fn parse_q(text: &str, context: &Context) -> Result<Query, LdError> {
    parse::query(text, context).map(|expr| Query { expr })
}

impl Query {
    /// Whether an entity fulfils it. Ask it of the entity as the caller may see it, so that a closed column
    /// does not show through.
    #[must_use]
    pub fn matches(&self, entity: &Entity) -> bool {
        matching::holds(&self.expr, entity)
    }

    /// Attributes whose plain text or id must equal a text for the query to hold: what an index can answer.
    #[must_use]
    pub fn equalities(&self) -> Vec<(&Name, &str)> {
        let terms = match &self.expr {
            Expr::All(list) => &list[..],
            one => std::slice::from_ref(one),
        };
        let each = terms.iter().filter_map(|t| match t {
            Expr::Compare(target, Op::Equal, Operand::One(Literal::Text(text)))
                if target.names.len() == 1 && target.inside.is_empty() =>
            {
                Some((&target.names[0], text.as_str()))
            }
            _ => None,
        });
        each.collect()
    }
}
