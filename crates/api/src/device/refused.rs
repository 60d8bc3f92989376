//! Refused frames and the results of checks as they stand on the wire.

use super::hex;
use super::wire::RefusedFrame;
use crate::public::wire::T;
use gateway::protocol::hj212::Checks;
use gateway::quarantine::Entry;
use model::Time;
use std::collections::BTreeMap;

/// A refused frame.
pub(crate) fn frame(entry: &Entry) -> RefusedFrame {
    RefusedFrame {
        at: Time::from_millis(entry.at_ms).rfc3339(),
        reason: T::of(&entry.reason.zh, &entry.reason.en),
        bytes_hex: hex(&entry.bytes),
        text: String::from_utf8_lossy(&entry.bytes).into_owned(),
        checks: results(&entry.checks),
    }
}

/// Each check that was made with `ok`, or with what was written and what was found.
fn results(checks: &Checks) -> Option<BTreeMap<String, String>> {
    let mut results = BTreeMap::new();
    if let (Some(written), Some(found)) = (checks.length_written, checks.length_found) {
        results.insert("length".to_owned(), said(written == found, written, found));
    }
    if let (Some(written), Some(computed)) = (&checks.crc_written, &checks.crc_computed) {
        results.insert("crc".to_owned(), said(written.eq_ignore_ascii_case(computed), written, computed));
    }
    (!results.is_empty()).then_some(results)
}

fn said(right: bool, written: impl std::fmt::Display, found: impl std::fmt::Display) -> String {
    if right { "ok".into() } else { format!("{written} ≠ {found}") }
}

/// The checks that are kept in words beside a frame (`crc ok 1A2B, length ok 101`).
pub(crate) fn kept_checks(words: &str) -> BTreeMap<String, String> {
    let checks = words.split(',').map(str::trim).filter(|c| !c.is_empty()).filter_map(|check| {
        let (name, said) = check.split_once(' ')?;
        let said = if said.split(' ').next() == Some("ok") { "ok" } else { said };
        Some((name.to_owned(), said.to_owned()))
    });
    checks.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway::words::Words;

    #[test]
    fn a_refused_frame_says_what_was_wrong() {
        let checks = Checks {
            length_written: Some(12),
            length_found: Some(12),
            crc_written: Some("abcd".into()),
            crc_computed: Some("1234".into()),
        };
        let entry = Entry {
            at_ms: 1_000,
            remote: "1.2.3.4:5".into(),
            reason: Words::new("校验不对。", "The checksum is wrong."),
            bytes: vec![0x23, 0xff],
            bytes_total: 2,
            checks,
        };
        let shown = frame(&entry);
        assert_eq!((shown.at.as_str(), shown.bytes_hex.as_str()), ("1970-01-01T00:00:01Z", "23ff"));
        assert_eq!((shown.reason.zh.as_str(), shown.text.as_str()), ("校验不对。", "#\u{fffd}"));
        let checks = shown.checks.unwrap();
        assert_eq!((checks["length"].as_str(), checks["crc"].as_str()), ("ok", "abcd ≠ 1234"));
        assert_eq!(results(&Checks::default()), None);
    }

    #[test]
    fn kept_checks_are_read_back() {
        let checks = kept_checks("crc ok 1A2B, length ok 101");
        assert_eq!(
            checks,
            BTreeMap::from([("crc".to_owned(), "ok".to_owned()), ("length".to_owned(), "ok".to_owned())])
        );
        assert_eq!(kept_checks("json ok")["json"], "ok");
        assert_eq!(kept_checks("crc wrong 12")["crc"], "wrong 12");
        assert!(kept_checks("").is_empty());
    }
}
