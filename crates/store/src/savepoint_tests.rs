use super::*;
use crate::SimDisk;
use crate::testing::{commit, create, full_commit, key, set};
use model::{Attribute, Change, Tenant};

fn city() -> State {
    let mut state = State::default();
    state.declare_index(&"Gauge".into(), &"level".into());
    state.declare_versioned(&"Role".into());
    let n = |n: f64| vec![Attribute::new("n", n.into())];
    for (seq, change) in [
        (1, create("urn:r:1", "Role", n(1.0))),
        (2, set("urn:r:1", n(2.0))),
        (3, create("urn:r:2", "Role", n(1.0))),
        (4, Change::Delete { key: key("urn:r:2") }),
    ] {
        state.apply(&commit(seq, vec![change]));
    }
    let mut full = full_commit();
    let theirs = EntityKey { tenant: Tenant::new("harbour"), id: "urn:g:9".into() };
    full.changes.push(Change::Create { key: theirs, types: vec!["Gauge".into()], attributes: vec![] });
    state.apply(&full);
    state
}

fn engines() -> Vec<EngineState> {
    vec![("rules".into(), 40, vec![1, 2, 3]), ("flow".into(), 42, Vec::new())]
}

fn written(state: &State) -> Vec<u8> {
    let disk = SimDisk::new(1);
    let path = write(&disk, state, &engines()).unwrap();
    disk.read_all(&path, u64::MAX).unwrap()
}

fn disk_with(bytes: &[u8]) -> SimDisk {
    let disk = SimDisk::new(1);
    disk.put("savepoints/savepoint-00000000000000000042", bytes).unwrap();
    disk
}

#[test]
fn the_first_format_is_read_for_ever() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/savepoint-v1.bin");
    if std::env::var_os("JINGWEI_BLESS").is_some() {
        std::fs::write(&path, written(&city())).unwrap();
    }
    let golden = std::fs::read(path).unwrap();
    let loaded = load(&disk_with(&golden)).unwrap();
    assert!(loaded.refused.is_empty());
    assert_eq!(loaded.engines, engines());
    assert_eq!(written(&loaded.state), golden, "what was read is what was written");
}

#[test]
fn a_state_comes_back_as_it_was() {
    let before = city();
    let state = load(&disk_with(&written(&before))).unwrap().state;
    assert_eq!((state.seq(), state.epoch(), state.recorded_at()), (42, 7, before.recorded_at()));
    assert_eq!(state.kinds(), before.kinds());
    let gauge = key("urn:ngsi-ld:Gauge:1");
    assert_eq!(state.get(&gauge), before.get(&gauge));
    for (id, secs) in [("urn:r:1", 1), ("urn:r:1", 2), ("urn:r:2", 3), ("urn:r:2", 4), ("urn:r:2", 0)] {
        let at = Time::from_secs(secs);
        assert_eq!(state.version_at(&key(id), at), before.version_at(&key(id), at), "{id} {secs}");
    }
    assert_eq!(state.receipt(&"urn:ngsi-ld:Device:1".into(), &"k-1".into()), Some(42));
    assert_eq!(state.reaction(&Cause { seq: 40, engine: "rules".into() }), Some(42));
    let mut select = crate::Select::city("Gauge", 5);
    select.conditions = vec![crate::Condition::Equals("level".into(), 3.5.into())];
    assert_eq!(state.select(&select).unwrap().entities.len(), before.select(&select).unwrap().entities.len());
    assert!(state.get(&EntityKey { tenant: Tenant::new("harbour"), id: "urn:g:9".into() }).is_some());
}

#[test]
fn a_changed_bit_or_a_cut_is_noticed_and_the_one_before_is_used() {
    let whole = written(&city());
    for i in (0..whole.len()).step_by(7) {
        let disk = disk_with(&whole);
        disk.flip_bit("savepoints/savepoint-00000000000000000042", i);
        let loaded = load(&disk).unwrap();
        assert!(loaded.state.seq() == 0 && loaded.refused.len() == 1, "bit of byte {i}");
        assert_eq!(load(&disk_with(&whole[..i])).unwrap().refused.len(), 1, "cut at {i}");
    }
    let disk = disk_with(&whole);
    disk.put("savepoints/savepoint-00000000000000000050", b"jwsave\x02\0later").unwrap();
    let loaded = load(&disk).unwrap();
    assert_eq!((loaded.state.seq(), loaded.refused.len()), (42, 1));
    assert!(loaded.refused[0].to_string().contains("known version"), "{}", loaded.refused[0]);
}

#[test]
fn two_are_kept_and_a_half_written_one_is_cleared_away() {
    let disk = SimDisk::new(1);
    let mut state = State::default();
    for seq in 1..=4 {
        state.apply(&commit(seq, vec![]));
        disk.create(&format!("savepoints/savepoint-{:020}.part", seq * 10)).unwrap();
        write(&disk, &state, &[]).unwrap();
    }
    let names = disk.list("savepoints").unwrap();
    assert_eq!(names, ["savepoint-00000000000000000003", "savepoint-00000000000000000004"]);
    write(&disk, &state, &[]).unwrap();
    assert_eq!(disk.list("savepoints").unwrap(), names);
}

#[test]
fn a_savepoint_from_a_snapshot_does_not_see_later_commits() {
    let mut state = city();
    let snapshot = state.clone();
    state.apply(&commit(99, vec![Change::Delete { key: key("urn:r:1") }]));
    assert_eq!(written(&snapshot), written(&city()));
}

#[test]
fn many_entities_take_many_blocks() {
    let mut state = State::default();
    let text = "x".repeat(2_000);
    let one =
        |i: u64| create(&format!("urn:e:{i}"), "Thing", vec![Attribute::new("text", text.as_str().into())]);
    for seq in 1..=500 {
        state.apply(&commit(seq, vec![one(seq)]));
    }
    let bytes = written(&state);
    assert!(bytes.len() > 3 * BLOCK);
    let disk = SimDisk::new(1);
    disk.put("savepoints/savepoint-00000000000000000500", &bytes).unwrap();
    let loaded = load(&disk).unwrap().state;
    assert_eq!(loaded.count("Thing"), 500);
    assert!(std::ptr::eq(
        loaded.all("Thing").next().unwrap().types[0].as_str(),
        loaded.all("Thing").last().unwrap().types[0].as_str()
    ));
}

#[test]
fn an_engine_state_and_names_are_taken_as_they_are() {
    let state = State::default();
    let disk = SimDisk::new(1);
    let engines = vec![(Name::new("wide"), 7, vec![0xff; 5_000_000])];
    write(&disk, &state, &engines).unwrap();
    assert_eq!(load(&disk).unwrap().engines, engines);
}
