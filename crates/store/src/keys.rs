//! Keys: one per subject, in an append-only file beside the city, so that personal data can be destroyed
//! although the log is append-only (house decision 7.6).
//!
//! `keys/keys` is no part of the city's own files: it is backed up apart, and only its newest copy. Values are
//! sealed with XChaCha20-Poly1305, bound to subject and key version. A key is durable before anything is
//! sealed with it. Random bytes come from the caller.

use crate::disk::{Disk, DiskError};
use crate::log::{CodecError, Decoder, Encoder};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use model::{EntityId, Name, Sealed};
use std::collections::BTreeMap;

const PATH: &str = "keys/keys";
const MAGIC: [u8; 8] = *b"jwkeys\x01\0";
/// Largest file of keys: some ten million subjects.
const FILE_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Largest record: a key and the longest id.
const RECORD_MAX: usize = 1024;
/// Most bytes that are sealed at once.
pub const PLAIN_MAX: usize = 64 * 1024 * 1024;
const NONCE: usize = 24;

const SUBJECT: u8 = 1;
const SECRET: u8 = 2;
const DESTROYED: u8 = 3;

/// Fills a slice with random bytes fit for keys.
pub type RandomBytes<'a> = &'a mut dyn FnMut(&mut [u8]);

/// Why something cannot be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The file of keys is damaged before its end.
    #[error("keys damaged at byte {offset}: {reason}")]
    Damaged {
        /// Where.
        offset: usize,
        /// What is wrong.
        reason: String,
    },
    /// An earlier write failed; what the file holds is known again after the next start.
    #[error("keys accept nothing more: {0}")]
    Poisoned(String),
    /// There never was a key for it here: the city's files came without their keys.
    #[error("no key of {0}")]
    Unknown(EntityId),
    /// The key was destroyed: the value is erased.
    #[error("key of {0} is destroyed")]
    Destroyed(EntityId),
    /// The sealed bytes are not what was sealed.
    #[error("sealed value of {0} has been changed")]
    Tampered(EntityId),
    /// More than 64 MiB at once, or an id that is too long.
    #[error("too large to seal")]
    TooLarge,
}

/// The newest key of a subject; none when it was destroyed.
#[derive(Clone)]
struct SubjectKey {
    version: u32,
    key: Option<[u8; 32]>,
}

/// The keys of one city. It prints no key.
pub struct Keys<D> {
    disk: D,
    subjects: BTreeMap<EntityId, SubjectKey>,
    secrets: BTreeMap<Name, [u8; 32]>,
    poison: Option<String>,
}

impl<D> std::fmt::Debug for Keys<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys of {} subjects", self.subjects.len())
    }
}

impl<D: Disk> Keys<D> {
    /// Reads the file of keys, or makes it. A torn last record (a key that was never used) is cut off.
    ///
    /// # Errors
    /// `Damaged`, `Disk`.
    pub fn load(disk: D) -> Result<Self, KeyError> {
        let mut keys = Self { disk, subjects: BTreeMap::new(), secrets: BTreeMap::new(), poison: None };
        if keys.disk.size(PATH)?.is_none() {
            keys.disk.put(PATH, &MAGIC)?;
            return Ok(keys);
        }
        let bytes = keys.disk.read_all(PATH, FILE_MAX)?;
        if !bytes.starts_with(&MAGIC) {
            return Err(KeyError::Damaged {
                offset: 0,
                reason: "not a file of keys of a known version".into(),
            });
        }
        let mut at = MAGIC.len();
        while at < bytes.len() {
            let Some(payload) = record_at(&bytes[at..]) else {
                // Each record was durable before the next was written.
                if (at + 1..bytes.len()).any(|later| record_at(&bytes[later..]).is_some()) {
                    return Err(KeyError::Damaged { offset: at, reason: "checksum does not match".into() });
                }
                keys.disk.truncate(PATH, at as u64)?;
                break;
            };
            let damaged = |e: CodecError| KeyError::Damaged { offset: at, reason: e.to_string() };
            keys.take(payload).map_err(damaged)?;
            at += 8 + payload.len();
        }
        keys.disk.sync(PATH)?;
        Ok(keys)
    }

    /// Seals bytes for a subject, under its key or a new one that is durable before this returns.
    ///
    /// # Errors
    /// `Poisoned`, `TooLarge`.
    pub fn seal(
        &mut self,
        subject: &EntityId,
        plain: &[u8],
        random: RandomBytes<'_>,
    ) -> Result<Sealed, KeyError> {
        if plain.len() > PLAIN_MAX {
            return Err(KeyError::TooLarge);
        }
        let (key, key_version) = self.key_for(subject, random)?;
        let mut nonce = [0; NONCE];
        random(&mut nonce);
        let aad = bound_to(subject, key_version);
        let cipher = XChaCha20Poly1305::new(&Key::from(key));
        let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &aad });
        let sealed = sealed.map_err(|_| KeyError::TooLarge)?;
        Ok(Sealed { subject: subject.clone(), key_version, bytes: [&nonce[..], &sealed].concat().into() })
    }

    /// Opens what `seal` made.
    ///
    /// # Errors
    /// `Destroyed`, `Unknown`, `Tampered`.
    pub fn open(&self, sealed: &Sealed) -> Result<Vec<u8>, KeyError> {
        let subject = || sealed.subject.clone();
        let known = self.subjects.get(&sealed.subject).ok_or_else(|| KeyError::Unknown(subject()))?;
        if sealed.key_version > known.version {
            return Err(KeyError::Unknown(subject()));
        }
        let key = known.key.filter(|_| sealed.key_version == known.version);
        let key = key.ok_or_else(|| KeyError::Destroyed(subject()))?;
        let Some((nonce, cipher_text)) = sealed.bytes.split_first_chunk::<NONCE>() else {
            return Err(KeyError::Tampered(subject()));
        };
        let aad = bound_to(&sealed.subject, sealed.key_version);
        let cipher = XChaCha20Poly1305::new(&Key::from(key));
        let opened = cipher.decrypt(&XNonce::from(*nonce), Payload { msg: cipher_text, aad: &aad });
        opened.map_err(|_| KeyError::Tampered(subject()))
    }

    /// Whether the subject has a key now.
    #[must_use]
    pub fn has(&self, subject: &EntityId) -> bool {
        self.subjects.get(subject).is_some_and(|s| s.key.is_some())
    }

    /// Destroys the key of a subject: the file is written anew without it, and what was sealed with it can
    /// never be opened again. Gives whether there was one. The caller records the erasure in the log.
    ///
    /// # Errors
    /// `Disk`: the key is still there. `Poisoned`.
    pub fn destroy(&mut self, subject: &EntityId) -> Result<bool, KeyError> {
        self.check()?;
        let Some(known) = self.subjects.get(subject).filter(|s| s.key.is_some()).cloned() else {
            return Ok(false);
        };
        self.subjects.insert(subject.clone(), SubjectKey { key: None, ..known.clone() });
        if let Err(e) = self.rewrite() {
            self.subjects.insert(subject.clone(), known);
            return Err(e.into());
        }
        Ok(true)
    }

    /// A secret of 32 bytes by its name, made the first time and durable before this returns: for keyed
    /// digests (a device's password in a kept frame, a report's code).
    ///
    /// # Errors
    /// `Poisoned`, `TooLarge` for a name of more than 512 bytes.
    pub fn secret(&mut self, name: &Name, random: RandomBytes<'_>) -> Result<[u8; 32], KeyError> {
        if let Some(secret) = self.secrets.get(name) {
            return Ok(*secret);
        }
        let mut secret = [0; 32];
        random(&mut secret);
        self.add(SECRET, name.as_str(), 0, &secret)?;
        self.secrets.insert(name.clone(), secret);
        Ok(secret)
    }

    fn key_for(&mut self, subject: &EntityId, random: RandomBytes<'_>) -> Result<([u8; 32], u32), KeyError> {
        let known = self.subjects.get(subject);
        if let Some((key, version)) = known.and_then(|s| Some((s.key?, s.version))) {
            return Ok((key, version));
        }
        let version = known.map_or(1, |s| s.version.saturating_add(1));
        let mut key = [0; 32];
        random(&mut key);
        self.add(SUBJECT, subject.as_str(), version, &key)?;
        self.subjects.insert(subject.clone(), SubjectKey { version, key: Some(key) });
        Ok((key, version))
    }

    fn check(&self) -> Result<(), KeyError> {
        self.poison.as_ref().map_or(Ok(()), |reason| Err(KeyError::Poisoned(reason.clone())))
    }

    fn add(&mut self, kind: u8, name: &str, version: u32, key: &[u8]) -> Result<(), KeyError> {
        self.check()?;
        let record = record_of(kind, name, version, key);
        if record.len() > RECORD_MAX {
            return Err(KeyError::TooLarge);
        }
        let written = self.disk.append(PATH, &record).and_then(|()| self.disk.sync(PATH));
        written.map_err(|e| {
            self.poison = Some(e.to_string());
            KeyError::Poisoned(e.to_string())
        })
    }

    fn rewrite(&self) -> Result<(), DiskError> {
        let mut bytes = MAGIC.to_vec();
        for (name, secret) in &self.secrets {
            bytes.extend(record_of(SECRET, name.as_str(), 0, secret));
        }
        for (subject, s) in &self.subjects {
            bytes.extend(match &s.key {
                Some(key) => record_of(SUBJECT, subject.as_str(), s.version, key),
                None => record_of(DESTROYED, subject.as_str(), s.version, &[]),
            });
        }
        self.disk.put(PATH, &bytes)
    }

    fn take(&mut self, payload: &[u8]) -> Result<(), CodecError> {
        let mut d = Decoder::new(payload);
        let kind = d.byte()?;
        let id = d.text()?;
        let Ok(version) = u32::try_from(d.varint()?) else { return d.fail("version too large") };
        let key = <[u8; 32]>::try_from(d.bytes()?).ok();
        match (kind, key) {
            (SUBJECT, Some(_)) | (DESTROYED, None) => {
                self.subjects.insert(EntityId::new(id), SubjectKey { version, key });
            }
            (SECRET, Some(key)) => {
                self.secrets.insert(Name::new(id), key);
            }
            _ => return d.fail("unknown record"),
        }
        d.end()
    }
}

/// What a sealed value is bound to besides its key.
fn bound_to(subject: &EntityId, version: u32) -> Vec<u8> {
    [&version.to_le_bytes()[..], subject.as_str().as_bytes()].concat()
}

fn record_of(kind: u8, name: &str, version: u32, key: &[u8]) -> Vec<u8> {
    let mut e = Encoder::new(Vec::with_capacity(128));
    e.byte(kind);
    e.bytes(name.as_bytes());
    e.varint(u64::from(version));
    e.bytes(key);
    let payload = e.done();
    let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    [&len.to_le_bytes()[..], &crc32c::crc32c(&payload).to_le_bytes(), &payload].concat()
}

/// The payload of a whole record at the beginning of the bytes.
fn record_at(bytes: &[u8]) -> Option<&[u8]> {
    let (len, rest) = bytes.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<4>()?;
    let len = usize::try_from(u32::from_le_bytes(*len)).ok().filter(|n| (1..=RECORD_MAX).contains(n))?;
    let payload = rest.get(..len)?;
    (crc32c::crc32c(payload) == u32::from_le_bytes(*sum)).then_some(payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Faults, SimDisk};
    use crate::testing::Random;

    fn random(seed: u64) -> impl FnMut(&mut [u8]) {
        let mut r = Random::new(seed);
        move |bytes| bytes.iter_mut().for_each(|b| *b = r.next().to_le_bytes()[0])
    }

    fn id(n: u8) -> EntityId {
        EntityId::new(format!("urn:ngsi-ld:Person:{n}"))
    }

    #[test]
    fn what_is_sealed_opens_after_a_restart_and_shows_nothing() {
        let disk = SimDisk::new(1);
        let mut rng = random(1);
        let mut keys = Keys::load(disk.clone()).unwrap();
        let sealed = keys.seal(&id(1), "13800000000".as_bytes(), &mut rng).unwrap();
        let again = keys.seal(&id(1), "13800000000".as_bytes(), &mut rng).unwrap();
        assert_ne!(sealed.bytes, again.bytes);
        assert!(!sealed.bytes.windows(4).any(|w| w == b"1380"));
        let keys = Keys::load(disk.crash()).unwrap();
        for s in [&sealed, &again] {
            assert_eq!(keys.open(s).unwrap(), b"13800000000");
        }
        assert!(!format!("{keys:?}").contains("Person"));
    }

    #[test]
    fn sealed_bytes_are_bound_to_subject_version_and_content() {
        let mut rng = random(1);
        let mut keys = Keys::load(SimDisk::new(1)).unwrap();
        let sealed = keys.seal(&id(1), b"words", &mut rng).unwrap();
        keys.seal(&id(2), b"", &mut rng).unwrap();
        let moved = Sealed { subject: id(2), ..sealed.clone() };
        assert_eq!(keys.open(&moved), Err(KeyError::Tampered(id(2))));
        for i in 0..sealed.bytes.len() {
            let mut bytes = sealed.bytes.to_vec();
            bytes[i] ^= 1;
            let changed = Sealed { bytes: bytes.into(), ..sealed.clone() };
            assert_eq!(keys.open(&changed), Err(KeyError::Tampered(id(1))), "{i}");
        }
        let short = Sealed { bytes: [1, 2].into(), ..sealed.clone() };
        assert_eq!(keys.open(&short), Err(KeyError::Tampered(id(1))));
        let strange = Sealed { subject: id(9), ..sealed.clone() };
        assert_eq!(keys.open(&strange), Err(KeyError::Unknown(id(9))));
        let later = Sealed { key_version: 2, ..sealed };
        assert_eq!(keys.open(&later), Err(KeyError::Unknown(id(1))));
    }

    #[test]
    fn a_destroyed_key_is_gone_from_the_file_and_a_new_one_has_a_new_version() {
        let disk = SimDisk::new(1);
        let mut rng = random(1);
        let mut keys = Keys::load(disk.clone()).unwrap();
        let secret = keys.secret(&"frames".into(), &mut rng).unwrap();
        let (one, two) =
            (keys.seal(&id(1), b"one", &mut rng).unwrap(), keys.seal(&id(2), b"two", &mut rng).unwrap());
        let key = keys.subjects[&id(1)].key.unwrap();
        let holds = |d: &SimDisk| d.read_all(PATH, FILE_MAX).unwrap().windows(32).any(|w| w == key);
        assert!(holds(&disk) && keys.has(&id(1)));
        assert!(
            keys.destroy(&id(1)).unwrap() && !keys.destroy(&id(1)).unwrap() && !keys.destroy(&id(5)).unwrap()
        );
        let disk = disk.crash();
        assert!(!holds(&disk));
        let mut keys = Keys::load(disk).unwrap();
        assert_eq!(keys.open(&one), Err(KeyError::Destroyed(id(1))));
        assert_eq!(keys.open(&two).unwrap(), b"two");
        assert_eq!(keys.secret(&"frames".into(), &mut rng).unwrap(), secret);
        let back = keys.seal(&id(1), b"back", &mut rng).unwrap();
        assert_eq!((back.key_version, keys.open(&back).unwrap()), (2, b"back".to_vec()));
        assert_eq!(keys.open(&one), Err(KeyError::Destroyed(id(1))));
    }

    #[test]
    fn no_value_is_sealed_with_a_key_that_a_crash_can_take() {
        for seed in 0..50 {
            let disk = SimDisk::new(seed);
            let mut rng = random(seed);
            let mut keys = Keys::load(disk.clone()).unwrap();
            disk.stop_after(seed % 9);
            let mut sealed = Vec::new();
            for n in 0..9 {
                sealed.extend(keys.seal(&id(n), &[n], &mut rng));
            }
            let keys = Keys::load(disk.crash()).unwrap();
            assert!(sealed.iter().all(|s| keys.open(s).is_ok()), "seed {seed}");
        }
    }

    #[test]
    fn after_a_sync_error_no_new_key_is_made() {
        let disk = SimDisk::new(1);
        let mut rng = random(1);
        let mut keys = Keys::load(disk.clone()).unwrap();
        let old = keys.seal(&id(1), b"old", &mut rng).unwrap();
        disk.set_faults(Faults { sync_error: 1000, ..Faults::default() });
        assert!(matches!(keys.seal(&id(2), b"x", &mut rng), Err(KeyError::Poisoned(_))));
        disk.set_faults(Faults::default());
        assert!(matches!(keys.seal(&id(2), b"x", &mut rng), Err(KeyError::Poisoned(_))));
        assert!(keys.seal(&id(1), b"y", &mut rng).is_ok() && keys.open(&old).is_ok());
    }

    #[test]
    fn damage_before_the_end_is_refused_and_a_torn_end_is_cut() {
        let disk = SimDisk::new(1);
        let mut rng = random(1);
        let mut keys = Keys::load(disk.clone()).unwrap();
        for n in 0..3 {
            keys.seal(&id(n), b"x", &mut rng).unwrap();
        }
        disk.append(PATH, &[40, 0, 0, 0, 1, 2]).unwrap();
        assert_eq!(Keys::load(disk.clone()).unwrap().subjects.len(), 3);
        disk.flip_bit(PATH, 30);
        assert!(matches!(Keys::load(disk.clone()), Err(KeyError::Damaged { offset: 8, .. })));
        disk.flip_bit(PATH, 30);
        disk.flip_bit(PATH, 6);
        assert!(matches!(Keys::load(disk), Err(KeyError::Damaged { offset: 0, .. })));
    }

    #[test]
    fn keys_live_on_in_a_folder_across_a_destruction() {
        let dir = tempfile::tempdir().unwrap();
        let mut rng = random(1);
        let mut keys = Keys::load(crate::FileDisk::open(dir.path()).unwrap()).unwrap();
        let gone = keys.seal(&id(1), b"gone", &mut rng).unwrap();
        assert!(keys.destroy(&id(1)).unwrap());
        let kept = keys.seal(&id(2), b"kept", &mut rng).unwrap();
        drop(keys);
        let mut keys = Keys::load(crate::FileDisk::open(dir.path()).unwrap()).unwrap();
        assert_eq!(keys.open(&kept).unwrap(), b"kept");
        assert_eq!(keys.open(&gone), Err(KeyError::Destroyed(id(1))));
        let long = EntityId::new("x".repeat(2_000));
        assert_eq!(keys.seal(&long, b"", &mut rng), Err(KeyError::TooLarge));
    }
}
