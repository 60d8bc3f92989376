//! What is looked at before a statement is planned: its length, the number of its operators, and how large
//! its plan can grow.
//!
//! The watch of a running statement does not see its planning, which no memory pool bounds either; so what
//! makes planning deep or large is counted here, in the text and in the tree that the parser makes of it.

use crate::{Failure, Limits};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Expr, ObjectName, ObjectNamePart, Query, Select, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Most operators of one statement. A chain of them is a tree as deep as it is long, and is walked by
/// recursion: 2,000 end a thread with a stack of 32 MiB.
const OPERATORS_MAX: usize = 500;
/// Most tables and selects of one statement, each counted as often as the statement uses it.
const PARTS_MAX: usize = 60;
/// Most references to columns that one expression has when the expressions of inner selects stand in it.
const REFERENCES_MAX: usize = 4_096;

/// Refuses a text before anything is spent on it.
///
/// # Errors
/// `Statement` with the reason.
pub(crate) fn text(text: &str, limits: &Limits) -> Result<(), Failure> {
    if text.trim().is_empty() {
        return Err(Failure::Statement("the statement is empty".into()));
    }
    if text.len() > limits.text_max {
        return Err(Failure::Statement(format!(
            "the statement has {} bytes, at most {} are allowed",
            text.len(),
            limits.text_max
        )));
    }
    let tokens =
        Tokenizer::new(&GenericDialect {}, text).tokenize().map_err(|e| Failure::Statement(e.to_string()))?;
    let operators = tokens.iter().filter(|t| deepens(t)).count();
    if operators > OPERATORS_MAX {
        return Err(Failure::Statement(format!(
            "the statement has {operators} operators, at most {OPERATORS_MAX} are allowed; a list of values is written x in (1, 2, 3)"
        )));
    }
    Ok(())
}

/// Whether a token can put one level more on an expression or on a chain of selects. What separates the
/// members of a list or stands for itself does not; what is not known does.
fn deepens(token: &Token) -> bool {
    match token {
        Token::EOF
        | Token::Whitespace(_)
        | Token::Comma
        | Token::Period
        | Token::LParen
        | Token::RParen
        | Token::SemiColon
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_) => false,
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::AND
                | Keyword::OR
                | Keyword::XOR
                | Keyword::NOT
                | Keyword::IS
                | Keyword::IN
                | Keyword::LIKE
                | Keyword::ILIKE
                | Keyword::SIMILAR
                | Keyword::RLIKE
                | Keyword::REGEXP
                | Keyword::BETWEEN
                | Keyword::DIV
                | Keyword::AT
                | Keyword::COLLATE
                | Keyword::OVERLAPS
                | Keyword::UNION
                | Keyword::EXCEPT
                | Keyword::INTERSECT
                | Keyword::MINUS
                | Keyword::CASE
                | Keyword::WHEN
        ),
        _ => true,
    }
}

/// Refuses a statement whose plan would be too large to make.
///
/// # Errors
/// `NotReading` for what is no statement of reading, `Statement` with the reason.
pub(crate) fn tree(statement: &Statement) -> Result<(), Failure> {
    match statement {
        Statement::Statement(statement) => match statement.visit(&mut Weighing::default()) {
            ControlFlow::Break(why) => Err(Failure::Statement(why)),
            ControlFlow::Continue(()) => Ok(()),
        },
        Statement::Explain(explain) => tree(&explain.statement),
        other => Err(Failure::NotReading(other.to_string().chars().take(80).collect())),
    }
}

/// What one select weighs where it is used.
#[derive(Clone, Copy)]
struct Weight {
    parts: usize,
    references: usize,
}

/// A select that is being walked.
struct Level {
    parts: usize,
    /// Most references of one of its own expressions.
    own: usize,
    /// Most references of an expression of what it reads.
    read: usize,
    depth: usize,
    current: usize,
}

impl Level {
    fn reads(&mut self, weight: Weight) {
        self.parts = self.parts.saturating_add(weight.parts);
        self.read = self.read.max(weight.references);
    }
}

/// Walks a statement and weighs it. A `with` counts as often as it is named, because a plan holds it as
/// often: doubling it thirty times makes a plan of a billion parts out of a page of text.
#[derive(Default)]
struct Weighing {
    levels: Vec<Level>,
    /// Bodies of `with`, by where they lie, with their names.
    bodies: BTreeMap<usize, String>,
    named: BTreeMap<String, Weight>,
}

fn place(query: &Query) -> usize {
    std::ptr::from_ref(query).addr()
}

fn last(name: &ObjectName) -> Option<String> {
    match name.0.last()? {
        ObjectNamePart::Identifier(ident) => Some(ident.value.to_lowercase()),
        ObjectNamePart::Function(_) => None,
    }
}

impl Visitor for Weighing {
    type Break = String;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<String> {
        if let Some(with) = &query.with {
            if with.recursive {
                return ControlFlow::Break("with recursive is not offered here".into());
            }
            let bodies = with.cte_tables.iter();
            self.bodies.extend(bodies.map(|c| (place(&c.query), c.alias.name.value.to_lowercase())));
        }
        self.levels.push(Level { parts: 1, own: 1, read: 1, depth: 0, current: 0 });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<String> {
        let Some(level) = self.levels.pop() else { return ControlFlow::Continue(()) };
        let weight = Weight { parts: level.parts, references: level.own.saturating_mul(level.read) };
        if weight.parts > PARTS_MAX {
            return ControlFlow::Break(format!(
                "the statement reads {} tables and selects, each counted as often as it is used; at most {PARTS_MAX} are allowed",
                weight.parts
            ));
        }
        if weight.references > REFERENCES_MAX {
            return ControlFlow::Break(format!(
                "an expression uses columns {} times, with the expressions that it is made of; at most {REFERENCES_MAX} are allowed",
                weight.references
            ));
        }
        match self.bodies.remove(&place(query)) {
            Some(name) => drop(self.named.insert(name, weight)),
            None => self.levels.last_mut().into_iter().for_each(|outer| outer.reads(weight)),
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, _: &Select) -> ControlFlow<String> {
        self.levels.last_mut().into_iter().for_each(|level| level.parts = level.parts.saturating_add(1));
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<String> {
        let named = last(relation).and_then(|name| self.named.get(&name).copied());
        let weight = named.unwrap_or(Weight { parts: 1, references: 1 });
        self.levels.last_mut().into_iter().for_each(|level| level.reads(weight));
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<String> {
        if matches!(expr, Expr::Cube(_) | Expr::Rollup(_) | Expr::GroupingSets(_)) {
            return ControlFlow::Break("cube, rollup and grouping sets are not offered here".into());
        }
        let Some(level) = self.levels.last_mut() else { return ControlFlow::Continue(()) };
        if level.depth == 0 {
            level.current = 0;
        }
        level.depth += 1;
        if matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_)) {
            level.current += 1;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, _: &Expr) -> ControlFlow<String> {
        if let Some(level) = self.levels.last_mut() {
            level.depth = level.depth.saturating_sub(1);
            level.own = level.own.max(level.current);
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::sql::parser::DFParser;

    fn weigh(text: &str) -> Result<(), Failure> {
        tree(&DFParser::parse_sql(text).unwrap().pop_front().unwrap())
    }

    fn refused(text: &str, word: &str) {
        let why = weigh(text).unwrap_err();
        assert!(matches!(&why, Failure::Statement(t) if t.contains(word)), "{word}: {why}");
    }

    fn chain(count: usize, body: impl Fn(usize) -> String, end: &str) -> String {
        let bodies: String = (1..=count).map(|i| format!(", c{i} as ({})", body(i - 1))).collect();
        format!("with c0 as (select level as x from t){bodies} select * from c{count} {end}")
    }

    #[test]
    fn a_text_is_bounded_in_bytes_and_operators() {
        let limits = Limits::default();
        assert!(text("select a || 'x', b from t where c in (1, 2) and d > 3", &limits).is_ok());
        assert!(text(&format!("select * from t where a in (1{})", ", 1".repeat(4_000)), &limits).is_ok());
        for one in ["+1", "::int", " or a", " and a", "||a", "[1]", " is null", " collate c", "->1"] {
            let long = format!("select a{} from t", one.repeat(OPERATORS_MAX + 1));
            assert!(matches!(text(&long, &limits), Err(Failure::Statement(t)) if t.contains("operators")));
        }
        assert!(text(" \n", &limits).is_err());
        assert!(text(&"select 1 ".repeat(4_000), &limits).is_err());
        assert!(text("select 'open", &limits).is_err());
    }

    #[test]
    fn a_with_weighs_as_often_as_it_is_used() {
        assert!(weigh(&chain(20, |i| format!("select x from c{i}"), "")).is_ok());
        let double = |i| format!("select a.x from c{i} a, c{i} b");
        assert!(weigh(&chain(3, double, "")).is_ok());
        refused(&chain(12, double, ""), "tables and selects");
        refused(&format!("explain {}", chain(12, double, "")), "tables and selects");
        let nested = |i| format!("select x from (select x from c{i} where x in (select x from c{i})) y");
        refused(&chain(12, nested, ""), "tables and selects");
        refused(&format!("select 1{}", " union all select 1".repeat(120)), "tables and selects");
    }

    #[test]
    fn expressions_that_stand_in_each_other_are_counted_out() {
        assert!(weigh(&chain(3, |i| format!("select x + x as x from c{i}"), "where x > 1")).is_ok());
        refused(&chain(13, |i| format!("select x + x as x from c{i}"), "where x > 1"), "columns");
        assert!(weigh("select a, b, c, d, e, f from (select a, b, c, d, e, f from t) x where a > b").is_ok());
    }

    #[test]
    fn what_grows_without_bound_is_not_offered() {
        refused(
            "with recursive n as (select 1 x union all select x + 1 from n) select x from n",
            "recursive",
        );
        refused("select count(*) from t group by cube(a, b)", "cube");
        refused("select count(*) from t group by grouping sets ((a), (b))", "cube");
        assert!(matches!(weigh("copy t to 'x.csv'"), Err(Failure::NotReading(_))));
        assert!(weigh("show tables").is_ok());
    }
}
