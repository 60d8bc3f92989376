//! Parameters of a request (clause 6.3): what an operation does not know is refused, not passed over.

use super::failure::Failure;
use ngsild::{ErrorKind, LdError, Shape, flag};

/// Parameters that the standard has and this city does not support yet.
const LATER: [&str; 22] = [
    "georel",
    "geometry",
    "coordinates",
    "geoproperty",
    "geometryProperty",
    "scopeQ",
    "csf",
    "join",
    "joinLevel",
    "containedBy",
    "orderBy",
    "orderFrom",
    "orderGeometry",
    "collation",
    "expandValues",
    "jsonKeys",
    "splitEntities",
    "entityMap",
    "observedAt",
    "drop",
    "keep",
    "via",
];
/// Longest value of a parameter, in bytes.
const VALUE_MAX: usize = 8_192;

/// The parameters of one request.
#[derive(Clone, Debug, Default)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// The parameters of a query.
    ///
    /// # Errors
    /// `BadRequestData` for one that stands twice or is too long.
    pub(super) fn read(pairs: Vec<(String, String)>) -> Result<Self, Failure> {
        for (n, (name, value)) in pairs.iter().enumerate() {
            if pairs[..n].iter().any(|(other, _)| other == name) {
                return Err(LdError::bad(name, "stands twice").into());
            }
            if value.len() > VALUE_MAX {
                return Err(LdError::bad(name, format!("longer than {VALUE_MAX} bytes")).into());
            }
        }
        Ok(Self(pairs))
    }

    /// Refuses parameters that the operation does not know. `local` says what is always so: there are no others.
    ///
    /// # Errors
    /// `OperationNotSupported` for one of the standard that is not supported yet, `InvalidRequest` for any other.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Failure> {
        let Some((name, _)) = self.0.iter().find(|(n, _)| n != "local" && !known.contains(&n.as_str()))
        else {
            return Ok(());
        };
        let kind = if LATER.contains(&name.as_str()) {
            ErrorKind::OperationNotSupported
        } else {
            ErrorKind::InvalidRequest
        };
        Err(LdError::new(kind, format!("parameter {name} is not supported here")).into())
    }

    /// The value of one.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Its parts between commas.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        self.get(name)
            .into_iter()
            .flat_map(|v| v.split(','))
            .map(str::trim)
            .filter(|w| !w.is_empty())
            .collect()
    }

    /// Whether it is `true`; absent is not.
    ///
    /// # Errors
    /// `BadRequestData` for another word.
    pub(super) fn yes(&self, name: &str) -> Result<bool, Failure> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(LdError::bad(name, "neither true nor false").into()),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// `BadRequestData` when it is none.
    pub(super) fn number(&self, name: &str) -> Result<Option<usize>, Failure> {
        let read = |text: &str| {
            text.parse()
                .map_err(|_| Failure::from(LdError::bad(name, "no whole number that is not negative")))
        };
        self.get(name).map(read).transpose()
    }

    /// Whether `options` has a word.
    pub(super) fn option(&self, word: &str) -> bool {
        flag(self.get("options"), word)
    }

    /// The representation that is wanted.
    ///
    /// # Errors
    /// `InvalidRequest` for one that is not known.
    pub(super) fn shape(&self) -> Result<Shape, Failure> {
        let mut shape = Shape::of(self.get("options"), self.get("format"), self.get("lang"))?;
        shape.sys_attrs |= self.yes("sysAttrs")?;
        Ok(shape)
    }

    /// The query again with another offset.
    pub(super) fn with_offset(&self, offset: usize) -> String {
        let kept = self.0.iter().filter(|(n, _)| n != "offset");
        let pairs = kept.map(|(n, v)| format!("{}={}", crate::device::escape(n), crate::device::escape(v)));
        pairs.chain([format!("offset={offset}")]).collect::<Vec<_>>().join("&")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        Params::read(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()).unwrap()
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let known = ["type", "limit"];
        assert!(params(&[("type", "A"), ("local", "true")]).only(&known).is_ok());
        for (name, kind) in [("typ", "InvalidRequest"), ("georel", "OperationNotSupported")] {
            let body = params(&[(name, "x")]).only(&known).unwrap_err().body();
            assert!(
                body["type"].as_str().unwrap().ends_with(kind)
                    && body["detail"].as_str().unwrap().contains(name)
            );
        }
        assert!(Params::read(vec![("a".into(), "1".into()), ("a".into(), "2".into())]).is_err());
        assert!(Params::read(vec![("a".into(), "x".repeat(VALUE_MAX + 1))]).is_err());
    }

    #[test]
    fn values_are_read_in_their_forms() {
        let all = params(&[
            ("limit", "5"),
            ("count", "true"),
            ("attrs", "a, b,"),
            ("options", "keyValues,sysAttrs"),
            ("offset", "2"),
        ]);
        assert_eq!(
            (all.number("limit").unwrap(), all.yes("count").unwrap(), all.list("attrs")),
            (Some(5), true, vec!["a", "b"])
        );
        assert!(all.option("sysAttrs") && all.shape().unwrap().sys_attrs && !all.option("count"));
        assert!(
            params(&[("limit", "-1")]).number("limit").is_err()
                && params(&[("count", "yes")]).yes("count").is_err()
        );
        assert_eq!(params(&[("q", "a==1"), ("offset", "2")]).with_offset(22), "q=a%3D%3D1&offset=22");
    }
}
