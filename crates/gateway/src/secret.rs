//! Device secrets: what a device proves itself with (the `PW` of HJ 212, the password of MQTT and HTTP).
//!
//! Devices of HJ 212 send six characters with every frame, so a slow hash would neither protect them nor keep up.
//! The city keeps a keyed BLAKE3 digest; its key is in the key file, outside log and backup of the city.

use crate::protocol::hj212::segment::DigestKey;
use model::EntityId;

/// The digest of a secret: 64 hexadecimal figures over protocol, login and secret.
pub fn digest(protocol: &str, login: &str, secret: &[u8], key: &DigestKey) -> String {
    hash(protocol, login, secret, key).to_hex().to_string()
}

/// Whether the secret is the one whose digest is stored; the comparison takes the same time for any secret.
pub fn matches(protocol: &str, login: &str, secret: &[u8], key: &DigestKey, stored: &str) -> bool {
    blake3::Hash::from_hex(stored).is_ok_and(|stored| stored == hash(protocol, login, secret, key))
}

/// The entity that holds the digest of a device's secret.
pub fn secret_id(device: &EntityId) -> EntityId {
    EntityId::new(format!("urn:ngsi-ld:DeviceSecret:{}", slug(device.as_str())))
}

/// The last part of an id, after the type.
pub(crate) fn slug(id: &str) -> &str {
    id.splitn(4, ':').nth(3).unwrap_or(id)
}

fn hash(protocol: &str, login: &str, secret: &[u8], key: &DigestKey) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new_keyed(&key.0);
    for part in [protocol.as_bytes(), login.as_bytes()] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.update(secret);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: DigestKey = DigestKey([3; 32]);

    #[test]
    fn only_the_same_secret_of_the_same_device_matches() {
        let stored = digest("hj212", "m1", b"123456", &KEY);
        assert!(matches("hj212", "m1", b"123456", &KEY, &stored));
        assert!(!matches("hj212", "m1", b"123457", &KEY, &stored));
        assert!(!matches("hj212", "m2", b"123456", &KEY, &stored));
        assert!(!matches("mqtt", "m1", b"123456", &KEY, &stored));
        assert!(!matches("hj212", "m1", b"123456", &DigestKey([4; 32]), &stored));
        assert!(!matches("hj212", "m1", b"123456", &KEY, "no digest"));
        assert_ne!(
            digest("hj212", "m", b"1x", &KEY),
            digest("hj212", "m1", b"x", &KEY),
            "parts cannot run together"
        );
    }

    #[test]
    fn ids_follow_the_device() {
        assert_eq!(
            secret_id(&EntityId::new("urn:ngsi-ld:Device:a:b")).as_str(),
            "urn:ngsi-ld:DeviceSecret:a:b"
        );
        assert_eq!(slug("x"), "x");
    }
}
