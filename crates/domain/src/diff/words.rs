//! Two texts, word by word.
//!
//! A text is split into tokens: words, single signs and, in HTML, whole tags and character references,
//! each with the white space behind it. In Vietnamese a word of this kind is a syllable, since a space
//! stands between any two. Stored text is composed (NFC), so that equal words are equal bytes.
//!
//! Nothing is added, dropped or respelt: the pieces that are equal or deleted make up the one text, those
//! that are equal or inserted the other, byte for byte.
//!
//! The sequences are compared by their rarest common words first (`Histogram`), which reads best and is
//! quick on real text. On texts that have nothing but common words it falls back to a search that takes a
//! good split for the best once it has cost too much; so no text costs time in the square of its length.

use std::{collections::HashMap, hash::Hash};

use similar::{Algorithm, DiffTag, capture_diff_slices};
use unicode_normalization::char::is_combining_mark;

use crate::named::named_enum;

named_enum! {
    /// Which of two texts a piece belongs to.
    pub enum PieceOp {
        /// Both.
        Equal = "equal",
        /// Only the later one.
        Insert = "insert",
        /// Only the earlier one.
        Delete = "delete",
    }
}

/// A stretch of a text that is the same, new or gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where it belongs.
    pub op: PieceOp,
    /// Its text; HTML where the two texts are.
    pub text: String,
}

/// What a text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    /// Every character means itself.
    None,
    /// Tags and character references are one token each.
    Html,
}

/// Compares two plain texts.
pub(super) fn plain_words(from: &str, to: &str) -> Vec<Piece> {
    compare(from, to, Markup::None)
}

/// Compares two pieces of HTML as this program writes it, where `<` and `&` begin a tag and a character
/// reference and nothing else. A tag is never cut in two.
pub(super) fn html_words(from: &str, to: &str) -> Vec<Piece> {
    compare(from, to, Markup::Html)
}

fn compare(from: &str, to: &str, markup: Markup) -> Vec<Piece> {
    let (from, to): (Vec<Token<'_>>, Vec<Token<'_>>) = (tokens(from, markup).collect(), tokens(to, markup).collect());
    let mut numbers = Numbers::default();
    let [before, after] = [&from, &to].map(|side| numbers.of_all(side.iter().map(|token| token.text)));
    let ops = capture_diff_slices(Algorithm::Histogram, &before, &after);
    let (mut from, mut to) = (from.into_iter(), to.into_iter());
    let mut pieces = Pieces::default();
    for op in ops {
        let gone = from.by_ref().take(op.old_range().len());
        let new = to.by_ref().take(op.new_range().len());
        if op.tag() == DiffTag::Equal {
            gone.zip(new).for_each(|(gone, new)| pieces.keep(gone, new));
        } else {
            gone.for_each(|token| pieces.gone.extend([token.text, token.space]));
            new.for_each(|token| pieces.new.extend([token.text, token.space]));
        }
    }
    pieces.settle();
    pieces.done
}

/// The pieces in the making, and the change that is not over yet.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    gone: String,
    new: String,
}

impl Pieces {
    /// Both sides go on with the same token, if not with the same white space behind it.
    fn keep(&mut self, gone: Token<'_>, new: Token<'_>) {
        self.settle();
        self.push(PieceOp::Equal, new.text);
        if gone.space == new.space {
            self.push(PieceOp::Equal, new.space);
        } else {
            self.gone.push_str(gone.space);
            self.new.push_str(new.space);
        }
    }

    /// Ends the change. White space at the end of both its sides did not change: it stands before the
    /// next word on either.
    fn settle(&mut self) {
        let (gone, new) = (std::mem::take(&mut self.gone), std::mem::take(&mut self.new));
        let ends = gone.chars().rev().zip(new.chars().rev());
        let space: usize =
            ends.take_while(|(gone, new)| gone == new && gone.is_whitespace()).map(|(space, _)| space.len_utf8()).sum();
        let (gone, _) = gone.split_at_checked(gone.len() - space).unwrap_or((&gone, ""));
        let (new, space) = new.split_at_checked(new.len() - space).unwrap_or((&new, ""));
        self.push(PieceOp::Delete, gone);
        self.push(PieceOp::Insert, new);
        self.push(PieceOp::Equal, space);
    }

    /// Appends to the last piece if that is of the same kind.
    fn push(&mut self, op: PieceOp, text: &str) {
        match self.done.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.op == op => last.text.push_str(text),
            _ => self.done.push(Piece { op, text: text.to_owned() }),
        }
    }
}

/// A number for each thing, the same for equal ones: what is compared again and again is compared
/// cheaply.
pub(super) struct Numbers<T>(HashMap<T, u32>);

impl<T: Eq + Hash> Numbers<T> {
    /// The number of `thing`.
    pub(super) fn of(&mut self, thing: T) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(thing).or_insert(next)
    }

    /// The numbers of all `things` in order.
    pub(super) fn of_all(&mut self, things: impl Iterator<Item = T>) -> Vec<u32> {
        things.map(|thing| self.of(thing)).collect()
    }
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

/// A word, a sign or a tag, and the white space behind it. Two are the same if they differ in the latter
/// only: half as many have to be compared, and no word is found again by the space beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// Empty only at the begin of a text that begins with white space.
    pub(super) text: &'a str,
    space: &'a str,
}

/// The tokens of `text` in order; together they are the text.
pub(super) fn tokens(text: &str, markup: Markup) -> impl Iterator<Item = Token<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (text, after) = rest.split_at_checked(token_length(rest, first, markup))?;
        let next = after.trim_start();
        let (space, _) = after.split_at_checked(after.len() - next.len())?;
        rest = next;
        Some(Token { text, space })
    })
}

/// How many bytes the first token of `text` has, which begins with `first`.
fn token_length(text: &str, first: char, markup: Markup) -> usize {
    let end_of_markup = match (markup, first) {
        (Markup::Html, '<') => text.find('>'),
        (Markup::Html, '&') => text.find(';'),
        _ => None,
    };
    if first.is_whitespace() {
        return 0;
    }
    if let Some(end) = end_of_markup {
        return end + 1;
    }
    let mut last = first;
    let goes_on = |next: &char| {
        let before = std::mem::replace(&mut last, *next);
        let is_joined = is_combining_mark(*next) || [before, *next].contains(&ZERO_WIDTH_JOINER);
        is_joined || (first.is_alphanumeric() && next.is_alphanumeric())
    };
    let others = text.chars().skip(1).take_while(goes_on);
    first.len_utf8() + others.map(char::len_utf8).sum::<usize>()
}

/// Joins emoji into one: "👩‍🔬" cut in two would be two others.
const ZERO_WIDTH_JOINER: char = '\u{200d}';

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, markup: Markup) -> Vec<&str> {
        tokens(text, markup).flat_map(|token| [token.text, token.space]).filter(|part| !part.is_empty()).collect()
    }

    /// The pieces as one line: `[-gone-]`, `{+new+}`.
    fn marked(pieces: &[Piece]) -> String {
        let mark = |piece: &Piece| match piece.op {
            PieceOp::Equal => piece.text.clone(),
            PieceOp::Insert => format!("{{+{}+}}", piece.text),
            PieceOp::Delete => format!("[-{}-]", piece.text),
        };
        pieces.iter().map(mark).collect()
    }

    #[test]
    fn a_syllable_is_a_word_and_a_sign_stands_alone() {
        assert_eq!(
            split("Số 71/QĐ-UBND,  ngày", Markup::None),
            ["Số", " ", "71", "/", "QĐ", "-", "UBND", ",", "  ", "ngày"]
        );
    }

    #[test]
    fn a_letter_keeps_its_marks_and_an_emoji_its_parts() {
        assert_eq!(
            split("hoa\u{300} x\u{338} =\u{338}", Markup::None),
            ["hoa\u{300}", " ", "x\u{338}", " ", "=\u{338}"]
        );
        assert_eq!(split("a👩\u{200d}🔬b", Markup::None), ["a", "👩\u{200d}🔬", "b"]);
    }

    #[test]
    fn tags_and_character_references_are_not_cut() {
        let html = "<a href=\"/x y\">KH&amp;CN</a><br>";
        assert_eq!(split(html, Markup::Html), ["<a href=\"/x y\">", "KH", "&amp;", "CN", "</a>", "<br>"]);
        assert_eq!(split("a<b & c", Markup::Html).concat(), "a<b & c");
        assert_eq!(split("a<b>", Markup::None), ["a", "<", "b", ">"]);
    }

    #[test]
    fn syllables_that_differ_in_their_tone_are_different_words() {
        let pieces = plain_words("Sở tổ chức hội nghị tại Sa Đéc", "Sở tổ chức hội nghi tại Cao Lãnh");
        assert_eq!(marked(&pieces), "Sở tổ chức hội [-nghị-]{+nghi+} tại [-Sa Đéc-]{+Cao Lãnh+}");
    }

    #[test]
    fn signs_come_and_go_alone() {
        assert_eq!(marked(&plain_words("a b", "a, b")), "a{+,+} b");
        assert_eq!(marked(&plain_words("a, b", "a b.")), "a[-,-] b{+.+}");
        assert_eq!(marked(&plain_words("10 km", "10\u{a0}km")), "10[- -]{+\u{a0}+}km");
    }

    #[test]
    fn what_is_appended_leaves_the_rest_alone() {
        assert_eq!(marked(&plain_words("Hội nghị", "Hội nghị tổng kết")), "Hội nghị{+ tổng kết+}");
        assert_eq!(marked(&plain_words("Hội nghị", "")), "[-Hội nghị-]");
        assert_eq!(plain_words("", ""), []);
    }

    #[test]
    fn marks_of_a_text_change_without_its_words() {
        let pieces = html_words("<p>một hai ba</p>", "<p>một <strong>hai</strong> ba</p>");
        assert_eq!(marked(&pieces), "<p>một {+<strong>+}hai{+</strong>+} ba</p>");
    }

    #[test]
    fn a_link_that_leads_elsewhere_is_one_change() {
        let pieces = html_words("<a href=\"/mot\">Xem</a>", "<a href=\"/hai\">Xem</a>");
        assert_eq!(marked(&pieces), "[-<a href=\"/mot\">-]{+<a href=\"/hai\">+}Xem</a>");
    }
}
