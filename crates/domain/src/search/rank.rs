//! The formula: what a document is worth for a query.
//!
//! It adds four things up, each a mean over the words of the query, so that a long query is worth no
//! more than a short one:
//! - where a word stands: its best place, the title before the summary, what stands beside the text
//!   and the text itself. A word that was typed with marks and stands there with others is worth a
//!   tenth; who types without marks means any;
//! - whether words that follow each other in the query do so in the document, again at their best
//!   place: this is what keeps `học sinh` apart from `sinh học`, without any list of compounds;
//! - how near all of them are to each other;
//! - how often they are said, ever less for each time more.
//!
//! A word alone stands next to itself, so that a word and the phrase that means the same are worth alike. The
//! words of a phrase count only where they stand one after the other.
//!
//! Nothing of it depends on any other document.

use std::cmp::Ordering;

use super::{
    Keys, Query, Zone,
    keys::{WordKey, folded_hash, marks},
    query::{Phrase, Variant},
};

/// What a word is worth where only its letters fit and not its marks.
const FOLDED: f64 = 0.1;
/// What it is worth to follow the word before, beside what the words are worth.
const FOLLOWING: f64 = 1.5;
/// What it is worth that all words stand near each other.
const NEAR: f64 = 0.5;
/// What it is worth to be said over and over.
const OFTEN: f64 = 1.0;

fn weight(zone: Zone) -> f64 {
    match zone {
        Zone::Title => 8.0,
        Zone::Summary => 4.0,
        Zone::Beside => 3.0,
        Zone::Body => 2.0,
    }
}

/// A query made ready to be held against many documents.
#[derive(Debug, Clone, Default)]
pub struct Ranker {
    variants: Vec<Ready>,
}

#[derive(Debug, Clone)]
struct Ready {
    needles: Vec<Needle>,
    phrases: Phrases,
    weight: f64,
    /// One bit for each hash that is looked for, by its last six bits: most words of a document are
    /// ruled out by it at once.
    sieve: u64,
}

/// Which words of a query begin a phrase, end one, stand in one: as bits.
#[derive(Debug, Clone, Copy, Default)]
struct Phrases {
    first: u32,
    last: u32,
    all: u32,
}

impl Phrases {
    fn of(phrases: &[Phrase]) -> Self {
        phrases.iter().fold(Self::default(), |bits, phrase| Self {
            first: bits.first | 1 << phrase.first,
            last: bits.last | 1 << phrase.last,
            all: (phrase.first..=phrase.last).fold(bits.all, |all, word| all | 1 << word),
        })
    }

    /// Leaves of the words of phrases those that stand in all of a phrase. It is meant as it was typed, marks too.
    fn keep_whole(self, matches: &mut Vec<Match>) {
        if self.all == 0 {
            return;
        }
        // Forwards: what stands here and follows all of its phrase before it.
        let mut before: Option<Match> = None;
        for here in matches.iter_mut() {
            let following = before.filter(|before| before.is_right_before(here)).map_or(0, |before| before.exact << 1);
            let begun = here.exact & self.all & (self.first | following);
            (here.words, here.exact) = (here.words & !self.all | begun, here.exact & !self.all | begun);
            before = Some(*here);
        }
        // Backwards: of that, what all of its phrase behind it follows.
        let mut after: Option<Match> = None;
        for here in matches.iter_mut().rev() {
            let going_on = after
                .filter(|after| here.is_right_before(after))
                .map_or(0, |after| (after.exact & self.all & !self.first) >> 1);
            let broken = here.exact & self.all & !(self.last | going_on);
            (here.words, here.exact) = (here.words & !broken, here.exact & !broken);
            after = Some(*here);
        }
        matches.retain(|found| found.words != 0);
    }
}

#[derive(Debug, Clone)]
struct Needle {
    folded: Vec<u32>,
    /// The marks that were typed; none means any.
    marks: Option<u8>,
}

/// A place of a document where words of the query stand: which ones, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    /// Which part.
    pub(super) part: usize,
    /// Which word of it.
    pub(super) place: usize,
    zone: Zone,
    /// The words of the query that stand there, marks or not.
    pub(super) words: u32,
    /// Those of them that stand there as they were typed.
    pub(super) exact: u32,
}

impl Match {
    fn is_right_before(&self, other: &Self) -> bool {
        self.part == other.part && self.place + 1 == other.place
    }
}

impl Ranker {
    /// For a query.
    pub fn new(query: &Query) -> Self {
        Self { variants: query.variants.iter().map(Ready::new).collect() }
    }

    /// What a document is worth: 0 where it does not have what the query demands.
    pub fn score(&self, keys: &Keys) -> f64 {
        self.variants.iter().map(|ready| ready.weight * ready.score(&ready.matches(keys))).fold(0.0, f64::max)
    }

    /// Where words of the query stand, of the way of saying it that fits best.
    pub(super) fn best_matches(&self, keys: &Keys) -> Vec<Match> {
        let all = self.variants.iter().map(|ready| {
            let matches = ready.matches(keys);
            (ready.weight * ready.score(&matches), matches)
        });
        // The first of equals: the query as it was typed.
        let best = all.reduce(|best, other| if best.0.total_cmp(&other.0) == Ordering::Less { other } else { best });
        best.map(|(_, matches)| matches).unwrap_or_default()
    }
}

impl Ready {
    fn new(variant: &Variant) -> Self {
        let needles: Vec<Needle> = variant
            .words
            .iter()
            .map(|word| Needle {
                folded: word.folded.iter().map(|key| folded_hash(key)).collect(),
                marks: word.exact.as_ref().map(|key| marks(key)),
            })
            .collect();
        let sieve = needles.iter().flat_map(|needle| &needle.folded).fold(0, |sieve, hash| sieve | 1 << (hash & 63));
        Self { needles, phrases: Phrases::of(&variant.phrases), weight: variant.weight, sieve }
    }

    fn matches(&self, keys: &Keys) -> Vec<Match> {
        let mut all = Vec::new();
        for (number, part) in keys.parts().enumerate() {
            for (place, word) in part.words().enumerate() {
                if self.sieve >> (word.folded() & 63) & 1 == 1 {
                    let found = Match { part: number, place, zone: part.zone, words: 0, exact: 0 };
                    all.extend(self.held_against(word, found));
                }
            }
        }
        self.phrases.keep_whole(&mut all);
        all
    }

    /// The place with the words of the query that stand there; `None` where there are none.
    fn held_against(&self, word: WordKey, mut found: Match) -> Option<Match> {
        for (bit, needle) in (0_u32..).zip(&self.needles) {
            if needle.folded.contains(&word.folded()) {
                found.words |= 1 << bit;
                if needle.marks.is_none_or(|wanted| wanted == word.marks()) {
                    found.exact |= 1 << bit;
                }
            }
        }
        (found.words != 0).then_some(found)
    }

    fn score(&self, matches: &[Match]) -> f64 {
        let count = self.needles.len();
        let mut words = vec![Tally::default(); count];
        let mut pairs = vec![0.0_f64; count];
        let mut there = 0_u32;
        let mut before: Option<&Match> = None;
        for here in matches {
            there |= here.words;
            let zone = weight(here.zone);
            for (bit, tally) in (0_u32..).zip(&mut words).filter(|(bit, _)| here.words >> bit & 1 == 1) {
                tally.add(zone, strength(here.exact, bit));
            }
            if let Some(before) = before.filter(|before| before.is_right_before(here)) {
                let following = (before.words << 1) & here.words;
                for (bit, pair) in (0_u32..).zip(&mut pairs).filter(|(bit, _)| following >> bit & 1 == 1) {
                    let both = strength(before.exact, bit.saturating_sub(1)).min(strength(here.exact, bit));
                    *pair = pair.max(zone * both);
                }
            }
            before = Some(here);
        }
        if count == 0 || there & self.phrases.last != self.phrases.last {
            return 0.0;
        }
        let mean =
            |sum: f64, of: usize| if of == 0 { 0.0 } else { sum / f64::from(u32::try_from(of).unwrap_or(u32::MAX)) };
        let standing = mean(words.iter().map(|tally| tally.best).sum(), count);
        let following = if count == 1 { standing } else { mean(pairs.iter().sum(), count - 1) };
        let often = mean(words.iter().map(|tally| tally.said / (tally.said + 3.0)).sum(), count);
        standing + FOLLOWING * following + NEAR * self.nearness(matches) + OFTEN * often
    }

    /// How near all words come to each other, at the best place for it; 0 where no part has all.
    fn nearness(&self, matches: &[Match]) -> f64 {
        let count = self.needles.len();
        let mut last: Vec<Option<usize>> = vec![None; count];
        let mut part = None;
        let mut best = 0.0_f64;
        for here in matches {
            if part != Some(here.part) {
                part = Some(here.part);
                last.fill(None);
            }
            for (_, place) in (0_u32..).zip(&mut last).filter(|(bit, _)| here.exact >> bit & 1 == 1) {
                *place = Some(here.place);
            }
            let first = last.iter().copied().try_fold(usize::MAX, |first, place| place.map(|place| first.min(place)));
            if let Some(first) = first {
                let width = f64::from(u32::try_from(here.place + 1 - first).unwrap_or(u32::MAX));
                let fit = f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / width;
                best = best.max(weight(here.zone) * fit.min(1.0));
            }
        }
        best
    }
}

/// What is known of one word of the query in one document.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    best: f64,
    said: f64,
}

impl Tally {
    fn add(&mut self, zone: f64, strength: f64) {
        self.best = self.best.max(zone * strength);
        self.said += strength;
    }
}

fn strength(exact: u32, bit: u32) -> f64 {
    if exact >> bit & 1 == 1 { 1.0 } else { FOLDED }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Field, Synonym, Texts};

    fn keys(parts: &[(Field, &str)]) -> Keys {
        let mut texts = Texts::default();
        parts.iter().for_each(|(field, text)| texts.add(*field, *text));
        texts.index().keys
    }

    fn score(query: &str, parts: &[(Field, &str)]) -> f64 {
        Ranker::new(&Query::parse(query, &[])).score(&keys(parts))
    }

    /// That each text is worth more than the next.
    fn falls(query: &str, texts: &[&[(Field, &str)]]) {
        let scores: Vec<f64> = texts.iter().map(|parts| score(query, parts)).collect();
        assert!(scores.windows(2).all(|pair| pair[0] > pair[1]), "{query}: {scores:?}");
    }

    #[test]
    fn the_title_says_more_than_the_summary_and_that_more_than_the_text() {
        falls(
            "dừa sáp",
            &[
                &[(Field::Title, "Dừa sáp")],
                &[(Field::Summary, "Dừa sáp")],
                &[(Field::Captions, "Dừa sáp")],
                &[(Field::Body, "Dừa sáp")],
                &[(Field::Body, "Dừa")],
                &[(Field::Body, "Không có")],
            ],
        );
    }

    #[test]
    fn who_types_marks_means_them_and_who_types_none_means_any() {
        falls("bão", &[&[(Field::Body, "bão")], &[(Field::Title, "báo")], &[(Field::Body, "bảo")]]);
        let one = score("bao", &[(Field::Body, "bão")]);
        assert!(["bao", "báo", "Bảo"].iter().all(|word| score("bao", &[(Field::Body, word)]) == one));
    }

    #[test]
    fn words_that_follow_each_other_are_worth_more_than_words_in_another_order() {
        falls(
            "sinh học",
            &[
                &[(Field::Body, "chế phẩm sinh học mới")],
                &[(Field::Body, "học sinh mới của trường")],
                &[(Field::Body, "sinh ra ở đây và từ đó đi qua bao nhiêu nơi để học")],
            ],
        );
    }

    #[test]
    fn no_phrase_reaches_from_one_text_into_the_next() {
        let apart = [(Field::Tags, "sinh"), (Field::Tags, "học")];
        falls("sinh học", &[&[(Field::Tags, "sinh học")], &apart]);
        assert_eq!(score("\"sinh học\"", &apart), 0.0);
    }

    #[test]
    fn a_quotation_is_demanded_as_it_was_typed() {
        assert!(score("\"mật ong\"", &[(Field::Body, "bán mật ong rừng")]) > 0.0);
        for text in ["mật của ong", "ong mật", "mặt ông", "mật"] {
            assert_eq!(score("\"mật ong\"", &[(Field::Body, text)]), 0.0, "{text}");
        }
        assert!(score("\"mat ong\"", &[(Field::Body, "mật ong")]) > 0.0);
    }

    #[test]
    fn a_phrase_is_worth_what_it_says_where_it_stands_whole_and_nothing_elsewhere() {
        let whole = [(Field::Body, "họp hội đồng nhân dân tỉnh")];
        let scattered = [(Field::Title, "Hội nghị nhân dân"), (Field::Body, "họp hội đồng nhân dân tỉnh. Đồng nhân.")];
        assert_eq!(score("\"hội đồng nhân dân\"", &scattered), score("\"hội đồng nhân dân\"", &whole));
        assert!(score("\"hội đồng\" \"nhân dân\"", &scattered) > score("\"hội đồng\" \"nhân dân\"", &whole));
        assert_eq!(score("\"hội đồng\" \"nhân dân\"", &[(Field::Body, "hội đồng nhân"), (Field::Body, "dân")]), 0.0);
        assert!(score("\"a b a c\"", &[(Field::Body, "a b a b a c")]) > 0.0, "it may begin in itself");
    }

    #[test]
    fn a_word_and_the_phrase_that_means_the_same_are_worth_nearly_alike() {
        let council = Synonym::parse(&["HĐND".to_owned(), "hội đồng nhân dân".to_owned()]).unwrap();
        let ranker = |query: &str| Ranker::new(&Query::parse(query, std::slice::from_ref(&council)));
        for (query, meant, alike) in
            [("HĐND", "HĐND", "Hội đồng nhân dân"), ("hội đồng nhân dân", "Hội đồng nhân dân", "HĐND")]
        {
            let worth = |text: &str| ranker(query).score(&keys(&[(Field::Title, text), (Field::Body, "họp")]));
            let (meant, alike) = (worth(&format!("{meant} họp")), worth(&format!("{alike} họp")));
            assert!(alike < meant && alike > 0.9 * meant, "{query}: {alike} of {meant}");
        }
        assert_eq!(ranker("HĐND").score(&keys(&[(Field::Body, "Hội nghị nhân dân, đồng")])), 0.0, "no bag of words");
    }

    #[test]
    fn what_is_said_often_is_worth_more_and_never_as_much_as_a_title() {
        let often = "nấm ".repeat(500);
        falls("nấm", &[&[(Field::Title, "nấm")], &[(Field::Body, &often)], &[(Field::Body, "nấm")]]);
    }

    #[test]
    fn thirty_two_words_fit_and_a_query_without_words_is_worth_nothing() {
        let words: Vec<String> = (0..40).map(|n| format!("chữ{n}")).collect();
        assert!(score(&words.join(" "), &[(Field::Body, &words.join(" "))]) > 4.0);
        assert_eq!(score("...", &[(Field::Body, "chữ")]), 0.0);
    }

    fn text() -> impl proptest::strategy::Strategy<Value = String> {
        proptest::collection::vec(
            proptest::sample::select(vec!["sinh", "học", "hoc", "bão", "báo", "71/2019", "và"]),
            0..12,
        )
        .prop_map(|words| words.join(" "))
    }

    use proptest::strategy::Strategy;

    proptest::proptest! {
        #[test]
        fn a_score_is_a_number_and_more_text_never_makes_a_word_worth_less(query in text(), one in text(), more in text()) {
            let ranker = Ranker::new(&Query::parse(&query, &[]));
            let less = ranker.score(&keys(&[(Field::Body, &one)]));
            let both = ranker.score(&keys(&[(Field::Body, &one), (Field::Body, &more)]));
            proptest::prop_assert!(less.is_finite() && less >= 0.0);
            proptest::prop_assert!(both >= less);
        }

        #[test]
        fn case_tone_placement_and_composition_change_no_score(words in text()) {
            use unicode_normalization::UnicodeNormalization;
            let document = keys(&[(Field::Title, "Sinh học và bão"), (Field::Body, &words)]);
            let score = |query: &str| Ranker::new(&Query::parse(query, &[])).score(&document);
            let typed = score(&words);
            for same in [words.to_uppercase(), words.nfd().to_string(), words.replace(' ', "\u{a0}")] {
                proptest::prop_assert_eq!(score(&same), typed);
            }
        }
    }
}
