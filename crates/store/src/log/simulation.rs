//! The log against a disk that fails and a machine that stops, from seeds.

use super::*;
use crate::disk::{Faults, SimDisk};
use crate::testing::{Random, commit, set};
use model::Attribute;

const OPTIONS: LogOptions = LogOptions { segment_bytes: 6_000, buffer_bytes: 100_000 };

/// What a run did, so that a test can tell that it was not idle.
#[derive(Default, Debug)]
struct Run {
    acknowledged: usize,
    crashes: usize,
    poisoned: usize,
    cut_bytes: u64,
}

/// A commit whose content depends on its number alone.
fn entry(seq: Seq, random: &mut Random) -> Commit {
    let text = "z".repeat(random.below(900));
    commit(seq, vec![set(&format!("urn:x:{seq}"), vec![Attribute::new("text", text.as_str().into())])])
}

/// Reads everything and compares it with what was acknowledged: all of it, in order, nothing twice. What was
/// appended and not acknowledged may be there, after all that was.
fn check(log: &Log<SimDisk>, sent: &[Commit], acknowledged: usize) -> Result<usize, String> {
    let mut found = Vec::new();
    log.read_from(0, &mut |c| {
        found.push(c);
        ControlFlow::Continue(())
    })
    .map_err(|e| e.to_string())?;
    if found.len() < acknowledged {
        return Err(format!("{acknowledged} acknowledged, {} found", found.len()));
    }
    if found != sent[..found.len().min(sent.len())] {
        return Err("other commits found than were sent".into());
    }
    Ok(found.len())
}

/// One city's life of twelve starts. The plant makes the log defective.
fn live(seed: u64, plant: impl Fn(&mut Log<SimDisk>)) -> Result<Run, String> {
    let mut random = Random::new(seed);
    let (mut disk, mut run) = (SimDisk::new(seed), Run::default());
    let mut sent: Vec<Commit> = Vec::new();
    let mut acknowledged = 0;
    for _ in 0..12 {
        let (mut log, opened) = Log::open(disk.clone(), OPTIONS).map_err(|e| e.to_string())?;
        plant(&mut log);
        run.cut_bytes += opened.cut_bytes;
        let there = check(&log, &sent, acknowledged)?;
        sent.truncate(there);
        acknowledged = there;
        disk.set_faults(Faults {
            short_write: [0, 30][random.below(2)],
            sync_error: [0, 30][random.below(2)],
            capacity: [usize::MAX, 40_000 + random.below(60_000)][random.below(2)],
        });
        let stops = random.below(2) == 0;
        if stops {
            disk.stop_after(random.below(80) as u64);
        }
        for _ in 0..random.below(60) {
            for _ in 0..=random.below(8) {
                let seq = sent.last().map_or(0, Commit::seq) + 1 + random.below(2) as u64;
                sent.push(entry(seq, &mut random));
                if let Err(e) = log.append(&sent[sent.len() - 1]) {
                    return Err(e.to_string());
                }
            }
            if log.sync().is_err() {
                run.poisoned += 1;
                let next = entry(1_000_000, &mut random);
                if log.append(&next).is_ok() || log.sync().is_ok() {
                    return Err("accepted after a sync error".into());
                }
                break;
            }
            acknowledged = sent.len();
        }
        disk.set_faults(Faults::default());
        if stops || random.below(3) == 0 {
            disk = disk.crash();
            run.crashes += 1;
        }
    }
    let (log, _) = Log::open(disk, OPTIONS).map_err(|e| e.to_string())?;
    check(&log, &sent, acknowledged)?;
    run.acknowledged = acknowledged;
    Ok(run)
}

#[test]
fn nothing_acknowledged_is_lost_or_doubled_over_a_hundred_seeds() {
    let mut sum = Run::default();
    for seed in 0..100 {
        let run = live(seed, |_| ()).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        sum.acknowledged += run.acknowledged;
        sum.crashes += run.crashes;
        sum.poisoned += run.poisoned;
        sum.cut_bytes += run.cut_bytes;
    }
    assert!(
        sum.acknowledged > 10_000 && sum.crashes > 500 && sum.poisoned > 100 && sum.cut_bytes > 10_000,
        "{sum:?}"
    );
}

#[cfg(feature = "planted")]
#[test]
fn acknowledging_before_the_sync_is_caught() {
    let caught = (0..100).filter(|seed| live(*seed, Log::acknowledge_before_sync).is_err()).count();
    assert!(caught > 90, "{caught} of 100 seeds caught it");
}
