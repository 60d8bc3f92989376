//! Text of a query to its nodes.

use super::{Expr, Literal, Op, Operand, Target};
use crate::context::Context;
use crate::error::LdError;
use model::Time;
use regex_lite::RegexBuilder;

const BYTES_MAX: usize = 4_096;
const DEPTH_MAX: usize = 8;
const TERMS_MAX: usize = 64;
const LIST_MAX: usize = 256;
/// Bytes of a compiled pattern.
const PATTERN_BYTES_MAX: usize = 256 << 10;

/// The operators, longer ones first.
const OPS: [(&str, Op); 8] = [
    ("!~=", Op::Unlike),
    ("==", Op::Equal),
    ("!=", Op::Unequal),
    ("~=", Op::Like),
    (">=", Op::AtLeast),
    ("<=", Op::AtMost),
    (">", Op::Greater),
    ("<", Op::Less),
];

struct Reader<'a> {
    text: &'a str,
    at: usize,
    terms: usize,
    context: &'a Context,
}

pub(super) fn query(text: &str, context: &Context) -> Result<Expr, LdError> {
    if text.len() > BYTES_MAX {
        return Err(LdError::bad("q", format!("longer than {BYTES_MAX} bytes")));
    }
    let mut reader = Reader { text, at: 0, terms: 0, context };
    let expr = reader.any(0)?;
    if reader.at == text.len() { Ok(expr) } else { reader.fail("not understood") }
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn fail<T>(&self, why: &str) -> Result<T, LdError> {
        let near: String = self.rest().chars().take(20).collect();
        Err(LdError::bad("q", format!("{why} at byte {}: {near}", self.at)))
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn any(&mut self, depth: usize) -> Result<Expr, LdError> {
        let mut list = vec![self.all(depth)?];
        while self.take("|") {
            list.push(self.all(depth)?);
        }
        Ok(if list.len() == 1 { list.remove(0) } else { Expr::Any(list) })
    }

    fn all(&mut self, depth: usize) -> Result<Expr, LdError> {
        let mut list = vec![self.term(depth)?];
        while self.take(";") {
            list.push(self.term(depth)?);
        }
        Ok(if list.len() == 1 { list.remove(0) } else { Expr::All(list) })
    }

    fn term(&mut self, depth: usize) -> Result<Expr, LdError> {
        self.terms += 1;
        if depth > DEPTH_MAX {
            return self.fail("nested too deep");
        }
        if self.terms > TERMS_MAX {
            return self.fail("too many terms");
        }
        if self.take("(") {
            let inner = self.any(depth + 1)?;
            return if self.take(")") { Ok(inner) } else { self.fail("a parenthesis is not closed") };
        }
        let target = self.target()?;
        let Some((token, op)) = OPS.iter().find(|(token, _)| self.rest().starts_with(token)) else {
            return Ok(Expr::Exists(target));
        };
        self.at += token.len();
        let operand = if matches!(op, Op::Like | Op::Unlike) { self.pattern()? } else { self.operand(*op)? };
        Ok(Expr::Compare(target, *op, operand))
    }

    /// `a.b[c.d]`; a name may be an IRI, whose dots and slashes belong to it.
    fn target(&mut self) -> Result<Target, LdError> {
        let end = self.rest().find(|c| "=!<>~;|()[".contains(c)).unwrap_or(self.rest().len());
        let path = self.rest()[..end].trim();
        if path.is_empty() {
            return self.fail("a name is missing");
        }
        let words: Vec<&str> = if path.contains("://") { vec![path] } else { path.split('.').collect() };
        let names = words.iter().map(|w| self.context.expand(w)).collect::<Result<Vec<_>, _>>();
        let names = names.map_err(|e| LdError::bad("q", e.detail))?;
        self.at += end;
        let mut inside = Vec::new();
        if self.take("[") {
            let Some(end) = self.rest().find(']') else { return self.fail("a bracket is not closed") };
            inside = self.rest()[..end].split('.').map(|w| w.trim().to_owned()).collect();
            if inside.iter().any(String::is_empty) {
                return self.fail("an empty name in brackets");
            }
            self.at += end + 1;
        }
        Ok(Target { names, inside })
    }

    fn operand(&mut self, op: Op) -> Result<Operand, LdError> {
        let first = self.literal()?;
        let comparable = matches!(op, Op::Equal | Op::Unequal);
        if self.take("..") {
            let last = self.literal()?;
            return if comparable {
                Ok(Operand::Range(first, last))
            } else {
                self.fail("a range goes with == and != only")
            };
        }
        if !self.rest().starts_with(',') {
            return Ok(Operand::One(first));
        }
        let mut list = vec![first];
        while self.take(",") {
            list.push(self.literal()?);
            if list.len() > LIST_MAX {
                return self.fail("a list is too long");
            }
        }
        if comparable { Ok(Operand::List(list)) } else { self.fail("a list goes with == and != only") }
    }

    fn literal(&mut self) -> Result<Literal, LdError> {
        if self.rest().starts_with('"') {
            return self.quoted().map(Literal::Text);
        }
        let rest = self.rest();
        let range = rest.find("..").unwrap_or(rest.len());
        let end = rest.find([';', '|', ')', '(', ',']).unwrap_or(rest.len()).min(range);
        let word = rest[..end].trim();
        if word.is_empty() {
            return self.fail("a value is missing");
        }
        self.at += end;
        Ok(literal(word))
    }

    fn quoted(&mut self) -> Result<String, LdError> {
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += i + 1;
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, c @ ('"' | '\\'))) => text.push(c),
                    Some((_, c)) => text.extend(['\\', c]),
                    None => break,
                },
                c => text.push(c),
            }
        }
        self.fail("a quotation mark is not closed")
    }

    /// A pattern, quoted or as it is; without quotes it ends at `;`, or at `|` or `)` outside its own groups.
    fn pattern(&mut self) -> Result<Operand, LdError> {
        let text = if self.rest().starts_with('"') {
            self.quoted()?
        } else {
            let mut depth = 0_usize;
            let end = self.rest().find(|c| {
                let ends = c == ';' || (depth == 0 && (c == '|' || c == ')'));
                match c {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                ends
            });
            let end = end.unwrap_or(self.rest().len());
            let text = self.rest()[..end].to_owned();
            self.at += end;
            text
        };
        let regex = RegexBuilder::new(&text).size_limit(PATTERN_BYTES_MAX).build();
        regex.map(Operand::Pattern).or_else(|e| self.fail(&format!("no pattern ({e})")))
    }
}

/// A word without quotes: number, truth, time, or a text such as a URI.
fn literal(word: &str) -> Literal {
    match word {
        "true" => return Literal::Bool(true),
        "false" => return Literal::Bool(false),
        _ => {}
    }
    if let Some(n) = word.parse::<f64>().ok().filter(|n| n.is_finite()) {
        return Literal::Number(n);
    }
    let dated = word.len() == 10 && word.as_bytes().get(4) == Some(&b'-');
    let time = if dated { Time::parse(&format!("{word}T00:00:00Z")) } else { Time::parse(word) };
    time.map_or_else(|_| Literal::Text(word.to_owned()), |t| Literal::Time(t, word.to_owned()))
}
