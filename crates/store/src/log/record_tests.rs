use super::*;
use crate::testing::{Random, commit, full_commit, set};
use model::{Attribute, Outcome};

fn record(c: &Commit) -> Vec<u8> {
    let mut out = Vec::new();
    encode(c, 16, &mut out).unwrap();
    out
}

/// Reads a file of `testdata`, or writes it when blessing.
fn golden(name: &str, now: &[u8]) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name);
    if std::env::var_os("JINGWEI_BLESS").is_some() {
        std::fs::write(&path, now).unwrap();
    }
    std::fs::read(path).unwrap()
}

#[test]
fn the_first_format_is_read_and_written_for_ever() {
    let now = record(&full_commit());
    let then = golden("commit-v1.bin", &now);
    assert_eq!(decode(&then).unwrap(), full_commit());
    assert_eq!(then, now);
}

#[test]
fn every_outcome_and_class_survives() {
    let outcomes = [
        Outcome::Accepted,
        Outcome::Refused("no such case".into()),
        Outcome::Started { gap_s: u64::MAX },
        Outcome::Tick,
    ];
    for outcome in outcomes {
        for class in [Class::Telemetry, Class::Governed, Class::Audit, Class::System] {
            let mut c = commit(1, vec![]);
            c.header.outcome = outcome.clone();
            c.header.class = class;
            assert_eq!(decode(&record(&c)).unwrap(), c);
        }
    }
}

#[test]
fn the_header_is_read_without_the_body() {
    let framed = frame(&record(&full_commit())).unwrap();
    let h = framed.header;
    assert_eq!(
        (h.format, h.class, h.group, h.seq, h.epoch, h.reacted_to),
        (1, Class::Governed, 16, 42, 7, 40)
    );
    assert_eq!((h.flags, h.recorded_at), (HAS_FRAME | HAS_CAUSE, full_commit().at()));
}

#[test]
fn one_attribute_makes_a_small_record() {
    let level = Attribute::new("level", 1.25.into()).observed(Time::from_secs(3));
    let bytes = record(&commit(4, vec![set("urn:ngsi-ld:Gauge:1", vec![level])]));
    assert!(bytes.len() < 140, "{}", bytes.len());
}

#[test]
fn a_changed_bit_or_a_cut_is_noticed_everywhere() {
    let whole = record(&full_commit());
    for i in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[i] ^= 1 << (i % 8);
        assert!(decode(&bytes).is_err(), "bit of byte {i}");
        assert!(decode(&whole[..i]).is_err(), "cut at {i}");
    }
    assert!(decode(&[whole.clone(), vec![0]].concat()).is_err());
}

#[test]
fn a_body_of_any_bytes_is_refused_without_harm() {
    let whole = record(&full_commit());
    let mut random = Random::new(5);
    for _ in 0..20_000 {
        let mut bytes = whole.clone();
        for _ in 0..=random.below(3) {
            let i = PREFIX + FIXED + random.below(bytes.len() - PREFIX - FIXED);
            bytes[i] = random.next().to_le_bytes()[0];
        }
        let sum = checksum(&bytes);
        bytes[4..8].copy_from_slice(&sum.to_le_bytes());
        if let Ok(c) = decode(&bytes) {
            assert_eq!(c.header.seq, 42);
        }
    }
}

#[test]
fn a_later_format_is_foreign_and_not_broken() {
    let mut bytes = record(&commit(1, vec![]));
    bytes[8] = 2;
    let sum = checksum(&bytes);
    bytes[4..8].copy_from_slice(&sum.to_le_bytes());
    assert_eq!(frame(&bytes), Err(Flaw::Foreign("unknown format version")));
}

#[test]
fn what_is_too_large_or_too_deep_leaves_the_buffer_as_it_was() {
    let deep = (0..40).fold(model::Value::Null, |v, _| model::Value::list([v]));
    let large = model::Value::text("x".repeat(RECORD_MAX));
    for value in [deep, large] {
        let mut out = vec![1, 2, 3];
        assert!(encode(&commit(1, vec![set("a", vec![Attribute::new("v", value)])]), 0, &mut out).is_err());
        assert_eq!(out, [1, 2, 3]);
    }
}
