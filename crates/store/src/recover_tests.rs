use super::*;
use crate::disk::{Faults, SimDisk};
use crate::testing::{Random, commit, create, key, set};
use crate::{FileDisk, savepoint};
use model::{Attribute, Commit, Time};

fn reading(seq: Seq) -> Commit {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let value = Attribute::new("level", (seq as f64).into());
    let change = if seq == 1 { create("g", "Gauge", vec![value]) } else { set("g", vec![value]) };
    commit(seq, vec![change])
}

fn grow<D: Disk>(state: &mut State, log: &mut Log<D>, seqs: impl Iterator<Item = Seq>) {
    for seq in seqs {
        let c = reading(seq);
        log.append(&c).unwrap();
        log.sync().unwrap();
        state.apply(&c);
    }
}

#[test]
fn a_city_continues_where_it_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let (mut state, engines, mut log, report) = open_city(FileDisk::open(dir.path()).unwrap()).unwrap();
    assert_eq!((engines.len(), report), (0, Recovery::default()));
    grow(&mut state, &mut log, 1..=5);
    drop(log);
    let disk = FileDisk::open(dir.path()).unwrap();
    savepoint::write(&disk, &state, &[("rules".into(), 3, vec![7])]).unwrap();
    let (mut state, engines, mut log, report) = open_city(disk).unwrap();
    assert_eq!((report.savepoint_seq, report.replayed, state.seq()), (5, 0, 5));
    assert_eq!(engines, [("rules".into(), 3, vec![7])]);
    grow(&mut state, &mut log, 6..=9);
    drop(log);
    let (state, engines, _, report) = open_city(FileDisk::open(dir.path()).unwrap()).unwrap();
    assert_eq!((report.savepoint_seq, report.replayed, state.seq(), engines[0].1), (5, 4, 9, 3));
    assert_eq!(state.city("g").unwrap().number("level"), Some(9.0));
}

#[test]
fn declarations_given_at_the_start_hold_for_the_replay() {
    let disk = SimDisk::new(1);
    let (mut state, _, mut log, _) = open_city(disk.clone()).unwrap();
    grow(&mut state, &mut log, 1..=3);
    let declarations =
        vec![Declaration { kind: "Gauge".into(), indexes: vec!["level".into()], versioned: true }];
    let options = CityOptions { declarations, ..CityOptions::default() };
    let (state, ..) = open_city_with(disk, &options).unwrap();
    let level = |secs| state.version_at(&key("g"), Time::from_secs(secs)).and_then(|e| e.number("level"));
    assert_eq!([0, 1, 2, 3, 9].map(level), [None, Some(1.0), Some(2.0), Some(3.0), Some(3.0)]);
}

#[test]
fn a_broken_savepoint_is_passed_over_and_a_lost_log_is_an_error() {
    let disk = SimDisk::new(1);
    let (mut state, _, mut log, _) = open_city(disk.clone()).unwrap();
    grow(&mut state, &mut log, 1..=4);
    savepoint::write(&disk, &state, &[]).unwrap();
    grow(&mut state, &mut log, 5..=6);
    let newest = savepoint::write(&disk, &state, &[]).unwrap();
    disk.flip_bit(&newest, 30);
    let (state, _, _, report) = open_city(disk.clone()).unwrap();
    assert_eq!((report.savepoint_seq, report.savepoints_refused.len(), state.seq()), (4, 1, 6));
    disk.flip_bit(&newest, 30);
    for name in disk.list("log").unwrap() {
        disk.remove(&format!("log/{name}")).unwrap();
    }
    let error = open_city(disk.clone()).map(|_| ()).unwrap_err();
    assert_eq!(error, RecoverError::LogBehind { last: 0, savepoint: 6 });
    let (mut log, _) = Log::open(disk.clone(), LogOptions::default()).unwrap();
    log.append(&reading(9)).unwrap();
    log.sync().unwrap();
    assert_eq!(open_city(disk).map(|_| ()).unwrap_err(), RecoverError::Gap { first: 9, savepoint: 6 });
}

/// A city that crashes while it serves, while it writes savepoints and while it is opened: the state is
/// always the one that replaying every acknowledged commit from nothing gives.
#[test]
fn state_after_any_crash_equals_a_replay_from_nothing() {
    let (mut used, mut stopped) = (0, 0);
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let mut disk = SimDisk::new(seed);
        let mut acknowledged = 0;
        for _ in 0..10 {
            if random.below(3) == 0 {
                disk.stop_after(random.below(4) as u64);
            }
            let opened = open_city(disk.clone());
            let Ok((mut state, _, mut log, report)) = opened else {
                stopped += 1;
                disk = disk.crash();
                continue;
            };
            used += usize::from(report.savepoint_seq > 0);
            assert!(state.seq() >= acknowledged, "seed {seed}");
            let mut replayed = State::default();
            log.read_from(0, &mut |c| {
                replayed.apply(&c);
                ControlFlow::Continue(())
            })
            .unwrap_or_else(|e| panic!("seed {seed}: {e}"));
            assert_eq!((state.seq(), state.city("g")), (replayed.seq(), replayed.city("g")), "seed {seed}");
            acknowledged = state.seq();
            disk.set_faults(Faults { sync_error: [0, 20][random.below(2)], ..Faults::default() });
            disk.stop_after(random.below(100) as u64);
            for _ in 0..random.below(40) {
                let c = reading(acknowledged + 1);
                if log.append(&c).is_err() || log.sync().is_err() {
                    break;
                }
                state.apply(&c);
                acknowledged += 1;
                if random.below(8) == 0 && savepoint::write(&disk, &state, &[]).is_err() {
                    break;
                }
            }
            disk = disk.crash();
        }
    }
    assert!(used > 100 && stopped > 20, "{used} {stopped}");
}
