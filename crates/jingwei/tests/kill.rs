//! `kill -9` at random moments under load, thirty times. Afterwards every acknowledged reading, report and
//! case is there, in order, exactly once in the log, in state and in history.

#![allow(clippy::allow_attributes, reason = "an integration test is a crate of its own")]
#![allow(clippy::unwrap_used, missing_docs, reason = "tests may unwrap")]

use model::{Change, Commit, Time};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use store::{FileDisk, Log, LogOptions};
use testkit::{City, Credential, Monitor, request};

const ROUNDS: u32 = 30;
const MONITORS: usize = 8;

fn packs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs")
}

/// What was acknowledged to whom.
#[derive(Default)]
struct Acknowledged {
    frames: BTreeMap<String, Vec<String>>,
    reports: Vec<String>,
}

/// `yyyyMMddHHmmssSSS`, one minute a step from 2026-01-01 on: every number is another time.
fn qn(n: u32) -> String {
    let at = Time::parse("2026-01-01T00:00:00Z").unwrap().plus_secs(i64::from(n) * 60).rfc3339();
    let figures: String = at.chars().filter(char::is_ascii_digit).collect();
    format!("{figures:0<17}")
}

fn monitor(
    city: (std::net::SocketAddr, &Credential),
    next: &AtomicU32,
    told: &Mutex<Acknowledged>,
    total: &AtomicU32,
) {
    let Ok(mut monitor) = Monitor::connect(city.0, city.1) else { return };
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        let value = 10.0 + f64::from(n % 300) / 10.0;
        if monitor.report(&qn(n), &format!("w01018-Rtd={value:.1},w01018-Flag=N")).is_err() {
            return;
        }
        told.lock().unwrap().frames.entry(city.1.device.clone()).or_default().push(qn(n));
        total.fetch_add(1, Ordering::Relaxed);
    }
}

fn resident(http: std::net::SocketAddr, round: u32, told: &Mutex<Acknowledged>) {
    for n in 0.. {
        let words = format!("第 {round} 轮第 {n} 件");
        let form = format!(
            "--b\r\nContent-Disposition: form-data; name=\"words\"\r\n\r\n{words}\r\n--b\r\nContent-Disposition: form-data; name=\"place\"\r\n\r\nurn:ngsi-ld:Area:360681111\r\n--b--\r\n"
        );
        let headers = [("Content-Type", "multipart/form-data; boundary=b")];
        let Ok(answer) = request(http, "POST", "/api/reports", &headers, form.as_bytes()) else { return };
        if answer.status != 201 {
            return;
        }
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(&answer.body) else { return };
        told.lock().unwrap().reports.push(json["code"].as_str().unwrap().to_owned());
    }
}

#[test]
fn nothing_acknowledged_is_lost_when_the_city_is_killed_thirty_times() {
    let root = tempfile::tempdir().unwrap();
    let data = root.path().join("data");
    let binary = Path::new(env!("CARGO_BIN_EXE_jingwei"));
    let (told, next) = (Mutex::new(Acknowledged::default()), AtomicU32::new(1));
    for round in 0..ROUNDS {
        let city = City::start(binary, &packs(), &data).unwrap();
        let devices: Vec<Credential> = city
            .credentials()
            .unwrap()
            .into_iter()
            .filter(|c| c.device.contains("outfall"))
            .take(MONITORS)
            .collect();
        let (hj212, http, total) = (city.hj212, city.http, AtomicU32::new(0));
        // The moment differs from round to round: after another number of acknowledged frames each time.
        let until = 5 + (round * 37) % 190;
        std::thread::scope(|scope| {
            for device in &devices {
                let (next, told, total) = (&next, &told, &total);
                scope.spawn(move || monitor((hj212, device), next, told, total));
            }
            scope.spawn(|| resident(http, round, &told));
            while total.load(Ordering::Relaxed) < until {
                std::thread::yield_now();
            }
            city.kill().unwrap();
        });
    }
    drop(City::start(binary, &packs(), &data).unwrap());
    let told = told.into_inner().unwrap();
    let frames: usize = told.frames.values().map(Vec::len).sum();
    assert!(frames > 1_000 && !told.reports.is_empty(), "the test did too little: {frames} frames");
    verify(&data, &told);
}

fn verify(data: &Path, told: &Acknowledged) {
    let mut frames: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut reports, mut cases, mut signals, mut reacted, mut last) =
        (Vec::new(), 0, BTreeSet::new(), BTreeSet::new(), 0);
    let (log, _) = Log::open(FileDisk::open(data).unwrap(), LogOptions::default()).unwrap();
    log.read_from(1, &mut |commit: Commit| {
        assert!(commit.seq() > last);
        last = commit.seq();
        if let Some(cause) = &commit.header.reacted_to {
            assert!(reacted.insert(cause.clone()), "reacted twice to {cause:?}");
        }
        if let Some(frame) = &commit.frame {
            let text = String::from_utf8_lossy(&frame.bytes).into_owned();
            let qn = text.split("QN=").nth(1).unwrap()[..17].to_owned();
            frames.entry(frame.device.to_string()).or_default().push(qn);
        }
        for change in &commit.changes {
            if let Change::Create { types, attributes, .. } = change {
                let value = |name: &str| attributes.iter().find(|a| a.name == name).map(|a| a.value.clone());
                match types[0].as_str() {
                    "Report" => reports.push(value("code").unwrap().as_str().unwrap().to_owned()),
                    "Case" => {
                        cases += 1;
                        for signal in value("signals").unwrap().items() {
                            assert!(
                                signals.insert(signal.as_str().unwrap().to_owned()),
                                "a signal opened two cases"
                            );
                        }
                    }
                    _ => {}
                }
            }
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    for (device, acknowledged) in &told.frames {
        let stored: Vec<&String> = frames[device].iter().filter(|qn| acknowledged.contains(qn)).collect();
        assert_eq!(
            stored,
            acknowledged.iter().collect::<Vec<_>>(),
            "{device}: lost, doubled or out of order"
        );
    }
    let stored: Vec<&String> = reports.iter().filter(|code| told.reports.contains(code)).collect();
    assert_eq!(stored, told.reports.iter().collect::<Vec<_>>(), "reports lost, doubled or out of order");
    assert!(cases >= reports.len(), "a report has no case");
}
