//! Names and ids. All are cheap to clone.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// An id or name that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// An entity id that is no absolute URI (TS 104 175, 4.6.2) or is longer than 512 bytes.
    #[error("not a URI of at most 512 bytes: {0}")]
    NotUri(String),
    /// A name with a character that 4.6.2 forbids, or longer than 128 bytes.
    #[error("not a name (letters, figures and _, at most 128 bytes): {0}")]
    NotName(String),
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text of it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Takes any text as it is; for text that the program itself wrote or has checked.
            #[must_use]
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d).map(Self::new)
            }
        }
    };
}

text_id! {
    /// A short name: an attribute, a type, a unit, a role, a command.
    Name
}
text_id! {
    /// The id of an entity: an absolute URI, mostly `urn:ngsi-ld:Type:rest`.
    EntityId
}
text_id! {
    /// A tenant (NGSI-LD `NGSILD-Tenant`); the city itself is the empty tenant.
    Tenant
}

impl Name {
    /// Checks the text against the rule for names of TS 104 175, 4.6.2.
    ///
    /// # Errors
    /// `NotName` with the text when a character is forbidden or it is too long.
    pub fn checked(text: &str) -> Result<Self, IdError> {
        let mut chars = text.chars();
        let first = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_');
        if first && text.len() <= 128 && chars.all(|c| c.is_alphanumeric() || c == '_') {
            Ok(Self::new(text))
        } else {
            Err(IdError::NotName(text.chars().take(60).collect()))
        }
    }
}

impl EntityId {
    /// Checks that the text is an absolute URI of at most 512 bytes without white space.
    ///
    /// # Errors
    /// `NotUri` with the beginning of the text.
    pub fn checked(text: &str) -> Result<Self, IdError> {
        let scheme = text.split_once(':').map(|(s, rest)| (s, !rest.is_empty()));
        let ok = matches!(scheme, Some((s, true)) if s.starts_with(|c: char| c.is_ascii_alphabetic())
            && s.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)));
        let plain = text.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"<>\"'(){};".contains(c));
        if ok && plain && text.len() <= 512 {
            Ok(Self::new(text))
        } else {
            Err(IdError::NotUri(text.chars().take(60).collect()))
        }
    }
}

impl Tenant {
    /// The city itself.
    #[must_use]
    pub fn city() -> Self {
        Self::new("")
    }
}

/// The number of a commit in its log; grows by one, gaps are legal after thinning. 0 = before the first.
pub type Seq = u64;
/// The epoch of the pen that wrote a batch; a batch of a stale epoch is dropped whole on apply.
pub type Epoch = u64;

/// A place in one named log (house decision 7.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Which log.
    pub log: Name,
    /// Where in it.
    pub seq: Seq,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.log, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_names_are_legal_and_hyphens_are_not() {
        assert!(Name::checked("化学需氧量").is_ok());
        assert!(Name::checked("N-TOT").is_err());
        assert!(Name::checked("").is_err());
        assert!(Name::checked("9a").is_err());
    }

    #[test]
    fn ids_are_uris() {
        assert!(EntityId::checked("urn:ngsi-ld:Outlet:1").is_ok());
        assert!(EntityId::checked("https://example.org/a").is_ok());
        for bad in ["DTI-036", "", "urn:", "urn:a b", ":x"] {
            assert!(EntityId::checked(bad).is_err(), "{bad}");
        }
    }
}
