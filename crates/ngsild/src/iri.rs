//! Ids as the standard wants them: URIs without characters that can deceive the eye (clauses 4.5.1, 4.6.2).

use crate::attribute::NULL;
use crate::error::LdError;
use model::EntityId;

/// Letters of Unicode that show nothing.
const FILLERS: [char; 4] = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}'];

/// Checks the id of an entity, an object or a dataset.
pub(crate) fn checked(path: &str, text: &str) -> Result<EntityId, LdError> {
    if text == NULL {
        return Err(LdError::bad(path, format!("{NULL} is no id")));
    }
    let fits = |c: char| match c.is_ascii() {
        true => c.is_ascii_graphic() && !"<>\"{}|\\^`".contains(c),
        false => c.is_alphanumeric() && !FILLERS.contains(&c),
    };
    match EntityId::checked(text) {
        Ok(id) if text.chars().all(fits) => Ok(id),
        _ => Err(LdError::bad(path, format!("not a URI: {}", text.chars().take(60).collect::<String>()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_deceive_are_refused() {
        for good in ["urn:ngsi-ld:Gauge:1", "https://example.org/a?b=c#d", "urn:ngsi-ld:水表:甲1"] {
            assert!(checked("id", good).is_ok(), "{good}");
        }
        let deceiving = "\u{202e}\u{200b}\u{feff}\u{2028}\u{a0}\u{fe0f}\u{e0100}\u{fdd0}\u{fffe}\u{115f}\u{3164}\u{ffa0}<`";
        for c in deceiving.chars() {
            assert!(checked("id", &format!("urn:ngsi-ld:A:{c}1")).is_err(), "{:x}", u32::from(c));
        }
        assert!(checked("id", NULL).is_err() && checked("id", "plain").is_err());
    }
}
