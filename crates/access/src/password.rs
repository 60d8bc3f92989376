//! Passwords: Argon2id (RFC 9106) in the PHC text form. The salt is a parameter.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};

/// A password that is refused, or a hash that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Shorter than 10 characters or longer than 200 bytes.
    #[error("a password has 10 characters at least and 200 bytes at most")]
    Length,
    /// The stored text is no Argon2 hash.
    #[error("stored hash is not readable")]
    Hash,
}

/// Hashes a password with a salt of 16 random bytes.
///
/// # Errors
/// `Length` when it is too short or too long.
pub fn hash_password(password: &str, salt: &[u8; 16]) -> Result<String, PasswordError> {
    if password.chars().count() < 10 || password.len() > 200 {
        return Err(PasswordError::Length);
    }
    Argon2::default()
        .hash_password_with_salt(password.as_bytes(), salt)
        .map(|h| h.to_string())
        .map_err(|_| PasswordError::Hash)
}

/// Whether the password is the one that was hashed.
///
/// # Errors
/// `Hash` when the stored text is no Argon2 hash.
pub fn verify_password(password: &str, stored: &str) -> Result<bool, PasswordError> {
    let hash = PasswordHash::new(stored).map_err(|_| PasswordError::Hash)?;
    Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_password_passes() {
        let stored = hash_password("correct horse", &[7; 16]).unwrap();
        assert!(verify_password("correct horse", &stored).unwrap());
        assert!(!verify_password("correct hors", &stored).unwrap());
        assert_eq!(hash_password("short", &[7; 16]), Err(PasswordError::Length));
        assert_eq!(verify_password("x", "plain"), Err(PasswordError::Hash));
    }
}
