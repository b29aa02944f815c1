//! The two search keys of a text, and the tokens that they consist of.
//!
//! Readers type `hội nghị` and `hoi nghi`, hòa and hoà, composed and decomposed letters, đ and its
//! look-alike ð. No database folds all of that, and no two fold it alike; so each text gets two keys,
//! both indexed, and a query gets the same two:
//!
//! - *exact* keeps the marks: lower case, NFC, and the tone of a syllable taken off its vowel and put
//!   behind it as a digit (1 huyền, 2 hỏi, 3 ngã, 4 sắc, 5 nặng). So hòa and hoà are both `hoa1`,
//!   quý and qúy both `quy4`, while ma, má, mạ stay apart, and so do ă and a, đ and d.
//! - *folded* drops the marks: `hoa`, `quy`, `ma`, `do`.
//!
//! **Tokens.** Letters and digits (with the marks on them) make tokens, everything else separates.
//! `71/2019/QĐ-UBND` is the phrase `71 2019 qđ ubnd` and `KH&CN` the phrase `kh cn`: they are found
//! whole, as a phrase, and by each of their parts. Raised digits count as digits (`m²` is `m2`), and
//! what cannot be seen (a zero-width space or a soft hyphen inside a word) does not separate.
//!
//! The digit can coincide with a typed one (`ý` and `Y4`). That is accepted: a query without marks
//! is only looked up folded, and nobody notices that ý also finds the rare Y4.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::line::is_invisible;

/// One word of a text, with its place there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Where it starts in the given text, in bytes.
    pub start: usize,
    /// Where it ends (exclusive), in bytes.
    pub end: usize,
    /// Its exact key.
    pub exact: String,
    /// Its folded key.
    pub folded: String,
    /// Whether folding loses anything: only then does the exact key say more than the folded one.
    pub has_marks: bool,
}

/// The words of `text` in their order. Offsets are those of `text` itself, composed or not, so a
/// highlighter can mark the original.
pub fn tokens(text: &str) -> impl Iterator<Item = Token> + '_ {
    words(text).map(|(start, word)| {
        let (exact, folded) = (exact(word), folded(word));
        let has_marks = exact != folded;
        Token { start, end: start + word.len(), exact, folded, has_marks }
    })
}

/// The exact keys of the words of `text`, one space between two.
pub fn exact_key(text: &str) -> String {
    join(words(text).map(|(_, word)| exact(word)))
}

/// The folded keys of the words of `text`, one space between two.
pub fn folded_key(text: &str) -> String {
    join(words(text).map(|(_, word)| folded(word)))
}

/// `text` without marks and case, and otherwise as it stands: what "contains" and "begins with" compare, where a
/// sign means itself and a part of a word counts.
pub fn folded_text(text: &str) -> String {
    bare(text).map(|letter| if letter.is_whitespace() { ' ' } else { letter }).collect()
}

/// The longest key of one word, in characters. No word is longer, but pasted data is, and
/// PostgreSQL refuses a lexeme of more than 2 kB.
const LONGEST_WORD: usize = 64;

/// The words of `text`, each with its offset.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text.char_indices();
    std::iter::from_fn(move || {
        // A mark with nothing under it belongs to no word.
        let (start, first) = rest.find(|(_, letter)| letter.is_alphanumeric())?;
        let mut end = start + first.len_utf8();
        for (at, letter) in rest.by_ref() {
            if letter.is_alphanumeric() || is_combining_mark(letter) {
                end = at + letter.len_utf8();
            } else if !is_hidden(letter) {
                break;
            }
        }
        text.get(start..end).map(|word| (start, word))
    })
}

/// What does not end a word, though it is no part of it.
fn is_hidden(letter: char) -> bool {
    is_invisible(letter) || letter == '\u{ad}'
}

fn exact(word: &str) -> String {
    let mut tones = String::new();
    let toneless: Vec<char> =
        letters(word).filter(|&letter| tone(letter).map(|digit| tones.push(digit)).is_none()).collect();
    toneless.into_iter().nfc().chain(tones.chars()).take(LONGEST_WORD).collect()
}

fn folded(word: &str) -> String {
    bare(word).nfc().take(LONGEST_WORD).collect()
}

/// The lower-case letters of `text` without their marks.
fn bare(text: &str) -> impl Iterator<Item = char> {
    let bare = letters(text).filter(|letter| !('\u{300}'..='\u{36f}').contains(letter));
    bare.map(|letter| if letter == 'đ' { 'd' } else { letter })
}

/// The lower-case letters of `word`, the marks apart, the look-alikes of đ made đ.
///
/// Đ has no decomposition, so it has to be named. Ð (eth) and Ɖ look the same in capitals and come
/// with text that was typed on other keyboards or converted from old encodings.
fn letters(word: &str) -> impl Iterator<Item = char> {
    let seen = word.chars().filter(|&letter| !is_hidden(letter));
    seen.nfd().flat_map(char::to_lowercase).map(|letter| match letter {
        'ð' | 'ɖ' => 'đ',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        other => other,
    })
}

/// The digit of a Vietnamese tone mark, in the order of the dictionary.
fn tone(mark: char) -> Option<char> {
    match mark {
        '\u{300}' => Some('1'),
        '\u{309}' => Some('2'),
        '\u{303}' => Some('3'),
        '\u{301}' => Some('4'),
        '\u{323}' => Some('5'),
        _ => None,
    }
}

fn join(words: impl Iterator<Item = String>) -> String {
    words.fold(String::new(), |mut key, word| {
        if !key.is_empty() {
            key.push(' ');
        }
        key.push_str(&word);
        key
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every letter of the alphabet that has a mark, in both cases, and with each tone.
    fn vietnamese_letters() -> Vec<char> {
        let plain = "aăâeêioôơuưy";
        let marked = plain.chars().flat_map(|vowel| {
            ["", "\u{300}", "\u{309}", "\u{303}", "\u{301}", "\u{323}"]
                .map(|tone| format!("{vowel}{tone}").nfc().next().unwrap())
        });
        let lower: Vec<char> = marked.chain(['đ']).filter(|letter| !letter.is_ascii()).collect();
        lower.iter().copied().chain(lower.iter().flat_map(|letter| letter.to_uppercase())).collect()
    }

    #[test]
    fn tone_placement_does_not_matter() {
        for (old, new, key) in [
            ("hòa", "hoà", "hoa1"),
            ("thúy", "thuý", "thuy4"),
            ("khỏe", "khoẻ", "khoe2"),
            ("quý", "qúy", "quy4"),
            ("ủy", "uỷ", "uy2"),
            ("của", "cuả", "cua2"),
            ("HÒA", "Hoa\u{300}", "hoa1"),
        ] {
            assert_eq!(exact_key(old), key, "{old}");
            assert_eq!(exact_key(new), key, "{new}");
        }
    }

    #[test]
    fn tones_and_letters_stay_apart_in_exact_and_meet_in_folded() {
        let groups: [&[&str]; 7] = [
            &["ma", "mà", "má", "mả", "mã", "mạ"],
            &["ă", "a", "â"],
            &["ơ", "o", "ô"],
            &["ư", "u"],
            &["ê", "e"],
            &["đ", "d"],
            &["đường", "dương", "dưỡng", "đương"],
        ];
        for group in groups {
            let mut keys: Vec<String> = group.iter().map(|word| exact_key(word)).collect();
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), group.len(), "{group:?}");
            assert!(group.iter().all(|word| folded_key(word) == folded_key(group[0])), "{group:?}");
        }
    }

    #[test]
    fn look_alikes_of_đ_are_đ() {
        assert_eq!(exact_key("Ðà Nẵng"), exact_key("Đà Nẵng"));
        assert_eq!(exact_key("ðo lường Ɖ"), "đo lương1 đ");
        assert_eq!(folded_key("Đo lường ðo Ðo Ɖo"), "do luong do do do");
    }

    #[test]
    fn document_numbers_and_abbreviations_are_phrases_of_their_parts() {
        assert_eq!(exact_key("Quyết định 71/2019/QĐ-UBND"), "quyêt4 đinh5 71 2019 qđ ubnd");
        assert_eq!(folded_key("71/2019/QĐ-UBND"), "71 2019 qd ubnd");
        assert_eq!(folded_key("Sở KH&CN TP.HCM, NĐ-CP"), "so kh cn tp hcm nd cp");
        assert_eq!(folded_key("120m², 46,8%"), "120m2 46 8");
    }

    #[test]
    fn what_a_search_engine_takes_for_syntax_never_reaches_a_key() {
        assert_eq!(folded_key("\"a* OR (b) : -c NEAR/2 ' ; -- \\ %_ \0 <b>|&!"), "a or b c near 2 b");
        assert_eq!(exact_key(" \u{a0}…–\u{301} "), "");
    }

    #[test]
    fn spaces_of_every_kind_separate_and_invisible_characters_do_not() {
        assert_eq!(folded_key("khoa\u{a0}học\u{2009}công\nnghệ"), "khoa hoc cong nghe");
        assert_eq!(exact_key("kho\u{200b}a ho\u{ad}\u{323}c\u{feff}"), "khoa hoc5");
    }

    #[test]
    fn tokens_point_into_the_text_as_it_was_given() {
        let text = "“Ho\u{300}a” m\u{1ea1}\u{200b}, UBND";
        let found: Vec<Token> = tokens(text).collect();
        let spans: Vec<&str> = found.iter().map(|token| &text[token.start..token.end]).collect();
        assert_eq!(spans, ["Ho\u{300}a", "mạ", "UBND"]);
        assert_eq!((found[0].exact.as_str(), found[0].folded.as_str()), ("hoa1", "hoa"));
        let marked: Vec<bool> = found.iter().map(|token| token.has_marks).collect();
        assert_eq!(marked, [true, true, false]);
    }

    #[test]
    fn every_vietnamese_letter_folds_to_one_plain_letter() {
        let letters = vietnamese_letters();
        assert_eq!(letters.len(), 2 * (12 * 6 + 1 - 6));
        for letter in letters {
            let folded = folded_key(&letter.to_string());
            assert!(folded.len() == 1 && folded.bytes().all(|byte| byte.is_ascii_lowercase()), "{letter} {folded}");
        }
    }

    #[test]
    fn letters_of_other_languages_keep_their_identity() {
        assert_eq!(exact_key("Müller Łódź"), "müller łodz44");
        assert_eq!(folded_key("Müller Résumé"), "muller resume");
        assert_eq!(exact_key("한국 日本"), "한국 日本");
    }

    #[test]
    fn a_folded_text_keeps_its_signs_and_spaces() {
        assert_eq!(folded_text("Tăng 100%\u{a0}“Đo lường_a\\b”"), "tang 100% “do luong_a\\b”");
        assert_eq!(folded_text("HỘI\u{200b} Nghi\u{323}"), "hoi nghi");
        assert_eq!(folded_text("\u{feff}\u{301}"), "");
    }

    #[test]
    fn a_pasted_blob_makes_one_short_key() {
        let blob = "á".repeat(1024 * 1024);
        assert_eq!(exact_key(&blob).chars().count(), LONGEST_WORD);
        let token = tokens(&blob).next().unwrap();
        assert_eq!((token.start, token.end), (0, blob.len()));
    }

    fn mixed_text() -> impl Strategy<Value = String> {
        let letters: Vec<char> = vietnamese_letters()
            .into_iter()
            .chain("aZ9 /-&.ðÐ\u{300}\u{323}\u{302}\u{31b}\u{200b}\u{a0}".chars())
            .collect();
        prop_oneof![
            proptest::collection::vec(proptest::sample::select(letters), 0..40).prop_map(String::from_iter),
            any::<String>(),
        ]
    }

    proptest! {
        #[test]
        fn a_folded_key_contains_no_vietnamese_letter(text in mixed_text()) {
            let key = folded_key(&text);
            prop_assert!(!key.chars().any(|letter| vietnamese_letters().contains(&letter)), "{}", key);
        }

        #[test]
        fn composed_and_decomposed_text_have_the_same_keys(text in mixed_text()) {
            let (composed, decomposed) = (text.nfc().to_string(), text.nfd().to_string());
            prop_assert_eq!(exact_key(&composed), exact_key(&decomposed));
            prop_assert_eq!(folded_key(&composed), folded_key(&decomposed));
            prop_assert_eq!(folded_text(&composed), folded_text(&decomposed));
        }

        #[test]
        fn what_is_part_of_a_text_is_part_of_it_folded(text in mixed_text(), begin in 0..40_usize, end in 0..40_usize) {
            // Cut between letters, not between a letter and its mark.
            let text: String = text.nfc().collect();
            let part: String = text.chars().skip(begin).take(end).collect();
            prop_assume!(part.chars().next().is_none_or(|first| !is_combining_mark(first)));
            let rest: String = text.chars().skip(begin + end).collect();
            prop_assume!(rest.chars().next().is_none_or(|first| !is_combining_mark(first)));
            prop_assert!(folded_text(&text).contains(&folded_text(&part)));
        }

        #[test]
        fn tokens_are_increasing_slices_that_make_up_the_keys(text in mixed_text()) {
            let found: Vec<Token> = tokens(&text).collect();
            let mut end = 0;
            for token in &found {
                prop_assert!(end <= token.start && token.start < token.end);
                prop_assert!(text.get(token.start..token.end).is_some());
                prop_assert!(!token.exact.is_empty() && !token.folded.is_empty());
                prop_assert!(!token.exact.contains(' ') && !token.folded.contains(' '));
                end = token.end;
            }
            prop_assert_eq!(join(found.iter().map(|token| token.exact.clone())), exact_key(&text));
            prop_assert_eq!(join(found.into_iter().map(|token| token.folded)), folded_key(&text));
        }
    }
}
