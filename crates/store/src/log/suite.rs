//! The log on both disks, and with readers beside the writer.

use super::*;
use crate::disk::{FileDisk, SimDisk};
use crate::testing::{commit, full_commit, set};
use model::{Attribute, RawFrame};

fn reading(seq: Seq) -> Commit {
    let text = format!("reading {seq}");
    commit(seq, vec![set("urn:g:1", vec![Attribute::new("text", text.as_str().into())])])
}

/// Opens, writes, reads, opens again; the disk is handed on as a restart would find it.
fn lives_on<D: Disk>(open: impl Fn() -> D) {
    let options = LogOptions { segment_bytes: 1_500, ..LogOptions::default() };
    for life in 0..5u64 {
        let (mut log, opened) = Log::open(open(), options).unwrap();
        assert_eq!((opened.last_seq, opened.cut_bytes), (life * 20, 0));
        for seq in life * 20 + 1..=life * 20 + 20 {
            log.append(&reading(seq)).unwrap();
            if seq % 3 == 0 {
                log.sync().unwrap();
            }
        }
        log.sync().unwrap();
        let mut next = 1;
        log.read_from(1, &mut |c| {
            assert_eq!(c, reading(next));
            next += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(next, life * 20 + 21);
        assert_eq!(log.read(life * 20 + 7).unwrap(), Some(reading(life * 20 + 7)));
    }
}

#[test]
fn a_log_lives_on_in_memory_and_in_a_folder() {
    let sim = SimDisk::new(1);
    lives_on(|| sim.clone());
    let dir = tempfile::tempdir().unwrap();
    lives_on(|| FileDisk::open(dir.path()).unwrap());
}

#[test]
fn a_torn_file_is_cut_in_a_folder_too() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(path_of(1));
    let (mut log, _) = Log::open(FileDisk::open(dir.path()).unwrap(), LogOptions::default()).unwrap();
    for seq in 1..=3 {
        log.append(&reading(seq)).unwrap();
        log.sync().unwrap();
    }
    drop(log);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 5]).unwrap();
    let (mut log, opened) = Log::open(FileDisk::open(dir.path()).unwrap(), LogOptions::default()).unwrap();
    assert_eq!(opened.last_seq, 2);
    assert_eq!(opened.cut_bytes + std::fs::metadata(&path).unwrap().len(), whole.len() as u64 - 5);
    log.append(&reading(3)).unwrap();
    log.sync().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), whole, "the same bytes come again");
}

#[test]
fn readers_beside_the_writer_see_whole_commits_in_order() {
    let options = LogOptions { segment_bytes: 4_000, ..LogOptions::default() };
    let (mut log, _) = Log::open(SimDisk::new(1), options).unwrap();
    let last = 600;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let reader = log.reader();
            scope.spawn(move || {
                let mut seen = 0;
                while seen < last {
                    reader
                        .read_from(seen + 1, &mut |c| {
                            assert_eq!(c, reading(seen + 1));
                            seen += 1;
                            ControlFlow::Continue(())
                        })
                        .unwrap();
                    assert!(seen == 0 || reader.read(seen).unwrap().is_some());
                    std::thread::yield_now();
                }
            });
        }
        for seq in 1..=last {
            log.append(&reading(seq)).unwrap();
            if seq % 7 == 0 || seq == last {
                log.sync().unwrap();
            }
        }
    });
}

/// A device may send the bytes of a log record as its frame; at a torn tail they must not pass for a later
/// write.
#[test]
fn a_record_inside_a_frame_is_no_record_of_the_log() {
    let mut inner = Vec::new();
    encode(&reading(9), 0, &mut inner).unwrap();
    let mut c = full_commit();
    c.header.seq = 2;
    c.frame = Some(RawFrame { bytes: inner.into(), ..c.frame.unwrap() });
    let disk = SimDisk::new(1);
    let (mut log, _) = Log::open(disk.clone(), LogOptions::default()).unwrap();
    log.append(&reading(1)).unwrap();
    log.sync().unwrap();
    let kept = disk.size(&path_of(1)).unwrap().unwrap();
    log.append(&c).unwrap();
    log.sync().unwrap();
    let size = disk.size(&path_of(1)).unwrap().unwrap();
    disk.truncate(&path_of(1), size - 1).unwrap();
    let (log, opened) = Log::open(disk, LogOptions::default()).unwrap();
    assert_eq!((opened.last_seq, opened.cut_bytes), (1, size - 1 - kept));
    assert_eq!(log.read(2).unwrap(), None);
}

#[test]
fn numbers_that_go_back_inside_a_segment_are_damage() {
    let mut bytes = header_of(1).to_vec();
    for seq in [1, 3, 2] {
        encode(&reading(seq), 16, &mut bytes).unwrap();
    }
    let disk = SimDisk::new(1);
    disk.create(&path_of(1)).unwrap();
    disk.append(&path_of(1), &bytes).unwrap();
    let error = Log::open(disk, LogOptions::default()).unwrap_err();
    assert!(error.to_string().ends_with("number does not follow the one before"), "{error}");
}

#[test]
fn odd_files_in_the_folder_are_left_alone() {
    let disk = SimDisk::new(1);
    for name in ["log/notes.txt", "log/1.seg", "log/x0000000000000000001.seg"] {
        disk.create(name).unwrap();
    }
    let (mut log, opened) = Log::open(disk.clone(), LogOptions::default()).unwrap();
    assert_eq!(opened, Opened::default());
    log.append(&reading(1)).unwrap();
    log.sync().unwrap();
    assert_eq!(disk.list("log").unwrap().len(), 4);
}

#[test]
fn sizes_of_segments_are_held_within_what_a_record_can_point_at() {
    let options = LogOptions { segment_bytes: u64::MAX, ..LogOptions::default() };
    let (log, _) = Log::open(SimDisk::new(1), options).unwrap();
    assert_eq!(log.options.segment_bytes, SEGMENT_MAX);
    let (mut log, _) = Log::open(SimDisk::new(1), LogOptions { segment_bytes: 0, ..options }).unwrap();
    for seq in 1..=3 {
        log.append(&reading(seq)).unwrap();
        log.sync().unwrap();
    }
    assert_eq!(log.disk.list("log").unwrap().len(), 3, "a segment for each write");
}
