//! What a reader typed, as words.
//!
//! A query is data: it is split into words by the same rules as every text, and what separates words
//! is gone after that. The one sign that means something is a pair of quotation marks: words between
//! them must stand next to each other. So must the words of a synonym that has several.

use std::collections::BTreeSet;

use super::{
    MAX_WORDS,
    document::{Lexeme, compounds, engine_term},
    synonym::{Replacement, Synonym, replacements},
};
use crate::text::{Token, tokens};

/// How many ways of saying a query are looked for at once.
const MAX_VARIANTS: usize = 8;
/// What another way of saying it is worth.
const OTHER_WAY: f64 = 0.95;

/// A word that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Its exact key, where it was typed with any mark: who takes that trouble means it.
    pub exact: Option<String>,
    /// Its folded key; several where a typing error may stand for several words.
    pub folded: Vec<String>,
}

/// Words that must stand next to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phrase {
    /// The first.
    pub first: usize,
    /// The last.
    pub last: usize,
}

/// One way of saying a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// Its words, at least one.
    pub words: Vec<Word>,
    /// What was put in quotation marks, and what stands for another word in several.
    pub phrases: Vec<Phrase>,
    /// What a match of it is worth.
    pub weight: f64,
}

/// A query: the ways of saying it, the one that was typed first. None where nothing was typed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// The ways.
    pub variants: Vec<Variant>,
}

impl Query {
    /// Reads a query. Numbers of documents and days are looked for as a whole.
    pub fn parse(text: &str, synonyms: &[Synonym]) -> Self {
        let words: Vec<Token> = tokens(text).take(MAX_WORDS).collect();
        let mut wholes: Vec<Lexeme> = Vec::new();
        // Days stand behind the number that they are part of, and are the better reading of it.
        for whole in compounds(text, &words).into_iter().rev() {
            if wholes.iter().all(|other| whole.end <= other.start || other.end <= whole.start) {
                wholes.push(whole);
            }
        }
        Self::of(text, &words, &wholes, synonyms)
    }

    /// Reads a query, taking numbers and days for the words that they are written with: when nothing
    /// has them as a whole.
    pub fn parse_as_words(text: &str, synonyms: &[Synonym]) -> Self {
        let words: Vec<Token> = tokens(text).take(MAX_WORDS).collect();
        Self::of(text, &words, &[], synonyms)
    }

    fn of(text: &str, words: &[Token], wholes: &[Lexeme], synonyms: &[Synonym]) -> Self {
        let quotes = quotes(text);
        let draft = Draft { words, wholes, quotes: &quotes, replacements: &replacements(words, synonyms) };
        let mut variants = Vec::new();
        draft.go_on(0, &mut Vec::new(), &mut variants);
        Self { variants }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.variants.is_empty()
    }

    /// Whether any word was typed with marks, so that its exact form is worth asking for.
    pub fn has_marks(&self) -> bool {
        self.words().any(|word| word.exact.is_some())
    }

    fn words(&self) -> impl Iterator<Item = &Word> {
        self.variants.iter().flat_map(|variant| &variant.words)
    }

    /// What the engine is asked for: any of these ways, of which all words, of which any term.
    /// `exact` asks for marked words as they were typed, else all words are folded.
    pub fn terms(&self, exact: bool) -> Vec<Vec<Vec<String>>> {
        let word = |word: &Word| match &word.exact {
            Some(key) if exact => vec![engine_term(key)],
            _ => word.folded.iter().map(|key| engine_term(key)).collect(),
        };
        self.variants.iter().map(|variant| variant.words.iter().map(word).collect()).collect()
    }

    /// The same query where any of its words is enough.
    pub fn any_word(&self, exact: bool) -> Vec<Vec<Vec<String>>> {
        let words: BTreeSet<Vec<String>> = self.terms(exact).into_iter().flatten().collect();
        words.into_iter().map(|word| vec![word]).collect()
    }

    /// Whether anything was typed in quotation marks.
    pub fn has_quotation(&self) -> bool {
        self.variants.first().is_some_and(|typed| !typed.phrases.is_empty())
    }

    /// The words as they were typed, folded.
    pub fn typed(&self) -> impl Iterator<Item = &Word> {
        self.variants.iter().take(1).flat_map(|variant| &variant.words)
    }

    /// The query as it was typed, with other words in the place of some: `replace` says what the word
    /// stands for now, `None` that nothing is known by it, and it is left out.
    #[must_use]
    pub fn corrected(&self, mut replace: impl FnMut(&Word) -> Option<Word>) -> Self {
        let words: Vec<Word> = self.typed().filter_map(&mut replace).collect();
        let variants =
            if words.is_empty() { Vec::new() } else { vec![Variant { words, phrases: Vec::new(), weight: 1.0 }] };
        Self { variants }
    }
}

/// The ways of saying a query, found word by word.
struct Draft<'a> {
    words: &'a [Token],
    wholes: &'a [Lexeme],
    quotes: &'a [(usize, usize)],
    replacements: &'a [Replacement],
}

/// A word with the number of the phrase that it stands in.
type Quoted = (Word, Option<usize>);

impl Draft<'_> {
    /// Goes on at a word: what was typed comes first, then what may stand for it.
    fn go_on(&self, at: usize, so_far: &mut Vec<Quoted>, found: &mut Vec<Variant>) {
        if found.len() >= MAX_VARIANTS {
            return;
        }
        let Some(word) = self.words.get(at).filter(|_| so_far.len() < MAX_WORDS) else {
            found.extend(variant(so_far, if found.is_empty() { 1.0 } else { OTHER_WAY }));
            return;
        };
        let quote = self.quotes.iter().position(|(start, end)| *start <= word.start && word.end <= *end);
        let length = so_far.len();
        if let Some(whole) = self.wholes.iter().find(|whole| whole.start == word.start) {
            so_far.push((word_of(&whole.exact, &whole.folded), quote));
            let after = self.words.iter().position(|word| word.start >= whole.end).unwrap_or(self.words.len());
            self.go_on(after, so_far, found);
            so_far.truncate(length);
            return;
        }
        so_far.push((word_of(&word.exact, &word.folded), quote));
        self.go_on(at + 1, so_far, found);
        so_far.truncate(length);
        // A number that no quotation has: what stands for one word does so as a whole.
        let phrase = quote.or(Some(self.quotes.len() + at));
        for other in self.replacements.iter().filter(|other| other.start == at) {
            so_far.extend(other.words.iter().map(|word| (word_of(&word.exact, &word.folded), phrase)));
            self.go_on(other.end, so_far, found);
            so_far.truncate(length);
        }
    }
}

fn word_of(exact: &str, folded: &str) -> Word {
    Word { exact: (exact != folded).then(|| exact.to_owned()), folded: vec![folded.to_owned()] }
}

fn variant(words: &[Quoted], weight: f64) -> Option<Variant> {
    let words = words.get(..words.len().min(MAX_WORDS)).filter(|words| !words.is_empty())?;
    let mut phrases: Vec<Phrase> = Vec::new();
    let mut open: Option<(usize, Phrase)> = None;
    for (at, (_, quote)) in words.iter().enumerate() {
        open = match (open, quote) {
            (Some((number, phrase)), Some(quote)) if number == *quote => Some((number, Phrase { last: at, ..phrase })),
            (before, quote) => {
                phrases.extend(before.map(|(_, phrase)| phrase));
                quote.map(|quote| (quote, Phrase { first: at, last: at }))
            }
        };
    }
    phrases.extend(open.map(|(_, phrase)| phrase));
    phrases.retain(|phrase| phrase.first < phrase.last);
    Some(Variant { words: words.iter().map(|(word, _)| word.clone()).collect(), phrases, weight })
}

/// What stands between quotation marks, in bytes. A mark without its other one means nothing.
fn quotes(text: &str) -> Vec<(usize, usize)> {
    let marks: Vec<usize> =
        text.char_indices().filter(|(_, letter)| matches!(letter, '"' | '“' | '”' | '„')).map(|(at, _)| at).collect();
    marks.as_chunks::<2>().0.iter().map(|[start, end]| (*start, *end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(query: &Query) -> Vec<String> {
        let join = |variant: &Variant| {
            variant
                .words
                .iter()
                .map(|word| word.folded.join("|").replace('\u{e000}', "_"))
                .collect::<Vec<_>>()
                .join(" ")
        };
        query.variants.iter().map(join).collect()
    }

    fn synonyms() -> Vec<Synonym> {
        let group = |terms: &[&str]| Synonym::parse(&terms.iter().map(|term| (*term).to_owned()).collect::<Vec<_>>());
        vec![group(&["KH&CN", "khoa học và công nghệ"]).unwrap(), group(&["UBND", "ủy ban nhân dân"]).unwrap()]
    }

    #[test]
    fn marks_are_asked_for_where_they_were_typed() {
        let query = Query::parse("hội nghi UBND", &[]);
        assert_eq!(query.terms(true), [[["hôi5"], ["nghi"], ["ubnd"]]]);
        assert_eq!(query.terms(false), [[["hoi"], ["nghi"], ["ubnd"]]]);
        assert!(query.has_marks() && !Query::parse("hoi", &[]).has_marks());
        assert_eq!(query.any_word(false), [[["hoi"]], [["nghi"]], [["ubnd"]]]);
    }

    #[test]
    fn numbers_and_days_are_looked_for_as_a_whole_and_then_as_words() {
        assert_eq!(folded(&Query::parse("số 71/2019/QĐ-UBND", &[])), ["so 71_2019_qd_ubnd"]);
        assert_eq!(folded(&Query::parse("ngày 28-2-2023", &[])), ["ngay 2023_02_28"]);
        assert_eq!(folded(&Query::parse_as_words("ngày 28-2-2023", &[])), ["ngay 28 2 2023"]);
        assert_eq!(folded(&Query::parse("28/02/2023-01/03/2023", &[])), ["2023_02_28 2023_03_01"]);
    }

    #[test]
    fn a_query_is_also_said_in_the_other_words_of_the_site() {
        let query = Query::parse("KH&CN của UBND", &synonyms());
        assert_eq!(
            folded(&query),
            [
                "kh cn cua ubnd",
                "kh cn cua uy ban nhan dan",
                "khoa hoc va cong nghe cua ubnd",
                "khoa hoc va cong nghe cua uy ban nhan dan"
            ]
        );
        assert!(query.variants.iter().skip(1).all(|variant| variant.weight < 1.0));
    }

    #[test]
    fn a_synonym_of_several_words_is_a_phrase_of_its_own() {
        let phrases = |text: &str| -> Vec<Vec<(usize, usize)>> {
            let query = Query::parse(text, &synonyms());
            assert_eq!(query.has_quotation(), text.contains('"'), "{text}");
            let ends = |variant: &Variant| variant.phrases.iter().map(|one| (one.first, one.last)).collect();
            query.variants.iter().map(ends).collect()
        };
        assert_eq!(phrases("UBND tỉnh"), [vec![], vec![(0, 3)]]);
        assert_eq!(phrases("UBND KH&CN")[3], [(0, 3), (4, 8)], "two of them are no one phrase");
        assert_eq!(phrases("ủy ban nhân dân"), [[], []], "one word for several is no phrase");
        assert_eq!(phrases("\"UBND tỉnh\""), [[(0, 1)], [(0, 4)]], "in quotation marks it is part of the quotation");
    }

    #[test]
    fn quotation_marks_hold_words_together() {
        let phrases = |text: &str| Query::parse(text, &[]).variants[0].phrases.clone();
        assert_eq!(phrases("\"khoa học\" tỉnh"), [Phrase { first: 0, last: 1 }]);
        assert_eq!(phrases("tỉnh “khoa học công”"), [Phrase { first: 1, last: 3 }]);
        assert_eq!(phrases("tỉnh \"khoa học"), []);
        assert_eq!(phrases("\"tỉnh\" \"a b\""), [Phrase { first: 1, last: 2 }]);
    }

    #[test]
    fn nothing_is_asked_for_by_who_types_nothing() {
        for text in ["", "  ", "\"*():-^", "👩‍🔬", "%_"] {
            assert!(Query::parse(text, &synonyms()).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_long_query_is_bounded_in_every_way() {
        let query = Query::parse(&"KH&CN UBND ".repeat(100), &synonyms());
        assert!(query.variants.len() <= MAX_VARIANTS);
        assert!(query.variants.iter().all(|variant| (1..=MAX_WORDS).contains(&variant.words.len())));
    }

    proptest::proptest! {
        #[test]
        fn no_sign_of_a_query_reaches_the_engine(text in "\\PC{0,80}") {
            for query in [Query::parse(&text, &synonyms()), Query::parse_as_words(&text, &synonyms())] {
                for term in query.terms(true).into_iter().chain(query.any_word(false)).flatten().flatten() {
                    proptest::prop_assert!(!term.is_empty());
                    proptest::prop_assert!(term.chars().all(|letter| letter.is_alphanumeric() || letter == '\u{e000}'), "{}", term);
                }
            }
        }
    }
}
