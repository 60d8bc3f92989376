//! History append in this process: points a second, their files included, and bytes a point.

use crate::table::{Row, thousands};
use crate::{Setup, clock, empty};
use ::history::{Keep, Store};
use model::{
    Actor, Attribute, Change, Class, Commit, EntityId, EntityKey, Header, Name, Outcome, Seq, Time, Value,
};
use std::path::Path;

const SERIES: u64 = 2_000;
const POINTS: u64 = 2_000_000;
/// Points of one commit, as one frame brings them.
const FACTORS: [&str; 4] = ["flow", "total", "battery", "signal"];
/// First second of the points.
const FIRST_S: i64 = 1_783_000_000;

/// Appends two million points of two thousand series, a minute apart, and seals them.
pub fn measure(setup: &Setup) -> Result<Vec<Row>, String> {
    let dir = empty::folder(&setup.dir)?;
    let mut store = Store::open(dir.path()).map_err(|e| e.to_string())?;
    let of_one = FACTORS.len() as u64;
    // Commits are made before the clock runs, some at a time, so that making them is not measured.
    let (mut spent, mut points) = (0.0, 0_u64);
    for first in (0..POINTS / of_one).step_by(10_000) {
        let commits: Vec<Commit> = (first..(first + 10_000).min(POINTS / of_one)).map(commit).collect();
        let begun = clock::instant();
        for commit in &commits {
            points += store.append(commit, &keep).map_err(|e| e.to_string())?.points as u64;
        }
        spent += begun.elapsed().as_secs_f64();
    }
    let begun = clock::instant();
    store.seal().map_err(|e| e.to_string())?;
    spent += begun.elapsed().as_secs_f64();
    let bytes = size(dir.path())?;
    #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark")]
    let (points, bytes) = (points as f64, bytes as f64);
    let words = format!(
        "{} 点 points/s（含写文件 files included），{:.1} B/点 point",
        thousands(points / spent),
        bytes / points
    );
    Ok(vec![Row::plain("历史追加，进程内 history append, in process", words)])
}

fn keep(_: &EntityKey, _: &Attribute) -> Option<Keep> {
    Some(Keep { precision: Some(0.001), personal: false })
}

/// The n-th commit: four attributes of one entity at one minute. Entities take turns.
fn commit(n: u64) -> Commit {
    let entities = SERIES / FACTORS.len() as u64;
    let (entity, minute) = (n % entities, i64::try_from(n / entities).unwrap_or(0));
    let at = Time::from_secs(FIRST_S + minute * 60);
    let noise = |salt: u64| f64::from(u32::try_from(mixed(n * 4 + salt) % 1_000).unwrap_or(0)) / 1_000.0;
    let total = f64::from(i32::try_from(minute).unwrap_or(0)) * 0.5;
    let values =
        [0.4 + noise(0), total + noise(1) / 10.0, 3.6 + noise(2) / 50.0, (-97.0 + noise(3) * 8.0).round()];
    let attributes =
        FACTORS.iter().zip(values).map(|(name, v)| Attribute::new(*name, Value::Number(v)).observed(at));
    let key = EntityKey::city(EntityId::new(format!("urn:ngsi-ld:BenchMeter:{entity}")));
    let actor = Actor {
        principal: EntityId::new("urn:ngsi-ld:Device:bench"),
        right: None,
        via: Name::new("device"),
        remote: None,
    };
    let header = Header {
        seq: Seq::from(n + 1),
        epoch: 1,
        recorded_at: at,
        class: Class::Telemetry,
        actor,
        command: Name::new("gateway.observe"),
        idempotency_key: None,
        reacted_to: None,
        pack: None,
        outcome: Outcome::Accepted,
    };
    Commit { header, changes: vec![Change::Set { key, attributes: attributes.collect() }], frame: None }
}

/// A number that looks drawn by chance and is the same in every run (the mixing of SplitMix64).
fn mixed(n: u64) -> u64 {
    let n = n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    n ^ (n >> 31)
}

fn size(dir: &Path) -> Result<u64, String> {
    let entries = std::fs::read_dir(dir).map_err(|e| e.to_string())?;
    entries.filter_map(Result::ok).map(|e| e.metadata().map(|m| m.len()).map_err(|e| e.to_string())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_commit_brings_four_points_of_another_time_or_entity() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path()).unwrap();
        let appended = (0..2_000).map(|n| store.append(&commit(n), &keep).unwrap().points).sum::<usize>();
        assert_eq!(appended, 8_000, "no point came twice");
        let different: std::collections::BTreeSet<u64> = (0..1_000).map(mixed).collect();
        assert_eq!(different.len(), 1_000);
        store.seal().unwrap();
        assert!(size(dir.path()).unwrap() > 0);
    }
}
