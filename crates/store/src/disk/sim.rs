//! A disk in memory with the faults of real ones, from a seed.

use super::{Disk, DiskError, DiskErrorKind, check};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes that a torn write keeps or loses together.
const PAGE: usize = 512;

/// How often the disk fails, in operations of a thousand, and how much it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Faults {
    /// An append writes only the first part and fails.
    pub short_write: u32,
    /// A sync fails; the bytes since the last success are lost at the next crash, even when a later sync
    /// succeeds (as with a kernel that marks failed pages clean).
    pub sync_error: u32,
    /// Bytes in all files together.
    pub capacity: usize,
}

impl Default for Faults {
    /// No fault at all.
    fn default() -> Self {
        Self { short_write: 0, sync_error: 0, capacity: usize::MAX }
    }
}

/// A disk in memory. Clones share it; `crash` ends it and gives the disk that the next start finds.
#[derive(Clone, Debug)]
pub struct SimDisk {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    files: BTreeMap<String, SimFile>,
    faults: Faults,
    random: u64,
    dead: bool,
    /// Changing operations until the machine stops.
    left: Option<u64>,
    syncs: u64,
}

#[derive(Clone, Debug, Default)]
struct SimFile {
    bytes: Vec<u8>,
    /// Up to here a crash keeps everything.
    durable: usize,
    /// A sync failed after `durable`: those bytes never become durable.
    doomed: bool,
}

impl SimDisk {
    /// An empty disk without faults; the seed decides what a crash keeps and when faults strike.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::with(BTreeMap::new(), seed, Faults::default())
    }

    fn with(files: BTreeMap<String, SimFile>, random: u64, faults: Faults) -> Self {
        let inner = Inner { files, faults, random, dead: false, left: None, syncs: 0 };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    /// Sets the faults from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.lock().faults = faults;
    }

    /// The machine stops in the middle of the `n`-th changing operation from now (0: the next one): an append
    /// leaves any part, any other leaves nothing. `crash` then gives what the next start finds.
    pub fn stop_after(&self, n: u64) {
        self.lock().left = Some(n);
    }

    /// How many syncs have succeeded: what group commit saves.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.lock().syncs
    }

    /// The machine stops. Every handle of this disk fails from now on; the disk returned has all that was
    /// durable and of the rest a random part: a prefix, with pages of 512 bytes in it lost (zeros) at random.
    /// It has no faults.
    #[must_use]
    pub fn crash(&self) -> Self {
        let mut inner = self.lock();
        inner.dead = true;
        let mut files = std::mem::take(&mut inner.files);
        for file in files.values_mut() {
            let rest = file.bytes.len() - file.durable;
            let kept = file.durable + inner.below(rest + 1);
            file.bytes.truncate(kept);
            let lossy = file.doomed || inner.below(2) == 0;
            let mut page = file.durable;
            while page < kept {
                let end = (page / PAGE * PAGE + PAGE).min(kept);
                if lossy && inner.below(3) == 0 {
                    file.bytes[page..end].fill(0);
                }
                page = end;
            }
            file.durable = file.bytes.len();
            file.doomed = false;
        }
        Self::with(files, inner.next(), Faults::default())
    }

    /// Turns one bit of a file, as a bad sector would; nothing when the file is not that long.
    pub fn flip_bit(&self, path: &str, offset: usize) {
        if let Some(b) = self.lock().files.get_mut(path).and_then(|f| f.bytes.get_mut(offset)) {
            *b ^= 0x10;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alive(&self, what: &'static str, path: &str) -> Result<MutexGuard<'_, Inner>, DiskError> {
        check(what, path)?;
        let inner = self.lock();
        if inner.dead { Err(stopped(what, path)) } else { Ok(inner) }
    }

    /// The same for an operation that changes something, which may be the one in which the machine stops.
    fn changing(&self, what: &'static str, path: &str) -> Result<MutexGuard<'_, Inner>, DiskError> {
        let mut inner = self.alive(what, path)?;
        match &mut inner.left {
            Some(0) => {
                inner.dead = true;
                Err(stopped(what, path))
            }
            Some(left) => {
                *left -= 1;
                Ok(inner)
            }
            None => Ok(inner),
        }
    }
}

fn stopped(what: &'static str, path: &str) -> DiskError {
    DiskError::new(what, path, DiskErrorKind::Io, "the machine has stopped")
}

impl Inner {
    fn next(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        let n = u64::try_from(n).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % n).unwrap_or(0)
    }

    fn strikes(&mut self, per_thousand: u32) -> bool {
        per_thousand > 0 && self.next() % 1000 < u64::from(per_thousand)
    }

    fn file(&mut self, what: &'static str, path: &str) -> Result<&mut SimFile, DiskError> {
        self.files
            .get_mut(path)
            .ok_or_else(|| DiskError::new(what, path, DiskErrorKind::NotFound, "no such file"))
    }
}

impl Disk for SimDisk {
    fn create(&self, path: &str) -> Result<(), DiskError> {
        let mut inner = self.changing("create", path)?;
        if inner.files.contains_key(path) {
            return Err(DiskError::new("create", path, DiskErrorKind::Exists, "file exists"));
        }
        inner.files.insert(path.to_owned(), SimFile::default());
        Ok(())
    }

    fn append(&self, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
        let mut inner = self.alive("append", path)?;
        if inner.left == Some(0) {
            let part = inner.below(bytes.len() + 1);
            inner.file("append", path)?.bytes.extend_from_slice(&bytes[..part]);
        }
        drop(inner);
        let mut inner = self.changing("append", path)?;
        let used: usize = inner.files.values().map(|f| f.bytes.len()).sum();
        let free = inner.faults.capacity.saturating_sub(used);
        let short = inner.faults.short_write;
        let part = if inner.strikes(short) { inner.below(bytes.len()) } else { bytes.len() };
        let kept = part.min(free);
        inner.file("append", path)?.bytes.extend_from_slice(&bytes[..kept]);
        if free < bytes.len() {
            return Err(DiskError::new("append", path, DiskErrorKind::Full, "no space left on device"));
        }
        if part < bytes.len() {
            return Err(DiskError::new("append", path, DiskErrorKind::Io, "input/output error"));
        }
        Ok(())
    }

    fn sync(&self, path: &str) -> Result<(), DiskError> {
        let mut inner = self.changing("sync", path)?;
        let rate = inner.faults.sync_error;
        let fails = inner.strikes(rate);
        let file = inner.file("sync", path)?;
        if fails {
            file.doomed = true;
            return Err(DiskError::new("sync", path, DiskErrorKind::Io, "input/output error"));
        }
        if !file.doomed {
            file.durable = file.bytes.len();
        }
        inner.syncs += 1;
        Ok(())
    }

    fn read(&self, path: &str, offset: u64, len: usize) -> Result<Vec<u8>, DiskError> {
        let mut inner = self.alive("read", path)?;
        let bytes = &inner.file("read", path)?.bytes;
        let start = usize::try_from(offset).map_or(bytes.len(), |o| o.min(bytes.len()));
        Ok(bytes[start..start.saturating_add(len).min(bytes.len())].to_vec())
    }

    fn truncate(&self, path: &str, len: u64) -> Result<(), DiskError> {
        let mut inner = self.changing("truncate", path)?;
        let file = inner.file("truncate", path)?;
        file.bytes.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        file.durable = file.durable.min(file.bytes.len());
        // The pages that could not be written are gone with the cut.
        file.doomed &= file.bytes.len() > file.durable;
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        check("rename", to)?;
        let mut inner = self.changing("rename", from)?;
        let file = inner.files.remove(from);
        let file =
            file.ok_or_else(|| DiskError::new("rename", from, DiskErrorKind::NotFound, "no such file"))?;
        inner.files.insert(to.to_owned(), file);
        Ok(())
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, DiskError> {
        let inner = self.alive("list", folder)?;
        let within = |p: &String| p.strip_prefix(folder)?.strip_prefix('/').map(str::to_owned);
        Ok(inner.files.keys().filter_map(within).filter(|name| !name.contains('/')).collect())
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        let mut inner = self.changing("remove", path)?;
        inner.file("remove", path)?;
        inner.files.remove(path);
        Ok(())
    }

    fn size(&self, path: &str) -> Result<Option<u64>, DiskError> {
        let inner = self.alive("size", path)?;
        Ok(inner.files.get(path).and_then(|f| u64::try_from(f.bytes.len()).ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(seed: u64) -> SimDisk {
        let disk = SimDisk::new(seed);
        disk.create("a").unwrap();
        disk.append("a", &[1; 700]).unwrap();
        disk.sync("a").unwrap();
        disk.append("a", &[2; 3_000]).unwrap();
        disk
    }

    #[test]
    fn a_crash_keeps_the_durable_part_and_some_of_the_rest() {
        let (mut cut, mut torn) = (0, 0);
        for seed in 0..50 {
            let disk = written(seed);
            let after = disk.crash();
            assert!(disk.append("a", b"x").is_err(), "the old machine is off");
            let bytes = after.read_all("a", 10_000).unwrap();
            assert_eq!(&bytes[..700], [1; 700]);
            assert!(bytes[700..].iter().all(|b| *b == 2 || *b == 0));
            cut += usize::from(bytes.len() < 3_700);
            torn += usize::from(bytes.contains(&0));
            assert_eq!(written(seed).crash().read_all("a", 10_000).unwrap(), bytes, "a seed repeats");
        }
        assert!(cut > 30 && torn > 10, "{cut} {torn}");
    }

    #[test]
    fn the_machine_stops_in_the_middle_of_a_write() {
        let mut parts = std::collections::BTreeSet::new();
        for seed in 0..20 {
            let disk = written(seed);
            disk.sync("a").unwrap();
            disk.stop_after(0);
            assert!(disk.append("a", &[3; 2_000]).is_err() && disk.read("a", 0, 1).is_err());
            parts.insert(disk.crash().size("a").unwrap());
        }
        assert!(parts.len() > 10 && parts.iter().all(|p| (3_700..=5_700).contains(&p.unwrap())), "{parts:?}");
    }

    #[test]
    fn bytes_of_a_failed_sync_never_become_durable() {
        let lost = (0..50).filter(|seed| {
            let disk = written(*seed);
            disk.set_faults(Faults { sync_error: 1000, ..Faults::default() });
            assert!(disk.sync("a").is_err());
            disk.set_faults(Faults::default());
            disk.sync("a").unwrap();
            let bytes = disk.crash().read_all("a", 10_000).unwrap();
            bytes != [[1; 700].as_slice(), &[2; 3_000]].concat()
        });
        assert!(lost.count() > 40);
    }

    #[test]
    fn a_short_write_and_a_full_disk_leave_a_part() {
        let disk = written(3);
        disk.set_faults(Faults { short_write: 1000, ..Faults::default() });
        assert_eq!(disk.append("a", &[3; 100]).unwrap_err().kind, DiskErrorKind::Io);
        let size = disk.size("a").unwrap().unwrap();
        assert!((3_700..3_800).contains(&size));
        disk.set_faults(Faults { capacity: 4_000, ..Faults::default() });
        assert_eq!(disk.append("a", &[3; 1000]).unwrap_err().kind, DiskErrorKind::Full);
        assert_eq!(disk.size("a").unwrap(), Some(4_000));
    }
}
