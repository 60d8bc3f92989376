use super::*;
use crate::disk::{Faults, SimDisk};
use crate::testing::{commit, full_commit, set};
use model::Attribute;

const SMALL: LogOptions = LogOptions { segment_bytes: 2_000, buffer_bytes: 10_000 };

fn reading(seq: Seq) -> Commit {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let value = seq as f64;
    commit(seq, vec![set("urn:ngsi-ld:Gauge:1", vec![Attribute::new("level", value.into())])])
}

fn write(log: &mut Log<SimDisk>, seqs: impl IntoIterator<Item = Seq>) {
    for seq in seqs {
        log.append(&reading(seq)).unwrap();
    }
    log.sync().unwrap();
}

fn all(log: &Log<SimDisk>) -> Vec<Seq> {
    let mut seqs = Vec::new();
    log.read_from(0, &mut |c| {
        assert_eq!(c, reading(c.seq()));
        seqs.push(c.seq());
        ControlFlow::Continue(())
    })
    .unwrap();
    seqs
}

fn last_segment(disk: &SimDisk) -> (String, u64) {
    let name = disk.list(FOLDER).unwrap().pop().unwrap();
    let path = format!("{FOLDER}/{name}");
    let size = disk.size(&path).unwrap().unwrap();
    (path, size)
}

#[test]
fn what_is_synced_is_read_and_what_is_buffered_is_not() {
    let (mut log, opened) = Log::open(SimDisk::new(1), SMALL).unwrap();
    assert_eq!(opened, Opened::default());
    write(&mut log, 1..=3);
    log.append(&reading(4)).unwrap();
    assert_eq!(all(&log), [1, 2, 3]);
    assert_eq!((log.last_seq(), log.read(4).unwrap()), (4, None));
    log.sync().unwrap();
    assert_eq!(log.read(4).unwrap(), Some(reading(4)));
}

#[test]
fn one_sync_serves_all_that_is_buffered() {
    let disk = SimDisk::new(1);
    let (mut log, _) = Log::open(disk.clone(), LogOptions::default()).unwrap();
    write(&mut log, 1..=500);
    log.sync().unwrap();
    assert_eq!(disk.syncs(), 1);
}

#[test]
fn segments_follow_each_other_and_any_commit_is_found() {
    let disk = SimDisk::new(1);
    let (mut log, _) = Log::open(disk.clone(), SMALL).unwrap();
    for start in (1..400).step_by(4) {
        write(&mut log, (start..start + 4).filter(|s| s % 3 != 0));
    }
    drop(log);
    let (log, opened) = Log::open(disk.clone(), SMALL).unwrap();
    assert!(opened.segments > 10 && opened.segments == disk.list(FOLDER).unwrap().len());
    assert_eq!((opened.first_seq, opened.last_seq, opened.cut_bytes), (1, 400, 0));
    let want: Vec<_> = (1..=400).filter(|s| s % 3 != 0).collect();
    assert_eq!(all(&log), want);
    for seq in 0..=401 {
        assert_eq!(log.read(seq).unwrap().map(|c| c.seq()), want.contains(&seq).then_some(seq));
        let mut first = None;
        log.read_from(seq, &mut |c| {
            first = Some(c.seq());
            ControlFlow::Break(())
        })
        .unwrap();
        assert_eq!(first, want.iter().copied().find(|s| *s >= seq));
    }
}

#[test]
fn large_records_are_read_across_chunks() {
    let (mut log, _) = Log::open(SimDisk::new(1), LogOptions::default()).unwrap();
    let big = |seq| {
        let mut c = full_commit();
        c.header.seq = seq;
        let text = "水".repeat(300_000);
        c.changes.push(set("a", vec![Attribute::new("text", text.as_str().into())]));
        c
    };
    for seq in 1..=5 {
        log.append(&big(seq)).unwrap();
    }
    log.sync().unwrap();
    assert_eq!(log.read(4).unwrap(), Some(big(4)));
    let mut n = 0;
    log.reader()
        .headers_from(2, &mut |h| {
            n += h.seq;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(n, 14);
}

#[test]
fn numbers_must_grow_and_the_buffer_is_bounded() {
    let (mut log, _) = Log::open(SimDisk::new(1), LogOptions { buffer_bytes: 300, ..SMALL }).unwrap();
    log.append(&reading(5)).unwrap();
    assert_eq!(log.append(&reading(5)), Err(LogError::OutOfOrder { seq: 5, last: 5 }));
    let full = (6..99).find_map(|seq| log.append(&reading(seq)).err());
    assert_eq!(full, Some(LogError::BufferFull(300)));
    log.sync().unwrap();
    log.append(&reading(99)).unwrap();
}

#[test]
fn a_torn_tail_is_cut_and_reported_at_every_length() {
    let disk = SimDisk::new(1);
    let (mut log, _) = Log::open(disk.clone(), LogOptions::default()).unwrap();
    write(&mut log, 1..=2);
    let (path, kept) = last_segment(&disk);
    write(&mut log, 3..=4);
    let (_, size) = last_segment(&disk);
    let bytes = disk.read_all(&path, size).unwrap();
    for cut in kept + 1..size {
        let disk = SimDisk::new(1);
        disk.create(&path).unwrap();
        disk.append(&path, &bytes[..usize::try_from(cut).unwrap()]).unwrap();
        let (mut log, opened) = Log::open(disk, LogOptions::default()).unwrap();
        let whole = if all(&log).len() == 3 { (size - kept) / 2 } else { 0 };
        assert_eq!(opened.cut_bytes, cut - kept - whole, "{cut}");
        write(&mut log, [9]);
        assert_eq!(log.read(9).unwrap(), Some(reading(9)));
    }
}

#[test]
fn a_lost_page_inside_the_last_write_is_a_torn_tail() {
    let disk = SimDisk::new(1);
    let (mut log, _) = Log::open(disk.clone(), LogOptions::default()).unwrap();
    write(&mut log, 1..=2);
    let (path, kept) = last_segment(&disk);
    write(&mut log, 3..=9);
    disk.flip_bit(&path, usize::try_from(kept).unwrap() + 60);
    let (log, opened) = Log::open(disk, LogOptions::default()).unwrap();
    assert_eq!((all(&log), opened.last_seq), (vec![1, 2], 2));
    assert!(opened.cut_bytes > 500);
}

#[test]
fn damage_before_a_later_write_is_refused_and_named() {
    let disk = SimDisk::new(1);
    let (mut log, _) = Log::open(disk.clone(), LogOptions::default()).unwrap();
    for seq in 1..=5 {
        write(&mut log, [seq]);
    }
    let (path, size) = last_segment(&disk);
    let record = (size - 16) / 5;
    for at in 0..usize::try_from(record).unwrap() {
        let offset = 16 + record * 2;
        disk.flip_bit(&path, usize::try_from(offset).unwrap() + at);
        let error = Log::open(disk.clone(), LogOptions::default()).unwrap_err();
        let LogError::Damaged { segment, offset: named, .. } = &error else { panic!("{error}") };
        assert_eq!((segment, *named), (&path, offset), "{error}");
        disk.flip_bit(&path, usize::try_from(offset).unwrap() + at);
    }
    assert_eq!(disk.size(&path).unwrap(), Some(size), "a damaged log is left as it is");
}

#[test]
fn damage_in_a_closed_segment_is_found_when_it_is_read() {
    let disk = SimDisk::new(1);
    let (mut log, _) = Log::open(disk.clone(), SMALL).unwrap();
    (1..=60).for_each(|seq| write(&mut log, [seq]));
    let first = format!("{FOLDER}/{}", disk.list(FOLDER).unwrap()[0]);
    let size = disk.size(&first).unwrap().unwrap();
    disk.flip_bit(&first, usize::try_from(size).unwrap() - 3);
    let (log, _) = Log::open(disk, SMALL).unwrap();
    let mut last = 0;
    let error = log.read_from(1, &mut |c| {
        last = c.seq();
        ControlFlow::Continue(())
    });
    assert!(matches!(error, Err(LogError::Damaged { .. })), "{error:?}");
    assert!(last > 3 && log.read(60).unwrap().is_some());
}

#[test]
fn after_an_error_the_log_accepts_nothing_and_says_why() {
    let faults = [
        (Faults { sync_error: 1000, ..Faults::default() }, "sync log/"),
        (Faults { short_write: 1000, ..Faults::default() }, "append log/"),
        (Faults { capacity: 300, ..Faults::default() }, "no space left"),
    ];
    for (fault, words) in faults {
        let disk = SimDisk::new(1);
        let (mut log, _) = Log::open(disk.clone(), SMALL).unwrap();
        write(&mut log, [1]);
        disk.set_faults(fault);
        (2..5).for_each(|seq| log.append(&reading(seq)).unwrap());
        let error = log.sync().unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        disk.set_faults(Faults::default());
        assert_eq!(log.append(&reading(9)), Err(error.clone()));
        assert_eq!((log.sync(), log.read(1)), (Err(error.clone()), Err(error)));
        assert!(log.reader().read(1).unwrap().is_some(), "readers keep what is durable");
        let (log, _) = Log::open(disk, SMALL).unwrap();
        assert_eq!(all(&log), [1]);
    }
}

#[test]
fn a_segment_of_which_nothing_was_durable_is_removed() {
    let disk = SimDisk::new(1);
    let (mut log, _) = Log::open(disk.clone(), LogOptions { segment_bytes: 100, ..SMALL }).unwrap();
    write(&mut log, 1..=3);
    disk.create(&path_of(4)).unwrap();
    disk.append(&path_of(4), b"jwlog").unwrap();
    let (mut log, opened) = Log::open(disk.clone(), LogOptions { segment_bytes: 100, ..SMALL }).unwrap();
    assert_eq!((opened.last_seq, opened.cut_bytes, opened.segments), (3, 5, 1));
    write(&mut log, [4]);
    assert_eq!(all(&log), [1, 2, 3, 4]);
}

#[test]
fn a_log_of_a_newer_program_is_refused_and_left() {
    let disk = SimDisk::new(1);
    disk.create(&path_of(1)).unwrap();
    disk.append(&path_of(1), b"jwlog\0\x02\0\x01\0\0\0\0\0\0\0what").unwrap();
    let error = Log::open(disk.clone(), SMALL).unwrap_err();
    assert!(error.to_string().contains("newer program"), "{error}");
    assert_eq!(disk.size(&path_of(1)).unwrap(), Some(20));
}
