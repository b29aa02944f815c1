//! What is searched in a resource, and what is stored of it.

use super::keys::{Keys, Spans, StoredTexts};
use crate::{
    named::named_enum,
    text::{Token, parse_typed_day, tokens},
};

named_enum! {
    /// Where in a resource a text stands, as an answer names it.
    pub enum Field {
        /// The headline, or a person's name.
        Title = "title",
        /// The lead.
        Summary = "summary",
        /// What is written under pictures.
        Captions = "captions",
        /// Authors, speakers, organisers, public attendees; what else a person is called.
        People = "people",
        /// Tags.
        Tags = "tags",
        /// Documents that are cited.
        Citations = "citations",
        /// The day and the place of an event.
        Occasion = "occasion",
        /// The text.
        Body = "body",
    }
}

/// How much a place says about what a resource is about, most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Zone {
    /// The title.
    Title,
    /// The summary.
    Summary,
    /// Captions, speakers, tags.
    Beside,
    /// The body.
    Body,
}

impl Field {
    /// The zone that a field counts as.
    pub fn zone(self) -> Zone {
        match self {
            Self::Title => Zone::Title,
            Self::Summary => Zone::Summary,
            Self::Captions | Self::People | Self::Tags | Self::Citations | Self::Occasion => Zone::Beside,
            Self::Body => Zone::Body,
        }
    }
}

/// One text of a resource. No phrase reaches from one part into the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it stands.
    pub field: Field,
    /// What it says, as it was written.
    pub text: String,
}

/// The texts of a resource, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts(Vec<Part>);

impl Texts {
    /// Adds a text; an empty one adds nothing.
    pub fn add(&mut self, field: Field, text: impl Into<String>) {
        let text = text.into();
        if !text.trim().is_empty() {
            self.0.push(Part { field, text });
        }
    }

    /// The parts in their order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The first part of the title field: what the resource is called.
    pub fn title(&self) -> &str {
        self.0.iter().find(|part| part.field == Field::Title).map_or("", |part| part.text.as_str())
    }

    /// What is stored of these texts.
    pub fn index(&self) -> Indexed {
        let mut indexed = Indexed::default();
        for part in &self.0 {
            let lexemes = lexemes(&part.text);
            for lexeme in lexemes.iter().filter(|lexeme| !lexeme.is_gap()) {
                let terms = [Some(&lexeme.folded), Some(&lexeme.exact).filter(|exact| **exact != lexeme.folded)];
                for term in terms.into_iter().flatten() {
                    if part.field == Field::Title {
                        indexed.title_terms.push(engine_term(term));
                    }
                    indexed.terms.push(engine_term(term));
                }
                indexed.words.push(lexeme.folded.clone());
            }
            indexed.keys.push(part.field.zone(), &lexemes);
            indexed.spans.push(&lexemes);
            indexed.texts.push(part);
        }
        for list in [&mut indexed.title_terms, &mut indexed.terms, &mut indexed.words] {
            list.sort_unstable();
            list.dedup();
        }
        indexed
    }
}

/// What is stored of a resource's texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Indexed {
    /// What it is ranked by.
    pub keys: Keys,
    /// Where the words stand in the texts.
    pub spans: Spans,
    /// The texts, to be shown.
    pub texts: StoredTexts,
    /// The terms of the title, each once, for the engine.
    pub title_terms: Vec<String>,
    /// The terms of all texts, the title's too, each once, for the engine.
    pub terms: Vec<String>,
    /// The folded words, each once, for the vocabulary.
    pub words: Vec<String>,
}

/// A word as it is stored, or the gap that stands before the compounds of a part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lexeme {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) exact: String,
    pub(super) folded: String,
}

impl Lexeme {
    pub(super) fn is_gap(&self) -> bool {
        self.folded.is_empty()
    }
}

/// Joins the parts of a compound. It is no letter that anybody types, so a compound is equal to no
/// word, and both engines take it for a letter.
const JOINER: char = '\u{e000}';

/// The words of a text in their order and, behind a gap, its compounds: days and numbers of documents
/// as a whole. `71/2019/QĐ-UBND` is four words *and* one compound, so that who types the number finds
/// that document and not each that has its parts somewhere; `28/02/2023` and `2023-02-28` are one day.
pub(super) fn lexemes(text: &str) -> Vec<Lexeme> {
    let words: Vec<Token> = tokens(text).collect();
    let compounds = compounds(text, &words);
    let mut lexemes: Vec<Lexeme> = words
        .into_iter()
        .map(|word| Lexeme { start: word.start, end: word.end, exact: word.exact, folded: word.folded })
        .collect();
    for compound in compounds {
        lexemes.push(Lexeme::default());
        lexemes.push(compound);
    }
    lexemes
}

/// The compounds of a text: runs of words with a sign and no space between two, a digit among them.
pub(super) fn compounds(text: &str, words: &[Token]) -> Vec<Lexeme> {
    let is_number = |word: &Token| word.folded.bytes().all(|byte| byte.is_ascii_digit());
    let is_glued = |pair: &[Token]| match pair {
        [one, other] => match text.get(one.end..other.start).unwrap_or_default() {
            "/" | "-" | "." | "," | "\u{2010}" | "\u{2011}" | "\u{2013}" => true,
            // From a number to a number: `2021 – 2025`.
            " - " | " \u{2013} " => is_number(one) && is_number(other),
            _ => false,
        },
        _ => false,
    };
    let mut found = Vec::new();
    let mut rest = words;
    while !rest.is_empty() {
        let length = 1 + rest.windows(2).take_while(|pair| is_glued(pair)).count();
        let (run, after) = rest.split_at(length.min(rest.len()));
        rest = after;
        if run.len() < 2 || !run.iter().any(|word| word.folded.bytes().any(|byte| byte.is_ascii_digit())) {
            continue;
        }
        let days: Vec<Lexeme> = run.windows(3).filter_map(|three| day(text, three)).collect();
        if days.len() * 3 != run.len() {
            found.extend(joined(run));
        }
        found.extend(days);
    }
    found
}

/// The run as one lexeme.
fn joined(run: &[Token]) -> Option<Lexeme> {
    let join = |key: fn(&Token) -> &str| {
        let mut all = String::new();
        for (n, word) in run.iter().enumerate() {
            if n > 0 {
                all.push(JOINER);
            }
            all.push_str(key(word));
        }
        all
    };
    Some(Lexeme {
        start: run.first()?.start,
        end: run.last()?.end,
        exact: join(|word| &word.exact),
        folded: join(|word| &word.folded),
    })
}

/// The day that three words name.
fn day(text: &str, words: &[Token]) -> Option<Lexeme> {
    let (start, end) = (words.first()?.start, words.last()?.end);
    let day = parse_typed_day(text.get(start..end)?)?;
    let key = day_term(day);
    Some(Lexeme { start, end, exact: key.clone(), folded: key })
}

/// The one key of a day, however it is written.
fn day_term(day: crate::time::Date) -> String {
    format!("{:04}{JOINER}{:02}{JOINER}{:02}", day.year(), day.month(), day.day())
}

/// A key as the engine takes it: letters of the Latin script and digits, which both engines pass
/// whole. What is none of them is written as its number: an engine with an opinion of its own on
/// where a Thai word ends would make two words of one, and answer an error for it.
pub(super) fn engine_term(key: &str) -> String {
    let is_plain = |letter: char| {
        letter.is_ascii_alphanumeric()
            || letter == JOINER
            || matches!(letter, '\u{df}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}') && letter.is_alphabetic()
    };
    let mut term = String::with_capacity(key.len());
    for letter in key.chars() {
        if is_plain(letter) {
            term.push(letter);
        } else {
            term.push_str(&format!("{:x}", u32::from(letter)));
        }
    }
    term
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<String> {
        lexemes(text).into_iter().map(|lexeme| lexeme.folded.replace(JOINER, "_")).collect()
    }

    #[test]
    fn a_document_number_is_its_words_and_one_compound() {
        assert_eq!(
            folded("Quyết định 71/2019/QĐ-UBND, tăng 4,0‰."),
            ["quyet", "dinh", "71", "2019", "qd", "ubnd", "tang", "4", "0", "", "71_2019_qd_ubnd", "", "4_0"]
        );
    }

    #[test]
    fn a_day_has_one_compound_however_it_is_written() {
        for text in ["28/02/2023", "28-2-2023", "28.2.2023", "2023-02-28"] {
            assert_eq!(folded(text).last().map(String::as_str), Some("2023_02_28"), "{text}");
        }
        let span = folded("28/02/2023-01/03/2023");
        assert!(span.contains(&"2023_02_28".to_owned()) && span.contains(&"2023_03_01".to_owned()), "{span:?}");
        assert_eq!(folded("31/02/2023").last().map(String::as_str), Some("31_02_2023"));
    }

    #[test]
    fn words_that_only_stand_beside_each_other_are_no_compound() {
        for text in ["KH&CN", "Tôm-rừng", "năm 2022, tỉnh", "10 000", "2023"] {
            assert!(!folded(text).contains(&String::new()), "{text}");
        }
    }

    #[test]
    fn the_engine_gets_both_keys_of_a_marked_word_and_one_of_another() {
        let mut texts = Texts::default();
        texts.add(Field::Title, "Hội UBND");
        texts.add(Field::Body, "nghị");
        let indexed = texts.index();
        assert_eq!(indexed.title_terms, ["hoi", "hôi5", "ubnd"]);
        assert_eq!(indexed.terms, ["hoi", "hôi5", "nghi", "nghi5", "ubnd"]);
        assert_eq!(indexed.words, ["hoi", "nghi", "ubnd"]);
    }

    #[test]
    fn the_engine_gets_no_letter_that_it_might_not_take_for_one() {
        assert_eq!(engine_term("đương1"), "đương1");
        for odd in ["กำ", "Ⓐ", "한국", "ª", "𝔘"] {
            assert!(engine_term(odd).bytes().all(|byte| byte.is_ascii_alphanumeric()), "{odd}");
        }
    }
}
