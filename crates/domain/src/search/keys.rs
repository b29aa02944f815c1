//! What is stored of a document's words: numbers to rank by, and places to highlight at.

use super::document::{Lexeme, Zone};

/// The hash of a key. FNV-1a, because it is stored: the standard hasher may change with the compiler.
fn hash(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A folded key as it is stored; never 0, which is the gap.
pub(super) fn folded_hash(key: &str) -> u32 {
    let hash = hash(key);
    u32::try_from((hash ^ (hash >> 32)) & 0xffff_ffff).unwrap_or(0).max(1)
}

/// An exact key as it is stored. Sixteen bits are enough: it is only asked among words that have the
/// same folded key.
pub(super) fn exact_hash(key: &str) -> u16 {
    let hash = hash(key);
    u16::try_from((hash ^ (hash >> 16) ^ (hash >> 32) ^ (hash >> 48)) & 0xffff).unwrap_or(0)
}

/// The words of a document as numbers, part by part: all that ranking asks of it. For each part its
/// zone, the number of its words, their folded hashes and then their exact ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys(Vec<u8>);

impl Keys {
    /// Keys as they were stored.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn push(&mut self, zone: Zone, lexemes: &[Lexeme]) {
        self.0.push(zone as u8);
        self.0.extend(u32::try_from(lexemes.len()).unwrap_or(u32::MAX).to_le_bytes());
        for lexeme in lexemes {
            let hash = if lexeme.is_gap() { 0 } else { folded_hash(&lexeme.folded) };
            self.0.extend(hash.to_le_bytes());
        }
        for lexeme in lexemes {
            self.0.extend(exact_hash(&lexeme.exact).to_le_bytes());
        }
    }

    /// The parts in their order. Bytes that nobody could have stored end them.
    pub(super) fn parts(&self) -> impl Iterator<Item = KeyPart<'_>> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let (zone, after) = rest.split_first()?;
            let (count, after) = after.split_first_chunk::<4>()?;
            let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
            let (folded, after) = after.split_at_checked(count.checked_mul(4)?)?;
            let (exact, after) = after.split_at_checked(count.checked_mul(2)?)?;
            rest = after;
            let zone = match zone {
                0 => Zone::Title,
                1 => Zone::Summary,
                2 => Zone::Beside,
                _ => Zone::Body,
            };
            Some(KeyPart { zone, folded: folded.as_chunks().0, exact: exact.as_chunks().0 })
        })
    }
}

/// The words of one part as numbers.
pub(super) struct KeyPart<'a> {
    pub(super) zone: Zone,
    pub(super) folded: &'a [[u8; 4]],
    pub(super) exact: &'a [[u8; 2]],
}

/// Where the words of a document stand in its texts, in the order of its [`Keys`]: what a highlight
/// would otherwise have to find out by reading every text anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans(Vec<u8>);

impl Spans {
    /// Spans as they were stored.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn push(&mut self, lexemes: &[Lexeme]) {
        self.0.extend(u32::try_from(lexemes.len()).unwrap_or(u32::MAX).to_le_bytes());
        for lexeme in lexemes {
            for place in [lexeme.start, lexeme.end] {
                self.0.extend(u32::try_from(place).unwrap_or(u32::MAX).to_le_bytes());
            }
        }
    }

    /// The spans of each part.
    pub(super) fn parts(&self) -> impl Iterator<Item = &[[u8; 8]]> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let (count, after) = rest.split_first_chunk::<4>()?;
            let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
            let (spans, after) = after.split_at_checked(count.checked_mul(8)?)?;
            rest = after;
            Some(spans.as_chunks().0)
        })
    }
}

/// A stored span: where it starts and where it ends.
pub(super) fn span(stored: &[u8; 8]) -> (usize, usize) {
    let [a, b, c, d, e, f, g, h] = *stored;
    let place = |bytes| usize::try_from(u32::from_le_bytes(bytes)).unwrap_or(usize::MAX);
    (place([a, b, c, d]), place([e, f, g, h]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Field, Texts};

    #[test]
    fn keys_and_spans_lead_back_to_the_words() {
        let mut texts = Texts::default();
        texts.add(Field::Title, "Đo lường 28/02/2023");
        texts.add(Field::Body, "  ");
        texts.add(Field::Tags, "đo");
        let indexed = texts.index();
        let keys = Keys::from_bytes(indexed.keys.as_bytes().to_vec());
        let zones: Vec<(Zone, usize)> = keys.parts().map(|part| (part.zone, part.folded.len())).collect();
        assert_eq!(zones, [(Zone::Title, 7), (Zone::Beside, 1)]);
        let first = indexed.spans.parts().next().unwrap();
        let words: Vec<&str> = first.iter().map(span).map(|(start, end)| &texts.title()[start..end]).collect();
        assert_eq!(words, ["Đo", "lường", "28", "02", "2023", "", "28/02/2023"]);
    }

    #[test]
    fn spoilt_keys_end_and_do_no_harm() {
        for bytes in [&b""[..], b"\x00", b"\x00\xff\xff\xff\xff", b"\x00\x01\0\0\0\x01\0\0\0"] {
            assert_eq!(Keys::from_bytes(bytes.to_vec()).parts().count(), 0, "{bytes:?}");
        }
    }
}
