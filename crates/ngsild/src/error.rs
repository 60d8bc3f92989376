//! The errors of NGSI-LD (clauses 5.5.2 and 6.3.2) as RFC 7807 problems.

use serde_json::{Value as Json, json};

/// The types of error; each has one URI and one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the standard's own")]
pub enum ErrorKind {
    BadRequestData,
    InvalidRequest,
    ResourceNotFound,
    AlreadyExists,
    Conflict,
    OperationNotSupported,
    LdContextNotAvailable,
    NonexistentTenant,
    TooManyResults,
    TooComplexQuery,
    InternalError,
}

/// An error with its title and detail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind:?}: {detail}")]
pub struct LdError {
    /// Which type.
    pub kind: ErrorKind,
    /// What is wrong, with the path of the member at fault.
    pub detail: String,
}

impl ErrorKind {
    /// The URI of the type.
    #[must_use]
    pub fn uri(self) -> String {
        format!("https://uri.etsi.org/ngsi-ld/errors/{self:?}")
    }

    /// The HTTP status (table 6.3.2-1).
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequestData | Self::InvalidRequest => 400,
            Self::ResourceNotFound | Self::NonexistentTenant => 404,
            Self::AlreadyExists | Self::Conflict => 409,
            Self::TooManyResults | Self::TooComplexQuery => 403,
            Self::OperationNotSupported => 422,
            Self::LdContextNotAvailable => 504,
            Self::InternalError => 500,
        }
    }

    /// A short title, the same for every error of the type.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::BadRequestData => "the data of the request is not acceptable",
            Self::InvalidRequest => "the request is not valid",
            Self::ResourceNotFound => "the resource is not there",
            Self::AlreadyExists => "the resource exists already",
            Self::Conflict => "the state of the resource does not allow it",
            Self::OperationNotSupported => "the operation is not supported",
            Self::LdContextNotAvailable => "the @context is not available",
            Self::NonexistentTenant => "the tenant is not there",
            Self::TooManyResults => "the query has too many results",
            Self::TooComplexQuery => "the query is too complex",
            Self::InternalError => "an error inside",
        }
    }
}

impl LdError {
    /// An error of a type.
    #[must_use]
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }

    /// `BadRequestData` at a member.
    #[must_use]
    pub fn bad(path: &str, detail: impl std::fmt::Display) -> Self {
        let detail = if path.is_empty() { detail.to_string() } else { format!("{path}: {detail}") };
        Self::new(ErrorKind::BadRequestData, detail)
    }

    /// The problem document.
    #[must_use]
    pub fn to_json(&self) -> Json {
        json!({
            "type": self.kind.uri(),
            "title": self.kind.title(),
            "detail": self.detail,
            "status": self.kind.status(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_its_uri_status_title_and_detail() {
        let cases = [
            (ErrorKind::BadRequestData, 400, "BadRequestData"),
            (ErrorKind::InvalidRequest, 400, "InvalidRequest"),
            (ErrorKind::ResourceNotFound, 404, "ResourceNotFound"),
            (ErrorKind::AlreadyExists, 409, "AlreadyExists"),
            (ErrorKind::OperationNotSupported, 422, "OperationNotSupported"),
            (ErrorKind::LdContextNotAvailable, 504, "LdContextNotAvailable"),
        ];
        for (kind, status, word) in cases {
            let json = LdError::new(kind, "why").to_json();
            assert_eq!(json["type"], format!("https://uri.etsi.org/ngsi-ld/errors/{word}"));
            assert_eq!((json["status"].as_u64(), json["detail"].as_str()), (Some(status), Some("why")));
            assert!(json["title"].as_str().is_some_and(|t| !t.is_empty()));
        }
    }
}
