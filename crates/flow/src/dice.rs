//! Ids and codes from the random bytes that the shell gives with every decision.

use crate::definition::FollowCode;
use model::EntityId;

/// A stream of random bytes that ends with the decision.
pub(crate) struct Dice(blake3::OutputReader);

impl Dice {
    /// The stream of one decision.
    pub(crate) fn new(entropy: &[u8; 32]) -> Self {
        Self(blake3::Hasher::new_keyed(entropy).update(b"jingwei flow ids 1").finalize_xof())
    }

    /// A new id of a type: 16 random hexadecimal figures.
    pub(crate) fn id(&mut self, kind: &str) -> EntityId {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        EntityId::new(format!("urn:ngsi-ld:{kind}:{:016x}", u64::from_be_bytes(bytes)))
    }

    /// A new code. The alphabet has 32 signs, so every sign is five fair bits.
    pub(crate) fn code(&mut self, form: &FollowCode) -> String {
        let signs: Vec<char> = form.alphabet.chars().collect();
        let mut bytes = vec![0; form.length];
        self.0.fill(&mut bytes);
        bytes.iter().map(|b| signs[usize::from(*b) % signs.len()]).collect()
    }
}

/// A code as a person may type it: without spaces and hyphens, in capitals.
pub(crate) fn clean(code: &str) -> String {
    let signs = code.chars().filter(|c| !c.is_whitespace() && *c != '-');
    signs.take(32).collect::<String>().to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn form() -> FollowCode {
        FollowCode { length: 8, alphabet: "ABCDEFGHJKLMNPQRSTUVWXYZ23456789".into() }
    }

    #[test]
    fn codes_have_no_sign_that_is_read_wrongly() {
        let mut dice = Dice::new(&[7; 32]);
        let codes: BTreeSet<String> = (0..500).map(|_| dice.code(&form())).collect();
        assert_eq!(codes.len(), 500);
        assert!(codes.iter().all(|c| c.len() == 8 && !c.contains(['0', 'O', '1', 'I'])));
        let seen: BTreeSet<char> = codes.iter().flat_map(|c| c.chars()).collect();
        assert_eq!(seen.len(), 32);
    }

    #[test]
    fn the_same_bytes_give_the_same_ids_and_others_give_others() {
        let first = |seed: u8| Dice::new(&[seed; 32]).id("Case");
        assert_eq!(first(1), first(1));
        assert_ne!(first(1), first(2));
        assert_eq!(first(1).as_str().len(), "urn:ngsi-ld:Case:".len() + 16);
    }

    #[test]
    fn a_typed_code_is_cleaned() {
        assert_eq!(clean(" k7m3 9q-xa\n"), "K7M39QXA");
    }
}
