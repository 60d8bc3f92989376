//! The same commits give the same state, however they reach it.

use super::*;
use crate::disk::{Disk, SimDisk};
use crate::log::{decode, encode};
use crate::savepoint;
use crate::testing::{Random, commit, create, key, set};
use model::{Attribute, Change, Commit};

fn declarations() -> Vec<Declaration> {
    let d = |kind: &str, indexes: &[&str], versioned| Declaration {
        kind: kind.into(),
        indexes: indexes.iter().map(|n| Name::new(*n)).collect(),
        versioned,
    };
    vec![d("Role", &["n"], true), d("Gauge", &["level", "n"], false)]
}

fn history(seed: u64, n: Seq) -> Vec<Commit> {
    let mut random = Random::new(seed);
    let mut commits = Vec::new();
    for seq in 1..=n {
        let mut changes = Vec::new();
        for _ in 0..random.below(4) {
            let id = format!("urn:e:{}", random.below(40));
            let kind = ["Role", "Gauge", "Other"][random.below(3)];
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let mut a = Attribute::new(["level", "n", "m"][random.below(3)], (random.below(9) as f64).into());
            if random.below(2) == 0 {
                a = a.observed(Time::from_secs(i64::try_from(random.below(50)).unwrap()));
            }
            changes.push(match random.below(6) {
                0 => Change::Delete { key: key(&id) },
                1 => Change::Unset { key: key(&id), attributes: vec![(a.name, None)] },
                2 => create(&id, kind, vec![a]),
                _ => set(&id, vec![a]),
            });
        }
        let mut c = commit(seq, changes);
        c.header.idempotency_key = (seq % 3 == 0).then(|| format!("k{}", random.below(50)).as_str().into());
        c.header.reacted_to = (seq % 4 == 0).then(|| Cause { seq: seq / 2, engine: "rules".into() });
        commits.push(c);
    }
    commits
}

/// Everything that a savepoint holds, as bytes: two states are the same when these are.
fn bytes_of(state: &State) -> Vec<u8> {
    let disk = SimDisk::new(1);
    let path = savepoint::write(&disk, state, &[]).unwrap();
    disk.read_all(&path, u64::MAX).unwrap()
}

fn replay(state: &mut State, commits: &[Commit]) {
    commits.iter().for_each(|c| state.apply(c));
}

#[test]
fn applying_is_deterministic_through_the_bytes_of_the_log() {
    for seed in 0..10 {
        let commits = history(seed, 300);
        let (mut direct, mut decoded) = (State::new(declarations()), State::new(declarations()));
        replay(&mut direct, &commits);
        for c in &commits {
            let mut bytes = Vec::new();
            encode(c, 0, &mut bytes).unwrap();
            decoded.apply(&decode(&bytes).unwrap());
        }
        assert!(bytes_of(&direct) == bytes_of(&decoded), "seed {seed}");
    }
}

#[test]
fn a_savepoint_at_any_commit_and_the_rest_give_the_same_state() {
    for seed in 0..6 {
        let commits = history(seed, 200);
        let mut whole = State::new(declarations());
        replay(&mut whole, &commits);
        let want = bytes_of(&whole);
        for cut in [0, 1, 57, 120, 199, 200] {
            let mut first = State::new(declarations());
            replay(&mut first, &commits[..cut]);
            let disk = SimDisk::new(1);
            savepoint::write(&disk, &first, &[]).unwrap();
            let mut second = savepoint::load(&disk).unwrap().state;
            replay(&mut second, &commits[cut..]);
            assert!(bytes_of(&second) == want, "seed {seed} cut {cut}");
        }
    }
}

#[test]
fn applying_everything_again_changes_nothing() {
    let commits = history(3, 200);
    let mut state = State::new(declarations());
    replay(&mut state, &commits);
    let want = bytes_of(&state);
    replay(&mut state, &commits);
    replay(&mut state, &commits[50..]);
    assert!(bytes_of(&state) == want);
}

#[test]
fn indexes_declared_early_or_late_are_the_same() {
    let commits = history(4, 300);
    let (mut early, mut late) = (State::new(declarations()), State::default());
    replay(&mut early, &commits);
    replay(&mut late, &commits);
    for d in declarations() {
        d.indexes.iter().for_each(|n| late.declare_index(&d.kind, n));
    }
    for d in declarations() {
        for name in &d.indexes {
            let index = |s: &State| s.table(&Tenant::city(), d.kind.as_str()).unwrap().indexes[name].clone();
            assert!(index(&early).iter().eq(index(&late).iter()), "{} {name}", d.kind);
            assert!(index(&early).len() >= early.count(d.kind.as_str()));
        }
    }
}

#[test]
fn a_version_is_what_the_state_was_then() {
    let commits = history(5, 250);
    let mut state = State::new(declarations());
    let mut snapshots = Vec::new();
    for c in &commits {
        state.apply(c);
        snapshots.push(state.clone());
    }
    let mut compared = 0;
    for snapshot in snapshots.iter().step_by(10) {
        for n in 0..40 {
            let k = key(&format!("urn:e:{n}"));
            // An entity may have had another type before or since; only a role has all its versions.
            let Some(then) = snapshot.get(&k).filter(|e| e.kind() == "Role") else { continue };
            assert_eq!(state.version_at(&k, snapshot.recorded_at()), Some(then));
            compared += 1;
        }
    }
    assert!(compared > 50, "{compared}");
}
