//! The words of CAP 1.2 (OASIS) and the four levels.

use serde::{Deserialize, Serialize};

/// Level of a 告警, 1 the highest. It has a numeral and a shape; colour words belong to a 预警 alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct AlertLevel(u8);

impl TryFrom<u8> for AlertLevel {
    type Error = String;
    fn try_from(n: u8) -> Result<Self, String> {
        if (1..=4).contains(&n) { Ok(Self(n)) } else { Err(format!("level {n} is not 1 to 4")) }
    }
}

impl From<AlertLevel> for u8 {
    fn from(l: AlertLevel) -> Self {
        l.0
    }
}

/// CAP `severity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the standard's own")]
pub enum Severity {
    Extreme,
    Severe,
    Moderate,
    Minor,
    Unknown,
}

/// CAP `urgency`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the standard's own")]
pub enum Urgency {
    Immediate,
    Expected,
    Future,
    Past,
    Unknown,
}

/// CAP `certainty`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the standard's own")]
pub enum Certainty {
    Observed,
    Likely,
    Possible,
    Unlikely,
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_four_levels() {
        assert!(AlertLevel::try_from(0).is_err() && AlertLevel::try_from(5).is_err());
        assert_eq!(serde_json::to_string(&AlertLevel::try_from(2).unwrap()).unwrap(), "2");
    }
}
