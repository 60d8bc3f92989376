//! Refusals of the door as errors of NGSI-LD, and the other way.

use door::{Refusal, RefusalKind};
use ngsild::{ErrorKind, LdError};

/// The error of NGSI-LD that a refusal is; none for a refusal that NGSI-LD does not know (no right, too much
/// at once, not available), which is answered as the API answers it elsewhere.
#[must_use]
pub fn problem(refusal: &Refusal) -> Option<LdError> {
    let kind = match refusal.kind {
        RefusalKind::Invalid => ErrorKind::BadRequestData,
        RefusalKind::Missing => ErrorKind::ResourceNotFound,
        RefusalKind::Conflict if refusal.field == "id" => ErrorKind::AlreadyExists,
        RefusalKind::Conflict => ErrorKind::Conflict,
        RefusalKind::Forbidden | RefusalKind::Slow | RefusalKind::Unavailable => return None,
    };
    Some(LdError::new(kind, refusal.reason.clone()))
}

/// The refusal that an error of NGSI-LD is. The path at the beginning of its detail becomes the field.
pub(crate) fn refusal(error: &LdError) -> Refusal {
    let (kind, zh) = match error.kind {
        ErrorKind::ResourceNotFound | ErrorKind::NonexistentTenant => (RefusalKind::Missing, "没有这一条"),
        ErrorKind::AlreadyExists => (RefusalKind::Conflict, "已经存在"),
        ErrorKind::Conflict => (RefusalKind::Conflict, "现在的状态不允许"),
        ErrorKind::OperationNotSupported => (RefusalKind::Invalid, "还不支持"),
        _ => (RefusalKind::Invalid, "数据不对"),
    };
    let field =
        error.detail.split_once(": ").map(|(path, _)| path).filter(|p| !p.contains(' ')).unwrap_or_default();
    Refusal::new(kind, field, format!("{zh}：{}", error.detail), error.detail.clone())
}

/// `ResourceNotFound` for an entity.
pub(crate) fn no_entity(id: &str) -> Refusal {
    Refusal::new(RefusalKind::Missing, "id", format!("没有实体 {id}"), format!("no entity {id}"))
}

/// `ResourceNotFound` for an attribute.
pub(crate) fn no_attribute(name: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Missing,
        "attribute",
        format!("没有属性 {name}"),
        format!("no attribute {name}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_the_errors_of_the_standard() {
        use RefusalKind::*;
        let cases = [
            (Invalid, "a", Some(ErrorKind::BadRequestData)),
            (Missing, "id", Some(ErrorKind::ResourceNotFound)),
            (Conflict, "id", Some(ErrorKind::AlreadyExists)),
            (Conflict, "version", Some(ErrorKind::Conflict)),
            (Forbidden, "type", None),
            (Slow, "", None),
            (Unavailable, "", None),
        ];
        for (kind, field, want) in cases {
            assert_eq!(problem(&Refusal::new(kind, field, "因", "why")).map(|e| e.kind), want);
        }
        let back = refusal(&LdError::bad("a.value", "null is no value"));
        assert_eq!(
            (back.kind, back.field.as_str(), back.reason_zh.as_str()),
            (Invalid, "a.value", "数据不对：a.value: null is no value")
        );
        assert_eq!(refusal(&LdError::bad("", "not an object")).field, "");
    }
}
