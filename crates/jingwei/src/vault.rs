//! Keys and photographs of the city, over its disk; randomness comes from the shell.

use crate::clock::random;
use model::{EntityId, Name, Sealed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{Blobs, FileDisk, Keys};

/// Largest photograph, in bytes.
const PHOTO_MAX: usize = 8 << 20;

/// The key file and the blobs; clones share them.
#[derive(Clone)]
pub struct Vault {
    keys: Arc<Mutex<Keys<FileDisk>>>,
    blobs: Blobs<FileDisk>,
}

fn fill(bytes: &mut [u8]) {
    for chunk in bytes.chunks_mut(32) {
        chunk.copy_from_slice(&random::<32>()[..chunk.len()]);
    }
}

impl Vault {
    /// Opens the key file of a disk, making it when there is none.
    ///
    /// # Errors
    /// When the file is damaged or the disk fails.
    pub fn open(disk: FileDisk) -> Result<Self, String> {
        let keys = Keys::load(disk.clone()).map_err(|e| e.to_string())?;
        Ok(Self { keys: Arc::new(Mutex::new(keys)), blobs: Blobs::new(disk, PHOTO_MAX) })
    }

    fn keys(&self) -> MutexGuard<'_, Keys<FileDisk>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A secret of the city by its name, made at the first call.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub fn secret(&self, name: &str) -> Result<[u8; 32], String> {
        self.keys().secret(&Name::new(name), &mut fill).map_err(|e| e.to_string())
    }
}

impl door::Vault for Vault {
    fn seal(&mut self, subject: &EntityId, plain: &[u8]) -> Result<Sealed, String> {
        self.keys().seal(subject, plain, &mut fill).map_err(|e| e.to_string())
    }

    fn open(&self, sealed: &Sealed) -> Result<Vec<u8>, String> {
        self.keys().open(sealed).map_err(|e| e.to_string())
    }
}

impl api::Photos for Vault {
    fn put(&self, subject: Option<&EntityId>, bytes: &[u8]) -> Result<String, String> {
        let stored = match subject {
            None => self.blobs.put(bytes),
            Some(subject) => self.blobs.put_sealed(bytes, subject, &mut self.keys(), &mut fill),
        };
        stored.map_err(|e| e.to_string())
    }

    fn get(&self, id: &str) -> Option<Arc<[u8]>> {
        if let Ok(bytes) = self.blobs.get(id) {
            return Some(bytes.into());
        }
        let sealed = self.blobs.get_sealed(id).ok()?;
        self.keys().open(&sealed).ok().map(Into::into)
    }
}
