//! Characters: what of a text is kept, what counts as a space and what is taken out.
//!
//! Everything an editor typed is kept, in Unicode's composed form (NFC), so that one word has one
//! spelling whichever keyboard wrote it. Only characters that nobody sees and that do harm go:
//! controls, bidirectional overrides (which make a text read otherwise than it is) and zero-width
//! spaces (which split words for the search). The joiners of emoji and of other scripts stay.

use unicode_normalization::UnicodeNormalization;

use super::report::Report;
use crate::violation::Fault;

/// What becomes of a character of input.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Glyph {
    /// It stays.
    Kept,
    /// It separates words, like every run of its kind.
    Space,
    /// It is taken out.
    Removed,
}

/// What becomes of `character`.
pub(super) fn judge(character: char) -> Glyph {
    match character {
        ' ' | '\t' | '\n' | '\r' | '\u{c}' | '\u{2028}' | '\u{2029}' => Glyph::Space,
        '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Glyph::Removed,
        '\u{fdd0}'..='\u{fdef}' => Glyph::Removed,
        other if other.is_control() || u32::from(other) & 0xFFFE == 0xFFFE => Glyph::Removed,
        _ => Glyph::Kept,
    }
}

/// Whether `text` holds nothing that a reader could see.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

/// The composed form of `text`.
pub(super) fn compose(text: &str) -> String {
    text.nfc().collect()
}

/// A text without markup (a caption, a title) as it is stored: one line, single spaces, composed.
/// `None` when nothing visible is left.
pub(super) fn clean(text: &str, report: &mut Report) -> Option<String> {
    let mut line = String::with_capacity(text.len());
    let mut space = false;
    for character in text.chars() {
        match judge(character) {
            Glyph::Kept => {
                if space && !line.is_empty() {
                    line.push(' ');
                }
                space = false;
                line.push(character);
            }
            Glyph::Space => space = true,
            Glyph::Removed => report.note_character(character),
        }
    }
    if is_blank(&line) { None } else { Some(compose(&line)) }
}

/// Refuses NUL: no text has one, and databases cut or refuse a string at it.
///
/// # Errors
/// `invalid_characters` when there is one.
pub(super) fn refuse_nul(text: &str) -> Result<(), Fault> {
    if text.contains('\0') {
        return Err(Fault::new("invalid_characters", "The text must not contain the character U+0000."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decomposed_vietnamese_becomes_composed() {
        let decomposed = "Ho\u{302}\u{323}i nghi\u{323} Đo lươ\u{300}ng";
        assert_eq!(clean(decomposed, &mut Report::new("")), Some("Hội nghị Đo lường".to_owned()));
    }

    #[test]
    fn invisible_characters_go_and_are_told() {
        let mut report = Report::new("");
        assert_eq!(clean("a\u{200b}b\u{202e}c\u{7}", &mut report), Some("abc".to_owned()));
        let removed: Vec<String> = report.into_warnings("").into_iter().map(|warning| warning.removed).collect();
        assert_eq!(removed, ["U+200B", "U+202E", "U+0007"]);
    }

    #[test]
    fn joined_emoji_and_tone_placement_stay_as_typed() {
        let typed = "👩\u{200d}🔬 hoà hòa";
        assert_eq!(clean(typed, &mut Report::new("")), Some(typed.to_owned()));
    }

    #[test]
    fn a_text_of_spaces_is_no_text() {
        assert_eq!(clean(" \u{a0}\n\t\u{200b}", &mut Report::new("")), None);
    }
}
