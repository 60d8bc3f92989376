//! Blobs: photos and documents, each under the digest of what is stored (BLAKE3, 64 characters of hex).
//!
//! A plain blob is stored as it is. A sealed one is stored as cipher text under its subject's key, and its
//! digest is that of the cipher text: a digest of a destroyed photo must not prove what the photo was.
//! A blob is durable before `put` returns, so a commit that refers to it never points at nothing.

use crate::disk::{Disk, DiskError};
use crate::keys::{KeyError, Keys, RandomBytes};
use crate::log::{CodecError, Decoder, Encoder};
use model::{EntityId, Sealed};
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

const FOLDER: &str = "blobs";
const MAGIC: [u8; 8] = *b"jwblob\x01\0";
/// Room for subject, version, nonce and tag of a sealed blob.
const OVERHEAD: u64 = 1024;

/// Why a blob is not stored or not given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The key is missing or destroyed, or keys cannot be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It is longer than the limit, in bytes.
    #[error("blob of {len} bytes is larger than {max}")]
    TooLarge {
        /// Its length.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// There is none with this digest.
    #[error("no blob {0}")]
    NotFound(String),
    /// What is stored does not have this digest any more.
    #[error("blob {0} is damaged")]
    Damaged(String),
    /// It is sealed and was asked for without keys.
    #[error("blob {0} is sealed")]
    Sealed(String),
}

/// The blobs of one city; clones share them.
#[derive(Clone, Debug)]
pub struct Blobs<D> {
    disk: D,
    max: usize,
    /// One write at a time, so that two writers of one blob do not meet.
    writing: Arc<Mutex<()>>,
}

impl<D: Disk> Blobs<D> {
    /// Blobs of at most `max` bytes each.
    #[must_use]
    pub fn new(disk: D, max: usize) -> Self {
        Self { disk, max, writing: Arc::default() }
    }

    /// Stores bytes that are nobody's personal data; gives their digest. What is there already is not written
    /// again.
    ///
    /// # Errors
    /// `TooLarge`, `Disk`.
    pub fn put(&self, bytes: &[u8]) -> Result<String, BlobError> {
        self.measure(bytes)?;
        let digest = digest_of(bytes);
        self.store(&path_of(&digest, false), bytes)?;
        Ok(digest)
    }

    /// Stores bytes sealed under the key of their subject; gives the digest of what is stored.
    ///
    /// # Errors
    /// `TooLarge`, `Key`, `Disk`.
    pub fn put_sealed(
        &self,
        bytes: &[u8],
        subject: &EntityId,
        keys: &mut Keys<D>,
        random: RandomBytes<'_>,
    ) -> Result<String, BlobError> {
        self.measure(bytes)?;
        let sealed = keys.seal(subject, bytes, random)?;
        self.keep_sealed(&sealed)
    }

    /// Stores what `Keys::seal` made, for a caller that does not want to hold the keys while the disk writes.
    ///
    /// # Errors
    /// `TooLarge`, `Disk`.
    pub fn keep_sealed(&self, sealed: &Sealed) -> Result<String, BlobError> {
        if sealed.bytes.len() as u64 > self.max as u64 + OVERHEAD {
            return Err(BlobError::TooLarge { len: sealed.bytes.len(), max: self.max });
        }
        let mut e = Encoder::new(MAGIC.to_vec());
        e.bytes(sealed.subject.as_str().as_bytes());
        e.varint(u64::from(sealed.key_version));
        e.bytes(&sealed.bytes);
        let stored = e.done();
        let digest = digest_of(&stored);
        self.store(&path_of(&digest, true), &stored)?;
        Ok(digest)
    }

    /// Gives the bytes of a plain blob.
    ///
    /// # Errors
    /// `NotFound`, `Sealed`, `Damaged`, `Disk`.
    pub fn get(&self, digest: &str) -> Result<Vec<u8>, BlobError> {
        let path = path_of(&checked(digest)?, false);
        if self.disk.size(&path)?.is_some() {
            return self.whole(&path, digest);
        }
        match self.disk.size(&path_of(digest, true))? {
            Some(_) => Err(BlobError::Sealed(digest.to_owned())),
            None => Err(BlobError::NotFound(digest.to_owned())),
        }
    }

    /// Gives a sealed blob as it is stored, to be opened with `Keys::open`; its subject tells whose it is.
    ///
    /// # Errors
    /// `NotFound`, `Damaged`, `Disk`.
    pub fn get_sealed(&self, digest: &str) -> Result<Sealed, BlobError> {
        let path = path_of(&checked(digest)?, true);
        if self.disk.size(&path)?.is_none() {
            return Err(BlobError::NotFound(digest.to_owned()));
        }
        let stored = self.whole(&path, digest)?;
        read_sealed(&stored).map_err(|_| BlobError::Damaged(digest.to_owned()))
    }

    /// Removes every blob of which `keep` does not say that it is still referred to, and what an interrupted
    /// write left; gives how many. `keep` must know the digests of commits that are on their way.
    ///
    /// # Errors
    /// `Disk`; what was removed before stays removed.
    pub fn sweep(&self, keep: &mut dyn FnMut(&str) -> bool) -> Result<usize, BlobError> {
        let _guard = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut removed = 0;
        for first in 0..=u8::MAX {
            let folder = format!("{FOLDER}/{first:02x}");
            for name in self.disk.list(&folder)? {
                let digest = name.strip_suffix(".sealed").unwrap_or(&name);
                if !is_digest(digest) || !keep(digest) {
                    self.disk.remove(&format!("{folder}/{name}"))?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    fn measure(&self, bytes: &[u8]) -> Result<(), BlobError> {
        let (len, max) = (bytes.len(), self.max);
        if len > max { Err(BlobError::TooLarge { len, max }) } else { Ok(()) }
    }

    fn store(&self, path: &str, bytes: &[u8]) -> Result<(), BlobError> {
        let _guard = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.disk.size(path)?.is_none() {
            self.disk.put(path, bytes)?;
        }
        Ok(())
    }

    fn whole(&self, path: &str, digest: &str) -> Result<Vec<u8>, BlobError> {
        let bytes = self.disk.read_all(path, self.max as u64 + 2 * OVERHEAD)?;
        if digest_of(&bytes) == digest { Ok(bytes) } else { Err(BlobError::Damaged(digest.to_owned())) }
    }
}

fn digest_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// A digest from outside, before it becomes a path.
fn checked(digest: &str) -> Result<String, BlobError> {
    let shown = || digest.chars().take(64).collect();
    if is_digest(digest) { Ok(digest.to_owned()) } else { Err(BlobError::NotFound(shown())) }
}

fn path_of(digest: &str, sealed: bool) -> String {
    let mut path = format!("{FOLDER}/{}/", &digest[..2]);
    let _ = write!(path, "{digest}{}", if sealed { ".sealed" } else { "" });
    path
}

fn read_sealed(stored: &[u8]) -> Result<Sealed, CodecError> {
    let mut d = Decoder::new(stored.strip_prefix(&MAGIC).unwrap_or_default());
    let subject = EntityId::new(d.text()?);
    let Ok(key_version) = u32::try_from(d.varint()?) else { return d.fail("version too large") };
    let sealed = Sealed { subject, key_version, bytes: d.bytes()?.into() };
    d.end()?;
    Ok(sealed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::SimDisk;

    fn counting() -> impl FnMut(&mut [u8]) {
        let mut n = 0u8;
        move |bytes| {
            bytes.iter_mut().for_each(|b| {
                n = n.wrapping_mul(5).wrapping_add(3);
                *b = n;
            });
        }
    }

    fn subject() -> EntityId {
        "urn:ngsi-ld:Person:1".into()
    }

    #[test]
    fn a_blob_is_durable_and_found_by_its_digest() {
        let disk = SimDisk::new(1);
        let blobs = Blobs::new(disk.clone(), 1000);
        let digest = blobs.put(b"a photo").unwrap();
        let syncs = disk.syncs();
        assert_eq!(blobs.put(b"a photo").unwrap(), digest);
        assert_eq!(disk.syncs(), syncs, "the same bytes are not written again");
        let blobs = Blobs::new(disk.crash(), 1000);
        assert_eq!(blobs.get(&digest).unwrap(), b"a photo");
        assert_eq!(digest, blake3::hash(b"a photo").to_hex().as_str());
    }

    #[test]
    fn a_sealed_blob_opens_with_its_key_and_not_after_its_destruction() {
        let disk = SimDisk::new(1);
        let (blobs, mut random) = (Blobs::new(disk.clone(), 1000), counting());
        let mut keys = Keys::load(disk.clone()).unwrap();
        let digest = blobs.put_sealed(b"a face", &subject(), &mut keys, &mut random).unwrap();
        let sealed = blobs.get_sealed(&digest).unwrap();
        assert_eq!((sealed.subject.clone(), keys.open(&sealed).unwrap()), (subject(), b"a face".to_vec()));
        assert_eq!(blobs.get(&digest), Err(BlobError::Sealed(digest.clone())));
        keys.destroy(&subject()).unwrap();
        assert_eq!(keys.open(&sealed), Err(KeyError::Destroyed(subject())));
        let plain = blake3::hash(b"a face").to_hex();
        assert_ne!(digest, plain.as_str());
    }

    #[test]
    fn what_is_too_large_unknown_or_damaged_is_said() {
        let disk = SimDisk::new(1);
        let (blobs, mut random) = (Blobs::new(disk.clone(), 10), counting());
        let mut keys = Keys::load(disk.clone()).unwrap();
        let large = BlobError::TooLarge { len: 11, max: 10 };
        assert_eq!(blobs.put(&[0; 11]), Err(large.clone()));
        assert_eq!(blobs.put_sealed(&[0; 11], &subject(), &mut keys, &mut random), Err(large));
        assert!(!keys.has(&subject()), "no key is made for what is refused");
        for odd in ["", "../../keys/keys", "ABC", &"g".repeat(64), &"0".repeat(64)] {
            assert!(matches!(blobs.get(odd), Err(BlobError::NotFound(_))), "{odd}");
            assert!(matches!(blobs.get_sealed(odd), Err(BlobError::NotFound(_))), "{odd}");
        }
        let plain = blobs.put(b"plain").unwrap();
        let sealed = blobs.put_sealed(b"sealed", &subject(), &mut keys, &mut random).unwrap();
        disk.flip_bit(&path_of(&plain, false), 2);
        disk.flip_bit(&path_of(&sealed, true), 40);
        assert_eq!(blobs.get(&plain), Err(BlobError::Damaged(plain)));
        assert_eq!(blobs.get_sealed(&sealed), Err(BlobError::Damaged(sealed)));
    }

    #[test]
    fn a_sweep_removes_orphans_and_the_rests_of_interrupted_writes() {
        let disk = SimDisk::new(1);
        let blobs = Blobs::new(disk.clone(), 100);
        let mut keys = Keys::load(disk.clone()).unwrap();
        let kept = blobs.put(b"kept").unwrap();
        let orphan = blobs.put(b"orphan").unwrap();
        let sealed = blobs.put_sealed(b"face", &subject(), &mut keys, &mut counting()).unwrap();
        disk.create(&format!("{}.part", path_of(&orphan, false))).unwrap();
        assert_eq!(blobs.sweep(&mut |d| d == kept || d == sealed).unwrap(), 2);
        assert!(blobs.get(&kept).is_ok() && blobs.get_sealed(&sealed).is_ok());
        assert_eq!(blobs.get(&orphan), Err(BlobError::NotFound(orphan)));
    }

    #[test]
    fn an_interrupted_put_leaves_nothing_half() {
        for n in 0..6 {
            let disk = SimDisk::new(n);
            let blobs = Blobs::new(disk.clone(), 10_000);
            disk.stop_after(n);
            let put = blobs.put(&[7; 5_000]);
            let blobs = Blobs::new(disk.crash(), 10_000);
            let digest = digest_of(&[7; 5_000]);
            assert_eq!(blobs.get(&digest).is_ok(), put.is_ok(), "{n}");
            assert_eq!(blobs.put(&[7; 5_000]).unwrap(), digest);
            assert_eq!(blobs.get(&digest).unwrap(), [7; 5_000]);
        }
    }
}
