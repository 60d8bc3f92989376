//! What every disk owes; run on both.

use super::{Disk, DiskErrorKind, FileDisk, SimDisk};

fn appends_and_reads<D: Disk>(disk: &D) {
    disk.create("log/a.seg").unwrap();
    assert_eq!(disk.create("log/a.seg").unwrap_err().kind, DiskErrorKind::Exists);
    disk.append("log/a.seg", b"hello ").unwrap();
    disk.append("log/a.seg", b"world").unwrap();
    disk.sync("log/a.seg").unwrap();
    assert_eq!(disk.read("log/a.seg", 6, 100).unwrap(), b"world");
    assert_eq!(disk.read("log/a.seg", 3, 4).unwrap(), b"lo w");
    assert_eq!(disk.read("log/a.seg", 99, 4).unwrap(), b"");
    assert_eq!(disk.size("log/a.seg").unwrap(), Some(11));
    assert_eq!(disk.read_all("log/a.seg", 11).unwrap(), b"hello world");
    assert!(disk.read_all("log/a.seg", 10).is_err());
}

fn truncates<D: Disk>(disk: &D) {
    disk.create("t").unwrap();
    disk.append("t", b"0123456789").unwrap();
    disk.truncate("t", 4).unwrap();
    disk.truncate("t", 100).unwrap();
    disk.append("t", b"ab").unwrap();
    assert_eq!(disk.read_all("t", 100).unwrap(), b"0123ab");
}

fn renames_over_and_removes<D: Disk>(disk: &D) {
    for (path, text) in [("r/new", b"new"), ("r/old", b"old")] {
        disk.create(path).unwrap();
        disk.append(path, text).unwrap();
        disk.sync(path).unwrap();
    }
    disk.rename("r/new", "r/old").unwrap();
    assert_eq!(disk.read_all("r/old", 10).unwrap(), b"new");
    disk.append("r/old", b"er").unwrap();
    assert_eq!(disk.read_all("r/old", 10).unwrap(), b"newer");
    assert_eq!(disk.list("r").unwrap(), ["old"]);
    disk.remove("r/old").unwrap();
    assert_eq!((disk.list("r").unwrap().len(), disk.size("r/old").unwrap()), (0, None));
    disk.put("r/whole", b"1").unwrap();
    disk.put("r/whole", b"22").unwrap();
    assert_eq!((disk.read_all("r/whole", 9).unwrap(), disk.list("r").unwrap().len()), (b"22".to_vec(), 1));
}

fn lists_files_in_order<D: Disk>(disk: &D) {
    for path in ["l/b", "l/a", "l/deep/c", "lx/d"] {
        disk.create(path).unwrap();
    }
    assert_eq!(disk.list("l").unwrap(), ["a", "b"]);
    assert_eq!(disk.list("l/deep").unwrap(), ["c"]);
    assert!(disk.list("none").unwrap().is_empty());
}

fn refuses_what_is_not_there_and_odd_paths<D: Disk>(disk: &D) {
    let kinds = [
        disk.append("no", b"x").unwrap_err().kind,
        disk.sync("no").unwrap_err().kind,
        disk.read("no", 0, 1).unwrap_err().kind,
        disk.read_all("no", 1).unwrap_err().kind,
        disk.truncate("no", 0).unwrap_err().kind,
        disk.rename("no", "other").unwrap_err().kind,
        disk.remove("no").unwrap_err().kind,
    ];
    assert!(kinds.iter().all(|k| *k == DiskErrorKind::NotFound), "{kinds:?}");
    for path in ["../up", "/root", "a//b", "", "a/./b", ".hidden", "水", "a b"] {
        assert_eq!(disk.create(path).unwrap_err().kind, DiskErrorKind::Path, "{path}");
    }
}

fn conforms<D: Disk>(disk: &D) {
    appends_and_reads(disk);
    truncates(disk);
    renames_over_and_removes(disk);
    lists_files_in_order(disk);
    refuses_what_is_not_there_and_odd_paths(disk);
}

#[test]
fn the_simulated_disk_conforms() {
    conforms(&SimDisk::new(1));
}

#[test]
fn the_folder_conforms() {
    let dir = tempfile::tempdir().unwrap();
    conforms(&FileDisk::open(dir.path()).unwrap());
}
