//! A sentence for people, Chinese first, English second.

use serde::{Deserialize, Serialize};

/// One sentence in both languages of the city.
///
/// Shape in JSON: `{"zh": "…", "en": "…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// The Chinese sentence, with its punctuation.
    pub zh: String,
    /// The English sentence, with its punctuation.
    pub en: String,
}

impl Words {
    /// A sentence from its two texts.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// The text shortened to at most `chars_max` characters, control characters replaced by a dot, so that
/// what a device sent can be quoted in a sentence safely.
pub fn quoted(text: &str, chars_max: usize) -> String {
    let mut out: String =
        text.chars().take(chars_max).map(|c| if c.is_control() { '·' } else { c }).collect();
    if text.chars().nth(chars_max).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_short_and_printable() {
        assert_eq!(quoted("a\nb\u{0}", 8), "a·b·");
        assert_eq!(quoted("氨氮氨氮氨氮", 3), "氨氮氨…");
        assert_eq!(quoted("abc", 3), "abc");
    }

    #[test]
    fn words_are_two_fields_in_json() {
        let json = serde_json::to_string(&Words::new("好。", "good.")).unwrap();
        assert_eq!(json, r#"{"zh":"好。","en":"good."}"#);
    }
}
