use super::*;
use crate::testing::{commit, create, key, set};
use model::{Attribute, Change, Value};

fn number(name: &str, n: f64) -> Attribute {
    Attribute::new(name, n.into())
}

fn at(name: &str, n: f64, secs: i64) -> Attribute {
    number(name, n).observed(Time::from_secs(secs))
}

#[test]
fn a_commit_of_a_stale_epoch_or_an_old_number_is_dropped_whole() {
    let mut state = State::default();
    let mut c = commit(5, vec![create("a", "Gauge", vec![number("level", 1.0)])]);
    c.header.epoch = 3;
    state.apply(&c);
    for (seq, epoch) in [(5, 3), (4, 3), (6, 2)] {
        let mut stale = commit(seq, vec![set("a", vec![number("level", 9.0)])]);
        stale.header.epoch = epoch;
        state.apply(&stale);
        assert_eq!(state.get(&key("a")).unwrap().number("level"), Some(1.0), "{seq} {epoch}");
    }
    assert_eq!((state.seq(), state.epoch()), (5, 3));
}

#[test]
fn apply_stamps_seq_version_and_times() {
    let mut state = State::default();
    state.apply(&commit(
        1,
        vec![create("a", "Gauge", vec![number("z", 1.0), number("b", 2.0), number("z", 3.0)])],
    ));
    state.apply(&commit(2, vec![set("a", vec![number("b", 4.0), number("c", 5.0)])]));
    let a = state.city("a").unwrap();
    let got: Vec<_> =
        a.attributes.iter().map(|a| (a.name.as_str(), a.value.as_number().unwrap(), a.seq)).collect();
    assert_eq!(got, [("b", 4.0, 2), ("c", 5.0, 2), ("z", 3.0, 1)]);
    assert_eq!((a.version, a.created_at, a.modified_at), (2, commit(1, vec![]).at(), commit(2, vec![]).at()));
    state.apply(&commit(3, vec![create("a", "Gauge", vec![number("only", 1.0)])]));
    let a = state.city("a").unwrap();
    assert_eq!((a.attributes.len(), a.created_at, a.version), (1, commit(1, vec![]).at(), 3));
}

#[test]
fn a_late_reading_leaves_the_current_value_and_a_tie_takes_the_newer_commit() {
    let mut state = State::default();
    state.apply(&commit(1, vec![create("a", "Gauge", vec![at("level", 1.0, 100)])]));
    for (seq, secs, value, want, version) in
        [(2, 99, 9.0, 1.0, 1), (3, 100, 2.0, 2.0, 3), (4, 101, 3.0, 3.0, 4), (5, 0, 8.0, 3.0, 4)]
    {
        state.apply(&commit(seq, vec![set("a", vec![at("level", value, secs)])]));
        let a = state.city("a").unwrap();
        assert_eq!((a.number("level"), a.version), (Some(want), version), "{seq}");
    }
    state.apply(&commit(6, vec![set("a", vec![number("level", 7.0)])]));
    assert_eq!(state.city("a").unwrap().number("level"), Some(7.0));
}

#[test]
fn instances_of_one_attribute_stand_apart() {
    let mut state = State::default();
    let mut other = at("level", 5.0, 10);
    other.dataset_id = Some("urn:ngsi-ld:Dataset:x".into());
    state.apply(&commit(1, vec![create("a", "Gauge", vec![at("level", 1.0, 100), other.clone()])]));
    other.value = 6.0.into();
    other.observed_at = Some(Time::from_secs(11));
    state.apply(&commit(2, vec![set("a", vec![other.clone()])]));
    let a = state.city("a").unwrap();
    assert_eq!(
        (a.attributes.len(), a.number("level"), a.attributes[1].value.as_number()),
        (2, Some(1.0), Some(6.0))
    );
    let unset = Change::Unset { key: key("a"), attributes: vec![("level".into(), other.dataset_id)] };
    state.apply(&commit(3, vec![unset.clone()]));
    state.apply(&commit(4, vec![unset]));
    let a = state.city("a").unwrap();
    assert_eq!((a.attributes.len(), a.version), (1, 3));
}

#[test]
fn changes_of_what_is_not_there_change_nothing() {
    let mut state = State::default();
    state.apply(&commit(1, vec![set("a", vec![number("x", 1.0)]), Change::Delete { key: key("a") }]));
    assert!(state.city("a").is_none() && state.kinds().is_empty() && state.seq() == 1);
}

#[test]
fn tenants_do_not_see_each_other() {
    let mut state = State::default();
    let theirs = EntityKey { tenant: Tenant::new("harbour"), id: "a".into() };
    let change = Change::Create { key: theirs.clone(), types: vec!["Gauge".into()], attributes: vec![] };
    state.apply(&commit(1, vec![change]));
    assert!(state.city("a").is_none() && state.count("Gauge") == 0);
    assert!(state.get(&theirs).is_some());
}

#[test]
fn an_entity_is_in_the_list_of_each_of_its_types() {
    let mut state = State::default();
    let types = |t: &[&str]| t.iter().map(Name::new).collect::<Vec<_>>();
    let create = |id: &str, t: &[&str]| Change::Create { key: key(id), types: types(t), attributes: vec![] };
    state.apply(&commit(1, vec![create("b", &["Station", "Sensor"]), create("a", &["Sensor"])]));
    assert_eq!(state.all("Sensor").map(|e| e.id().as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(state.kinds(), [(Name::new("Sensor"), 2), (Name::new("Station"), 1)]);
    state.apply(&commit(2, vec![create("b", &["Station"])]));
    assert_eq!((state.count("Sensor"), state.count("Station")), (1, 1));
    state.apply(&commit(3, vec![Change::Delete { key: key("b") }]));
    assert_eq!(state.kinds(), [(Name::new("Sensor"), 1)]);
}

#[test]
fn a_versioned_type_answers_for_every_time() {
    let mut state = State::default();
    state.apply(&commit(1, vec![create("r", "Role", vec![number("n", 1.0)]), create("g", "Gauge", vec![])]));
    state.declare_versioned(&"Role".into());
    state.apply(&commit(10, vec![set("r", vec![number("n", 2.0)])]));
    state.apply(&commit(20, vec![Change::Delete { key: key("r") }]));
    state.apply(&commit(30, vec![create("r", "Role", vec![number("n", 3.0)])]));
    let n = |secs: i64| state.version_at(&key("r"), Time::from_secs(secs)).map(|e| e.number("n").unwrap());
    let got = [0, 1, 9, 10, 19, 20, 29, 30, 99].map(n);
    assert_eq!(got, [None, Some(1.0), Some(1.0), Some(2.0), Some(2.0), None, None, Some(3.0), Some(3.0)]);
    assert!(state.version_at(&key("g"), Time::from_secs(0)).is_none());
    assert!(state.version_at(&key("g"), Time::from_secs(2)).is_some());
    assert!(state.version_at(&key("q"), Time::from_secs(99)).is_none());
}

#[test]
fn receipts_and_reactions_are_remembered() {
    let mut state = State::default();
    let mut c = commit(7, vec![]);
    c.header.idempotency_key = Some("k1".into());
    c.header.reacted_to = Some(Cause { seq: 3, engine: "rules".into() });
    state.apply(&c);
    let principal = c.header.actor.principal.clone();
    assert_eq!(state.receipt(&principal, &"k1".into()), Some(7));
    assert_eq!(state.receipt(&"urn:ngsi-ld:Person:x".into(), &"k1".into()), None);
    assert_eq!(state.reaction(&Cause { seq: 3, engine: "rules".into() }), Some(7));
    assert_eq!(state.reaction(&Cause { seq: 3, engine: "flow".into() }), None);
}

#[test]
fn a_snapshot_keeps_its_position() {
    let mut state =
        State::new([Declaration { kind: "Gauge".into(), indexes: vec!["level".into()], versioned: true }]);
    state.apply(&commit(1, vec![create("a", "Gauge", vec![number("level", 1.0)])]));
    let before = state.clone();
    state.apply(&commit(2, vec![set("a", vec![number("level", 2.0)]), create("b", "Gauge", vec![])]));
    assert_eq!((before.count("Gauge"), before.city("a").unwrap().number("level")), (1, Some(1.0)));
    assert_eq!((state.count("Gauge"), state.city("a").unwrap().number("level")), (2, Some(2.0)));
}

/// Random commits against a plain map; the indexes must list what a scan lists (the persistent maps are
/// another project's and are checked here, not trusted).
#[test]
fn state_equals_a_plain_map_after_random_commits() {
    let mut random = crate::testing::Random::new(11);
    let mut state = State::default();
    let mut plain: std::collections::BTreeMap<String, Vec<(String, Value)>> =
        std::collections::BTreeMap::new();
    state.declare_index(&"Gauge".into(), &"x".into());
    for seq in 1..4_000 {
        let id = format!("e{}", random.below(300));
        let (name, value) = (["x", "y", "z"][random.below(3)], Value::Number(random.below(20) as f64));
        let change = match random.below(10) {
            0 => {
                plain.remove(&id);
                Change::Delete { key: key(&id) }
            }
            1 | 2 => {
                plain.insert(id.clone(), vec![(name.into(), value.clone())]);
                create(&id, "Gauge", vec![Attribute::new(name, value)])
            }
            3 => {
                plain.entry(id.clone()).and_modify(|e| e.retain(|(n, _)| n != name));
                Change::Unset { key: key(&id), attributes: vec![(name.into(), None)] }
            }
            _ => {
                plain.entry(id.clone()).and_modify(|e| {
                    e.retain(|(n, _)| n != name);
                    e.push((name.into(), value.clone()));
                    e.sort_by(|a, b| a.0.cmp(&b.0));
                });
                set(&id, vec![Attribute::new(name, value)])
            }
        };
        state.apply(&commit(seq, vec![change]));
        if seq == 2_000 {
            state.declare_index(&"Gauge".into(), &"y".into());
        }
    }
    let got: Vec<_> = state
        .all("Gauge")
        .map(|e| {
            (e.id().to_string(), e.attributes.iter().map(|a| (a.name.to_string(), a.value.clone())).collect())
        })
        .collect();
    assert_eq!(got, plain.clone().into_iter().collect::<Vec<(String, Vec<_>)>>());
    for attribute in ["x", "y"] {
        for n in 0..20 {
            let mut select = crate::Select::city("Gauge", 1_000);
            select.conditions = vec![crate::Condition::Equals(attribute.into(), f64::from(n).into())];
            let got: Vec<_> =
                state.select(&select).unwrap().entities.iter().map(|e| e.id().to_string()).collect();
            let has = |e: &[(String, Value)]| {
                e.iter().any(|(k, v)| k == attribute && v.as_number() == Some(n.into()))
            };
            let want: Vec<_> = plain.iter().filter(|(_, e)| has(e)).map(|(id, _)| id.clone()).collect();
            assert_eq!(got, want, "{attribute} = {n}");
        }
    }
}

#[test]
fn a_state_and_the_handles_go_to_any_thread() {
    fn travels<T: Clone + Send + Sync + 'static>() {}
    travels::<State>();
    travels::<crate::FileDisk>();
    travels::<crate::SimDisk>();
    travels::<crate::LogReader<crate::FileDisk>>();
    travels::<crate::Blobs<crate::FileDisk>>();
}

#[test]
fn an_entity_without_a_type_is_kept_and_listed_nowhere() {
    let mut state = State::default();
    let change = Change::Create { key: key("a"), types: vec![], attributes: vec![] };
    state.apply(&commit(1, vec![change]));
    assert!(state.city("a").is_some() && state.kinds().is_empty());
    let disk = crate::SimDisk::new(1);
    crate::savepoint::write(&disk, &state, &[]).unwrap();
    assert!(crate::savepoint::load(&disk).unwrap().state.city("a").is_some());
}

#[test]
fn names_units_and_tenants_are_one_copy_in_memory() {
    let mut state = State::default();
    for (seq, id) in [(1, "a"), (2, "b")] {
        let mut level = number("level", 1.0);
        level.unit_code = Some(Name::new(String::from("MTR")));
        let made = create(id, "Gauge", vec![level.clone()]);
        level.value = 2.0.into();
        state.apply(&commit(seq, vec![made, set(id, vec![level])]));
    }
    let (a, b) = (state.city("a").unwrap(), state.city("b").unwrap());
    let same = |x: &str, y: &str| std::ptr::eq(x, y);
    assert!(same(a.types[0].as_str(), b.types[0].as_str()));
    assert!(same(a.attributes[0].name.as_str(), b.attributes[0].name.as_str()));
    let unit = |e: &Arc<Entity>| e.attributes[0].unit_code.clone().unwrap();
    assert!(same(unit(a).as_str(), unit(b).as_str()));
    assert!(same(a.key.tenant.as_str(), b.key.tenant.as_str()));
}
