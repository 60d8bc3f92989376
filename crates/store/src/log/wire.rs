//! Numbers, bytes and words of a record: varints, and a dictionary of the words seen so far.
//!
//! A word (name, id, tenant) is written once in a record; each later place holds its number.

use crate::state::Names;
use model::{EntityId, Name, Tenant};
use std::collections::HashMap;

/// Words up to this number are looked for one by one, beyond it by hash.
const LINEAR_MAX: usize = 24;
/// Longest text or byte string in a record.
const BYTES_MAX: usize = super::RECORD_MAX;

/// Bytes that are no record of this format, or a commit that does not fit into one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at byte {offset}")]
pub struct CodecError {
    /// Where in the bytes.
    pub offset: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

/// Writes primitives to the end of a buffer, which it holds meanwhile.
pub(crate) struct Encoder<'a> {
    out: Vec<u8>,
    words: Vec<&'a str>,
    numbers: HashMap<&'a str, usize>,
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(out: Vec<u8>) -> Self {
        Self { out, words: Vec::with_capacity(LINEAR_MAX), numbers: HashMap::new() }
    }

    /// Gives the buffer back.
    pub(crate) fn done(self) -> Vec<u8> {
        self.out
    }

    /// Bytes in the buffer.
    pub(crate) fn size(&self) -> usize {
        self.out.len()
    }

    pub(crate) fn byte(&mut self, b: u8) {
        self.out.push(b);
    }

    pub(crate) fn varint(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.out.push((n & 0x7f) as u8 | 0x80);
            n >>= 7;
        }
        self.out.push(n as u8);
    }

    pub(crate) fn len(&mut self, n: usize) {
        self.varint(n as u64);
    }

    /// A signed number, small near zero.
    pub(crate) fn signed(&mut self, n: i64) {
        self.varint(((n << 1) ^ (n >> 63)).cast_unsigned());
    }

    pub(crate) fn float(&mut self, n: f64) {
        self.out.extend_from_slice(&n.to_le_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.len(bytes.len());
        self.out.extend_from_slice(bytes);
    }

    /// A word: 0 and its text the first time, its number from 1 afterwards.
    pub(crate) fn word(&mut self, word: &'a str) {
        if let Some(n) = self.number(word) {
            return self.len(n + 1);
        }
        if self.words.len() >= LINEAR_MAX {
            if self.numbers.is_empty() {
                self.numbers = self.words.iter().enumerate().map(|(n, w)| (*w, n)).collect();
            }
            self.numbers.insert(word, self.words.len());
        }
        self.words.push(word);
        self.byte(0);
        self.bytes(word.as_bytes());
    }

    fn number(&self, word: &str) -> Option<usize> {
        if self.numbers.is_empty() {
            self.words.iter().position(|w| w.len() == word.len() && *w == word)
        } else {
            self.numbers.get(word).copied()
        }
    }
}

/// Reads primitives; every length is checked against what is left.
pub(crate) struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
    words: Vec<Word<'a>>,
    /// Where names are shared beyond this record.
    names: Option<&'a mut Names>,
}

/// A word with the shared copies made of it.
struct Word<'a> {
    text: &'a str,
    name: Option<Name>,
    id: Option<EntityId>,
    tenant: Option<Tenant>,
}

type Read<T> = Result<T, CodecError>;

impl<'a> Decoder<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, words: Vec::new(), names: None }
    }

    /// The same, taking names from those that are shared already.
    pub(crate) fn sharing(bytes: &'a [u8], names: &'a mut Names) -> Self {
        Self { names: Some(names), ..Self::new(bytes) }
    }

    pub(crate) fn fail<T>(&self, reason: &'static str) -> Read<T> {
        Err(CodecError { offset: self.at, reason })
    }

    /// Refuses bytes after the end.
    pub(crate) fn end(&self) -> Read<()> {
        if self.left() == 0 { Ok(()) } else { self.fail("bytes after the end") }
    }

    /// Bytes not yet read.
    pub(crate) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn take(&mut self, n: usize) -> Read<&'a [u8]> {
        if n > self.left() {
            return self.fail("cut off");
        }
        self.at += n;
        Ok(&self.bytes[self.at - n..self.at])
    }

    pub(crate) fn byte(&mut self) -> Read<u8> {
        Ok(self.take(1)?[0])
    }

    pub(crate) fn varint(&mut self) -> Read<u64> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let b = self.byte()?;
            let part = u64::from(b & 0x7f);
            if shift == 63 && part > 1 {
                return self.fail("number too large");
            }
            n |= part << shift;
            if b < 0x80 {
                return Ok(n);
            }
        }
        self.fail("number too long")
    }

    /// A count of things of at least one byte each.
    pub(crate) fn len(&mut self) -> Read<usize> {
        match usize::try_from(self.varint()?) {
            Ok(n) if n <= self.left() => Ok(n),
            _ => self.fail("count beyond the end"),
        }
    }

    pub(crate) fn signed(&mut self) -> Read<i64> {
        let n = self.varint()?;
        Ok((n >> 1).cast_signed() ^ -(n & 1).cast_signed())
    }

    pub(crate) fn float(&mut self) -> Read<f64> {
        let mut b = [0; 8];
        b.copy_from_slice(self.take(8)?);
        Ok(f64::from_le_bytes(b))
    }

    pub(crate) fn bytes(&mut self) -> Read<&'a [u8]> {
        let n = self.len()?;
        if n > BYTES_MAX {
            return self.fail("text too long");
        }
        self.take(n)
    }

    pub(crate) fn text(&mut self) -> Read<&'a str> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).or_else(|_| self.fail("text is not utf-8"))
    }

    fn word(&mut self) -> Read<usize> {
        let n = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
        let i = if n == 0 {
            let text = self.text()?;
            self.words.push(Word { text, name: None, id: None, tenant: None });
            self.words.len() - 1
        } else {
            n - 1
        };
        if i < self.words.len() { Ok(i) } else { self.fail("word without a text") }
    }

    pub(crate) fn name(&mut self) -> Read<Name> {
        let i = self.word()?;
        let (word, names) = (&mut self.words[i], &mut self.names);
        let make = || names.as_mut().map_or_else(|| Name::new(word.text), |n| n.share_text(word.text));
        Ok(word.name.get_or_insert_with(make).clone())
    }

    pub(crate) fn id(&mut self) -> Read<EntityId> {
        let i = self.word()?;
        let word = &mut self.words[i];
        Ok(word.id.get_or_insert_with(|| EntityId::new(word.text)).clone())
    }

    pub(crate) fn tenant(&mut self) -> Read<Tenant> {
        let i = self.word()?;
        let word = &mut self.words[i];
        Ok(word.tenant.get_or_insert_with(|| Tenant::new(word.text)).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_at_their_edges() {
        let unsigned = [0, 1, 127, 128, 1 << 32, u64::MAX];
        let signed = [0, -1, 1, i64::MIN, i64::MAX];
        let mut e = Encoder::new(Vec::new());
        unsigned.iter().for_each(|n| e.varint(*n));
        signed.iter().for_each(|n| e.signed(*n));
        e.float(-0.0);
        let out = e.done();
        let mut d = Decoder::new(&out);
        assert!(unsigned.iter().all(|n| d.varint() == Ok(*n)));
        assert!(signed.iter().all(|n| d.signed() == Ok(*n)));
        assert!(d.float().unwrap().is_sign_negative() && d.end().is_ok() && d.byte().is_err());
        assert!(Decoder::new(&[0xff; 10]).varint().is_err());
    }

    #[test]
    fn a_word_is_written_once_however_many_there_are() {
        let words: Vec<String> = (0..100).map(|n| format!("word{n}")).collect();
        let mut e = Encoder::new(Vec::new());
        (0..3).for_each(|_| words.iter().for_each(|w| e.word(w)));
        let out = e.done();
        assert_eq!(out.len(), words.iter().map(|w| w.len() + 2).sum::<usize>() + 200);
        let mut d = Decoder::new(&out);
        let read: Vec<_> = (0..300).map(|_| d.name().unwrap()).collect();
        assert!(read.iter().zip(words.iter().cycle()).all(|(a, b)| a == b.as_str()));
        assert!(std::ptr::eq(read[5].as_str(), read[105].as_str()));
    }

    #[test]
    fn counts_and_words_are_bounded_by_what_is_there() {
        for bad in [&[0x85, 0x01][..], &[9], &[0, 2, 0xff, 0xff], &[0, 9, b'a']] {
            assert!(Decoder::new(bad).name().is_err(), "{bad:?}");
        }
        assert_eq!(Decoder::new(&[0xff, 0xff, 3]).len().unwrap_err().reason, "count beyond the end");
    }
}
