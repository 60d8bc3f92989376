//! Which representation an answer has: `options` and `format` of a request (clauses 6.3.7 and 6.3.10).

use crate::error::{ErrorKind, LdError};

/// The three representations of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Form {
    /// Every attribute with its type (4.5.2).
    #[default]
    Normalized,
    /// Without what can be told from the members (4.5.3).
    Concise,
    /// Values alone (4.5.4).
    Simplified,
}

/// A representation with what is wanted in it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Shape {
    /// The representation.
    pub form: Form,
    /// With `createdAt` and `modifiedAt`.
    pub sys_attrs: bool,
    /// The one language of a LanguageProperty that is wanted.
    pub lang: Option<String>,
}

/// Whether a comma-separated `options` has a word.
#[must_use]
pub fn flag(options: Option<&str>, word: &str) -> bool {
    options.is_some_and(|o| o.split(',').any(|w| w.trim() == word))
}

impl Shape {
    /// The shape that `options`, `format` and `lang` of a request ask for; `format` wins.
    ///
    /// # Errors
    /// `InvalidRequest` for a word that is not known.
    pub fn of(options: Option<&str>, format: Option<&str>, lang: Option<&str>) -> Result<Self, LdError> {
        let mut shape = Self { lang: lang.map(str::to_owned), ..Self::default() };
        for word in options.into_iter().flat_map(|o| o.split(',')).map(str::trim).filter(|w| !w.is_empty()) {
            match word {
                "sysAttrs" => shape.sys_attrs = true,
                "count" | "noOverwrite" | "replace" | "update" => {}
                other => shape.form = form(other)?,
            }
        }
        if let Some(word) = format {
            shape.form = form(word)?;
        }
        Ok(shape)
    }
}

fn form(word: &str) -> Result<Form, LdError> {
    match word {
        "normalized" => Ok(Form::Normalized),
        "concise" => Ok(Form::Concise),
        "keyValues" | "simplified" => Ok(Form::Simplified),
        other => Err(LdError::new(ErrorKind::InvalidRequest, format!("unknown representation: {other}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_format_choose_the_form() {
        let cases = [
            (None, None, Some(Form::Normalized), false),
            (Some("keyValues"), None, Some(Form::Simplified), false),
            (Some("sysAttrs,concise"), None, Some(Form::Concise), true),
            (Some("count, sysAttrs"), Some("simplified"), Some(Form::Simplified), true),
            (Some("keyValues"), Some("normalized"), Some(Form::Normalized), false),
            (Some("pretty"), None, None, false),
            (None, Some("xml"), None, false),
        ];
        for (options, format, form, sys) in cases {
            let got = Shape::of(options, format, None).ok();
            assert_eq!(got.as_ref().map(|s| s.form), form, "{options:?} {format:?}");
            assert_eq!(got.is_some_and(|s| s.sys_attrs), sys);
        }
        assert!(flag(Some("a, noOverwrite"), "noOverwrite") && !flag(None, "noOverwrite"));
    }
}
