//! What is stored of a document: numbers to rank by, places to highlight at, and the texts themselves.

use super::document::{Field, Lexeme, Part, Zone};
use crate::named::Named;

/// The hash of a key. FNV-1a, because it is stored: the standard hasher may change with the compiler.
fn hash(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A folded key as it is stored, in 24 bits; never 0, which is the gap.
pub(super) fn folded_hash(key: &str) -> u32 {
    let hash = hash(key);
    u32::try_from((hash ^ (hash >> 24) ^ (hash >> 48)) & 0xff_ffff).unwrap_or(0).max(1)
}

/// What an exact key has beyond its folded one, in eight bits. They are only asked among words that have the same
/// folded key, and tell any two Vietnamese syllables apart: three for the tone, which an exact key ends with, one each
/// for the roof of `â ê ô`, for `ă` and for `đ`, and two to count the horns of `ơ ư`. Marks of other languages are
/// added as a hash.
pub(super) fn marks(exact: &str) -> u8 {
    const ROOF: u8 = 1 << 3;
    const BREVE: u8 = 1 << 4;
    const STROKE: u8 = 1 << 5;
    const HORN: u8 = 1 << 6;
    exact.chars().fold(0_u8, |marks, letter| match letter {
        '1'..='5' => marks ^ u8::try_from(letter.to_digit(10).unwrap_or(0)).unwrap_or(0),
        'â' | 'ê' | 'ô' => marks | ROOF,
        'ă' => marks | BREVE,
        'đ' => marks | STROKE,
        'ơ' | 'ư' => marks.wrapping_add(HORN),
        letter if letter.is_ascii() => marks,
        other => marks.wrapping_add(u8::try_from(hash(other.encode_utf8(&mut [0; 4])) & 0xff).unwrap_or(0)),
    })
}

/// The words of a document as numbers, part by part: all that ranking asks of it. For each part its zone, the number
/// of its words, and for each of these four bytes: the hash of its folded key, and its marks.
///
/// Four, because every candidate of a search is read for them: an article's then stand in one page of the database.
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
            let word = WordKey::of(&lexeme.folded, &lexeme.exact);
            self.0.extend(if lexeme.is_gap() { [0; 4] } else { word.0.to_le_bytes() });
        }
    }

    /// The parts in their order. Bytes that nobody could have stored end them.
    pub(super) fn parts(&self) -> impl Iterator<Item = KeyPart<'_>> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let (zone, after) = rest.split_first()?;
            let (count, after) = after.split_first_chunk::<4>()?;
            let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
            let (words, after) = after.split_at_checked(count.checked_mul(4)?)?;
            rest = after;
            let zone = match zone {
                0 => Zone::Title,
                1 => Zone::Summary,
                2 => Zone::Beside,
                _ => Zone::Body,
            };
            Some(KeyPart { zone, words: words.as_chunks().0 })
        })
    }
}

/// The words of one part as numbers.
pub(super) struct KeyPart<'a> {
    pub(super) zone: Zone,
    words: &'a [[u8; 4]],
}

impl KeyPart<'_> {
    pub(super) fn words(&self) -> impl Iterator<Item = WordKey> {
        self.words.iter().map(|bytes| WordKey(u32::from_le_bytes(*bytes)))
    }
}

/// A word as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WordKey(u32);

impl WordKey {
    fn of(folded: &str, exact: &str) -> Self {
        Self(folded_hash(folded) << 8 | u32::from(marks(exact)))
    }

    pub(super) fn folded(self) -> u32 {
        self.0 >> 8
    }

    pub(super) fn marks(self) -> u8 {
        self.0.to_le_bytes()[0]
    }
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
            let length = u8::try_from(lexeme.end - lexeme.start).unwrap_or(u8::MAX);
            let [a, b, c, _] = u32::try_from(lexeme.start).unwrap_or(u32::MAX).min(0xff_ffff).to_le_bytes();
            self.0.extend([a, b, c, length]);
        }
    }

    /// The spans of each part.
    pub(super) fn parts(&self) -> impl Iterator<Item = &[[u8; 4]]> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let (count, after) = rest.split_first_chunk::<4>()?;
            let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
            let (spans, after) = after.split_at_checked(count.checked_mul(4)?)?;
            rest = after;
            Some(spans.as_chunks().0)
        })
    }
}

/// A stored span: where it starts and where it ends. A word of more than 255 bytes is told by its beginning.
pub(super) fn span(stored: &[u8; 4]) -> (usize, usize) {
    let [a, b, c, length] = *stored;
    let start = usize::try_from(u32::from_le_bytes([a, b, c, 0])).unwrap_or(usize::MAX);
    (start, start.saturating_add(usize::from(length)))
}

/// The texts of a document as they were written, in the order of its [`Spans`]. For each part its field, the
/// number of its bytes and these.
///
/// A page of results shows a line of each text. As bytes, of which only that line is looked at, they cost a
/// copy; as a document of JSON, reading them was a quarter of a search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredTexts(Vec<u8>);

impl StoredTexts {
    /// Texts as they were stored.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn push(&mut self, part: &Part) {
        self.0.push(number_of(part.field));
        self.0.extend(u32::try_from(part.text.len()).unwrap_or(u32::MAX).to_le_bytes());
        self.0.extend(part.text.as_bytes());
    }

    /// The parts in their order. Bytes that nobody could have stored end them.
    pub(super) fn parts(&self) -> impl Iterator<Item = (Field, &[u8])> {
        let mut rest = self.0.as_slice();
        std::iter::from_fn(move || {
            let (number, after) = rest.split_first()?;
            let (count, after) = after.split_first_chunk::<4>()?;
            let (text, after) = after.split_at_checked(usize::try_from(u32::from_le_bytes(*count)).ok()?)?;
            rest = after;
            let field = Field::ALL.iter().find(|field| number_of(**field) == *number)?;
            Some((*field, text))
        })
    }
}

/// The numbers of the fields are stored: the order of the enum may change, these may not.
fn number_of(field: Field) -> u8 {
    match field {
        Field::Title => 0,
        Field::Summary => 1,
        Field::Captions => 2,
        Field::People => 3,
        Field::Tags => 4,
        Field::Citations => 5,
        Field::Occasion => 6,
        Field::Body => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{search::Texts, text::exact_key};

    #[test]
    fn keys_and_spans_lead_back_to_the_words() {
        let mut texts = Texts::default();
        texts.add(Field::Title, "Đo lường 28/02/2023");
        texts.add(Field::Body, "  ");
        texts.add(Field::Tags, "đo");
        let indexed = texts.index();
        let keys = Keys::from_bytes(indexed.keys.as_bytes().to_vec());
        let zones: Vec<(Zone, usize)> = keys.parts().map(|part| (part.zone, part.words.len())).collect();
        assert_eq!(zones, [(Zone::Title, 7), (Zone::Beside, 1)]);
        let first = indexed.spans.parts().next().unwrap();
        let words: Vec<&str> = first.iter().map(span).map(|(start, end)| &texts.title()[start..end]).collect();
        assert_eq!(words, ["Đo", "lường", "28", "02", "2023", "", "28/02/2023"]);
    }

    #[test]
    fn syllables_that_differ_in_marks_alone_have_other_marks() {
        let tones = ["", "\u{301}", "\u{300}", "\u{309}", "\u{303}", "\u{323}"];
        for group in [
            &["a", "â", "ă"][..],
            &["e", "ê"],
            &["o", "ô", "ơ"],
            &["u", "ư"],
            &["uo", "uô", "uơ", "ươ"],
            &["ia", "iâ"],
            &["da", "đa", "dă", "đă", "dâ", "đâ"],
        ] {
            let all: Vec<String> =
                group.iter().flat_map(|stem| tones.map(|tone| exact_key(&format!("{stem}{tone}n")))).collect();
            let distinct: std::collections::BTreeSet<u8> = all.iter().map(|key| marks(key)).collect();
            assert_eq!(distinct.len(), all.len(), "{all:?}");
        }
        assert_ne!(marks(&exact_key("Müller")), marks("muller"));
        assert_eq!(marks("hoi nghi"), 0);
    }

    #[test]
    fn texts_come_back_as_they_were_stored() {
        let mut texts = Texts::default();
        Field::ALL.iter().for_each(|field| texts.add(*field, format!("Đo {field}")));
        let stored = StoredTexts::from_bytes(texts.index().texts.as_bytes().to_vec());
        let parts: Vec<_> = stored.parts().collect();
        let expected: Vec<_> = texts.parts().iter().map(|part| (part.field, part.text.as_bytes())).collect();
        assert_eq!(parts, expected);
        let cut = StoredTexts::from_bytes(stored.as_bytes()[..stored.as_bytes().len() - 1].to_vec());
        assert_eq!(cut.parts().count(), Field::ALL.len() - 1);
        assert_eq!(StoredTexts::from_bytes(vec![9, 0, 0, 0, 0]).parts().count(), 0, "of no field that is known");
    }

    #[test]
    fn spoilt_keys_end_and_do_no_harm() {
        for bytes in [&b""[..], b"\x00", b"\x00\xff\xff\xff\xff", b"\x00\x01\0\0\0\x01\0\0"] {
            assert_eq!(Keys::from_bytes(bytes.to_vec()).parts().count(), 0, "{bytes:?}");
        }
    }
}
