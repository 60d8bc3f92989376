//! The selection of types (clause 4.17): `A,B` or `A|B` any of them, `A;B` both, with parentheses.

use crate::context::Context;
use crate::error::LdError;
use model::Name;

const BYTES_MAX: usize = 2_048;
const DEPTH_MAX: usize = 8;

/// Which types an entity may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeSelection {
    /// This type is among them.
    One(Name),
    /// Any of these holds.
    Any(Vec<TypeSelection>),
    /// All of these hold.
    All(Vec<TypeSelection>),
}

impl TypeSelection {
    /// Reads a selection.
    ///
    /// # Errors
    /// `BadRequestData` when it is malformed, too long or too deep.
    pub fn parse(text: &str, context: &Context) -> Result<Self, LdError> {
        if text.len() > BYTES_MAX {
            return Err(LdError::bad("type", format!("longer than {BYTES_MAX} bytes")));
        }
        let mut rest = text.trim();
        let selection = any(&mut rest, context, 0)?;
        if rest.is_empty() {
            Ok(selection)
        } else {
            Err(LdError::bad("type", format!("not understood: {rest}")))
        }
    }

    /// Whether an entity of these types is selected.
    #[must_use]
    pub fn matches(&self, types: &[Name]) -> bool {
        match self {
            Self::One(name) => types.contains(name),
            Self::Any(list) => list.iter().any(|s| s.matches(types)),
            Self::All(list) => list.iter().all(|s| s.matches(types)),
        }
    }

    /// All types that it names; an entity that is selected has at least one of them.
    #[must_use]
    pub fn names(&self) -> Vec<&Name> {
        match self {
            Self::One(name) => vec![name],
            Self::Any(list) | Self::All(list) => list.iter().flat_map(Self::names).collect(),
        }
    }
}

fn any(rest: &mut &str, context: &Context, depth: usize) -> Result<TypeSelection, LdError> {
    let mut list = vec![all(rest, context, depth)?];
    while let Some(after) = rest.strip_prefix([',', '|']) {
        *rest = after;
        list.push(all(rest, context, depth)?);
    }
    Ok(if list.len() == 1 { list.remove(0) } else { TypeSelection::Any(list) })
}

fn all(rest: &mut &str, context: &Context, depth: usize) -> Result<TypeSelection, LdError> {
    let mut list = vec![one(rest, context, depth)?];
    while let Some(after) = rest.strip_prefix(';') {
        *rest = after;
        list.push(one(rest, context, depth)?);
    }
    Ok(if list.len() == 1 { list.remove(0) } else { TypeSelection::All(list) })
}

fn one(rest: &mut &str, context: &Context, depth: usize) -> Result<TypeSelection, LdError> {
    if depth > DEPTH_MAX {
        return Err(LdError::bad("type", format!("nested deeper than {DEPTH_MAX}")));
    }
    if let Some(after) = rest.strip_prefix('(') {
        *rest = after;
        let inner = any(rest, context, depth + 1)?;
        *rest = rest.strip_prefix(')').ok_or_else(|| LdError::bad("type", "a parenthesis is not closed"))?;
        return Ok(inner);
    }
    let end = rest.find([',', '|', ';', '(', ')']).unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    *rest = after;
    context.expand(word.trim()).map(TypeSelection::One).map_err(|e| LdError::bad("type", e.detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Contexts;

    #[test]
    fn selections_by_their_words() {
        let context = Contexts::new().resolve(None).unwrap();
        let types = |t: &str| t.split(' ').map(Name::new).collect::<Vec<_>>();
        let cases = [
            ("A", "A", true),
            ("A", "B", false),
            ("A,B", "B", true),
            ("A|B", "C", false),
            ("A;B", "A", false),
            ("A;B", "B A", true),
            ("(A|B);C", "B C", true),
            ("(A|B);C", "A B", false),
            ("水表", "水表", true),
        ];
        for (text, has, want) in cases {
            let got = TypeSelection::parse(text, &context).unwrap();
            assert_eq!(got.matches(&types(has)), want, "{text} of {has}");
        }
        for bad in ["", "A,", "(A", "A)", "A-B", &"(".repeat(20), &"A,".repeat(2_000)] {
            assert!(TypeSelection::parse(bad, &context).is_err(), "{bad}");
        }
        assert_eq!(TypeSelection::parse("(A|B);C", &context).unwrap().names().len(), 3);
    }
}
