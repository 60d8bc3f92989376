//! The place in a list where the next page begins, as text for a link.

use crate::state::IndexValue;
use model::{EntityId, Time};
use std::fmt;
use std::str::FromStr;

/// The last entity of a page and, in a sorted list, its value. Written as lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) value: Option<IndexValue>,
    pub(crate) id: EntityId,
}

/// A text that is no cursor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this list")]
pub struct CursorError;

/// Longest cursor text that is read.
const TEXT_MAX: usize = 64 * 1024;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tag, words) = match &self.value {
            None => ('0', String::new()),
            Some(IndexValue::Null) => ('1', String::new()),
            Some(IndexValue::Bool(b)) => ('2', u8::from(*b).to_string()),
            Some(IndexValue::Number(n)) => ('3', format!("{:016x}", n.to_bits())),
            Some(IndexValue::Time(t)) => ('4', t.0.to_string()),
            Some(IndexValue::Text(t)) => ('5', t.to_string()),
            Some(IndexValue::Id(id)) => ('6', id.to_string()),
        };
        let text = format!("{tag}{}\n{words}", self.id);
        text.bytes().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(hex: &str) -> Result<Self, CursorError> {
        let text = unhex(hex).and_then(|b| String::from_utf8(b).ok()).ok_or(CursorError)?;
        let (id, words) = text.split_once('\n').ok_or(CursorError)?;
        let mut chars = id.chars();
        let value = match chars.next().ok_or(CursorError)? {
            '0' => None,
            '1' => Some(IndexValue::Null),
            '2' => Some(IndexValue::Bool(words == "1")),
            '3' => {
                let bits = u64::from_str_radix(words, 16).map_err(|_| CursorError)?;
                Some(IndexValue::Number(f64::from_bits(bits)))
            }
            '4' => Some(IndexValue::Time(Time(words.parse().map_err(|_| CursorError)?))),
            '5' => Some(IndexValue::Text(words.into())),
            '6' => Some(IndexValue::Id(words.into())),
            _ => return Err(CursorError),
        };
        Ok(Self { value, id: chars.as_str().into() })
    }
}

fn unhex(hex: &str) -> Option<Vec<u8>> {
    if hex.len() > TEXT_MAX || !hex.len().is_multiple_of(2) {
        return None;
    }
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    hex.as_bytes().chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_text() {
        let values = [
            None,
            Some(IndexValue::Null),
            Some(IndexValue::Bool(true)),
            Some(IndexValue::Number(-0.25)),
            Some(IndexValue::Time(Time(-7))),
            Some(IndexValue::Text("水\n位".into())),
            Some(IndexValue::Id("urn:a:b".into())),
        ];
        for value in values {
            let cursor = Cursor { value, id: "urn:ngsi-ld:水:1".into() };
            assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        }
    }

    #[test]
    fn any_text_is_read_or_refused() {
        for bad in ["", "0", "zz", "30", "3030", "é", "370a", "33610a7a7a"] {
            assert_eq!(bad.parse::<Cursor>(), Err(CursorError), "{bad}");
        }
    }
}
