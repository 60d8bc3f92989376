use super::*;
use model::{Actor, Change, Class, EntityId, Header, Name, Outcome, Value};
use std::fs;

fn commit(seq: Seq, changes: Vec<Change>) -> Commit {
    let actor =
        Actor { principal: EntityId::new("urn:d:1"), right: None, via: Name::new("device"), remote: None };
    let header = Header {
        seq,
        epoch: 1,
        recorded_at: Time::from_secs(1_000 + i64::try_from(seq).unwrap()),
        class: Class::Telemetry,
        actor,
        command: Name::new("gateway.observe"),
        idempotency_key: None,
        reacted_to: None,
        pack: None,
        outcome: Outcome::Accepted,
    };
    Commit { header, changes, frame: None }
}

fn set(seq: Seq, at_s: i64, value: f64) -> Commit {
    let attribute = Attribute::new("level", Value::Number(value)).observed(Time::from_secs(at_s));
    commit(seq, vec![Change::Set { key: EntityKey::city("urn:g:1"), attributes: vec![attribute] }])
}

fn keep(_: &EntityKey, attribute: &Attribute) -> Option<Keep> {
    (attribute.name != *"silent")
        .then_some(Keep { precision: Some(0.1), personal: attribute.name == *"phone" })
}

fn level() -> Series {
    Series::of(&EntityKey::city("urn:g:1"), "level", None)
}

/// (second, value, seq) of every point.
fn all(store: &Store) -> Vec<(i64, f64, Seq)> {
    let points = store.between(&level(), Time(i64::MIN), Time(i64::MAX), 1_000_000).unwrap();
    let all =
        points.iter().map(|p| (p.at.secs_since(Time(0)), p.value.as_number().unwrap(), p.seq)).collect();
    assert_eq!(points, store.last(&level(), 1_000_000).unwrap(), "last and between agree");
    all
}

#[test]
fn points_survive_a_restart_and_the_log_read_again_adds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let log: Vec<Commit> = (1..=20).map(|i| set(i, i as i64 * 60, i as f64)).collect();
    let mut store = Store::open(dir.path()).unwrap();
    for (i, c) in log.iter().enumerate() {
        assert_eq!(store.append(c, &keep).unwrap(), Appended { points: 1, ..Appended::default() });
        if i == 9 {
            store.seal().unwrap();
        }
    }
    let before = all(&store);
    drop(store);
    let mut store = Store::open(dir.path()).unwrap();
    assert_eq!((store.cursor(), all(&store).len()), (10, 10));
    for c in &log {
        store.append(c, &keep).unwrap();
    }
    assert_eq!((all(&store), before.len(), store.applied()), (before, 20, 20));
}

#[test]
fn corrections_repetitions_and_late_points_by_place() {
    // Steps: seq, second, value; a seal after those with true. Then what stands: second, value, seq.
    type Case = (&'static str, &'static [(Seq, i64, f64, bool)], &'static [(i64, f64, Seq)]);
    let cases: [Case; 8] = [
        ("correction in memory", &[(1, 60, 1.0, false), (2, 60, 2.0, false)], &[(60, 2.0, 2)]),
        ("correction of a sealed point", &[(1, 60, 1.0, true), (2, 60, 2.0, false)], &[(60, 2.0, 2)]),
        ("both sealed", &[(1, 60, 1.0, true), (2, 60, 2.0, true)], &[(60, 2.0, 2)]),
        ("the same again, sealed", &[(1, 60, 1.0, true), (2, 60, 1.04, true)], &[(60, 1.0, 2)]),
        (
            "back to the first value, sealed each",
            &[(1, 60, 1.0, true), (2, 60, 2.0, true), (3, 60, 1.0, true)],
            &[(60, 1.0, 3)],
        ),
        ("the same again in memory", &[(1, 60, 1.0, false), (2, 60, 1.04, false)], &[(60, 1.0, 1)]),
        ("late in memory", &[(1, 60, 1.0, false), (2, 30, 2.0, false)], &[(30, 2.0, 2), (60, 1.0, 1)]),
        (
            "late after sealing",
            &[(1, 60, 1.0, true), (2, 120, 3.0, true), (3, 30, 2.0, true)],
            &[(30, 2.0, 3), (60, 1.0, 1), (120, 3.0, 2)],
        ),
    ];
    for (name, steps, want) in cases {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path()).unwrap();
        for (seq, at, value, seal) in steps {
            store.append(&set(*seq, *at, *value), &keep).unwrap();
            if *seal {
                store.seal().unwrap();
            }
        }
        assert_eq!(all(&store), want, "{name}");
        let last = store.last(&level(), 1).unwrap();
        assert_eq!(last[0].seq, want[want.len() - 1].2, "{name}");
    }
}

#[test]
fn a_crash_between_file_and_manifest_loses_and_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.append(&set(1, 60, 1.0), &keep).unwrap();
    store.seal().unwrap();
    let old = fs::read(dir.path().join("manifest")).unwrap();
    store.append(&set(2, 120, 2.0), &keep).unwrap();
    store.seal().unwrap();
    drop(store);
    // As if the process had died after the file and before the manifest, and in the middle of the next.
    fs::write(dir.path().join("manifest"), old).unwrap();
    fs::write(dir.path().join("points-0000000009.parquet.part"), b"half").unwrap();
    fs::write(dir.path().join("manifest.part"), b"half").unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    assert_eq!((store.cursor(), all(&store)), (1, vec![(60, 1.0, 1)]));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "what was half done is gone");
    store.append(&set(2, 120, 2.0), &keep).unwrap();
    store.seal().unwrap();
    assert_eq!((store.cursor(), all(&store)), (2, vec![(60, 1.0, 1), (120, 2.0, 2)]));
}

#[test]
fn a_damaged_manifest_or_a_missing_file_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.append(&set(1, 60, 1.0), &keep).unwrap();
    store.seal().unwrap();
    let good = fs::read(dir.path().join("manifest")).unwrap();
    fs::write(dir.path().join("manifest"), &good[..good.len() - 3]).unwrap();
    assert!(matches!(Store::open(dir.path()), Err(Error::Manifest(_))));
    fs::write(dir.path().join("manifest"), &good).unwrap();
    fs::remove_file(dir.path().join("points-0000000000.parquet")).unwrap();
    assert!(matches!(Store::open(dir.path()), Err(Error::Disk(_))));
}

#[test]
fn personal_and_silent_attributes_leave_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let key = EntityKey::city("urn:g:1");
    let attributes = vec![
        Attribute::new("phone", Value::text("13800000000")),
        Attribute::new("silent", Value::Number(1.0)),
        Attribute::new("note", Value::text("shown")),
    ];
    let types = vec![Name::new("Gauge")];
    let done = store
        .append(&commit(1, vec![Change::Create { key: key.clone(), types, attributes }]), &keep)
        .unwrap();
    assert_eq!(done.points, 1);
    store.seal().unwrap();
    assert!(store.last(&Series::of(&key, "phone", None), 9).unwrap().is_empty());
    let note = store.last(&Series::of(&key, "note", None), 9).unwrap();
    assert_eq!((note[0].at, note[0].value.as_str()), (Time::from_secs(1_001), Some("shown")));
}

#[test]
fn full_memory_seals_itself_and_a_failing_disk_stops_it() {
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits { points_max: 10, series_points_max: 100, bytes_max: 1 << 20 };
    let mut store = Store::open_with(dir.path(), limits).unwrap();
    for i in 1..=35 {
        store.append(&set(i, i as i64, i as f64), &keep).unwrap();
    }
    assert_eq!((store.cursor(), store.sizes().0, store.sizes().2), (30, 5, 3));
    assert_eq!(all(&store).len(), 35);
    for i in 36..=40 {
        store.append(&set(i, i as i64, i as f64), &keep).unwrap();
    }
    fs::remove_dir_all(dir.path()).unwrap();
    assert!(store.append(&set(41, 41, 41.0), &keep).is_err());
    assert_eq!((store.applied(), store.cursor(), store.sizes().0), (40, 30, 10));
}

#[test]
fn merging_changes_the_files_and_not_the_points() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let mut seq = 0;
    for round in 0..20_i64 {
        for i in 0..5_i64 {
            seq += 1;
            // Every second round corrects the last one.
            store.append(&set(seq, (round / 2) * 5 + i, (round * 100 + i) as f64), &keep).unwrap();
        }
        store.seal().unwrap();
    }
    let before = all(&store);
    let mut merges = 0;
    while let Some(merge) = store.merge_due() {
        let merged = merge.run().unwrap();
        store.append(&set(seq, 0, 0.0), &keep).unwrap();
        store.merged(merged).unwrap();
        merges += 1;
    }
    assert_eq!((merges, store.sizes().2, before.len()), (2, 6, 50));
    assert_eq!(all(&store), before);
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    assert_eq!((all(&store), store.cursor()), (before, seq));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 7);
}

#[test]
fn a_merge_that_a_crash_cut_off_is_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    for i in 1..=8 {
        store.append(&set(i, i as i64, i as f64), &keep).unwrap();
        store.seal().unwrap();
    }
    let before = all(&store);
    store.merge_due().unwrap().run().unwrap();
    drop(store);
    let mut store = Store::open(dir.path()).unwrap();
    assert_eq!((all(&store), store.sizes().2), (before.clone(), 8));
    let (one, two) = (store.merge_due().unwrap().run().unwrap(), store.merge_due().unwrap().run().unwrap());
    store.merged(one).unwrap();
    store.merged(two).unwrap();
    assert_eq!((all(&store), store.sizes().2), (before, 1));
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        2,
        "the second of two merges of the same files is gone"
    );
}

/// A fixed scramble of a number.
fn scramble(n: u64) -> u64 {
    let x = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^ (x >> 32)
}

#[test]
fn any_order_of_readings_seals_merges_and_crashes_gives_what_the_log_says() {
    for seed in 0..40 {
        let dir = tempfile::tempdir().unwrap();
        let limits = Limits { points_max: 9, ..Limits::default() };
        let mut store = Store::open_with(dir.path(), limits).unwrap();
        let mut log: Vec<Commit> = Vec::new();
        let mut says: std::collections::BTreeMap<i64, f64> = std::collections::BTreeMap::new();
        for step in 0..150 {
            let dice = scramble(seed * 1_000 + step);
            match dice % 12 {
                0 => store.seal().unwrap(),
                1 => {
                    // A crash: what was only in memory is gone, and the log is read again.
                    drop(store);
                    store = Store::open_with(dir.path(), limits).unwrap();
                    for c in &log {
                        store.append(c, &keep).unwrap();
                    }
                }
                2 => {
                    let merged = store.merge_due().map(|m| m.run().unwrap());
                    merged.into_iter().for_each(|m| store.merged(m).unwrap());
                }
                _ => {
                    let seq = log.len() as Seq + 1;
                    let (at, value) = ((dice >> 8) as i64 % 30, (dice >> 20) as f64 % 3.0);
                    log.push(set(seq, at, value.trunc()));
                    store.append(&log[log.len() - 1], &keep).unwrap();
                    says.insert(at, value.trunc());
                }
            }
        }
        let stands: Vec<_> = all(&store).into_iter().map(|(at, value, _)| (at, value)).collect();
        assert_eq!(stands, says.into_iter().collect::<Vec<_>>(), "seed {seed}");
    }
}

#[test]
fn a_scan_gives_files_and_memory_as_one_and_outlives_a_merge() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    let other = |seq: Seq| {
        let at =
            |name: &str, n: f64| Attribute::new(name, Value::Number(n)).observed(Time::from_secs(seq as i64));
        let key = EntityKey::city("urn:g:2");
        commit(seq, vec![Change::Set { key, attributes: vec![at("level", 5.0), at("flow", 1.0)] }])
    };
    for i in 1..=20 {
        let c = if i % 2 == 0 { other(i) } else { set(i, i as i64 * 60, i as f64) };
        store.append(&c, &keep).unwrap();
        if i % 2 == 0 {
            store.seal().unwrap();
        }
    }
    store.append(&set(21, 60, 7.0), &keep).unwrap();
    let all = (Time(i64::MIN), Time(i64::MAX));
    let texts = |scan: &mut Scan| {
        let mut rows = vec![];
        while let Some(s) = scan.advance().unwrap() {
            rows.push((s.key.id.to_string(), s.attribute.to_string(), s.point.at, s.point.seq));
        }
        rows
    };
    let mut whole = store.scan(all.0, all.1, None, |_| true).unwrap();
    let merge = store.merge_due().unwrap();
    store.merged(merge.run().unwrap()).unwrap();
    let rows = texts(&mut whole);
    let mut sorted = rows.clone();
    sorted.sort();
    assert_eq!((rows.len(), &rows), (30, &sorted));
    assert_eq!(rows[0], ("urn:g:1".into(), "level".into(), Time::from_secs(60), 21), "the correction stands");
    let two = [EntityId::new("urn:g:2")];
    let mut few = store.scan(Time::from_secs(4), Time::from_secs(9), Some(&two), |a| a == "flow").unwrap();
    let rows = texts(&mut few);
    assert_eq!(rows.iter().map(|r| r.3).collect::<Vec<_>>(), [4, 6, 8]);
    let none = [EntityId::new("urn:g")];
    assert!(store.scan(all.0, all.1, Some(&none), |_| true).unwrap().advance().unwrap().is_none());
}
