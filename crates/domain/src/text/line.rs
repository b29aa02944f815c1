//! Lines and paragraphs of plain text as an institution may publish them.
//!
//! Word processors, macOS and messengers send decomposed letters, invisible characters and stray
//! controls along with what somebody typed. They are taken out once, here, so that equal titles are
//! equal bytes and no title can hide a direction override. The words themselves are never changed.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize, de};
use unicode_normalization::UnicodeNormalization;

use crate::violation::Fault;

/// The title of an article, an event, a speech or a page.
pub type Title = Line<300>;
/// The name of a person, an organisation or a place.
pub type Name = Line<200>;
/// A short label: a tag, a position, an academic title.
pub type Label = Line<100>;
/// The lead of an article: a few sentences, possibly on several lines.
pub type Summary = Prose<2000>;

/// One line of text: NFC, not empty, at most `MAX` characters, without line breaks, control
/// characters, zero-width or bidirectional controls, and without white space at its ends.
///
/// Inside, a run of white space is one space, or one no-break space where the run held one: an
/// editor who keeps `10 km` together means it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Line<const MAX: usize>(String);

impl<const MAX: usize> Line<MAX> {
    /// Cleans `text` and checks it.
    ///
    /// # Errors
    /// `invalid_characters` for NUL, which PostgreSQL cannot store, `required` when nothing is left
    /// after cleaning, `too_long` for more than `MAX` characters.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        refuse_nul(text)?;
        let line = clean_line(text, MAX).ok_or_else(|| too_long(MAX))?;
        if line.is_empty() { Err(required()) } else { Ok(Self(line)) }
    }

    /// The cleaned text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Line<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl<const MAX: usize> AsRef<str> for Line<MAX> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
impl<'de, const MAX: usize> Deserialize<'de> for Line<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(|fault| de::Error::custom(fault.message))
    }
}

/// Several lines of text, each of them clean as a [`Line`] is, `MAX` characters in all, line breaks
/// included. Every line break is `\n`; blank lines at the beginning and the end are gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Prose<const MAX: usize>(String);

impl<const MAX: usize> Prose<MAX> {
    /// Cleans `text` line by line and checks it.
    ///
    /// # Errors
    /// As [`Line::parse`].
    pub fn parse(text: &str) -> Result<Self, Fault> {
        refuse_nul(text)?;
        let mut prose = String::new();
        let mut room = MAX;
        let mut breaks = 0;
        for line in text.replace("\r\n", "\n").split(LINE_BREAKS) {
            let line = clean_line(line, room).ok_or_else(|| too_long(MAX))?;
            if !line.is_empty() {
                let length = breaks + line.chars().count();
                room = room.checked_sub(length).ok_or_else(|| too_long(MAX))?;
                prose.extend(std::iter::repeat_n('\n', breaks));
                prose.push_str(&line);
                breaks = 0;
            }
            // A break counts only between two lines that say something.
            breaks += usize::from(!prose.is_empty());
        }
        if prose.is_empty() { Err(required()) } else { Ok(Self(prose)) }
    }

    /// The cleaned text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Prose<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl<const MAX: usize> AsRef<str> for Prose<MAX> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
impl<'de, const MAX: usize> Deserialize<'de> for Prose<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(|fault| de::Error::custom(fault.message))
    }
}

/// What ends a line besides `\r\n`: LF, CR, next line, line separator, paragraph separator.
const LINE_BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// `text` as one clean line, or `None` once it has more than `room` characters.
///
/// It stops at the first character too many, so a title of two megabytes costs no more than one of
/// three hundred letters (white space aside, which is read and dropped).
fn clean_line(text: &str, room: usize) -> Option<String> {
    // What is invisible goes before the normalisation: it may stand between a letter and its mark,
    // and then the mark would stay apart and the next parse would give another text.
    let seen = text.chars().filter(|&letter| !is_invisible(letter));
    let mut line = String::new();
    let mut length = 0;
    let mut gap = None;
    for letter in seen.map(|letter| if letter.is_control() { ' ' } else { letter }).nfc() {
        if letter.is_whitespace() {
            gap = Some(widest(gap, letter));
            continue;
        }
        if let Some(space) = gap.take().filter(|_| !line.is_empty()) {
            line.push(space);
            length += 1;
        }
        line.push(letter);
        length += 1;
        if length > room {
            return None;
        }
    }
    Some(line)
}

/// What stands for a run of white space: its first no-break space, or else a plain one.
fn widest(gap: Option<char>, next: char) -> char {
    match (gap, next) {
        (Some('\u{a0}' | '\u{202f}'), _) => gap.unwrap_or(' '),
        (_, '\u{a0}' | '\u{202f}') => next,
        _ => ' ',
    }
}

/// Characters that show nothing and only confuse: zero-width space, word joiner, byte order mark,
/// and the bidirectional controls, with which a title can be made to read as another one. The
/// joiners U+200C and U+200D stay, because they shape letters and emoji.
pub(super) fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn refuse_nul(text: &str) -> Result<(), Fault> {
    if text.contains('\0') {
        Err(Fault::new("invalid_characters", "must not contain the character NUL (U+0000)"))
    } else {
        Ok(())
    }
}

fn required() -> Fault {
    Fault::new("required", "must contain at least one visible character")
}

fn too_long(max: usize) -> Fault {
    Fault::new("too_long", format!("must be at most {max} characters long"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(text: &str) -> String {
        Title::parse(text).unwrap().to_string()
    }

    fn prose(text: &str) -> String {
        Summary::parse(text).unwrap().to_string()
    }

    #[test]
    fn decomposed_letters_become_composed_and_tone_placement_stays_as_typed() {
        assert_eq!(line("Ho\u{302}\u{323}i nghi\u{323}"), "Hội nghị");
        assert_eq!(line("hòa"), "hòa");
        assert_eq!(line("hoà"), "hoà");
    }

    #[test]
    fn invisible_characters_are_taken_out_even_between_a_letter_and_its_mark() {
        assert_eq!(line("\u{feff}Kho\u{200b}a học\u{2060}"), "Khoa học");
        assert_eq!(line("\u{202e}gnp.exe\u{202c}\u{2066}a\u{2069}\u{200e}\u{200f}\u{61c}"), "gnp.exea");
        assert_eq!(line("cô\u{200b}\u{301}"), "cố");
    }

    #[test]
    fn breaks_controls_and_runs_of_white_space_become_one_space() {
        assert_eq!(line("  Sở\r\n\tKH&CN\u{b}\u{1b}\u{2028}Đồng   Tháp \n"), "Sở KH&CN Đồng Tháp");
    }

    #[test]
    fn a_no_break_space_is_kept_inside_and_trimmed_outside() {
        assert_eq!(line("\u{a0}dài 10\u{a0}km \u{a0}"), "dài 10\u{a0}km");
        assert_eq!(line("a \u{a0} b"), "a\u{a0}b");
    }

    #[test]
    fn emptiness_nul_and_excess_are_told_apart() {
        for text in ["", "  \n", "\u{a0}", "\u{200b}\u{feff}\u{202e}"] {
            assert_eq!(Title::parse(text).unwrap_err().code, "required", "{text:?}");
            assert_eq!(Summary::parse(text).unwrap_err().code, "required", "{text:?}");
        }
        assert_eq!(Title::parse("a\0b").unwrap_err().code, "invalid_characters");
        assert_eq!(Summary::parse("a\0b").unwrap_err().code, "invalid_characters");
        let fault = Line::<5>::parse("công bố").unwrap_err();
        assert_eq!((fault.code, fault.message.contains('5')), ("too_long", true));
    }

    #[test]
    fn the_limit_counts_characters_after_cleaning() {
        assert_eq!(Line::<3>::parse("  đo\u{302}\u{301}i\u{200b}\n").unwrap().as_str(), "đối");
        assert_eq!(Line::<3>::parse("đ  i").unwrap().as_str(), "đ i");
        assert_eq!(Line::<3>::parse("đo i").unwrap_err().code, "too_long");
        assert_eq!(Prose::<3>::parse("\n\na\r\nb\n\n").unwrap().as_str(), "a\nb");
        assert_eq!(Prose::<3>::parse("a\n\nb").unwrap_err().code, "too_long");
    }

    #[test]
    fn two_megabytes_are_refused_without_quadratic_work() {
        for unit in ["a", "\u{301}", "đ\u{302}", "a ", "a\n", "\n"] {
            let text = format!("a{}b", unit.repeat(2 * 1024 * 1024 / unit.len()));
            assert_eq!(Summary::parse(&text).unwrap_err().code, "too_long", "{unit:?}");
            if unit != "\n" {
                assert_eq!(Title::parse(&text).unwrap_err().code, "too_long", "{unit:?}");
            }
        }
    }

    #[test]
    fn prose_keeps_its_lines_and_knows_every_line_break() {
        assert_eq!(prose("Một \r\n  hai\rba\u{2029}bốn\u{85}\n\nnăm\n"), "Một\nhai\nba\nbốn\n\n\nnăm");
        assert_eq!(prose("  a\u{200b} \t b "), "a b");
    }

    #[test]
    fn json_is_a_plain_string_and_is_checked_when_read() {
        let title: Title = serde_json::from_str(r#""  Ho\u00e0  b\u00ecnh ""#).unwrap();
        assert_eq!(serde_json::to_string(&title).unwrap(), r#""Hoà bình""#);
        assert!(serde_json::from_str::<Title>(r#"" ""#).is_err());
        assert!(serde_json::from_str::<Line<2>>(r#""abc""#).is_err());
        assert!(serde_json::from_str::<Summary>("3").is_err());
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(text in "[\\PC\\s\u{300}-\u{31b}\u{200b}-\u{2069}aoưđ]{0,60}") {
            if let Ok(once) = Title::parse(&text) {
                prop_assert_eq!(&Title::parse(once.as_str()).unwrap(), &once);
                prop_assert!(!once.as_str().chars().any(|letter| letter.is_control() || is_invisible(letter)));
            }
            if let Ok(once) = Summary::parse(&text) {
                prop_assert_eq!(&Summary::parse(once.as_str()).unwrap(), &once);
            }
        }

        #[test]
        fn no_text_makes_the_parsers_panic(text in any::<String>()) {
            let _ = Line::<7>::parse(&text);
            let _ = Prose::<7>::parse(&text);
        }
    }
}
